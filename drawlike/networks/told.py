"""What the variables before each logit add to it, in some orders."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from . import chains as kernels


class ToldBefore(torch.autograd.Function):
    """Sums over the rows of ``told`` (n_steps, n_logits) of what comes before each logit's own step.

    ``logits_of`` are those of each step, and ``orders`` say when steps are taken and which of them
    tell; gives (orders, n_logits). A running sum of all logits at all steps would be n_steps times as much.
    """

    @staticmethod
    def forward(  # noqa: D102
        ctx: Any, told: Tensor, logits_of: Sequence[Sequence[slice]], orders: Sequence[np.ndarray]
    ) -> Tensor:
        ctx.logits_of, ctx.orders, ctx.shape = logits_of, orders, told.shape
        table = told.detach().numpy()
        out = np.zeros((len(orders), table.shape[1]), table.dtype)
        for row, order in zip(out, orders, strict=True):
            so_far = np.zeros(table.shape[1])
            for digit, tells in _taken(order):
                for logits in logits_of[digit]:
                    row[logits] = so_far[logits]
                if tells:
                    so_far += table[digit]
        return torch.from_numpy(out)

    @staticmethod
    def backward(ctx: Any, slope: Tensor) -> Any:  # noqa: D102
        slopes = np.zeros(ctx.shape, slope.numpy().dtype)
        for later, order in zip(slope.numpy().copy(), ctx.orders, strict=True):
            for digit, tells in _taken(order):
                for logits in ctx.logits_of[digit]:
                    later[logits] = 0.0
                if tells:
                    slopes[digit] += later
        return torch.from_numpy(slopes), None, None


def _taken(order: np.ndarray) -> list[list[int]]:
    found: list[list[int]] = order[:, [kernels.DIGIT, kernels.IS_TOLD]].tolist()
    return found
