"""Normals whose columns are independent: diagonal and spherical covariances."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import torch
from torch import Tensor

from .missing import Reals
from .normal import Moments, Normals, Slices, positive
from .products import Blockwise, Coefficients, Products, SquareProducts

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class DiagonalNormals(Normals):
    """Normals with variances (C, d), or (C, 1) where all columns have the same."""

    def exact_log_prob(self, reals: Reals) -> Tensor:  # noqa: D102
        rates, constant = self.variances.rsqrt(), self._constants
        if reals.complete:
            out = constant.sum(1)[:, None].repeat(1, len(reals.x))
        else:
            out = constant @ reals.observed.to(constant.dtype).T
        for row, mean, rate in zip(out, self.means, rates, strict=True):
            row.sub_(
                _deviation(reals.x, mean, reals.complete).mul_(rate).square_().sum(1), alpha=0.5
            )
        return out

    def zeros(self) -> Moments:  # noqa: D102
        return Moments(*(torch.zeros_like(self.means) for _ in Moments._fields))

    def add_exact_moments(  # noqa: D102
        self, reals: Reals, shares: Tensor, into: Moments
    ) -> None:
        if reals.complete:
            into.mass.add_(shares.sum(1)[:, None])
        else:
            into.mass.add_(shares @ reals.observed.to(shares.dtype))
        for j, share in enumerate(shares):
            counting = share.nonzero()[:, 0]
            some = reals.x
            if 2 * len(counting) < len(share):  # far from a component most shares are 0
                share, some = share[counting], some[counting]
            z = _deviation(some, self.means[j], reals.complete)
            into.first[j] += share @ z
            into.second[j] += share @ z.square_()

    @property
    def sort(self) -> type[Products]:  # noqa: D102
        return SquareProducts

    def products(  # noqa: D102
        self, dtype: torch.dtype, log_weights: Tensor, *, gaps: bool
    ) -> Blockwise:
        if dtype == torch.float64 and not gaps and self.means.is_cpu:
            from .columns import ColumnDeviations

            return ColumnDeviations(self, log_weights)
        return super().products(dtype, log_weights, gaps=gaps)

    def fast(self, reals: Reals) -> Iterator[torch.dtype]:  # noqa: D102
        compiled = reals.complete and self.means.is_cpu  # faster than products in float32
        for dtype in super().fast(reals):
            if not compiled or dtype == torch.float64:
                yield dtype

    def coefficients(self, dtype: torch.dtype, *, gaps: bool) -> Coefficients:  # noqa: D102
        center = self.center.to(dtype)
        means, rates = self.means - center.double(), 1 / self.variances
        constant = self._constants - 0.5 * rates * means.square()
        parts = [-0.5 * rates, rates * means]
        parts += [constant, means[:, :1] * 0] if gaps else [constant.sum(1, keepdim=True)]
        theta = torch.cat(parts, 1).to(dtype)
        return Coefficients(theta, center, None, means, self.guard.cell)

    @cached_property
    def cancellation(self) -> float:  # noqa: D102
        raw = (self.means - self.center).square() + self.variances
        return float((raw / self.variances).sum(1).amax())

    @property
    def takes_gaps(self) -> bool:  # noqa: D102
        return True

    def part(self, components: range) -> Self:  # noqa: D102
        chosen = slice(components.start, components.stop)
        return replace(self, means=self.means[chosen], covariances=self.covariances[chosen])

    def place(self, components: range) -> Slices:  # noqa: D102
        return Slices(*(slice(components.start, components.stop),) * 3)

    @cached_property
    def peaks(self) -> Tensor:
        """Log-density of each component at its mean, (C,)."""
        return self._constants.sum(1)

    @cached_property
    def _constants(self) -> Tensor:
        """Log-normalisers of each column, (C, d)."""
        variances = self.variances
        return (_LOG_2PI + variances.log() + self.guard.cell / variances) / -2

    def update(self, moments: Moments) -> Self:  # noqa: D102
        mass, first, second = moments
        shift = first / positive(mass)
        variances = (second - first * shift).clamp_(min=0) / positive(mass)
        variances += self.guard.cell + self.guard.added
        smallest = self.guard.smallest
        if self._is_isotropic:
            total = mass.sum(1, keepdim=True)
            variances, mass = (variances * (mass / positive(total))).sum(1, keepdim=True), total
            smallest = smallest.mean()
        variances = variances.maximum(smallest)
        covariances = torch.where(mass > 0, variances, self.covariances)
        return replace(self, means=self.means + shift, covariances=covariances)

    def deviate(self, component: Tensor, noise: Tensor) -> Tensor:  # noqa: D102
        return noise * self.covariances[component].sqrt()

    @property
    def variances(self) -> Tensor:  # noqa: D102
        return self.covariances.expand_as(self.means)

    @property
    def precisions(self) -> Tensor:  # noqa: D102
        return 1 / self.covariances

    @property
    def precision_roots(self) -> Tensor:  # noqa: D102
        return self.covariances.rsqrt()

    def at(self, means: Tensor, variances: Tensor) -> Self:  # noqa: D102
        pooled = variances.mean(1, keepdim=True) if self._is_isotropic else variances
        return replace(self, means=means, covariances=pooled.nan_to_num(nan=1.0))

    def with_precisions(self, precisions: Tensor) -> Self:  # noqa: D102
        return replace(self, covariances=1 / precisions)

    @property
    def n_free(self) -> int:  # noqa: D102
        return self.covariances.numel()

    def reach(self, component: int, column: int) -> Tensor:  # noqa: D102
        shift = torch.zeros_like(self.means[0])
        shift[column] = self.variances[component, column].sqrt()
        return shift

    def copied(self, source: int, target: int) -> Self:  # noqa: D102
        covariances = self.covariances.clone()
        covariances[target] = covariances[source]
        return replace(self, covariances=covariances)

    @cached_property
    def penalised(self) -> Self:  # noqa: D102
        guard = self.guard._replace(cell=self.guard.cell + self.guard.added)
        return replace(self, guard=guard) if self.guard.added.any() else self

    @property
    def _is_isotropic(self) -> bool:
        return self.covariances.shape[1] != self.means.shape[1]


def _deviation(x: Tensor, mean: Tensor, complete: bool) -> Tensor:
    deviation = x - mean
    return deviation if complete else deviation.nan_to_num_(nan=0.0)
