import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from drawlike.codecs.quantiles import identity, to_normal

SHAPES = {
    "normal": lambda rng: rng.normal(3, 2, 5000),
    "heavy tail": lambda rng: rng.standard_cauchy(5000),
    "two peaks": lambda rng: np.concatenate([rng.normal(0, 1, 2500), rng.normal(50, 1, 2500)]),
    "skewed": lambda rng: rng.lognormal(0, 2, 5000),
    "few rows": lambda rng: rng.normal(0, 1, 30),
}


def tally(values):
    distinct, counts = np.unique(values, return_counts=True)
    return distinct, counts, counts.astype(float)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_map_makes_a_column_standard_normal(shape, rng):
    values = SHAPES[shape](rng)
    scores = to_normal(*tally(values), 0.0).forward(values)
    assert kstest(scores, "norm").statistic < 0.01 + 0.5 / np.sqrt(len(values))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_map_has_an_inverse_and_a_slope(shape, rng):
    values = SHAPES[shape](rng)
    curve = to_normal(*tally(values), 0.0)
    beyond = np.concatenate([values, [values.min() - 100, values.max() + 100]])
    spread = np.ptp(values)
    back = curve.inverse(curve.forward(beyond))
    np.testing.assert_allclose(back, beyond, rtol=1e-9, atol=1e-12 * spread)
    order = np.sort(beyond)
    assert (np.diff(curve.forward(order)) > 0).all()
    assert np.isfinite(curve.log_slope(beyond)).all()


def test_each_integer_gets_its_share_of_the_normal(rng):
    values = rng.poisson(4, 20_000)
    distinct, counts, mass = tally(values)
    curve = to_normal(distinct.astype(float), counts, mass, 1.0)
    drawn = np.rint(curve.inverse(norm.ppf((np.arange(50_000) + 0.5) / 50_000)))
    drawn = np.clip(drawn, distinct[0], distinct[-1])
    shares = np.array([(drawn == value).mean() for value in distinct])
    np.testing.assert_allclose(shares, counts / counts.sum(), atol=2e-3)


def test_hardly_anything_falls_between_two_heavy_values_apart():
    distinct = np.array([10.0, 20.0, 50.0, 100.0])
    counts = np.array([100, 300, 400, 200])
    curve = to_normal(distinct, counts, counts.astype(float), 1.0)
    drawn = np.rint(curve.inverse(norm.ppf((np.arange(10_000) + 0.5) / 10_000)))
    assert np.isin(np.clip(drawn, 10, 100), distinct).all()


def test_weights_are_repeated_rows(rng):
    distinct = np.sort(rng.normal(size=200))
    times = rng.integers(1, 5, 200)
    weighted = to_normal(distinct, np.ones(200, int), times.astype(float), 0.0)
    repeated = to_normal(distinct, times, times.astype(float), 0.0)
    at = np.quantile(distinct, [0.1, 0.5, 0.9])
    np.testing.assert_allclose(weighted.forward(at), repeated.forward(at), atol=0.1)


@pytest.mark.parametrize("unit", [1e300, 1e-310, 1.0])
@pytest.mark.parametrize("n", [10, 100])
def test_extreme_magnitudes_neither_overflow_nor_vanish(unit, n, rng):
    values = unit * rng.uniform(-1, 1, n)
    with np.errstate(all="raise", under="ignore"):
        curve = to_normal(*tally(values), 0.0)
        scores, logs = curve.forward(values), curve.log_slope(values)
    assert np.isfinite(scores).all()
    assert np.isfinite(logs).all()
    assert 0.5 < scores.std() < 2


def test_the_width_of_a_narrow_cell_far_away_is_kept(rng):
    values = 1e15 + np.sort(rng.integers(0, 10**15, 1000)).astype(float)
    widths = to_normal(*tally(values), 1.0).width(values, 1.0)
    assert (widths > 0).all()


def test_segments_are_at_most_256(rng):
    curve = to_normal(*tally(rng.normal(size=50_000)), 0.0)
    assert 200 <= len(curve.x) - 1 <= 256 + 2 * 30  # and the tails


def test_the_identity_keeps_every_bit(rng):
    values = np.array([0.1, -0.0, 1e300, -5e-324])
    curve = identity(*tally(values), 0.0)
    assert curve.inverse(curve.forward(values)).tobytes() == values.tobytes()
    np.testing.assert_array_equal(curve.log_slope(values), 0)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=200),
    st.lists(st.integers(1, 100), min_size=200, max_size=200),
    st.sampled_from([0.0, 0.5]),
)
def test_knots_always_increase(values, repeats, cell):
    distinct = np.unique(np.rint(np.array(values) * 2) / 2 if cell else values)
    counts = np.array(repeats[: len(distinct)])
    curve = to_normal(distinct, counts, counts.astype(float), cell)
    assert (np.diff(curve.x) > 0).all()
    assert (np.diff(curve.z) > 0).all()
    assert np.isfinite(curve.forward(distinct)).all()
