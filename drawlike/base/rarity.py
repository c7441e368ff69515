"""Rare classes learned by heart: what a model tells of them after its training."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from ..events import Emitter
from ..rows import Rows
from ..training.alarms import RARE_GAP, RARE_OVERFIT, Tail

_SURE = 4.0  # standard errors


@torch.no_grad()
def tell_of_rare_classes(
    parts: tuple[Rows, Rows],
    classes: Iterable[object],
    fares: Callable[[Rows], Tensor],
    events: Emitter,
) -> None:
    """Warn where held rows of rare classes fare worse than training rows, and others do not.

    ``parts`` are training rows and rows held back, ``fares`` gives a value a row, (n,), such as a
    log-likelihood. Nothing is looked at where no class is rare.
    """
    tail = Tail.of(parts, [str(name) for name in classes], seed=0)
    if tail is None:
        return
    gap = tail.gap(fares)
    if gap.figure < RARE_GAP or gap.z < _SURE:
        return
    events.warning(
        f"{RARE_OVERFIT}: rows held back of {gap.names} fall {gap.figure:.2g} standard deviations "
        f"further behind training rows than those of frequent classes ({RARE_GAP:g} is too much). "
        "Try class_sampling='square-root', a smaller network, or more rows.",
        name=RARE_OVERFIT,
        value=gap.figure,
    )
