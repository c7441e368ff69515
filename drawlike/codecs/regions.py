"""What a user admits of a table's column, as parts of its encoded columns."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import DataError
from ..layout import Region
from .between import Between
from .bins import Bins
from .categories import Categories, Constant
from .cells import Cells, Name
from .columns import read_cells
from .detection import NUMBERS
from .frames import to_cells
from .numbers import Numbers
from .parts import Part
from .scales import Scale
from .times import bound_from_json, is_temporal

Wanted = Between | frozenset
_SHOWN = 10
_HAIR = 1e-9  # of a step, by which a bound that floats cannot write may miss a value


@dataclass(frozen=True)
class Admitted:
    """What is wanted of a column: where it is encoded, and how values are told from others."""

    name: Name
    wanted: Wanted
    region: Region | None
    holds: Callable[[Any], np.ndarray]


def admitted(part: Part, place: slice, wanted: Wanted, *, is_tied: bool = False) -> Admitted:
    """Find what of a column is wanted; one that ``is_tied`` to others by a constraint is tested.

    Raises
    ------
    DataError
        If a value cannot be in the column, or nothing in it is wanted.
    """
    values, gaps = _listed(wanted)
    if is_tied or part.relation or part.carrier is not None:
        return Admitted(
            part.column.name, wanted, None, _of_tied(part, Parted(wanted, values, gaps))
        )
    if part.codec is None:
        raise DataError(f"column {part.column.name!r} is given by its label: use y")
    region, holds = _found(part.codec, part, place, Parted(wanted, values, gaps))
    return Admitted(part.column.name, wanted, region, holds)


@dataclass(frozen=True)
class Parted:
    """What is wanted: the whole, the values of a set, and those of them that are missing."""

    wanted: Wanted
    values: list[Any]
    gaps: list[Any]


def _of_tied(part: Part, asked: Parted) -> Callable[[Cells], np.ndarray]:
    """Test the values of a column that a constraint encodes together with others."""
    listed = _cells(part, asked.values).values

    def holds(cells: Cells) -> np.ndarray:
        inside, seen = np.full(len(cells), bool(asked.gaps)), cells.missing == 0
        values = cells.values.filter(pa.array(seen))
        if isinstance(asked.wanted, Between):
            inside[seen] = _between(values, part, asked.wanted)
        else:
            found = pc.is_in(values, value_set=listed.cast(values.type))
            inside[seen] = found.to_numpy(zero_copy_only=False)
        return inside

    return holds


@singledispatch
def _found(
    codec: Any, part: Part, place: slice, asked: Parted
) -> tuple[Region | None, Callable[[Cells], np.ndarray]]:
    raise DataError(
        f"column {part.column.name!r} is {part.column.type}: its values are drawn anew, and none "
        "can be asked for"
    )


@_found.register
def _of_constant(codec: Constant, part: Part, place: slice, asked: Parted) -> Any:
    only = Categories(
        "", codec.value.drop_null(), (codec.missing,) if codec.missing else (), np.ones(1)
    )
    _of_categories(only, part, place, asked)
    return None, lambda cells: np.ones(len(cells), bool)


@_found.register
def _of_categories(codec: Categories, part: Part, place: slice, asked: Parted) -> Any:
    if isinstance(asked.wanted, Between):
        inside = np.zeros(len(codec.frequencies), bool)
        inside[: len(codec.values)] = _between(codec.values, part, asked.wanted)
    else:
        cells = _cells(part, [*asked.values, *asked.gaps])
        codes = codec.encode(cells)[:, 0]
        if np.isnan(codes).any():
            _refuse(part, [*asked.values, *asked.gaps][int(np.isnan(codes).argmax())])
        inside = np.isin(np.arange(len(codec.frequencies)), codes)
    if not inside.any():
        _refuse(part, asked.wanted)

    def holds(cells: Cells) -> np.ndarray:
        codes = codec.encode(cells)[:, 0]
        found: np.ndarray = inside[np.nan_to_num(codes).astype(int)] & ~np.isnan(codes)
        return found

    return Region(place, inside.astype(float)), holds


@_found.register
def _of_bins(codec: Bins, part: Part, place: slice, asked: Parted) -> Any:
    ranges = Ranges.of(part, codec.scale, asked)
    n_bins = len(codec.codes) - len(codec.atoms)
    edges = codec.curve.forward(ranges.cells).clip(0, n_bins)
    number = np.arange(n_bins)
    spans = np.concatenate([np.empty((0, 3)), *(
        np.stack([codec.codes[number], *(edge - number for edge in (low, high))], 1)
        for low, high in edges
    )])  # fmt: skip
    spans[:, 1:] = spans[:, 1:].clip(0, 1)
    spans = spans[spans[:, 2] > spans[:, 1]]
    shares = np.zeros(len(codec.frequencies))
    np.add.at(shares, spans[:, 0].astype(int), spans[:, 2] - spans[:, 1])
    shares[codec.codes[n_bins:]] = ranges.have(codec.atoms)
    shares[len(codec.codes) :] = _admits_gaps(part, codec.missing, asked)
    return _checked(part, asked, ranges, Region(place, shares, _by_code(spans)))


@_found.register
def _of_numbers(codec: Numbers, part: Part, place: slice, asked: Parted) -> Any:
    ranges = Ranges.of(part, codec.scale, asked)
    lowest, highest = codec.reach
    cells = ranges.cells[(ranges.cells[:, 0] <= highest) & (ranges.cells[:, 1] >= lowest)]
    # a draw beyond the ends becomes the end
    bounds = np.where(
        np.stack([cells[:, 0] <= lowest, cells[:, 1] >= highest], 1),
        [-np.inf, np.inf],
        codec.curve.forward(cells),
    )
    bounds = bounds[bounds[:, 1] > bounds[:, 0]]
    spans = np.concatenate([np.zeros((len(bounds), 1)), bounds], 1)
    shares = None
    if codec.block.width == 2:
        first = 1 + len(codec.atoms)
        shares = np.zeros(len(codec.frequencies))
        shares[0] = len(bounds) > 0
        shares[1:first] = ranges.have(codec.atoms)
        shares[first:] = _admits_gaps(part, codec.missing, asked)
    return _checked(part, asked, ranges, Region(place, shares, spans))


@dataclass(frozen=True)
class Ranges:
    """Ranges of a number's measures, (k, 2), apart from each other, and which ends are in them.

    ``step`` is that of the column, and the values of ranges are on its grid.
    """

    ends: np.ndarray
    has_low: bool
    has_high: bool
    step: float
    gaps: bool

    @classmethod
    def of(cls, part: Part, scale: Scale, asked: Parted) -> "Ranges":
        """Read what is wanted of a number."""
        step, gaps = scale.cell, bool(asked.gaps)
        if isinstance(asked.wanted, Between):
            ends = _ends(part, scale, asked.wanted)
            has_low, has_high = asked.wanted.has_low, asked.wanted.has_high
        else:
            each = np.unique(_measures(part, scale, asked.values))
            ends, has_low, has_high = np.stack([each, each], 1), True, True
        if step:
            first = (scale.origin - scale.zero) / scale.per_unit
            ends = first + step * _on_grid((ends - first) / step, has_low, has_high)
            ends, has_low, has_high = ends[ends[:, 1] >= ends[:, 0]], True, True
        return cls(ends, has_low, has_high, step, gaps)

    @classmethod
    def of_numbers(cls, name: Name, wanted: Wanted, step: float) -> "Ranges":
        """Read what is wanted of an array's numbers, whole ones if they have a step."""
        try:
            if isinstance(wanted, Between):
                low = -np.inf if wanted.low is None else float(wanted.low)
                high = np.inf if wanted.high is None else float(wanted.high)
                ends, has_low, has_high = np.array([[low, high]]), wanted.has_low, wanted.has_high
            else:
                each = np.unique([float(value) for value in wanted])
                ends, has_low, has_high = np.stack([each, each], 1), True, True
        except (TypeError, ValueError) as problem:
            raise DataError(f"column {name} holds numbers; {said(wanted)} is given") from problem
        if step:
            ends = _on_grid(ends, has_low, has_high)
            ends, has_low, has_high = ends[ends[:, 1] >= ends[:, 0]], True, True
        return cls(ends, has_low, has_high, step, gaps=False)

    @property
    def cells(self) -> np.ndarray:
        """Ranges of what is rounded to values in these, (k, 2)."""
        return self.ends + np.array([-0.5, 0.5]) * self.step

    def have(self, measures: np.ndarray) -> np.ndarray:
        """Tell which measures lie in any range, (n,)."""
        if not len(self.ends):
            return np.zeros(len(measures), bool)
        low, high = (self.cells if self.step else self.ends).T
        last = (np.searchsorted(low, measures, side="right") - 1).clip(0)
        above = measures >= low[last] if self.has_low else measures > low[last]
        below = measures <= high[last] if self.has_high else measures < high[last]
        found: np.ndarray = above & below
        return found


