import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from drawlike.errors import CorruptStoreError, StoreError
from drawlike.store import pack, unpack

_numbers = hnp.arrays(
    st.sampled_from(["bool", "int8", "int64", "uint64", "float16", "float32", "float64"]),
    hnp.array_shapes(min_dims=0, min_side=0, max_side=3),
)
_times = hnp.arrays(st.sampled_from(["datetime64[ns]", "timedelta64[D]"]), st.integers(0, 4))
_words = st.lists(st.text(max_size=5)).map(lambda words: np.array(words, object))
_leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | _numbers | _times | _words
)
_trees = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def _through_json(tree):
    packed, arrays = pack(tree)
    return unpack(json.loads(json.dumps(packed, allow_nan=False)), arrays)


def _assert_same(left, right):
    assert type(left) is type(right)
    if isinstance(left, dict):
        assert list(left) == list(right)
        for key in left:
            _assert_same(left[key], right[key])
    elif isinstance(left, list):
        assert len(left) == len(right)
        for one, other in zip(left, right, strict=True):
            _assert_same(one, other)
    else:
        np.testing.assert_array_equal(left, right, strict=isinstance(left, np.ndarray))


@given(_trees)
def test_any_tree_comes_back(tree):
    _assert_same(_through_json(tree), tree)


def test_strings_and_tuples_become_plain():
    back = _through_json({"words": np.array([["a", "bc"]]), "pair": (1, (2, np.float32(0.5)))})
    assert back["words"].dtype == "<U2"
    assert back["words"].tolist() == [["a", "bc"]]
    assert back["pair"] == [1, [2, 0.5]]


@pytest.mark.parametrize(
    "scalar", [np.int64(3), np.bool_(True), np.str_("a"), np.float64(0.1), np.float64("nan")]
)
def test_numpy_scalars_become_those_of_python(scalar):
    back = _through_json([scalar])[0]
    assert type(back) is type(scalar.item())
    np.testing.assert_equal(back, scalar.item())


@pytest.mark.parametrize("time", [np.datetime64("2020-02-29", "D"), np.timedelta64("NaT", "ns")])
def test_times_keep_their_unit(time):
    back = _through_json([time])[0]
    assert back.dtype == time.dtype
    np.testing.assert_equal(back, time)


def test_a_key_that_looks_like_a_tag_is_only_a_key():
    tree = {"$array": "a", "plain": {"$float": "nan", "": np.ones(2)}}
    _assert_same(_through_json(tree), tree)


def test_names_of_arrays_are_plain_and_distinct():
    odd = ["../up", "a/b", "a b", "列", "", "a", "$array", "#0"]
    _, arrays = pack({key: np.ones(1) for key in odd})
    assert len(arrays) == len(odd)
    assert all(name.replace("#", "").isalnum() for name in arrays)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"a": {"b": object()}}, "'a/b' is a object"),
        ({"a": [1, {1, 2}]}, "'a/1' is a set"),
        ({"a": {3: 1}}, "the key 3; keys must be strings"),
        ({"a": b"bytes"}, "is a bytes"),
        ({"a": np.array([{1}], object)}, "'a/0' is a set"),
    ],
)
def test_what_is_neither_json_nor_array_is_refused(tree, message):
    with pytest.raises(StoreError, match=message):
        pack(tree)


@pytest.mark.parametrize(
    "tree",
    [
        {"$array": "absent"},
        {"$array": ["a"]},
        {"$array": "a", "dtype": "O"},
        {"$array": "a", "dtype": "datetime64[ns],O"},
        {"$cells": ["a", "b"], "shape": [3], "dtype": "str"},
        {"$cells": ["a"], "shape": [1], "dtype": "<U999999999"},
        {"$cells": 3, "shape": [1], "dtype": "str"},
        {"$time": 1, "dtype": "float64"},
        {"$time": 2**70, "dtype": "datetime64[ns]"},
        {"$float": "not a number"},
        {"$items": [["a"]]},
        {"$eval": "1 + 1"},
    ],
)
def test_malformed_tags_are_refused(tree):
    with pytest.raises(CorruptStoreError, match="cannot be read"):
        unpack({"state": tree}, {"a": np.zeros(2)})
