"""Multilayer perceptron."""

from collections.abc import Callable, Sequence
from itertools import pairwise

from torch import nn


class MLP(nn.Sequential):
    """Perceptron (n, n_in) -> (n, n_out); LayerNorm, so rows stay independent."""

    def __init__(
        self,
        n_in: int,
        n_out: int,
        hidden: Sequence[int] = (256, 256),
        *,
        normalise: bool = True,
        activation: Callable[[], nn.Module] = nn.SiLU,
    ) -> None:
        sizes = [n_in, *hidden]
        layers: list[nn.Module] = []
        for a, b in pairwise(sizes):
            layers += [nn.Linear(a, b), *([nn.LayerNorm(b)] if normalise else []), activation()]
        super().__init__(*layers, nn.Linear(sizes[-1], n_out))
