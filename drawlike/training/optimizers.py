"""Optimizers by name: how a player's weights follow its gradients."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop

Betas = tuple[float, float]
Make = Callable[[Iterable[nn.Parameter], float, Betas], Optimizer]


class OptimisticAdam(Optimizer):
    """Adam that takes each step twice and the last one back: it does not orbit in games.

    Daskalakis et al. 2018, arXiv:1711.00141, algorithm 1.
    """

    def __init__(
        self, params: Iterable[nn.Parameter], lr: float, betas: Betas, eps: float = 1e-8
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Move all weights that have a gradient."""
        for group in self.param_groups:
            moved = [weight for weight in group["params"] if weight.grad is not None]
            states = [self._begun(weight) for weight in moved]
            now = [self._direction(w, s, group) for w, s in zip(moved, states, strict=True)]
            last = [state["last"] for state in states]
            torch._foreach_add_(moved, now, alpha=-2 * group["lr"])
            torch._foreach_add_(moved, last, alpha=group["lr"])
            torch._foreach_copy_(last, now)

    def _begun(self, weight: Tensor) -> dict[str, Tensor]:
        state = self.state[weight]
        if not state:
            state["step"] = torch.zeros((), device=weight.device)
            for name in ("exp_avg", "exp_avg_sq", "last"):
                state[name] = torch.zeros_like(weight)
        return state

    def _direction(self, weight: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> Tensor:
        (beta1, beta2), gradient = group["betas"], weight.grad
        assert gradient is not None
        state["step"] += 1
        mean = state["exp_avg"].lerp_(gradient, 1 - beta1)
        square = state["exp_avg_sq"].lerp_(gradient.square(), 1 - beta2)
        age = state["step"]
        root = (square / (1 - beta2**age)).sqrt_().add_(group["eps"])
        return mean / (1 - beta1**age) / root


OPTIMIZERS: dict[str, Make] = {
    "sgd": lambda weights, lr, betas: SGD(weights, lr, fused=True),
    # Polyak 1964; the first beta is its momentum
    "momentum": lambda weights, lr, betas: SGD(weights, lr, momentum=betas[0], fused=True),
    # Tieleman and Hinton 2012; the second beta is its decay
    "rmsprop": lambda weights, lr, betas: RMSprop(weights, lr, alpha=betas[1], foreach=True),
    # Kingma and Ba 2015, arXiv:1412.6980
    "adam": partial(Adam, fused=True),
    # Loshchilov and Hutter 2019, arXiv:1711.05101
    "adamw": partial(AdamW, fused=True),
    "optimistic": OptimisticAdam,
    # the look ahead is the turn's; each step is Adam's
    "extragradient": partial(Adam, fused=True),
}
