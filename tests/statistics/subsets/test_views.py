"""Sequences compared and varied: stretched in time, and back."""

import numpy as np
import pytest
import torch
from scipy import stats

from drawlike.codecs.padded import padded, unpadded
from drawlike.layout import Choice, Layout, Mixed, Real
from drawlike.statistics.subsets.interpolation import Interpolated, Smoothed
from drawlike.statistics.subsets.views import InTime

PLAIN = Layout((Real("x", 2),))
ONE = Layout((Real("x", 1),))


def rows_of(parts):
    steps = np.concatenate(parts).astype(float)
    return torch.from_numpy(padded(steps, np.array([len(part) for part in parts])))


def view_of(layout, x):
    return InTime.of(layout, x, standard=False)


def stretched(layout, part, n):
    x = rows_of([part])
    return view_of(layout, x).stretched(x.numpy(), np.array([n]), n)[0]


def drawn(varied, base, rng):
    out = np.empty((len(base), varied.x.shape[1]))
    varied.draw(base, rng, out)
    return out


def interpolated(layout, x, k=1):
    make = lambda rows, whole, locate: Interpolated(rows, whole, locate(), n_neighbors=k)
    return view_of(layout, x).varied(x, make)


def smoothed(layout, x, bandwidth):
    weight = np.ones(len(x))
    make = lambda rows, whole, locate: Smoothed(rows, whole, bandwidth=bandwidth, weight=weight)
    return view_of(layout, x).varied(x, make)


@pytest.mark.parametrize("n", [1, 2, 5, 37])
def test_the_same_number_of_steps_changes_nothing(n, rng):
    part = rng.normal(size=(n, 2))
    np.testing.assert_array_equal(stretched(PLAIN, part, n), part)


@pytest.mark.parametrize(("before", "after"), [(2, 9), (9, 4), (30, 31)])
def test_a_line_stays_a_line(before, after):
    line = np.linspace([0, 5], [1, -5], before)
    np.testing.assert_allclose(stretched(PLAIN, line, after), np.linspace([0, 5], [1, -5], after))


def test_one_step_is_that_of_the_middle_and_is_repeated():
    part = np.array([[1.0], [3.0], [11.0]])
    np.testing.assert_array_equal(stretched(ONE, part, 1), [[3.0]])
    np.testing.assert_array_equal(stretched(ONE, part[:1], 4), np.ones((4, 1)))


def test_numbers_agree_with_those_of_numpy(rng):
    part = rng.normal(size=(13, 1))
    wanted = np.interp(np.linspace(0, 12, 40), np.arange(13), part[:, 0])
    np.testing.assert_allclose(stretched(ONE, part, 40)[:, 0], wanted)


def test_codes_and_holes_are_those_of_the_nearer_step():
    layout = Layout((Choice("a", 3), Real("b", 1)))
    part = np.array([[0, 1.0], [2, np.nan], [1, 4.0]])
    np.testing.assert_array_equal(
        stretched(layout, part, 9),
        np.column_stack(
            [[0, 0, 0, 2, 2, 2, 2, 1, 1], [1, 1, 1, *[np.nan] * 4, 4, 4]],
        ),
    )


def test_how_fast_a_sequence_runs_does_not_count():
    curves = [np.sin(np.linspace(0, phase, n))[:, None] for phase in (3, 6) for n in (40, 90)]
    x = rows_of(curves)
    points = view_of(ONE, x).space(x)(x)
    near, far = (torch.linalg.norm(points[0] - points[i]) for i in (1, 2))
    assert near < 0.01
    assert far > 0.5


def test_a_distance_is_the_root_of_the_mean_over_steps():
    x = rows_of([np.zeros((7, 2)), np.full((7, 2), 3.0)])
    points = view_of(PLAIN, x).space(x)(x)
    assert float(torch.linalg.norm(points[0] - points[1])) == pytest.approx(18**0.5)


def test_there_are_1024_numbers_at_most():
    x = rows_of([np.zeros((3000, 2)), np.zeros((5, 2))])
    assert view_of(PLAIN, x).space(x)(x).shape == (2, 1024)


