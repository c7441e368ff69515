"""Normals whose columns depend on each other: full and tied covariances."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import torch
from torch import Tensor

from .conditioning import SHARE, are_determined, clipped, floored_roots, inverse_root
from .deviations import Deviations, Pairs
from .missing import Reals
from .normal import WIDEST, Moments, Normals, Slices, positive
from .patterns import Patterns
from .products import (
    Blockwise,
    Coefficients,
    LineProducts,
    PairProducts,
    Products,
    half_diagonal,
)

if TYPE_CHECKING:
    from .densities import Whole

_LOG_2PI = math.log(2 * math.pi)
_AT_ONCE = 1 << 16  # numbers in the deviations from all means
_FARTHEST = 1e5  # standard deviations of a component from the centre: five of 16 digits


@dataclass(frozen=True, eq=False)
class DenseNormals(Normals):
    """Normals with full covariances (G, d, d); component j has that of ``owner[j]``.

    Rows with unobserved cells enter by :class:`.Patterns`.
    """

    owner: tuple[int, ...]

    @cached_property
    def roots(self) -> Tensor:
        """Lower Cholesky factors of the covariances, (G, d, d)."""
        return floored_roots(self.covariances, self.least)

    @cached_property
    def least(self) -> Tensor:
        """What the columns before it leave of a column's variance at least, (G, d)."""
        share = SHARE * self.covariances.diagonal(dim1=-2, dim2=-1)
        least = share if self.floors is None else share.minimum(self.floors)
        return least.maximum(self.guard.smallest)

    @cached_property
    def whiteners(self) -> Tensor:
        """Inverses of the Cholesky factors, (G, d, d)."""
        return inverse_root(self.roots)

    @cached_property
    def are_determined(self) -> list[bool]:
        """Whether other columns all but determine some column, of each covariance."""
        return are_determined(self.whiteners, self.covariances.diagonal(dim1=-2, dim2=-1))

    def exact_log_prob(self, reals: Reals) -> Tensor:  # noqa: D102
        if reals.complete and reals.x.numel() * len(self.means) < _AT_ONCE:
            return self._all_at_once(reals.x)
        if reals.complete and reals.x.is_cpu and reals.x.shape[1] < WIDEST:
            return self._deviations(torch.float64).log_prob(reals.x, self._even)
        return Patterns(self).log_prob(reals)

    def _all_at_once(self, x: Tensor) -> Tensor:
        owner = list(self.owner)
        z = (x - self.means[:, None]) @ self.whiteners[owner].mT
        return self._constants[owner][:, None] - 0.5 * z.square().sum(-1)

    @property
    def sort(self) -> type[Products]:  # noqa: D102
        return LineProducts if self._is_tied else PairProducts

    def products(  # noqa: D102
        self, dtype: torch.dtype, log_weights: Tensor, *, gaps: bool
    ) -> Blockwise:
        if dtype == torch.float64 and not gaps and self.means.is_cpu and self.are_near:
            from .pairs import PairDeviations

            return PairDeviations(self, log_weights)
        return super().products(dtype, log_weights, gaps=gaps)

    def fast(self, reals: Reals) -> Iterator[torch.dtype]:  # noqa: D102
        compiled = reals.complete and self.means.is_cpu  # faster than products in float32
        for dtype in super().fast(reals):
            if dtype == torch.float64 or not (compiled and self.are_near):
                yield dtype

    @cached_property
    def whole(self) -> "Whole":
        """What the compiled kernel of densities needs."""
        from .pairs import whole_of

        return whole_of(self)

    @property
    def are_near(self) -> bool:
        """Whether deviations from the centre tell those from the means, one covariance each."""
        return self._are_own and bool(abs(self.whole.offsets).max() < _FARTHEST)

    def coefficients(self, dtype: torch.dtype, *, gaps: bool) -> Coefficients:  # noqa: D102
        if not self.suits(dtype):
            return self._by_deviations(dtype)
        center, owner = self.center.to(dtype), list(self.owner)
        means, precision = self.means - center.double(), self.precisions[owner]
        linear = (precision @ means[..., None])[..., 0]
        constant = self._constants[owner] - 0.5 * (linear * means).sum(1)
        theta = torch.cat([linear, constant[:, None]], 1)
        if not self._is_tied:
            theta = torch.cat([-half_diagonal(precision), theta], 1)
        whitener = self.whiteners[0].to(dtype) if self._is_tied else None
        deviations = None if self._is_tied else self._deviations(dtype)
        return Coefficients(
            theta=theta.to(dtype),
            center=center,
            whitener=whitener,
            means=means,
            cell=self.guard.cell,
            deviations=deviations if means.is_cpu else None,
        )

    def _by_deviations(self, dtype: torch.dtype) -> Coefficients:
        center = self.center.to(dtype)
        return Coefficients(
            theta=self._constants[:, None].to(dtype),
            center=center,
            whitener=None,
            means=self.means - center.double(),
            cell=self.guard.cell,
            deviations=self._deviations(dtype),
            suits=False,
        )

    def serves(self, dtype: torch.dtype) -> bool:  # noqa: D102
        return (self._are_own and self.means.is_cpu) or self.suits(dtype)

    def _deviations(self, dtype: torch.dtype) -> Deviations:
        owner = list(self.owner)
        return Deviations.of(self.means, self.whiteners[owner], self._constants[owner], dtype)

    @cached_property
    def cancellation(self) -> float:  # noqa: D102
        if 1 < len(self.covariances) < len(self.means):
            return math.inf  # each class has its own products
        raw = (self.means - self.center).square() + self.variances
        if self._is_tied:
            raw = raw.amax(0, keepdim=True)
        rates = self.whiteners.square().sum(1)
        return float((raw * rates[list(self.owner)]).sum(1).amax())

    def part(self, components: range) -> Self:  # noqa: D102
        chosen, owners = slice(components.start, components.stop), self._owners(components)
        return replace(
            self,
            means=self.means[chosen],
            covariances=self.covariances[owners],
            floors=None if self.floors is None else self.floors[owners],
            owner=tuple(j - owners.start for j in self.owner[chosen]),
        )

    def place(self, components: range) -> Slices:  # noqa: D102
        chosen = slice(components.start, components.stop)
        return Slices(chosen, chosen, self._owners(components))

    def _owners(self, components: range) -> slice:
        return slice(self.owner[components[0]], self.owner[components[-1]] + 1)

    @property
    def _are_own(self) -> bool:
        """Whether each component has its own covariance."""
        return len(self.covariances) == len(self.means)

    @property
    def _is_tied(self) -> bool:
        """Whether products take the covariance as common to all components."""
        return len(self.covariances) == 1

    @property
    def peaks(self) -> Tensor:
        """Log-density of each component at its mean, (C,)."""
        return self._constants[list(self.owner)]

    @cached_property
    def _constants(self) -> Tensor:
        """Log-normalisers of all covariances, (G,)."""
        blur = (self.whiteners.square() * self.guard.cell).sum((1, 2))
        log_scale = self.roots.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return -0.5 * (self.means.shape[1] * _LOG_2PI + blur) - log_scale

    def zeros(self) -> Moments:  # noqa: D102
        zero = torch.zeros_like(self.means)
        return Moments(zero[:, :1].sum(1), zero, torch.zeros_like(self.covariances))

    def add_exact_moments(  # noqa: D102
        self, reals: Reals, shares: Tensor, into: Moments
    ) -> None:
        if reals.complete and reals.x.is_cpu and 0 < reals.x.shape[1] < WIDEST:
            self._add_pairs(reals.x, shares, into)
        else:
            Patterns(self).add_moments(reals, shares, into)

    def _add_pairs(self, x: Tensor, shares: Tensor, into: Moments) -> None:
        pairs, owners = Pairs(self.means), torch.tensor(self.owner)
        pairs.add(x, shares)
        rounding = torch.diag_embed(pairs.mass[:, None] * self.guard.cell)
        into.mass.add_(pairs.mass)
        into.first.add_(pairs.first)
        into.second.index_add_(0, owners, pairs.second + rounding)

    def update(self, moments: Moments) -> Self:  # noqa: D102
        shift = moments.first / positive(moments.mass)[:, None]
        scatter = self._about_means(moments, shift)
        owners = torch.tensor(self.owner, device=shift.device)
        mass = moments.mass.new_zeros(len(scatter)).index_add_(0, owners, moments.mass)
        covariances = (scatter + scatter.mT).div_(2 * positive(mass)[:, None, None])
        covariances.diagonal(dim1=-2, dim2=-1).add_(self.guard.added)
        covariances = torch.where(mass[:, None, None] > 0, covariances, self.covariances)
        least = replace(self, covariances=covariances, floors=self.least).least
        covariances, floors, roots = clipped(covariances, least)
        means = self.means + shift
        updated = replace(self, means=means, covariances=covariances, floors=floors)
        if roots is not None:
            vars(updated)["roots"] = roots  # need not be found again
        return updated

    def _about_means(self, moments: Moments, shift: Tensor) -> Tensor:
        """Second moments about means that have shifted."""
        if self._are_own:
            return torch.baddbmm(
                moments.second, shift[:, :, None], moments.first[:, None], alpha=-1
            )
        scatter = moments.second.clone()
        for j, owner in enumerate(self.owner):
            scatter[owner].addr_(shift[j], moments.first[j], alpha=-1)
        return scatter

    def raised(self, last: Self) -> list[int]:  # noqa: D102
        assert self.floors is not None
        rose = (self.floors > last.least).any(1).tolist()
        return [j for j, owner in enumerate(self.owner) if rose[owner]]

    def deviate(self, component: Tensor, noise: Tensor) -> Tensor:  # noqa: D102
        out = torch.empty_like(noise)
        for j in component.unique().tolist():
            rows = component == j
            out[rows] = noise[rows] @ self.roots[self.owner[j]].T
        return out

    @property
    def variances(self) -> Tensor:  # noqa: D102
        return self.covariances.diagonal(dim1=-2, dim2=-1)[list(self.owner)]

    @property
    def precisions(self) -> Tensor:  # noqa: D102
        return self.whiteners.mT @ self.whiteners

    @property
    def precision_roots(self) -> Tensor:  # noqa: D102
        return self.whiteners.mT

    def at(self, means: Tensor, variances: Tensor) -> Self:  # noqa: D102
        owners = torch.tensor(self.owner, device=means.device)
        pooled = variances.new_zeros(len(self.covariances), variances.shape[1])
        pooled.index_add_(0, owners, variances).div_(owners.bincount()[:, None])
        return replace(self, means=means, covariances=torch.diag_embed(pooled), floors=None)

    def with_precisions(self, precisions: Tensor) -> Self:  # noqa: D102
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(precisions))
        return replace(self, covariances=inverse, floors=None)

    @property
    def n_free(self) -> int:  # noqa: D102
        n, d = self.covariances.shape[:2]
        return n * d * (d + 1) // 2

    def reach(self, component: int, column: int) -> Tensor:  # noqa: D102
        covariance = self.covariances[self.owner[component]]
        return covariance[column] / covariance[column, column].sqrt()

    def copied(self, source: int, target: int) -> Self:  # noqa: D102
        covariances, floors = self.covariances.clone(), self.least.clone()
        for part in (covariances, floors):
            part[self.owner[target]] = part[self.owner[source]]
        return replace(self, covariances=covariances, floors=floors)

    @property
    def toll(self) -> Tensor:  # noqa: D102
        squares = self.whiteners.square().sum(1)
        return -0.5 * (squares @ self.guard.added)[list(self.owner)]
