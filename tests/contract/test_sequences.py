"""What every model of sequences must do, in every form of sequences."""

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
from sklearn.utils.estimator_checks import check_estimator

from drawlike import GaussianHMM, capabilities, load
from drawlike.base import SequenceMixin
from drawlike.datasets import as_dataset
from drawlike.errors import DataError, DrawlikeError, NotConditionalError, SettingError
from drawlike.events import History
from tests.scenarios import SEQUENCES, switching

ALL = pytest.mark.parametrize("name", SEQUENCES)
LISTED = switching(12)
STACKED = np.stack([part[:20] for part in LISTED])
ONE = np.concatenate(LISTED)
LENGTHS = [len(part) for part in LISTED]
LABELS = np.array(["left", "right"] * 6)
FORMS = {"one": ONE, "list": LISTED, "stack": STACKED}
EACH_FORM = pytest.mark.parametrize("form", FORMS)
# of three states the order of the rows is part of the data, and this check shuffles it
EXPECTED = {
    "gaussian-hmm-full": {
        "check_sample_weight_equivalence_on_dense_data": (
            "it compares a sequence with a shuffled one; steps of a sequence have an order"
        )
    }
}


def fast(name):
    return clone(SEQUENCES[name].fast)


def fitted(name, X, y=None, **options):
    return fast(name).fit(X, y, listener=None, **options)


def flat(values):
    return np.concatenate([np.asarray(part).ravel() for part in values])


