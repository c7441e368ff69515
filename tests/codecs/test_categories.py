import numpy as np
import pyarrow as pa
import pytest

from drawlike.codecs.categories import Categories, Constant
from drawlike.codecs.cells import NULL, Cells


def column(values):
    array = pa.array(values)
    return Cells(array, np.where(array.is_null(), NULL, 0).astype(np.int8))


def decode(codec, codes):
    return codec.decode(np.asarray(codes, float)[:, None], np.random.default_rng(0))


def test_codes_go_by_falling_frequency_then_by_value():
    codec = Categories.fit("c", column(list("cabbac") + [None, "d"]), None, by_value=False)
    assert codec.values.to_pylist() == ["a", "b", "c", "d"]
    np.testing.assert_allclose(codec.frequencies, np.array([2, 2, 2, 1, 1]) / 8)
    assert codec.block.n_categories == 5  # the last is missing


def test_weights_order_the_codes_too():
    codec = Categories.fit("c", column(["a", "b"]), np.array([1.0, 3.0]), by_value=False)
    assert codec.values.to_pylist() == ["b", "a"]
    np.testing.assert_allclose(codec.frequencies, [0.75, 0.25])


def test_booleans_go_by_value():
    codec = Categories.fit("c", column([True, True, False]), None, by_value=True)
    assert codec.values.to_pylist() == [False, True]


def test_unseen_values_are_unobserved_and_impossible():
    codec = Categories.fit("c", column(["a", "b"]), None, by_value=False)
    np.testing.assert_array_equal(codec.encode(column(["b", "z", None]))[:, 0], [1, np.nan, np.nan])
    np.testing.assert_array_equal(codec.log_jacobian(column(["b", "z"])), [0, -np.inf])


def test_codes_out_of_range_are_clipped_and_unobserved_ones_are_drawn():
    codec = Categories.fit("c", column(["a", "b", "b", None]), None, by_value=False)
    cells = decode(codec, [-3, 0.4, 0.6, 9, *[np.nan] * 99])
    assert cells.values.to_pylist()[:4] == ["b", "b", "a", None]
    assert cells.values.to_pylist().count("b") == pytest.approx(99 / 2, abs=15)
    np.testing.assert_array_equal(cells.missing[:4], [0, 0, 0, NULL])


def test_a_constant_takes_no_width_and_comes_back():
    codec = Constant.fit(column(["kg", "kg"]))
    assert codec.encode(column(["kg"])).shape == (1, 0)
    assert codec.decode(np.empty((3, 0)), np.random.default_rng(0)).values.to_pylist() == ["kg"] * 3
    np.testing.assert_array_equal(
        codec.log_jacobian(column(["kg", "g", None])), [0, -np.inf, -np.inf]
    )
