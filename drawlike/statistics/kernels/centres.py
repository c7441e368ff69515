"""Encoded rows as the centres of kernels, in units of their own."""

from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..columns import Columns
from .donors import fill
from .kernel import Frame, Kernels, Smoothing

_PSEUDO_ROWS = 1.0  # of all classes, in the frequencies of one
_ENOUGH = 5  # rows without gaps, a column, from which a kernel may be learned
_STILL = 1e-3  # unit of a constant column, as a share of its unit over all classes


def centred(columns: Columns, x: Tensor, weight: Tensor, overall: Kernels | None = None) -> Kernels:
    """Kernels around encoded rows (n, width), of no width yet; NaN where unobserved.

    ``overall`` are those of all classes: they lend a unit to a column that is constant in
    this one, and their frequencies weigh as one row.
    """
    reals, codes = columns.split(x.double())
    share = weight.double() / weight.sum()
    frame = _frame(columns, reals, share, overall)
    d, m = len(columns.reals), len(columns.sizes)
    blank = Smoothing(reals.new_zeros((d, d)), share.new_zeros(m))
    return Kernels(
        columns=columns,
        frame=frame,
        reals=(reals - frame.center) / frame.unit,
        codes=codes,
        weights=share,
        margins=_margins(columns, codes, weight.double(), overall),
        smoothing=blank,
    )


def _frame(columns: Columns, reals: Tensor, share: Tensor, overall: Kernels | None) -> Frame:
    seen = ~reals.isnan()
    mass = share @ seen.double()
    # counted from a value of the column, a mean far from 0 costs no digits
    first = torch.where(seen, reals, torch.inf).amin(0).nan_to_num(posinf=0.0)
    from_first = (reals - first).nan_to_num(nan=0.0)
    mean = share @ from_first / mass.clamp(min=1e-300)
    deviation = torch.where(seen, from_first - mean, 0.0)
    largest = deviation.abs().amax(0).clamp(min=1e-300)
    relative = share @ (deviation / largest).square() / mass.clamp(min=1e-300)
    unit, center = relative.sqrt() * largest, first + mean
    for pool in columns.pools:
        if len(pool) > 1:
            unit[pool] = unit[pool].square().mean().sqrt()
    usual = torch.ones_like(unit) if overall is None else overall.frame.unit
    digits = 4 * torch.finfo(torch.float64).eps * center.abs()
    still = (_STILL * usual).maximum(4 * digits)
    unit = torch.where(unit > digits, unit, still)
    if overall is None:
        return Frame(center, unit)
    unseen = mass == 0
    return Frame(
        torch.where(unseen, overall.frame.center, center), torch.where(unseen, usual, unit)
    )


def _margins(
    columns: Columns, codes: Tensor, weight: Tensor, overall: Kernels | None
) -> tuple[Tensor, ...]:
    margins = []
    for c, size in enumerate(columns.sizes):
        count = torch.bincount(codes[:, c], weight, minlength=size)[:size]
        if overall is not None:
            count = count + _PSEUDO_ROWS * overall.margins[c]
        margins.append(count / count.sum())
    return tuple(margins)


def coded(kernels: Kernels, rng: np.random.Generator) -> Kernels:
    """Kernels whose unobserved codes are drawn at the column's frequencies."""
    codes = kernels.codes.clone()
    for c, margin in enumerate(kernels.margins):
        gaps = codes[:, c] == len(margin)
        if gaps.any():
            share = margin.double().cpu().numpy()
            drawn = rng.choice(len(share), int(gaps.sum()), p=share / share.sum())
            codes[gaps, c] = torch.from_numpy(drawn).to(codes)
    return replace(kernels, codes=codes)


def completed(kernels: Kernels, rng: np.random.Generator) -> Kernels:
    """Kernels without gaps; see :mod:`.donors`."""
    dense = torch.tensor(kernels.dense, dtype=torch.long, device=kernels.weights.device)
    filled = fill(kernels.reals[:, dense], kernels.weights, rng)
    reals = kernels.reals[filled.origin].index_copy(1, dense, filled.reals)
    codes = kernels.codes[filled.origin]
    return replace(kernels, reals=reals, codes=codes, weights=filled.weight)


def whole(kernels: Kernels) -> Kernels | None:
    """The kernels around rows without gaps; None if there are too few to learn from."""
    seen = (~kernels.reals[:, kernels.dense].isnan()).all(1)
    if int(seen.sum()) < _ENOUGH * (1 + len(kernels.dense)):
        return None
    weights = kernels.weights[seen]
    reals, codes = kernels.reals[seen], kernels.codes[seen]
    return replace(kernels, reals=reals, codes=codes, weights=weights / weights.sum())
