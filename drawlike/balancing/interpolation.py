"""New rows of rare classes between old ones: SMOTE and its kin."""

from abc import abstractmethod
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from ..base import RandomState
from ..errors import DataError, SettingError
from ..statistics.subsets.lines import between
from .features import Cells, Features, read
from .nearness import neighbours
from .sampler import Sampler, with_index
from .targets import Origin, Target


class Start(NamedTuple):
    """Rows that new ones begin from, in numbers, and how likely each is, (m,)."""

    rows: np.ndarray
    odds: np.ndarray | None = None


class Wanted(NamedTuple):
    """``n`` rows of a class, whose numbers are written into ``out`` unless they are sparse."""

    code: int
    n: int
    out: np.ndarray | None


class InterpolatingSampler(Sampler):
    """A sampler whose new rows lie between a row of a class and one of its neighbours there."""

    direction = "over"
    k_neighbors: int
    categorical_features: Any

    def _resampled(
        self, X: Any, target: Target, wanted: np.ndarray, rng: np.random.Generator
    ) -> tuple[Any, Any]:
        self._check()
        features, missing = read(X, self.categorical_features), wanted - target.counts
        codes = np.repeat(np.arange(len(missing)), missing)
        room, parts = features.room(len(codes)), [features.cells.take(slice(0))]
        origins = [Origin(np.empty(0, int), np.empty(0, int), np.empty(0))]
        for code in np.flatnonzero(missing):
            place = slice(*np.searchsorted(codes, [code, code + 1]))
            asked = Wanted(int(code), int(missing[code]), None if room is None else room[place])
            part, origin = self._drawn(features, target, asked, rng)
            parts.append(part)
            origins.append(origin)
        numbers = sparse.vstack([p.numbers for p in parts]) if room is None else room
        new = Cells(numbers, np.concatenate([part.codes for part in parts]))
        origin = Origin(*map(np.concatenate, zip(*origins, strict=True)))
        return with_index(features.with_new(new), target.with_new(origin))

    def _check(self) -> None:
        _check_count("k_neighbors", self.k_neighbors)

    def _drawn(
        self, features: Features, target: Target, wanted: Wanted, rng: np.random.Generator
    ) -> tuple[Cells, Origin]:
        members = target.of_class(wanted.code)
        if len(members) < 2:
            raise DataError(
                f"class {target.name(wanted.code)!r} has {len(members)} row, and new rows lie between "
                "two of a class; leave this class out, or use RandomOverSampler."
            )
        start = self._start(features, target, members)
        cells = features.cells.take(members)
        near = neighbours(cells, np.arange(len(members)), self.k_neighbors)
        base = start.rows[_chosen(start, wanted.n, rng)]
        codes, place = _votes(cells.codes, near)[base], rng.random(wanted.n)
        origin = _origin(members, near, base, place, both=target.on_lines)
        return Cells(_between(cells.numbers, near, base, place, wanted.out), codes), origin

    @abstractmethod
    def _start(self, features: Features, target: Target, members: np.ndarray) -> Start:
        """Which of a class's rows, by their place among ``members``, new ones begin from."""


class SMOTE(InterpolatingSampler):
    """Draw new rows of the smaller classes on the lines between neighbours of a class.

    Synthetic minority over-sampling (Chawla et al. 2002, arXiv:1106.1813). Numbers and dates lie
    between those of two rows; a category is the one that most of the neighbours have, as in
    SMOTE-NC, without columns of zeros and ones: ten thousand categories cost what two do. A
    missing cell stays missing. Numbers are compared in standard deviations of their class, so
    that units do not matter.

    Parameters
    ----------
    sampling_strategy : str, float, dict or callable
        How many rows each class gets, as in imbalanced-learn.
    target : "class", "multilabel" or "number"
        What ``y`` is, as for :class:`RandomOverSampler`. A new row has the labels of the one that it
        begins from, and a number between those of the two.
    k_neighbors : int
        How many neighbours a row has, at most all others of its class.
    categorical_features : "auto", names, numbers or mask
        Columns of categories; "auto" takes those that hold neither numbers nor dates.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike.balancing import SMOTE
    >>> X, y = np.random.default_rng(0).normal(size=(100, 2)), np.arange(100) < 10
    >>> rows, labels = SMOTE(random_state=0).fit_resample(X, y)
    >>> np.bincount(labels)
    array([90, 90])
    """

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        target: str = "class",
        k_neighbors: int = 5,
        categorical_features: Any = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.target = target
        self.k_neighbors = k_neighbors
        self.categorical_features = categorical_features
        self.random_state = random_state

    def _start(self, features: Features, target: Target, members: np.ndarray) -> Start:
        return Start(np.arange(len(members)))


