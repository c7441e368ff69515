"""The distribution of some columns given values of the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from ..codecs import Between, TableCodec
from ..errors import DataError, NotConditionalError, SettingError
from .accepting import ruled
from .averaging import DRAWS, averaged, shares
from .evidence import Evidence, log_codes, mean, number_means, tells_codes, with_likeliest
from .labels import checked_count, known
from .randomness import RandomState, block_generator, seed_of
from .relating import drawn_given

REGIONS = (set, frozenset, Between, pd.Interval)  # what a column may be given by but values


@dataclass(frozen=True, eq=False)
class Conditional:
    """Rows given the values of some of their columns: one row, or m rows.

    ``values`` holds arrays (m,) of the columns' values, ``labels`` the classes or None.
    """

    model: Any
    values: Mapping[Any, np.ndarray]
    labels: np.ndarray | None
    n_rows: int | None

    def sample(
        self, n: int | None = None, *, random_state: RandomState = None, return_y: bool = False
    ) -> Any:
        """Draw rows that hold exactly the given values.

        One value for all gives ``n`` rows, by default 1; values of m rows give ``n`` rows
        each, one row's after the other's.
        """
        times = checked_count(n)
        each = np.repeat(np.arange(self.n_rows or 1), times)
        return self._drawn(each, seed_of(random_state), return_y=return_y)

    def sample_for(
        self,
        n: int | None = None,
        *,
        length: int | None = None,
        random_state: RandomState = None,
        return_y: bool = False,
    ) -> Any:
        """Draw ``n`` rows, one for each of m rows."""
        if length is not None:
            raise SettingError("length= is for sequences, and given= for columns; drop one.")
        return self._drawn(self.rows_for(n), seed_of(random_state), return_y=return_y)

    def rows_for(self, n: int | None) -> np.ndarray:
        """Which of the m rows each of ``n`` drawn ones is for, (n,)."""
        if self.n_rows is None:
            return np.zeros(checked_count(n), int)
        if n not in (None, self.n_rows):
            raise DataError(
                f"{self.n_rows} values are given for n={n} rows; give one each, or one."
            )
        return np.arange(self.n_rows)

    def predict(self, *, random_state: RandomState = 0) -> Any:
        """Give the likeliest rows: means of numbers, most probable categories and class.

        The means of arrays are exact, and those of a table by models of codes (``Autoregressive``,
        ``LatentClass``). By others they are over 100 draws a row (standard error: 1/10 of the
        conditional standard deviation), the same at every call. They are in the table's own units;
        values that may be missing are averaged where they are not.
        """
        if self.is_open:
            return self._averaged(seed_of(random_state))
        model, evidence = self.model, self.evidence(np.arange(self.n_rows or 1))
        if not isinstance(model.codec_, TableCodec):
            each = np.arange(len(evidence.x))
            return model.codec_.decode_given(mean(model, evidence), self._columns(each, None))
        posterior = evidence.classes(model).numpy()
        columns = self._columns(np.arange(len(evidence.x)), model.labels_.decode(posterior))
        seed = seed_of(random_state)
        means = number_means(model, evidence, columns, seed)
        likeliest = likeliest_codes(model, evidence)
        return model.codec_.decode_means(means, likeliest, block_generator(seed, 0), columns)

    def predict_proba(self, column: Any = None) -> np.ndarray:
        """Probability of each category of a column, (m, k); of each class by default.

        Their order is that of :meth:`categories`. Where a constraint's columns are given in part,
        it is the share among 1,000 draws of each row.
        """
        model, categories = self.model, self.categories(column)
        if self.is_open or is_tied(model, column):
            drawn = self.sample(DRAWS, random_state=0, return_y=True)
            return shares_of(model, drawn, column, self.n_rows or 1)
        evidence = self.evidence(np.arange(self.n_rows or 1))
        if is_label(model, column):
            return evidence.classes(model).numpy()
        place = model.codec_.places(key_of(model, column)).start
        log_prob = log_codes(model, evidence, place, len(categories))
        return probabilities(log_prob, evidence.x[:, place].numpy())

    def categories(self, column: Any = None) -> np.ndarray:
        """Values of a column of categories, None for a missing one; the classes by default."""
        return categories_of(self.model, column)

    @property
    def is_open(self) -> bool:
        """Whether a constraint's columns are given in part, so that the others are drawn."""
        return ruled(self.model) and bool(self.model.codec_.open_relations(self.values))

    def _averaged(self, seed: int) -> Any:
        drawn = self.sample(DRAWS, random_state=seed, return_y=True)
        columns, n = self._columns(np.arange(self.n_rows or 1), None), self.n_rows or 1
        return averaged(self.model, drawn, n, columns, block_generator(seed, 0))

    def score_samples(self, X: Any, y: Any = None) -> np.ndarray:
        """Log-density of the other columns of rows, given the given ones, nats, (n,).

        What ``X`` holds in the given columns does not count.
        """
        model = self.model
        X, x = model._encoded(X)
        if self.n_rows not in (None, len(x)):
            raise DataError(f"X has {len(x)} rows, and {self.n_rows} are given; pass as many.")
        evidence = self.evidence(np.arange(len(x)) if self.n_rows else np.zeros(len(x), int))
        whole = torch.where(self._given_cells(evidence.x), evidence.x, x.to(evidence.x))
        cond, prior = (evidence.cond, 0.0) if self.labels is not None else known(model, X, y)
        log_joint = Evidence(whole, cond).log_prob(model) + prior
        if y is not None and self.labels is None:  # log p(x | y, given)
            evidence = evidence._replace(cond=cond)
        jacobian = model.codec_.log_jacobian_but(X, self.values)
        return log_joint - evidence.log_prob(model) + jacobian

    def evidence(self, rows: np.ndarray) -> Evidence:
        """What is known of the rows by these numbers."""
        model = self.model
        columns = self._columns(rows, None)
        x = torch.from_numpy(model.codec_.encode_some(columns, len(rows))).to(model.dtype)
        if self.labels is not None or not model.labels_.n_classes:
            labels = None if self.labels is None else self.labels[self._of(rows)]
            one_hot = model.labels_.encode(labels, len(rows))
            return Evidence(x, torch.from_numpy(one_hot).to(model.dtype))
        return Evidence(x, None)

    def _columns(self, rows: np.ndarray, labels: np.ndarray | None) -> dict[Any, np.ndarray]:
        columns = {name: values[self._of(rows)] for name, values in self.values.items()}
        if labels is not None and label_of(self.model) is not None:
            columns[label_of(self.model)] = labels
        return columns

    def _of(self, rows: np.ndarray) -> np.ndarray:
        return rows if self.n_rows else np.zeros(len(rows), int)

    def _drawn(self, rows: np.ndarray, seed: int, *, return_y: bool) -> Any:
        x, one_hot = drawn_given(self, self.evidence(rows), rows, seed)
        drawn, labels = self.decoded(x, one_hot, rows, block_generator(seed, len(rows)))
        return (drawn, labels) if return_y else drawn

    def decoded(
        self, x: np.ndarray, one_hot: np.ndarray, rows: np.ndarray, rng: np.random.Generator
    ) -> tuple[Any, np.ndarray]:
        """Rows that hold the given values, and their labels."""
        labels = self.model.labels_.decode(one_hot)
        return self.model.codec_.decode_given(x, self._columns(rows, labels), rng), labels

    def _given_cells(self, x: Tensor) -> Tensor:
        """Which encoded cells the given values determine, (n, width)."""
        cells = torch.zeros_like(x, dtype=torch.bool)
        for column in self.values:
            place = self.model.codec_.places(column)
            cells[:, place] = ~x[:, place.start, None].isnan()
        return cells


