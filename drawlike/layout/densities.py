"""Log-likelihoods in nats, elementwise or summed over observed cells."""

import math

import torch
from torch import Tensor
from torch.nn import functional as F

_LOG_2PI = math.log(2 * math.pi)


def observed_sum(values: Tensor, x: Tensor) -> Tensor:
    """Sum a value a column over the observed cells of ``x``, (n,)."""
    missing = x.isnan()
    # a look costs less than a mask and its gradient, but a GPU would have to be waited for
    complete = x.device.type == "cpu" and not missing.any()
    return (values if complete else values.masked_fill(missing, 0.0)).sum(-1)


def normal_log_prob(mean: Tensor, scale: Tensor, x: Tensor) -> Tensor:
    """Log-density of a normal in nats, elementwise."""
    return -0.5 * ((x - mean) / scale).square() - scale.log() - 0.5 * _LOG_2PI


def standard_normal_log_prob(x: Tensor) -> Tensor:
    """Log-density of N(0, 1) in nats, elementwise."""
    return -0.5 * (x.square() + _LOG_2PI)


def bernoulli_log_prob(logit: Tensor, x: Tensor) -> Tensor:
    """Log-mass of 0 or 1 in nats, elementwise; of a value between, its mean over the draw."""
    return x * logit - F.softplus(logit)


def logistic_cell_log_prob(mean: Tensor, scale: Tensor, x: Tensor, cell: float) -> Tensor:
    """Log-mass of a logistic between x - cell/2 and x + cell/2; tails go to 0 and 1."""
    upper = (x + cell / 2 - mean) / scale
    lower = (x - cell / 2 - mean) / scale
    # log(sigmoid(b) - sigmoid(a)) without cancellation, for b > a
    inside = F.logsigmoid(upper) + F.logsigmoid(-lower) + (-torch.expm1(lower - upper)).log()
    at_top = torch.where(x > 1 - cell / 2, F.logsigmoid(-lower), inside)
    return torch.where(x < cell / 2, F.logsigmoid(upper), at_top)
