"""The law of far values: its shape is found, and codecs draw by it."""

import numpy as np
import pytest

from drawlike.codecs.extremes import Pareto, Weighed, far, pareto_of, with_tails
from tests.codecs.test_bins import binned
from tests.codecs.test_numbers import column, decode, fitted


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4, 1.2])
def test_the_shape_of_a_tail_is_found_in_any_unit(shape, rng):
    x = Pareto(shape, 7.0).beyond(rng.random(4000))
    found, again = pareto_of(x), pareto_of(1e-300 * x)
    assert found.shape == pytest.approx(shape, abs=0.06)
    assert found.scale == pytest.approx(7.0, rel=0.1)
    assert again.shape == pytest.approx(found.shape)


@pytest.mark.parametrize("shape", [-0.3, 0.0, 0.4])
def test_survival_is_the_inverse_of_beyond(shape):
    share = np.array([0.9, 0.5, 0.01])
    law = Pareto(shape, 2.0)
    np.testing.assert_allclose(law.survival(law.beyond(share)), share)


def test_few_or_equal_values_have_no_tail():
    assert far(np.arange(30.0)) is None
    assert far(np.repeat([0.0, 1.0], [900, 100])) is None


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("step", [None, 1])
def test_far_values_of_a_heavy_tail_are_drawn_as_far_out_as_they_lie(sign, step, rng):
    values = sign * rng.pareto(1.5, 5000) * 100
    values = np.rint(values).astype(int) if step else values
    codec = binned(values, step=step, counted=bool(step))
    codes = rng.choice(len(codec.frequencies), 50_000, p=codec.frequencies)
    drawn = decode(codec, np.stack([codes, rng.random(50_000)], 1)).values.to_numpy()
    real, found = (np.quantile(sign * x, [0.99, 0.999]) for x in (values, drawn))
    np.testing.assert_allclose(found, real, rtol=0.25)
    assert abs(drawn).max() <= abs(values).max()


def test_normal_scores_of_a_heavy_tail_are_drawn_back_as_far_out(rng):
    values = rng.pareto(1.5, 5000)
    codec = fitted(column(values), numbers="normal")
    drawn = decode(codec, rng.normal(size=(50_000, 1))).values.to_numpy()
    real, found = (np.quantile(x, [0.99, 0.999]) for x in (values, drawn))
    np.testing.assert_allclose(found, real, rtol=0.4)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("step", [None, 1])
def test_a_few_outliers_are_drawn_as_often_as_they_came(sign, step, rng):
    values = sign * np.concatenate([rng.normal(1000, 10, 5000), [1500, 1501.2, 1700, 2000]])
    values = np.rint(values).astype(int) if step else values
    codec = binned(values, step=step, counted=bool(step))
    codes = rng.choice(len(codec.frequencies), 500_000, p=codec.frequencies)
    drawn = decode(codec, np.stack([codes, rng.random(500_000)], 1)).values.to_numpy()
    assert (sign * drawn > 1200).mean() == pytest.approx(4 / 5004, rel=0.3)


def test_outermost_rows_count_as_much_as_they_weigh(rng):
    values = np.sort(rng.exponential(size=2000))
    start, far_out = values[-100], values[-1] + 20
    distinct, counts = np.append(values, far_out), np.ones(2001, int)
    knots, heavy = np.array([values[0], start, far_out]), np.array([True, False])

    def share_beyond(value, mass):
        rows = Weighed.of(distinct, counts, mass)
        x, t = with_tails(knots, np.array([0.0, 0.0, 1.0]), rows, heavy, 0.0)
        return 1 - np.interp(value, x, t)

    even, without, twice = np.ones(2001), np.ones(2001), np.ones(2001)
    without[-1], twice[-1] = 0.0, 30.0
    shares = [share_beyond(values[-1] + 5, mass) for mass in (without, even, twice)]
    assert shares[0] < 0.004
    assert 0.006 < shares[1] < 0.02 < shares[2]
