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
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import torch
from torch import Tensor

from .missing import Reals


class Moments(NamedTuple):
    """Weighted sums of 1, x and x x' about each component's mean; they add up."""

    mass: Tensor
    first: Tensor
    second: Tensor


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
    """Normals with means (C, d); what ``covariances`` holds is the subclass's affair."""

    means: Tensor
    covariances: Tensor
    guard: Guard

    @abstractmethod
    def log_prob(self, reals: Reals, components: range) -> Tensor:
        """Log-density of rows under some components in nats, (len(components), n)."""

    @abstractmethod
    def zeros(self) -> Moments:
        """Sums over no rows."""

    @abstractmethod
    def add_moments(self, reals: Reals, shares: Tensor, components: range, into: Moments) -> None:
        """Add rows, weighted by shares (len(components), n), to sums."""

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
    def copied(self, source: int, target: int) -> Tensor:
        """Covariances in which one component has another's."""

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
        return replace(self, means=means, covariances=self.copied(source, target))


def positive(mass: Tensor) -> Tensor:
    """Sums that one may divide by: 0 becomes the smallest number."""
    return mass.clamp(min=torch.finfo(mass.dtype).tiny)
