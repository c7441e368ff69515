r"""How far kernels reach: rules for normal data, and the likelihood of rows left out.

The likelihood of a row under the kernels of the others (Duin 1976) is a mixture's, so EM
raises it (Leiva-Murillo & Artes-Rodriguez 2012): with r_ij the share of centre j in row i,

    H = sum_ij r_ij (x_i - x_j)(x_i - x_j)',     l_c = sum_ij r_ij P(code c was redrawn).

It learns the whole matrix H, not one number. Equal rows are left out together: a kernel that
shrinks on a copy would raise the likelihood without limit.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...events import Emitter
from ...rows import Batch
from ..loop import iterate
from ..threads import in_threads
from .kernel import Kernels, Smoothing
from .sums import Groups, shares

_CENTRES = 8192  # rows that the likelihood leans on, drawn if there are more
_PAIRS = 1 << 22  # of a row left out and a centre
_HELD = 512  # rows that are left out, at least
_TILE = 1 << 20
_STRAND = 64
_TOL, _ITERATIONS = 1e-3, 60
_SMALLEST = 1e-12  # variance of a kernel, as a share of the column's
_POOLED = 1e-2  # the same for the pixels of an image, as a share of their mean
_PSEUDO_COLUMNS = 6  # rows, a column, that the kernel's independence is worth


def scott(n: float, d: int) -> float:
    """Scott's factor on the standard deviation (Scott 1992)."""
    return float(max(n, 1.0) ** (-1 / (d + 4)))


def silverman(n: float, d: int) -> float:
    """Silverman's factor on the standard deviation (Silverman 1986, p. 87)."""
    return float(max(n * (d + 2) / 4, 1.0) ** (-1 / (d + 4)))


RULES: dict[str, Callable[[float, int], float]] = {"scott": scott, "silverman": silverman}


def n_counted(weight: Tensor) -> float:
    """How many rows the weights amount to: their sum, if they count repeated rows.

    Weights below 1 are shares; then it is Kish's effective number.
    """
    return float(max(weight.sum(), weight.sum() ** 2 / weight.square().sum()))


def spread(kernels: Kernels, n: float) -> Tensor:
    """Covariance of the rows in the frame's units, invertible, (d, d)."""
    d = len(kernels.gates)
    covariance = torch.eye(d, dtype=torch.float64, device=kernels.reals.device)
    if n <= 1 or not kernels.dense:
        return covariance
    at = torch.tensor(kernels.dense, device=covariance.device)
    rows = kernels.reals[:, at]
    rows = rows - kernels.weights @ rows
    among = (rows.T * kernels.weights) @ rows * (n / (n - 1))
    still = among.diagonal() <= 0
    among = among + torch.diag(still.double())
    covariance[at[:, None], at] = _invertible(among)
    return covariance


def by_factor(kernels: Kernels, covariance: Tensor, factor: float) -> Smoothing:
    """Kernels of a share of the covariance, and codes redrawn in that share of the rows."""
    share = factor**2
    redraw = torch.full((len(kernels.margins),), share / (1 + share), dtype=torch.float64)
    wider = share * covariance + torch.diag(kernels.cell)
    return Smoothing(wider, redraw.to(covariance.device))


