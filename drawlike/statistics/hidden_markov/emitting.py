"""Densities of steps in every state, and sums over steps, a block of steps at a time.

The work is that of a mixture's E step, cut in two: the shares come from the recursions, which
look at whole sequences.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ..expectation import Cells
from ..loop import add
from ..missing import Reals
from ..mixture import Mixture, Sums
from ..normal import Moments
from ..precision import agree, sample
from ..products import Products
from ..threads import in_threads, strands

_FLOOR = -1e250  # log-density of a step beyond the reach of float64
Write = Callable[[slice, Tensor], None]  # of some steps their log-densities (S, b)


def write_densities(emissions: Mixture, x: Tensor, write: Write) -> None:
    """Hand over the log-density of every step in each state, block by block, in nats.

    Blocks may come from several threads; what is handed over is valid until the next, and
    may come again, more exactly.
    """

    def work(rows: slice) -> None:
        _write_strand(emissions, cells_of(emissions, x[rows]), partial(_moved, write, rows.start))

    for _ in in_threads(work, parts_of(len(x))):
        pass


def sums_of(emissions: Mixture, x: Tensor, posterior: np.ndarray) -> Sums:
    """Sums over steps that are in each state with weights (N, S)."""
    shares, total = torch.from_numpy(posterior), emissions.zeros()

    def work(rows: slice) -> Sums:
        return _sum_strand(emissions, cells_of(emissions, x[rows]), shares[rows])

    for part in in_threads(work, parts_of(len(x))):
        add(total, part)
    return total


def parts_of(n: int) -> list[slice]:
    """Cut n steps into parts of one thread each."""
    return strands(n) if n else []


def cells_of(emissions: Mixture, x: Tensor) -> Cells:
    """Cut encoded steps into real columns and codes."""
    reals, codes = emissions.columns.split(x.to(emissions.device))
    return Cells(Reals(reals), codes)


def exact_densities(emissions: Mixture, cells: Cells) -> Tensor:
    """Log-density in each state, (S, b), by deviations from each mean."""
    return of_states(emissions, emissions.exact_joint(cells).clamp_(min=_FLOOR))


def of_states(emissions: Mixture, joint: Tensor) -> Tensor:
    """Log-densities of states from those of components, (C, b)."""
    if emissions.n_components == 1:
        return joint
    return joint.view(emissions.n_classes, -1, joint.shape[1]).logsumexp(1)


def _moved(write: Write, start: int, rows: slice, values: Tensor) -> None:
    write(slice(start + rows.start, start + rows.stop), values)


def _products(emissions: Mixture, cells: Cells, dtype: torch.dtype) -> Products:
    gaps = not cells.reals.complete
    return emissions.normals.products(dtype, emissions.weights.log(), gaps=gaps)


def _write_strand(emissions: Mixture, cells: Cells, write: Write) -> None:
    n = len(cells.codes)
    for dtype in emissions.normals.fast(cells.reals):
        products, checked = _products(emissions, cells, dtype), []
        for rows in products.blocks(n):
            joint = _joint(emissions, products, cells.at(rows))
            checked.append(sample(joint[0]) + rows.start)
            write(rows, of_states(emissions, joint))
        some = cells.at(torch.cat(checked))
        if agree(_joint(emissions, products, some), emissions.exact_joint(some), dtype):
            return
    size = emissions.columns.exact_size
    for start in range(0, n, size):
        rows = slice(start, min(n, start + size))
        write(rows, exact_densities(emissions, cells.at(rows)))


def _joint(emissions: Mixture, products: Products, cells: Cells) -> Tensor:
    joint = products.log_prob(cells.reals.x)
    emissions.tables.add_log_prob(cells.codes, emissions.all, joint)
    return joint


def _sum_strand(emissions: Mixture, cells: Cells, posterior: Tensor) -> Sums:
    n, sums = len(cells.codes), emissions.zeros()
    for dtype in emissions.normals.fast(cells.reals):
        products = _products(emissions, cells, dtype)
        for rows in products.blocks(n):
            some = cells.at(rows)
            if emissions.n_components == 1:
                products.see(some.reals.x)
                shares = posterior[rows].T.to(dtype).contiguous()
            else:
                shares = _split(emissions, _joint(emissions, products, some), posterior[rows])
            products.add(shares)
            emissions.tables.add_counts(some.codes, shares, emissions.all, sums.counts)
        mass, *moments = products.moments()
        if all(part.isfinite().all() for part in moments):
            return sums._replace(mass=mass.clone(), moments=Moments(*moments))
        sums = emissions.zeros()
    size = emissions.columns.exact_size
    for start in range(0, n, size):
        rows = slice(start, start + size)
        some = cells.at(rows)
        shares = _split(emissions, emissions.exact_joint(some), posterior[rows])
        sums.mass.add_(shares.sum(1))
        emissions.normals.add_exact_moments(some.reals.double(), shares, sums.moments)
        emissions.tables.add_counts(some.codes, shares, emissions.all, sums.counts)
    return sums


def _split(emissions: Mixture, joint: Tensor, posterior: Tensor) -> Tensor:
    """Share the posteriors (b, S) of states among their components, (C, b)."""
    within = joint.view(emissions.n_classes, -1, joint.shape[1]).softmax(1)
    return within.mul_(posterior.T[:, None].to(joint)).flatten(0, 1)