def conditional(model: Any, given: Mapping[Any, Any], y: Any) -> Conditional:
    """Read what a user gives: names of columns, one value or an array of each."""
    if not isinstance(given, Mapping):
        raise SettingError(f"given={given!r}; give a mapping, {{column: value}}.")
    if label_of(model) is not None and label_of(model) in given:
        label = given[label_of(model)]
        if y is not None and not np.array_equal(y, label):
            raise SettingError(f"y={y!r} and given={dict(given)!r} disagree; give one of them.")
        y = label
    values = {
        key_of(model, column): _array(value)
        for column, value in given.items()
        if column != label_of(model) or label_of(model) is None
    }
    labels = None if y is None else _array(y)
    sizes = {len(v) for v in [*values.values(), *([] if labels is None else [labels])] if v.ndim}
    if len(sizes) > 1:
        raise DataError(f"The values given are of {sorted(sizes)} rows; give as many each, or one.")
    size = sizes.pop() if sizes else None
    if size == 0:
        raise DataError("The values given are of 0 rows; give at least one.")
    broadcast = {name: np.broadcast_to(v, size or 1) for name, v in values.items()}
    made = Conditional(
        model, broadcast, None if labels is None else np.broadcast_to(labels, size or 1), size
    )
    made.evidence(np.arange(size or 1))  # refuses values that cannot be
    return made


