"""What every model must do, whatever it is; chosen by capability."""

import copy
import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import check_estimator

from drawlike.base import DensityMixin, LatentMixin, capabilities
from drawlike.errors import DataError, DrawlikeError, NotConditionalError, SettingError
from drawlike.events import History
from drawlike.models import load
from tests.scenarios import MODELS, VARIANTS, mixed_table, shapes, two_modes


def in_turn(names):
    """Each name a test; those of variants take long, and are slow."""
    slow = pytest.mark.slow
    return pytest.mark.parametrize(
        "name", [pytest.param(n, marks=slow) if n in VARIANTS else n for n in names]
    )


ALL = in_turn(MODELS)
CLASSES = {type(case.fast): name for name, case in reversed(MODELS.items())}
CLASSES[type(MODELS["gan"].fast)] = "gan-minimax"  # which fits no mixture first
ONE_OF_A_CLASS = pytest.mark.parametrize(
    "name",
    [n if n in CLASSES.values() else pytest.param(n, marks=pytest.mark.slow) for n in MODELS],
)
DENSITIES = [name for name, case in MODELS.items() if isinstance(case.fast, DensityMixin)]
LATENTS = [name for name, case in MODELS.items() if isinstance(case.fast, LatentMixin)]
TABLE, LABEL = mixed_table(), "group"


def fast(name):
    return clone(MODELS[name].fast)


def fitted(name, X, y=None, **options):
    return fast(name).fit(X, y, listener=None, **options)


