"""What draws tell of rows, where a model cannot be asked at once: means, and shares of categories."""

from typing import Any

import numpy as np

from ..codecs import TableCodec

DRAWS = 1000  # of each row: a share is .016 off at most, by its standard error


def averaged(
    model: Any,
    drawn: tuple[Any, np.ndarray],
    n_rows: int,
    columns: dict[Any, Any],
    rng: np.random.Generator,
) -> Any:
    """Likeliest rows by draws of each: means of numbers, the most frequent categories and label.

    ``drawn`` are rows and labels, those of one row after those of the other, ``columns`` the values
    (n_rows,) that are given.
    """
    codec, (rows, labels) = model.codec_, drawn
    if not isinstance(codec, TableCodec):
        each = np.asarray(rows, float).reshape(n_rows, -1, rows.shape[1]).mean(1)
        for column, values in columns.items():
            each[:, column] = values
        return each
    encoded = codec.encode(rows)
    encoded = encoded.reshape(n_rows, -1, encoded.shape[1])
    if model.labels_.n_classes and model.label_ is not None:
        usual = shares(labels, model.labels_.classes_, n_rows).argmax(1)
        columns = {**columns, model.label_: model.labels_.classes_[usual]}
    means = {
        number.name: number.mean_of_draws(encoded[..., number.place])
        for number in codec.measured()
        if number.name not in columns
    }
    return codec.decode_means(means, _usual(encoded, codec.choices()), rng, columns)


def shares(values: np.ndarray, categories: np.ndarray, n_rows: int) -> np.ndarray:
    """Share of each category among the draws of each row, (n_rows, k); a missing one is None."""
    found = np.stack([_is(values, category) for category in categories], 1)
    share: np.ndarray = found.reshape(n_rows, -1, len(categories)).mean(1)
    return share


def _is(values: np.ndarray, category: Any) -> np.ndarray:
    if category is None:
        return np.array([value is None for value in values])
    return np.asarray(values == category)


def _usual(encoded: np.ndarray, choices: list[tuple[int, int]]) -> np.ndarray:
    """Most frequent codes, and means of all else, over draws (n, times, width)."""
    sums = np.where(np.isnan(encoded), 0.0, encoded).sum(1)
    usual = sums / np.maximum((~np.isnan(encoded)).sum(1), 1)
    for place, n_codes in choices:
        counts = np.stack([(encoded[..., place] == code).sum(1) for code in range(n_codes)], 1)
        usual[:, place] = counts.argmax(1)
    return usual
