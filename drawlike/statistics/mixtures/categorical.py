"""Categorical tables of every component."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

from ..normals.normal import positive


@dataclass(frozen=True, eq=False)
class Tables:
    """Category probabilities (n_categories, C), a table a code column.

    ``pseudo`` (n_categories,) are pseudo-counts of a Dirichlet prior, so that a category
    that a component has not met keeps a small probability there. The tables are the mode
    of the posterior (Gelman et al. 2013, section 3.4).
    """

    probabilities: tuple[Tensor, ...]
    pseudo: tuple[Tensor, ...]

    @classmethod
    def uniform(cls, sizes: Sequence[int], device: torch.device) -> Self:
        """Tables of one component that favour nothing, without a prior."""
        flat = [torch.full((n, 1), 1 / n, dtype=torch.float64, device=device) for n in sizes]
        return cls(tuple(flat), tuple(torch.zeros_like(table[:, 0]) for table in flat))

    @cached_property
    def _log(self) -> list[Tensor]:
        """Logs of the tables, and 0 for an unobserved code, (n_categories + 1, C)."""
        return [torch.cat([p.log(), torch.zeros_like(p[:1])]) for p in self.probabilities]

    @cached_property
    def _stacked(self) -> Tensor:
        return torch.cat(self._log)

    @cached_property
    def _starts(self) -> list[int]:
        sizes = [len(log) for log in self._log]
        return [sum(sizes[:i]) for i in range(len(sizes))]

    @cached_property
    def _cumulative(self) -> list[Tensor]:
        """Cumulative probabilities, (C, n_categories)."""
        return [cumulative(table.T) for table in self.probabilities]

    def add_log_prob(self, codes: Tensor, components: range, into: Tensor) -> None:
        """Add the log-probability of codes (n, m) to (len(components), n)."""
        if self._log:
            rows = codes + codes.new_tensor(self._starts)
            stacked = self._stacked[:, components.start : components.stop].to(into.dtype)
            into.add_(embedding_bag(rows, stacked, mode="sum").T)

    def zeros(self) -> tuple[Tensor, ...]:
        """Counts over no rows; the last of each table's rows is for unobserved codes."""
        return tuple(torch.zeros_like(log) for log in self._log)

    def add_counts(
        self, codes: Tensor, shares: Tensor, components: range, into: tuple[Tensor, ...]
    ) -> None:
        """Add rows, weighted by shares (len(components), n), to counts."""
        if not into:
            return
        chosen = slice(components.start, components.stop)
        by_row = shares.T.to(torch.float64, memory_format=torch.contiguous_format)
        for count, code in zip(into, codes.T, strict=True):
            count[:, chosen].index_add_(0, code, by_row)

    def update(self, counts: tuple[Tensor, ...]) -> Self:
        """Tables at the mode of their posterior."""
        tables = []
        for table, count, pseudo in zip(self.probabilities, counts, self.pseudo, strict=True):
            mass = count[:-1] + pseudo[:, None]
            total = mass.sum(0)
            tables.append(torch.where(total > 0, mass / positive(total), table))
        return replace(self, probabilities=tuple(tables))

    def log_prior(self) -> Tensor:
        """Log-density of the prior up to a constant, nats."""
        pairs = zip(self.pseudo, self.probabilities, strict=True)
        terms = [torch.xlogy(pseudo[:, None], table).sum() for pseudo, table in pairs]
        return torch.stack(terms).sum() if terms else torch.zeros((), dtype=torch.float64)

    def sample(self, component: Tensor, uniform: Tensor) -> Tensor:
        """Turn uniform numbers (n, m) into codes of the components (n,)."""
        columns = zip(self._cumulative, uniform.T, strict=True)
        codes = [pick(table, component, column) for table, column in columns]
        return torch.stack(codes, 1) if codes else component.new_zeros((len(component), 0))

    def part(self, components: slice) -> Self:
        """Tables of some neighbouring components."""
        return replace(self, probabilities=tuple(p[:, components] for p in self.probabilities))

    def take(self, component: Tensor) -> Self:
        """Tables of some components, in that order."""
        return replace(self, probabilities=tuple(p[:, component] for p in self.probabilities))


def cumulative(probabilities: Tensor) -> Tensor:
    """Cumulative probabilities of each row; the last is exactly 1."""
    total = probabilities.cumsum(1)
    return total / total[:, -1:]


def pick(table: Tensor, row: Tensor, uniform: Tensor) -> Tensor:
    """Draw from the distributions ``table[row]`` by their inverse, (n,).

    All rows of the table lie on one line, row r from r to r + 1, for a single search.
    """
    n_rows, n_categories = table.shape
    line = (table + torch.arange(n_rows, device=table.device)[:, None]).flatten()
    # a number that rounds up to 1 would fall on the next row
    at = row + uniform.clamp(max=1 - 1e-12)
    return torch.searchsorted(line, at, right=True) - row * n_categories
