"""Softmaxes of many codes as trees: first a branch, and then one of its leaves."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..layout import Choice
from . import chains as kernels
from .ordinal import Softmax

_USUAL, _FEWEST = 0.5, 16  # share from which a code is usual, and of how many


class Tree(NamedTuple):
    """Branches of some codes, and which rows of codes and logits are theirs."""

    branches: kernels.Branches
    codes: slice
    logits: slice
    softmax: Softmax

    def summed(self, of_codes: Tensor) -> Tensor:
        """Sums by branch of what each code has, (n, ...)."""
        return torch.from_numpy(self.branches.summed(of_codes.numpy()))

    def log_prob(self, of_branches: Tensor, logits: Tensor, mix: Tensor) -> Tensor:
        """Log-probability of each code by logits of branches and codes, and by its classes."""
        of_code = torch.from_numpy(self.branches.of_code)
        mass = self.summed(mix.T).T
        log = (of_branches + mass.log()).log_softmax(1)
        table = torch.from_numpy(self.branches.table)
        leaves = (logits + mix.log())[:, table].masked_fill(table < 0, -torch.inf)
        return log[:, of_code] + leaves.log_softmax(2)[:, table >= 0]


def trees_of(choices: Sequence[Choice]) -> list[Tree | None]:
    """Branches of each softmax, None where it has few codes or a usual one."""
    trees: list[Tree | None] = []
    row, logit = 0, sum(choice.n_params for choice in choices)
    for choice in choices:
        found = None if usual_code(choice) >= 0 else kernels.Branches.of(choice.group_shares)
        trees += [None] * len(choice.sizes)
        if found is not None:
            shares = found.summed(choice.group_shares)
            n = len(np.unique(found.of_code[: choice.n_ordered_groups]))
            rows, logits = slice(row, row + choice.sizes[0]), slice(logit, logit + found.n)
            trees[-len(choice.sizes)] = Tree(found, rows, logits, (found.n, shares[:n]))
            logit = logits.stop
        row += choice.n_params
    return trees


def usual_code(choice: Choice) -> int:
    """Code that most rows have, -1 where there is none."""
    shares = choice.group_shares
    if choice.frequencies is None or len(shares) < _FEWEST:
        return -1
    return int(shares.argmax()) if shares.max() >= _USUAL else -1
