"""Fast sums against those by deviations, and what is hard for floating point."""

import numpy as np
import pytest
import torch

from drawlike.rows import Batch, Rows
from drawlike.statistics.loop import iterate
from drawlike.statistics.mixtures.expectation import Cells, _exactly
from drawlike.statistics.normals.missing import Reals
from drawlike.statistics.normals.precision import agree

from ..problems import TYPES, real_and_codes, reals, rows_of, started, three_clusters, whole

N = 3000  # enough for the fast ways
TOLERANCE = {torch.float32: 2e-4, torch.float64: 1e-10}


def leaves(sums):
    parts = [sums.mass, *sums.moments, *sums.counts, sums.log_likelihood, sums.weight]
    return [part.flatten() for part in parts]


def in_type(rows, dtype):
    return Rows(rows.x.to(dtype), rows.cond.to(dtype), rows.weight.to(dtype))


@pytest.mark.parametrize("spread", [1.0, 0.1])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("covariance", TYPES)
def test_fast_sums_are_the_exact_ones(covariance, dtype, spread, rng):
    x = three_clusters(rng, N, d=5)
    x = spread * x + 2 * (x > 0)  # 0.1: few components matter to a row
    rows = in_type(rows_of(x, weight=rng.random(N)), dtype)
    mixture = started(rows_of(x), reals(5), covariance, k=6)
    compiled = covariance != "tied"  # whose float64 is as fast
    wanted = torch.float64 if compiled else dtype
    assert next(iter(mixture.normals.fast(Reals(rows.x)))) == wanted
    got = mixture.statistics(Batch(rows.x, rows.cond, rows.weight))
    want = _exactly(mixture, Cells(Reals(rows.x), torch.zeros(N, 0, dtype=torch.long)), rows.weight)
    for a, b in zip(leaves(got), leaves(want), strict=True):
        scale = float(b.abs().max()) if b.numel() else 1.0
        torch.testing.assert_close(a, b, rtol=0, atol=TOLERANCE[dtype] * scale)


@pytest.mark.parametrize("covariance", TYPES)
def test_fast_sums_of_codes_gaps_and_labels_are_the_exact_ones(covariance, rng):
    x = three_clusters(rng, N, d=3)
    x[::7, 1] = np.nan
    x = np.c_[x, rng.integers(0, 4, N)]
    rows = rows_of(x, labels=rng.integers(0, 2, N))
    mixture = started(rows, real_and_codes(3, 4), covariance, k=5)
    got = mixture.statistics(next(iter(whole(rows)())))
    for c in range(2):
        mine = rows.take(rows.cond[:, c] > 0)
        alone = mixture.of_class(c)
        want = _exactly(alone, Cells(*map_split(alone, mine.x)), mine.weight)
        chosen = slice(5 * c, 5 * c + 5)
        torch.testing.assert_close(got.mass[chosen], want.mass)
        torch.testing.assert_close(got.moments.first[chosen], want.moments.first)
        torch.testing.assert_close(got.counts[0][:, chosen], want.counts[0])


def map_split(mixture, x):
    cells, codes = mixture.columns.split(x)
    return Reals(cells), codes


def offset(rng, dtype):
    return three_clusters(rng, N, d=4) + (1e4 if dtype == torch.float32 else 1e8)


def narrow(rng, dtype):
    x = rng.normal(0, 1e3, (N, 4))
    x[: N // 3] = 1 + 1e-4 * rng.normal(size=(N // 3, 4))
    x[N // 3 : N // 2] = -500 + 1e-4 * rng.normal(size=(N // 2 - N // 3, 4))
    return x


def repeated(rng, dtype):
    return np.repeat(three_clusters(rng, N // 100, d=4), 100, 0)


def few_distinct(rng, dtype):
    return np.repeat(rng.normal(size=(4, 4)), N // 4, 0)


@pytest.mark.parametrize("problem", [offset, narrow, repeated, few_distinct])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("covariance", TYPES)
def test_hard_rows_have_finite_parameters(covariance, dtype, problem, rng):
    rows = in_type(rows_of(problem(rng, dtype)), dtype)
    start = started(rows, reals(4), covariance, k=6, added=1e-6)
    course = iterate(start, whole(rows), max_iter=15, tol=0.0)
    normals = course.model.normals
    for part in (course.model.weights, normals.means, normals.covariances):
        assert part.isfinite().all()
    assert np.isfinite(course.objectives).all()
    assert course.model.log_prob(rows.x, rows.cond).isfinite().all()


@pytest.mark.parametrize("problem", [offset, narrow])
@pytest.mark.parametrize("covariance", TYPES)
def test_the_likelihood_of_hard_rows_never_falls(covariance, problem, rng):
    rows = rows_of(problem(rng, torch.float64))
    course = iterate(started(rows, reals(4), covariance, k=4), whole(rows), max_iter=25, tol=0.0)
    objectives = np.array(course.objectives)
    assert (np.diff(objectives) >= -1e-9 * np.abs(objectives[1:])).all()


def test_narrow_components_far_apart_are_not_left_to_products(rng):
    x = np.concatenate([1e-7 * rng.normal(size=(N, 4)), 1 + 1e-7 * rng.normal(size=(N, 4))])
    mixture = started(rows_of(x), reals(4), "tied", k=2)
    assert not list(mixture.normals.fast(Reals(torch.from_numpy(x).float())))


def test_rows_that_disagree_are_told():
    exact = torch.tensor([[0.0, -3.0], [-1.0, -2.0]], dtype=torch.float64)
    assert agree(exact.float(), exact, torch.float32)
    assert not agree(exact + 1e-3, exact, torch.float32)
    assert not agree(exact * torch.nan, exact, torch.float64)


def test_a_row_far_away_does_not_hide_what_others_disagree_on():
    exact = torch.tensor([[0.0, -3e7], [-1.0, -3e7]], dtype=torch.float64)
    off = torch.tensor([[1.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    assert not agree(exact + off, exact, torch.float32)
