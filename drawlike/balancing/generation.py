"""New rows of rare classes, drawn by a model that learned them all."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_val_predict
from sklearn.utils.validation import _num_samples, has_fit_parameter

from ..base import RandomState
from ..base.run import Hearing
from ..errors import DataError, SettingError, UnsupportedError
from ..models import find
from .features import as_array, as_frame, read, taken
from .labelled import Labelled
from .sampler import Sampler, seeded, with_index
from .targets import Target

_CANDIDATES = 20  # draws for each row that is wanted, at most
_FEWEST_CANDIDATES = 1000
_SPARE = 1.2  # draws at once, to each that is wanted
_MOST_CATEGORIES = 255  # of a column, that boosted trees take
_FEWEST_REAL = 10  # rows of a class that a critic learns from, at least
_FEWEST = 200  # draws that a critic learns from, at least
_MOST_BYTES = 1 << 31  # of sparse rows made dense
_SURE = 0.9  # quantile of the odds of draws from which one is always kept

Draw = Callable[[int, int], Any]


class Rebalancer(Sampler):
    """Draw new rows of the smaller classes from a generative model of all classes.

    Any model of this package that learns labels will do: of frames, arrays, images. No row that
    is drawn equals one that was learned and is alone with its values.

    Parameters
    ----------
    model : str or GenerativeModel
        A model's name, or a model. The default smooths a class by kernels, which suits classes of
        few rows; "latent-class" and "autoregressive" suit tables of categories.
    sampling_strategy : str, float, dict or callable
        How many rows each class gets, as in imbalanced-learn.
    target : "class", "multilabel" or "number"
        What ``y`` is, as for :class:`RandomOverSampler`. Labels that are no classes are drawn with
        the rows, of which they are columns to the model.
    critic : bool or classifier
        Whether draws that look unlike real rows of their class are dropped: a classifier learns to
        tell them from real ones, and a draw is kept by its odds of being real (discriminator
        rejection sampling, Azadi et al. 2019, arXiv:1810.06758). True takes boosted trees.
    allow_copies : bool
        Whether draws may equal a row that was learned and that no other row equals.
    listener : callable, "auto" or None
        Hears how the model's fit gets on.

    Attributes
    ----------
    model_ : GenerativeModel
        As fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike.balancing import Rebalancer
    >>> X, y = np.random.default_rng(0).normal(size=(100, 2)), np.arange(100) < 10
    >>> rows, labels = Rebalancer(random_state=0).fit_resample(X, y)
    >>> np.bincount(labels)
    array([90, 90])
    """

    direction = "over"

    def __init__(
        self,
        model: Any = "kde",
        *,
        sampling_strategy: Any = "auto",
        target: str = "class",
        critic: Any = False,
        allow_copies: bool = False,
        random_state: RandomState = None,
        listener: Hearing = None,
    ) -> None:
        self.model = model
        self.sampling_strategy = sampling_strategy
        self.target = target
        self.critic = critic
        self.allow_copies = allow_copies
        self.random_state = random_state
        self.listener = listener

    def _resampled(
        self, X: Any, target: Target, wanted: np.ndarray, rng: np.random.Generator
    ) -> tuple[Any, Any]:
        model = self._model(rng)
        rows, restored = _learnable(X) if "array" in model.kinds else _as_table(X)
        labelled = None if self.target == "class" else Labelled(rows, target)
        rows = rows if labelled is None else labelled.frame
        missing = wanted - target.counts
        names = target.classes if labelled is None else np.arange(len(target.classes))
        self.model_ = model.fit(rows, names[target.codes], listener=self.listener)
        refused = frozenset() if self.allow_copies else _lone(keys(rows))
        parts = [rows]
        for code in np.flatnonzero(missing):
            members = taken(rows, target.of_class(int(code)))
            draw = partial(self._draw, names[code])
            parts.append(self._accepted(draw, members, int(missing[code]), refused, rng))
        if labelled is None:
            return with_index(restored(stacked(parts)), target.longer_by(missing))
        found, labels = labelled.parted(stacked(parts))
        return with_index(restored(found), labels)

    def _model(self, rng: np.random.Generator) -> Any:
        model = find(self.model)() if isinstance(self.model, str) else clone(self.model)
        if model.random_state is None:
            model.set_params(random_state=int(rng.integers(1 << 31)))
        return model

    def _draw(self, label: Any, n: int, seed: int) -> Any:
        return self.model_.sample(n, y=label, random_state=seed)

    def _accepted(
        self, draw: Draw, members: Any, n: int, refused: frozenset[Any], rng: np.random.Generator
    ) -> Any:
        """Draw rows until ``n`` are kept."""
        judge = None if self.critic is False else _Critic(self.critic, members, draw, rng)
        kept, n_kept, n_drawn = [], 0, 0
        while n_kept < n:
            if n_drawn >= max(_CANDIDATES * n, _FEWEST_CANDIDATES):
                raise DataError(
                    f"of {n_drawn} rows that {self.model_.name} drew {n_kept} are new and pass the "
                    f"critic, and {n} are wanted; ask for fewer rows of this class, or set "
                    "allow_copies=True or critic=False."
                )
            drawn = draw(int(_SPARE * (n - n_kept)) + 1, int(rng.integers(1 << 31)))
            good = np.array([key not in refused for key in keys(drawn)])
            n_drawn += len(good)
            if judge is not None:
                good &= judge.keeps(drawn, rng)
            chosen = np.flatnonzero(good)[: n - n_kept]
            kept.append(taken(drawn, chosen))
            n_kept += len(chosen)
        return stacked(kept)


class _Critic:
    """Tells real rows of a class from drawn ones."""

    def __init__(self, critic: Any, members: Any, draw: Draw, rng: np.random.Generator) -> None:
        seed, n_real = int(rng.integers(1 << 31)), _num_samples(members)
        if n_real < _FEWEST_REAL:
            raise DataError(
                f"a class has {n_real} rows, and a critic learns from {_FEWEST_REAL} at least; set "
                "critic=False, or leave this class out."
            )
        self.seen = stacked([members, draw(max(_FEWEST, n_real), seed)])
        cells = read(_flat(self.seen)).cells
        matrix, is_real = _matrix(cells), np.arange(len(cells)) < n_real
        weight = np.where(is_real, (~is_real).sum() / n_real, 1.0)
        self.model = _boosted(cells, seed) if critic is True else seeded(clone(critic), seed)
        if not has_fit_parameter(self.model, "sample_weight"):
            raise SettingError(f"critic={critic!r} takes no weights; use one that does, or True.")
        unseen = cross_val_predict(
            self.model,
            matrix,
            is_real,
            cv=3,
            method="predict_proba",
            params={"sample_weight": weight},
        )
        self.bound = np.quantile(_odds(unseen[~is_real]), _SURE)
        self.model.fit(matrix, is_real, sample_weight=weight)

    def keeps(self, drawn: Any, rng: np.random.Generator) -> np.ndarray:
        """Which draws are kept, (n,)."""
        both = stacked([self.seen, drawn])  # codes follow the first appearance, and stay
        matrix = _matrix(read(_flat(both)).cells)[-_num_samples(drawn) :]
        kept: np.ndarray = rng.random(len(matrix)) * self.bound < _odds(
            self.model.predict_proba(matrix)
        )
        return kept


def _odds(proba: np.ndarray) -> np.ndarray:
    """Odds of the second of two classes, (n,)."""
    odds: np.ndarray = proba[:, 1] / np.maximum(proba[:, 0], 1e-9)
    return odds


def _lone(found: list[Any]) -> frozenset[Any]:
    """Keys of rows that no other row equals."""
    return frozenset(key for key, times in Counter(found).items() if times == 1)


def keys(rows: Any) -> list[Any]:
    """One value a row, the same for equal rows."""
    if sparse.issparse(rows):
        return _sparse_keys(rows)
    if isinstance(rows, np.ndarray) and rows.dtype != object:
        return [row.tobytes() for row in np.ascontiguousarray(rows)]
    found: list[Any] = pd.util.hash_pandas_object(as_frame(rows), index=False).tolist()
    return found


def _sparse_keys(rows: Any) -> list[Any]:
    rows = rows.tocsr(copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    ends = zip(rows.indptr[:-1], rows.indptr[1:], strict=True)
    return [rows.indices[a:b].tobytes() + rows.data[a:b].tobytes() for a, b in ends]


def stacked(parts: list[Any]) -> Any:
    """Rows of several of one form, one after the other."""
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    if isinstance(parts[0], pd.DataFrame):
        return pd.concat(parts, ignore_index=True)
    return nw.concat([nw.from_native(part, eager_only=True) for part in parts]).to_native()


def _learnable(X: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Rows as models take them, and what gives such rows the form of ``X``."""
    if isinstance(X, list):
        rows, restored = _learnable(as_array(X))
        return rows, lambda drawn: restored(drawn).tolist()
    if sparse.issparse(X):
        return _dense(X), lambda rows: type(X)(rows)
    if isinstance(X, np.ndarray) and X.dtype == object:
        return pd.DataFrame(X).infer_objects(), lambda rows: rows.to_numpy(object)
    if isinstance(X, pd.DataFrame) and _is_plain(X):
        return X.to_numpy(float), partial(_framed, X)
    return X, lambda rows: rows


