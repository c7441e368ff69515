"""Which settings of a TopK make sense, by themselves and with the data."""

from typing import Any

import numpy as np

from ...base import GenerativeModel, check_counts, check_known, check_truths, is_amount
from ...codecs import TableCodec
from ...errors import SettingError
from ...events import Emitter
from ...statistics.subsets.choosing import CHOICES
from ...statistics.subsets.interpolation import BANDWIDTHS
from .drawing import VARIATIONS

_NAMING = ("identifier", "text")


def check(model: Any) -> None:
    """Refuse settings that make no sense."""
    check_known(model, choose=CHOICES)
    if model.vary is not None:
        check_known(model, vary=[word for word in VARIATIONS if word])
    check_counts(model, "n_neighbors", *(["k"] if model.k is not None else []))
    check_truths(model, "replace", "allow_copies")
    width = model.bandwidth
    named = isinstance(width, str) and width in BANDWIDTHS
    if not named and not (is_amount(width) and width > 0):
        raise SettingError(f"bandwidth={width!r}; use 'scott', 'silverman' or a number over 0.")
    if not is_amount(model.candidates) or model.candidates < 1:
        raise SettingError(f"candidates={model.candidates!r}; use a number, 1 or more.")
    _check_source(model)


def _check_source(model: Any) -> None:
    if model.of is not None and not isinstance(model.of, GenerativeModel):
        raise SettingError(f"of={model.of!r}; give a model, such as drawlike.GaussianMixture(3).")
    if model.of is None and isinstance(model.by, str) and model.by != "density":
        raise SettingError(
            f"by={model.by!r} is for draws of a model (of=...); for training rows give "
            "a function of rows, such as gan.realism, or their numbers."
        )
    if model.of is not None and (model.choose != "uniform" or (model.vary and model.k is None)):
        raise SettingError(
            "of= keeps a model's best draws: leave choose= out, and give k= to vary them."
        )


def refuse_naming(model: Any) -> None:
    """Rows that stand for somebody are drawn as they are only if the user says so."""
    codec = rows_codec(model)
    if not isinstance(codec, TableCodec) or model.vary or model.allow_copies:
        return
    columns = [c.name for c in codec.schema_.columns if c.type in _NAMING]
    if columns:
        raise SettingError(
            f"Column {columns[0]!r} names its rows, and TopK draws rows as they are; drop "
            "the column, use vary='interpolate', or allow_copies=True if copies are meant."
        )


def tell_of_lone_rows(model: Any, events: Emitter) -> None:
    """A row that has no other in its class can only be copied."""
    alone = np.flatnonzero(np.bincount(model.groups_) == 1)
    if model.vary is None or not len(alone):
        return
    named = model.labels_.classes_[alone].tolist() if model.labels_.n_classes else []
    events.warning(
        f"vary={model.vary!r} needs two rows, and {f'of classes {named}' if named else 'in all'} "
        "one is kept: what is drawn there are copies of it. Give more rows or raise k"
    )


def rows_codec(model: Any) -> Any:
    """Give the codec of rows, or of the steps of sequences."""
    return getattr(model.codec_, "steps_", model.codec_)