@ALL
def test_scikit_learn_agrees(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = EXPECTED.get(name)
        results = check_estimator(
            fast(name), on_fail=None, on_skip=None, expected_failed_checks=expected
        )
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed
    assert len(results) > 40
    known = {r["check_name"] for r in results if r["status"] == "xfail"}
    assert known == set(expected or {})  # none is expected to fail in vain


@pytest.mark.parametrize("model", [GaussianHMM()], ids=["defaults"])
def test_scikit_learn_agrees_with_the_defaults(model):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(model, on_fail=None, on_skip=None)
    assert not [r["check_name"] for r in results if r["status"] == "failed"]


@ALL
def test_it_says_what_it_can(name):
    able = capabilities(fast(name))
    assert able["kinds"] == ("sequence",)
    assert "sequence" in able["kinds"]
    assert isinstance(fast(name), SequenceMixin)


@ALL
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
@pytest.mark.parametrize("library", [np.asarray, torch.from_numpy], ids=["numpy", "torch"])
def test_sequences_come_back_as_they_came(name, dtype, library):
    one, listed, stack = (
        library((ONE * 10).astype(dtype)),
        [library((part * 10).astype(dtype)) for part in LISTED],
        library((STACKED * 10).astype(dtype)),
    )
    drawn = fitted(name, one).sample(7, random_state=0)
    assert (type(drawn), drawn.dtype, tuple(drawn.shape)) == (type(one), one.dtype, (7, 2))
    several = fitted(name, one).sample(3, length=5, random_state=0)
    assert (several.dtype, tuple(several.shape)) == (one.dtype, (3, 5, 2))
    parts = fitted(name, listed).sample(70, random_state=0)
    assert isinstance(parts, list)
    assert {len(part) for part in parts} <= set(LENGTHS)
    assert {part.dtype for part in parts} == {listed[0].dtype}
    cube = fitted(name, stack).sample(4, random_state=0)
    assert (type(cube), cube.dtype, tuple(cube.shape)) == (type(stack), stack.dtype, (4, 20, 2))
    assert tuple(fitted(name, stack).sample(4, length=3).shape) == (4, 3, 2)


@ALL
def test_all_forms_say_the_same(name):
    listed = fitted(name, LISTED)
    cut = fitted(name, ONE, lengths=LENGTHS)
    np.testing.assert_array_equal(listed.score_samples(LISTED), cut.score_samples(LISTED))
    np.testing.assert_array_equal(
        listed.score_samples(LISTED), listed.score_samples(ONE, lengths=LENGTHS)
    )
    np.testing.assert_array_equal(
        flat(listed.predict(LISTED)), listed.predict(ONE, lengths=LENGTHS)
    )
    padded = np.full((12, max(LENGTHS), 2), np.nan)
    for row, part in zip(padded, LISTED, strict=True):
        row[: len(part)] = part
    stacked = fitted(name, padded)
    np.testing.assert_allclose(stacked.score_samples(padded), listed.score_samples(LISTED))
    data = as_dataset(LISTED)
    np.testing.assert_array_equal(
        fitted(name, data).score_samples(data), listed.score_samples(LISTED)
    )


@ALL
def test_figures_have_the_form_of_the_data(name):
    model = fitted(name, LISTED)
    steps = model.score_samples(ONE)
    assert steps.shape == (len(ONE),)
    each = model.score_samples(LISTED)
    assert each.shape == (12,)
    assert model.score(LISTED) == pytest.approx(each.mean())
    assert [len(part) for part in model.predict(LISTED)] == LENGTHS
    assert model.predict(STACKED).shape == (12, 20)
    assert model.predict_proba(STACKED).shape[:2] == (12, 20)
    assert model.predict(ONE).shape == (len(ONE),)
    singles = [model.score_samples(part).sum() for part in LISTED]
    np.testing.assert_allclose(singles, each)


@ALL
@EACH_FORM
def test_same_seed_same_bytes(name, form):
    X = FORMS[form]
    first, second = (fitted(name, X).sample(30, random_state=1) for _ in "ab")
    np.testing.assert_array_equal(flat(first), flat(second))
    model = fitted(name, X)
    assert not np.array_equal(flat(model.sample(3, length=9)), flat(model.sample(3, length=9)))


@ALL
def test_long_samples_begin_like_short_ones(name):
    model = fitted(name, ONE)
    long, longer = model.sample(9000, random_state=0), model.sample(17000, random_state=0)
    np.testing.assert_array_equal(long[:8192], longer[:8192])
    listed = fitted(name, LISTED)
    some, more = (listed.sample(n, random_state=0) for n in (70, 140))
    np.testing.assert_array_equal(flat(some[:64]), flat(more[:64]))


@ALL
@EACH_FORM
def test_a_kept_model_draws_the_same(name, form, tmp_path):
    X = FORMS[form]
    model = fitted(name, X)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert type(again) is type(model)
    for twin in (again, pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        drawn = [flat(m.sample(20, random_state=2)) for m in (model, twin)]
        np.testing.assert_array_equal(*drawn)
        np.testing.assert_allclose(model.score_samples(X), twin.score_samples(X), rtol=1e-9)


@ALL
def test_labels_are_conditions(name):
    model = fitted(name, LISTED, LABELS)
    drawn, labels = model.sample(4, y="right", random_state=0, return_y=True)
    assert len(drawn) == 4
    assert list(labels) == ["right"] * 4
    _, mixed = model.sample(3, y=["left", "right", "left"], return_y=True)
    assert list(mixed) == ["left", "right", "left"]
    assert set(model.predict(LISTED)) <= {"left", "right"}
    assert model.predict_proba(LISTED).shape == (12, 2)
    with pytest.raises(NotConditionalError, match="'up'"):
        model.sample(2, y="up")
    with pytest.raises(NotConditionalError, match="without labels"):
        fitted(name, LISTED).sample(2, y="left")


@ALL
def test_weights_count_as_repeated_sequences(name):
    weight = np.r_[np.full(6, 2.0), np.ones(3), np.zeros(3)]
    twice = [*LISTED[:6], *LISTED[:6], *LISTED[6:9]]
    weighted = fitted(name, LISTED, sample_weight=weight)
    out = fitted(name, LISTED[:9])
    left = fitted(name, LISTED, sample_weight=np.r_[np.ones(9), np.zeros(3)])
    np.testing.assert_allclose(left.score_samples(LISTED), out.score_samples(LISTED), rtol=1e-6)
    repeated = fitted(name, twice)
    assert weighted.score(twice) == pytest.approx(repeated.score(twice), rel=1e-2)


@ALL
def test_missing_cells_and_steps(name):
    holes = [part.copy() for part in LISTED]
    for part in holes:
        part[::7, 1] = np.nan
        part[3] = np.nan
    model = fitted(name, holes)
    assert np.isfinite(flat(model.sample(20, random_state=0))).all()
    assert np.isfinite(model.score_samples(holes)).all()
    assert all(
        len(path) == len(part) for path, part in zip(model.predict(holes), holes, strict=True)
    )


@ALL
def test_scores_are_in_the_units_of_the_data(name):
    small, large = (fitted(name, ONE * unit).score_samples(ONE * unit) for unit in (1, 1000))
    np.testing.assert_allclose(small - large, 2 * np.log(1000), atol=0.05)


@ALL
def test_frames_are_sequences_of_a_table(name):
    frame = pd.DataFrame(ONE, columns=["east", "north"]).assign(
        day=["mon", "sun"] * (len(ONE) // 2)
    )
    for table in (frame, pl.from_pandas(frame)):
        drawn = fitted(name, table).sample(9, random_state=0)
        assert type(drawn) is type(table)
        assert list(drawn.columns) == ["east", "north", "day"]
        assert set(drawn["day"]) <= {"mon", "sun"}
        assert fitted(name, [table[:30], table[30:]]).score_samples([table]).shape == (1,)


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
    model = fitted(name, LISTED, LABELS).fit(STACKED, listener=None)
    fresh = fitted(name, STACKED)
    np.testing.assert_array_equal(model.sample(5, random_state=0), fresh.sample(5, random_state=0))


@ALL
def test_it_learns_from_more_sequences(name, tmp_path):
    model = fast(name).partial_fit(LISTED[:6], listener=None)
    assert model.n_rows_ == 6
    model.partial_fit(ONE[: sum(LENGTHS[:2])], lengths=LENGTHS[:2], listener=None)
    assert model.n_rows_ == 8
    model.save(tmp_path / "m")
    twins = [m.partial_fit(LISTED[8:], listener=None) for m in (model, load(tmp_path / "m"))]
    np.testing.assert_allclose(*(m.score_samples(LISTED) for m in twins), rtol=1e-9)
    assert model.score(LISTED) > fitted(name, [part + 9 for part in LISTED]).score(LISTED)
    assert fast(name).fit(LISTED, listener=None).partial_fit(LISTED, listener=None).n_rows_ == 24


@ALL
def test_classes_may_come_one_after_the_other(name):
    model = fast(name)
    model.partial_fit(LISTED[::2], LABELS[::2], classes=["left", "right"], listener=None)
    model.partial_fit(LISTED[1::2], LABELS[1::2], listener=None)
    model.partial_fit(LISTED, LABELS, listener=None)
    assert model.labels_.frequencies_.tolist() == [0.5, 0.5]
    assert np.isfinite(model.score_samples(LISTED)).all()
    unlabelled = fast(name).partial_fit(LISTED, listener=None)
    with pytest.raises(NotConditionalError, match="without labels"):
        unlabelled.partial_fit(LISTED, LABELS, listener=None)


@ALL
def test_one_step_and_constant_columns(name):
    for X in (np.ones((1, 3)), np.ones((30, 1)), [np.ones((1, 2)), np.zeros((3, 2))]):
        assert np.isfinite(flat(fitted(name, X).sample(5, random_state=0))).all()


@ALL
def test_what_cannot_be_learned_is_refused_in_words(name):
    wide = [*LISTED[:3], np.ones((4, 3))]
    bad = [
        (ONE * np.where(ONE > 1, np.inf, 1), {}, "infinity"),
        ([*LISTED, np.full((2, 2), np.inf)], {}, "infinity"),
        ([*LISTED, np.empty((0, 2))], {}, "Sequence 12 is empty"),
        (wide, {}, "Sequence 3 has 3 columns"),
        (ONE, {"lengths": [3, 4]}, "add up to 7"),
        (LISTED, {"lengths": LENGTHS}, "in parts already"),
        (LISTED, {"y": ["a"] * 5}, "5 labels"),
        (LISTED, {"sample_weight": np.ones(5)}, "sample_weight"),
        (LISTED, {"sample_weight": np.zeros(12)}, "non-zero"),
        (LISTED, {"kind": "image"}, "kind='image'"),
        (LISTED, {"label": "a"}, "give y"),
        (["a text", "another"], {}, "text"),
        ([], {}, "0 sample"),
    ]
    for X, options, said in bad:
        with pytest.raises((DrawlikeError, ValueError), match=said):
            fast(name).fit(X, **options, listener=None)
    model = fitted(name, LISTED)
    with pytest.raises(ValueError, match="features"):
        model.score_samples([np.ones((3, 5))])
    with pytest.raises(SettingError, match="length is 0"):
        model.sample(3, length=0)
    with pytest.raises(SettingError, match="n is 2.5"):
        model.sample(2.5)
    with pytest.raises(NotFittedError):
        fast(name).sample(3)
    with pytest.raises(DataError, match="label"):
        fitted(name, LISTED, LABELS).score_samples(LISTED, LABELS[:3])


@ALL
def test_events_are_heard(name):
    history = History()
    fast(name).fit(LISTED, listener=history)
    assert any(event.kind == "progress" for event in history)