@ONE_OF_A_CLASS
def test_scikit_learn_agrees(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        results = check_estimator(fast(name), on_fail=None, on_skip=None)
    failed = {r["check_name"]: r["exception"] for r in results if r["status"] == "failed"}
    assert not failed
    assert len(results) > 40


@ALL
def test_a_table_comes_back_as_it_came(name):
    drawn = fitted(name, TABLE, label=LABEL).sample(200, random_state=0)
    assert list(drawn.columns) == list(TABLE.columns)
    assert (drawn.dtypes == TABLE.dtypes).all()
    assert len(drawn) == 200
    for column in ("age", "height", "pay", "since", "children"):
        seen = TABLE[column].dropna()
        assert drawn[column].dropna().between(seen.min(), seen.max()).all(), column
    assert set(drawn["group"]) <= set(TABLE["group"])
    assert drawn["age"].isna().any()
    assert not drawn["height"].isna().any()


@ALL
@pytest.mark.parametrize("library", [pl.from_pandas, pa.Table.from_pandas], ids=["polars", "arrow"])
def test_other_frames_come_back_too(name, library):
    table = library(TABLE.drop(columns="grade"))
    drawn = fitted(name, table, label=LABEL).sample(20, random_state=0)
    assert type(drawn) is type(table)
    assert drawn.schema == table.schema or drawn.schema.equals(table.schema, check_metadata=False)


@ALL
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64"])
def test_arrays_come_back_as_they_came(name, dtype):
    X = (two_modes(200) * 10).astype(dtype)
    drawn = fitted(name, X).sample(7, random_state=0)
    assert (drawn.shape, drawn.dtype) == ((7, 2), np.dtype(dtype))
    tensor = fitted(name, torch.from_numpy(X)).sample(7, random_state=0)
    assert tensor.dtype == torch.from_numpy(X).dtype
    np.testing.assert_array_equal(tensor.numpy(), drawn)


@ALL
@pytest.mark.parametrize("channels", [1, 3])
def test_images_come_back_as_they_came(name, channels):
    X, y = shapes(channels=channels)
    model = fitted(name, X, y)
    drawn, labels = model.sample(9, random_state=0, return_y=True)
    assert drawn.shape == (9, *X.shape[1:])
    assert drawn.dtype == np.uint8
    assert set(labels) <= {0, 1}


@ALL
def test_same_seed_same_bytes(name):
    first, second = (fitted(name, TABLE, label=LABEL).sample(50, random_state=1) for _ in "ab")
    pd.testing.assert_frame_equal(first, second)


@ALL
def test_global_random_state_is_left_alone(name):
    before = np.random.get_state()[1].copy(), torch.get_rng_state()
    fitted(name, two_modes(200)).sample(5)
    assert (before[0] == np.random.get_state()[1]).all()
    assert torch.equal(before[1], torch.get_rng_state())


@ALL
def test_long_samples_begin_like_short_ones_of_the_same_block_size(name):
    model = fitted(name, two_modes(200))
    long, longer = model.sample(8300, random_state=0), model.sample(8400, random_state=0)
    np.testing.assert_array_equal(long[:8192], longer[:8192])
    assert not np.array_equal(long[:100], long[8192:8292])


@ALL
def test_samples_differ_without_a_seed(name):
    model = fitted(name, two_modes(200))
    assert not np.array_equal(model.sample(50), model.sample(50))


@ALL
@pytest.mark.parametrize("data", ["table", "array", "image"])
def test_a_kept_model_draws_the_same(name, data, tmp_path):
    X, y = shapes()
    model = {
        "table": lambda: fitted(name, TABLE, label=LABEL),
        "array": lambda: fitted(name, two_modes(200)),
        "image": lambda: fitted(name, X, y),
    }[data]()
    model.save(tmp_path / "m")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*contains training rows")
        again = load(tmp_path / "m")
    pairs = [m.sample(30, random_state=2) for m in (model, again)]
    if data == "table":
        pd.testing.assert_frame_equal(*pairs)
    else:
        np.testing.assert_array_equal(*pairs)
    assert type(again) is type(model)
    if isinstance(model, DensityMixin) and data != "image":
        rows = TABLE if data == "table" else two_modes(200)
        np.testing.assert_allclose(model.score_samples(rows), again.score_samples(rows), rtol=1e-9)


@ALL
def test_models_can_be_pickled_and_copied(name):
    model = fitted(name, two_modes(200))
    for twin in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        np.testing.assert_array_equal(
            model.sample(5, random_state=0), twin.sample(5, random_state=0)
        )


@ALL
def test_fitting_again_forgets(name):
    fresh = fitted(name, two_modes(200, seed=1)).sample(20, random_state=0)
    model = fitted(name, TABLE, label=LABEL)
    model.fit(two_modes(200, seed=1), listener=None)
    np.testing.assert_array_equal(model.sample(20, random_state=0), fresh)


@ALL
def test_the_data_are_not_touched(name):
    table, X = TABLE.copy(), two_modes(200)
    array = X.copy()
    fitted(name, table, label=LABEL).sample(3)
    fitted(name, array).sample(3)
    pd.testing.assert_frame_equal(table, TABLE)
    np.testing.assert_array_equal(array, X)


@ALL
def test_labels_are_conditions(name):
    X, y = two_modes(300), np.where(two_modes(300)[:, 0] > 0, "right", "left")
    model = fitted(name, X, y)
    drawn, labels = model.sample(4, y="right", random_state=0, return_y=True)
    assert drawn.shape == (4, 2)
    assert list(labels) == ["right"] * 4
    _, mixed = model.sample(3, y=["left", "right", "left"], return_y=True)
    assert list(mixed) == ["left", "right", "left"]
    free = model.sample(4000, return_y=True, random_state=0)[1]
    assert (free == "right").mean() == pytest.approx((y == "right").mean(), abs=0.05)


@ALL
def test_a_label_column_is_a_condition_by_name(name):
    model = fitted(name, TABLE, label=LABEL)
    assert set(model.sample(20, y="b", random_state=0)["group"]) == {"b"}
    given = model.sample(20, given={"group": "b"}, random_state=0)
    pd.testing.assert_frame_equal(given, model.sample(20, y="b", random_state=0))
    with pytest.raises(SettingError, match="disagree"):
        model.sample(2, y="a", given={"group": "b"})
    if capabilities(model)["conditional"]:
        assert (model.sample(2, given={"age": 30}, random_state=0)["age"] == 30).all()
    else:
        with pytest.raises(DataError, match="never"):
            model.sample(2, given={"age": 3})
    with pytest.raises(NotConditionalError, match="'z'"):
        model.sample(2, y="z")


@ALL
def test_labels_of_an_unlabelled_model_are_refused(name):
    with pytest.raises(NotConditionalError, match="without labels"):
        fitted(name, two_modes(100)).sample(2, y="a")


@ALL
def test_a_numeric_target_is_a_column_like_others(name):
    model = fitted(name, TABLE, label="height")
    assert "height" in model.sample(3).columns
    with pytest.raises(NotConditionalError):
        model.sample(3, y=170.0)


@ALL
def test_one_row_and_constant_columns(name):
    for X in (np.ones((1, 3)), np.column_stack([np.ones(50), two_modes(50)])):
        drawn = fitted(name, X).sample(5, random_state=0)
        assert np.isfinite(drawn).all()
    table = pd.DataFrame({"a": [1.5], "b": ["x"]})
    with pytest.raises(DataError):  # both columns are constant: nothing is left to learn
        fitted(name, table)
    constant = TABLE.assign(same="x", nil=0)
    drawn = fitted(name, constant).sample(5, random_state=0)
    assert set(drawn["same"]) == {"x"}
    assert set(drawn["nil"]) == {0}


@ALL
def test_what_cannot_be_learned_is_refused_in_words(name):
    X = two_modes(50)
    bad = [
        (np.where(X > 1, np.inf, X), None, "inf"),
        (X, np.arange(50) + 0.5, "measurements"),
        (X[:0], None, "0 sample"),
        (X, ["a"] * 49, "49 labels"),
        (np.zeros((10, 5, 5)), None, "kind="),
        (["a text", "another"], None, "text"),
    ]
    for rows, y, said in bad:
        with pytest.raises((DrawlikeError, ValueError), match=said):
            fitted(name, rows, y)


@ALL
def test_missing_cells_of_arrays(name):
    X = two_modes(300)
    X[::7, 1] = np.nan
    if not capabilities(fast(name))["missing"]:
        with pytest.raises(ValueError, match="NaN"):
            fitted(name, X)
        return
    drawn = fitted(name, X).sample(300, random_state=0)
    if not name.startswith("topk"):
        assert np.isfinite(drawn).all()
    assert np.nanmax(np.abs(drawn)) < 20


@ALL
def test_rows_of_weight_zero_have_no_say(name):
    X = two_modes(200)
    weight = np.r_[np.ones(150), np.zeros(50)]
    left = fitted(name, X[:150]).sample(30, random_state=0)
    out = fitted(name, X, sample_weight=weight).sample(30, random_state=0)
    np.testing.assert_allclose(out, left, rtol=1e-6)


@ALL
def test_weights_shift_the_law(name):
    model = clone(MODELS[name].able if name in ("gaussian", "topk") else MODELS[name].fast)
    X = two_modes(600)
    weight = np.where(X[:, 0] > 0, 8.0, 1.0)
    if name == "topk":
        model.set_params(k=60)
    means = [
        clone(model)
        .fit(X, sample_weight=w, listener=None)
        .sample(3000, random_state=0)[:, 0]
        .mean()
        for w in (None, weight)
    ]
    assert means[1] > means[0]


@ALL
def test_unfitted_models_say_so(name):
    with pytest.raises(NotFittedError):
        fast(name).sample(3)


@ALL
def test_events_are_heard(name):
    history = History()
    fast(name).fit(two_modes(300), listener=history)
    assert all(event.stage for event in history)
    if capabilities(fast(name))["keeps training rows"]:
        assert any(event.kind == "warning" and "copies" in event.message for event in history)
    else:
        assert any(event.kind == "progress" for event in history)


@ALL
@pytest.mark.parametrize("n", [0, -1, 2.5, "many"])
def test_impossible_sizes_are_refused(name, n):
    with pytest.raises(SettingError, match="n is"):
        fitted(name, two_modes(60)).sample(n)


@ALL
def test_identifiers_are_never_copied(name):
    table = TABLE.assign(code=[f"AB-{i:05d}" for i in range(len(TABLE))])
    drawn = fitted(name, table).sample(200, random_state=0)
    assert not set(drawn["code"]) & set(table["code"])
    assert drawn["code"].is_unique


@in_turn(DENSITIES)
def test_scores_have_one_finite_value_per_row(name):
    model = fitted(name, TABLE, label=LABEL)
    scores = model.score_samples(TABLE)
    assert scores.shape == (len(TABLE),)
    assert np.isfinite(scores).all()
    assert model.score(TABLE) == pytest.approx(scores.mean())
    assert model.density in ("exact", "lower bound", "estimate")


@in_turn(DENSITIES)
def test_scores_are_in_the_units_of_the_data(name):
    """A change of units shifts a density by a known number of nats."""
    X = two_modes(300)
    small, large = (fitted(name, X * unit).score_samples(X * unit) for unit in (1, 1000))
    np.testing.assert_allclose(small - large, 2 * np.log(1000), atol=0.05)


@in_turn(DENSITIES)
def test_labels_are_summed_over(name):
    X, y = two_modes(200), np.arange(200) % 2
    model = fitted(name, X, y)
    each = np.stack([model.score_samples(X, np.full(200, c)) for c in (0, 1)])
    np.testing.assert_allclose(model.score_samples(X), np.logaddexp(*each) + np.log(0.5), rtol=1e-6)


@in_turn(DENSITIES)
def test_an_unseen_category_is_impossible_and_told(name):
    odd = TABLE.astype({"grade": object})
    model = fitted(name, odd, label=LABEL)
    odd = odd.copy()
    odd.loc[3, "grade"] = "unheard"
    with pytest.warns(UserWarning, match="unheard"):
        scores = model.score_samples(odd)
    assert scores[3] == -np.inf
    assert np.isfinite(np.delete(scores, 3)).all()


@in_turn(LATENTS)
def test_latent_verbs(name):
    model = fitted(name, TABLE, label=LABEL)
    z = model.encode(TABLE)
    assert z.shape == (len(TABLE), model.n_latent_)
    back = model.decode(z[:5], y="a")
    assert list(back.columns) == list(TABLE.columns)
    assert set(back["group"]) == {"a"}
    path = model.interpolate(TABLE[:1], TABLE[1:2], steps=4, y="a")
    assert len(path) == 4
    with pytest.raises(DataError, match="expected \\(n, "):
        model.decode(z[:, :-1])


@in_turn(sorted(set(MODELS) - set(DENSITIES)))
def test_a_verb_that_does_not_apply_is_absent(name):
    assert not hasattr(fast(name), "score_samples")


@ALL
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_model_of_the_gpu_loads_on_the_cpu(name, tmp_path):
    model = fast(name).set_params(device="cuda").fit(two_modes(200), listener=None)
    model.save(tmp_path / "m")
    assert load(tmp_path / "m").set_params(device="cpu").sample(3).shape == (3, 2)
