"""Draws from a local generator."""

import torch
from torch import Tensor


def one_hot(code: Tensor, n: int) -> Tensor:
    """Float one-hot rows of integer codes, (n_rows, n)."""
    return torch.zeros(len(code), n, device=code.device).scatter_(1, code[:, None], 1.0)


def noise_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Standard normal noise from a local generator."""
    return torch.randn(x.shape, generator=rng, device=x.device, dtype=x.dtype)


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
    return torch.rand(x.shape, generator=rng, device=x.device, dtype=x.dtype)


def gumbel_one_hot(logits: Tensor, rng: torch.Generator, tau: float = 0.5) -> Tensor:
    """Straight-through one-hot draw (Jang et al. 2017, arXiv:1611.01144)."""
    soft = ((logits + gumbel_like(logits, rng)) / tau).softmax(-1)
    hard = one_hot(soft.argmax(-1), logits.shape[-1])
    return hard + soft - soft.detach()


def _open_uniform_like(x: Tensor, rng: torch.Generator) -> Tensor:
    uniform = uniform_like(x, rng)
    edge = torch.finfo(x.dtype).eps / 2
    return uniform.clamp(edge, 1 - edge)
