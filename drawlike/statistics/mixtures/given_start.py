"""A mixture's start where the user gives some of its parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import SettingError
from ...events import Emitter
from ...rows import Encoded
from ..normals.covariance import COVARIANCES
from .mixture import Mixture
from .outline import Outline
from .starting import STARTS, Start, begin, start_at

_LOOKED_AT = 100_000  # rows of a stream that the first centres are chosen from


@dataclass(frozen=True)
class Beginning:
    """How a mixture of ``k`` components a class starts.

    ``given`` may hold ``weights_init``, ``means_init`` and ``precisions_init``, None each
    where it is learned.
    """

    covariance: str
    k: int
    added: float
    init: str
    given: Mapping[str, Any]

    def mixture(
        self, first: Outline, data: Encoded, rng: np.random.Generator, events: Emitter
    ) -> Mixture:
        """Give rows to components, and take the parameters that this implies."""
        batches = partial(data.batches, first.columns.batch_size)
        start = begin(
            self.template(first), self._assignment(first, data, rng, events), batches, events
        )
        return self._with_given(start)

    def template(self, first: Outline) -> Mixture:
        """Components that are all like their class."""
        return first.mixture(self.covariance, self.k, self.added)

    def _assignment(
        self, first: Outline, data: Encoded, rng: np.random.Generator, events: Emitter
    ) -> Start:
        if self.given["means_init"] is not None:
            shape = (first.n_classes, self.k, len(first.spread))
            means = self._given("means_init", shape).to(first.center)
            return start_at(means.flatten(0, 1), first)
        looked_at = data.subset(_LOOKED_AT, rng) if data.streamed else data
        return STARTS[self.init](looked_at, first, self.k, rng, events)  # type: ignore[arg-type]

    def _with_given(self, start: Mixture) -> Mixture:
        normals, weights = start.normals, start.weights
        lead, k, d = (start.n_classes,), self.k, len(start.spread)
        if self.given["means_init"] is not None:
            means = self._given("means_init", (*lead, k, d)).reshape(normals.means.shape)
            normals = replace(normals, means=means.to(weights))
        if self.given["precisions_init"] is not None:
            shape = lead + COVARIANCES[self.covariance].shape(k, d)
            precisions = self._given("precisions_init", shape).reshape(normals.covariances.shape)
            normals = normals.with_precisions(precisions.to(weights))
        if self.given["weights_init"] is not None:
            weights = self._given("weights_init", (*lead, k)).flatten().to(weights)
        return replace(start, normals=normals, weights=weights, notes=())

    def _given(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """Read an array; without the class axis it is for all classes."""
        try:
            value = np.asarray(self.given[name], np.float64)
        except (TypeError, ValueError) as error:
            raise SettingError(f"{name} holds no numbers ({error}); give an array.") from error
        if value.shape not in (shape, shape[1:]):
            raise SettingError(f"{name} has shape {value.shape}; expected {shape[1:]}.")
        is_right, said = _SENSIBLE[name]
        if not (np.isfinite(value).all() and is_right(value, self.covariance)):
            raise SettingError(f"{name} holds values that cannot be; give {said}.")
        return torch.from_numpy(np.broadcast_to(value, shape).copy())


def _sum_to_one(weights: np.ndarray, covariance: str) -> bool:
    return bool((weights >= 0).all() and np.allclose(weights.sum(-1), 1))


def _are_positive(precisions: np.ndarray, covariance: str) -> bool:
    if covariance in ("diag", "spherical"):
        return bool((precisions > 0).all())
    symmetric = np.allclose(precisions, precisions.swapaxes(-1, -2))
    return symmetric and bool((np.linalg.eigvalsh(precisions) > 0).all())


_SENSIBLE: dict[str, tuple[Callable[[np.ndarray, str], bool], str]] = {
    "means_init": (lambda means, covariance: True, "finite numbers"),
    "weights_init": (_sum_to_one, "numbers of 0 or more that sum to 1, in each class"),
    "precisions_init": (_are_positive, "variances' inverses, or symmetric positive definite ones"),
}


def going_on(template: Mixture, last: Mixture) -> Mixture | None:
    """Take the parameters of another fit; None where they do not fit in."""
    mine, theirs = template.normals, last.normals
    if last.columns != template.columns or mine.covariances.shape != theirs.covariances.shape:
        return None
    if mine.means.shape != theirs.means.shape or template.n_classes != last.n_classes:
        return None
    device = template.device
    normals = replace(
        mine,
        means=theirs.means.to(device),
        covariances=theirs.covariances.to(device),
        floors=None if theirs.floors is None else theirs.floors.to(device),
    )
    tables = tuple(table.to(device) for table in last.tables.probabilities)
    return replace(
        template,
        weights=last.weights.to(device),
        normals=normals,
        tables=replace(template.tables, probabilities=tables),
    )
