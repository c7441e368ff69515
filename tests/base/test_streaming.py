"""A fit on a stream is the fit on the same rows in memory."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import drawlike.base.streaming
from drawlike import VAE, Gaussian, GaussianHMM, GaussianMixture, TopK, read, stream
from drawlike.errors import DataError, UnsupportedError
from tests.scenarios import mixed_table

N = 1000


def rows(n=N, seed=0):
    """Three columns, some cells missing; labels; weights, of which some are 0."""
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n)
    X = rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3)) + 5 * y[:, None]
    X[rng.random((n, 3)) < 0.05] = np.nan
    return X, y, rng.integers(0, 4, n).astype(float)


def weighted_table():
    table = mixed_table()
    return table.assign(mass=np.random.default_rng(0).integers(0, 3, len(table)) / 2)


def cut(*parts, size=77):
    return [tuple(part[i : i + size] for part in parts) for i in range(0, len(parts[0]), size)]


def assert_same_parameters(a, b, rtol=1e-9):
    names = ("weights", "spread")
    pairs = [(getattr(a.mixture_, name), getattr(b.mixture_, name)) for name in names]
    normals = a.mixture_.normals, b.mixture_.normals
    pairs += [tuple(getattr(each, k) for each in normals) for k in ("means", "covariances")]
    tables = a.mixture_.tables.probabilities, b.mixture_.tables.probabilities
    for mine, theirs in [*pairs, *zip(*tables, strict=True)]:
        scale = float(theirs.abs().max()) if theirs.numel() else 0.0
        torch.testing.assert_close(mine, theirs, rtol=rtol, atol=rtol * scale)


def assert_same_codec(a, b):
    np.testing.assert_equal(a.codec_.state(), b.codec_.state())
    np.testing.assert_equal(a.labels_.state(), b.labels_.state())
    for name in ("n_rows_", "n_features_in_", "kind_", "label_"):
        assert getattr(a, name) == getattr(b, name)
    names = (getattr(each, "feature_names_in_", np.empty(0)) for each in (a, b))
    np.testing.assert_array_equal(*names)


def assert_same(a, b):
    assert_same_codec(a, b)
    assert_same_parameters(a, b)


@pytest.fixture
def parquet(tmp_path):
    weighted_table().to_parquet(tmp_path / "rows.parquet", row_group_size=60)
    return tmp_path / "rows.parquet"


@pytest.mark.parametrize("covariance_type", ["full", "diag"])
@pytest.mark.parametrize("label", [None, "group"])
def test_a_normal_of_a_parquet_file_is_that_of_its_frame(parquet, label, covariance_type):
    frame = read(parquet).X
    model = Gaussian(covariance_type=covariance_type, max_iter=3, random_state=0)
    streamed = stream(parquet, chunk_rows=50, weight="mass", label=label)
    inside = {"sample_weight": frame.pop("mass"), "label": label}
    a, b = (Gaussian(**model.get_params()) for _ in "ab")
    assert_same(a.fit(streamed), b.fit(frame, **inside))
    np.testing.assert_allclose(a.score_samples(frame), b.score_samples(frame), rtol=1e-9)
    pd.testing.assert_frame_equal(a.sample(9, random_state=0), b.sample(9, random_state=0))


def test_columns_read_together_or_one_by_one_are_the_same(parquet, monkeypatch):
    together = Gaussian(max_iter=2).fit(stream(parquet))
    monkeypatch.setattr(drawlike.base.streaming, "_CELLS_TOGETHER", 1)
    assert_same(Gaussian(max_iter=2).fit(stream(parquet)), together)


@pytest.mark.parametrize("library", ["pandas", "polars", "arrow"])
def test_frames_of_any_library(parquet, library):
    frame = read(parquet, frame=library).X
    a = Gaussian(max_iter=2).fit(stream(parquet, frame=library, chunk_rows=33))
    assert_same(a, Gaussian(max_iter=2).fit(frame))
    assert type(a.sample(2)) is type(frame)


def test_a_label_named_in_fit_and_a_schema(parquet):
    frame, schema = read(parquet).X, {"age": {"low": 0, "high": 130}}
    a = Gaussian(max_iter=2).fit(stream(parquet), label="group", schema=schema)
    assert_same(a, Gaussian(max_iter=2).fit(frame, label="group", schema=schema))


def test_a_numeric_target_is_a_column_like_others(parquet):
    frame = read(parquet).X
    a = Gaussian(max_iter=2).fit(stream(parquet, label="height"))
    assert_same(a, Gaussian(max_iter=2).fit(frame, label="height"))
    assert not a.labels_.n_classes


@settings(deadline=None, max_examples=10)
@given(size=st.integers(1, 200), labelled=st.booleans(), weighs=st.booleans())
def test_the_size_of_chunks_does_not_matter(size, labelled, weighs):
    X, y, weight = rows(200)
    y, weight = y if labelled else None, weight if weighs else None
    parts = [
        tuple(None if part is None else part[i : i + size] for part in (X, y, weight))
        for i in range(0, 200, size)
    ]
    a = Gaussian(covariance_type="diag").fit(stream(parts))
    assert_same(a, Gaussian(covariance_type="diag").fit(X, y, sample_weight=weight))


@settings(deadline=None, max_examples=6)
@given(size=st.integers(20, 200), label=st.sampled_from([None, "group"]))
def test_the_size_of_chunks_of_a_table_does_not_matter(size, label):
    frame = mixed_table()
    parts = [frame.iloc[i : i + size] for i in range(0, len(frame), size)]
    a = Gaussian(max_iter=2).fit(stream(parts, label=label))
    assert_same(a, Gaussian(max_iter=2).fit(pd.concat(parts), label=label))


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
def test_an_iteration_of_a_mixture_from_equal_parameters_is_equal(covariance_type):
    X, y, weight = rows()
    begun = {"means_init": [[0, 0, 0], [5, 5, 5], [9, 0, 9]], "weights_init": [0.5, 0.3, 0.2]}
    given_start = {**begun, "max_iter": 1, "random_state": 0, "covariance_type": covariance_type}
    a = GaussianMixture(3, **given_start).fit(stream(cut(X, y, weight)))
    b = GaussianMixture(3, **given_start).fit(X, y, sample_weight=weight)
    assert_same(a, b)
    assert a.lower_bound_ == pytest.approx(b.lower_bound_, rel=1e-9)


def test_an_iteration_of_a_mixture_on_a_table_is_equal(parquet):
    frame = read(parquet).X
    few = {"n_components": 2, "max_iter": 1, "random_state": 0}
    # a stream of no more rows than are looked at starts where memory starts
    a = GaussianMixture(**few).fit(stream(parquet, chunk_rows=50), label="group")
    assert_same(a, GaussianMixture(**few).fit(frame, label="group"))


@pytest.mark.parametrize("dtype", ["float32", "int64", "uint8"])
def test_arrays_come_back_as_they_came(dtype):
    X = np.abs(np.nan_to_num(rows()[0]) * 5).astype(dtype)
    a = Gaussian().fit(stream([X[:100], X[100:]]))
    assert_same(a, Gaussian().fit(X))
    assert a.sample(2).dtype == np.dtype(dtype)
    tensor = Gaussian().fit(stream([torch.from_numpy(X[:100]), torch.from_numpy(X[100:])]))
    assert tensor.sample(2).dtype == torch.from_numpy(X).dtype


def test_chunks_of_several_types_are_what_they_are_together():
    X = np.round(np.nan_to_num(rows()[0]))
    a = Gaussian().fit(stream([X[:100].astype("int32"), X[100:].astype("float32")]))
    assert_same(a, Gaussian().fit(X))


def test_a_model_that_needs_all_rows_reads_them_and_says_so(parquet):
    streamed = stream(parquet, label="group", weight="mass")
    a = VAE(max_steps=2, random_state=0).fit(streamed)
    told = [event.message for event in a.history_ if event.kind == "warning"]
    assert any("needs all rows at once: they are read into memory" in words for words in told)
    frame = read(parquet).X
    inside = {"sample_weight": frame.pop("mass"), "label": "group"}
    b = VAE(max_steps=2, random_state=0).fit(frame, **inside)
    pd.testing.assert_frame_equal(a.sample(5, random_state=0), b.sample(5, random_state=0))


def test_progress_is_told_while_columns_are_learned(parquet):
    model = Gaussian(max_iter=1).fit(stream(parquet))
    units = {event.unit for event in model.history_ if event.stage == "encode"}
    assert units >= {"rows", "columns"}


def test_a_stream_that_is_interrupted_leaves_the_last_parameters():
    X, _, _ = rows()
    passes = []

    def chunks():
        passes.append(1)
        for i in range(0, N, 100):
            if len(passes) > 8 and i == 500:
                raise KeyboardInterrupt
            yield X[i : i + 100]

    model = GaussianMixture(2, max_iter=50, tol=0, random_state=0).fit(stream(chunks))
    told = [event.message for event in model.history_ if event.kind == "warning"]
    assert any(words.startswith("interrupted in iteration") for words in told)
    assert np.isfinite(model.score_samples(X)).all()


def test_a_fit_that_fails_leaves_no_model():
    X, _, _ = rows()
    model = Gaussian().fit(X)
    with pytest.raises(ValueError, match="infinity"):
        model.fit(stream([X, np.where(np.isnan(X), np.inf, X)]))
    assert not model.__sklearn_is_fitted__()


@pytest.mark.parametrize("model", [Gaussian(), GaussianHMM(2), TopK()])
def test_an_iterator_is_told_of_streams(model):
    for given_once in ((part for part in [X]), map(np.asarray, [X])):
        with pytest.raises(UnsupportedError, match=r"gone through once.*stream.*partial_fit"):
            model.fit(given_once)


def shrinking():
    X, passes = rows()[0], []
    return lambda: passes.append(1) or iter([X] * (4 - min(len(passes), 3)))


X, Y, _ = rows(20)
FAULTS = {
    "a generator": (lambda: stream(part for part in [X]), {}, "can be read once"),
    "labels beside": (lambda: stream([X]), {"y": Y}, "y= is given beside a stream"),
    "weights beside": (lambda: stream([X]), {"sample_weight": Y}, "let its chunks be"),
    "a label of arrays": (lambda: stream([X]), {"label": "a"}, "the chunks are arrays"),
    "labels twice": (lambda: stream([(X, Y)]), {"label": "a"}, "the chunks are arrays"),
    "rows that become fewer": (lambda: stream(shrinking()), {}, "same rows at every pass"),
    "an empty column": (lambda: stream([X * [1, 1, np.nan]] * 2), {}, "only missing values"),
    "labels of some": (lambda: stream([(X, Y), X]), {}, "1 chunks of the stream have labels"),
    "no weight": (lambda: stream([(X, None, 0 * Y)]), {}, "Every weight of the stream is 0"),
    "a label that lacks": (
        lambda: stream([mixed_table().assign(group=None)]),
        {"label": "group"},
        "missing",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_fitted_is_told(fault):
    make, options, words = FAULTS[fault]
    with pytest.raises(DataError, match=words):
        Gaussian().fit(make(), **options)
