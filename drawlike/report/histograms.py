"""Histograms of one column, real against synthetic, from the raw values."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from drawlike.report.document import Bins, Histogram, Share, Text, Words
from drawlike.report.numbers import moment, short

MISSING = Text("missing", "缺失")
OTHER = Text("other", "其他")
UNSEEN = Text("never in real", "真实中没有")
FEW_VALUES = 12
ATOM_SHARE = 0.1
MOST_ATOMS = 4
# Beyond it the difference of two floats overflows.
HUGE = 1e300
DAY = 86400e6
REACH = 4.0  # interquartile ranges beyond the quartiles: six standard deviations of a normal


def number_histogram(
    name: Words,
    real: np.ndarray,
    synthetic: np.ndarray,
    *,
    bins: int = 32,
    note: Words | None = None,
) -> Histogram:
    """Count a column of numbers, dates or durations, shape (n,), in bins shared by both.

    At most 12 distinct values are shown one by one. Values that at least a tenth of the real
    rows hold and the missing ones stand beside the bins, so that they do not dwarf the rest. A
    long tail goes into open outer bins.
    """
    unit = _time_unit(real)
    raw, drawn = _floats(real, unit), _floats(synthetic, unit)
    missing = _missing_share(_part(np.isnan(raw)), _part(np.isnan(drawn)))
    known, made = raw[~np.isnan(raw)], drawn[~np.isnan(drawn)]
    values, counts = np.unique(known, return_counts=True)
    few = np.union1d(values, np.unique(made))
    if len(few) <= FEW_VALUES:
        return Histogram(name, _shares(few, raw, drawn, unit) + missing, note=note)
    frequent = np.argsort(-counts, kind="stable")[:MOST_ATOMS]
    atoms = np.sort(values[frequent][counts[frequent] >= ATOM_SHARE * len(raw)])
    shares = _shares(atoms, raw, drawn, unit) + missing
    known, made = known[~np.isin(known, atoms)], made[~np.isin(made, atoms)]
    counted = _bins(known, made, bins, unit, (len(raw), len(drawn)))
    return Histogram(name, shares, counted, note)


def category_histogram(
    name: Words,
    real: Iterable[Any],
    synthetic: Iterable[Any],
    *,
    most: int = 8,
    note: Words | None = None,
) -> Histogram:
    """Count a column of categories: the ``most`` frequent, the others, unseen and missing ones."""
    left, right = list(real), list(synthetic)
    n, m = max(len(left), 1), max(len(right), 1)
    raw, drawn = _frequencies(left), _frequencies(right)
    missing = _missing_share(1 - raw.total() / n, 1 - drawn.total() / m)
    order = sorted(raw, key=lambda value: (-raw[value], value))
    top, rest = order[:most], order[most:]
    shares = [Share(value, raw[value] / n, drawn[value] / m) for value in top]
    if rest:
        others = (sum(counter[value] for value in rest) for counter in (raw, drawn))
        shares.append(Share(OTHER, next(others) / n, next(others) / m))
    unseen = sum(count for value, count in drawn.items() if value not in raw)
    if unseen:
        shares.append(Share(UNSEEN, 0.0, unseen / m))
    return Histogram(name, (*shares, *missing), note=note)


def bin_ends(edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the lowest and highest value of each bin, (k,) each: whole ones where it has integers."""
    low, high = edges[:-1], edges[1:]
    if edges.dtype.kind == "f" and np.all(edges % 1 == 0.5):
        return low + 0.5, high - 0.5
    return low, high


def _time_unit(values: np.ndarray) -> str | None:
    kinds = {"M": "datetime64[us]", "m": "timedelta64[us]"}
    return kinds.get(np.asarray(values).dtype.kind)


def _floats(values: np.ndarray, unit: str | None) -> np.ndarray:
    if unit is None:
        return np.asarray(values, dtype=np.float64)
    moments = np.asarray(values).astype(unit)
    return np.where(np.isnat(moments), np.nan, moments.astype("int64").astype(np.float64))


def _missing_share(real: float, synthetic: float) -> tuple[Share, ...]:
    if real > 0 or synthetic > 0:
        return (Share(MISSING, float(real), float(synthetic)),)
    return ()


def _part(mask: np.ndarray) -> float:
    return float(mask.mean()) if len(mask) else 0.0


def _shares(
    values: np.ndarray, real: np.ndarray, synthetic: np.ndarray, unit: str | None
) -> tuple[Share, ...]:
    span = float(np.ptp(values)) / 1e6 if unit and len(values) else 0.0
    return tuple(
        Share(
            _label(value, unit, span),
            _part(real == value),
            _part(synthetic == value),
        )
        for value in values
    )


def _label(value: float, unit: str | None, span: float) -> Words:
    if unit is None:
        return short(int(value) if math.isfinite(value) and value == int(value) else float(value))
    return moment(np.int64(value).astype(unit), span)


def _bins(
    real: np.ndarray, synthetic: np.ndarray, most: int, unit: str | None, rows: tuple[int, int]
) -> Bins:
    edges = _grid(*_range(real, synthetic), most, _step(real, unit))
    pooled = np.concatenate([real, synthetic])
    return Bins(
        edges if unit is None else edges.round().astype("int64").astype(unit),
        _counts(real, edges) / max(rows[0], 1),
        _counts(synthetic, edges) / max(rows[1], 1),
        low_open=bool((pooled < edges[0]).any()),
        high_open=bool((pooled > edges[-1]).any()),
    )


def _range(real: np.ndarray, synthetic: np.ndarray) -> tuple[float, float]:
    """Give the ends of the bins: all values, but no tail far beyond the real quartiles."""
    finite = np.clip(real[np.isfinite(real)], -HUGE, HUGE)
    finite = finite if len(finite) else np.zeros(1)
    known = np.concatenate([finite, np.clip(synthetic[np.isfinite(synthetic)], -HUGE, HUGE)])
    first, third = np.quantile(finite, [0.25, 0.75])
    reach = REACH * float(third - first) or math.inf
    low, high = float(known.min()), float(known.max())
    return max(low, float(first) - reach), min(high, float(third) + reach)


def _step(values: np.ndarray, unit: str | None) -> float:
    """Give what all finite values are multiples of: 1, a day of microseconds, or 0 for neither."""
    step = 1.0 if unit is None else DAY
    return step if np.all(values[np.isfinite(values)] % step == 0) else 0.0


def _grid(low: float, high: float, bins: int, step: float) -> np.ndarray:
    if step and (high - low) / step < 2**50:
        # A bin of whole values holds equally many of them, or the bars would show a false comb.
        values = (high - low) / step + 1
        width = math.ceil(values / bins)
        start = math.floor(low / step) - (0.5 if step == 1 else 0.0)
        return step * (start + width * np.arange(math.ceil(values / width) + 1))
    if high - low < bins * np.spacing(max(abs(low), abs(high))):
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, bins + 1)


def _counts(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].astype(np.float64)


def _frequencies(values: Iterable[Any]) -> Counter[str]:
    return Counter(str(value) for value in values if not _is_missing(value))


def _is_missing(value: Any) -> bool:
    # pandas' NA refuses to be compared, so it is known by its type's name.
    return type(value).__name__ in ("NoneType", "NAType", "NaTType") or (
        isinstance(value, float) and math.isnan(value)
    )