def probabilities(log_prob: np.ndarray, known_code: np.ndarray) -> np.ndarray:
    """Probabilities of codes by their logs (n, k); a code that is known, not NaN, is sure."""
    odds = np.exp(log_prob - log_prob.max(1, keepdims=True))
    one_hot = known_code[:, None] == np.arange(log_prob.shape[1])
    odds = np.where(np.isnan(known_code)[:, None], odds, one_hot)
    share: np.ndarray = odds / odds.sum(1, keepdims=True)
    return share


def is_label(model: Any, column: Any) -> bool:
    """Whether a column, or none, stands for the classes of a model."""
    return bool(column is None or column == label_of(model))


def shares_of(model: Any, drawn: tuple[Any, np.ndarray], column: Any, n_rows: int) -> np.ndarray:
    """Share of each category of a column among draws of each row, (n_rows, k); rows and labels."""
    rows, values = drawn
    if not is_label(model, column):
        values = model.codec_.column(rows, key_of(model, column))
    return shares(values, categories_of(model, column), n_rows)


def categories_of(model: Any, column: Any) -> np.ndarray:
    """Values of a column of categories, or the classes of a model."""
    if is_label(model, column):
        if not model.labels_.n_classes:
            raise NotConditionalError("The model was fitted without labels; name a column.")
        classes: np.ndarray = model.labels_.classes_
        return classes
    found: np.ndarray = model.codec_.categories(key_of(model, column))
    return found


def is_tied(model: Any, column: Any) -> bool:
    """Whether a column is encoded as a part of combinations of several."""
    if is_label(model, column) or not ruled(model):
        return False
    return bool(model.codec_.is_combined(key_of(model, column)))


def likeliest_codes(model: Any, evidence: Evidence) -> np.ndarray:
    """Encoded rows with the most probable code of each column, (n, width)."""
    if tells_codes(model):
        return with_likeliest(model, evidence)
    if evidence.cond is not None:
        return mean(model, evidence)
    posterior = evidence.classes(model)
    best = torch.eye(posterior.shape[1], dtype=evidence.x.dtype)[posterior.argmax(1)]
    likeliest = mean(model, evidence._replace(cond=best))
    for place, n_codes in model.codec_.choices():
        likeliest[:, place] = log_codes(model, evidence, place, n_codes).argmax(1)
    known_cells = ~evidence.x.isnan().numpy()
    likeliest[known_cells] = evidence.x.double().numpy()[known_cells]
    return likeliest


def label_of(model: Any) -> Any:
    """Name of a table's label column, None without one."""
    return model.label_ if model.labels_.n_classes else None


def key_of(model: Any, column: Any) -> Any:
    """Key by which the codec knows a column."""
    names = list(getattr(model, "feature_names_in_", []))
    if isinstance(model.codec_, TableCodec):
        if column in names:
            return column
    elif column in names:
        return names.index(column)
    elif isinstance(column, int | np.integer) and 0 <= column < model.n_features_in_:
        return int(column)
    known_columns = names or f"0 to {model.n_features_in_ - 1}"
    raise NotConditionalError(f"There is no column {column!r}; the model knows {known_columns}.")


def _array(value: Any) -> np.ndarray:
    if isinstance(value, Tensor):
        value = value.detach().cpu().numpy()
    if np.ndim(value) == 0 and not isinstance(value, np.ndarray):
        one = np.empty((), object)
        one[()] = None if value is pd.NaT or value is pd.NA else value
        return one
    array = np.asarray(value)
    if array.ndim > 1:
        raise DataError(f"A value has shape {array.shape}; give one for all rows, or shape (m,).")
    return array
