"""Mixtures: what holds for every covariance type, with gaps, labels, codes and weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from drawlike.layout import Choice, Layout, Mixed, Real
from drawlike.statistics.loop import accumulate, iterate
from drawlike.statistics.mixtures.given_start import going_on

from ..problems import (
    TYPES,
    real_and_codes,
    reals,
    rows_of,
    started,
    template,
    three_clusters,
    whole,
)

NAN = float("nan")


def leaves(sums):
    if isinstance(sums, torch.Tensor):
        return [sums]
    return [leaf for part in sums for leaf in leaves(part)]


def with_codes(rng, x, sizes=(3, 2)):
    codes = np.stack([rng.integers(0, size, len(x)).astype(float) for size in sizes], 1)
    codes[rng.random(codes.shape) < 0.2] = np.nan
    return np.concatenate([x, codes], 1)


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_sums_of_parts_are_the_sums_of_the_whole(covariance, missing, rng):
    x = with_codes(rng, three_clusters(rng, missing=missing))
    rows = rows_of(x, labels=rng.integers(0, 2, len(x)))
    mixture = started(rows, real_and_codes(3, 3, 2), covariance, k=3)
    together = accumulate(mixture.statistics, whole(rows))
    in_parts = accumulate(mixture.statistics, lambda: rows.batches(17))
    for a, b in zip(leaves(together), leaves(in_parts), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-11, atol=1e-9)


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_the_log_likelihood_never_falls(covariance, missing, rng):
    rows = rows_of(three_clusters(rng, missing=missing))
    mixture = started(rows, reals(3), covariance, k=3, init="random_from_data")
    course = iterate(mixture, whole(rows), max_iter=60, tol=0.0)
    rise = np.diff(course.objectives)
    assert rise.min() > -1e-9 * abs(course.objectives[-1])
    assert rise.max() > 1e-4


@pytest.mark.parametrize("covariance", TYPES)
def test_the_objective_of_a_table_never_falls(covariance, rng):
    x = with_codes(rng, three_clusters(rng, missing=0.1), sizes=(3, 40))
    rows = rows_of(x, labels=rng.integers(0, 2, len(x)))
    mixture = started(rows, real_and_codes(3, 3, 40), covariance, k=4, init="random")
    course = iterate(mixture, whole(rows), max_iter=60, tol=0.0)
    assert np.diff(course.objectives).min() > -1e-9 * abs(course.objectives[-1])


def test_the_bound_for_rounded_values_never_falls(rng):
    x = np.round(three_clusters(rng, missing=0.1) * 2)
    rows, layout = rows_of(x), reals(3, cell=1.0)
    course = iterate(started(rows, layout, k=3), whole(rows), max_iter=60, tol=0.0)
    assert np.diff(course.objectives).min() > -1e-9 * abs(course.objectives[-1])


def test_the_bound_for_rounded_values_is_below_their_log_mass(rng):
    x = np.round(rng.normal(0, 1.5, (500, 1)))
    rows = rows_of(x)
    course = iterate(started(rows, reals(1, cell=1.0), k=2), whole(rows), max_iter=50, tol=0.0)
    mixture = course.model
    values = torch.arange(-4.0, 5, dtype=torch.float64)
    bound = mixture.log_prob(values[:, None], torch.zeros(9, 0)).exp()
    fine = torch.linspace(-0.5, 0.5, 2001, dtype=torch.float64)
    points = (values[:, None] + fine).reshape(-1, 1)
    exact = replace(mixture, normals=replace(mixture.normals, guard=no_cells(mixture)))
    mass = exact.log_prob(points, torch.zeros(len(points), 0)).exp().view(9, -1).mean(1)
    assert (bound <= mass).all()
    assert float((mass.log() - bound.log()).max()) < 0.15


def no_cells(mixture):
    guard = mixture.normals.guard
    return guard._replace(cell=torch.zeros_like(guard.cell))


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_a_weight_counts_as_that_many_equal_rows(covariance, missing, rng):
    x = with_codes(rng, three_clusters(rng, n=120, missing=missing))
    weight = rng.integers(1, 4, len(x))
    layout = real_and_codes(3, 3, 2)
    weighted, repeated = rows_of(x, weight=weight), rows_of(np.repeat(x, weight, 0))
    fits = []
    for rows in (weighted, repeated):
        mixture = started(rows, layout, covariance, k=3)
        fits.append(iterate(mixture, whole(rows), max_iter=10, tol=0.0).model)
    one, other = fits
    torch.testing.assert_close(one.weights, other.weights, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(one.normals.means, other.normals.means, rtol=1e-9, atol=1e-9)
    for a, b in zip(one.tables.probabilities, other.tables.probabilities, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("covariance", TYPES)
def test_classes_are_fitted_as_if_alone(covariance, rng):
    x = three_clusters(rng, missing=0.1)
    labels = rng.integers(0, 2, len(x))
    x[labels == 1] += 20
    together = rows_of(x, labels=labels)
    start = started(together, reals(3), covariance, k=2)
    both = iterate(start, whole(together), max_iter=8, tol=0.0).model
    for c in range(2):
        rows = rows_of(x[labels == c])
        mine = slice(2 * c, 2 * c + 2)
        alone = template(rows, reals(3), covariance, k=2)
        size = len(alone.normals.covariances)
        theirs = slice(size * c, size * c + size)
        normals = replace(
            alone.normals,
            means=start.normals.means[mine],
            covariances=start.normals.covariances[theirs],
        )
        alone = replace(alone, weights=start.weights[mine], normals=normals)
        alone = iterate(alone, whole(rows), max_iter=8, tol=0.0).model
        torch.testing.assert_close(both.normals.means[mine], alone.normals.means)
        torch.testing.assert_close(both.normals.covariances[theirs], alone.normals.covariances)
        torch.testing.assert_close(both.weights[mine], alone.weights)
        cond = together.cond[labels == c]
        torch.testing.assert_close(both.log_prob(rows.x, cond), alone.log_prob(rows.x, cond[:, :0]))


def test_log_prob_sums_over_components_of_the_rows_class(rng):
    x = with_codes(rng, three_clusters(rng, missing=0.2))
    rows = rows_of(x, labels=rng.integers(0, 2, len(x)))
    mixture = started(rows, real_and_codes(3, 3, 2), k=2)
    got = mixture.log_prob(rows.x, rows.cond)
    shares = mixture.responsibilities(rows.x, rows.cond)
    np.testing.assert_allclose(shares.sum(1), 1)
    label = rows.cond.argmax(1)
    for i in range(0, len(x), 29):
        total, parts = 0.0, []
        for j in range(2 * int(label[i]), 2 * int(label[i]) + 2):
            parts.append(float(mixture.weights[j]) * component_density(mixture, j, x[i]))
            total += parts[-1]
        assert float(got[i]) == pytest.approx(np.log(total))
        np.testing.assert_allclose(shares[i], np.array(parts) / total)


def component_density(mixture, j, row):
    density, o = 1.0, ~np.isnan(row[:3])
    if o.any():
        z = row[:3][o] - mixture.normals.means[j].numpy()[o]
        s = mixture.normals.covariances[j].numpy()[np.ix_(o, o)]
        density = np.exp(-0.5 * z @ np.linalg.solve(s, z)) / np.sqrt(np.linalg.det(2 * np.pi * s))
    for table, code in zip(mixture.tables.probabilities, row[3:], strict=True):
        density *= 1.0 if np.isnan(code) else float(table[int(code), j])
    return density


def test_samples_have_the_law_of_the_mixture(rng):
    n = 60_000
    layout = Layout((Choice("c", 3), Mixed("m", 3), Real("r", 1, (0.0,))))
    which = rng.random(n) < 0.3
    number = rng.random(n) < np.where(which, 0.9, 0.2)
    x = np.stack(
        [
            np.where(which, rng.choice(3, n, p=[0.1, 0.2, 0.7]), 0),
            np.where(number, 0, rng.integers(1, 3, n)),
            np.where(number, rng.normal(np.where(which, 5, -5), 1), np.nan),
            rng.normal(np.where(which, 3, -3), 0.5),
        ],
        1,
    ).astype(float)
    rows = rows_of(x, labels=which.astype(int))
    mixture = started(rows, layout, k=1)
    labels = (rng.random(n) < 0.5).astype(int)
    cond = torch.nn.functional.one_hot(torch.from_numpy(labels)).double()
    drawn = mixture.sample(cond, rng).numpy()
    for c in range(2):
        real, fake = x[which == c], drawn[labels == c]
        for column, size in ((0, 3), (1, 3)):
            shares = [
                np.bincount(t[:, column].astype(int), minlength=size) / len(t) for t in (real, fake)
            ]
            np.testing.assert_allclose(*shares, atol=0.02)
        assert (np.isnan(fake[:, 2]) == (fake[:, 1] != 0)).all()
        np.testing.assert_allclose(np.nanmean(fake[:, 2]), np.nanmean(real[:, 2]), atol=0.1)
        np.testing.assert_allclose(fake[:, 3].mean(), real[:, 3].mean(), atol=0.05)
        np.testing.assert_allclose(fake[:, 3].std(), real[:, 3].std(), atol=0.05)


def test_samples_of_one_seed_are_the_same_bytes(rng):
    rows = rows_of(three_clusters(rng))
    mixture = started(rows, reals(3), k=3)
    cond = torch.zeros(50, 0)
    one, other = (mixture.sample(cond, np.random.default_rng(7)) for _ in range(2))
    assert torch.equal(one, other)


def test_an_empty_component_takes_half_of_the_heaviest_and_says_so(rng):
    rows = rows_of(three_clusters(rng))
    mixture = started(rows, reals(3), k=3)
    means = mixture.normals.means.clone()
    means[1] = 1e6
    lost = replace(mixture, normals=replace(mixture.normals, means=means))
    updated = lost.update(accumulate(lost.statistics, whole(rows)))
    assert len(updated.notes) == 1
    assert "component 1 had lost its rows" in updated.notes[0]
    assert updated.mended == (False, True, False)
    course = iterate(updated, whole(rows), max_iter=100, tol=1e-6)
    assert course.model.weights.min() > 0.1
    again = replace(updated, normals=replace(updated.normals, means=means))
    assert again.update(accumulate(again.statistics, whole(rows))).notes == ()


def test_a_component_on_a_single_row_is_seeded_again(rng):
    x = three_clusters(rng)
    rows = rows_of(x)
    mixture = started(rows, reals(3), k=3, added=1e-6)
    shares = torch.zeros(3, len(x), dtype=torch.float64)
    shares[1, 0], shares[0, 1:150], shares[2, 150:] = 1, 1, 1
    updated = mixture.update(mixture.assigned(next(iter(whole(rows)())), shares))
    assert updated.mended == (False, True, False)


def test_a_repeated_row_that_holds_its_share_is_no_collapse(rng):
    x = np.concatenate([three_clusters(rng, n=200), np.full((100, 3), 9.0)])
    rows = rows_of(x)
    mixture = started(rows, reals(3), k=2, added=1e-6)
    shares = torch.zeros(2, 300, dtype=torch.float64)
    shares[0, :200], shares[1, 200:] = 1, 1
    updated = mixture.update(mixture.assigned(next(iter(whole(rows)())), shares))
    assert updated.notes == ()


ODD_ROWS = {
    "one row": np.array([[1.0, 2.0]]),
    "two rows": np.array([[1.0, 2.0], [3.0, 5.0]]),
    "all equal": np.full((50, 2), 3.0),
    "zeros": np.zeros((50, 2)),
    "few distinct rows": np.repeat(np.arange(6.0).reshape(3, 2), 20, 0),
    "constant column": np.c_[np.linspace(0, 1, 50), np.full(50, 1e5)],
    "offset 1e8": np.random.default_rng(0).normal(1e8, 1, (200, 2)),
    "offset 1e4 in float32": np.random.default_rng(0).normal(1e4, 1, (200, 2)).astype(np.float32),
    "duplicated columns": np.repeat(np.random.default_rng(0).normal(0, 1e5, (200, 1)), 2, 1),
    "units apart": np.random.default_rng(0).normal(size=(200, 2)) * (1e-9, 1e9),
    "an outlier": np.r_[np.random.default_rng(0).normal(size=(100, 2)), [[1e6, 1e6]]],
    "a gap a row": np.where(
        np.eye(2, dtype=bool)[np.arange(60) % 2], np.nan, 1.0 * np.arange(60)[:, None]
    ),
}


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("added", [0.0, 1e-6])
@pytest.mark.parametrize("name", ODD_ROWS)
def test_odd_rows_give_finite_parameters(name, added, covariance):
    rows = rows_of(ODD_ROWS[name])
    mixture = started(rows, reals(2), covariance, k=5, added=added)
    course = iterate(mixture, whole(rows), max_iter=30, tol=1e-3)
    fitted = course.model
    assert np.isfinite(course.objectives).all()
    for tensor in (fitted.weights, fitted.normals.means, fitted.normals.covariances):
        assert tensor.isfinite().all()
    assert float(fitted.weights.sum()) == pytest.approx(1)
    assert fitted.sample(torch.zeros(20, 0), np.random.default_rng(0)).isfinite().all()
    assert fitted.log_prob(rows.x, rows.cond).isfinite().all()


@pytest.mark.parametrize("covariance", TYPES)
def test_narrow_clusters_beside_a_wide_spread_keep_their_width(covariance, rng):
    narrow = [rng.normal(c, 1e-4, (200, 2)) for c in (-1e3, 0.0, 1e3)]
    rows = rows_of(np.concatenate(narrow))
    course = iterate(started(rows, reals(2), covariance, k=3), whole(rows), max_iter=50, tol=1e-9)
    deviations = course.model.normals.variances.sqrt()
    np.testing.assert_allclose(deviations, 1e-4, rtol=0.2)
    assert np.diff(course.objectives).min() > -1e-9 * abs(course.objectives[-1])


def test_a_row_beyond_reach_is_unlikely_and_no_nan(rng):
    mixture = started(rows_of(three_clusters(rng)), reals(3), k=3)
    far = torch.full((1, 3), 1e200, dtype=torch.float64)
    assert float(mixture.log_prob(far, torch.zeros(1, 0))) <= -1e299
    assert mixture.responsibilities(far, torch.zeros(1, 0)).isfinite().all()


def test_a_fit_goes_on_only_from_parameters_that_fit_in(rng):
    rows = rows_of(three_clusters(rng))
    mixture, new = started(rows, reals(3), k=3), template(rows, reals(3), k=3, added=1e-3)
    kept = going_on(new, mixture)
    assert torch.equal(kept.normals.means, mixture.normals.means)
    assert kept.normals.guard.added[0] == 1e-3
    assert going_on(new, template(rows, reals(3), k=2)) is None
    assert going_on(new, template(rows, reals(3), "diag", k=3)) is None


def test_columns_that_determine_others_are_told_in_one_line(rng):
    rows = rows_of(rng.normal(size=(60, 1)).repeat(2, 1))
    for k, who in ((1, "component 0 has"), (3, "components 0, 1 and 2 have")):
        mixture = started(rows, reals(2), "tied", k=k)
        narrow = replace(
            mixture.normals, covariances=mixture.normals.covariances * 1e-6, floors=None
        )
        narrow = replace(mixture, normals=narrow, weights=torch.full((k,), 1 / k).double())
        (note,) = narrow.update(accumulate(mixture.statistics, whole(rows))).notes
        assert note.startswith(f"{who} columns that determine others")
