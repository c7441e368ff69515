import numpy as np
import pytest

from drawlike.report.plot import Axis, dots, polyline


def test_axis_maps_its_ends_to_zero_and_one():
    assert Axis(2.0, 6.0).at(np.array([2.0, 3.0, 6.0])) == pytest.approx([0, 0.25, 1])
    assert Axis(1.0, 100.0, log=True).at(10.0) == pytest.approx(0.5)


def test_axis_without_length_puts_everything_in_the_middle():
    axis = Axis.around(np.array([3.0]))
    assert axis.low < 3 < axis.high
    assert Axis(3.0, 3.0).at(np.array([3.0, 9.0])) == pytest.approx([0.5, 0.5])


@pytest.mark.parametrize("values", [[-1.7e308, 1.7e308], [1e-320, 2e-320], [0.0, 1e-310]])
@pytest.mark.parametrize("log", [False, True])
def test_axis_around_extreme_values_is_finite(values, log):
    axis = Axis.around(np.array(values), log=log, margin=0.05)
    assert np.isfinite([axis.low, axis.high, axis.high - axis.low]).all()
    assert axis.low < axis.high
    assert axis.ticks()


def test_line_breaks_where_a_value_is_not_finite():
    path = polyline(np.array([0.0, 0.25, 0.5, 1.0]), np.array([0.0, np.nan, 1.0, 0.5]))
    assert path == "M0 500M500 0L1000 250"


def test_dots_are_lines_without_length():
    assert dots(np.array([0.5]), np.array([1.0])) == "M500 0h0"
