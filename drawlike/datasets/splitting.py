"""Rows set aside before anything is learned from the others."""

import math
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from ..errors import DataError, SettingError
from .dataset import Dataset, take_rows
from .holdout import Holdout


def split(
    data: Any,
    holdout: float = 0.2,
    random_state: Any = 0,
    stratify: bool | Literal["auto"] = "auto",
) -> tuple[Any, Any]:
    """Set rows aside: give (train, holdout), each in the order of the data.

    Parameters
    ----------
    data
        A Dataset, whose ids travel and whose train part remembers the hold-out; or a frame,
        an array, a tensor, a list, or a tuple (X, y), which give two of the same.
    holdout
        The share of the rows to set aside, rounded up, or their number.
    random_state
        An int gives the same rows in every process; None, a Generator or a RandomState
        draw the int that :class:`Holdout` then holds.
    stratify
        Whether every class gives the same share: "auto" does so when there are labels and
        they are classes. Classes of one row are treated as one class together.

    Raises
    ------
    SettingError
        If ``holdout`` leaves no row on one side.
    DataError
        If ``stratify=True`` and there are no classes.
    """
    n, labels = _rows_and_labels(data)
    count = _count(holdout, n)
    seed = _seed(random_state)
    strata = _strata(labels, n, stratify)
    aside = _draw(strata, count, np.random.default_rng(seed))
    if not isinstance(data, Dataset):
        return _take(data, np.flatnonzero(~aside)), _take(data, np.flatnonzero(aside))
    n_source = max(int(data.source.get("rows", 0)), int(data.ids.max()) + 1)
    mask = np.zeros(n_source, bool)
    mask[data.ids[aside]] = True
    stratified = strata.max() > 0
    digest = data.source.get("sha256")
    record = Holdout(seed, count / n, bool(stratified), n_source, digest, mask)
    return replace(data.take(~aside), holdout=record), data.take(aside)


def _rows_and_labels(data: Any) -> tuple[int, np.ndarray | None]:
    if isinstance(data, Dataset):
        return len(data), data.labels
    if isinstance(data, str):
        raise DataError(f"split takes data, not a path: give drawlike.read({data!r}).")
    if not isinstance(data, tuple):
        return len(data), None
    X, y = data
    if len(X) != len(y):
        raise DataError(f"X has {len(X)} rows and y has {len(y)} labels: give one for each row.")
    return len(X), np.asarray(y)


def _take(data: Any, index: np.ndarray) -> Any:
    if isinstance(data, tuple):
        return tuple(take_rows(part, index) for part in data)
    return take_rows(data, index)


def _count(holdout: float, n: int) -> int:
    is_share = isinstance(holdout, float | np.floating)
    if isinstance(holdout, bool) or not (0 < holdout < (1 if is_share else math.inf)):
        raise SettingError(
            f"holdout={holdout!r} must be a share between 0 and 1, as 0.2, or a number of rows."
        )
    count = math.ceil(round(holdout * n, 9)) if is_share else int(holdout)
    if count >= n:
        raise SettingError(
            f"holdout={holdout!r} sets {count} of {n} rows aside and leaves none to learn from: "
            "give more rows or a smaller hold-out."
        )
    return count


def _seed(random_state: Any) -> int:
    if isinstance(random_state, int | np.integer) and random_state >= 0:
        return int(random_state)
    if random_state is None:
        random_state = np.random.default_rng()
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    raise SettingError(
        f"random_state={random_state!r} must be an int from 0 on, None or a numpy Generator."
    )


def _strata(labels: np.ndarray | None, n: int, stratify: bool | str) -> np.ndarray:
    """Give the number of each row's stratum, (n,); all 0 when there is one only."""
    if stratify not in (True, False, "auto"):
        raise SettingError(f"stratify={stratify!r} is not known: it is True, False or 'auto'.")
    if stratify is False or (labels is None and stratify == "auto"):
        return np.zeros(n, int)
    from ..codecs.label import is_class_label  # brings torch: only where it is needed

    if labels is None or not is_class_label(labels):
        if stratify == "auto":
            return np.zeros(n, int)
        raise DataError(
            "stratify=True needs classes, and these data have "
            f"{'no labels' if labels is None else 'labels that are measurements'}: give "
            "label= or y, or stratify=False."
        )
    import pandas as pd

    codes, _ = pd.factorize(labels, use_na_sentinel=False)
    is_single = np.bincount(codes)[codes] == 1
    return np.unique(np.where(is_single, -1, codes), return_inverse=True)[1]


def _draw(strata: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Choose ``count`` rows, (n,) boolean, from every stratum its share to within one row."""
    sizes = np.bincount(strata)
    quota = sizes * (count / len(strata))
    wanted = np.floor(quota).astype(int)
    by_rest = np.argsort(wanted - quota, kind="stable")
    wanted[by_rest[: count - wanted.sum()]] += 1
    order = rng.permutation(len(strata))
    order = order[np.argsort(strata[order], kind="stable")]
    rank = np.arange(len(strata)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    aside = np.zeros(len(strata), bool)
    aside[order[rank < wanted[strata[order]]]] = True
    return aside
