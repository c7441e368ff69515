"""Encoded rows as codes, a column each, and what of a column another one tells already."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import UnsupportedError
from ..events import SILENT, Emitter
from ..layout import Binned, Block, Choice, Layout, Region
from .threads import blocks, one_thread

_ROWS_PER_CODE = 20  # fewer rows may agree by chance
_TOGETHER = 1 << 14  # rows that are made codes of at once
_GLANCE = 1000  # rows that tell most columns apart


@dataclass(frozen=True)
class Twin:
    """A column whose codes are those of another one, by ``of_code`` (k,): it is not modelled."""

    column: int
    of: int
    of_code: Tensor = field(compare=False)

    @cached_property
    def back(self) -> Tensor:
        """Code of the other column for each code of this one, (k,)."""
        return self.of_code.argsort()


@dataclass(frozen=True)
class Coding:
    """Columns of codes (n, v), -1 where unobserved, and encoded rows of them.

    Twins stay with the rows, and are left out of what a network is given.
    """

    blocks: tuple[Block, ...]
    twins: tuple[Twin, ...] = ()
    n_rows: int = 0

    @classmethod
    def of(cls, layout: Layout) -> "Coding":
        """Codes of a layout's columns."""
        for block in layout.blocks:
            if not isinstance(block, Choice | Binned):
                raise UnsupportedError(f"Column {block.name!r} is no code, but {block}.")
        return cls(layout.blocks)

    @classmethod
    def from_state(cls, state: dict[str, Any], layout: Layout) -> "Coding":
        """Restore what :meth:`state` gave."""
        twins = [Twin(t["column"], t["of"], torch.from_numpy(t["of_code"])) for t in state["twins"]]
        return cls(layout.blocks, tuple(twins), state["n_rows"])

    def state(self) -> dict[str, Any]:
        """Give nested JSON values and arrays."""
        twins = [{"column": t.column, "of": t.of, "of_code": t.of_code.numpy()}
                 for t in self.twins]  # fmt: skip
        return {"twins": twins, "n_rows": self.n_rows}

    @cached_property
    def places(self) -> list[int]:
        """Where each column's code stands in an encoded row."""
        return np.cumsum([0, *(block.width for block in self.blocks)])[:-1].tolist()

    @cached_property
    def kept(self) -> list[int]:
        """Columns that are no twin of another."""
        left_out = {twin.column for twin in self.twins}
        return [v for v in range(len(self.blocks)) if v not in left_out]

    @cached_property
    def choices(self) -> list[Choice]:
        """What each column that is kept chooses among."""
        return [_choice(self.blocks[v]) for v in self.kept]

    def narrow_codes(self, x: Tensor, events: Emitter = SILENT) -> Tensor:
        """Give what :meth:`codes` gives, of many rows, in int16, or int32 where codes are many."""
        most = max((choice.n_categories for choice in self.choices), default=0)
        return self._narrow(x, self.codes, most, events)

    def groups_of(self, codes: Tensor, events: Emitter = SILENT) -> Tensor:
        """Give what :meth:`narrow_groups` gives, of codes of many rows."""
        return self._narrow(codes, self._groups, self._most_groups, events)

    def narrow_groups(self, x: Tensor, events: Emitter = SILENT) -> Tensor:
        """Give groups of codes among many, and other codes, of many rows, as narrow as they go."""
        return self._narrow(
            x, lambda some: self._groups(self.codes(some)), self._most_groups, events
        )

    def _groups(self, codes: Tensor) -> Tensor:
        return groups_of(self.choices, codes)

    @property
    def _most_groups(self) -> int:
        return max((choice.sizes[0] for choice in self.choices), default=0)

    def _narrow(
        self, x: Tensor, digits: Callable[[Tensor], Tensor], most: int, events: Emitter
    ) -> Tensor:
        out = torch.empty(len(x), len(self.kept), dtype=_kind(most))
        with one_thread():  # works of microseconds, for which torch's threads would wait
            for rows in blocks(len(x), _TOGETHER):
                out[rows] = digits(x[rows]).to(out.dtype)
                events.progress(min(rows.stop, len(x)), len(x), "rows")
        return out

    def codes(self, x: Tensor) -> Tensor:
        """Codes of the columns that are kept, (n, v); a missing one may follow from a twin."""
        if bool(x.isnan().all()):
            return torch.full((len(x), len(self.kept)), -1)
        every = self._all(x)
        for twin in self.twins:
            known, lacks = every[:, twin.column], every[:, twin.of] < 0
            told = torch.where(known < 0, -1, twin.back[known.clamp(min=0)])
            every[:, twin.of] = torch.where(lacks, told, every[:, twin.of])
        return every[:, self.kept]

    def of_regions(self, regions: Sequence[Region]) -> dict[int, np.ndarray]:
        """What share of each code of the columns that are kept is in regions, (n_codes,) each."""
        told = {twin.column: twin for twin in self.twins}
        found: dict[int, np.ndarray] = {}
        for region in regions:
            v, share = self.places.index(region.place.start), region.shares
            assert share is not None
            if v in told:
                share, v = share[told[v].of_code.numpy()], told[v].of
            kept = self.kept.index(v)
            found[kept] = found.get(kept, 1.0) * share
        return found

    def placed(
        self, codes: Tensor, given: Tensor, regions: Sequence[Region], rng: np.random.Generator
    ) -> Tensor:
        """Encoded rows of which only the columns of regions are filled in, by codes."""
        out, every = given.clone(), self._of_all(codes)
        for region in regions:
            place = region.place
            code = every[:, self.places.index(place.start)]
            out[:, place.start] = code.to(out)
            if place.stop - place.start > 1:
                out[:, place.start + 1] = torch.from_numpy(region.placed(code.numpy(), rng)).to(out)
        return out

    def rows(self, codes: Tensor, given: Tensor, rng: torch.Generator) -> Tensor:
        """Encoded rows of codes of the kept columns: what is given stays, places are drawn."""
        out, unknown = self.fresh_rows(codes, rng, given.dtype), given.isnan()
        return out if bool(unknown.all()) else torch.where(unknown, out, given)

    def fresh_rows(self, codes: Tensor, rng: torch.Generator, dtype: torch.dtype) -> Tensor:
        """Encoded rows of codes of the kept columns, places drawn."""
        out = torch.empty(len(codes), sum(block.width for block in self.blocks), dtype=dtype)
        for place, block, code in zip(self.places, self.blocks, self._columns(codes), strict=True):
            out[:, place] = code
            if isinstance(block, Binned):
                level = torch.rand(len(out), generator=rng, dtype=torch.float32)
                out[:, place + 1] = level.add_(self._no_place[block.name][code])
        return out

    @cached_property
    def _no_place(self) -> dict[str, Tensor]:
        """0 for each code of a column that has a place beside it, else NaN."""
        nan = torch.tensor(math.nan)
        return {
            block.name: torch.where(torch.from_numpy(block.has_place), 0.0, nan)
            for block in self.blocks
            if isinstance(block, Binned)
        }

    def of_twins(self, x: Tensor) -> Tensor:
        """Log-probability of twins given their columns, (n,): one row in n + 2 may differ."""
        every, total = self._all(x), torch.zeros(len(x), dtype=torch.float64)
        for twin in self.twins:
            own, other = every[:, twin.column], every[:, twin.of]
            agrees = twin.of_code[other.clamp(min=0)] == own
            rare = -math.log(self.n_rows + 2)
            others = rare - math.log(max(len(twin.of_code) - 1, 1))
            each = torch.where(agrees, math.log1p(-math.exp(rare)), others)
            total += torch.where((own < 0) | (other < 0), 0.0, each)
        return total

    def log_marginals(
        self,
        x: Tensor,
        places: Sequence[int],
        log_of_kept: Callable[[list[int]], Sequence[Tensor]],
    ) -> list[Tensor]:
        """Log-probability of each code in some places of encoded rows, given the rest, (n, k) each.

        ``log_of_kept`` tells those of columns that are kept. A twin, or the column that it tells, may
        be known by the other one.
        """
        columns = [self.places.index(place) for place in places]
        twin = {each.column: each for each in self.twins}
        kept = [self.kept.index(twin[v].of if v in twin else v) for v in columns]
        codes, out = self.codes(x), []
        for v, k, log in zip(columns, kept, log_of_kept(kept), strict=True):
            known = codes[:, [k]]
            sure = torch.where(known == torch.arange(log.shape[1]), *self._log_agreement(log))
            log = torch.where(known < 0, log, sure)
            out.append(log[:, twin[v].back] if v in twin else log)
        return out

    def _log_agreement(self, log: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probability of the code that a twin tells, and of each other: one row in n + 2 has it."""
        rare = 1 / (self.n_rows + 2)
        others = rare / max(log.shape[1] - 1, 1)
        return tuple(log.new_tensor(share).log() for share in (1 - rare, others))  # type: ignore[return-value]

    def with_twins(self, x: Tensor) -> "Coding":
        """Find the columns that rows show to be others in other words."""
        twins = list[Twin]()
        for v, u in _alike(self._all(x[:_GLANCE])):
            taken = {twin.column for twin in twins} | {twin.of for twin in twins}
            if v not in taken and u not in {twin.column for twin in twins}:
                columns = self._column(x, u), self._column(x, v)
                of_code = _one_to_one(*columns, self.blocks[u], self.blocks[v])
                twins += [] if of_code is None else [Twin(v, u, of_code)]
        return Coding(self.blocks, tuple(twins), len(x))

    def _of_all(self, codes: Tensor) -> Tensor:
        """Codes of all columns, of those that are kept."""
        return torch.stack(list(self._columns(codes)), 1)

    def _columns(self, codes: Tensor) -> Iterator[Tensor]:
        """Codes (n,) of each column in turn, of those that are kept."""
        told = {twin.column: twin for twin in self.twins}
        by_column = codes.T.contiguous()
        for v in range(len(self.blocks)):
            if v in told:
                yield told[v].of_code[by_column[self.kept.index(told[v].of)]]
            else:
                yield by_column[self.kept.index(v)]

    def _all(self, x: Tensor) -> Tensor:
        return x[:, self.places].nan_to_num(nan=-1.0).long()

    def _column(self, x: Tensor, v: int) -> Tensor:
        return x[:, self.places[v]].nan_to_num(nan=-1.0).long()


def groups_of(choices: Sequence[Choice], codes: Tensor) -> Tensor:
    """Groups of codes (n, v) that are among many, and all else as it is; -1 is unobserved."""
    groups = codes.clone()
    for v, choice in enumerate(choices):
        if len(choice.sizes) > 1:
            column = codes[:, v].long()
            group = choice.digits(column.clamp(min=0))[0]
            groups[:, v] = torch.where(column < 0, -1, group).to(codes.dtype)
    return groups


def patterns(codes: Tensor) -> Iterator[tuple[Tensor, list[int]]]:
    """Rows that know the same columns, and which these are."""
    known = (codes >= 0).numpy()
    if (known == known[:1]).all():  # sorting patterns costs more than many a draw
        yield torch.arange(len(codes)), np.flatnonzero(known[:1].any(0)).tolist()
        return
    each, which = np.unique(known, axis=0, return_inverse=True)
    for i, pattern in enumerate(each):
        rows = np.flatnonzero(which.reshape(-1) == i)
        yield torch.from_numpy(rows), np.flatnonzero(pattern).tolist()


def known_first(order: Sequence[int], known: Sequence[int]) -> list[int]:
    """Bring known columns to the front of an order, and leave all else as it was."""
    return sorted(order, key=lambda v: v not in known)


def _kind(n_codes: int) -> torch.dtype:
    return torch.int16 if n_codes <= 1 << 15 else torch.int32


def _alike(codes: Tensor) -> list[tuple[int, int]]:
    """Pairs of columns, the later first, that change where the other does, in order."""
    named = [np.unique(c, return_index=True, return_inverse=True)[1:] for c in codes.T.numpy()]
    firsts = [first[which].tobytes() for first, which in named]  # rows where the codes came first
    return [(v, u) for v in range(len(firsts)) for u in range(v) if firsts[u] == firsts[v]]


def _one_to_one(a: Tensor, b: Tensor, of_a: Block, of_b: Block) -> Tensor | None:
    """Code of b for each code of a, if each tells the other in all rows."""
    choice, other = _choice(of_a), _choice(of_b)
    size, is_number = choice.n_categories, choice.groups is not None
    if (size, choice.sizes) != (other.n_categories, other.sizes):
        return None
    if len(a) < _ROWS_PER_CODE * choice.sizes[0] or (len(choice.sizes) > 1 and not is_number):
        return None
    if bool((a < 0).any()) or bool((b < 0).any()):
        return None
    pairs = torch.unique(a * size + b)
    first, second = pairs // size, pairs % size
    if len(pairs) != size or len(second.unique()) != size or len(first.unique()) != size:
        return None
    return second


def _choice(block: Block) -> Choice:
    return block.code if isinstance(block, Binned) else block  # type: ignore[return-value]
