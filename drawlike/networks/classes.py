"""Latent classes of a table, as networks are told of them."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..layout import Choice, Layout
from .mlp import MLP, begin_at_zero


class Classes(nn.Module):
    """Laws of the codes of all columns in each of k latent classes, and shares of the classes.

    ``log_shares`` (L, k) are those given each of L labels, ``log_tables`` (k, n_params) those of
    the codes, for all labels. Networks are told of a row's *kind*: its one-hot label, if there
    are labels, and beside it its one-hot class, (n, L + k).
    """

    def __init__(self, layout: Layout, n_labels: int, n_classes: int) -> None:
        super().__init__()
        self.log_shares = nn.Buffer(torch.zeros(max(n_labels, 1), n_classes))
        self.log_tables = nn.Buffer(torch.zeros(n_classes, layout.n_params))

    def place(self, shares: Tensor, tables: Tensor) -> None:
        """Take shares (L, k) and tables (n_params, k) of probabilities."""
        self.log_shares.copy_(shares.log())
        self.log_tables.copy_(tables.log().T)

    def shares(self, x: Tensor, cond: Tensor) -> Tensor:
        """Probability of each class given expanded rows and their labels, (n, k)."""
        return self._log_given(x, cond).exp()

    def kinds(self, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw kinds of rows to generate, given their labels."""
        return _told(cond, picked(self._log_prior(cond).exp(), rng))

    def kinds_of(self, x: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw kinds of expanded rows, given the rows."""
        return _told(cond, picked(self.shares(x, cond), rng))

    def kinds_at(self, x: Tensor, cond: Tensor, level: float) -> Tensor:
        """Kinds of rows at a level from 0 to 1 of their classes' cumulative probabilities."""
        shares = self.shares(x, cond)
        return _told(cond, _at(shares, shares.new_full((1, 1), level)))

    def log_odds(self, x: Tensor, kinds: Tensor) -> Tensor:
        """Log of the share of each row's class over its probability given the row, (n,)."""
        cond, own = kinds.tensor_split([kinds.shape[1] - len(self.log_tables)], 1)
        return (own * (self._log_prior(cond) - self._log_given(x, cond))).sum(1)

    def law(self, kinds: Tensor) -> Tensor:
        """Log-probabilities of all codes in classes, (n, n_params)."""
        return kinds[:, -len(self.log_tables) :] @ self.log_tables

    def _log_given(self, x: Tensor, cond: Tensor) -> Tensor:
        return (self._log_prior(cond) + x @ self.log_tables.T).log_softmax(1)

    def _log_prior(self, cond: Tensor) -> Tensor:
        if not cond.shape[1]:
            return self.log_shares.expand(len(cond), -1)
        return cond @ self.log_shares


class OfClasses(nn.Module):
    """A network that corrects the law of a row's class: raw outputs begin as its logarithms.

    ``body`` maps vectors and kinds to raw outputs (n, n_params), and begins as 0.
    """

    def __init__(self, classes: Classes, body: MLP) -> None:
        super().__init__()
        self.classes, self.body = classes, body

    def begin_from(self, rng: torch.Generator) -> None:
        """Correct nothing at first."""
        begin_at_zero(self.body)

    def forward(self, z: Tensor, kinds: Tensor) -> Tensor:
        """Map vectors and kinds to raw outputs."""
        return self.classes.law(kinds) + self.body(z, kinds)


def class_rows(choices: Sequence[Choice], tables: Tensor) -> Tensor:
    """Probabilities (n_params, k) of all codes in classes, of those of first digits.

    Of members, of which classes know nothing, they are 1.
    """
    parts = tables.split([choice.sizes[0] for choice in choices])
    ones = [tables.new_ones(sum(c.sizes[1:]), tables.shape[1]) for c in choices]
    return torch.cat([part for pair in zip(parts, ones, strict=True) for part in pair])


def picked(shares: Tensor, rng: torch.Generator) -> Tensor:
    """Draw a one-hot kind for each row of probabilities (n, K)."""
    return _at(shares, torch.rand((len(shares), 1), generator=rng, device=shares.device))


def _at(shares: Tensor, draw: Tensor) -> Tensor:
    cumulative = shares.cumsum(1)
    kind = torch.searchsorted(cumulative, draw * cumulative[:, -1:], right=True)
    return torch.zeros_like(shares).scatter_(1, kind.clamp_max(shares.shape[1] - 1), 1.0)


def _told(cond: Tensor, kinds: Tensor) -> Tensor:
    return torch.cat([cond, kinds], 1)
