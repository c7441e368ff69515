r"""Densities of rows and sums over them as two matrix products of features of the rows.

With y a row less the overall centre, and features phi(y) = (y_i y_j for i <= j, y, 1), the
log-densities of all components are one product, and so are the sums:

.. math:: \log N(x; m_j, S_j) = \theta_j^T \phi(y), \qquad \sum_n r_{jn} \phi(y_n)

A few thousand rows at a time stay in the cache. The price is digits: terms as large as
squared distances to the *centre*, in units of a component's width, cancel.
:attr:`~drawlike.statistics.normals.normal.Normals.cancellation` says how large they are.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from .deviations import Deviations, Pairs, are_few

_AT_ONCE = 1 << 22  # bytes of features


class Coefficients(NamedTuple):
    """What makes densities and sums of features.

    ``theta`` (k, F), ``center`` (d,) and ``whitener`` (d, d), of a covariance that all
    components share, are in the type of the products; ``means`` (k, d) are relative to the
    centre and ``cell`` (d,) the variance of rounding, both in float64. ``suits`` tells
    whether products have digits enough; where not, ``theta`` is (k, 1), and ``deviations``
    do without them.
    """

    theta: Tensor
    center: Tensor
    whitener: Tensor | None
    means: Tensor
    cell: Tensor
    deviations: Deviations | None = None
    suits: bool = True


class Blockwise(ABC):
    """Log-densities of a block of rows in ``dtype``, and sums over it; one thread, one object."""

    dtype: torch.dtype
    n_rows: int

    @property
    def is_exact(self) -> bool:
        """Whether log-densities need no check."""
        return False

    def blocks(self, n: int) -> Iterator[slice]:
        """Cut n rows into even blocks of at most ``n_rows``."""
        n_blocks = max(1, -(-n // self.n_rows))
        for i in range(n_blocks):
            yield slice(n * i // n_blocks, n * (i + 1) // n_blocks)

    @abstractmethod
    def log_prob(self, x: Tensor) -> Tensor:
        """Log-densities of at most ``n_rows`` rows (b, d), (k, b)."""

    def add_all(self, x: Tensor, weight: Tensor) -> Tensor | None:
        """Add any number of rows by their shares of weights (n,), and give log-densities (n,).

        None says that this goes block by block.
        """
        return None

    @abstractmethod
    def see(self, x: Tensor) -> None:
        """Look at at most ``n_rows`` rows (b, d) without asking for their density."""

    @abstractmethod
    def add(self, shares: Tensor) -> None:
        """Add the rows that were seen last, weighted by shares (k, b)."""

    @abstractmethod
    def moments(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Sums (k,) of shares, then mass, first and second moments about the means."""


