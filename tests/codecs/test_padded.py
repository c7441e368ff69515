"""Sequences as rows of one width, and back."""

import numpy as np
import pandas as pd
import pytest
import torch

from drawlike.codecs import PaddedCodec, SequenceCodec
from drawlike.codecs.padded import padded, unpadded
from drawlike.errors import DataError
from tests.scenarios import switching


def coded(raw):
    codec = PaddedCodec(SequenceCodec(table_numbers="identity")).fit(raw)
    return codec, codec.encode(raw)


def with_holes(parts):
    holed = [part.copy() for part in parts]
    for part in holed:
        part[1] = np.nan
        part[::3, 0] = np.nan
        part[-1] = np.nan
    return holed


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_lists_come_back_as_they_were(dtype):
    parts = [(part * 10).astype(dtype) for part in switching(8)]
    codec, rows = coded(parts)
    again = codec.decode(rows)
    assert isinstance(again, list)
    for part, same in zip(parts, again, strict=True):
        assert same.dtype == part.dtype
        np.testing.assert_array_equal(part, same)


def test_holes_and_steps_of_nan_are_carried():
    parts = with_holes(switching(8))
    codec, rows = coded(parts)
    for part, same in zip(parts, codec.decode(rows), strict=True):
        np.testing.assert_array_equal(part, same)


@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_a_stack_keeps_its_shape_and_knows_where_sequences_end(library):
    stack = np.stack([part[:20] for part in switching(6)])
    for i, row in enumerate(stack):
        row[20 - i :] = np.nan
    codec, rows = coded(library(stack))
    np.testing.assert_array_equal(rows[:, 0], 20 - np.arange(6))
    again = codec.decode(rows)
    assert type(again) is type(library(stack))
    np.testing.assert_array_equal(np.asarray(again), stack)


def test_frames_come_back_as_frames():
    frames = [
        pd.DataFrame(part, columns=["a", "b"]).assign(day=["mon", "sun"] * (len(part) // 2))
        for part in switching(5)
    ]
    codec, rows = coded(frames)
    for frame, same in zip(frames, codec.decode(rows, np.random.default_rng(0)), strict=True):
        pd.testing.assert_frame_equal(frame, same.reset_index(drop=True))


def test_a_kept_codec_is_the_same():
    parts = switching(5)
    codec, rows = coded(parts)
    again = PaddedCodec.from_state(codec.state())
    np.testing.assert_array_equal(again.encode(parts), rows)
    assert codec.state()["codec"] == "padded"


def test_rows_may_be_wider_than_they_need_be(rng):
    lengths, steps = np.array([3, 1, 4]), rng.normal(size=(8, 2))
    rows = padded(steps, lengths, 6)
    assert rows.shape == (3, 13)
    np.testing.assert_array_equal(unpadded(rows, 2)[0], steps)
    np.testing.assert_array_equal(unpadded(rows, 2)[1], lengths)


def test_one_sequence_is_refused():
    with pytest.raises(DataError, match="lengths="):
        coded(switching(1)[0])
