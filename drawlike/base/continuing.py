"""Models of one order of pixels fill the holes that come last in it."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import NotConditionalError
from .evidence import Evidence, mean
from .inpainting import InpaintingMixin

_DRAWS = 64  # that an expectation is taken over


class ContinuingMixin(InpaintingMixin):
    """Models that draw what follows values; the hook is ``_drawn_values``."""

    def _inpainted(self: Any, x: Tensor, cond: Tensor | None, rng: np.random.Generator) -> Tensor:
        known = self.variables_.known(self.variables_.gather(x))
        if (known != known.floor()).any() or (known.diff(dim=1) > 0).any():
            raise NotConditionalError(
                "The model knows pixels in one order, row by row, and can be given only the "
                "first ones, with all their channels; fill other holes by a model that "
                "denoises, or by MADE(order='any')."
            )
        return torch.from_numpy(mean(self, Evidence(x, cond)))

    def _mean_given(self: Any, evidence: Tensor, cond: Tensor) -> Tensor:
        """Means over draws, by the same random numbers for each row, (n, width)."""
        out = torch.empty_like(evidence)
        for row, (x, label) in enumerate(zip(evidence, cond, strict=True)):
            noise = torch.Generator(self._device).manual_seed(0)
            values = self.variables_.gather(x.expand(_DRAWS, -1)).to(self._device)
            drawn = self._drawn_values(values, label.expand(_DRAWS, -1).to(self._device), noise)
            out[row] = self.variables_.scatter(drawn).double().mean(0)
        return torch.where(evidence.isnan(), out, evidence)
