"""Draws that keep a table's constraints: those that do not are drawn again, within bounds."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..codecs import TableCodec
from ..errors import ConstraintError
from .randomness import block_generator, seed_of

MOST_DRAWS = 100  # for each row that is asked for
_FEWEST_DRAWS = 20_000
_TOGETHER = 100_000  # draws at once
_ROUND = 1 << 20  # blocks from here on are those of rounds


class Draws(NamedTuple):
    """Encoded rows (n, width), and which of the rows that are asked for each is, (n,).

    ``classes`` are numbers (n,) or one-hot (n, k).
    """

    x: np.ndarray
    classes: np.ndarray
    asked: np.ndarray

    def take(self, rows: np.ndarray) -> "Draws":
        """Some of the rows."""
        return Draws(self.x[rows], self.classes[rows], self.asked[rows])

    def put(self, rows: np.ndarray, others: "Draws") -> None:
        """Write other rows in the place of some."""
        self.x[rows], self.classes[rows] = others.x, others.classes


def ruled(model: Any) -> bool:
    """Whether the model's rows have constraints to keep."""
    return isinstance(model.codec_, TableCodec) and model.codec_.has_rules


def kept_by_class(
    model: Any, first: tuple[np.ndarray, np.ndarray, int], asked: np.ndarray | None, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Encoded rows and classes that keep the constraints.

    ``first`` are rows, classes and number of blocks of the first draw, ``asked`` the labels, if any
    were asked for.
    """
    x, codes, n_blocks = first

    def drawn(rows: np.ndarray, again: int) -> Draws:
        labels = None if asked is None else asked[rows]
        x, codes, _ = model._drawn(len(rows), labels, again)
        return Draws(x, codes, rows)

    def decoded(draws: Draws) -> Any:
        known = model.labels_
        labels = known.classes_[draws.classes] if known.n_classes else None
        return model._decode(draws.x, labels, block_generator(seed, n_blocks))

    found = kept(model.codec_, Draws(x, codes, np.arange(len(x))), drawn, decoded, seed)
    return found.x, found.classes


def kept(
    codec: TableCodec,
    draws: Draws,
    drawn: Callable[[np.ndarray, int], Draws],
    decoded: Callable[[Draws], Any],
    seed: int,
) -> Draws:
    """Give rows that all keep the constraints, the first that do among draws of each.

    Parameters
    ----------
    drawn : callable
        Draws in the place of the rows of these numbers, by a seed.
    decoded : callable
        The rows as a frame.

    Raises
    ------
    ConstraintError
        If so many draws hold too few such rows.
    """
    budget = max(_FEWEST_DRAWS, MOST_DRAWS * len(draws.x))
    open_rows = np.flatnonzero(codec.broken(decoded(draws)))
    tried, good, turn = len(draws.x), len(draws.x) - len(open_rows), 0
    while True:
        if not len(open_rows):
            open_rows = np.flatnonzero(codec.repeated(decoded(draws)))
            if not len(open_rows):
                return draws
        if tried >= budget:
            raise _too_rare(codec, decoded(draws), len(open_rows), good, tried)
        each = np.repeat(open_rows, _times(len(open_rows), good / tried, turn))
        fresh = drawn(each, seed_of(block_generator(seed, _ROUND + turn)))
        keeps = np.flatnonzero(~codec.broken(decoded(fresh)))
        keeps = keeps[_is_new(codec, draws, open_rows, fresh.take(keeps), decoded)]
        filled, first = np.unique(each[keeps], return_index=True)
        draws.put(filled, fresh.take(keeps[first]))
        open_rows = np.setdiff1d(open_rows, filled)
        tried, good, turn = tried + len(each), good + len(keeps), turn + 1


def _is_new(
    codec: TableCodec,
    draws: Draws,
    open_rows: np.ndarray,
    fresh: Draws,
    decoded: Callable[[Draws], Any],
) -> np.ndarray:
    """Which fresh rows repeat no key of the rows that are kept, and of earlier ones, (n,)."""
    if not codec.has_keys:
        return np.ones(len(fresh.x), bool)
    done = draws.take(np.setdiff1d(np.arange(len(draws.x)), open_rows))
    both = Draws(*(np.concatenate(pair) for pair in zip(done, fresh, strict=True)))
    return ~codec.repeated(decoded(both))[len(done.x) :]


def _times(n_open: int, share: float, turn: int) -> int:
    """Draws for each open row: some more than one good one takes, and twice as many every turn."""
    wanted = max(2 / max(share, 2 / _TOGETHER), 2.0 ** min(turn, 20))
    return int(max(1, min(wanted, _TOGETHER // n_open)))


def _too_rare(codec: TableCodec, frame: Any, n_open: int, good: int, tried: int) -> ConstraintError:
    n, n_repeated = len(frame), codec.repeated(frame).sum()
    if n_repeated >= n_open:
        return ConstraintError(
            f"{n_repeated} of {n} rows still repeat a key that must be unique, after {tried:,} "
            f"draws: there are hardly more keys than {n - n_repeated}. Ask for fewer rows, or declare the "
            "key's column 'identifier'"
        )
    rules = ", ".join(map(repr, codec.rules))
    return ConstraintError(
        f"{n_open} of {n} rows still break a constraint after {tried:,} draws, of which "
        f"{good / tried:.2%} kept all of them ({rules}). Ask for fewer rows, or take a model that "
        "fits the table better"
    )
