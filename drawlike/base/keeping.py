"""A fitted model as nested values and arrays, which a store keeps, and back."""

from typing import Any

import numpy as np
import torch

from ..codecs import CODECS, LabelCodec
from ..datasets import Holdout
from ..events import History
from ..training import Film
from .run import versions


def content_of(model: Any) -> dict[str, Any]:
    """All there is to keep of a fitted model, as nested JSON values and arrays."""
    film = getattr(model, "film_", None)
    plain = {"random_state": model.seed_, "device": str(model.device)}
    settings = {k: _plain(v) for k, v in (model.get_params(deep=False) | plain).items()}
    return {
        "model": model.name,
        "settings": settings,
        "versions": versions(),
        "kind": model.kind_,
        "label": model.label_,
        "n_features_in": model.n_features_in_,
        "feature_names_in": list(getattr(model, "feature_names_in_", [])) or None,
        "n_rows": model.n_rows_,
        "contains_training_rows": model.contains_training_rows,
        "holdout": model.holdout_.state() if model.holdout_ else None,
        "codec": model.codec_.state(),
        "labels": model.labels_.state(),
        "film": film.state() if film else None,
        "state": model._state(),
    }


def restored(model: Any, content: dict[str, Any]) -> Any:
    """Make a model with the settings of ``content`` the fitted one that it was."""
    if not torch.cuda.is_available():
        model.device = "auto"  # a model trained on a GPU loads where there is none
    model.kind_, model.label_ = content["kind"], content["label"]
    model.n_features_in_, model.n_rows_ = content["n_features_in"], content["n_rows"]
    if content["feature_names_in"]:
        model.feature_names_in_ = np.array(content["feature_names_in"], dtype=object)
    model.seed_, model.history_ = content["settings"]["random_state"], History()
    model.holdout_ = content["holdout"] and Holdout.from_state(content["holdout"])
    if content.get("film"):  # the first version kept none
        model.film_ = Film.from_state(content["film"])
    codec = content["codec"]
    # a state names its codec where a kind of data has several
    model.codec_ = CODECS[codec.get("codec", content["kind"])].from_state(codec)
    model.labels_ = LabelCodec.from_state(content["labels"])
    model._set_state(content["state"], model.codec_.layout_)
    return model


def _plain(value: Any) -> Any:
    """Turn a tensor or a frame among the settings into an array, which can be stored."""
    is_array_like = hasattr(value, "__array__") and not isinstance(value, np.generic)
    return np.asarray(value) if is_array_like else value
