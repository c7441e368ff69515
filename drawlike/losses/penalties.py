"""Penalties on a critic's slope, a value per row.

Each is a function of the critic, real and generated rows (n, d) and a generator of random
numbers. Its weight, and how it is written in its paper, stand beside it.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Critic = Callable[[Tensor], Tensor]
Penalty = Callable[[Critic, Tensor, Tensor, torch.Generator], Tensor]

_TINY = 1e-12  # inside the root, whose slope at 0 is infinite


def slope(critic: Critic, x: Tensor) -> Tensor:
    """Squared norm of the critic's gradient at each row, (n,), which can be differentiated."""
    x = x.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(1)


def r1(critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """Half the squared slope at real rows (Mescheder et al. 2018, arXiv:1801.04406)."""
    return 0.5 * slope(critic, real)


def r2(critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """Half the squared slope at generated rows (the same paper)."""
    return 0.5 * slope(critic, fake)


def gradient(critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """Slopes of 1 between real and generated rows (Gulrajani et al. 2017, arXiv:1704.00028)."""
    share = torch.rand((len(real), 1), generator=rng, device=real.device, dtype=real.dtype)
    return _off_one(critic, fake + share * (real - fake))


def dragan(critic: Critic, real: Tensor, fake: Tensor, rng: torch.Generator) -> Tensor:
    """Slopes of 1 around real rows (Kodali et al. 2017, arXiv:1705.07215).

    A row is moved by normal noise of half the columns' common standard deviation.
    """
    noise = torch.randn(real.shape, generator=rng, device=real.device, dtype=real.dtype)
    return _off_one(critic, real + 0.5 * real.std(correction=0) * noise)


def _off_one(critic: Critic, x: Tensor) -> Tensor:
    return ((slope(critic, x) + _TINY).sqrt() - 1).square()


PENALTIES: dict[str, Penalty] = {"r1": r1, "r2": r2, "gradient": gradient, "dragan": dragan}
