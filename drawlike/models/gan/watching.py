"""A GAN's game as its alarms see it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...base.distance import as_weighted
from ...layout import Layout
from ...rows import Rows
from ...training import Balance, Player
from ...training.alarms import Alarm, Scene, Tail, Watch
from .game import Game, generate, judge

_MOST = 1000  # rows of each sort


class Labels(NamedTuple):
    """How often rows of each label are learned from, and the labels' names."""

    balance: Balance
    names: Sequence[str]


def begin_watch(
    game: Game,
    players: Sequence[Player],
    parts: tuple[Rows, Rows],
    seed: int,
    ends: Callable[[Alarm], bool],
    *,
    labels: Labels,
) -> Watch:
    """Choose the rows to look at, of training and validation rows, once.

    Rows that also train are not held back.
    """
    rows, validation = labels.balance.seen(parts)
    critic, generator = (player.net for player in players)
    latent, layout, rng = game.latent, game.layout, np.random.default_rng(seed)

    def draw(cond: Tensor, rng: torch.Generator) -> Tensor:
        return generate(generator, latent, layout, latent.kinds(cond, rng), rng)

    def judged(x: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        return judge(game._packed(x), critic, game._packed(latent.kinds_of(x, cond, rng)))

    def seen(some: Rows) -> tuple[Tensor, Tensor]:
        some = as_weighted(some, rng).take(torch.from_numpy(rng.permutation(len(some))[:_MOST]))
        return layout.expand(some.x), some.cond

    held = None if validation is rows else seen(validation)
    tail = Tail.of(parts, labels.names, seed)
    if tail is not None:
        tail = replace(tail, rows=_expanded(tail.rows, layout), held=_expanded(tail.held, layout))
    scene = Scene(players, draw, judged, seen(rows), held, seed, tail)
    return Watch(scene, game.clock.max_steps, ends)


def _expanded(rows: Rows, layout: Layout) -> Rows:
    return replace(rows, x=layout.expand(rows.x))
