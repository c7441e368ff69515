"""Models of one order of pixels restore what comes last in it, and follow what was seen."""

from abc import abstractmethod
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import NotConditionalError
from ..layout import Layout, Variables
from ..layout.draws import Common
from ..statistics.restoring.observation import Halved, Observation
from .evidence import Evidence, mean
from .guiding import Guided, hints_of, shares_of, with_means, with_variables
from .restoration import RestorationMixin

_DRAWS = 64  # that an expectation is taken over


class ContinuingMixin(RestorationMixin):
    """Models that draw a variable after the other; the hook is ``_drawn_values``."""

    layout_: Layout
    labels_: Any
    net_: Any
    variables_: Variables

    @abstractmethod
    def _drawn_values(self, net: Any, values: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Fill the NaN of values (n, width) by a network, a variable after the other."""

    def _inpainted(self: Any, x: Tensor, cond: Tensor | None, rng: np.random.Generator) -> Tensor:
        known = self.variables_.known(self.variables_.gather(x))
        if (known != known.floor()).any() or (known.diff(dim=1) > 0).any():
            raise NotConditionalError(
                "The model knows pixels in one order, row by row, and can be given only the "
                "first ones, with all their channels; fill other holes by a model of all pixels "
                "at once (Gaussian, VAE), or by MADE(order='any')."
            )
        return torch.from_numpy(mean(self, Evidence(x, cond)))

    def _mean_given(self: Any, evidence: Tensor, cond: Tensor) -> Tensor:
        """Means over draws, by the same random numbers for each row, (n, width)."""
        out = torch.empty_like(evidence)
        for row, (x, label) in enumerate(zip(evidence, cond, strict=True)):
            noise = torch.Generator(self._device).manual_seed(0)
            values = self.variables_.gather(x.expand(_DRAWS, -1)).to(self._device)
            labels = label.expand(_DRAWS, -1).to(self._device)
            drawn = self._drawn_values(self.net_, values, labels, noise)
            out[row] = self.variables_.scatter(drawn).double().mean(0)
        return torch.where(evidence.isnan(), out, evidence)

    @torch.no_grad()
    def _restored(
        self, seen: Tensor, how: Observation, cond: Tensor | None, rng: np.random.Generator
    ) -> Tensor:
        if cond is not None:
            return self._followed(seen, how, cond)[0]
        labels = torch.eye(self.labels_.n_classes, dtype=seen.dtype)
        found = [self._followed(seen, how, label.expand(len(seen), -1)) for label in labels]
        images, likelihoods = map(torch.stack, zip(*found, strict=True))
        prior = torch.from_numpy(self.labels_.frequencies_).log()[:, None]
        shares = (prior + likelihoods).softmax(0)
        return (shares[:, :, None] * images).sum(0)

    def _followed(self, seen: Tensor, how: Observation, cond: Tensor) -> tuple[Tensor, Tensor]:
        """Means of draws of images that keep to what was seen, and log p(seen), on the CPU."""
        # a network draws so many at a time, and hints are of them alone
        together = max(1, self.net_.drawn_together // _DRAWS)
        parts = zip(seen.split(together), cond.split(together), strict=True)
        found = [self._followed_together(part, how, labels) for part, labels in parts]
        images, likelihoods = map(torch.cat, zip(*found, strict=True))
        return images, likelihoods

    def _followed_together(
        self: Any, seen: Tensor, how: Observation, cond: Tensor
    ) -> tuple[Tensor, Tensor]:
        n, device, several = len(seen), self._device, _DRAWS
        each, labels = (x.repeat_interleave(several, 0).to(device) for x in (seen, cond))
        shape, told = self.layout_.image.shape, torch.zeros(len(each), device=device)
        guided = Guided(
            self.variables_.families,
            self.variables_.columns,
            hints=hints_of(each, how, shape),
            log_likelihood=told,
        )
        nothing = torch.full((len(each), self.layout_.width), torch.nan, device=device)
        net, same = with_variables(self.net_, guided), Common(several, device)
        drawn = self.variables_.scatter(self._drawn_values(net, nothing, labels, same))
        likelihoods = told.cpu().double().unflatten(0, (n, several))
        each_draw = drawn.cpu().double().unflatten(0, (n, several))
        images = (shares_of(likelihoods)[:, :, None] * each_draw).sum(1)
        if isinstance(how, Halved):
            images = with_means(images, seen.double(), how)
        return images, likelihoods.logsumexp(1)
