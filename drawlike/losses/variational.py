"""Losses of latent-variable models, a value per row."""

from torch import Tensor


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, exp(log_var)) || N(0, I)) in nats, shape (n,)."""
    return 0.5 * (mean.square() + log_var.exp() - log_var - 1).sum(-1)
