import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawlike.report import category_histogram, number_histogram
from drawlike.report.histograms import MISSING, OTHER, UNSEEN, bin_ends

NUMBERS = st.lists(st.one_of(st.floats(), st.integers(-5, 5).map(float)), max_size=60)


def _total(histogram, side):
    binned = getattr(histogram.bins, side).sum() if histogram.bins else 0.0
    return binned + sum(getattr(share, side) for share in histogram.shares)


@given(NUMBERS, NUMBERS)
def test_every_row_is_counted_once(real, synthetic):
    with np.errstate(over="ignore"):
        histogram = number_histogram("x", np.array(real), np.array(synthetic))
    assert _total(histogram, "real") == pytest.approx(float(bool(real)))
    assert _total(histogram, "synthetic") == pytest.approx(float(bool(synthetic)))


def test_few_values_are_shown_one_by_one():
    histogram = number_histogram("x", np.array([1.0, 1, 2, 3]), np.array([1.0, 9, 9, 9]))
    assert histogram.bins is None
    assert [(s.name, s.real, s.synthetic) for s in histogram.shares] == [
        ("1", 0.5, 0.25),
        ("2", 0.25, 0.0),
        ("3", 0.25, 0.0),
        ("9", 0.0, 0.75),
    ]


def test_frequent_value_and_missing_stand_beside_the_bins(rng):
    real = np.r_[np.zeros(900), rng.normal(10, 1, 90), np.full(10, np.nan)]
    histogram = number_histogram("gain", real, rng.normal(10, 1, 100))
    assert [(s.name, s.real, s.synthetic) for s in histogram.shares] == [
        ("0", 0.9, 0.0),
        (MISSING, 0.01, 0.0),
    ]
    assert histogram.bins.real.sum() == pytest.approx(0.09)
    assert histogram.bins.edges[0] > 5


def test_a_long_tail_goes_into_an_open_bin(rng):
    real = np.r_[rng.normal(size=1000), 1e6]
    bins = number_histogram("x", real, np.r_[rng.normal(size=10), -np.inf]).bins
    assert bins.high_open and bins.low_open
    assert bins.edges[-1] < 10
    assert bins.real[-1] == pytest.approx(1 / 1001)
    assert bins.synthetic[0] == pytest.approx(1 / 11)


def test_bins_of_integers_hold_equally_many(rng):
    bins = number_histogram("age", np.arange(17.0, 91.0), rng.integers(17, 91, 100)).bins
    low, high = bin_ends(bins.edges)
    assert set(np.diff(bins.edges)) == {3.0}
    assert (low[0], high[0]) == (17, 19)
    assert bins.real[:-1] == pytest.approx(3 / 74)


def test_dates_keep_their_kind_and_their_missing():
    days = np.datetime64("2020-01-01") + np.arange(100)
    bins = number_histogram("day", np.append(days, np.datetime64("NaT")), days).bins
    assert bins.edges.dtype == "datetime64[us]"
    assert np.array_equal(bins.edges[:2], days[[0, 4]])
    assert bins.real[:-1] == pytest.approx(4 / 101)
    assert bins.real.sum() == pytest.approx(100 / 101)


def test_categories_by_frequency_then_others_unseen_and_missing():
    real = [*"aaabbcd", None]
    histogram = category_histogram("c", real, ["a", "z", "d", math.nan], most=2)
    assert [(s.name, s.real, s.synthetic) for s in histogram.shares] == [
        ("a", 0.375, 0.25),
        ("b", 0.25, 0.0),
        (OTHER, 0.25, 0.25),
        (UNSEEN, 0.0, 0.25),
        (MISSING, 0.125, 0.25),
    ]


def test_category_called_none_is_not_missing():
    histogram = category_histogram("c", ["None", "nan", "other"], ["None"])
    assert [share.name for share in histogram.shares] == ["None", "nan", "other"]


def test_pandas_missing_values_are_missing():
    pandas = pytest.importorskip("pandas")
    values = pandas.array(["a", None, "b"], dtype="string")
    histogram = category_histogram("c", values, [pandas.NaT, pandas.NA])
    assert histogram.shares[-1].name == MISSING
    assert histogram.shares[-1].synthetic == 1.0
