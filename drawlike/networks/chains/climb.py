"""A chain's log-probabilities with gradients by hand: no graph is made, and no memory is taken."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from .backward import backward
from .forward import forward
from .parts import AT, TO, VARIABLE, Slopes, Start, Task, Work
from .tables import Wide

Each = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]
_TOGETHER = 128  # rows whose sums stay in the cache
_LANES = 2  # sums of gradients; more take more memory, fewer no thread of their own


class Share(NamedTuple):
    """Adjacent rows that are taken together, by ``steps`` whose biases are row ``place``."""

    rows: slice
    steps: np.ndarray
    place: slice

    @property
    def n(self) -> int:
        """Number of rows."""
        return self.rows.stop - self.rows.start


class Room:
    """Memory of a step of training, kept from one to the next: new memory costs as much as work."""

    def __init__(self, shares: Sequence[Share], width: int) -> None:
        self.sizes, self.width = [(s.n, len(s.steps)) for s in shares], width
        self.works = [_work_for(share, width) for share in shares]

    def suits(self, shares: Sequence[Share], width: int) -> bool:
        """Whether these rows find room."""
        return self.width == width and self.sizes == [(s.n, len(s.steps)) for s in shares]


class Chain(NamedTuple):
    """What is taken when, and by what that is not learned by gradients.

    ``digits`` (d, n), -1 where unobserved; what multiplies hidden units; log-shares of the
    classes; and what does some works at once.
    """

    wide: Wide
    digits: np.ndarray
    shares: Sequence[Share]
    chance: np.ndarray
    log_class: np.ndarray
    room: Room
    each: Each

    def task(self, share: Share, biases: np.ndarray) -> Task:
        """What is to be done for some rows."""
        digits = np.ascontiguousarray(self.digits[:, share.rows])
        return Task(digits, share.steps, biases[share.place], self.chance[share.rows])

    @property
    def lanes(self) -> list[list[int]]:
        """Which shares have their gradients summed together."""
        n = len(self.shares)
        edges = [n * lane // _LANES for lane in range(_LANES + 1)]
        return [list(range(a, b)) for a, b in pairwise(edges) if b > a]


def shares_of(parts: Sequence[tuple[slice, np.ndarray]]) -> list[Share]:
    """Cut parts of rows, each with its steps, into shares."""
    shares = list[Share]()
    for at, (rows, steps) in enumerate(parts):
        for first in range(rows.start, rows.stop, _TOGETHER):
            some = slice(first, min(first + _TOGETHER, rows.stop))
            shares.append(Share(some, steps, slice(at, at + 1)))
    return shares


class Climb(torch.autograd.Function):
    """Log-probabilities (n, v) of embeddings, outputs, biases (parts, n_logits) and starts (n, width)."""

    @staticmethod
    def forward(  # noqa: D102, PLR0917
        ctx: Any, embedding: Tensor, output: Tensor, biases: Tensor, first: Tensor, chain: Chain
    ) -> Tensor:
        wide, start = chain.wide, np.ascontiguousarray(first.numpy())
        ctx.chain, ctx.tables = chain, wide.tables(embedding.numpy(), output.numpy())
        ctx.biases = wide.biases(biases.numpy())
        n_variables = len(set(chain.shares[0].steps[:, VARIABLE].tolist()))
        out = np.zeros((n_variables, len(start)), np.float32)

        def work(some: list[int]) -> None:
            for i in some:
                share = chain.shares[i]
                sums = Start(start[share.rows], chain.log_class[share.rows])
                got = np.zeros((n_variables, share.n), np.float32)
                forward(ctx.tables, chain.task(share, ctx.biases), sums, chain.room.works[i], got)
                out[:, share.rows] = got

        list(chain.each(work, chain.lanes))
        return torch.from_numpy(out).T

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:  # noqa: D102
        chain: Chain = ctx.chain
        later = np.zeros_like(chain.chance)

        def work(some: list[int]) -> Slopes:
            slopes = Slopes(
                np.zeros_like(ctx.tables.embedding),
                np.zeros_like(ctx.tables.output),
                np.zeros_like(ctx.biases),
                later,
            )
            for i in some:
                share = chain.shares[i]
                own = slopes._replace(bias=slopes.bias[share.place], later=later[share.rows])
                of_rows = slope.T[:, share.rows].contiguous().numpy()
                task = chain.task(share, ctx.biases)
                backward(ctx.tables, task, chain.room.works[i], of_rows, own)
            return slopes

        first, *others = chain.each(work, chain.lanes)
        for lane in others:
            for total, part in zip(first[:3], lane[:3], strict=True):
                total += part
        return *map(torch.from_numpy, (*chain.wide.slopes(first), later)), None


def _work_for(share: Share, width: int) -> Work:
    n = -(-share.n // 4) * 4
    n_steps, wide = len(share.steps), int((share.steps[:, TO] - share.steps[:, AT]).sum())
    return Work(
        np.zeros((n_steps, n, width), np.float32),
        np.zeros(n * wide, np.float32),
        np.zeros((n_steps, n), np.float32),
    )
