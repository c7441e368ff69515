"""Losses of latent-variable models, a value per row; K draws of z a row come first, (K, n)."""

import math

import torch
from torch import Tensor

from ..layout import standard_normal_log_prob


def kl_to_standard_normal(mean: Tensor, log_var: Tensor) -> Tensor:
    """KL(N(mean, exp(log_var)) || N(0, I)) in nats, shape (n,)."""
    return kl_by_dimension(mean, log_var).sum(-1)


def kl_by_dimension(mean: Tensor, log_var: Tensor) -> Tensor:
    """The same in each dimension by itself, (n, d)."""
    return 0.5 * (mean.square() + log_var.exp() - log_var - 1)


def diagonal_log_prob(mean: Tensor, log_var: Tensor, z: Tensor) -> Tensor:
    """Log-density of N(mean, exp(log_var)) in nats, summed over the last axis."""
    standard = (z - mean) * (-0.5 * log_var).exp()
    return (standard_normal_log_prob(standard) - 0.5 * log_var).sum(-1)


def components_log_prob(means: Tensor, log_vars: Tensor, z: Tensor) -> Tensor:
    """Log-density in nats of z (n, d) under each of k diagonal normals (k, d), (n, k).

    The square is multiplied out, so that a product of matrices does the work.
    """
    precisions = (-log_vars).exp()
    squares = z.square() @ precisions.T - 2 * z @ (means * precisions).T
    offset = (means.square() * precisions + log_vars).sum(1) + z.shape[1] * math.log(2 * math.pi)
    return -0.5 * (squares + offset)


def with_free_bits(kl: Tensor, weight: Tensor, floor: float) -> Tensor:
    r"""KL terms (n, d) summed to (n,), where no dimension is worth pressing below a floor.

    The mean over the batch is :math:`\sum_j \max(\lambda, E\,KL_j)` (Kingma et al. 2016,
    arXiv:1606.04934, equation 15): a dimension that has less than ``floor`` nats on average
    counts as the floor and has no gradient.
    """
    mean = (kl * weight[:, None]).sum(0) / weight.sum()
    return torch.where(mean > floor, kl, kl.new_tensor(floor)).sum(-1)


def importance_bound(log_weights: Tensor) -> Tensor:
    """Log of the mean importance weight of K draws (K, n) in nats, (n,).

    Burda et al. 2016, arXiv:1509.00519, equation 8: no less than the evidence lower bound,
    which it is for K = 1.
    """
    return log_weights.logsumexp(0) - math.log(len(log_weights))


def doubly_reparameterised(log_weights: Tensor, z: Tensor) -> Tensor:
    r"""The importance bound, with a gradient towards the encoder that gets no noisier with K.

    .. math:: \sum_k w_k^2 \frac{\partial \log p(x, z_k) / q(z_k | x)}{\partial z_k}
        \frac{\partial z_k}{\partial \phi}

    where w are the normalised weights (Tucker et al. 2019, arXiv:1810.04152, equation 8).
    Everything else has the gradient of the bound. ``log_weights`` (K, n) must see the
    parameters of q through ``z`` (K, n, d) alone.
    """
    shares = log_weights.detach().softmax(0)
    if z.requires_grad:
        z.register_hook(lambda slope: shares[..., None] * slope)
    surrogate = (shares * log_weights).sum(0)
    return surrogate + (importance_bound(log_weights) - surrogate).detach()


def warmed_up(share: float, over: float) -> float:
    """Factor of a term that grows from 0 to 1 over the first ``over`` of a training.

    Bowman et al. 2016, arXiv:1511.06349; Sonderby et al. 2016, arXiv:1602.02282.
    """
    return 1.0 if share >= over else share / over
