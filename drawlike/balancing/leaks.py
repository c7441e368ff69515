"""Rows that were resampled before the split: copies, rows between two others, odd fractions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from .features import Cells, as_array, read
from .generation import keys
from .nearness import neighbours
from .targets import Target

_LOOKED_AT = 2000  # rows of a class
_NEAR = 8  # neighbours among which a row may lie between two
_STRAIGHT = 1e-5  # how much longer than the way itself the way over a row may be, relatively
_SHARE = 0.2  # of a class, from which copies or rows between others are no chance
_TIMES = 6.0  # and so many times the odds in the other classes
_FEWEST_NUMBERS = 2  # columns of many values, of which rows on a line are no chance
_MANY_VALUES = 20
_FINEST, _ROUNDING = 10_000, 1e-3  # people write four decimals at most
_DIRECTIONS = 32  # of which images are looked at
_FEW = 0.001  # fractions in a column of whole numbers


@dataclass(frozen=True)
class Leak:
    """What shows that rows of a class were made from others.

    ``share`` of its rows are so, where ``elsewhere`` is the share in the other classes, or among
    fresh rows.
    """

    kind: str
    label: Any
    share: float
    elsewhere: float

    def __str__(self) -> str:
        return f"{self.finding} {ADVICE}"

    @property
    def finding(self) -> str:
        """What was seen, without what to do."""
        return (
            f"{self.share:.0%} of the rows of class {self.label!r} are {_SAID[self.kind]} "
            f"({self.elsewhere:.0%} in other classes)."
        )


ADVICE = (
    "It looks as if they were resampled before the split: a test then holds what was trained on, and "
    "its figures are too good. Split first, and resample the training rows only."
)
_SAID = {
    "copies": "copies of others",
    "between": "on the straight line between two others",
    "fractions": "fractions of many digits where others hold none",
    "twins": "so near to a training row when they are tested that they are hardly new",
}


def find_leaks(X: Any, y: Any) -> list[Leak]:
    """Tell for which classes rows were made from other rows, before anything was split.

    Copies are rows whose cells are all alike. Interpolation shows where rows lie exactly on the
    line between two others of their class, or holds long fractions in columns that have none
    elsewhere. A class is named where a fifth of its rows are so, with
    six times the odds of the other classes; the largest of all is not, since nobody fills it up.
    Each class is judged by 2,000 rows at most.
    """
    target = Target.read(y)
    rows = _comparable(X)
    cells = read(_flat(rows)).cells
    found = list(_copies(rows, target))
    if not sparse.issparse(cells.numbers):
        found += [*_between_others(cells, target), *_fractions(cells, target)]
    return found


def shared(train: Any, test: Any) -> np.ndarray:
    """Which test rows equal a training row, (n_test,) bool."""
    known = set(keys(_comparable(train)))
    return np.array([key in known for key in keys(_comparable(test))], bool)


def _comparable(X: Any) -> Any:
    return as_array(X) if isinstance(X, list) else X


def _flat(X: Any) -> Any:
    """Rows of a table; of images what shows of them along a few random directions.

    Lines stay straight, and whole numbers whole.
    """
    if not isinstance(X, np.ndarray) or X.ndim <= 2:
        return X
    pixels = X.reshape(len(X), -1)
    directions = np.random.default_rng(0).integers(-1, 2, (pixels.shape[1], _DIRECTIONS))
    return pixels.astype(float) @ directions


def _copies(X: Any, target: Target) -> Iterator[Leak]:
    alike = _times_each(keys(_comparable(X))) > 1
    yield from _standing_out("copies", alike, target, np.ones(len(target), bool))


def _times_each(found: list[Any]) -> np.ndarray:
    _, place, times = np.unique(np.array(found), return_inverse=True, return_counts=True)
    each: np.ndarray = times[place]
    return each


def _fractions(cells: Cells, target: Target) -> Iterator[Leak]:
    finest = cells.numbers * _FINEST
    is_fraction = np.isfinite(finest) & (np.abs(finest - np.rint(finest)) > _ROUNDING)
    largest = target.codes == target.counts.argmax()
    is_whole = is_fraction[largest].mean(0) < _FEW  # nobody fills the largest class up
    odd = (is_fraction & is_whole).any(1)
    yield from _standing_out("fractions", odd, target, np.ones(len(target), bool))


def _between_others(cells: Cells, target: Target) -> Iterator[Leak]:
    told = [c for c in cells.numbers.T if len(np.unique(c[~np.isnan(c)])) > _MANY_VALUES]
    if len(told) < _FEWEST_NUMBERS:
        return
    numbers = np.nan_to_num(np.stack(told, 1).astype(float))
    numbers = numbers / np.maximum(numbers.std(0), 1e-300)
    is_between, looked = np.zeros(len(target), bool), np.zeros(len(target), bool)
    for code in range(len(target.classes)):
        members = target.of_class(code)
        rows = np.unique(numbers[members], axis=0, return_index=True)[1][:_LOOKED_AT]
        if len(rows) > 2:
            looked[members[rows]] = True
            is_between[members[rows]] = straight(numbers[members[rows]])
    yield from _standing_out("between", is_between, target, looked)


def straight(points: np.ndarray) -> np.ndarray:
    """Which points (n, d) lie on the line between two of their neighbours, (n,)."""
    cells = Cells(points, np.empty((len(points), 0), np.int32))
    near = neighbours(cells, np.arange(len(points)), _NEAR)
    to = points[near] - points[:, None]
    length = np.linalg.norm(to, axis=2)
    over = length[:, :, None] + length[:, None, :]
    across = np.linalg.norm(to[:, :, None] - to[:, None, :], axis=3)
    detour = (over - across) / np.maximum(over, 1e-300)
    detour[:, np.arange(near.shape[1]), np.arange(near.shape[1])] = np.inf
    found: np.ndarray = (detour < _STRAIGHT).any((1, 2))
    return found


def _standing_out(
    kind: str, found: np.ndarray, target: Target, looked: np.ndarray
) -> Iterator[Leak]:
    """Classes of which more rows are so than chance and the other classes explain."""
    k = len(target.classes)
    times = np.bincount(target.codes[looked & found], minlength=k)
    yield from standing_out(kind, times, np.bincount(target.codes[looked], minlength=k), target)


def standing_out(kind: str, times: np.ndarray, of: np.ndarray, target: Target) -> Iterator[Leak]:
    """Classes of whose rows ``of`` (k,) so many ``times`` (k,) something is found that it is no chance."""
    for code in range(len(target.classes)):
        is_largest = target.counts[code] > np.delete(target.counts, code).max()
        if is_largest or not of[code]:
            continue
        share, odds = _share_and_odds(times[code], of[code])
        elsewhere, others_odds = _share_and_odds(times.sum() - times[code], of.sum() - of[code])
        if share > _SHARE and odds > _TIMES * others_odds:
            yield Leak(kind, target.name(code), share, elsewhere)


def _share_and_odds(times: float, n: float) -> tuple[float, float]:
    return float(times / max(n, 1)), float((times + 0.5) / (n - times + 0.5))
