"""Mixtures within regions of some columns.

    p(x | A, x_o) = sum_j r_j p(A | j, x_o) p(x | j, A, x_o) / sum_j r_j p(A | j, x_o)

Codes within a component are independent, and so are reals of a diagonal covariance: their
regions are exact together. Of dependent reals one is exact, and the others are drawn one after
the other within their regions, weighted by how likely it was to be there.
"""

from collections.abc import Iterator, Sequence
from functools import singledispatch
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...layout import Region
from ..columns import CodeColumn, RealColumn
from ..normals import truncated
from ..normals.dense import DenseNormals
from ..normals.missing import Reals
from ..normals.normal import Normals
from ..normals.patterns import Patterns
from .categorical import cumulative, pick
from .conditional import are_alike, completed, draw_component
from .mixture import Mixture

_AT_ONCE = 1 << 22  # numbers that are worked on at once


@torch.no_grad()
def log_prob_within(mixture: Mixture, x: Tensor, cond: Tensor, regions: Sequence[Region]) -> Tensor:
    """Log-density of what is known of rows, times the probability of regions, nats, (n,).

    Of dependent reals only the first region counts.
    """
    together = _together(mixture, regions)
    parts = [
        _joint(mixture, some, c, together).logsumexp(1)
        for some, c in _chunks(mixture, x, cond, together)
    ]
    return torch.cat(parts).cpu()


