"""What every model must do that takes sequences beside other kinds, each as a whole."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from drawlike import capabilities, load
from drawlike.datasets import as_dataset
from drawlike.errors import DrawlikeError, NotConditionalError, SettingError
from drawlike.events import History
from tests.scenarios import WHOLE_SEQUENCES, switching

ALL = pytest.mark.parametrize("name", WHOLE_SEQUENCES)
LEARNERS = [name for name in WHOLE_SEQUENCES if name != "topk-of-hmm"]
EACH_LEARNER = pytest.mark.parametrize("name", LEARNERS)
LISTED = switching(12)
STACKED = np.stack([part[:20] for part in LISTED])
ONE = np.concatenate(LISTED)
LENGTHS = [len(part) for part in LISTED]
LABELS = np.array(["left", "right"] * 6)


def fast(name):
    return clone(WHOLE_SEQUENCES[name].fast)


def fitted(name, X, y=None, **options):
    options |= {"kind": "sequence"} if getattr(X, "ndim", 2) == 3 else {}
    return fast(name).fit(X, y, listener=None, **options)


def flat(values):
    return np.concatenate([np.asarray(part).ravel() for part in values])


@ALL
def test_it_says_what_it_can(name):
    assert capabilities(fast(name))["kinds"] == ("array", "table", "image", "sequence")


@ALL
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_sequences_come_back_as_they_came(name, dtype, library):
    listed = [library((part * 10).astype(dtype)) for part in LISTED]
    stack = library((STACKED * 10).astype(dtype))
    parts = fitted(name, listed).sample(70, random_state=0)
    assert isinstance(parts, list)
    assert all(min(LENGTHS) <= len(part) <= max(LENGTHS) for part in parts)
    assert {(type(part), part.dtype) for part in parts} == {(type(listed[0]), listed[0].dtype)}
    cube = fitted(name, stack).sample(4, random_state=0)
    assert (type(cube), cube.dtype, tuple(cube.shape)) == (type(stack), stack.dtype, (4, 20, 2))
    short = fitted(name, stack).sample(4, length=3)
    assert (short.dtype, tuple(short.shape)) == (stack.dtype, (4, 3, 2))
    assert {len(part) for part in fitted(name, listed).sample(4, length=50)} == {50}


@ALL
def test_all_forms_say_the_same(name):
    listed, cut = fitted(name, LISTED), fitted(name, ONE, lengths=LENGTHS)
    drawn = flat(listed.sample(9, random_state=0))
    np.testing.assert_array_equal(drawn, flat(cut.sample(9, random_state=0)))
    data = as_dataset(LISTED)
    np.testing.assert_array_equal(drawn, flat(fitted(name, data).sample(9, random_state=0)))
    if name == "topk-of-hmm":  # a chain draws sequences as long as the stack is
        return
    stack = np.full((12, max(LENGTHS), 2), np.nan)
    for row, part in zip(stack, LISTED, strict=True):
        row[: len(part)] = part
    padded = fitted(name, stack).sample(9, random_state=0)
    assert padded.shape == (9, max(LENGTHS), 2)
    np.testing.assert_allclose(padded[~np.isnan(padded).any(2)].ravel(), drawn)


@ALL
@pytest.mark.parametrize("X", [LISTED, STACKED], ids=["list", "stack"])
def test_same_seed_same_bytes(name, X):
    first, second = (fitted(name, X).sample(30, random_state=1) for _ in "ab")
    np.testing.assert_array_equal(flat(first), flat(second))
    model = fitted(name, X)
    assert not np.array_equal(flat(model.sample(9, length=9)), flat(model.sample(9, length=9)))


@EACH_LEARNER
def test_long_samples_begin_like_short_ones(name):
    model = fitted(name, [part[:3] for part in LISTED])
    long, longer = (model.sample(n, random_state=0) for n in (8192, 8300))
    np.testing.assert_array_equal(flat(long), flat(longer[:8192]))


@ALL
@pytest.mark.parametrize("X", [LISTED, STACKED], ids=["list", "stack"])
def test_a_kept_model_draws_the_same(name, X, tmp_path):
    model = fitted(name, X, LABELS)
    model.save(tmp_path / "m")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = load(tmp_path / "m")
    assert type(again) is type(model)
    for twin in (again, pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        drawn = [flat(m.sample(20, random_state=2)) for m in (model, twin)]
        np.testing.assert_array_equal(*drawn)


@ALL
def test_labels_are_conditions(name):
    y = np.where([part[:, 0].mean() < 0 for part in LISTED], "left", "right")
    model = fitted(name, LISTED, y)
    drawn, labels = model.sample(40, y="right", random_state=0, return_y=True)
    assert list(labels) == ["right"] * 40
    assert np.mean([part[:, 0].mean() > -0.5 for part in drawn]) > 0.8
    _, mixed = model.sample(3, y=["left", "right", "left"], return_y=True)
    assert list(mixed) == ["left", "right", "left"]
    with pytest.raises(NotConditionalError, match="'up'"):
        model.sample(2, y="up")
    with pytest.raises(NotConditionalError, match="without labels"):
        fitted(name, LISTED).sample(2, y="left")


@ALL
def test_a_weight_of_nothing_leaves_a_sequence_out(name):
    weight = np.r_[np.ones(9), np.zeros(3)]
    out, left = fitted(name, LISTED[:9]), fitted(name, LISTED, sample_weight=weight)
    assert left.n_rows_ == 9
    drawn = [flat(model.sample(20, random_state=0)) for model in (out, left)]
    np.testing.assert_allclose(*drawn)


@ALL
def test_missing_cells_and_steps_are_taken(name):
    holes = [part.copy() for part in LISTED]
    for part in holes:
        part[::7, 1] = np.nan
        part[3] = np.nan
    drawn = fitted(name, holes).sample(20, random_state=0)
    is_learned = name == "topk-of-hmm"  # a chain draws whole steps
    assert np.isnan(flat(drawn)).any() != is_learned


@ALL
def test_frames_are_steps_of_a_table(name):
    frame = pd.DataFrame(ONE, columns=["east", "north"]).assign(
        day=["mon", "sun"] * (len(ONE) // 2)
    )
    for table in (frame, pl.from_pandas(frame)):
        for drawn in fitted(name, table, lengths=LENGTHS).sample(9, random_state=0):
            assert type(drawn) is type(table)
            assert list(drawn.columns) == ["east", "north", "day"]
            assert set(drawn["day"]) <= {"mon", "sun"}


@ALL
def test_the_data_and_the_global_seed_are_not_touched(name):
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    copies = [part.copy() for part in LISTED]
    fitted(name, LISTED).sample(3)
    assert (before[0] == np.random.get_state()[1]).all()
    assert torch.equal(before[1], torch.get_rng_state())
    for part, same in zip(LISTED, copies, strict=True):
        np.testing.assert_array_equal(part, same)


@ALL
def test_fitting_again_forgets(name):
    model = fitted(name, LISTED, LABELS).fit(ONE, listener=None)
    if name != "topk-of-hmm":  # to a chain a 2-d array is a sequence
        assert model.kind_ == "array"
        assert model.sample(5).shape == (5, 2)
    model.fit(STACKED, kind="sequence", listener=None)
    fresh = fitted(name, STACKED)
    np.testing.assert_array_equal(model.sample(5, random_state=0), fresh.sample(5, random_state=0))


@EACH_LEARNER
def test_it_learns_from_more_sequences(name, tmp_path):
    model = fast(name).partial_fit(LISTED[:6], listener=None)
    model.partial_fit(ONE[: sum(LENGTHS[:2])], lengths=LENGTHS[:2], listener=None)
    assert model.n_rows_ == 8
    model.save(tmp_path / "m")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = load(tmp_path / "m")
    longer = [np.concatenate([part, part]) + 50 for part in LISTED[8:]]
    twins = [m.partial_fit(longer, listener=None) for m in (model, again)]
    drawn = [m.sample(60, random_state=0) for m in twins]
    np.testing.assert_array_equal(*map(flat, drawn))
    assert model.n_rows_ == 12
    assert max(len(part) for part in drawn[0]) > max(LENGTHS)


@EACH_LEARNER
def test_classes_may_come_one_after_the_other(name):
    model = fast(name)
    model.partial_fit(LISTED[::2], LABELS[::2], classes=["left", "right"], listener=None)
    model.partial_fit(LISTED[1::2], LABELS[1::2], listener=None)
    assert model.labels_.frequencies_.tolist() == [0.5, 0.5]
    assert len(model.sample(4, y="right")) == 4
    with pytest.raises(NotConditionalError, match="without labels"):
        fast(name).partial_fit(LISTED, listener=None).partial_fit(LISTED, LABELS, listener=None)


@ALL
def test_short_sequences_and_constant_columns(name):
    for X in ([np.ones((1, 2)), np.zeros((3, 2))] * 4, [np.ones((2, 1))] * 7):
        assert np.isfinite(flat(fitted(name, X).sample(5, random_state=0))).all()


@ALL
def test_what_cannot_be_learned_is_refused_in_words(name):
    bad = [
        ([*LISTED, np.full((2, 2), np.inf)], {}, "infinity"),
        ([*LISTED, np.empty((0, 2))], {}, "Sequence 12 is empty"),
        ([*LISTED[:3], np.ones((4, 3))], {}, "Sequence 3 has 3 columns"),
        (ONE, {"lengths": [3, 4]}, "add up to 7"),
        (LISTED, {"lengths": LENGTHS}, "in parts already"),
        (LISTED, {"y": ["a"] * 5}, "5 labels"),
        (LISTED, {"sample_weight": np.ones(5)}, "sample_weight"),
        (LISTED, {"sample_weight": np.zeros(12)}, "non-zero|is 0"),
        (LISTED, {"label": "a"}, "give the labels as y"),
        (np.stack([part[:9] for part in LISTED]), {}, "kind='sequence'"),
        ([], {}, "0 sample"),
    ]
    for X, options, said in bad:
        with pytest.raises((DrawlikeError, ValueError), match=said):
            fast(name).fit(X, **options, listener=None)
    model = fitted(name, LISTED)
    with pytest.raises(SettingError, match="length is 0"):
        model.sample(3, length=0)
    with pytest.raises(SettingError, match=r"n is 2\.5"):
        model.sample(2.5)
    with pytest.raises(NotFittedError):
        fast(name).sample(3)


@ALL
def test_events_are_heard(name):
    history = History()
    fast(name).fit(LISTED, listener=history)
    assert list(history)
