"""When products of features have digits enough, checked on some of the rows."""

import torch
from torch import Tensor

# largest relative error of a covariance, in units of itself, that products may bring
PRODUCTS = {torch.float32: 1e-3, torch.float64: 1e-7}
_ROWS = 8  # of each block
_NATS = {torch.float32: 3e-5, torch.float64: 1e-10}  # a row, on average
_STEPS = {torch.float32: 2e-6, torch.float64: 1e-12}  # of a log-likelihood's own size
_SHARES = {torch.float32: 3e-3, torch.float64: 1e-7}


def sample(log_prob: Tensor) -> Tensor:
    """Numbers of the rows to check: some at equal steps, and the least likely one."""
    n = len(log_prob)
    steps = torch.arange(0, n, max(1, n // _ROWS), device=log_prob.device)
    return torch.cat([log_prob.argmin()[None], steps])


def agree(fast: Tensor, exact: Tensor, dtype: torch.dtype) -> bool:
    """Tell whether joint log-densities (k, n) lead to the same likelihoods and shares."""
    fast, exact = fast.double(), exact.double()
    wanted = exact.logsumexp(0)
    error = (fast.logsumexp(0) - wanted).abs() - _STEPS[dtype] * wanted.abs()
    error.clamp_(min=0)  # the room of a row far away is not for the others
    shares = (fast.softmax(0) - exact.softmax(0)).abs().amax()
    return bool((error.mean() < _NATS[dtype]) & (shares < _SHARES[dtype]))
