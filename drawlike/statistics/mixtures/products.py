"""Mixtures of products over codes: every conditional of one is in closed form.

    p(codes | y) = sum_k p(k | y) prod_v p(code_v | k)

Restricted to a product of sets of codes, such a mixture is again one: each table keeps what lies
within, and a class as much as its tables keep. Codes among very many are a group and a member;
members have one law in all classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import torch
from numba import njit
from scipy.special import logsumexp
from threadpoolctl import threadpool_limits

from ...events import SILENT, Emitter
from ...layout import Choice
from ...rows import Rows
from ..coding import groups_of
from ..threads import team
from .latent_classes import fit_classes

_Members = Mapping[int, np.ndarray]


@dataclass(frozen=True, eq=False)
class Products:
    """Shares (L, k) of k classes for each of L labels, and tables (n_digits, k) of all columns.

    A code among few is its own digit, and one among many has the digit of its group. ``members``
    are laws (groups, members) of such columns, by their number. What is restricted has shares
    that sum to its probability.
    """

    choices: tuple[Choice, ...]
    shares: np.ndarray
    tables: np.ndarray
    members: _Members = field(default_factory=dict)

    @classmethod
    def of(cls, choices: Sequence[Choice], shares: np.ndarray, tables: np.ndarray) -> "Products":
        """Mix classes of columns, their members at the frequencies of fit."""
        many = {
            v: np.exp(choice.log_members.double().numpy())
            for v, choice in enumerate(choices)
            if len(choice.sizes) > 1
        }
        return cls(tuple(choices), shares, tables, many)

    @classmethod
    def fit(
        cls,
        choices: Sequence[Choice],
        groups: np.ndarray,
        rows: Rows,
        rng: np.random.Generator,
        *,
        n_classes: int,
        prior_rows: float,
        passes: int = 6,
        events: Emitter = SILENT,
    ) -> "Products":
        """Fit classes to groups of codes (n, v) and the labels of rows, a column among the others."""
        sizes, digits = [choice.sizes[0] for choice in choices], groups
        n_labels = rows.cond.shape[1]
        if n_labels:
            digits = np.column_stack([digits, rows.cond.argmax(1).numpy().astype(digits.dtype)])
            sizes = [*sizes, n_labels]
        with team() as each, threadpool_limits(1, user_api="blas"):
            found = fit_classes(
                digits,
                sizes,
                n_classes,
                rng,
                weight=rows.weight.numpy(),
                passes=passes,
                prior_rows=prior_rows,
                n_ordered=[c.n_ordered_groups for c in choices],
                events=events,
                each=each,
            )
        shares, tables = found.shares[None], found.tables
        if n_labels:
            shares, tables = shares * tables[-n_labels:], tables[:-n_labels]
        return cls.of(choices, shares / shares.sum(1, keepdims=True), tables)

    def log_each(self, codes: np.ndarray) -> np.ndarray:
        """Log-probability of rows of codes (n, v) given each label, -1 is unobserved, (n, L)."""
        told = self._told(codes)
        of_members = self._log_of_members(codes)
        each = [logsumexp(told + log_share, axis=1) for log_share in self._log_shares]
        return np.stack(each, 1) + of_members[:, None]

    def log_prob(self, codes: np.ndarray, label: np.ndarray) -> np.ndarray:
        """Log-probability of rows of codes given their labels (n,), nats, (n,)."""
        joint = self._told(codes) + self._log_shares[label]
        found: np.ndarray = logsumexp(joint, axis=1) + self._log_of_members(codes)
        return found

    def draw(self, codes: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Fill in what is unobserved by draws given the rest, (n, v)."""
        digits = _digits_of(self.choices, codes)
        uniform = rng.random((len(codes), codes.shape[1] + 1))
        _draw(
            digits, label, self._starts, self._log_shares, self._log_tables, self._summed, uniform
        )
        for v, summed in self._summed_members.items():
            _draw_members(digits, codes, v, summed, self.choices[v].table, rng.random(len(codes)))
        return digits

    def likeliest(self, codes: np.ndarray, label: np.ndarray) -> np.ndarray:
        """Fill in the likeliest code of each column by itself given those observed, (n, v)."""
        joint = self._told(codes) + self._log_shares[label]
        share = np.exp(joint - logsumexp(joint, axis=1, keepdims=True))
        out = codes.copy()
        for v, (first, last) in enumerate(zip(self._starts, self._starts[1:], strict=False)):
            rows = np.flatnonzero(codes[:, v] < 0)
            digit = (share[rows] @ self.tables[first:last].T).argmax(1)
            if v in self.members:
                digit = self._joined(v, digit, self.members[v].argmax(1)[digit])
            out[rows, v] = digit
        return out

    def log_marginals(
        self, codes: np.ndarray, label: np.ndarray, columns: Sequence[int]
    ) -> list[np.ndarray]:
        """Log-probability of each code of some columns, given the codes observed, (n, k) each."""
        joint = self._told(codes) + self._log_shares[label]
        share, out = np.exp(joint - logsumexp(joint, axis=1, keepdims=True)), []
        for v in columns:
            log = np.log(share @ self.tables[self._starts[v] : self._starts[v + 1]].T)
            if v in self.members:
                every = torch.arange(self.choices[v].n_categories)
                group, member = (digit.numpy() for digit in self.choices[v].digits(every))
                log = log[:, group] + np.log(self.members[v][group, member])
            out.append(log)
        return out

    def within(self, weights: Mapping[int, np.ndarray]) -> "Products":
        """Keep, of the codes of some columns, the given shares (n_codes,)."""
        tables, shares, members = self.tables.copy(), self.shares, dict(self.members)
        for v, weight in weights.items():
            place = slice(self._starts[v], self._starts[v + 1])
            if v in members:
                members[v], weight = self._members_within(v, weight)
            kept = tables[place] * weight[:, None]
            mass = kept.sum(0)
            tables[place] = kept / np.maximum(mass, np.finfo(float).tiny)
            shares = shares * mass
        return replace(self, shares=shares, tables=tables, members=members)

    def _members_within(self, v: int, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Laws of members within a set of codes, and what share of each group that is."""
        law = self.members[v]
        kept = law * weight[self.choices[v].table]
        mass = kept.sum(1)
        some = mass[:, None] > 0  # a group without any is not drawn
        return np.where(some, kept, law) / np.where(some, mass[:, None], 1.0), mass

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum([0, *(choice.sizes[0] for choice in self.choices)]).astype(np.int64)

    @cached_property
    def _log_shares(self) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self.shares)

    @cached_property
    def _log_tables(self) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self.tables)

    @cached_property
    def _summed(self) -> np.ndarray:
        """Sums of each class's tables up to each code, (k, n_digits)."""
        parts = np.split(self.tables.T, self._starts[1:-1], axis=1)
        return np.concatenate([np.cumsum(part, 1) for part in parts], 1)

    @cached_property
    def _summed_members(self) -> dict[int, np.ndarray]:
        """Sums of the laws of members up to each, (groups, members)."""
        return {v: np.cumsum(law, 1) for v, law in self.members.items()}

    def _joined(self, v: int, group: np.ndarray, member: np.ndarray) -> np.ndarray:
        found: np.ndarray = self.choices[v].table[group, member]
        return found

    def _told(self, codes: np.ndarray) -> np.ndarray:
        """Log-probability of what is observed of rows in each class, (n, k)."""
        told = np.zeros((len(codes), self.tables.shape[1]))
        _tell(_digits_of(self.choices, codes), self._starts, self._log_tables, told)
        return told

    def _log_of_members(self, codes: np.ndarray) -> np.ndarray:
        total = np.zeros(len(codes))
        for v, law in self.members.items():
            seen = codes[:, v] >= 0
            with np.errstate(divide="ignore"):
                group, member = self.choices[v].digits(torch.from_numpy(codes[seen, v]))
                total[seen] += np.log(law[group.numpy(), member.numpy()])
        return total


def _digits_of(choices: Sequence[Choice], codes: np.ndarray) -> np.ndarray:
    digits: np.ndarray = groups_of(choices, torch.from_numpy(codes)).numpy()
    return digits


@njit(cache=True, nogil=True)
def _tell(digits: np.ndarray, starts: np.ndarray, log_tables: np.ndarray, told: np.ndarray) -> None:
    for r in range(len(digits)):
        for v in range(digits.shape[1]):
            if digits[r, v] >= 0:
                row = log_tables[starts[v] + digits[r, v]]
                for k in range(told.shape[1]):
                    told[r, k] += row[k]


@njit(cache=True, nogil=True)
def _draw(  # noqa: PLR0917
    digits: np.ndarray,
    label: np.ndarray,
    starts: np.ndarray,
    log_shares: np.ndarray,
    log_tables: np.ndarray,
    summed: np.ndarray,
    uniform: np.ndarray,
) -> None:
    """Draw a class for each row by what is observed of it, and then its other digits."""
    d, n_classes = digits.shape[1], log_shares.shape[1]
    last, upto = np.empty(d + 1, np.int64), np.empty(n_classes)
    last[d] = -1
    for r in range(len(digits)):
        if _is_news(digits, label, r, last):
            _add_up(digits, label, r, starts, log_shares, log_tables, upto)
        k = _first_above(upto, 0, n_classes, uniform[r, d])
        for v in range(d):
            if digits[r, v] < 0:
                digits[r, v] = _first_above(summed[k], starts[v], starts[v + 1], uniform[r, v])


@njit(inline="always")
def _is_news(digits: np.ndarray, label: np.ndarray, r: int, last: np.ndarray) -> bool:
    """Whether a row knows something else than the last one, which it becomes."""
    d, same = digits.shape[1], last[-1] == label[r]
    last[d] = label[r]
    for v in range(d):
        same &= last[v] == digits[r, v]
        last[v] = digits[r, v]
    return not same


@njit(inline="always")
def _add_up(  # noqa: PLR0917
    digits: np.ndarray,
    label: np.ndarray,
    r: int,
    starts: np.ndarray,
    log_shares: np.ndarray,
    log_tables: np.ndarray,
    upto: np.ndarray,
) -> None:
    """Sum the odds of the classes, given what is observed of a row, up to each."""
    for k in range(len(upto)):
        upto[k] = log_shares[label[r], k]
    for v in range(digits.shape[1]):
        if digits[r, v] >= 0:
            row = log_tables[starts[v] + digits[r, v]]
            for k in range(len(upto)):
                upto[k] += row[k]
    most, total = upto[0], 0.0
    for k in range(len(upto)):
        most = max(most, upto[k])
    for k in range(len(upto)):
        total += np.exp(upto[k] - most)
        upto[k] = total


@njit(cache=True, nogil=True)
def _draw_members(  # noqa: PLR0917
    digits: np.ndarray,
    codes: np.ndarray,
    v: int,
    summed: np.ndarray,
    table: np.ndarray,
    uniform: np.ndarray,
) -> None:
    """Make codes of the groups in a column of digits: those known, and else by draws of members."""
    for r in range(len(digits)):
        group = digits[r, v]
        if codes[r, v] >= 0:
            digits[r, v] = codes[r, v]
        else:
            member = _first_above(summed[group], 0, summed.shape[1], uniform[r])
            digits[r, v] = table[group, member]


@njit(inline="always")
def _first_above(summed: np.ndarray, first: int, last: int, uniform: float) -> int:
    """Draw by the inverse of sums from ``first`` to ``last``; counts from ``first``."""
    wanted, low, n = uniform * summed[last - 1], first, last - first
    while n > 1:
        half = n // 2
        low += half * (summed[low + half - 1] <= wanted)  # no branch, which would be guessed wrong
        n -= half
    return low - first
