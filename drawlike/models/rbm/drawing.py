"""What an RBM draws: rows, the rest of rows that are given in part, and hidden units."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...base import torch_generator
from ...base.labels import known as known_labels
from ...errors import DataError
from ...networks.boltzmann import Boltzmann
from ...networks.tempering import tempered_means, tempered_states

_MEAN_FIELD_SWEEPS = 10


class Drawing:
    """Encoded rows (n, d) from a machine's states, and back."""

    machine_: Boltzmann
    is_grey_: bool

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        torch_rng = torch_generator(rng, self._device)
        y = cond.to(self._device).float()
        v = tempered_states(self.machine_, y, torch_rng, **self._tempering)
        if self.is_grey_:
            v = self._inked(v, self.machine_.sample_hidden(v, y, torch_rng))
        return self.machine_.units.collapse(v)

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        x, y = evidence.to(self._device), cond.to(self._device).float()
        v, known = self.machine_.units.expand(x)
        torch_rng, given = torch_generator(rng, self._device), (v.float(), known)
        drawn = tempered_states(self.machine_, y, torch_rng, given=given, **self._tempering)
        return self._beside(x, drawn)

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        x, y = evidence.to(self._device), cond.to(self._device).float()
        v, known = self.machine_.units.expand(x)
        rng, given = torch.Generator(self._device).manual_seed(0), (v.float(), known)
        means = tempered_means(self.machine_, y, rng, given=given, **self._tempering)
        return self._beside(x, means)

    def _to_latent(self, x: Tensor, cond: Tensor) -> Tensor:
        v, known = self.machine_.units.expand(x.to(self._device))
        return self._hidden_means(v.float(), known, cond.to(self._device).float())

    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        hidden = z.to(self._device).float()
        v = self.machine_.sample_visible(hidden, torch_generator(rng, self._device))
        return self.machine_.units.collapse(self._inked(v, hidden) if self.is_grey_ else v)

    def _inked(self, v: Tensor, hidden: Tensor) -> Tensor:
        """Put the probabilities of ink in place of the binary units."""
        bits = slice(0, self.machine_.units.n_binary)
        v[:, bits] = self.machine_.mean_visible(hidden)[:, bits]
        return v

    def _beside(self, x: Tensor, v: Tensor) -> Tensor:
        """Known cells of encoded rows, and states for the others."""
        filled = self.machine_.units.collapse(v).to(x)
        return torch.where(x.isnan(), filled, x)

    def _hidden_means(self, v: Tensor, known: Tensor, y: Tensor) -> Tensor:
        """Means of the hidden units; missing visible ones are at their own means."""
        machine = self.machine_
        v = torch.where(known, v, machine.mean_visible(y.new_zeros(len(v), machine.n_hidden), 0))
        hidden = machine.hidden_input(v, y).sigmoid()
        for _ in range(0 if known.all() else _MEAN_FIELD_SWEEPS):
            v = torch.where(known, v, machine.mean_visible(hidden))
            hidden = machine.hidden_input(v, y).sigmoid()
        return hidden

    def _states(self: Any, X: Any, y: Any) -> tuple[Tensor, Tensor, Tensor]:
        """States of raw rows, which entries are known, and their labels."""
        X, x = self._encoded(X)
        cond, _ = known_labels(self, X, y)
        if cond is None:
            raise DataError("This model was fitted with labels; give y= to these rows.")
        v, known = self.machine_.units.expand(x.to(self._device))
        return v.float(), known, cond.to(self._device).float()

    @property
    def _tempering(self: Any) -> dict[str, Any]:
        return {"n_temperatures": self.n_temperatures, "n_sweeps": self.n_sweeps}

    @property
    def _device(self) -> torch.device:
        return self.machine_.base.device
