"""Encoded rows of which some cells are known: NaN where they are not."""

from collections.abc import Container, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..statistics.mixtures.categorical import cumulative, pick
from .chunks import chunks
from .randomness import BLOCK_ROWS, block_generator, seed_of

MEAN_DRAWS = 100  # draws that the mean of a table's number is taken over
_TOLD_TOGETHER = 1024  # rows that are asked at once for all codes of columns
_FEW_CODES = 2000
_CODES_AT_ONCE = 1 << 16  # rows that are scored at once to compare the codes of a column


class Evidence(NamedTuple):
    """What is known of rows: encoded cells (n, width), and one-hot classes or None."""

    x: Tensor
    cond: Tensor | None

    def take(self, rows: Any) -> "Evidence":
        """Some of the rows, by position."""
        return Evidence(self.x[rows], None if self.cond is None else self.cond[rows])

    def log_prob(self, model: Any) -> np.ndarray:
        """Log-probability of what is known, in encoded space, nats, (n,)."""
        parts = [model._log_joint(x, cond) for x, cond in chunks(*self, model.scored_together)]
        return torch.cat(parts).double().cpu().numpy()

    def classes(self, model: Any) -> Tensor:
        """Probability of each class, (n, k)."""
        return self.cond if self.cond is not None else log_classes(model, self.x).softmax(1)

    def with_classes_drawn(self, model: Any, rng: np.random.Generator) -> "Evidence":
        """Draw the class of each row given its cells, where it is not known."""
        if self.cond is not None:
            return self
        posterior = self.classes(model)
        uniform = torch.from_numpy(rng.random(len(self.x)))
        label = pick(cumulative(posterior), torch.arange(len(self.x)), uniform)
        return self._replace(cond=torch.eye(posterior.shape[1], dtype=self.x.dtype)[label])


def log_classes(model: Any, x: Tensor) -> Tensor:
    """Log of p(x, class) for each class, (n, k) float64."""
    parts = [
        model._log_classes(part).double() for part, _ in chunks(x, None, model.scored_together)
    ]
    with torch.no_grad():
        return torch.cat(parts)


