import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawlike.codecs.scales import Scale, find_decimals, find_step


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([1.0, -3.0, 250.0], 0),
        ([0.29, 1.15, 7.0], 2),
        ([0.1, 0.123456], 6),
        ([1 / 3, 0.5], None),
        ([0.1234567], None),
        ([1e300], None),
    ],
)
def test_fixed_decimals_are_found(values, decimals):
    assert find_decimals(np.array(values)) == decimals


def test_single_floats_have_the_decimals_they_were_written_with(rng):
    assert find_decimals(np.array([0.29, 1.15], np.float32)) == 2
    assert find_decimals(rng.uniform(1000, 2000, 50).astype(np.float32)) is None


def test_a_common_divisor_is_a_step_where_values_are_many():
    fives = np.arange(0, 500, 5)
    assert find_step(fives, pa.int64()) == 5
    assert find_step(fives[:3], pa.int64()) == 1
    assert find_step(fives.astype(np.int64) * 10**6, pa.timestamp("us")) == 5 * 10**6
    assert find_step(np.array([0, 7200]), pa.timestamp("s")) == 3600


@settings(deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20), st.data())
def test_integers_of_any_size_are_restored_within_the_precision_of_floats(values, data):
    array = pa.array(values, pa.int64())
    scale = Scale.fit(array, None, 1, min(values), max(values))
    back = scale.restore(scale.measure(array)).to_pylist()
    tolerance = (max(values) - min(values)) * 2**-52
    assert all(abs(a - b) <= tolerance for a, b in zip(back, values, strict=True))
    assert min(values) <= min(back)
    assert max(back) <= max(values)


def test_unsigned_integers_beyond_the_signed_ones_are_exact():
    values = [2**64 - 1, 2**64 - 1000, 2**63]
    array = pa.array(values[:2], pa.uint64())
    scale = Scale.fit(array, None, 1, values[1], values[0])
    assert scale.restore(scale.measure(array)).to_pylist() == values[:2]
    assert scale.measure(pa.array([values[2]], pa.uint64()))[0] < 0  # below the lowest seen


def test_rounding_goes_to_the_grid_and_stays_within_bounds():
    scale = Scale.fit(pa.array([0.25, 9.75]), 2, 0.25, 0, 10)
    drawn = scale.restore(np.array([-3.0, 0.3, 0.4, 9.99, 50.0])).to_pylist()
    assert drawn == [0.0, 0.25, 0.5, 10.0, 10.0]
    odd = Scale.fit(pa.array([1, 4]), None, 1, 0.5, 4.5)
    assert odd.restore(np.array([-9.0, 9.0])).to_pylist() == [1, 4]


def test_times_count_seconds_and_dates_count_days():
    moments = pa.array([dt.datetime(2024, 1, 1), dt.datetime(2024, 1, 2)])
    scale = Scale.fit(moments, None, 1, "2024-01-01", "2024-01-02")
    np.testing.assert_array_equal(scale.measure(moments), [0, 86400])
    days = moments.cast(pa.date32())
    scale = Scale.fit(days, None, 1, "2024-01-01", "2024-01-02")
    np.testing.assert_array_equal(scale.measure(days), [0, 1])
    assert scale.restore(np.array([0.4, 0.6, 7])).to_pylist() == [
        dt.date(2024, 1, 1),
        dt.date(2024, 1, 2),
        dt.date(2024, 1, 2),
    ]


def test_continuous_values_keep_every_bit():
    values = pa.array([0.1, 1 / 3, -2.5e-7])
    scale = Scale.fit(values, None, None, -2.5e-7, 1 / 3)
    assert scale.restore(scale.measure(values)).equals(values)
    assert scale.cell == 0
