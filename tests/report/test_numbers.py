import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawlike.report import Text
from drawlike.report.numbers import compact, exact, labels, log_ticks, moment, percent, short, ticks

ENDS = st.floats(-1e12, 1e12)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0, "0"),
        (26048, "26,048"),
        (-7, "−7"),
        (10**30, "1×10³⁰"),
        (0.0, "0"),
        (48.0, "48"),
        (0.61834, "0.618"),
        (0.01, "0.0100"),
        (0.00912, "0.0091"),
        (0.00012, "1.2×10⁻⁴"),
        (21.9345, "21.93"),
        (-21.9, "−21.9"),
        (12345.6, "12,346"),
        (-2.5e12, "−2.5×10¹²"),
        (np.float32(0.5), "0.500"),
        (np.int64(3), "3"),
        (None, "–"),
        ("words", "words"),
    ],
)
def test_short(value, written):
    assert short(value) == written


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, np.float32("nan"), True])
def test_what_is_no_finite_number_is_written_in_words(value):
    assert isinstance(short(value), Text)
    assert short(value).en.replace(" ", "").isalpha()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_keeps_every_digit(value):
    assert float(exact(value)) == value


@pytest.mark.parametrize(
    ("share", "written"),
    [(0.5, "50.0 %"), (0.0, "0.0 %"), (1e-6, "<0.1 %"), (math.nan, "–"), (1.0, "100.0 %")],
)
def test_percent(share, written):
    assert percent(share) == written


@given(ENDS, ENDS, st.integers(2, 8))
def test_ticks_lie_between_the_ends_and_are_few(one, other, most):
    low, high = sorted((one, other))
    found = ticks(low, high, most)
    slack = 1e-6 * (high - low)
    assert 1 <= len(found) <= most
    assert all(low - slack <= tick <= high + slack for tick in found)
    assert found == sorted(found)


def test_ticks_are_round():
    assert ticks(0, 1) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert ticks(-3.2, 17) == [0.0, 5.0, 10.0, 15.0]


def test_log_ticks_are_powers_of_ten_where_there_are_two():
    assert log_ticks(0.02, 300) == pytest.approx([0.1, 1, 10, 100])
    assert log_ticks(2, 7) == [2.0, 4.0, 6.0]
    assert len(log_ticks(1e-12, 1e12)) <= 5


@pytest.mark.parametrize(
    ("value", "label"),
    [(0, "0"), (0.25, "0.25"), (-1500, "−1500"), (20000, "20k"), (3e6, "3M"), (1e-5, "1×10⁻⁵")],
)
def test_compact(value, label):
    assert compact(value) == label


@pytest.mark.parametrize(
    ("days", "written"),
    [(1, "2020-03-01 00:00"), (60, "2020-03-01"), (900, "2020-03"), (9000, "2020")],
)
def test_moments_are_as_fine_as_the_span_needs(days, written):
    assert moment(np.datetime64("2020-03-01", "us"), days * 86400.0) == written


def test_durations_have_units():
    durations = np.array([5, 90, 7200, 172800], "timedelta64[s]").astype("timedelta64[us]")
    assert labels(durations, str) == ["5 s", "1.5 min", "2 h", "2 d"]
