"""Numbers as codes of bins."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .block import Block
from .choice import Choice
from .draws import uniform_like


@dataclass(frozen=True)
class Binned(Block):
    """Two columns [code, place]: a code of a bin, and where in the bin from 0 to 1 a number is.

    Given its code the place is uniform, whatever a network says. The first ``n_ordered`` codes
    stand in the order of their values. Codes without a place are atoms and missing cells.
    ``groups`` (n_codes,) are those of bins that a softmax of their own tells apart.
    """

    n_codes: int = 1
    n_ordered: int = 0
    has_place: np.ndarray = field(default_factory=lambda: np.ones(1, bool), compare=False)
    frequencies: np.ndarray | None = field(default=None, repr=False, compare=False)
    groups: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def width(self) -> int:  # noqa: D102
        return 2

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.code.n_inputs + 1

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.code.n_params

    @cached_property
    def code(self) -> Choice:
        """The block of the first column."""
        return Choice(self.name, self.n_codes, self.frequencies, self.n_ordered, self.groups)

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return torch.cat([self.code.expand(x[:, :1]), x[:, 1:].nan_to_num(nan=0.5) - 0.5], -1)

    def collapse(self, expanded: Tensor) -> Tensor:  # noqa: D102
        place = (expanded[:, -1:] + 0.5).clamp(0, 1)
        return self.placed(self.code.collapse(expanded[:, :-1]), place)

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return torch.cat([self.code.relax(raw[:, :-1], rng), raw[:, -1:]], -1)

    def emit(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        place = uniform_like(raw[:, :1], rng) - 0.5
        return torch.cat([self.code.emit(raw, rng), place], -1)

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        return self.code.log_prob(raw, x[:, :1])

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        code = self.code.sample(raw, rng)
        return self.placed(code, uniform_like(code, rng))

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        code = self.code.mean(raw)
        return self.placed(code, torch.full_like(code, 0.5))

    def placed(self, code: Tensor, place: Tensor) -> Tensor:
        """Codes and places (n, 1) side by side, NaN where a code has no place."""
        has_place = torch.from_numpy(self.has_place).to(code.device)[code.long()]
        return torch.cat([code, place.masked_fill(~has_place, math.nan)], -1)
