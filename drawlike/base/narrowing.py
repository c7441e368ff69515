"""Encoded rows within regions of some columns: exactly, or weighted.

A model with ``_log_within`` and ``_draw_within`` knows how likely regions are, and draws
complete rows in them. Of any other model with an exact density, regions of codes are gone through: each code in
them makes a row of what is known, and the model says how likely that is. What a model is not
narrowed to is left to chance (:mod:`drawlike.base.seeking`).
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.special import logsumexp, softmax
from torch import Tensor

from ..errors import NotConditionalError
from ..layout import Binned, Choice, Region
from .evidence import Evidence, log_classes

_SCORED = 1 << 15  # rows that a model is asked about for one region
_CANDIDATES, _POOL = 4, 2000  # weighted ones for each row, and at least


class Limits(NamedTuple):
    """Regions that columns lie in, and classes (k,) that are allowed, None for all."""

    regions: Sequence[Region]
    allowed: np.ndarray | None = None


class Narrowed(NamedTuple):
    """Rows with cells drawn within regions, and how many equal draws they are worth."""

    evidence: Evidence
    effective: float = math.inf
    is_complete: bool = False


def is_narrowed(model: Any, region: Region) -> bool:
    """Whether a model can be narrowed to a region."""
    if hasattr(model, "_draw_within"):
        return True
    exact = getattr(model, "density", None) == "exact"
    return exact and isinstance(_block_at(model, region.place.start), Binned | Choice)


def narrowed(
    model: Any,
    known: Evidence,
    rows: np.ndarray,
    limits: Limits,
    rng: np.random.Generator,
) -> Narrowed:
    """Draw the cells of regions, and classes among those that are allowed.

    ``rows`` (m,) are numbers of rows of what is known, each of which may come often.

    Raises
    ------
    NotConditionalError
        If what is asked has probability 0.
    """
    narrow = _by_codes if limits.regions and not hasattr(model, "_draw_within") else _by_hooks
    return narrow(model, known, rows, limits, rng)


def classes_within(model: Any, known: Evidence, limits: Limits) -> np.ndarray:
    """Probability of each class of rows that lie in regions, by a model that knows these, (n, k)."""
    if known.cond is not None:
        return known.cond.double().numpy()
    log_each = _log_each(model, known, limits)
    _refuse_impossible(log_each.max(1))
    share: np.ndarray = softmax(log_each, axis=1)
    return share


def log_codes_within(
    model: Any, known: Evidence, limits: Limits, column: tuple[int, int]
) -> np.ndarray:
    """Log-probability of each code of an encoded column, and of what is known and asked, (n, k).

    ``column`` is its place and the number of its codes.
    """
    place, n_codes = column
    others = [region for region in limits.regions if region.place.start != place]
    own = [region.shares for region in limits.regions if region.place.start == place]
    out = np.empty((len(known.x), n_codes))
    for rows in torch.arange(len(known.x)).split(max(1, _SCORED // n_codes)):
        each = known.take(rows.repeat_interleave(n_codes))
        each.x[:, place] = torch.arange(n_codes).repeat(len(rows)).to(each.x)
        log_each = _log_each(model, each, limits._replace(regions=others))
        out[rows] = logsumexp(log_each, axis=1).reshape(len(rows), n_codes)
    for shares in own:
        assert shares is not None
        with np.errstate(divide="ignore"):
            out += np.log(shares[:n_codes])
    _refuse_impossible(out.max(1))
    return out


def _by_hooks(
    model: Any,
    known: Evidence,
    rows: np.ndarray,
    limits: Limits,
    rng: np.random.Generator,
) -> Narrowed:
    regions = limits.regions
    log_each = _log_each(model, known, limits)
    _refuse_impossible(log_each.max(1))

    def drawn(rows: np.ndarray) -> tuple[Evidence, Tensor]:
        some = _with_classes(known.take(rows), log_each[rows], rng)
        if not regions:
            return some, torch.zeros(len(rows))
        x, log_weight = model._draw_within(some.x, some.cond, regions, rng)
        return some._replace(x=x.to(some.x)), log_weight

    some, log_weight = drawn(rows)
    if not log_weight.any():
        return Narrowed(some, is_complete=bool(regions))
    group = np.repeat(np.sort(rows), max(_CANDIDATES, -(-_POOL // len(rows))))
    some, log_weight = drawn(group)
    weights = log_weight.numpy()
    some = some.take(chosen(weights, group, rows, rng))
    x = known.x[rows].clone()
    for region in regions:  # all else is drawn anew, so that no row comes twice
        x[:, region.place] = some.x[:, region.place]
    return Narrowed(some._replace(x=x), _effective(weights, group))


def _by_codes(
    model: Any,
    known: Evidence,
    rows: np.ndarray,
    limits: Limits,
    rng: np.random.Generator,
) -> Narrowed:
    regions = limits.regions
    together = max(1, _SCORED // max(len(region.codes) for region in regions))
    out = known.take(rows)
    cond = None if known.cond is not None else torch.empty(len(rows), model.labels_.n_classes)
    effective = math.inf
    for first in range(0, len(known.x), together):
        mine = np.flatnonzero((rows >= first) & (rows < first + together))
        combined = _Combined.of(model, known.take(slice(first, first + together)), limits.allowed)
        for region in regions:
            combined = combined.fewer(together, rng).with_region(region)
        places = chosen(combined.log_weight, combined.row, rows[mine] - first, rng)
        effective = min(effective, combined.effective)
        out.x[mine] = combined.x[places]
        if cond is not None:
            some = _with_classes(Evidence(out.x[mine], None), combined.log_each[places], rng)
            cond[mine] = some.cond.to(cond)  # type: ignore[union-attr]
    for region in regions:
        if region.place.stop - region.place.start > 1:
            codes = out.x[:, region.place.start].long().numpy()
            out.x[:, region.place.start + 1] = torch.from_numpy(region.placed(codes, rng)).to(out.x)
    return Narrowed(out if cond is None else out._replace(cond=cond.to(out.x)), effective)


class _Combined(NamedTuple):
    """Rows of what is known with codes of regions, and how likely each is with each class.

    ``row`` is the known one that it comes from. ``log_drawn`` is how likely it was before its
    last code where it is a draw, of which ``parent`` is the number.
    """

    model: Any
    allowed: np.ndarray | None
    x: Tensor
    cond: Tensor | None
    row: np.ndarray
    log_each: np.ndarray
    log_share: np.ndarray
    log_drawn: np.ndarray
    parent: np.ndarray | None

    @classmethod
    def of(cls, model: Any, known: Evidence, allowed: np.ndarray | None) -> "_Combined":
        n = len(known.x)
        nothing = np.zeros(n)
        return cls(
            model, allowed, *known, np.arange(n), nothing[:, None], nothing, nothing, parent=None
        )

    @property
    def log_weight(self) -> np.ndarray:
        """What each counts among those of the same known row, (p,)."""
        weight: np.ndarray = logsumexp(self.log_each, axis=1) + self.log_share - self.log_drawn
        return weight

    @property
    def effective(self) -> float:
        """How many equal draws it is worth, infinitely many if all codes were gone through."""
        if self.parent is None:
            return math.inf
        first, _ = _groups(self.parent)
        log_weight = np.logaddexp.reduceat(self.log_weight, first)
        return _effective(log_weight, self.row[first])

    def take(self, chosen: np.ndarray) -> "_Combined":
        """Some of them, by position."""
        return self._replace(
            x=self.x[chosen], cond=None if self.cond is None else self.cond[chosen],
            row=self.row[chosen], log_each=self.log_each[chosen],
            log_share=self.log_share[chosen], log_drawn=self.log_drawn[chosen],
            parent=None if self.parent is None else self.parent[chosen],
        )  # fmt: skip

    def fewer(self, most: int, rng: np.random.Generator) -> "_Combined":
        """Draw some where there are too many."""
        if len(self.x) <= most:
            return self
        n = int(self.row[-1]) + 1
        wanted = np.repeat(np.arange(n), max(1, most // n))
        drawn = self.take(np.sort(chosen(self.log_weight, self.row, wanted, rng)))
        return drawn._replace(
            log_drawn=drawn.log_weight + drawn.log_drawn, parent=np.arange(len(drawn.x))
        )

    def with_region(self, region: Region) -> "_Combined":
        """Go through the codes of a region."""
        codes = region.codes
        out = self.take(np.repeat(np.arange(len(self.x)), len(codes)))
        each, times = torch.from_numpy(codes).to(out.x), len(self.x)
        out.x[:, region.place.start] = each.repeat(times)
        assert region.shares is not None
        log_each = _log_each(self.model, Evidence(out.x, out.cond), Limits((), self.allowed))
        log_share = out.log_share + np.tile(np.log(region.shares[codes]), times)
        out = out._replace(log_each=log_each, log_share=log_share)
        _refuse_impossible(np.maximum.reduceat(out.log_weight, _groups(out.row)[0]))
        return out


def _log_each(model: Any, known: Evidence, limits: Limits) -> np.ndarray:
    """Log-probability of what is known, and of regions, with each class that is allowed, (n, k)."""
    regions, allowed = limits
    x, cond = known
    if cond is not None:
        if not regions:
            return known.log_prob(model)[:, None]
        log_prob: np.ndarray = model._log_within(x, cond, regions).double().cpu().numpy()
        return log_prob[:, None]
    with np.errstate(divide="ignore"):
        if regions:
            classes = torch.eye(model.labels_.n_classes, dtype=x.dtype)
            each = [model._log_within(x, one.expand(len(x), -1), regions) for one in classes]
            prior = np.log(model.labels_.frequencies_)
            log_each = torch.stack(each, 1).double().cpu().numpy() + prior
        else:
            log_each = log_classes(model, x).numpy()
        return log_each if allowed is None else log_each + np.log(allowed)


def _with_classes(known: Evidence, log_each: np.ndarray, rng: np.random.Generator) -> Evidence:
    """Draw the class of each row, if it is not known, in proportion to probabilities (n, k)."""
    if known.cond is not None:
        return known
    label = (log_each + rng.gumbel(size=log_each.shape)).argmax(1)
    return known._replace(cond=torch.eye(log_each.shape[1], dtype=known.x.dtype)[label])


def chosen(
    log_weight: np.ndarray, group: np.ndarray, wanted: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Draw a candidate of each wanted group, in proportion to weights; groups are in order."""
    first, of = _groups(group)
    weight = np.exp(log_weight - np.maximum.reduceat(log_weight, first)[of])
    upto = np.cumsum(weight / np.add.reduceat(weight, first)[of])
    number = np.searchsorted(group[first], wanted)
    found = np.searchsorted(upto, number + rng.random(len(wanted)), side="right")
    last = np.append(first[1:], len(group)) - 1
    return np.clip(found, first[number], last[number])


def _groups(group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each run of equal numbers begins, and which run each is of."""
    is_first = np.diff(group, prepend=group[0] - 1) != 0
    return np.flatnonzero(is_first), np.cumsum(is_first) - 1


def _effective(log_weight: np.ndarray, group: np.ndarray) -> float:
    """Least effective sample size of a group (Kong 1992), (sum w)^2 / sum w^2."""
    first, _ = _groups(group)
    once = np.logaddexp.reduceat(log_weight, first)
    twice = np.logaddexp.reduceat(2 * log_weight, first)
    return float(np.exp(2 * once - twice).min())


def _refuse_impossible(log_prob: np.ndarray) -> None:
    if np.isneginf(log_prob).any():
        raise NotConditionalError(
            "What is given has probability 0: no row has it all. Give less, or wider ranges."
        )


def _block_at(model: Any, place: int) -> Any:
    start = 0
    for block in model.codec_.layout_.blocks:
        if start <= place < start + block.width:
            return block
        start += block.width
    raise AssertionError(place)
