"""Small real data that come with scikit-learn, so that nothing is downloaded."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import SettingError
from .dataset import Dataset, as_dataset
from .sources import close

SAMPLE_PREFIX = "sample:"  # read("sample:wine") gives what load_sample("wine") does


def load_sample(name: str) -> Dataset:
    """Give one of the data sets that need no file.

    Parameters
    ----------
    name
        "digits": 1,797 grey images of 8 x 8, uint8 from 0 to 16, ten classes (Alpaydin and
        Kaynak, 1998). "breast_cancer": 569 rows, 30 numbers, label "diagnosis" (Wolberg,
        Street and Mangasarian, 1995). "wine": 178 rows, 13 numbers, label "cultivar" (Aeberhard
        and Forina, 1991).
    """
    if name not in SAMPLES:
        raise SettingError(
            f"There is no sample {name!r}.{close(name, list(SAMPLES))} Has: {', '.join(SAMPLES)}."
        )
    data, content = SAMPLES[name]()
    digest = hashlib.sha256(np.ascontiguousarray(content).tobytes()).hexdigest()
    source = {"path": SAMPLE_PREFIX + name, "sha256": digest, "rows": len(data)}
    return replace(data, source=source)


def _digits() -> tuple[Dataset, np.ndarray]:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return as_dataset(bunch.images.astype(np.uint8), bunch.target), bunch.images


def _breast_cancer() -> tuple[Dataset, np.ndarray]:
    from sklearn.datasets import load_breast_cancer

    return _table(load_breast_cancer(as_frame=True), "diagnosis")


def _wine() -> tuple[Dataset, np.ndarray]:
    from sklearn.datasets import load_wine

    return _table(load_wine(as_frame=True), "cultivar")


def _table(bunch: Any, label: str) -> tuple[Dataset, np.ndarray]:
    import pandas as pd

    frame = bunch.data.copy()
    frame[label] = pd.Categorical.from_codes(bunch.target, bunch.target_names)
    return as_dataset(frame, label=label), bunch.data.to_numpy()


SAMPLES: dict[str, Callable[[], tuple[Dataset, np.ndarray]]] = {
    "digits": _digits,
    "breast_cancer": _breast_cancer,
    "wine": _wine,
}
