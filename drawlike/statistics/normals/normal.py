"""Normals of every component: densities, sums over rows, updates.

Sums are taken about each component's current mean, so that neither a large offset nor a
narrow component beside a wide spread costs digits. Cells that are not observed are
marginalised: exactly, pattern by pattern, in :class:`DenseNormals`; by leaving them out
where columns are independent given the component.

A value that was rounded to a cell of width c stands for x + u, u uniform on the cell. Its
covariance is that of x plus c^2 / 12, and the mean of its log-density over u,

    log N(x; m, S) - 1/2 sum_d (S^-1)_dd c_d^2 / 12,

is a lower bound on the log of the mass of the cell, divided by its width (uniform
dequantisation: Theis et al. 2016, arXiv:1511.01844). It cannot grow without limit, however
often a value repeats.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple, Self

import torch
from torch import Tensor

from ..threads import in_threads, strands
from .missing import Reals
from .precision import PRODUCTS, agree, sample
from .products import Blockwise, Coefficients, Products

WIDEST = 96  # columns from which each component's own products are as fast
_FEW = 1 << 15  # cells times components that are done before a check is


class Moments(NamedTuple):
    """Weighted sums of 1, x and x x' about each component's mean; they add up."""

    mass: Tensor
    first: Tensor
    second: Tensor


class Slices(NamedTuple):
    """Where the moments of some components are."""

    mass: slice
    first: slice
    second: slice


class Guard(NamedTuple):
    """What keeps variances above 0, (d,) each.

    ``added`` is added at every update, ``smallest`` is the resolution of the numbers, and
    ``cell`` is the variance of the noise that undoes rounding.
    """

    added: Tensor
    smallest: Tensor
    cell: Tensor


@dataclass(frozen=True, eq=False)
class Normals(ABC):
    """Normals with means (C, d); what ``covariances`` holds is the subclass's affair.

    ``floors`` is what updates leave at least of a column's variance, given those before it,
    (G, d); None is what the covariances imply. An update that adds ``guard.added`` to the
    variances maximises the mean over noise of that variance in each column: a row under
    component j then has ``-1/2 sum_d (S_j^-1)_dd added_d`` more, as for rounding below.
    """

    means: Tensor
    covariances: Tensor
    guard: Guard
    floors: Tensor | None = field(default=None, kw_only=True)

    @abstractmethod
    def exact_log_prob(self, reals: Reals) -> Tensor:
        """Log-density under all components by deviations from each mean, nats, (C, n)."""

    @abstractmethod
    def zeros(self) -> Moments:
        """Sums over no rows."""

    @abstractmethod
    def add_exact_moments(self, reals: Reals, shares: Tensor, into: Moments) -> None:
        """Add rows, weighted by shares (C, n), to sums of deviations from each mean."""

    @abstractmethod
    def coefficients(self, dtype: torch.dtype, *, gaps: bool) -> Coefficients:
        """Give what makes log-densities of features."""

    @property
    @abstractmethod
    def cancellation(self) -> float:
        """How many times larger than the result are the terms that cancel in products."""

    @abstractmethod
    def part(self, components: range) -> Self:
        """Some neighbouring components, which share no covariance with others."""

    @abstractmethod
    def place(self, components: range) -> Slices:
        """Where the moments of some neighbouring components are."""

    @abstractmethod
    def update(self, moments: Moments) -> Self:
        """Normals of the greatest expected log-likelihood, plus the guard."""

    @abstractmethod
    def deviate(self, component: Tensor, noise: Tensor) -> Tensor:
        """Turn standard noise (n, d) into deviations from the components' means."""

    @property
    @abstractmethod
    def variances(self) -> Tensor:
        """Variance of each column in each component, (C, d)."""

    @property
    @abstractmethod
    def precisions(self) -> Tensor:
        """Inverse covariances, of the same shape."""

    @property
    @abstractmethod
    def precision_roots(self) -> Tensor:
        """Factors P with P P' the precisions, of the same shape."""

    @abstractmethod
    def at(self, means: Tensor, variances: Tensor) -> Self:
        """Give normals of the same sort with independent columns, (C, d) each."""

    @abstractmethod
    def with_precisions(self, precisions: Tensor) -> Self:
        """Give the same means with other precisions."""

    @property
    @abstractmethod
    def n_free(self) -> int:
        """Number of free parameters of the covariances."""

    @abstractmethod
    def reach(self, component: int, column: int) -> Tensor:
        """Mean deviation where one column is a standard deviation above its mean, (d,)."""

    @abstractmethod
    def copied(self, source: int, target: int) -> Self:
        """Give one component another's covariance."""

    @property
    def penalised(self) -> Self:
        """Normals whose densities pay for what updates add to variances, save the toll."""
        return self

    @property
    def toll(self) -> Tensor:
        """What each component pays for it at every row, nats, (C,)."""
        return self._even

    def raised(self, last: Self) -> list[int]:
        """Components whose floors had to rise since the last parameters."""
        return []

    @cached_property
    def center(self) -> Tensor:
        """Middle of the means, (d,)."""
        return self.means.mean(0)

    @property
    @abstractmethod
    def sort(self) -> type[Products]:
        """The products that these normals need."""

    def products(self, dtype: torch.dtype, log_weights: Tensor, *, gaps: bool) -> Blockwise:
        """Give what makes log-densities plus log-weights (C,), and sums, of features."""
        key = dtype, gaps
        if key not in self._known:
            self._known[key] = self.coefficients(dtype, gaps=gaps)
        return self.sort(self._known[key], log_weights, gaps=gaps)

    @cached_property
    def _known(self) -> dict[tuple[torch.dtype, bool], Coefficients]:
        return {}

    @property
    def takes_gaps(self) -> bool:
        """Whether products allow for unobserved cells."""
        return False

    def log_prob(self, reals: Reals, components: range) -> Tensor:
        """Log-density of rows under some components in nats, (len(components), n) float64."""
        normals = self._only(components)
        out = normals.means.new_empty((len(components), len(reals.x)))

        def fill(rows: slice) -> None:
            out[:, rows] = normals._log_prob(reals.part(rows))

        for _ in in_threads(fill, strands(len(reals.x))):
            pass
        return out

    def add_moments(self, reals: Reals, shares: Tensor, components: range, into: Moments) -> None:
        """Add rows, weighted by shares (len(components), n), to sums."""
        normals = self._only(components)

        def moments(rows: slice) -> Moments:
            return normals._moments(reals.part(rows), shares[:, rows])

        for part in in_threads(moments, strands(len(reals.x))):
            self.add_part(part, components, into)

    def add_part(self, moments: Moments, components: range, into: Moments) -> None:
        """Add the sums of some neighbouring components to those of all."""
        for total, part, at in zip(into, moments, self.place(components), strict=True):
            total[at] += part

    def fast(self, reals: Reals) -> Iterator[torch.dtype]:
        """Types in which products serve for these rows, the fastest first."""
        n, d = reals.x.shape
        worth = 0 < d < WIDEST and n * d * len(self.means) > _FEW
        if worth and (reals.complete or self.takes_gaps):
            for dtype in PRODUCTS:
                if dtype in (torch.float64, reals.x.dtype) and self.serves(dtype):
                    yield dtype

    def serves(self, dtype: torch.dtype) -> bool:
        """Whether the products of these normals may be tried."""
        return self.suits(dtype)

    def suits(self, dtype: torch.dtype, slack: float = 1) -> bool:
        """Whether products in a type have digits enough, as far as the parameters tell."""
        finfo = torch.finfo(dtype)
        visible = bool((self.variances > finfo.tiny**0.75).all())
        return visible and self.cancellation * finfo.eps < PRODUCTS[dtype] * slack

    def _only(self, components: range) -> Self:
        return self if len(components) == len(self.means) else self.part(components)

    def _log_prob(self, reals: Reals) -> Tensor:
        for dtype in self.fast(reals):
            products = self.products(dtype, self._even, gaps=not reals.complete)
            fast = self.means.new_empty((len(self.means), len(reals.x)))
            for rows in products.blocks(len(reals.x)):
                fast[:, rows] = products.log_prob(reals.x[rows])
            some = sample(fast.amax(0))
            if products.is_exact or agree(
                fast[:, some], self.exact_log_prob(reals.at(some)), dtype
            ):
                return fast
        return self.exact_log_prob(reals.double())

    def _moments(self, reals: Reals, shares: Tensor) -> Moments:
        if torch.float64 in self.fast(reals):
            products = self.products(torch.float64, self._even, gaps=not reals.complete)
            for rows in products.blocks(len(reals.x)):
                products.see(reals.x[rows])
                products.add(shares[:, rows].double().contiguous())
            fast = Moments(*products.moments()[1:])
            if all(part.isfinite().all() for part in fast):
                return fast
        moments = self.zeros()
        self.add_exact_moments(reals.double(), shares.to(self.means), moments)
        return moments

    @property
    def _even(self) -> Tensor:
        return self.means.new_zeros(len(self.means))

    def sample(self, component: Tensor, noise: Tensor) -> Tensor:
        """Turn standard noise (n, d) into draws from the components (n,)."""
        return self.means[component] + self.deviate(component, noise)

    def split(self, source: int, target: int, spread: Tensor) -> Self:
        """Halve a component; ``target`` becomes the other half.

        The halves are one standard deviation either way along the column that is widest
        against ``spread``, variances (d,), and the other columns follow.
        """
        widest = int((self.variances[source] / positive(spread)).argmax())
        means, shift = self.means.clone(), self.reach(source, widest)
        means[target] = means[source] + shift
        means[source] -= shift
        return replace(self.copied(source, target), means=means)


def positive(mass: Tensor) -> Tensor:
    """Sums that one may divide by: 0 becomes the smallest number."""
    return mass.clamp(min=torch.finfo(mass.dtype).tiny)
