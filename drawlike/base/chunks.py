"""Rows scored a few thousand at a time."""

from torch import Tensor

SCORED_TOGETHER = 4096


def chunks(
    x: Tensor, cond: Tensor | None, size: int = SCORED_TOGETHER
) -> list[tuple[Tensor, Tensor | None]]:
    """Cut rows and their conditions into parts; by default such as fit a cache."""
    parts = x.split(size)
    conds = [None] * len(parts) if cond is None else cond.split(size)
    return list(zip(parts, conds, strict=True))
