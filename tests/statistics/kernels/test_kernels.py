"""Kernels compiled and plain, against each other; widths by the likelihood of rows left out."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from scipy.stats import multivariate_normal

from drawlike.layout import Choice, Layout, Mixed, Real
from drawlike.rows import Batch
from drawlike.statistics.columns import Columns
from drawlike.statistics.kernels.bandwidth import (
    LeaveOneOut,
    by_factor,
    n_counted,
    scott,
    silverman,
    spread,
)
from drawlike.statistics.kernels.centres import centred
from drawlike.statistics.kernels.donors import fill
from drawlike.statistics.loop import iterate

LAYOUT = Layout((Real("x", 3, (0.0, 0.5, 0.0)), Choice("c", 4), Mixed("m", 3, 0.0)))


def encoded(n, seed=0):
    rng = np.random.default_rng(seed)
    code, gate = rng.integers(0, 4, n), rng.integers(0, 3, n)
    reals = rng.normal(size=(n, 3)) * (1, 5, 0.1) + (100, 0, 0) + 0.3 * code[:, None]
    value = np.where(gate == 0, rng.normal(size=n) + code, np.nan)
    return torch.from_numpy(np.column_stack([reals, code, gate, value]))


def kernels(n=200, seed=0):
    made = centred(Columns.of(LAYOUT), encoded(n, seed), torch.ones(n, dtype=torch.float64))
    return made.smoothed(by_factor(made, spread(made, n), scott(n, 3)))


def brute_force(made, x):
    """Log-density of one encoded row, term by term."""
    smoothing, frame = made.smoothing, made.frame
    reals, codes = made.split(x[None])
    here = ~reals[0, :3].isnan().numpy()
    covariance = smoothing.covariance.numpy()[:3, :3][here][:, here]
    cell = made.cell.numpy()
    terms = np.zeros(len(made.weights))
    for j, weight in enumerate(made.weights.numpy()):
        terms[j] = np.log(weight)
        if here.any():
            normal = multivariate_normal(made.reals[j, :3].numpy()[here], covariance)
            terms[j] += normal.logpdf(reals[0, :3].numpy()[here])
        terms[j] -= (np.linalg.inv(covariance).diagonal() * cell[:3][here]).sum() / 2
        for c, margin in enumerate(made.margins):
            if codes[0, c] < len(margin):
                chance = float(smoothing.redraw[c])
                same = float(codes[0, c] == made.codes[j, c])
                terms[j] += np.log((1 - chance) * same + chance * float(margin[codes[0, c]]))
        if not reals[0, 3].isnan():
            center, sd = made.reals[j, 3].item(), smoothing.covariance[3, 3].sqrt().item()
            center, sd = (0.0, 1.0) if np.isnan(center) else (center, sd)
            terms[j] += multivariate_normal(center, sd**2).logpdf(reals[0, 3].item())
    units = frame.unit.numpy()[~reals[0].isnan().numpy()]
    return logsumexp(terms) - np.log(units).sum()


def test_numbers_codes_and_gates_by_brute_force():
    made, new = kernels(), encoded(25, seed=1)
    new[5:10, 0] = torch.nan
    new[8:14, 3] = torch.nan
    new[12:16, 4:] = torch.nan
    new[20, :3] = torch.nan
    wanted = [brute_force(made, row) for row in new]
    np.testing.assert_allclose(made.log_prob(new), wanted, atol=1e-5)


def test_float32_float64_and_tiles_agree():
    made, new = kernels(3000), encoded(700, seed=1)
    view = made.whole
    rows, _ = view.prepared(*made.split(new))
    tile = view.tile(rows).logsumexp(1)
    np.testing.assert_allclose(view._exact(rows), tile, atol=1e-10)
    np.testing.assert_allclose(view._fast(rows)[0], tile, atol=1e-5)


def test_a_category_that_nobody_has_is_impossible():
    made = kernels()
    margins = (made.margins[0] * torch.tensor([1.0, 1, 1, 0]), *made.margins[1:])
    codes = made.codes.clone()
    codes[codes[:, 0] == 3, 0] = 0
    odd = encoded(20)
    odd[:, 3] = 3
    assert (replace(made, margins=margins, codes=codes).log_prob(odd) == -torch.inf).all()


def test_float32_gives_way_where_it_lacks_digits():
    made = kernels()
    narrow = made.smoothing._replace(covariance=made.smoothing.covariance * 1e-12)
    made, new = made.smoothed(narrow), encoded(40)
    rows, constant = made.whole.prepared(*made.split(new))
    np.testing.assert_allclose(
        made.log_prob(new) + (~made.split(new)[0].isnan()).double() @ made.frame.unit.log(),
        made.whole.tile(rows).logsumexp(1) + constant,
        rtol=1e-9,
    )


def leave_one_out(made, axes=None):
    group = torch.arange(len(made.weights))
    return LeaveOneOut(made, group, axes)


def batches(made):
    index = torch.arange(len(made.weights))
    for part in index.split(64):
        yield Batch(part[:, None], made.codes[part], made.weights[part])


def test_the_objective_is_the_likelihood_of_rows_left_out():
    made = kernels(60)
    learner = leave_one_out(made)
    course = iterate(learner, partial(batches, made), max_iter=1, tol=0)
    x, each = encoded(60), []
    for i in range(60):
        others = torch.arange(60) != i
        rest = replace(
            made,
            reals=made.reals[others],
            codes=made.codes[others],
            weights=made.weights[others] / made.weights[others].sum(),
        )
        reals = made.split(x[i : i + 1])[0]
        each.append(rest.log_prob(x[i : i + 1]) + (~reals.isnan()).double() @ made.frame.unit.log())
    assert course.objectives[0] == pytest.approx(float(torch.stack(each).mean()), abs=1e-5)


def test_an_update_never_lowers_the_likelihood_of_rows_left_out():
    made = kernels(300)
    made = made.smoothed(by_factor(made, spread(made, 300), 1.0))
    course = iterate(leave_one_out(made), partial(batches, made), max_iter=25, tol=0)
    gains = np.diff(course.objectives)
    # the chances of codes have a prior of half a row
    assert (gains > -1e-3 / 300).all()
    assert course.objectives[-1] > course.objectives[0] + 0.3


def test_the_rules():
    assert scott(1000, 2) == pytest.approx(1000 ** (-1 / 6))
    assert silverman(1000, 2) == pytest.approx(1000 ** (-1 / 6))
    assert silverman(1000, 1) == pytest.approx((1000 * 3 / 4) ** (-1 / 5))
    assert n_counted(torch.tensor([1.0, 2.0, 3.0])) == 6
    assert n_counted(torch.full((8,), 1 / 8)) == pytest.approx(8)


def test_gaps_are_filled_from_rows_that_are_alike():
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(rng.normal(size=(2000, 1)) @ np.ones((1, 2)))
    rows += 0.1 * torch.from_numpy(rng.normal(size=(2000, 2)))
    holes = rows.clone()
    holes[:500, 1] = torch.nan
    filled = fill(holes, torch.ones(2000, dtype=torch.float64), rng)
    assert filled.weight.sum() == pytest.approx(2000)
    assert len(filled.reals) == 1500 + 5 * 500
    np.testing.assert_array_equal(filled.reals[:, 0], holes[filled.origin, 0])
    drawn = filled.reals[1500:]
    assert np.corrcoef(drawn.T)[0, 1] > 0.9
    assert set(drawn[:, 1].tolist()) <= set(rows[500:, 1].tolist())


def test_gaps_in_every_row():
    rng = np.random.default_rng(0)
    rows = torch.from_numpy(rng.normal(size=(90, 3)))
    rows[:, 2] = torch.where(torch.arange(90) < 80, rows[:, 2], torch.nan)
    rows[torch.arange(90), torch.arange(90) % 2] = torch.nan
    filled = fill(rows, torch.ones(90, dtype=torch.float64), rng)
    assert not filled.reals.isnan().any()
    seen = ~rows[filled.origin].isnan()
    assert (filled.reals[seen] == rows[filled.origin][seen]).all()
