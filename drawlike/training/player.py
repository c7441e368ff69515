"""Players, and how one batch becomes one update."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from ..rows import Batch

Loss = Callable[[nn.Module, Batch], Tensor]
Reduce = Callable[[Iterable[nn.Parameter]], None]


@dataclass
class Player:
    """A network and the loss it minimises.

    ``loss(net, batch)`` gives one value per row, shape (n,). It must call the network
    through ``net``, so that a step may run it row by row.
    """

    name: str
    net: nn.Module
    loss: Loss
    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    touches_data: bool = True
    optimizer: torch.optim.Optimizer = field(init=False)

    def __post_init__(self) -> None:
        parameters = self.net.parameters()
        self.optimizer = torch.optim.Adam(parameters, self.lr, self.betas, fused=True)


Step = Callable[[Player, Batch, Reduce], Tensor]


def identity(parameters: Iterable[nn.Parameter]) -> None:
    """Leave the gradients as they are; a cluster averages them here."""


def weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    """Mean of a value per row, each row counted by its weight."""
    return (values * weight).sum() / weight.sum()


def plain_step(player: Player, batch: Batch, reduce: Reduce = identity) -> Tensor:
    """Take one optimizer step on the weighted mean loss; gives that mean."""
    loss = (player.loss(player.net, batch) * batch.weight).mean()
    player.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    reduce(player.net.parameters())
    player.optimizer.step()
    return loss.detach()
