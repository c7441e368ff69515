"""Kernels given some cells of a row: each centre counts by its kernel in these cells."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from ..mixtures.categorical import cumulative, pick
from .kernel import Kernels
from .view import View

_TILE = 1 << 20  # pairs of a row and a centre at once


class _Known(NamedTuple):
    """Rows with the same observed columns: numbers, cells, shares of the centres (n, N)."""

    rows: Tensor
    reals: Tensor
    codes: Tensor
    view: View
    share: Tensor


def sample_given(kernels: Kernels, evidence: Tensor, rng: np.random.Generator) -> Tensor:
    """Fill the NaN of encoded rows by draws given the other cells, (n, width)."""
    out = torch.empty_like(evidence, dtype=torch.float64)
    for known in _known(kernels, evidence):
        uniform = torch.from_numpy(rng.random(len(known.rows))).to(known.share)
        each = torch.arange(len(known.rows), device=uniform.device)
        centre = pick(cumulative(known.share), each, uniform)
        noise = torch.from_numpy(rng.standard_normal(known.reals.shape)).to(uniform)
        reals = kernels.reals[centre]
        reals = reals + _towards(known, reals) + noise @ _rest(known).T
        reals = torch.where(known.reals.isnan(), kernels.opened(reals, noise), known.reals)
        codes = _or_given(kernels, known.codes, kernels.redrawn(centre, rng))
        out[known.rows] = kernels.join(reals, codes)
    return _beside(evidence, out)


def mean_given(kernels: Kernels, evidence: Tensor) -> Tensor:
    """Fill the NaN by means of numbers and the likeliest codes given the other cells, (n, width)."""
    out = torch.empty_like(evidence, dtype=torch.float64)
    for known in _known(kernels, evidence):
        odds = _odds(kernels, known.share)
        best = torch.stack([o.argmax(1) for o in odds], 1) if odds else known.codes
        reals = known.share @ kernels.reals.nan_to_num(nan=0.0)
        reals = reals + _towards(known, reals)
        for real in kernels.gated:
            reals[:, real] = _mean_behind_gate(kernels, real, known)
        reals = torch.where(known.reals.isnan(), reals, known.reals)
        out[known.rows] = kernels.join(reals, _or_given(kernels, known.codes, best))
    return _beside(evidence, out)


def _beside(evidence: Tensor, filled: Tensor) -> Tensor:
    """Keep what is given to the last digit."""
    return torch.where(evidence.isnan(), filled, evidence.double())


def _known(kernels: Kernels, evidence: Tensor) -> Iterator[_Known]:
    reals, codes = kernels.split(evidence)
    size = max(1, _TILE // len(kernels.weights))
    for rows, view in kernels.views(reals):
        for part in rows.split(size):
            prepared, _ = view.prepared(reals[part], codes[part])
            share = view.tile(prepared).softmax(1)
            yield _Known(part, reals[part], codes[part], view, share)


def _towards(known: _Known, centres: Tensor) -> Tensor:
    """Move a centre's unobserved numbers by what the observed ones tell, (n, d)."""
    kept, covariance = known.view.kept, known.view.kernels.smoothing.covariance
    gain = torch.cholesky_solve(covariance[kept], known.view.root)
    # columns with a gate are independent: their gain is 0
    return (known.reals[:, kept] - centres[:, kept]) @ gain


def _rest(known: _Known) -> Tensor:
    """Root of the covariance that the observed numbers leave, 0 where they are observed, (d, d)."""
    kept, covariance = set(known.view.kept), known.view.kernels.smoothing.covariance
    free = [i for i in range(len(covariance)) if i not in kept]
    half = torch.linalg.solve_triangular(
        known.view.root, covariance[known.view.kept][:, free], upper=False
    )
    root = torch.zeros_like(covariance)
    at = torch.tensor(free, dtype=torch.long, device=root.device)
    left = covariance[free][:, free] - half.T @ half
    root[at[:, None], at] = torch.linalg.cholesky(left)
    return root


def _odds(kernels: Kernels, share: Tensor) -> list[Tensor]:
    """Probability of each code of each column, (n, n_categories) a column."""
    odds = []
    for c, margin in enumerate(kernels.margins):
        copied = share @ one_hot(kernels.codes[:, c], len(margin)).to(share)
        chance = kernels.smoothing.redraw[c]
        odds.append((1 - chance) * copied + chance * margin)
    return odds


def _mean_behind_gate(kernels: Kernels, real: int, known: _Known) -> Tensor:
    """Mean of a number given that its gate is open, (n,)."""
    gate = kernels.gates[real]
    chance, frequency = kernels.smoothing.redraw[gate], kernels.margins[gate][0]
    opens = (1 - chance) * (kernels.codes[:, gate] == 0) + chance * frequency
    given = known.codes[:, gate, None] == 0  # then the shares know it already
    share = torch.where(given, known.share, known.share * opens)
    values = kernels.reals[:, real].nan_to_num(nan=0.0)  # 0 is the mean of the column's normal
    return (share @ values) / share.sum(1).clamp(min=1e-300)


def _or_given(kernels: Kernels, given: Tensor, otherwise: Tensor) -> Tensor:
    sizes = given.new_tensor(kernels.columns.sizes)
    return torch.where(given == sizes, otherwise, given)
