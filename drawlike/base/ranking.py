"""Draws of a model that score best among many."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..codecs.padded import unpadded
from ..errors import SettingError
from ..rows import Batch, Sequences
from .chunks import chunks
from .density import DensityMixin
from .model import GenerativeModel
from .sequence import SequenceMixin
from .sequence_draws import longest_of, padded_draws

Score = Callable[[Tensor, Tensor], Tensor]


def score_of(model: Any, score: Any) -> Score:
    """Give the function that scores encoded draws (n, width) of a fitted ``model``, (n,).

    ``score`` is "critic" (the logit of a GAN's critic), "density" (the log-density), None
    (the first of these that the model has), or a function of decoded rows.
    """
    if callable(score):
        return lambda x, cond: scored_by(score, model, x, cond)
    name = score or next((name for name, (able, _) in _SCORES.items() if able(model)), "critic")
    if name not in _SCORES:
        raise SettingError(f"by={score!r} is unknown; use one of {', '.join(_SCORES)}.")
    able, scored = _SCORES[name]
    if not able(model):
        raise SettingError(
            f"{type(model).__name__} has no {name} to score its draws by; use by='realism', "
            "the nearness to training rows, or a function of rows."
        )
    return lambda x, cond: scored(model, x, cond)


def scored_by(score: Callable[[Any], Any], model: Any, x: Tensor, cond: Tensor) -> Tensor:
    """Score encoded rows by a function of rows as the user knows them, (n,)."""
    labels = model.labels_.decode(cond.numpy())
    rows = model._decode(x.double().cpu().numpy(), labels, np.random.default_rng(0))
    try:
        values = np.array(score(rows), float)
    except Exception as error:
        raise SettingError(
            f"The function by= raised {type(error).__name__} when it was given {len(x)} rows as a "
            f"{type(rows).__name__}: {error}. Let it take rows as sample gives them, and give one "
            "number a row."
        ) from error
    if values.shape != (len(x),) or np.isnan(values).any():
        raise SettingError(
            f"by= gave values of shape {values.shape} for {len(x)} rows"
            f"{', some NaN' if np.isnan(values).any() else ''}; let it give one number a row."
        )
    return torch.from_numpy(values)


@torch.no_grad()
def best_draws(
    model: GenerativeModel, score: Score, cond: Tensor, times: float, rng: np.random.Generator
) -> Tensor:
    """Draw ``times`` as many rows as ``cond`` (n, k) has, and keep the best of each class.

    They come in the order of ``cond``, and within a class as they were drawn.
    """
    labels = cond.argmax(1).numpy() if cond.shape[1] else np.zeros(len(cond), int)
    kept, places = [], []
    for label in np.unique(labels):
        place = np.flatnonzero(labels == label)
        wanted = cond[place[0]].expand(int(np.ceil(times * len(place))), -1).to(model.dtype)
        x = _drawn(model, wanted, rng)
        scores = torch.cat([score(part, wanted[: len(part)]) for part, _ in chunks(x, None)])
        kept.append(x[scores.argsort(descending=True, stable=True)[: len(place)].sort().values])
        places.append(place)
    return torch.cat(kept)[torch.from_numpy(np.concatenate(places)).argsort()]


def width_of(model: Any) -> int:
    """How many numbers a draw of :func:`best_draws` has."""
    width = model.codec_.layout_.width
    return 1 + longest_of(model) * width if _is_sequential(model) else width


def _is_sequential(model: Any) -> bool:
    return isinstance(model, SequenceMixin)


def _drawn(model: Any, cond: Tensor, rng: np.random.Generator) -> Tensor:
    """Encoded draws; sequences as rows, the number of steps first."""
    if _is_sequential(model):
        return padded_draws(model, cond, rng)
    return model._sample(cond, rng).cpu()


def _log_prob(model: Any, x: Tensor, cond: Tensor) -> Tensor:
    """Log-density of encoded draws; of sequences in nats a step, since their lengths differ."""
    if not _is_sequential(model):
        return model._log_prob(x, cond).double().cpu()
    steps, lengths = unpadded(x.numpy(), model.codec_.layout_.width)
    each = torch.from_numpy(lengths)
    data = Sequences(torch.from_numpy(steps), each, cond, torch.ones(len(x)).to(x))
    label = Batch(x, cond, data.weight).label
    return model._log_each(data)[torch.arange(len(x)), label] / each


_SCORES: dict[str, tuple[Callable[[Any], bool], Callable[[Any, Tensor, Tensor], Tensor]]] = {
    "critic": (
        lambda model: hasattr(model, "_realism"),
        lambda model, x, cond: model._realism(x, cond),
    ),
    "density": (
        lambda model: isinstance(model, DensityMixin),
        _log_prob,
    ),
}
