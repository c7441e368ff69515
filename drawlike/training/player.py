"""Players, and how one batch becomes one update."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn
from torch.autograd import grad

from ..errors import SettingError
from ..rows import Batch
from .optimizers import OPTIMIZERS, Optimizer

Loss = Callable[[nn.Module, Batch], Tensor]
Reduce = Callable[[Iterable[nn.Parameter]], None]


@dataclass
class Player:
    """A network, the loss it minimises, and how it follows its gradients.

    ``loss(net, batch)`` gives one value per row, shape (n,). It must call the network
    through ``net``, so that a step may run it row by row. A player steps on every
    ``every``-th batch only; weights shrink by ``decay``, where it is not the method's own;
    gradients longer than ``clip_gradients`` are shortened, and
    weights are kept within ``clip_weights`` of 0.
    """

    name: str
    net: nn.Module
    loss: Loss
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    touches_data: bool = True
    method: str = "adam"
    decay: float | None = None
    every: int = 1
    clip_gradients: float | None = None
    clip_weights: float | None = None
    optimizer: Optimizer = field(init=False)

    def __post_init__(self) -> None:
        decay = {} if self.decay is None else {"decay": self.decay}
        make = OPTIMIZERS[self.method]
        self.optimizer = make(self.net.parameters(), self.lr, self.betas, **decay)

    def learn(self, batch: Batch, reduce: "Reduce") -> Tensor:
        """Take the gradients of the weighted mean loss; gives that mean."""
        loss = (self.loss(self.net, batch) * batch.weight).mean()
        weights = list(self.net.parameters())
        # gradients of the other players' weights are neither wanted nor paid for
        for weight, slope in zip(weights, grad(loss, weights, allow_unused=True), strict=True):
            weight.grad = _laid_out_as(weight, slope)
        reduce(weights)
        if self.clip_gradients is not None:
            nn.utils.clip_grad_norm_(weights, self.clip_gradients, foreach=True)
        return loss.detach()

    def move(self) -> None:
        """Follow the gradients."""
        self.optimizer.step()
        if self.clip_weights is not None:
            with torch.no_grad():
                weights: list[Tensor] = list(self.net.parameters())
                torch._foreach_clamp_min_(weights, -self.clip_weights)
                torch._foreach_clamp_max_(weights, self.clip_weights)


def _laid_out_as(weight: Tensor, slope: Tensor | None) -> Tensor | None:
    """Give a gradient in its weight's memory order, by which fused updates pair them.

    Gradients of gradients come in whatever order they were computed in.
    """
    if slope is None or slope.stride() == weight.stride():
        return slope
    return torch.empty_like(weight, requires_grad=False).copy_(slope)


Step = Callable[[Player, Batch, Reduce], Tensor]
Turn = Callable[[Sequence[Player], Batch, Step, Reduce], list[Tensor]]


def identity(parameters: Iterable[nn.Parameter]) -> None:
    """Leave the gradients as they are; a cluster averages them here."""


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of a value per row, each row counted by its weight."""
    return (values * weight).sum() / weight.sum()


def plain_step(player: Player, batch: Batch, reduce: Reduce = identity) -> Tensor:
    """Take one optimizer step on the weighted mean loss; gives that mean."""
    loss = player.learn(batch, reduce)
    player.move()
    return loss


def in_turn(players: Sequence[Player], batch: Batch, step: Step, reduce: Reduce) -> list[Tensor]:
    """Let one player step after the other."""
    return [step(player, batch, reduce) for player in players]


def turn_of(players: Sequence[Player]) -> Turn:
    """Give the turn that the players' methods ask for."""
    looks_ahead = any(player.method == "extragradient" for player in players)
    return extragradient if looks_ahead else in_turn


def extragradient(
    players: Sequence[Player], batch: Batch, step: Step, reduce: Reduce
) -> list[Tensor]:
    """Look a step ahead, and step from where all stood by the gradients found there.

    Korpelevich 1976; for games of networks Gidel et al. 2019, arXiv:1802.10551. It has no use
    for a ``step``: it would have to be taken apart.
    """
    if step is not plain_step:
        raise SettingError(
            "Extragradient steps are their own kind of step, so another (as a private one) cannot "
            "be taken. Choose another optimizer."
        )
    for player in players:
        player.learn(batch, reduce)
    stood = [[weight.detach().clone() for weight in p.net.parameters()] for p in players]
    for player in players:
        player.move()
    losses = [player.learn(batch, reduce) for player in players]
    for player, weights in zip(players, stood, strict=True):
        with torch.no_grad():
            torch._foreach_copy_(list(player.net.parameters()), weights)
        player.move()
    return losses
