"""What comes before a logit's step: the sums of a running sum of all, and its gradients."""

import numpy as np
import torch

from drawlike.networks.chains import DIGIT, IS_TOLD
from drawlike.networks.told import ToldBefore

LOGITS_OF = [[slice(0, 2), slice(7, 9)], [slice(2, 3)], [slice(3, 7)]]


def steps_of(order, tells):
    steps = np.zeros((len(order), 11), np.int64)
    steps[:, DIGIT], steps[:, IS_TOLD] = order, tells
    return steps


def running_sum(told, order, tells):
    """Sums before all steps (s, n_logits), of which each logit needs those before its own."""
    rows = told[order] * torch.tensor(tells, dtype=told.dtype)[:, None]
    before = rows.cumsum(0) - rows
    place = {digit: before[i] for i, digit in enumerate(order)}
    pieces = [(s.start, place[d][s]) for d, all_of in enumerate(LOGITS_OF) for s in all_of]
    return torch.cat([piece for _, piece in sorted(pieces, key=lambda pair: pair[0])])


def test_sums_and_gradients_are_those_of_a_running_sum():
    told = torch.randn(3, 9, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    told.requires_grad_()
    orders = [([2, 0, 1], [1, 1, 0]), ([1, 2, 0], [1, 0, 1])]
    slope = torch.arange(18.0, dtype=torch.float64).view(2, 9)
    fast = ToldBefore.apply(told, LOGITS_OF, [steps_of(*each) for each in orders])
    plain = torch.stack([running_sum(told, *each) for each in orders])
    torch.testing.assert_close(fast, plain)
    both = [torch.autograd.grad((x * slope).sum(), told)[0] for x in (fast, plain)]
    torch.testing.assert_close(*both)