def test_between_two_sequences_lengths_and_values_are_mixed_alike(rng):
    ramps = [np.linspace(0, 1, 11)[:, None], np.linspace(10, 13, 31)[:, None]]
    out = drawn(interpolated(ONE, rows_of(ramps)), np.zeros(20_000, int), rng)
    share = out[:, 1] / 10
    assert stats.kstest(share, "uniform").pvalue > 1e-3
    np.testing.assert_array_equal(out[:, 0], np.rint(11 + 20 * share))
    for row in out[:300]:
        u, n = row[1] / 10, int(row[0])
        np.testing.assert_allclose(row[1 : n + 1], np.linspace(10 * u, 1 + 12 * u, n), atol=1e-9)
        assert np.isnan(row[n + 1 :]).all()


def test_sequences_of_one_length_are_interpolated_as_rows_are(rng):
    parts = list(rng.normal(size=(40, 6, 2)))
    x = rows_of(parts)
    base = rng.integers(0, 40, 3000)
    out = drawn(interpolated(PLAIN, x, 3), base, np.random.default_rng(1))[:, 1:]
    flat, whole = x[:, 1:], Layout((Real("x", 12),))
    plain = Interpolated(flat, whole, flat, n_neighbors=3)
    np.testing.assert_allclose(out, drawn(plain, base, np.random.default_rng(1)), atol=1e-12)


def test_a_kernel_keeps_lengths_mean_and_covariance(rng):
    x = rows_of(list(rng.normal(size=(400, 3, 2)) @ [[2.0, 1.5], [0.0, 0.3]] + [100.0, -5.0]))
    out = drawn(smoothed(PLAIN, x, 0.7), rng.integers(0, 400, 100_000), rng)
    np.testing.assert_array_equal(out[:, 0], 3)
    own = x[:, 1:].numpy()
    np.testing.assert_allclose(out[:, 1:].mean(0), own.mean(0), atol=0.05)
    np.testing.assert_allclose(np.cov(out[:, 1:].T), np.cov(own.T, ddof=0), atol=0.1)


def test_a_kernel_is_added_at_the_own_length_and_leaves_details(rng):
    """Both lines move as wholes; the teeth of a saw that the common steps miss stay."""
    saw = np.tile([0.0, 1.0], 1000)[:, None]
    x = rows_of([saw, saw + 5, saw[:1500] + 9])
    base = rng.integers(0, 3, 200)
    out = drawn(smoothed(ONE, x, 0.5), base, rng)
    np.testing.assert_array_equal(out[:, 0], np.array([2000, 2000, 1500])[base])
    for row in out:
        steps, _ = unpadded(row[None], 1)
        assert np.abs(np.diff(steps[:, 0])).mean() == pytest.approx(1, abs=0.2)


def test_codes_by_time_are_those_of_most_neighbours(rng):
    layout = Layout((Choice("a", 3), Real("b", 1)))
    parts = [
        np.column_stack([[code] * 4 + [2] * 4, np.full(8, float(i))])
        for i, code in enumerate([0, 1, 1, 1])
    ]
    out = drawn(interpolated(layout, rows_of(parts), 3), np.zeros(50, int), rng)
    codes = out[:, 1:].reshape(50, 8, 2)[..., 0]
    np.testing.assert_array_equal(codes, np.tile([1, 1, 1, 1, 2, 2, 2, 2], (50, 1)))


def test_atoms_and_holes_stay_where_they_are(rng):
    layout = Layout((Mixed("pay", 3), Real("b", 1)))
    parts = []
    for n in rng.integers(4, 9, 60):
        code = rng.choice([0.0, 1.0, 2.0], n, p=[0.6, 0.3, 0.1])
        value = np.where(code == 0, rng.normal(size=n), np.nan)
        parts.append(np.column_stack([code, value, np.where(rng.random(n) < 0.2, np.nan, 1.0)]))
    x = rows_of(parts)
    base = rng.integers(0, 60, 500)
    own = x.numpy()[base]
    out = drawn(smoothed(layout, x, "scott"), base, rng)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(own))
    np.testing.assert_array_equal(out[:, 1::3], own[:, 1::3])
    new = drawn(interpolated(layout, x, 5), base, rng)
    steps, _ = unpadded(new, 3)
    np.testing.assert_array_equal(np.isnan(steps[:, 1]), steps[:, 0] != 0)
