"""Densities of steps in every state, and sums over steps, a block of steps at a time.

The work is that of a mixture's E step, cut in two: the shares come from the recursions, which
look at whole sequences.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ..loop import add
from ..mixtures.expectation import Cells
from ..mixtures.mixture import Mixture, Sums
from ..normals.missing import Reals
from ..threads import in_threads
from .complete import add_complete, write_complete
from .features import add_by_features, write_by_features
from .scaling import FLOOR, gather

_ENOUGH = 8192  # steps of one thread
_MANY = 1 << 18  # steps of both threads
Write = Callable[[slice, Tensor], None]  # some steps, and their log-densities (S, n)


def write_densities(emissions: Mixture, x: Tensor, write: Write) -> None:
    """Hand over the log-density of steps in each state, (S, n) nats, for good.

    Some thousands of steps at a time, and two parts at once if torch may use two threads.
    """

    def work(rows: slice) -> None:
        cells = cells_of(emissions, x[rows])

        def write_block(block: slice, values: Tensor) -> None:
            write(slice(rows.start + block.start, rows.start + block.stop), values)

        ways = (write_complete, write_by_features)
        if not any(way(emissions, cells, write_block) for way in ways):
            write(rows, _densities(emissions, cells).cpu())

    for _ in in_threads(work, parts_of(len(x))):
        pass


def sums_of(emissions: Mixture, x: Tensor, posterior: np.ndarray) -> Sums:
    """Sums over steps that are in each state with weights (N, S)."""
    total = emissions.zeros()

    def work(rows: slice) -> Sums:
        cells, sums = cells_of(emissions, x[rows]), emissions.zeros()
        ways = (add_complete, add_by_features)
        if any(way(emissions, cells, posterior[rows], sums) for way in ways):
            return sums
        shares = _shares(emissions, cells, posterior[rows])
        sums.mass.add_(shares.sum(1))
        emissions.normals.add_moments(cells.reals, shares, emissions.all, sums.moments)
        emissions.tables.add_counts(cells.codes, shares, emissions.all, sums.counts)
        return sums

    for part in in_threads(work, parts_of(len(x))):
        add(total, part)
    return total


def parts_of(n: int) -> list[slice]:
    """Cut n steps into parts of one thread each, by n alone: two, or more of a great many."""
    n_parts = 0 if n <= 0 else 1 if n < 2 * _ENOUGH else 2 * -(-n // _MANY)
    edges = [n * i // max(1, n_parts) for i in range(n_parts + 1)]
    return [slice(a, b) for a, b in pairwise(edges)]


def cells_of(emissions: Mixture, x: Tensor) -> Cells:
    """Cut encoded steps into real columns and codes.

    Always in float64: errors of float32 do not average out along a chain, and gain little.
    """
    reals, codes = emissions.columns.split(x.to(emissions.device, torch.float64))
    return Cells(Reals(reals), codes)


def exact_densities(emissions: Mixture, cells: Cells) -> Tensor:
    """Log-density in each state, (S, n), by deviations from each mean."""
    return _of_states(emissions, emissions.exact_joint(cells).clamp_(min=FLOOR))


def _densities(emissions: Mixture, cells: Cells) -> Tensor:
    joint = emissions.normals.log_prob(cells.reals, emissions.all)
    emissions.tables.add_log_prob(cells.codes, emissions.all, joint)
    if emissions.n_components > 1:
        joint.add_(emissions.weights.log()[:, None])
    return _of_states(emissions, joint)


def _of_states(emissions: Mixture, joint: Tensor) -> Tensor:
    """Log-densities of states from those of components, (C, n)."""
    if emissions.n_components == 1:
        return joint
    return joint.view(emissions.n_classes, -1, joint.shape[1]).logsumexp(1)


def _shares(emissions: Mixture, cells: Cells, posterior: np.ndarray) -> Tensor:
    """Share the posteriors (n, S) of states among their components, (C, n)."""
    by_state = np.empty(posterior.shape[::-1])
    gather(posterior, by_state)
    shares = torch.from_numpy(by_state).to(emissions.device)
    if emissions.n_components == 1:
        return shares
    joint = emissions.joint(cells).view(emissions.n_classes, -1, len(cells.codes))
    return joint.softmax(1).mul_(shares[:, None]).flatten(0, 1)