def by_likelihood(
    kernels: Kernels,
    covariance: Tensor | None,
    rng: np.random.Generator,
    events: Emitter,
) -> Smoothing:
    """Kernels under which rows left out are most likely; start from those of ``kernels``.

    ``covariance`` of the rows tells the principal axes; without it columns are independent.
    """
    lean, mass = _leaned_on(kernels, rng)
    group = _equal_rows(lean)
    if int(group.max()) < 1:
        return kernels.smoothing
    held = _held(lean, rng)
    axes = None if covariance is None else torch.linalg.eigh(covariance).eigenvectors
    start = LeaveOneOut(lean, group, axes)
    step = max(1, _TILE // len(lean.weights))

    def batches() -> Iterator[Batch]:
        for index in held.split(step):
            yield Batch(index[:, None], lean.codes[index], lean.weights[index])

    course = iterate(start, batches, max_iter=_ITERATIONS, tol=_TOL, events=events)
    best = course.model.kernels.smoothing
    shrunk = mass ** (2 / (len(kernels.dense) + 4))  # kernels of all rows are narrower
    cell = torch.diag(kernels.cell)
    return best._replace(covariance=(best.covariance - cell) * shrunk + cell)


class Sums(NamedTuple):
    """What a pass over the rows left out leaves; sums of parts add up."""

    second: Tensor
    both: Tensor
    redrawn: Tensor
    log_likelihood: Tensor
    weight: Tensor


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """Kernels that are fitted to rows which they do not know.

    Rows of one ``group`` (N,) are left out together. ``axes`` (d, d) are the principal ones,
    towards independence along which H is drawn; None for kernels with independent columns.
    """

    kernels: Kernels
    group: Tensor
    axes: Tensor | None
    notes: tuple[str, ...] = ()

    def statistics(self, batch: Batch) -> Sums:
        """Sums over rows, by their numbers among the centres."""
        index, weight = batch.x[:, 0], batch.weight
        share, log_sum = self._shares(index)
        view = self.kernels.whole
        left = 1 - torch.bincount(self.group, self.kernels.weights)[self.group[index]]
        log_likelihood = log_sum + view.log_norm - left.log()
        share = share * weight[:, None]
        return Sums(
            self._second(share, index),
            self._both(share, index),
            self._redrawn(share, index),
            weight @ log_likelihood,
            weight.sum(),
        )

    def objective(self, sums: Sums) -> float:
        """Mean log-likelihood of rows left out, nats in the frame's units."""
        return float(sums.log_likelihood / sums.weight)

    def update(self, sums: Sums) -> "LeaveOneOut":
        """Kernels of the greatest expected log-likelihood."""
        kernels, d = self.kernels, len(self.kernels.gates)
        second = sums.second / sums.both.clamp(min=1e-300)
        seen = sums.both > 0
        covariance = torch.where(
            seen, second, kernels.smoothing.covariance - torch.diag(kernels.cell)
        )
        covariance = self._shrunk(covariance, d)
        redraw = (sums.redrawn * self.n_distinct / sums.weight + 0.5) / (self.n_distinct + 1)
        new = Smoothing(covariance + torch.diag(kernels.cell), redraw)
        return replace(self, kernels=kernels.smoothed(new))

    def _shrunk(self, covariance: Tensor, d: int) -> Tensor:
        """Take some of the dependence away, the more the fewer rows there are."""
        if self.axes is None:
            return torch.diag(self._pooled(covariance.diagonal()))
        turned = self.axes.T @ covariance @ self.axes
        alone = torch.diag(turned.diagonal())
        turned = alone + (turned - alone) * self.n_distinct / (
            self.n_distinct + _PSEUDO_COLUMNS * d
        )
        values, vectors = torch.linalg.eigh(turned)
        root = self.axes @ vectors * values.clamp(min=_SMALLEST).sqrt()
        return root @ root.T

    def _pooled(self, variances: Tensor) -> Tensor:
        """Keep each variance above a share of the mean of those in the same unit."""
        least = torch.full_like(variances, _SMALLEST)
        for pool in self.kernels.columns.pools:
            if len(pool) > 1:
                least[pool] = _POOLED * variances[pool].mean()
        return variances.maximum(least)

    def _shares(self, index: Tensor) -> tuple[Tensor, Tensor]:
        """Share of each centre outside of the row's group, (n, N), and the log of the sum."""
        kernels, view = self.kernels, self.kernels.whole
        rows, constant = view.prepared(kernels.reals[index], kernels.codes[index])
        if index.device.type != "cpu":
            tile = view.tile(rows).masked_fill_(self.group[index, None] == self.group, -torch.inf)
            log_sum = tile.logsumexp(1)
            return tile.sub_(log_sum[:, None]).exp_(), log_sum + constant - view.log_norm
        out = np.empty((len(index), len(kernels.weights)), np.float32)
        sums, group = np.empty(len(index)), self.group.numpy()
        held, centres = self.group[index].numpy(), view.centres

        def strand(first: int) -> None:
            part = slice(first, first + _STRAND)
            single = rows.take(part).plain(np.float32)
            shares(single, centres, Groups(held[part], group), out[part], sums[part])

        list(in_threads(strand, range(0, len(index), _STRAND)))
        log_sum = torch.from_numpy(sums) + constant - view.log_norm
        return torch.from_numpy(out).double(), log_sum

    @cached_property
    def n_distinct(self) -> float:
        """How many rows there are, copies apart (Kish's effective number of groups)."""
        return 1 / float(torch.bincount(self.group, self.kernels.weights).square().sum())

    @cached_property
    def _open(self) -> tuple[Tensor, Tensor]:
        """Reals with 0 behind a shut gate, and which are there, (N, d) each."""
        return self.kernels.reals.nan_to_num(nan=0.0), (~self.kernels.reals.isnan()).double()

    def _second(self, share: Tensor, index: Tensor) -> Tensor:
        """Weighted products of differences where both have a number, (d, d)."""
        reals, there = self._open
        rows, here = reals[index], there[index]
        total, mean = share @ there, share @ reals
        weight, cross = share.sum(1), rows.T @ mean
        products = (rows.T * weight) @ rows + (reals.T * share.sum(0)) @ reals - cross - cross.T
        squares = here * (rows.square() * total - 2 * rows * mean + share @ reals.square())
        return torch.where(self._ungated(), products, torch.diag(squares.sum(0)))

    def _both(self, share: Tensor, index: Tensor) -> Tensor:
        """Weight of the pairs of which both have the numbers, (d, d)."""
        _, there = self._open
        weight = torch.diag((there[index] * (share @ there)).sum(0))
        return torch.where(self._ungated(), share.sum(), weight)

    def _ungated(self) -> Tensor:
        free = self.group.new_tensor([gate < 0 for gate in self.kernels.gates], dtype=torch.bool)
        return free[:, None] & free

    def _redrawn(self, share: Tensor, index: Tensor) -> Tensor:
        """Weight of the pairs whose code was drawn anew, (m,)."""
        kernels, sums = self.kernels, []
        for c, margin in enumerate(kernels.margins):
            code, chance = kernels.codes[index, c], kernels.smoothing.redraw[c]
            same = (share * (code[:, None] == kernels.codes[:, c])).sum(1)
            fresh = chance * margin[code]
            by_chance = fresh / (1 - chance + fresh)
            sums.append((share.sum(1) - same + same * by_chance).sum())
        return torch.stack(sums) if sums else share.new_zeros(0)


def _leaned_on(kernels: Kernels, rng: np.random.Generator) -> tuple[Kernels, float]:
    """At most some thousand of the centres, and their share of all."""
    n = len(kernels.weights)
    if n <= _CENTRES:
        return kernels, 1.0
    chosen = torch.from_numpy(rng.choice(n, _CENTRES, replace=False)).to(kernels.weights.device)
    chosen = chosen.sort().values
    weights = kernels.weights[chosen]
    some = replace(
        kernels,
        reals=kernels.reals[chosen],
        codes=kernels.codes[chosen],
        weights=weights / weights.sum(),
    )
    return some, _CENTRES / n


def _held(kernels: Kernels, rng: np.random.Generator) -> Tensor:
    """Numbers of the rows to leave out, sorted."""
    n = len(kernels.weights)
    wanted = min(n, max(_HELD, _PAIRS // n))
    chosen = np.sort(rng.permutation(n)[:wanted])
    return torch.from_numpy(chosen).to(kernels.weights.device)


def _equal_rows(kernels: Kernels) -> Tensor:
    """Give equal rows one number, (N,)."""
    rows = torch.cat([kernels.reals.nan_to_num(nan=np.inf), kernels.codes.double()], 1)
    return rows.unique(dim=0, return_inverse=True)[1]


def _invertible(covariance: Tensor) -> Tensor:
    """Lift the least principal variances of a correlation matrix, if need be."""
    sd = covariance.diagonal().sqrt()
    values, vectors = torch.linalg.eigh(covariance / sd / sd[:, None])
    if float(values.min()) > 1e-8:
        return covariance
    root = vectors * values.clamp(min=1e-8).sqrt()
    return (root @ root.T) * sd * sd[:, None]
