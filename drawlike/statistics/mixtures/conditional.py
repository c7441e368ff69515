"""A mixture given some cells of a row is again a mixture, row by row.

    p(x_h | x_o) = sum_j r_j N(x_h; m_h + R (x_o - m_o), S_hh - R S_oh),   R = S_ho S_oo^-1

with r_j the responsibilities of the components given the observed cells; codes within a
component are independent of the rest (Bishop 2006, section 2.3.1, equations 2.81, 2.82). A
given value that was rounded stands for the middle of its cell.
"""

from functools import singledispatch

import numpy as np
import torch
from torch import Tensor

from ..columns import RealColumn
from ..normals.dense import DenseNormals
from ..normals.missing import Reals
from ..normals.normal import Normals, positive
from ..normals.patterns import Patterns
from .categorical import cumulative, pick
from .mixture import Mixture

_AT_ONCE = 1 << 22  # numbers in the responsibilities of the rows that are worked on at once


@torch.no_grad()
def sample_given(
    mixture: Mixture, evidence: Tensor, cond: Tensor, rng: np.random.Generator
) -> Tensor:
    """Fill the NaN of encoded rows by draws given the other cells, (n, width) float64."""
    n, d, m = len(evidence), len(mixture.spread), len(mixture.tables.probabilities)
    draws = (rng.random(n), rng.standard_normal((n, d)), rng.random((n, m)))
    which, noise, uniform = (torch.from_numpy(draw).to(mixture.device) for draw in draws)
    x, cond = evidence.to(mixture.device).double(), cond.to(mixture.device)
    one = slice(0, 1) if are_alike(x, cond) else slice(None)
    component = draw_component(mixture, mixture.log_joint(x[one], cond[one].to(x)), cond, which)
    return completed(mixture, x, component, noise, uniform)


def completed(
    mixture: Mixture, x: Tensor, component: Tensor, noise: Tensor, uniform: Tensor
) -> Tensor:
    """Fill the NaN of encoded rows of known components (n,), by noise (n, d) and (n, m)."""
    reals, codes = mixture.columns.split(x)
    drawn = mixture.tables.sample(component, uniform)
    deviation = mixture.normals.deviate(component, noise)
    filled = given_normals(mixture.normals, component, reals, deviation)
    return mixture.columns.join(filled, _known(mixture, codes, drawn))


def are_alike(x: Tensor, cond: Tensor) -> bool:
    """Whether all rows know the same, so that one stands for all."""
    same = (x == x[:1]) | (x.isnan() & x[:1].isnan())
    return bool(same.all()) and bool((cond == cond[:1]).all())


def draw_component(mixture: Mixture, log_joint: Tensor, cond: Tensor, uniform: Tensor) -> Tensor:
    """Draw the component of each row by its weights, (n, k), or (1, k) for all rows, (n,)."""
    each = torch.arange(len(uniform), device=uniform.device)
    row = each if len(log_joint) == len(each) else torch.zeros_like(each)
    label = cond.argmax(1) if cond.shape[1] else torch.zeros_like(each)
    chosen = pick(cumulative(log_joint.softmax(1)), row, uniform)
    return label * mixture.n_components + chosen


@torch.no_grad()
def mean_given(mixture: Mixture, evidence: Tensor, cond: Tensor) -> Tensor:
    """Fill the NaN by conditional means of reals and the likeliest codes, (n, width) float64.

    The mean of a value that may be an atom is that of its real part.
    """
    x = evidence.to(mixture.device).double()
    out = torch.empty_like(x)
    size = max(1, _AT_ONCE // max(1, mixture.n_components * x.shape[1]))
    for rows in torch.arange(len(x), device=x.device).split(size):
        out[rows] = _mean(mixture, x[rows], cond.to(x)[rows])
    return out


@singledispatch
def given_normals(normals: Normals, component: Tensor, reals: Tensor, deviation: Tensor) -> Tensor:
    """Give the means of the components (n,) given the observed cells, plus what is random.

    ``deviation`` (n, d) is 0, or a draw from the components about their means: what of it
    the observed cells do not tell is a draw about the conditional mean.
    """
    return torch.where(reals.isnan(), normals.means[component] + deviation, reals)


@given_normals.register
def _given_dense(
    normals: DenseNormals, component: Tensor, reals: Tensor, deviation: Tensor
) -> Tensor:
    out = normals.means[component] + deviation
    if reals.isnan().all():
        return out
    for j in component.unique().tolist():
        members = (component == j).nonzero()[:, 0]
        for group in Reals(reals[members]).groups:
            told = group.centred(normals.means[j])
            told = told - deviation[members][group.rows] * group.observed[:, None]
            filled = told @ Patterns(normals).regression(normals.owner[j], group).mT
            rows = members[group.rows[group.live]]
            out[rows] += filled[group.live]
    return torch.where(reals.isnan(), out, reals)


def _known(mixture: Mixture, given: Tensor, codes: Tensor) -> Tensor:
    """Codes as given, and others where there are none."""
    return torch.where(given == given.new_tensor(mixture.columns.sizes), codes, given)


def _mean(mixture: Mixture, x: Tensor, cond: Tensor) -> Tensor:
    reals, codes = mixture.columns.split(x)
    label = cond.argmax(1) if cond.shape[1] else x.new_zeros(len(x), dtype=torch.long)
    share = mixture.responsibilities(x, cond)
    total, mass = torch.zeros_like(reals), torch.zeros_like(reals)
    for k in range(mixture.n_components):
        component = label * mixture.n_components + k
        weight = share[:, k, None] * _open(mixture, codes, component)
        total += weight * given_normals(mixture.normals, component, reals, torch.zeros_like(reals))
        mass += weight
    reals = torch.where(reals.isnan(), total / positive(mass), reals)
    best = [_odds(table, share, label).argmax(1) for table in mixture.tables.probabilities]
    return mixture.columns.join(
        reals, _known(mixture, codes, torch.stack(best, 1) if best else codes)
    )


def _odds(table: Tensor, share: Tensor, label: Tensor) -> Tensor:
    """Probability of each code of a column, (n, n_categories)."""
    classes = table.view(len(table), -1, share.shape[1])
    odds = table.new_empty((len(share), len(table)))
    for c in label.unique().tolist():
        odds[label == c] = share[label == c] @ classes[:, c].T
    return odds


def _open(mixture: Mixture, codes: Tensor, component: Tensor) -> Tensor:
    """Probability that a real exists where its gate is not given, 1 elsewhere, (n, d)."""
    opened = codes.new_ones((len(codes), len(mixture.spread)), dtype=torch.float64)
    code = real = -1
    for column in mixture.columns.columns:
        is_real = isinstance(column, RealColumn)
        real, code = real + is_real, code + (not is_real)
        if isinstance(column, RealColumn) and column.gated:
            table = mixture.tables.probabilities[code]
            unknown = codes[:, code] == mixture.columns.sizes[code]
            opened[:, real] = torch.where(unknown, table[0][component], 1.0)
    return opened