def _on_grid(counts: np.ndarray, has_low: bool, has_high: bool) -> np.ndarray:
    """Whole steps from the first to the last that lie within ranges of steps, (k, 2)."""
    low, high = counts.T
    first = np.ceil(low - _HAIR) if has_low else np.floor(low + _HAIR) + 1
    last = np.floor(high + _HAIR) if has_high else np.ceil(high - _HAIR) - 1
    return np.stack([first, last], 1)


def _ends(part: Part, scale: Scale, wanted: Between) -> np.ndarray:
    """Measures of the ends of a range, (1, 2)."""
    ends = [wanted.low, wanted.high]
    given = [end for end in ends if end is not None]
    measures = iter(_measures(part, scale, given))
    low, high = (np.nan if end is None else next(measures) for end in ends)
    return np.array(
        [[-np.inf if wanted.low is None else low, np.inf if wanted.high is None else high]]
    )


def _measures(part: Part, scale: Scale, values: list[Any]) -> np.ndarray:
    """Measures of values that a user wrote, (n,)."""
    if not is_temporal(scale.type):
        try:
            return np.array([float(value) for value in values], np.float64) - scale.zero
        except (TypeError, ValueError):
            pass  # a text that spells a number in the column's own way
    each = [_measure(part, scale, value) for value in values]
    return np.concatenate([np.empty(0), *each])