@torch.no_grad()
def draws(model: Any, evidence: Evidence, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Encoded rows drawn given what is known, (n, width), and their one-hot classes."""
    rows, conds = [], []
    for i, start in enumerate(range(0, len(evidence.x), BLOCK_ROWS)):
        label_rng, row_rng = block_generator(seed, i).spawn(2)
        block = evidence.take(slice(start, start + BLOCK_ROWS))
        x, cond = block.with_classes_drawn(model, label_rng)
        rows.append(model._sample_given(x, cond, row_rng).double().cpu().numpy())
        conds.append(cond.cpu().numpy())  # type: ignore[union-attr]
    return np.concatenate(rows), np.concatenate(conds)


def draws_of_each(model: Any, evidence: Evidence, times: int, seed: int) -> Iterator[np.ndarray]:
    """Draws of each row, in parts (rows, times, width)."""
    for i, rows in enumerate(torch.arange(len(evidence.x)).split(max(1, BLOCK_ROWS // times))):
        each = evidence.take(rows.repeat_interleave(times))
        rng = block_generator(seed, i)
        yield draws(model, each, seed_of(rng))[0].reshape(len(rows), times, -1)


@torch.no_grad()
def mean(model: Any, evidence: Evidence) -> np.ndarray:
    """Encoded rows, (n, width): means of numbers, averaged over classes that are not known."""
    if evidence.cond is not None:
        parts = [model._mean_given(x, cond) for x, cond in chunks(*evidence)]
        return torch.cat(parts).double().cpu().numpy()
    posterior = evidence.classes(model).numpy()
    each = (
        mean(model, evidence._replace(cond=one_hot.expand(len(evidence.x), -1)))
        for one_hot in torch.eye(posterior.shape[1], dtype=evidence.x.dtype)
    )
    return np.sum([share[:, None] * x for share, x in zip(posterior.T, each, strict=True)], 0)


@torch.no_grad()
def log_marginals(model: Any, evidence: Evidence, columns: Sequence[int]) -> list[np.ndarray]:
    """Log-probability of each code of some encoded columns, given what is known, (n, k) each.

    Of models that tell it at once, by ``_log_marginals``. Classes that are not known are summed over.
    """
    parts = [_log_marginals(model, part, columns) for part in _split(evidence, _TOLD_TOGETHER)]
    return [np.concatenate(each) for each in zip(*parts, strict=True)]


def _log_marginals(model: Any, evidence: Evidence, columns: Sequence[int]) -> list[np.ndarray]:
    x, cond = evidence
    if cond is not None:
        return [log.double().numpy() for log in model._log_marginals(x, cond, columns)]
    posterior = evidence.classes(model).double()
    each = [
        model._log_marginals(x, one_hot.expand(len(x), -1), columns)
        for one_hot in torch.eye(posterior.shape[1], dtype=x.dtype)
    ]
    total = (torch.stack(logs, 1) + posterior.log()[:, :, None] for logs in zip(*each, strict=True))
    return [log.logsumexp(1).numpy() for log in total]


def number_means(
    model: Any, evidence: Evidence, but: Container[Any], seed: int
) -> dict[Any, np.ndarray]:
    """Means of the measures of a table's numbers given what is known of each row, (n,) each.

    Exact where the model tells how likely each code is, else over ``MEAN_DRAWS`` draws a row. Columns
    in ``but`` are left out.
    """
    numbers = [each for each in model.codec_.measured() if each.name not in but]
    if not numbers:
        return {}
    if hasattr(model, "_log_marginals"):
        places = [number.place.start for number in numbers]
        parts = (log_marginals(model, some, places) for some in _split(evidence, _TOLD_TOGETHER))
        means = [[n.mean_of_codes(log) for n, log in zip(numbers, p, strict=True)] for p in parts]
    else:
        drawn = draws_of_each(model, evidence, MEAN_DRAWS, seed)
        means = [[n.mean_of_draws(many[..., n.place]) for n in numbers] for many in drawn]
    each = zip(numbers, zip(*means, strict=True), strict=True)
    return {number.name: np.concatenate(found) for number, found in each}


def tells_codes(model: Any) -> bool:
    """Whether a model tells all codes of its columns at once, and these are not very many."""
    most = max((n_codes for _, n_codes in model.codec_.choices()), default=0)
    return hasattr(model, "_log_marginals") and most <= _FEW_CODES


def with_likeliest(model: Any, evidence: Evidence) -> np.ndarray:
    """Fill in the most probable code of each column by itself, (n, width)."""
    places = [place for place, _ in model.codec_.choices()]
    out = evidence.x.double().numpy().copy()
    best = [
        np.stack([log.argmax(1) for log in log_marginals(model, some, places)], 1)
        for some in _split(evidence, _TOLD_TOGETHER)
    ]
    out[:, places] = np.where(np.isnan(out[:, places]), np.concatenate(best), out[:, places])
    return out


def _split(evidence: Evidence, size: int) -> Iterator[Evidence]:
    return (Evidence(*part) for part in chunks(*evidence, size=size))


def log_codes(model: Any, evidence: Evidence, column: int, n_codes: int) -> np.ndarray:
    """Log-probability of each code of an encoded column and what is known, up to a sum, (n, n_codes)."""
    if hasattr(model, "_log_marginals"):
        return log_marginals(model, evidence, [column])[0][:, :n_codes]
    out = []
    for rows in torch.arange(len(evidence.x)).split(max(1, _CODES_AT_ONCE // n_codes)):
        each = evidence.take(rows.repeat_interleave(n_codes))
        each.x[:, column] = torch.arange(n_codes).repeat(len(rows)).to(each.x)
        out.append(each.log_prob(model).reshape(len(rows), n_codes))
    return np.concatenate(out)