class BorderlineSMOTE(InterpolatingSampler):
    """SMOTE from the rows in danger only: those whose neighbours are mostly of other classes.

    Han et al. 2005, Borderline-SMOTE. Rows all of whose neighbours are of other classes count as
    noise. Where no row is in danger, new rows begin from all.

    Parameters
    ----------
    sampling_strategy, target, k_neighbors, categorical_features
        As for :class:`SMOTE`.
    m_neighbors : int
        How many neighbours, of any class, tell whether a row is in danger.
    """

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        target: str = "class",
        k_neighbors: int = 5,
        m_neighbors: int = 10,
        categorical_features: Any = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.target = target
        self.k_neighbors = k_neighbors
        self.m_neighbors = m_neighbors
        self.categorical_features = categorical_features
        self.random_state = random_state

    def _start(self, features: Features, target: Target, members: np.ndarray) -> Start:
        _check_count("m_neighbors", self.m_neighbors)
        foreign = _foreign(features, target, members, self.m_neighbors)
        in_danger = np.flatnonzero((foreign >= 0.5) & (foreign < 1))
        return Start(in_danger if len(in_danger) else np.arange(len(members)))


class ADASYN(InterpolatingSampler):
    """SMOTE from rows in proportion to how many of their neighbours are of other classes.

    Adaptive synthetic sampling (He et al. 2008). Where no row has such neighbours, new rows begin
    from all alike.

    Parameters
    ----------
    sampling_strategy, target, categorical_features
        As for :class:`SMOTE`.
    n_neighbors : int
        How many neighbours a row has, of its class and of any.
    """

    def __init__(
        self,
        *,
        sampling_strategy: Any = "auto",
        target: str = "class",
        n_neighbors: int = 5,
        categorical_features: Any = "auto",
        random_state: RandomState = None,
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.target = target
        self.n_neighbors = n_neighbors
        self.categorical_features = categorical_features
        self.random_state = random_state

    @property
    def k_neighbors(self) -> int:  # type: ignore[override]
        """Neighbours of a row in its class."""
        return self.n_neighbors

    def _start(self, features: Features, target: Target, members: np.ndarray) -> Start:
        foreign = _foreign(features, target, members, self.n_neighbors)
        odds = foreign / foreign.sum() if foreign.any() else None
        return Start(np.arange(len(members)), odds)


def _check_count(name: str, value: Any) -> None:
    if not isinstance(value, int | float | np.integer) or not value >= 1 or value % 1:
        raise SettingError(f"{name}={value!r}; use a whole number from 1 on.")


def _foreign(features: Features, target: Target, members: np.ndarray, k: int) -> np.ndarray:
    """Share of other classes among the ``k`` nearest rows of any class, (m,)."""
    near = neighbours(features.cells, members, k)
    share: np.ndarray = (target.codes[near] != target.codes[members][:, None]).mean(1)
    return share


def _chosen(start: Start, n: int, rng: np.random.Generator) -> np.ndarray:
    if start.odds is None:
        return rng.integers(0, len(start.rows), n)
    return rng.choice(len(start.rows), n, p=start.odds)


def _origin(
    members: np.ndarray, near: np.ndarray, base: np.ndarray, place: np.ndarray, *, both: bool
) -> Origin:
    """Rows that new ones lie between, of ``members``; the second one only if asked for."""
    rows = members[base]
    if not both:
        return Origin(rows, rows[:0], place[:0])
    which = (place * near.shape[1]).astype(int)
    return Origin(rows, members[near[base, which]], place * near.shape[1] - which)


def _between(
    numbers: Any, near: np.ndarray, base: np.ndarray, place: np.ndarray, out: np.ndarray | None
) -> Any:
    """Numbers on the lines from ``base`` to the neighbours that ``place`` in [0, 1) says."""
    if out is not None:
        between(numbers, near, base, place, out)
        return out
    which = (place * near.shape[1]).astype(int)
    share = place * near.shape[1] - which
    own = sparse.diags_array(1 - share) @ numbers[base]
    other = sparse.diags_array(share) @ numbers[near[base, which]]
    return (own + other).tocsr()


def _votes(codes: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Most frequent code among the neighbours of each row, the smallest of several, (m, c)."""
    votes = np.empty_like(codes)
    for c, column in enumerate(codes.T):
        each = np.sort(column[near], axis=1)
        runs = (each[:, :, None] == each[:, None, :]).sum(2)
        votes[:, c] = each[np.arange(len(each)), runs.argmax(1)]
    return votes
