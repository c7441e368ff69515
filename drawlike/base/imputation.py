"""Missing cells of rows, filled by what the others tell."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import torch

from ..codecs import TableCodec
from ..codecs.cells import Cells
from .checking import checked
from .evidence import Evidence, draws, log_codes, mean, number_means
from .given import likeliest_codes
from .labels import known
from .randomness import block_generator
from .relating import with_combinations


def imputed(model: Any, X: Any, y: Any, seed: int, *, draw: bool) -> Any:
    """Rows with their missing cells filled."""
    X = checked(model, X, reset=False)
    fill = _filled_table if isinstance(model.codec_, TableCodec) else _filled_array
    return fill(model, X, y, seed, draw=draw)


def _filled_array(model: Any, X: Any, y: Any, seed: int, *, draw: bool) -> Any:
    x = model._tensor(model.codec_.encode(X)).to(model.dtype)
    rows = x.isnan().any(1).nonzero()[:, 0]
    if not len(rows):
        return model.codec_.filled(X, np.empty(0, int), X[:0])
    evidence = Evidence(x, known(model, X, y)[0]).take(rows)
    full = draws(model, evidence, seed)[0] if draw else mean(model, evidence)
    return model.codec_.filled(X, rows.numpy(), model.codec_.decode(full))


def _filled_table(model: Any, X: Any, y: Any, seed: int, *, draw: bool) -> Any:
    codec, gaps = model.codec_, model.codec_.unknown(X)
    rows = np.flatnonzero(gaps.any(1))
    if not len(rows):
        return codec.filled(X, rows, X)
    evidence = Evidence(_without(model, X, gaps), None).take(rows)
    rng = block_generator(seed, 0)
    evidence = _classes(model, evidence, _labels(model, X, y, rows), rng, draw=draw)
    known = _cells_of(codec, X, rows)
    evidence = with_combinations(model, evidence, known, gaps[rows], rng if draw else None)
    codes = [
        (place, n, np.flatnonzero(gaps[rows, column]))
        for column, place, n in codec.codes_of_values()
    ]
    labels = {} if not _has_label(model) else {model.label_: _decoded(model, evidence)}
    if draw:
        for place, n, some in codes:  # one after the other, each given those before
            evidence.x[some, place] = _code(model, evidence.take(some), place, n, _picker(rng))
        drawn = draws(model, evidence, seed)[0]
        return codec.filled(X, rows, codec.decode_given(drawn, labels, rng))
    means = number_means(model, evidence, labels, seed)
    likeliest = likeliest_codes(model, evidence)
    for place, n, some in codes:
        likeliest[some, place] = _code(model, evidence.take(some), place, n, _largest)
    return codec.filled(X, rows, codec.decode_means(means, likeliest, rng, labels))


def _cells_of(codec: TableCodec, X: Any, rows: np.ndarray) -> Callable[[Any], Cells]:
    def cells(name: Any) -> Cells:
        every = codec.cells(X, name)
        return Cells(every.values.take(rows), every.missing[rows])

    return cells


def _without(model: Any, X: Any, gaps: np.ndarray) -> torch.Tensor:
    """Encoded rows, in which missing cells are unknown and no value of their own."""
    encoded = model.codec_.encode(X, filling=True)
    for column, name in enumerate(model.codec_.names):
        place = model.codec_.places(name)
        encoded[gaps[:, column], place] = np.nan
    return torch.from_numpy(encoded).to(model.dtype)


def _has_label(model: Any) -> bool:
    return model.label_ is not None and bool(model.labels_.n_classes)


def _labels(model: Any, X: Any, y: Any, rows: np.ndarray) -> np.ndarray | None:
    """Labels of some rows, missing where they are; None if there are none at all."""
    if y is None and not _has_label(model):
        return None
    frame = X if y is None else None
    labels = np.asarray(y if frame is None else model.codec_.column(frame, model.label_))
    return labels[rows].astype(object)


def _classes(
    model: Any,
    evidence: Evidence,
    labels: np.ndarray | None,
    rng: np.random.Generator,
    *,
    draw: bool,
) -> Evidence:
    """Give each row a class: its own, or one that its cells tell."""
    n, k = len(evidence.x), model.labels_.n_classes
    if not k:
        return evidence._replace(cond=torch.zeros(n, 0, dtype=evidence.x.dtype))
    if labels is None:
        labels = np.full(n, None, object)
    unknown = pd.isna(labels)
    cond = torch.empty(n, k, dtype=evidence.x.dtype)
    if not unknown.all():
        chosen = labels[~unknown].astype(model.labels_.classes_.dtype)
        cond[~unknown] = torch.from_numpy(model.labels_.encode(chosen, len(chosen))).to(cond)
    if unknown.any():
        some = evidence.take(unknown)
        if draw:
            cond[unknown] = some.with_classes_drawn(model, rng).cond  # type: ignore[assignment]
        else:
            cond[unknown] = torch.eye(k, dtype=cond.dtype)[some.classes(model).argmax(1)]
    return evidence._replace(cond=cond)


def _decoded(model: Any, evidence: Evidence) -> np.ndarray:
    assert evidence.cond is not None
    return model.labels_.decode(evidence.cond.numpy())


_Pick = Callable[[np.ndarray], np.ndarray]


def _code(model: Any, evidence: Evidence, place: int, n_codes: int, pick: _Pick) -> Any:
    """A code of a value for each row, chosen among the first ``n_codes``."""
    if not len(evidence.x):
        return evidence.x[:, place]
    chosen = pick(log_codes(model, evidence, place, n_codes))
    return torch.from_numpy(chosen).to(evidence.x)


def _largest(log_prob: np.ndarray) -> np.ndarray:
    return log_prob.argmax(1)


def _picker(rng: np.random.Generator) -> _Pick:
    """Draw in proportion to probabilities, by the largest of Gumbel-shifted logs."""
    return lambda log_prob: (log_prob + rng.gumbel(size=log_prob.shape)).argmax(1)