class Products(Blockwise):
    """Features of a block of rows, what they say, and sums over them.

    Buffers are reused from block to block: one thread, one object.
    """

    def __init__(
        self, coefficients: Coefficients, log_weights: Tensor, *, gaps: bool = False
    ) -> None:
        theta = coefficients.theta.clone()
        theta[:, -1] += log_weights
        self.coefficients, self.gaps = coefficients._replace(theta=theta), gaps
        self.dtype, self.log_weights = theta.dtype, log_weights
        k, width = theta.shape
        self.n_rows = max(64, min(4096, _AT_ONCE // (width * theta.element_size())))
        self._features = theta.new_empty((width, self.n_rows))
        self._features[-1] = 1
        self._sums = theta.new_zeros((width, k), dtype=torch.float64)

    def _fill(self, x: Tensor) -> None:
        self._write(x)
        self._filled = True

    @abstractmethod
    def _write(self, x: Tensor) -> None:
        """Write features of rows (b, d)."""

    def log_prob(self, x: Tensor) -> Tensor:  # noqa: D102
        self.see(x)
        self._fill(x)
        return self.coefficients.theta @ self._now

    def add(self, shares: Tensor) -> None:  # noqa: D102
        if not self._filled:
            self._fill(self._x)
        if self.dtype == torch.float32:  # the faster way round, of each
            self._sums.add_(self._now @ shares.T)
        else:
            self._sums.addmm_(self._now, shares.T)

    def see(self, x: Tensor) -> None:  # noqa: D102
        self._x, self._filled, self._now = x, False, self._features[:, : len(x)]

    def _center(self, x: Tensor, out: Tensor) -> Tensor:
        """Deviations from the centre, (d, b)."""
        middle = self.coefficients.center
        if x.is_cpu:
            from . import compiled

            compiled.center(x.contiguous().numpy(), middle.numpy(), out.numpy())
            return out
        return torch.sub(x.T.to(self.dtype), middle[:, None], out=out)


class PairProducts(Products):
    """A covariance matrix a component."""

    def __init__(
        self, coefficients: Coefficients, log_weights: Tensor, *, gaps: bool = False
    ) -> None:
        super().__init__(coefficients, log_weights, gaps=gaps)
        self._d, self._used = len(coefficients.center), False
        d = self._d
        starts = [row * d - row * (row - 1) // 2 for row in range(d + 1)]
        self._rows = [slice(a, b) for a, b in pairwise(starts)]
        self._views: dict[int, tuple] = {}
        self._pairs = Pairs(coefficients.center.double() + coefficients.means)

    def _write(self, x: Tensor) -> None:
        d, views = self._d, self._views.get(len(x))
        if views is None:  # cutting is as slow as multiplying
            y = self._now[-1 - d : -1]
            products = [self._now[rows] for rows in self._rows]
            views = y, [(y[i:], y[i], out) for i, out in enumerate(products)]
            self._views[len(x)] = views
        y, products = views
        self._center(x, y)
        for rest, row, out in products:
            torch.mul(rest, row, out=out)

    @property
    def is_exact(self) -> bool:  # noqa: D102
        return self.coefficients.deviations is not None and self.dtype == torch.float64

    def log_prob(self, x: Tensor) -> Tensor:  # noqa: D102
        if self.coefficients.deviations is None:
            return super().log_prob(x)
        self.see(x)
        return self.coefficients.deviations.log_prob(x, self.log_weights)

    def add(self, shares: Tensor) -> None:  # noqa: D102
        if self.coefficients.deviations and (not self.coefficients.suits or are_few(shares)):
            self._pairs.add(self._x, shares)
        else:
            self._used = True
            super().add(shares)

    def moments(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: D102
        mass, about, second = self._pairs.mass, self._pairs.first, self._pairs.second
        if self._used:
            mass, about, second = map(torch.add, (mass, about, second), self._of_products())
        second.diagonal(dim1=-2, dim2=-1).add_(mass[:, None] * self.coefficients.cell)
        return mass, mass, about, second

    def _of_products(self) -> tuple[Tensor, Tensor, Tensor]:
        d, sums = self._d, self._sums.T
        mass, first = sums[:, -1], sums[:, -1 - d : -1]
        upper, lower = torch.triu_indices(d, d, device=sums.device)
        raw = sums.new_empty((len(sums), d, d))
        raw[:, upper, lower] = raw[:, lower, upper] = sums[:, : -1 - d]
        return mass, *_shifted(mass, first, raw, self.coefficients.means)


class LineProducts(Products):
    """One covariance for all components: the quadratic term is common to them."""

    def __init__(
        self, coefficients: Coefficients, log_weights: Tensor, *, gaps: bool = False
    ) -> None:
        super().__init__(coefficients, log_weights, gaps=gaps)
        self._d = d = len(coefficients.center)
        self._square = coefficients.means.new_zeros((d, d))

    def log_prob(self, x: Tensor) -> Tensor:  # noqa: D102
        joint = super().log_prob(x)
        whitener = self.coefficients.whitener
        assert whitener is not None
        distance = (whitener @ self._now[:-1]).square_().sum(0)
        return joint.sub_(distance, alpha=0.5)

    def add(self, shares: Tensor) -> None:  # noqa: D102
        super().add(shares)
        y = self._now[:-1]
        self._square.add_((y * shares.sum(0)) @ y.T)

    def _write(self, x: Tensor) -> None:
        self._center(x, self._now[:-1])

    def moments(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: D102
        means, sums = self.coefficients.means, self._sums.T
        mass, first = sums[:, -1], sums[:, :-1]
        about = first - mass[:, None] * means
        cross = means.T @ first
        second = self._square - cross - cross.T + (means * mass[:, None]).T @ means
        second += torch.diag_embed(mass.sum() * self.coefficients.cell)
        return mass, mass, about, second[None]


class SquareProducts(Products):
    """Independent columns; with ``gaps``, an unobserved cell has features 0."""

    def _write(self, x: Tensor) -> None:
        features, d = self._now, len(self.coefficients.center)
        y = self._center(x, features[d : 2 * d])
        if self.gaps:
            features[2 * d : 3 * d] = ~y.isnan()
            y.nan_to_num_(nan=0.0)
        torch.mul(y, y, out=features[:d])

    def moments(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # noqa: D102
        means, sums = self.coefficients.means, self._sums.T
        d = means.shape[1]
        second, first, total = sums[:, :d], sums[:, d : 2 * d], sums[:, -1]
        mass = sums[:, 2 * d : 3 * d] if self.gaps else total[:, None].expand_as(first)
        about = first - mass * means
        return total, mass, about, second - means * (first + about)


def _shifted(mass: Tensor, first: Tensor, raw: Tensor, means: Tensor) -> tuple[Tensor, Tensor]:
    """First (k, d) and second (k, d, d) moments about means instead of 0."""
    about = first - mass[:, None] * means
    second = raw - means[:, :, None] * first[:, None] - about[:, :, None] * means[:, None]
    return about, second


def half_diagonal(precisions: Tensor) -> Tensor:
    """Upper triangles, row by row, of matrices with half their diagonals, (k, d(d+1)/2)."""
    d = precisions.shape[-1]
    rows, columns = torch.triu_indices(d, d, device=precisions.device)
    return precisions[:, rows, columns] * (1 - 0.5 * (rows == columns).to(precisions))
