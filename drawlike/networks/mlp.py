"""Multilayer perceptron."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from torch import Tensor, nn

from .company import MinibatchDeviation


@dataclass(frozen=True)
class Style:
    """What stands between the layers of a network, and whether it sees a row's batch."""

    normalise: bool = True
    activation: Callable[[], nn.Module] = nn.SiLU
    sees_batch: bool = False
    norm: Callable[[int], nn.Module] = nn.LayerNorm


PLAIN = Style()
ACTIVATIONS: dict[str, Callable[[], nn.Module]] = {
    "silu": nn.SiLU,
    "relu": nn.ReLU,
    "leaky-relu": partial(nn.LeakyReLU, 0.2),
    "gelu": nn.GELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
}


class MLP(nn.Module):
    """Perceptron of rows (n, n_in) and one-hot conditions (n, n_cond) to (n, n_out).

    LayerNorm by default, so that rows stay independent. A condition has a first layer of its own, as
    strong as that of the rows however few its columns are beside theirs. With
    ``style.sees_batch`` the rows come with their batch's deviation.
    """

    def __init__(
        self,
        n_in: int,
        n_cond: int,
        n_out: int,
        hidden: Sequence[int] = (256, 256),
        style: Style = PLAIN,
    ) -> None:
        super().__init__()
        sizes = [*hidden, n_out]
        self.company = MinibatchDeviation() if style.sees_batch else nn.Identity()
        self.first = nn.Linear(n_in + style.sees_batch, sizes[0])
        self.condition = OneHotLinear(n_cond, sizes[0], bias=False)
        layers: list[nn.Module] = []
        for a, b in pairwise(sizes):
            norm = [style.norm(a)] if style.normalise else []
            layers += [*norm, style.activation(), nn.Linear(a, b)]
        self.rest = nn.Sequential(*layers)

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        """Map rows and conditions to outputs."""
        return self.rest(self.first(self.company(x)) + self.condition(cond))


def begin_at_zero(net: MLP) -> None:
    """Let a network's output begin as 0, whatever it is given."""
    last = [net.rest[-1]] if len(net.rest) else [net.first, net.condition]
    for layer in last:
        for weight in layer.parameters():
            nn.init.zeros_(weight)


class OneHotLinear(nn.Linear):
    """A linear map of one-hot rows: one column counts at a time, so its fan-in is one."""

    def reset_parameters(self) -> None:
        """Leave the weights to :func:`~drawlike.networks.initial.build`."""


def mixes_rows(net: nn.Module) -> bool:
    """Whether what a network says of a row depends on the rows beside it.

    A module of ours that does so says so by an attribute of this name.
    """
    batch_norm = nn.modules.batchnorm._BatchNorm
    return any(
        isinstance(part, batch_norm) or getattr(part, "mixes_rows", False) for part in net.modules()
    )
