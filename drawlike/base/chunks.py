"""Rows scored a few thousand at a time."""

from torch import Tensor

_SCORED_TOGETHER = 4096


def chunks(x: Tensor, cond: Tensor | None) -> list[tuple[Tensor, Tensor | None]]:
    """Cut rows and their conditions into parts that fit a cache."""
    parts = x.split(_SCORED_TOGETHER)
    conds = [None] * len(parts) if cond is None else cond.split(_SCORED_TOGETHER)
    return list(zip(parts, conds, strict=True))
