"""Rows that a network keeps."""

import torch
from torch import Tensor, nn


class Bank(nn.Module):
    """``n`` expanded rows (n, n_inputs) and their one-hot labels (n, k), 1 column without."""

    def __init__(self, n: int, n_inputs: int, n_labels: int) -> None:
        super().__init__()
        self.rows = nn.Buffer(torch.zeros(n, n_inputs))
        self.labels = nn.Buffer(torch.ones(n, max(n_labels, 1)))

    def place(self, rows: Tensor, labels: Tensor) -> None:
        """Take rows; without labels all are of one."""
        self.rows.copy_(rows)
        if labels.shape[1]:
            self.labels.copy_(labels)


class Rememberer(nn.Module):
    """A generator beside the rows that its latent vectors are made of: one state of both."""

    def __init__(self, bank: Bank, body: nn.Module) -> None:
        super().__init__()
        self.bank, self.body = bank, body

    def forward(self, z: Tensor, cond: Tensor) -> Tensor:
        """Map vectors and conditions to raw outputs."""
        return self.body(z, cond)
