"""Sequences drawn in blocks, each from a key of its own."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..codecs import LabelCodec
from ..codecs.padded import padded
from ..rows import Batch
from .randomness import BLOCK_ROWS, block_generator

_BLOCK_SEQUENCES = 64


@torch.no_grad()
def draws(
    model: Any, n: int, asked: np.ndarray | None, length: int | None, seed: int
) -> tuple[np.ndarray, np.ndarray, Tensor, int]:
    """One-hot labels, lengths and steps of n sequences, and the number of blocks."""
    if n == 1 and length is not None:
        return _one_draw(model, asked, length, seed)
    conds, lengths, steps = [], [], []
    for i, start in enumerate(range(0, n, _BLOCK_SEQUENCES)):
        label_rng, length_rng, step_rng = block_generator(seed, i).spawn(3)
        stop = min(start + _BLOCK_SEQUENCES, n)
        some = None if asked is None else asked[start:stop]
        cond = _cond(model.labels_, some, stop - start, label_rng)
        each = _lengths(model, stop - start, length, length_rng)
        conds.append(cond)
        lengths.append(each)
        labels = (
            torch.from_numpy(cond).argmax(1) if cond.shape[1] else torch.zeros(len(cond)).long()
        )
        steps.append(draw_block(model, labels, torch.from_numpy(each), step_rng))
    return np.concatenate(conds), np.concatenate(lengths), torch.cat(steps), len(conds)


def draw_block(model: Any, labels: Tensor, lengths: Tensor, rng: np.random.Generator) -> Tensor:
    """Draw sequences of several classes, a class at a time."""
    parts: list[Any] = [None] * len(labels)
    for c in labels.unique().tolist():
        places = (labels == c).nonzero()[:, 0]
        x, _ = model._sample_steps(c, lengths[places], rng, None)
        for i, part in zip(places.tolist(), x.split(lengths[places].tolist()), strict=True):
            parts[i] = part
    return torch.cat(parts)


def padded_draws(model: Any, cond: Tensor, rng: np.random.Generator) -> Tensor:
    """Encoded sequences of one-hot classes, as rows: the number of steps, and then the steps."""
    length_rng, step_rng = rng.spawn(2)
    lengths = _lengths(model, len(cond), None, length_rng)
    labels = torch.from_numpy(Batch(cond, cond, cond).label)
    steps = draw_block(model, labels, torch.from_numpy(lengths), step_rng)
    return torch.from_numpy(padded(steps.cpu().numpy(), lengths, longest_of(model)))


def longest_of(model: Any) -> int:
    """Steps of the longest sequence that is drawn."""
    return int(model.lengths_.max())


def _one_draw(
    model: Any, asked: np.ndarray | None, n: int, seed: int
) -> tuple[np.ndarray, np.ndarray, Tensor, int]:
    """One sequence, some thousand steps a generator, each block going on with the last."""
    cond = _cond(model.labels_, asked, 1, block_generator(seed, 0).spawn(1)[0])
    label = int(cond.argmax()) if cond.shape[1] else 0
    parts, last = [], None
    for i, start in enumerate(range(0, n, BLOCK_ROWS)):
        lengths = torch.tensor([min(BLOCK_ROWS, n - start)])
        x, last = model._sample_steps(label, lengths, block_generator(seed, i), last)
        parts.append(x)
    return cond, np.array([n]), torch.cat(parts), len(parts)


def _cond(
    labels: LabelCodec, asked: np.ndarray | None, n: int, rng: np.random.Generator
) -> np.ndarray:
    return labels.draw(n, rng) if asked is None else labels.encode(asked, n)


def _lengths(model: Any, n: int, length: int | None, rng: np.random.Generator) -> np.ndarray:
    if length is not None:
        return np.full(n, length)
    return rng.choice(model.lengths_, n, p=model.length_counts_ / model.length_counts_.sum())