def _as_table(X: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Rows as models take them that learn frames alone, and what gives such rows its form."""
    rows, restored = _learnable(X)
    if not isinstance(rows, np.ndarray):
        return rows, restored
    if isinstance(X, pd.DataFrame):
        return X.astype(float), lambda drawn: _framed(X, drawn.to_numpy())
    return pd.DataFrame(rows), lambda drawn: restored(drawn.to_numpy(rows.dtype))


def _dense(X: Any) -> np.ndarray:
    size = X.shape[0] * X.shape[1] * 8
    if size > _MOST_BYTES:
        raise UnsupportedError(
            f"Models learn dense rows, and X would take {size / 1e9:.1f} GB; use SMOTE or "
            "RandomOverSampler, which take sparse rows, or fewer columns."
        )
    dense: np.ndarray = X.toarray()
    return dense


def _is_plain(X: pd.DataFrame) -> bool:
    """Whether a frame holds floats alone, sparse ones too."""
    each = [t.subtype if isinstance(t, pd.SparseDtype) else t for t in X.dtypes]
    return all(isinstance(t, np.dtype) and t.kind == "f" for t in each)


def _framed(X: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=X.columns).astype(X.dtypes)


def _flat(rows: Any) -> Any:
    return rows.reshape(len(rows), -1) if isinstance(rows, np.ndarray) else rows


def _matrix(cells: Any) -> np.ndarray:
    return np.concatenate([cells.numbers, np.minimum(cells.codes, _MOST_CATEGORIES - 1)], 1)


def _boosted(cells: Any, seed: int) -> Any:
    n_numbers, n_codes = cells.numbers.shape[1], cells.codes.shape[1]
    is_code = [False] * n_numbers + [True] * n_codes
    return HistGradientBoostingClassifier(categorical_features=is_code, random_state=seed)
