"""Rows of a batch, cut into the work of one thread each."""

from typing import NamedTuple

from torch import Tensor

from ..threads import strands


class Part(NamedTuple):
    """Rows of a batch that one thread works on: neighbours, of one class."""

    label: int
    rows: Tensor | slice


def parts(cond: Tensor) -> list[Part]:
    """Cut rows by class, and into the work of one thread."""
    if not cond.shape[1]:
        return [Part(0, rows) for rows in strands(len(cond))]
    label = cond.argmax(1)
    classes = [(c, (label == c).nonzero()[:, 0]) for c in label.unique().tolist()]
    return [Part(c, rows[some]) for c, rows in classes for some in strands(len(rows))]
