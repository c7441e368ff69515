"""Sequences in every form, and back."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch

from drawlike import store
from drawlike.codecs import CODECS, SequenceCodec
from drawlike.codecs.sequence import cut, parts_of
from drawlike.errors import DataError

LENGTHS = np.array([3, 1, 4])


def steps(dtype="float64", d=2):
    return (np.arange(8 * d).reshape(8, d) * 3 - 7).astype(dtype)


def round_trip(raw, lengths, **options):
    codec = SequenceCodec(**options).fit(raw)
    encoded = codec.encode(raw)
    assert encoded.shape == (sum(lengths), codec.layout_.width)
    return codec.decode(encoded, np.random.default_rng(0), lengths=np.array(lengths))


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int16"])
@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_lists_come_back(dtype, library):
    raw = [library(part) for part in cut(steps(dtype), LENGTHS)]
    back = round_trip(raw, LENGTHS)
    assert isinstance(back, list)
    for one, other in zip(raw, back, strict=True):
        assert type(one) is type(other)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_stacks_come_back(dtype, library):
    raw = library(steps(dtype).reshape(4, 2, 2))
    back = round_trip(raw, [2] * 4)
    assert type(back) is type(raw)
    assert (back.shape, back.dtype) == (raw.shape, raw.dtype)
    np.testing.assert_array_equal(back, raw)


def test_padded_stacks_keep_their_missing_steps():
    raw = steps().reshape(4, 2, 2)
    raw[1, 1] = np.nan
    np.testing.assert_array_equal(round_trip(raw, [2] * 4), raw)


def test_a_stack_of_other_lengths_becomes_a_list():
    codec = SequenceCodec().fit(steps().reshape(4, 2, 2))
    assert [len(part) for part in codec.decode(steps(), lengths=LENGTHS)] == [3, 1, 4]


def test_one_sequence_comes_back_as_one():
    np.testing.assert_array_equal(round_trip(steps(), [8]), steps())
    codec = SequenceCodec().fit(steps())
    assert codec.decode(steps(), lengths=np.array([4, 4])).shape == (2, 4, 2)
    assert SequenceCodec("list").fit(steps()).decode(steps())[0].shape == (8, 2)


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame])
def test_frames_are_steps_of_a_table(library):
    columns = {"level": np.linspace(0, 1, 40) ** 2, "mood": ["calm", "wild"] * 20}
    frame = library(columns)
    raw = [frame[:15], frame[15:]]
    back = round_trip(raw, [15, 25])
    for one, other in zip(raw, back, strict=True):
        assert type(one) is type(other)
        assert list(one["mood"]) == list(other["mood"])
        np.testing.assert_allclose(one["level"], other["level"])


def test_the_jacobian_is_that_of_the_steps():
    raw = [part * 10.0 for part in cut(np.random.default_rng(0).normal(size=(8, 2)), LENGTHS)]
    raw[2][1, 0] = np.nan
    codec = SequenceCodec(array_numbers="standard").fit(raw)
    each = -np.log(codec.steps_.scale_)
    step = codec.step_log_jacobian(raw)
    assert step.shape == (8,)
    assert step[0] == pytest.approx(each.sum())
    assert step[5] == pytest.approx(each[1])
    np.testing.assert_allclose(
        codec.log_jacobian(raw), [3 * each.sum(), each.sum(), 4 * each.sum() - each[0]]
    )


@pytest.mark.parametrize("kind", ["list", "stack", "frames"])
def test_a_codec_is_kept(kind):
    raw = {
        "list": cut(steps("float32"), LENGTHS),
        "stack": steps().reshape(4, 2, 2),
        "frames": [pd.DataFrame({"a": np.linspace(0, 1, 30), "b": list("xyz") * 10})],
    }[kind]
    codec = SequenceCodec().fit(raw)
    again = CODECS["sequence"].from_state(store.unpack(*store.pack(codec.state())))
    encoded = codec.encode(raw)
    np.testing.assert_array_equal(again.encode(raw), encoded)
    lengths = np.array([len(part) for part in parts_of(raw)])
    pairs = [c.decode(encoded, np.random.default_rng(0), lengths=lengths) for c in (codec, again)]
    for one, other in zip(*pairs, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_weights_of_sequences_are_those_of_their_steps():
    raw = [np.zeros((3, 1)), np.ones((1, 1))]
    codec = SequenceCodec(array_numbers="standard").fit(raw, weight=np.array([1.0, 3.0]))
    assert codec.steps_.center_ == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ([], "no sequences"),
        ([np.ones((3, 2)), np.ones((0, 2))], "Sequence 1 is empty"),
        ([np.ones((3, 2)), np.ones((3, 1))], "Sequence 1 has 1 columns and sequence 0 has 2"),
        ([np.ones((3, 2)), np.ones(3)], r"Sequence 1 has shape \(3,\)"),
        ([np.ones((3, 2)), np.array([[0.0, 1], [np.inf, 0]])], "sequence 1, step 1, column 0"),
        ([pd.DataFrame({"a": [1.0, 2.0]}), np.ones((3, 1))], "Sequence 1 is a ndarray"),
        ([np.full((3, 1), np.nan)], "only missing values"),
    ],
)
def test_what_is_no_sequence_is_refused(raw, said):
    with pytest.raises(DataError, match=said):
        SequenceCodec().fit(raw)


@pytest.mark.parametrize(
    ("lengths", "said"),
    [
        ([3, 4], "The 2 lengths add up to 7, and X has 8 rows"),
        ([3, 0, 5], "whole numbers of 1 or more"),
        ([4.0, 4.0], "whole numbers of 1 or more"),
        (8, "whole numbers of 1 or more"),
    ],
)
def test_lengths_must_add_up(lengths, said):
    with pytest.raises(DataError, match=said):
        cut(steps(), lengths)
