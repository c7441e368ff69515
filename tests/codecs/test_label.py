import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from drawlike.codecs import LabelCodec
from drawlike.codecs.label import is_class_label
from drawlike.errors import DataError, NotConditionalError


@pytest.mark.parametrize(
    "y",
    [
        np.array(["b", "a", "b"]),
        np.array(["b", "a", "b"], object),
        np.array([3, -1, 3], np.int16),
        np.array([True, False, True]),
        np.array([2.0, 1.0, 2.0], np.float32),
    ],
    ids=lambda y: str(y.dtype),
)
def test_labels_come_back_in_their_dtype_also_after_a_store(y):
    codec = LabelCodec.from_state(LabelCodec().fit(y).state())
    decoded = codec.decode(codec.encode(y, 3))
    assert decoded.dtype == y.dtype
    assert (decoded == y).all()


@given(st.lists(st.text(max_size=4), min_size=1, max_size=30))
def test_any_strings_round_trip(labels):
    y = np.array(labels, object)  # numpy's own strings lose trailing NULs
    codec = LabelCodec().fit(y)
    assert codec.decode(codec.encode(y, len(y))).tolist() == labels


@pytest.mark.parametrize(
    "wrap",
    [
        list,
        pd.Series,
        lambda y: pd.Series(y, dtype="category"),
        lambda y: pd.Series(y, dtype="Int64"),
        torch.tensor,
        lambda y: np.array(y)[:, None],
    ],
)
def test_other_containers_are_taken(wrap):
    codec = LabelCodec().fit(wrap([5, 7, 5, 5]))
    assert codec.classes_.tolist() == [5, 7]
    assert codec.frequencies_.tolist() == [0.75, 0.25]
    assert codec.encode(wrap([7, 5]), 2).tolist() == [[0, 1], [1, 0]]


def test_weights_equal_repeated_rows():
    weighted = LabelCodec().fit(["a", "b", "c"], np.array([3.0, 1.0, 0.0]))
    repeated = LabelCodec().fit(["a", "a", "a", "b"])
    assert weighted.classes_.tolist() == repeated.classes_.tolist()
    assert weighted.frequencies_.tolist() == repeated.frequencies_.tolist()


def test_one_label_stands_for_all_rows():
    codec = LabelCodec().fit(["a", "b"])
    assert codec.encode("b", 3).tolist() == [[0, 1]] * 3


def test_draw_keeps_the_frequencies(rng):
    codec = LabelCodec().fit(["a"] * 9 + ["b"])
    drawn = codec.draw(20_000, rng)
    assert (drawn.sum(1) == 1).all()
    # six standard errors of a share of .1
    assert abs(drawn[:, 1].mean() - 0.1) < 6 * (0.1 * 0.9 / 20_000) ** 0.5


def test_unlabelled_is_zero_wide(rng):
    codec = LabelCodec.from_state(LabelCodec().fit(None).state())
    assert codec.n_classes == 0
    assert codec.encode(None, 4).shape == codec.draw(4, rng).shape == (4, 0)
    assert codec.decode(np.zeros((4, 0))) is None
    with pytest.raises(NotConditionalError, match="fitted without labels"):
        codec.encode(["a"], 1)


def test_an_unknown_label_names_the_known_ones():
    codec = LabelCodec().fit(["cat", "dog"])
    with pytest.raises(NotConditionalError, match=r"'cow' .* known are 'cat', 'dog'"):
        codec.encode(["dog", "cow"], 2)
    with pytest.raises(NotConditionalError, match="3"):
        codec.encode(3, 2)


def test_missing_and_miscounted_conditions_are_refused():
    codec = LabelCodec().fit(["cat", "dog"])
    with pytest.raises(NotConditionalError, match="Labels are needed"):
        codec.encode(None, 2)
    with pytest.raises(DataError, match="1 labels for 2 rows"):
        codec.encode(["cat"], 2)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.linspace(0.1, 7.7, 100), "numeric target into X"),
        ([0.5, 1.5, 2.5, 3.5], "numeric target into X"),
        ([1.0, np.nan], "Label 1 is missing"),
        (["a", None, "b", None], "Label 1 is missing .* 1 more"),
        (pd.Series([1, pd.NA], dtype="Int64"), "Label 1 is missing"),
        (["a", 1], "mix the types int, str"),
        ([[1, 2], [3, 4]], r"shape \(2, 2\)"),
        (np.array(["2020-01-01"], "datetime64[D]"), "dtype datetime64"),
        ([("a",), ("b", "c")], "inhomogeneous|not supported"),
        (np.arange(10_001), "10,001 classes"),
    ],
)
def test_what_is_no_label_is_refused(y, message):
    if isinstance(y, list) and isinstance(y[0], str):
        y = np.array(y, object)
    if isinstance(y, list) and isinstance(y[0], tuple):
        y = np.array([*y, None], object)[:-1]
    with pytest.raises(DataError, match=message):
        LabelCodec().fit(y)


def test_a_few_fractions_are_classes():
    codec = LabelCodec().fit([0.5, 1.0] * 10)
    assert codec.classes_.tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("y", "holds_classes"),
    [
        (None, False),
        (["a", "b"] * 50, True),
        ([True, False], True),
        (np.arange(20), True),
        (np.arange(21), False),
        ([1.0, 2.0, np.nan], True),
        ([0.5, 1.5], False),
    ],
)
def test_classes_are_told_from_numeric_targets(y, holds_classes):
    assert is_class_label(y) is holds_classes


@pytest.mark.parametrize(
    "labels",
    [
        np.array([5, -3, 5, 100], np.int8),
        np.array([-128, 127, 0], np.int8),
        np.array([2**63, 2**63 + 5], np.uint64),
        np.array([0, 10**12, 7]),
        np.array([7, 7, 7]),
        np.array(["b", "b"]),
        np.array([True, False, True]),
    ],
)
def test_classes_are_the_sorted_labels_in_their_dtype(labels):
    codec = LabelCodec().fit(labels)
    wanted, codes = np.unique(labels, return_inverse=True)
    np.testing.assert_array_equal(codec.classes_, wanted)
    assert codec.classes_.dtype == labels.dtype
    np.testing.assert_array_equal(codec.codes(labels, len(labels)), codes)
    np.testing.assert_array_equal(codec.encode(labels, len(labels)), np.eye(len(wanted))[codes])
