"""Class labels as one-hot conditions."""

from typing import Any, Self

import numpy as np
import pandas as pd
import torch

from ..errors import DataError, NotConditionalError

MAX_CLASSES = 10_000  # a one-hot condition of more would not fit into memory
_FEW = 20  # this many distinct fractions may still be classes
_SPAN = 1 << 16  # whole numbers in so wide a range are counted, not looked up


class LabelCodec:
    """One-hot labels; without labels the condition is zero wide.

    Attributes
    ----------
    classes_ : ndarray, (k,)
        Known labels, sorted, in the dtype of ``y``.
    mass_ : ndarray, (k,)
        Weight of the training rows of each class.
    rare_ : ndarray, (k,)
        Which classes are not drawn unless they are asked for.
    """

    def fit(self, y: Any, weight: np.ndarray | None = None) -> Self:
        """Learn the classes and how often each occurs; ``y=None`` is unlabelled.

        Raises
        ------
        DataError
            If a label is missing, or the labels are measurements and not classes.
        """
        labels = _checked(y) if y is not None else np.empty(0)
        if weight is not None and y is not None and not weight.all():
            labels, weight = labels[weight > 0], weight[weight > 0]
        self.classes_, codes = _classes(labels)
        self.mass_ = np.bincount(codes, weight if y is not None else None, len(self.classes_))
        self._counts = np.bincount(codes, minlength=len(self.classes_))
        self.rare_ = np.zeros(len(self.classes_), bool)
        return self

    def without_rare(self, fewest: int) -> Self:
        """Draw only classes that so many rows hold, if there are such."""
        rare = self._counts < fewest
        self.rare_ = rare & ~rare.all()
        return self

    @property
    def frequencies_(self) -> np.ndarray:
        """Share of each class in the (weighted) training rows, (k,)."""
        return self.mass_ / max(self.mass_.sum(), np.finfo(float).tiny)

    @property
    def n_classes(self) -> int:
        """Number of classes, 0 when unlabelled."""
        return len(self.classes_)

    def encode(self, y: Any, n: int) -> np.ndarray:
        """One-hot labels, (n, ``n_classes``) float64; one label stands for all rows.

        Raises
        ------
        NotConditionalError
            If the model knows no labels, or not these.
        """
        return self.one_hot(self.codes(y, n))

    def codes(self, y: Any, n: int) -> np.ndarray:
        """Numbers of labels among ``classes_``, (n,); zeros when unlabelled."""
        if y is None and self.n_classes:
            raise NotConditionalError(f"Labels are needed; pass some of {self._known()}.")
        if y is None:
            return np.zeros(n, int)
        if not self.n_classes:
            raise NotConditionalError(
                f"A label was asked for ({_shown(y)}), but the model was fitted without labels; "
                "fit it with y or label=, or leave the label out."
            )
        labels = _as_labels(y)
        if labels.ndim == 0:
            return np.repeat(self._codes(labels[None]), n)
        labels = _one_dimensional(labels)
        if len(labels) != n:
            raise DataError(f"There are {len(labels)} labels for {n} rows; pass one a row.")
        return self._codes(labels)

    def one_hot(self, codes: np.ndarray) -> np.ndarray:
        """One-hot rows of numbers of classes, (n, ``n_classes``); zero wide when unlabelled."""
        if 0 < self.n_classes <= _FEW:
            return np.eye(self.n_classes).take(codes, 0)
        rows = np.zeros((len(codes), self.n_classes))
        if self.n_classes:
            rows[np.arange(len(codes)), codes] = 1.0
        return rows

    def decode(self, onehot: np.ndarray) -> np.ndarray | None:
        """Labels of one-hot rows, (n,); None when unlabelled."""
        return self.classes_[np.asarray(onehot).argmax(1)] if self.n_classes else None

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """One-hot rows at the training frequencies, (n, ``n_classes``)."""
        return self.one_hot(self.draw_codes(n, rng))

    def draw_codes(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Numbers of classes at the training frequencies, (n,); zeros when unlabelled."""
        if not self.n_classes:
            return np.zeros(n, int)
        shares = np.where(self.rare_, 0.0, self.frequencies_)
        return rng.choice(
            self.n_classes, n, p=shares / shares.sum() if self.rare_.any() else shares
        )

    def state(self) -> dict[str, Any]:
        """Everything learned, as nested JSON values and arrays."""
        return {
            "classes": self.classes_.tolist(),
            "dtype": "str" if self.classes_.dtype.kind == "U" else self.classes_.dtype.name,
            "frequencies": self.frequencies_,
            "mass": self.mass_,
            "rare": self.rare_,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild a codec from :meth:`state`."""
        codec = cls()
        codec.classes_ = np.array(state["classes"], dtype=state["dtype"])
        codec.mass_ = state.get("mass", state["frequencies"])  # absent before partial_fit was
        codec.rare_ = np.asarray(state.get("rare", np.zeros(codec.n_classes)), bool)
        return codec

    def _codes(self, labels: np.ndarray) -> np.ndarray:
        code = {label: i for i, label in enumerate(self.classes_.tolist())}
        asked, position = _distinct(labels)
        unknown = [label for label in asked.tolist() if label not in code]
        if unknown:
            raise NotConditionalError(
                f"Label {_shown(unknown[0])} was not among the training labels; "
                f"known are {self._known()}."
            )
        return np.array([code[label] for label in asked.tolist()], int)[position]

    def _known(self) -> str:
        names = [repr(label) for label in self.classes_[:_FEW].tolist()]
        more = self.n_classes - len(names)
        return ", ".join(names) + (f" and {more} more" if more else "")


def _checked(y: Any) -> np.ndarray:
    labels = _one_dimensional(_as_labels(y))
    missing = pd.isna(labels)
    if missing.any():
        raise DataError(
            f"Label {missing.argmax()} is missing (NaN or None), as are {missing.sum() - 1} more; "
            "drop these rows or give them a class of their own."
        )
    kind = labels.dtype.kind
    plain = kind in "biufU" or (
        kind == "O" and all(isinstance(v, str | bool | int | float | np.generic) for v in labels)
    )
    if not plain:
        raise DataError(
            f"Labels of dtype {labels.dtype} ({_shown(labels[0])}) are not supported; "
            "use strings, integers or booleans."
        )
    return labels


def _as_labels(y: Any) -> np.ndarray:
    return y.detach().cpu().numpy() if isinstance(y, torch.Tensor) else np.asarray(y)


def _one_dimensional(labels: np.ndarray) -> np.ndarray:
    if labels.ndim == 2 and labels.shape[1] == 1:
        return labels[:, 0]
    if labels.ndim != 1:
        raise DataError(f"y has shape {labels.shape}; expected one label a row, shape (n,).")
    return labels


def _distinct(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(labels) and (labels == labels[0]).all():  # as when rows of one class are asked for
        return labels[:1], np.zeros(len(labels), np.intp)
    if labels.dtype.kind in "iu" and len(labels):  # a table of those met, not a sort of all
        return _distinct_integers(labels)
    try:
        return np.unique(labels, return_inverse=True)
    except TypeError:
        kinds = sorted({type(label).__name__ for label in labels})
        raise DataError(
            f"Labels mix the types {', '.join(kinds)}; make them all strings or all numbers."
        ) from None


def _distinct_integers(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low = labels.min()
    if int(labels.max()) - int(low) > _SPAN:
        codes, met = pd.factorize(labels, sort=True)
        return met, codes
    places = np.subtract(labels, low, dtype=np.int64, casting="unsafe")  # no narrow overflow
    is_met = np.bincount(places) > 0
    return np.flatnonzero(is_met).astype(labels.dtype) + low, (np.cumsum(is_met) - 1)[places]


def _classes(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    classes, codes = _distinct(labels)
    enough_for_classes = max(2, min(_FEW, len(labels) // 2))
    if _has_fractions(classes) and len(classes) > enough_for_classes:
        raise DataError(
            f"y holds {len(classes)} distinct fractions ({_shown(classes[0])}, ...), which are "
            "measurements; labels must be classes. Put a numeric target into X as one more column."
        )
    if len(classes) > MAX_CLASSES:
        raise DataError(
            f"y holds {len(classes):,} classes, more than the {MAX_CLASSES:,} that a label may "
            "have; put it into X as one more column."
        )
    return classes, codes


def _has_fractions(classes: np.ndarray) -> bool:
    return any(isinstance(value, float) and not value.is_integer() for value in classes.tolist())


def _shown(value: Any) -> str:
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 60 else text[:57] + "..."


def is_class_label(y: Any) -> bool:
    """Tell whether a table's label column holds classes, and not a numeric target."""
    if y is None:
        return False
    values = pd.unique(pd.Series(_as_labels(y)).dropna())
    return values.dtype.kind not in "iuf" or (
        len(values) <= _FEW and not _has_fractions(np.asarray(values))
    )