def _measure(part: Part, scale: Scale, value: Any) -> np.ndarray:
    """Measure of a value as the column has it, or of a date or time as a schema writes it, (1,)."""
    try:
        return scale.measure(_cells(part, [value]).values)
    except DataError:
        if not isinstance(value, str) or not is_temporal(scale.type):
            raise
        return np.array([(bound_from_json(value, scale.type) - scale.zero) / scale.per_unit])


def _cells(part: Part, values: list[Any]) -> Cells:
    try:
        cells = to_cells(values, part.form)
        cells = read_cells(part.column, cells) if part.column.type in NUMBERS else cells
    except DataError as problem:
        raise DataError(
            f"column {part.column.name!r} is {part.column.type}, which some of {values} do not "
            "fit; give other values"
        ) from problem
    return cells


def _between(values: pa.Array, part: Part, wanted: Between) -> np.ndarray:
    """Tell which values of categories lie in a range, (k,)."""
    ends = [end for end in (wanted.low, wanted.high) if end is not None]
    ranks, of_ends = _ranks(values, part, ends)
    each = iter(of_ends)
    inside = np.ones(len(ranks), bool)
    if wanted.low is not None:
        low = next(each)
        inside &= ranks >= low if wanted.has_low else ranks > low
    if wanted.high is not None:
        high = next(each)
        inside &= ranks <= high if wanted.has_high else ranks < high
    return inside


def _ranks(values: pa.Array, part: Part, ends: list[Any]) -> tuple[np.ndarray, list[Any]]:
    """Values and ends of a range as what compares as they do."""
    listed = values.to_pylist()
    if part.form.ordered and part.form.categories is not None:
        order = {value: rank for rank, value in enumerate(part.form.categories.to_pylist())}
        unknown = [end for end in ends if end not in order]
        if unknown:
            _refuse(part, unknown[0])
        return np.array([order[value] for value in listed]), [order[end] for end in ends]
    if all(isinstance(value, int | float) for value in listed):
        try:
            return np.array(listed, float), [float(end) for end in ends]
        except (TypeError, ValueError):
            pass  # a text that spells a number in the column's own way
    return np.array(listed, object), [_cells(part, [end]).values[0].as_py() for end in ends]


def _admits_gaps(part: Part, missing: tuple[int, ...], asked: Parted) -> np.ndarray:
    """Whether each way of missing is wanted."""
    if asked.gaps and not missing:
        raise DataError(f"column {part.column.name!r} was never missing in the rows of fit")
    return np.full(len(missing), bool(asked.gaps))


def _checked(part: Part, asked: Parted, ranges: Ranges, region: Region) -> Any:
    """Give a region and its test, unless it is empty."""
    some = len(region.bounds) > 0 if region.shares is None else (region.shares > 0).any()
    if not some:
        _refuse(part, asked.wanted)
    scale = part.codec.scale  # type: ignore[union-attr]

    def holds(cells: Cells) -> np.ndarray:
        inside = ranges.have(scale.measure(cells.values))
        return np.where(cells.missing > 0, ranges.gaps, inside)

    return region, holds


def _refuse(part: Part, wanted: Any) -> None:
    more = "" if isinstance(wanted, Between) else ", or a range, Between(low, high)"
    raise DataError(
        f"column {part.column.name!r} was never {said(wanted)} in the rows of fit: give other "
        f"values{more}"
    )


def said(wanted: Any) -> str:
    """Say a value, a set or a range in a few words."""
    if isinstance(wanted, Between):
        return f"in {wanted}"
    if not isinstance(wanted, frozenset):
        return repr(wanted)
    words = sorted(map(repr, wanted))
    return "one of " + ", ".join(words[:_SHOWN]) + (", ..." if len(words) > _SHOWN else "")


def _listed(wanted: Wanted) -> tuple[list[Any], list[Any]]:
    """Values of a set, in an order of their own, and those that are missing."""
    if isinstance(wanted, Between):
        return [], []
    gaps = [value for value in wanted if pd.isna(value)]
    values = sorted((value for value in wanted if not pd.isna(value)), key=repr)
    return values, gaps[:1]


def _by_code(spans: np.ndarray) -> np.ndarray:
    return spans[np.lexsort((spans[:, 1], spans[:, 0]))]