@torch.no_grad()
def draw_within(
    mixture: Mixture, x: Tensor, cond: Tensor, regions: Sequence[Region], rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Complete rows by draws within regions, (n, width), with log-weights, (n,)."""
    together, rows, weights = _together(mixture, regions), [], []
    for some, c in _chunks(mixture, x, cond, regions):
        which, noise, uniform = _numbers(mixture, len(some), rng)
        one = slice(0, 1) if are_alike(some, c) else slice(None)
        component = draw_component(mixture, _joint(mixture, some[one], c[one], together), c, which)
        log_weight = some.new_zeros(len(some))
        for region in sorted(regions, key=lambda region: region not in together):
            choices = _choices(mixture, some, component, region)
            if region not in together:
                log_weight += choices.log_prob.logsumexp(1)
            some = _filled(some, region, choices, rng)
        rows.append(completed(mixture, some, component, noise, uniform).cpu())
        weights.append(log_weight.cpu())
    return torch.cat(rows), torch.cat(weights)


def _together(mixture: Mixture, regions: Sequence[Region]) -> list[Region]:
    """Regions that are exact together: all, or those of codes and of one real."""
    if not isinstance(mixture.normals, DenseNormals):
        return list(regions)
    reals = [region for region in regions if len(region.spans)]
    return [region for region in regions if region not in reals[1:]]


def _chunks(
    mixture: Mixture, x: Tensor, cond: Tensor, regions: Sequence[Region]
) -> Iterator[tuple[Tensor, Tensor]]:
    widest = max((len(region.spans) + len(region.codes) for region in regions), default=0)
    size = max(1, _AT_ONCE // (x.shape[1] + widest + mixture.n_components))
    x, cond = x.to(mixture.device).double(), cond.to(mixture.device)
    yield from zip(x.split(size), cond.split(size), strict=True)


def _numbers(mixture: Mixture, n: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
    """Numbers by which a component, its reals and its codes are drawn."""
    d, m = len(mixture.spread), len(mixture.tables.probabilities)
    draws = (rng.random(n), rng.standard_normal((n, d)), rng.random((n, m)))
    return tuple(torch.from_numpy(draw).to(mixture.device) for draw in draws)


def _joint(mixture: Mixture, x: Tensor, cond: Tensor, regions: Sequence[Region]) -> Tensor:
    """Log of weight, density and regions of each component of a row's class, (n, k)."""
    joint = mixture.log_joint(x, cond)
    label = cond.argmax(1) if cond.shape[1] else torch.zeros(len(x), device=x.device).long()
    for k in range(mixture.n_components):
        component = label * mixture.n_components + k
        for region in regions:
            joint[:, k] += _choices(mixture, x, component, region).log_prob.logsumexp(1)
    return joint


class _Choices(NamedTuple):
    """Codes of a region, then spans, and how likely each is, (n, n_codes + n_spans).

    ``normal`` are mean and deviation, (n,) each, of the number of spans.
    """

    codes: Tensor
    log_prob: Tensor
    normal: tuple[Tensor, Tensor] | None


def _choices(mixture: Mixture, x: Tensor, component: Tensor, region: Region) -> _Choices:
    """What a row of each component (n,) has in a region, given what is known of it."""
    kinds = mixture.columns.columns[region.place]
    first = mixture.columns.columns[: region.place.start]
    codes = torch.from_numpy(region.codes).to(x.device)
    parts, opens, normal = [], x.new_zeros(len(x)), None
    if isinstance(kinds[0], CodeColumn):
        number = sum(isinstance(column, CodeColumn) for column in first)
        table = mixture.tables.probabilities[number]
        codes = codes[codes > 0] if len(kinds) > 1 else codes
        share = torch.from_numpy(region.shares).to(x)[codes, None]
        parts.append((table[codes] * share).log().T[component])
        opens = table[0].log()[component]
    if len(region.spans):
        real = sum(isinstance(column, RealColumn) for column in first)
        reals = mixture.columns.split(x)[0]
        normal = _one_real(mixture.normals, component, reals, real)
        parts.append(opens[:, None] + _log_masses(normal, region))
    return _Choices(codes, torch.cat(parts, 1), normal)


def _filled(x: Tensor, region: Region, choices: _Choices, rng: np.random.Generator) -> Tensor:
    """Rows with a draw in a region's columns."""
    out, n_codes = x.clone(), len(choices.codes)
    each = torch.arange(len(x), device=x.device)
    level, within = (torch.from_numpy(rng.random(len(x))).to(x) for _ in range(2))
    chosen = pick(cumulative(choices.log_prob.softmax(1)), each, level)
    if region.shares is not None:
        codes = torch.cat([choices.codes, choices.codes.new_zeros(1)])
        out[:, region.place.start] = codes[chosen.clamp(max=n_codes)].to(x)
    if choices.normal is not None:
        mean, deviation = (part.cpu().numpy() for part in choices.normal)
        span = (chosen - n_codes).clamp(min=0).cpu().numpy()
        low, high = region.bounds[span].T
        z = truncated.draw(
            (low - mean) / deviation, (high - mean) / deviation, within.cpu().numpy()
        )
        drawn = torch.from_numpy(np.clip(mean + deviation * z, low, high)).to(x)
        out[:, region.place.stop - 1] = torch.where(chosen < n_codes, torch.nan, drawn)
    return out


def _log_masses(normal: tuple[Tensor, Tensor], region: Region) -> Tensor:
    """Log-probability of each span, (n, s)."""
    mean, deviation = (part.cpu().numpy()[:, None] for part in normal)
    low, high = (region.bounds.T[:, None] - mean) / deviation
    return torch.from_numpy(truncated.log_mass(low, high)).to(normal[0])


@singledispatch
def _one_real(
    normals: Normals, component: Tensor, reals: Tensor, real: int
) -> tuple[Tensor, Tensor]:
    """Mean and deviation of a real given what is observed of rows, of components (n,), (n,) each."""
    return normals.means[component, real], normals.variances[component, real].sqrt()


@_one_real.register
def _of_dense(
    normals: DenseNormals, component: Tensor, reals: Tensor, real: int
) -> tuple[Tensor, Tensor]:
    mean, variance = normals.means[component, real], torch.empty_like(reals[:, 0])
    for j in component.unique().tolist():
        members = (component == j).nonzero()[:, 0]
        root = normals.roots[normals.owner[j]]
        for group in Reals(reals[members]).groups:
            pull = Patterns(normals).regression(normals.owner[j], group)[:, real]
            left = root[real] - pull @ root
            rows = members[group.rows[group.live]]
            told = (group.centred(normals.means[j]) * pull[:, None]).sum(-1)
            mean[rows] += told[group.live]
            spread = left.square().sum(-1, keepdim=True).expand_as(group.rows)
            variance[rows] = spread[group.live]
    return mean, variance.sqrt()
