"""Optimizers by name: how weights follow their gradients.

They call torch's fused updates themselves. torch.optim would load its compiler with the first
of them, which takes longer than many a fit; and a step costs less without its bookkeeping.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor

Betas = tuple[float, float]
Tensors = list[Tensor]

_EPS = 1e-8
_NO_MAXIMA: Tensors = []  # of second moments; they belong to AMSGrad


class Optimizer(ABC):
    """Moves ``weights`` that have a gradient, and remembers ``moments`` of each, 0 at first.

    ``decay`` times the weights is added to their gradient, save by :class:`AdamW`.
    """

    moments: ClassVar[tuple[str, ...]] = ()
    can_be_recorded: ClassVar[bool] = False  # its steps read the rate where a GPU does

    def __init__(
        self, weights: Iterable[Tensor], lr: float, betas: Betas = (0.9, 0.999), decay: float = 0.0
    ) -> None:
        self.weights, self.betas, self.decay = list(weights), betas, decay
        self._rate: float | Tensor = lr
        if self.weights and self.weights[0].is_cuda:
            self._rate = torch.empty((), device=self.weights[0].device)
        self.lr = lr
        self._ages = [torch.zeros((), device=weight.device) for weight in self.weights]
        self._memory = [
            [torch.zeros_like(weight, requires_grad=False) for weight in self.weights]
            for _ in self.moments
        ]

    @property
    def lr(self) -> float:
        """Learning rate."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = lr
        if isinstance(self._rate, Tensor):
            self._rate.fill_(lr)
        else:
            self._rate = lr

    @torch.no_grad()
    def step(self) -> None:
        """Move all weights that have a gradient."""
        slopes = {i: w.grad for i, w in enumerate(self.weights) if w.grad is not None}
        if not slopes:
            return
        weights, ages, *memory = (
            [column[i] for i in slopes] for column in (self.weights, self._ages, *self._memory)
        )
        torch._foreach_add_(ages, 1)
        self._move(weights, list(slopes.values()), ages, *memory)

    def _decaying(self, weights: Tensors, slopes: Tensors) -> Tensors:
        """Gradients and decay, where no fused update adds them."""
        return list(torch._foreach_add(slopes, weights, alpha=self.decay)) if self.decay else slopes

    @abstractmethod
    def _move(self, weights: Tensors, slopes: Tensors, ages: Tensors, *memory: Tensors) -> None:
        """Change weights and moments in place; the first step is of age 1."""

    def state_dict(self) -> dict[str, list[Tensor]]:
        """Copies of all that changes beside the weights."""
        columns = {"ages": self._ages} | dict(zip(self.moments, self._memory, strict=True))
        return {name: [value.clone() for value in column] for name, column in columns.items()}

    def load_state_dict(self, state: dict[str, list[Tensor]]) -> None:
        """Become what :meth:`state_dict` gave."""
        for name, column in zip(("ages", *self.moments), (self._ages, *self._memory), strict=True):
            for mine, value in zip(column, state[name], strict=True):
                mine.copy_(value)  # which keeps the memory order that a fused update relies on


class SGD(Optimizer):
    """A step down the gradient."""

    momentum = 0.0

    def _move(self, weights: Tensors, slopes: Tensors, ages: Tensors, *memory: Tensors) -> None:
        torch._fused_sgd_(
            weights,
            slopes,
            *(memory if self.momentum else ([],)),
            weight_decay=self.decay,
            momentum=self.momentum,
            lr=self.lr,
            dampening=0.0,
            nesterov=False,
            maximize=False,
            is_first_step=False,
        )


class Momentum(SGD):
    """A ball with momentum; the first beta is what it keeps of its speed. Polyak 1964."""

    moments = ("velocity",)

    @property
    def momentum(self) -> float:  # type: ignore[override]
        """Share of its speed that it keeps."""
        return self.betas[0]


class RMSProp(Optimizer):
    """Steps in units of the gradient's root mean square, whose decay is the second beta.

    Tieleman and Hinton 2012, lecture 6.5 of Neural Networks for Machine Learning.
    """

    moments = ("square",)
    can_be_recorded = True

    def _move(self, weights: Tensors, slopes: Tensors, ages: Tensors, *memory: Tensors) -> None:
        (square,), decay = memory, self.betas[1]
        slopes = self._decaying(weights, slopes)
        torch._foreach_mul_(square, decay)
        torch._foreach_addcmul_(square, slopes, slopes, value=1 - decay)
        root = torch._foreach_sqrt(square)
        torch._foreach_add_(root, _EPS)
        torch._foreach_div_(root, -self._rate)
        torch._foreach_addcdiv_(weights, slopes, root)


class Adam(Optimizer):
    """Momentum in units of the root mean square. Kingma and Ba 2015, arXiv:1412.6980."""

    moments = ("mean", "square")
    can_be_recorded = True
    update: ClassVar[Any] = staticmethod(torch._fused_adam_)

    def _move(self, weights: Tensors, slopes: Tensors, ages: Tensors, *memory: Tensors) -> None:
        self.update(
            weights,
            slopes,
            *memory,
            _NO_MAXIMA,
            ages,
            lr=self._rate,
            beta1=self.betas[0],
            beta2=self.betas[1],
            weight_decay=self.decay,
            eps=_EPS,
            amsgrad=False,
            maximize=False,
        )


class AdamW(Adam):
    """Adam whose weights shrink by ``lr decay`` of their size a step, apart from the gradient.

    ``decay`` is .01, where it is not given.
    Loshchilov and Hutter 2019, arXiv:1711.05101.
    """

    update = staticmethod(torch._fused_adamw_)

    def __init__(
        self, weights: Iterable[Tensor], lr: float, betas: Betas = (0.9, 0.999), decay: float = 0.01
    ) -> None:
        super().__init__(weights, lr, betas, decay)


class OptimisticAdam(Optimizer):
    """Adam that takes each step twice and the last one back: it does not orbit in games.

    Daskalakis et al. 2018, arXiv:1711.00141, algorithm 1.
    """

    moments = ("mean", "square", "last")

    def _move(self, weights: Tensors, slopes: Tensors, ages: Tensors, *memory: Tensors) -> None:
        (mean, square, last), (beta1, beta2) = memory, self.betas
        slopes = self._decaying(weights, slopes)
        torch._foreach_lerp_(mean, slopes, 1 - beta1)
        torch._foreach_lerp_(square, torch._foreach_mul(slopes, slopes), 1 - beta2)
        now = [
            m / (1 - beta1**age) / (s / (1 - beta2**age)).sqrt_().add_(_EPS)
            for m, s, age in zip(mean, square, ages, strict=True)
        ]
        torch._foreach_add_(weights, now, alpha=-2 * self.lr)
        torch._foreach_add_(weights, last, alpha=self.lr)
        torch._foreach_copy_(last, now)


OPTIMIZERS: dict[str, type[Optimizer]] = {
    "sgd": SGD,
    "momentum": Momentum,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
    "optimistic": OptimisticAdam,
    "extragradient": Adam,  # the look ahead is the turn's; each step is Adam's
}
