"""Which encoded columns are real numbers and which are codes."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, singledispatch

import numpy as np
import torch
from torch import Tensor

from ..errors import UnsupportedError
from ..layout import Block, Choice, Image, Layout, Mixed, Real

_CACHED = 1 << 17  # numbers that fill a cache
_BATCH = 1 << 21  # numbers in a batch
_MOST = 1 << 17  # rows in a batch


@dataclass(frozen=True)
class RealColumn:
    """A real column; ``cell`` is the encoded width of its rounding step, 0 if continuous.

    The value of a ``gated`` column exists only where the code before it is 0; columns with
    the same ``pool`` have one unit, so that their spreads may be compared.
    """

    cell: float = 0.0
    gated: bool = False
    pool: str | None = None


@dataclass(frozen=True)
class CodeColumn:
    """A column of codes 0 .. ``size`` - 1."""

    size: int


@dataclass(frozen=True)
class Columns:
    """All encoded columns, in order."""

    columns: tuple[RealColumn | CodeColumn, ...]

    @classmethod
    def of(cls, layout: Layout) -> "Columns":
        """Read a layout."""
        return cls(tuple(column for block in layout.blocks for column in _columns(block)))

    @cached_property
    def reals(self) -> tuple[RealColumn, ...]:
        """The real columns."""
        return tuple(c for c in self.columns if isinstance(c, RealColumn))

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Number of categories of each code column."""
        return tuple(c.size for c in self.columns if isinstance(c, CodeColumn))

    @property
    def batch_size(self) -> int:
        """Rows in a batch that is work for several threads, and outweighs its sums."""
        return max(min(_MOST, _BATCH // (1 + len(self.columns))), self.exact_size)

    @property
    def exact_size(self) -> int:
        """Rows that fill a cache, and outweigh the sums that they leave."""
        return max(_CACHED // (1 + len(self.columns)), 8 * len(self.reals), *self.sizes, 1)

    @cached_property
    def cell_variance(self) -> Tensor:
        """Variance of the uniform noise that undoes rounding, c^2 / 12 each, (d,)."""
        return torch.tensor([c.cell**2 / 12 for c in self.reals], dtype=torch.float64)

    @cached_property
    def pools(self) -> list[list[int]]:
        """Numbers of the real columns that share a unit."""
        pools: dict[str, list[int]] = {}
        for i, column in enumerate(self.reals):
            pools.setdefault(column.pool or f"column {i}", []).append(i)
        return list(pools.values())

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Cut encoded rows into reals (n, d) and codes (n, m).

        An unobserved real is NaN; an unobserved code is the number of categories.
        """
        if not self.sizes:
            return x, x.new_zeros((len(x), 0), dtype=torch.long)
        codes = x[:, self._at(CodeColumn)]
        unobserved = codes.new_tensor(self.sizes).expand_as(codes)
        return x[:, self._at(RealColumn)], torch.where(codes.isnan(), unobserved, codes).long()

    def join(self, reals: Tensor, codes: Tensor) -> Tensor:
        """Put reals and codes back into encoded rows; a shut gate makes a value NaN."""
        x = reals.new_empty((len(reals), len(self.columns)))
        x[:, self._at(CodeColumn)] = codes.to(x.dtype)
        x[:, self._at(RealColumn)] = reals
        for i, column in enumerate(self.columns):
            if isinstance(column, RealColumn) and column.gated:
                x[:, i].masked_fill_(x[:, i - 1] != 0, torch.nan)
        return x

    def _at(self, kind: type) -> list[int]:
        return [i for i, column in enumerate(self.columns) if isinstance(column, kind)]


@singledispatch
def _columns(block: Block) -> Iterator[RealColumn | CodeColumn]:
    raise UnsupportedError(
        f"Column {block.name!r} is a {type(block).__name__} block, which has no normal or "
        "categorical density; leave the column out or choose another model."
    )


@_columns.register
def _real(block: Real) -> Iterator[RealColumn | CodeColumn]:
    return map(RealColumn, np.broadcast_to(block.cell, block.columns).tolist())


@_columns.register
def _choice(block: Choice) -> Iterator[RealColumn | CodeColumn]:
    yield CodeColumn(block.n_categories)


@_columns.register
def _mixed(block: Mixed) -> Iterator[RealColumn | CodeColumn]:
    yield CodeColumn(block.n_codes)
    yield RealColumn(block.cell, gated=True)


@_columns.register
def _image(block: Image) -> Iterator[RealColumn | CodeColumn]:
    return iter([RealColumn(block.cell, pool=block.name)] * block.width)
