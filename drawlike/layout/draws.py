"""Draws from a local generator."""

from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor


class Common(torch.Generator):
    """A generator of the same numbers for each row, of which ``times`` draws stand together.

    What is drawn for a row then does not depend on the rows beside it.
    """

    times: int

    def __new__(cls, times: int, device: torch.device) -> Self:
        """Begin at seed 0."""
        self = super().__new__(cls, device)  # type: ignore[call-arg]
        self.times = times
        self.manual_seed(0)
        return self

    def __init__(self, times: int, device: torch.device) -> None:
        """Leave the generator as ``__new__`` made it."""


def one_hot(code: Tensor, n: int) -> Tensor:
    """Float one-hot rows of integer codes, (n_rows, n)."""
    return torch.zeros(len(code), n, device=code.device).scatter_(1, code[:, None], 1.0)


def noise_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Standard normal noise from a local generator."""
    return _of_rows(torch.randn, x, rng)


def logistic_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Standard logistic noise from a local generator."""
    return _open_uniform_like(x, rng).logit()


def gumbel_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Standard Gumbel noise from a local generator."""
    return -(-_open_uniform_like(x, rng).log()).log()


def draw_bits(probability: Tensor, rng: torch.Generator) -> Tensor:
    """Draw 0 or 1 with the given probabilities of 1."""
    uniform = torch.rand(probability.shape, generator=rng, device=probability.device)
    return (uniform < probability).to(probability.dtype)


def uniform_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Uniform numbers from [0, 1) from a local generator."""
    return _of_rows(torch.rand, x, rng)


def uniform_columns(k: int, n: int, rng: torch.Generator) -> Tensor:
    """Uniform numbers of n rows of data, which are its columns, (k, n)."""
    if isinstance(rng, Common):
        return torch.rand(k, rng.times, generator=rng).repeat(1, n // rng.times)
    return torch.rand(k, n, generator=rng)


def gumbel_one_hot(logits: Tensor, rng: torch.Generator, tau: float = 0.5) -> Tensor:
    """Straight-through one-hot draw (Jang et al. 2017, arXiv:1611.01144)."""
    soft = ((logits + gumbel_like(logits, rng)) / tau).softmax(-1)
    hard = one_hot(soft.argmax(-1), logits.shape[-1])
    return hard + soft - soft.detach()


def _open_uniform_like(x: Tensor, rng: torch.Generator) -> Tensor:
    uniform = uniform_like(x, rng)
    edge = torch.finfo(x.dtype).eps / 2
    return uniform.clamp(edge, 1 - edge)


def _of_rows(draw: Callable[..., Tensor], x: Tensor, rng: torch.Generator) -> Tensor:
    if isinstance(rng, Common):
        few = draw(rng.times, *x.shape[1:], generator=rng, device=x.device, dtype=x.dtype)
        return few.repeat(len(x) // rng.times, *(1 for _ in x.shape[1:]))
    return draw(x.shape, generator=rng, device=x.device, dtype=x.dtype)
