"""A training as its alarms see it: rows chosen once, and what can be asked of the players."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from ...losses.energy import energy_distance
from ...networks.mlp import OneHotLinear
from ..player import Player
from .clusters import cluster, directions, nearest
from .snapshot import Snapshot
from .tail import Tail

Draw = Callable[[Tensor, torch.Generator], Tensor]
Judge = Callable[[Tensor, Tensor, torch.Generator], Tensor]
Seen = tuple[Tensor, Tensor]  # expanded rows and their conditions

LOOKED_AT = 256  # rows of each sort
COMPARED_WITH = 1000  # training rows among which the nearest is looked for
_MOST_CLUSTERS, _ROWS_A_CLUSTER = 20, 10
_EMPTY = 0.2  # of its share of rows: then a cluster is lost
_MOST_OVERFIT = 10.0  # a ratio whose denominator may be nothing
_LEAST = 0.01  # of a scale: rows that are all the same are told from a point nearby
_SMALL = 0.05  # weights that began as 0 are no sign of anything
_ALIKE = 1e-3  # between outputs of a critic that holds all rows to be the same
_TINY = 1e-30


@dataclass(eq=False)
class Scene:
    """What there is to look at.

    ``draw(cond, rng)`` gives an expanded row for each condition, ``judge(x, cond, rng)`` the
    critic's outputs for rows. ``rows`` are training rows, at most 1,000 of them, ``held`` rows
    that the players never see, or None. A ``tail`` has expanded rows of classes, if some are rare.
    """

    players: Sequence[Player]
    draw: Draw
    judge: Judge
    rows: Seen
    held: Seen | None
    seed: int
    tail: Tail | None = None

    def __post_init__(self) -> None:
        self.rows = _first(self.rows, COMPARED_WITH)
        self.held = None if self.held is None else _first(self.held, LOOKED_AT)
        self._at_start = [_size(player.net) for player in self.players]

    @torch.no_grad()
    def look(self, step: int) -> Snapshot:
        """Look at the players as they are; their random numbers are left alone."""
        with _at_rest(player.net for player in self.players):
            return self._looked(step)

    def _looked(self, step: int) -> Snapshot:
        rng = self._generator(step)
        cond = self.rows[1]
        chosen = torch.randint(len(cond), (LOOKED_AT,), generator=rng, device=cond.device)
        drawn = self.draw(cond[chosen], rng), cond[chosen]
        return Snapshot(
            step=step,
            **self._places(self._seen(drawn[0])),
            **self._opinions(drawn, rng),
            norms={player.name: layer_norms(player.net) for player in self.players},
            growth=max(
                _size(player.net) / max(before, _SMALL)
                for player, before in zip(self.players, self._at_start, strict=True)
            ),
            **self._of_tail(rng),
        )

    def _of_tail(self, rng: torch.Generator) -> dict[str, Any]:
        """Tell what the critic thinks of rare classes."""
        if self.tail is None:
            return {}
        rows = self.tail.rows
        on_drawn = self.judge(self.draw(rows.cond, rng), rows.cond, rng)
        saturated, name = self.tail.saturated(self.judge(rows.x, rows.cond, rng), on_drawn)
        gap = self.tail.gap(lambda some: self.judge(some.x, some.cond, rng))
        return {
            "saturated": saturated,
            "saturated_class": name,
            "gap": gap.figure,
            "gap_z": gap.z,
            "gap_classes": gap.names,
        }

    @cached_property
    def _directions(self) -> Tensor | None:
        return directions(self.rows[0].shape[1], self._generator(0))

    def _seen(self, x: Tensor) -> Tensor:
        return x if self._directions is None else x @ self._directions

    @cached_property
    def _real(self) -> Tensor:
        return self._seen(self.rows[0])

    @cached_property
    def _fresh(self) -> Tensor:
        """Rows to measure the distance to: those held back, if there are any."""
        return self._real[:LOOKED_AT] if self.held is None else self._seen(self.held[0])

    @cached_property
    def _clusters(self) -> tuple[Tensor, Tensor]:
        """Centres and the share of rows of each."""
        k = max(1, min(_MOST_CLUSTERS, len(self._real) // _ROWS_A_CLUSTER))
        centres = cluster(self._real, k, self._generator(0))
        return centres, _shares(self._real, centres)

    @cached_property
    def _scale(self) -> tuple[float, float, float]:
        """Distance of a point in the middle; between two rows; variance in all directions."""
        middle = self._fresh.mean(0, keepdim=True).expand(2, -1)
        apart = float(torch.cdist(self._fresh, self._fresh).mean())
        variance = float(self._real.var(0, correction=0).sum())
        return float(energy_distance(middle, self._fresh)), apart, variance

    def _places(self, drawn: Tensor) -> dict[str, Any]:
        """Tell where drawn rows are."""
        at_middle, apart, variance = (max(size, _LEAST) for size in self._scale)
        centres, shares = self._clusters
        empty = _shares(drawn, centres) < _EMPTY * shares
        middle, n = (drawn.mean(0) - self._real.mean(0)) / variance**0.5, len(drawn)
        nearness, nearness_held = self._nearness(drawn)
        return {
            "distance": float(energy_distance(drawn, self._fresh)) / at_middle,
            "lost": float(shares[empty].sum()),
            "diversity": float(torch.cdist(drawn, drawn).mean()) / apart,
            "middle": middle.tolist(),
            "jitter": float(drawn.var(0).sum()) / variance / n,
            "nearness": nearness,
            "nearness_held": nearness_held,
        }

    def _nearness(self, drawn: Tensor) -> tuple[float, float]:
        if self.held is None:
            return float("nan"), float("nan")
        real, held = self._real, self._fresh
        among_rows = _chance(nearest(held, real)[0], nearest(drawn, real)[0])
        among_held = _chance(nearest(real[:LOOKED_AT], held)[0], nearest(drawn, held)[0])
        return among_rows, among_held

    def _opinions(self, drawn: Seen, rng: torch.Generator) -> dict[str, Any]:
        """Tell what the critic thinks of rows that it was taught, was not, and of drawn ones."""
        on_rows, on_drawn = (
            self.judge(*_first(seen, LOOKED_AT), rng) for seen in (self.rows, drawn)
        )
        found = {"separation": _chance(on_rows, on_drawn), "overfit": float("nan")}
        if self.held is None:
            return found | {"overfit_z": float("nan")}
        on_held = self.judge(*self.held, rng)
        fall, whole = on_rows.mean() - on_held.mean(), on_rows.mean() - on_drawn.mean()
        error = (on_rows.var() / len(on_rows) + on_held.var() / len(on_held)).sqrt()
        whole = torch.maximum(whole, fall.abs() / _MOST_OVERFIT).clamp_min(_ALIKE)
        found["overfit"] = float(fall / whole)
        return found | {"overfit_z": float(fall / error.clamp_min(_TINY))}

    def _generator(self, step: int) -> torch.Generator:
        device = self.rows[0].device
        return torch.Generator(device).manual_seed((self.seed + step) % 2**63)


@contextmanager
def _at_rest(nets: Iterable[nn.Module]) -> Iterator[None]:
    """Let networks be as they are when they draw: no batch changes what they remember."""
    teaching = [net for net in nets if net.training]
    for net in teaching:
        net.eval()
    try:
        yield
    finally:
        for net in teaching:
            net.train()


def layer_norms(net: nn.Module) -> list[float]:
    """Root mean square of the gradient of each layer's matrix, first to last."""
    gradients = [matrix.grad for matrix in _matrices(net)]
    return [0.0 if g is None else float(g.square().mean().sqrt()) for g in gradients]


def _size(net: nn.Module) -> float:
    matrices = [matrix.detach() for matrix in _matrices(net)]
    total = sum(float(matrix.square().sum()) for matrix in matrices)
    return (total / max(1, sum(matrix.numel() for matrix in matrices))) ** 0.5


def _matrices(net: nn.Module) -> list[nn.Parameter]:
    """Matrices of weights, but for those of labels: few rows a step are of any one label."""
    layers = (layer for layer in net.modules() if not isinstance(layer, OneHotLinear))
    weights = (weight for layer in layers for weight in layer.parameters(recurse=False))
    return [weight for weight in weights if weight.ndim > 1]


def _first(seen: Seen, n: int) -> Seen:
    return seen[0][:n], seen[1][:n]


def _shares(x: Tensor, centres: Tensor) -> Tensor:
    return torch.bincount(nearest(x, centres)[1], minlength=len(centres)) / len(x)


def _chance(a: Tensor, b: Tensor) -> float:
    """Chance that one of ``a`` is above one of ``b``; half where they are equal."""
    above = (a[:, None] > b).double().mean() + 0.5 * (a[:, None] == b).double().mean()
    return float(above)
