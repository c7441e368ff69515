"""Codes, and numbers with codes beside them."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ..choice import Choice
from .family import Family, or_known
from .mixture import Mixture


@dataclass(frozen=True)
class Codes(Family):
    """One column of codes: a softmax, factorised where there are very many."""

    choice: Choice

    @property
    def width(self) -> int:  # noqa: D102
        return 1

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.choice.n_inputs

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.choice.n_params

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return self.choice.expand(x.flatten(0, 1)).unflatten(0, x.shape[:2])

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        return self.choice.log_prob(raw.flatten(0, 1), x.flatten(0, 1)).unflatten(0, x.shape[:2])

    def sample(self, raw: Tensor, known: Tensor | None, rng: torch.Generator) -> Tensor:  # noqa: D102
        drawn = self.choice.sample(raw.flatten(0, 1), rng).unflatten(0, raw.shape[:2])
        return drawn if known is None else or_known(drawn, known)

    def initial(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        inputs = self.expand(x)
        mass = (inputs * weight[:, None, None]).sum(0) + 0.5  # no category begins impossible
        if inputs.shape[-1] != self.choice.n_categories:
            return torch.zeros_like(mass)  # members begin at their frequencies already
        return (mass / mass.sum(-1, keepdim=True)).log()


@dataclass(frozen=True)
class Gated(Family):
    """A code, and where it is 0 a number: a softmax and a mixture of normals."""

    code: Codes
    value: Mixture

    @property
    def width(self) -> int:  # noqa: D102
        return 2

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.code.n_inputs + self.value.n_inputs

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.code.n_params + self.value.n_params

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return torch.cat([self.code.expand(x[..., :1]), self.value.expand(x[..., 1:])], -1)

    def known(self, x: Tensor) -> Tensor:  # noqa: D102
        code, value = x.unbind(-1)
        # other codes have no value
        part = torch.where((code == 0) & value.isnan(), 0.5, 1.0)
        return torch.where(code.isnan(), 0.0, part)

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        code, value = self._split(raw)
        return self.code.log_prob(code, x[..., :1]) + self.value.log_prob(value, x[..., 1:])

    def sample(self, raw: Tensor, known: Tensor | None, rng: torch.Generator) -> Tensor:  # noqa: D102
        raw_code, raw_value = self._split(raw)
        known_code, known_value = (None, None) if known is None else known.split((1, 1), -1)
        code = self.code.sample(raw_code, known_code, rng)
        value = self.value.sample(raw_value, known_value, rng)
        return torch.cat([code, value.masked_fill(code != 0, math.nan)], -1)

    def initial(self, x: Tensor, weight: Tensor) -> Tensor:  # noqa: D102
        code = self.code.initial(x[..., :1], weight)
        return torch.cat([code, self.value.initial(x[..., 1:], weight)], -1)

    def _split(self, raw: Tensor) -> tuple[Tensor, ...]:
        return raw.split((self.code.n_params, self.value.n_params), -1)
