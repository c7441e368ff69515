"""Categories, and numbers with atoms."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .block import Block
from .densities import observed_sum
from .draws import gumbel_like, gumbel_one_hot, one_hot
from .real import Real

MAX_SOFTMAX = 1000  # beyond this many categories a softmax is factorised


@dataclass(frozen=True)
class Choice(Block):
    """One column of codes 0 .. ``n_categories`` - 1, categorical given the network.

    Beyond ``MAX_SOFTMAX`` categories a code is a pair (group, member), and the softmax of
    the members starts from the training ``frequencies`` of their group, so that a network
    needs only about 2 sqrt(n) outputs and keeps the margin exact. ``groups`` (n,) make pairs of
    fewer codes, too. The first ``n_ordered`` codes
    stand in the order of their values; 0 where values have no order.
    """

    n_categories: int = 1
    frequencies: np.ndarray | None = field(default=None, repr=False, compare=False)
    n_ordered: int = 0
    groups: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def width(self) -> int:  # noqa: D102
        return 1

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return sum(self.sizes)

    @property
    def n_params(self) -> int:  # noqa: D102
        return sum(self.sizes)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of groups and of members of a group; number of codes where they are few."""
        if self.groups is None and self.n_categories <= MAX_SOFTMAX:
            return (self.n_categories,)
        counts = np.bincount(self._group)
        return (len(counts), int(counts.max()))

    @cached_property
    def _group(self) -> np.ndarray:
        members = math.ceil(math.sqrt(self.n_categories))
        return np.arange(self.n_categories) // members if self.groups is None else self.groups

    @cached_property
    def _member(self) -> np.ndarray:
        """Place of each code in its group, (n,)."""
        order = np.argsort(self._group, kind="stable")
        counts = np.bincount(self._group)
        place = np.empty(self.n_categories, np.int64)
        place[order] = np.arange(self.n_categories) - np.repeat(np.cumsum(counts) - counts, counts)
        return place

    @cached_property
    def table(self) -> np.ndarray:
        """Code of each group and member, (groups, members); the last of a group fills it up."""
        table = np.full(self.sizes, -1)
        table[self._group, self._member] = np.arange(self.n_categories)
        return np.maximum.accumulate(table, 1)

    @cached_property
    def shares(self) -> np.ndarray:
        """Shares of the codes in fit, all alike where they are unknown, (n,)."""
        counts = np.ones(self.n_categories) if self.frequencies is None else self.frequencies
        return counts / counts.sum()

    @cached_property
    def group_shares(self) -> np.ndarray:
        """Shares of the groups, or of the codes where these have none."""
        return self.shares if len(self.sizes) == 1 else np.bincount(self._group, self.shares)

    @cached_property
    def n_ordered_groups(self) -> int:
        """How many of the first digits stand in the order of their values."""
        grouped = len(self.sizes) > 1
        return len(np.unique(self._group[: self.n_ordered])) if grouped else self.n_ordered

    @cached_property
    def log_members(self) -> Tensor:
        """Log-frequency of each member within its group, (groups, members)."""
        grouped = np.zeros(self.sizes)
        grouped[self._group, self._member] = np.maximum(self.shares, 1e-12)
        with np.errstate(divide="ignore"):
            return torch.from_numpy(np.log(grouped / grouped.sum(1, keepdims=True))).float()

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        code, seen = x[:, 0].nan_to_num(nan=0.0).long(), ~x[:, 0].isnan()
        parts = [one_hot(digit, n) for digit, n in zip(self.digits(code), self.sizes, strict=True)]
        return torch.cat(parts, -1).to(x.dtype) * seen[:, None]

    def collapse(self, expanded: Tensor) -> Tensor:  # noqa: D102
        digits = [part.argmax(-1) for part in expanded.split(self.sizes, -1)]
        return self.code(digits)[:, None].to(expanded.dtype)

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        if len(self.sizes) == 1:
            return gumbel_one_hot(raw, rng)
        groups, members = raw.split(self.sizes, -1)
        group = gumbel_one_hot(groups, rng)
        prior = self.log_members.to(raw.device)[group.argmax(-1)]
        return torch.cat([group, gumbel_one_hot(members + prior, rng)], -1)

    def emit(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return self.relax(raw, rng)

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        code = x[:, 0].nan_to_num(nan=0.0).long()
        digits = self.digits(code)
        logits = self._logits(raw, digits[0])
        chosen = zip(logits, digits, strict=True)
        parts = [part.log_softmax(-1).gather(1, d[:, None]) for part, d in chosen]
        return observed_sum(torch.stack(parts).sum(0), x)

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return self._pick(raw, lambda logits: (logits + gumbel_like(logits, rng)).argmax(-1))

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        return self._pick(raw, lambda logits: logits.argmax(-1))

    def _pick(self, raw: Tensor, pick: Callable[[Tensor], Tensor]) -> Tensor:
        first = pick(raw[:, : self.sizes[0]])
        rest = [pick(part) for part in self._logits(raw, first)[1:]]
        return self.code([first, *rest])[:, None].to(raw.dtype)

    def _logits(self, raw: Tensor, group: Tensor) -> list[Tensor]:
        parts = list(raw.split(self.sizes, -1))
        if len(parts) == 2:
            parts[1] = parts[1] + self.log_members.to(raw.device)[group]
        return parts

    def digits(self, code: Tensor) -> list[Tensor]:
        """Group and member of codes; the codes themselves where they are few."""
        if len(self.sizes) == 1:
            return [code]
        group, member = (torch.from_numpy(of) for of in (self._group, self._member))
        return [group.to(code.device)[code], member.to(code.device)[code]]

    def code(self, digits: Sequence[Tensor]) -> Tensor:
        """Codes of groups and members."""
        if len(digits) == 1:
            return digits[0].clamp(max=self.n_categories - 1)
        return torch.from_numpy(self.table).to(digits[0].device)[digits[0], digits[1]]


@dataclass(frozen=True)
class Mixed(Block):
    """Two columns [code, value]: code 0 is a number, in ``value``; others are atoms.

    An atom (a value that occurs often, or a missing one) leaves ``value`` unobserved.
    """

    n_codes: int = 1
    cell: float = 0.0
    frequencies: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def width(self) -> int:  # noqa: D102
        return 2

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.code.n_inputs + 1

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.code.n_params + 2

    @cached_property
    def code(self) -> Choice:
        """The block of the first column."""
        return Choice(self.name, self.n_codes, self.frequencies)

    @cached_property
    def value(self) -> Real:
        """The block of the second column."""
        return Real(self.name, 1, (self.cell,))

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return torch.cat([self.code.expand(x[:, :1]), self.value.expand(x[:, 1:])], -1)

    def collapse(self, expanded: Tensor) -> Tensor:  # noqa: D102
        return self._masked(self.code.collapse(expanded[:, :-1]), expanded[:, -1:])

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        code = self.code.relax(raw[:, :-1], rng)
        return torch.cat([code, raw[:, -1:] * code[:, :1]], -1)

    def emit(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        code, value = self.code.relax(raw[:, :-2], rng), self.value.emit(raw[:, -2:], rng)
        return torch.cat([code, value * code[:, :1]], -1)

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        # an atom's value is NaN, so the value's likelihood counts for numbers only
        code, value = raw[:, :-2], raw[:, -2:]
        return self.code.log_prob(code, x[:, :1]) + self.value.log_prob(value, x[:, 1:])

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        code, value = raw[:, :-2], raw[:, -2:]
        return self._masked(self.code.sample(code, rng), self.value.sample(value, rng))

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        return self._masked(self.code.mean(raw[:, :-2]), self.value.mean(raw[:, -2:]))

    def _masked(self, code: Tensor, value: Tensor) -> Tensor:
        return torch.cat([code, value.masked_fill(code != 0, math.nan)], -1)
