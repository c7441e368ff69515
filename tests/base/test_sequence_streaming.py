"""A fit on a stream of sequences is the fit on the same sequences in memory."""

import numpy as np
import pandas as pd
import pytest
import torch

from drawlike import Gaussian, GaussianHMM, TopK, stream
from drawlike.errors import DataError, UnsupportedError
from drawlike.statistics.hidden_markov import fitting


def sequences(n=40, seed=0):
    """Of three columns and many lengths, some cells and ends missing; labels and weights."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    each = []
    for label in y:
        states = np.cumsum(rng.random(rng.integers(4, 30)) < 0.2) % 2
        x = rng.normal(size=(len(states), 3)) + 4 * states[:, None] + 2 * label
        x[rng.random(x.shape) < 0.1] = np.nan
        x[len(x) - rng.integers(0, 2) :] = np.nan
        each.append(x)
    return each, y, rng.integers(0, 4, n) / 2


X, Y, WEIGHT = sequences()
CUBE = np.stack([np.pad(x, ((0, 30 - len(x)), (0, 0)), constant_values=np.nan) for x in X])


def begun(d=3, **settings):
    model = GaussianHMM(2, init_params="", random_state=0, **settings)
    model.startprob_, model.transmat_ = [0.5, 0.5], [[0.7, 0.3], [0.4, 0.6]]
    model.means_, model.covars_ = np.arange(2)[:, None] * 3.0 + np.zeros(d), np.ones((2, d))
    return model


def assert_same(a, b, rtol=1e-9):
    for name in ("startprob_", "transmat_", "means_", "covars_"):
        np.testing.assert_allclose(getattr(a, name), getattr(b, name), rtol, 1e-9, err_msg=name)
    np.testing.assert_allclose(a.monitor_.history, b.monitor_.history, rtol)
    for name in ("lengths_", "length_counts_", "n_rows_", "n_features_in_", "kind_", "label_"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)
    np.testing.assert_equal(a.labels_.state(), b.labels_.state())


def in_lists(*beside, size=7):
    for i in range(0, len(X), size):
        rows = slice(i, i + size)
        yield (X[rows], *(part if part is None else part[rows] for part in beside))


FORMS = {
    "lists": lambda: list(in_lists(None)),
    "one a chunk": lambda: [[x] for x in X],
    "a function": lambda: lambda: (part for part, _ in in_lists(None)),
    "cubes": lambda: [CUBE[:9], CUBE[9:]],
    "steps and lengths": lambda: [
        (np.concatenate(part), [len(x) for x in part]) for part, _ in in_lists(None)
    ],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_chain_is_that_of_the_sequences_in_memory(form):
    data = CUBE if form == "cubes" else X
    a = begun(n_iter=5, tol=0).fit(stream(FORMS[form]()))
    assert_same(a, begun(n_iter=5, tol=0).fit(data))
    np.testing.assert_allclose(a.score_samples(X), begun(n_iter=5, tol=0).fit(X).score_samples(X))
    assert not any("read into memory" in (event.message or "") for event in a.history_)
    assert [part.shape[1] for part in a.sample(3, random_state=0)] == [3, 3, 3]


@pytest.mark.parametrize("covariance_type", ["full", "tied", "diag", "spherical"])
@pytest.mark.parametrize("labelled", [True, False])
def test_labels_and_weights_and_a_start_of_its_own(covariance_type, labelled):
    settings = {"covariance_type": covariance_type, "n_iter": 5, "random_state": 0}
    y = Y if labelled else None
    a = GaussianHMM(2, **settings).fit(stream(list(in_lists(y, WEIGHT))))
    assert_same(a, GaussianHMM(2, **settings).fit(X, y, sample_weight=WEIGHT))


def test_steps_and_lengths_with_labels():
    chunks = [((np.concatenate(x), [len(s) for s in x]), y, w) for x, y, w in in_lists(Y, WEIGHT)]
    assert_same(
        GaussianHMM(2, n_iter=2, random_state=0).fit(stream(chunks)),
        GaussianHMM(2, n_iter=2, random_state=0).fit(X, Y, sample_weight=WEIGHT),
    )


def test_two_dimensional_chunks_are_a_sequence_each_if_so_named():
    a = begun(n_iter=3).fit(stream(X, kind="sequence"))
    assert_same(a, begun(n_iter=3).fit(X))


def test_chunks_of_rows_are_said_to_be_one_sequence():
    model = begun(n_iter=1).fit(stream(X[:4]))
    told = [event.message for event in model.history_ if event.kind == "warning"]
    assert any("taken as one sequence; stream(..., kind='sequence')" in words for words in told)
    np.testing.assert_array_equal(model.means_, begun(n_iter=1).fit(np.concatenate(X[:4])).means_)


@pytest.mark.parametrize("criterion", ["bic", "validation"])
def test_the_number_of_states_is_chosen_as_in_memory(criterion):
    settings = {"criterion": criterion, "n_iter": 3, "random_state": 0}
    a = GaussianHMM([1, 2], **settings).fit(stream(list(in_lists(None))))
    b = GaussianHMM([1, 2], **settings).fit(X)
    assert a.criteria_ == pytest.approx(b.criteria_, rel=1e-9)
    assert_same(a, b)


def test_a_single_sequence_is_validated_by_its_end():
    settings = {"criterion": "validation", "n_iter": 3, "random_state": 0}
    a = GaussianHMM([1, 2], **settings).fit(stream([[np.concatenate(X)]]))
    b = GaussianHMM([1, 2], **settings).fit([np.concatenate(X)])
    assert a.criteria_ == pytest.approx(b.criteria_, rel=1e-9)


@pytest.mark.parametrize("covariance_type", ["full", "diag"])
def test_a_long_stream_starts_from_some_and_learns_from_all(monkeypatch, covariance_type):
    covars = np.ones((2, 3)) if covariance_type == "diag" else np.stack([np.eye(3)] * 2)

    def fitted(data):
        model = begun(n_iter=5, tol=0, covariance_type=covariance_type, min_covar=0.01)
        model.covars_ = covars
        return model.fit(data, sample_weight=None)

    whole = fitted(X)
    monkeypatch.setattr(fitting, "_LOOKED_AT", 60)
    assert_same(fitted(stream(list(in_lists(None)))), whole)
    guessed = GaussianHMM(2, random_state=0).fit(stream(list(in_lists(None, WEIGHT))))
    again = GaussianHMM(2, random_state=0).fit(X, sample_weight=WEIGHT)
    assert guessed.monitor_.history[0] != pytest.approx(again.monitor_.history[0], rel=1e-9)
    assert guessed.score(X) == pytest.approx(again.score(X), rel=1e-3)


def test_no_more_than_a_chunk_and_a_batch_is_held(monkeypatch):
    monkeypatch.setattr(fitting, "_LOOKED_AT", 2000)
    monkeypatch.setattr("drawlike.statistics.columns._BATCH", 4 * 1000)
    monkeypatch.setattr("drawlike.statistics.columns._CACHED", 4 * 1000)
    passes, seen = [], []

    def chunks():
        passes.append(1)
        rng = np.random.default_rng(0)
        for _ in range(50):
            yield [rng.normal(size=(100, 3)) for _ in range(2)]

    plain = fitting.iterate

    def watched(start, batches, **options):
        def measured():
            for batch in batches():
                seen.append(len(batch.x))
                yield batch

        return plain(start, measured, **options)

    monkeypatch.setattr(fitting, "iterate", watched)
    model = begun(n_iter=3, tol=0).fit(stream(chunks))
    assert model.n_rows_ == 100
    assert max(seen) <= 1000
    assert sum(seen) == 3 * 10_000
    assert len(passes) >= 3 + 2


def test_tensors_and_types_come_back_as_they_came():
    whole = [np.abs(np.nan_to_num(x) * 5).astype("float32") for x in X]
    model = begun(n_iter=1).fit(stream([whole[:20], whole[20:]]))
    assert model.sample(2, random_state=0)[0].dtype == np.float32
    tensors = [torch.from_numpy(x) for x in whole]
    drawn = begun(n_iter=1).fit(stream([tensors[:20], tensors[20:]])).sample(2, random_state=0)
    assert drawn[0].dtype == torch.float32


@pytest.mark.parametrize("frames", [True, False])
def test_what_needs_all_sequences_reads_them_and_says_so(frames):
    data = [pd.DataFrame(x, columns=list("abc")).fillna(0.0) for x in X] if frames else X
    model = GaussianHMM(2, n_iter=2, random_state=0) if frames else TopK(k=9, random_state=0)
    a = type(model)(**model.get_params()).fit(stream([data[:20], data[20:]]))
    assert any("read into memory" in (event.message or "") for event in a.history_)
    b = model.fit(data)
    for mine, theirs in zip(a.sample(4, random_state=0), b.sample(4, random_state=0), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_partial_fit_takes_the_chunks_once():
    a, b = GaussianHMM(2, random_state=0), GaussianHMM(2, random_state=0)
    a.partial_fit(stream(part for part in in_lists(Y, WEIGHT)))
    for part, y, weight in in_lists(Y, WEIGHT):
        b.partial_fit(part, y, sample_weight=weight)
    np.testing.assert_array_equal(a.means_, b.means_)


def shrinking():
    passes = []
    return lambda: passes.append(1) or iter([X] * (4 - min(len(passes), 3)))


def with_infinity():
    bad = [x.copy() for x in X]
    bad[30][0, 0] = np.inf
    return [bad[:20], bad[20:]]


FAULTS = {
    "an iterator": (lambda: stream(part for part in [X]), {}, "can be read once"),
    "lengths beside": (lambda: stream([X]), {"lengths": [3]}, "let its chunks be"),
    "labels beside": (lambda: stream([X]), {"y": Y}, "y= is given beside a stream"),
    "fewer": (lambda: stream(shrinking()), {}, "sequences at every pass"),
    "other columns": (lambda: stream([X, [x[:, :2] for x in X]]), {}, "Chunk 2 .*columns 2"),
    "labels of steps": (lambda: stream([(X, np.arange(99))]), {}, "40 rows and y has 99"),
    "labels of some": (lambda: stream([(X, Y), X]), {}, "1 chunks of the stream have labels"),
    "a wrong length": (lambda: stream([((X[0], [1]), None)]), {}, "add up to 1"),
    "no lengths": (lambda: stream([((X[0], [1], 3), None)]), {}, r"give \(X, lengths\)"),
    "an infinity": (with_infinity, {}, "infinity"),
    "no weight": (lambda: stream([(X, None, 0 * Y)]), {}, "Every weight of the stream is 0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_fitted_is_told(fault):
    make, options, words = FAULTS[fault]
    with pytest.raises(DataError, match=words):
        given = make()
        given = stream(given) if isinstance(given, list) else given
        GaussianHMM(2, n_iter=1).fit(given, **options)


def test_models_of_rows_and_names_of_columns_are_refused():
    with pytest.raises(UnsupportedError, match="Gaussian learns array.*has sequences"):
        Gaussian().fit(stream([X]))
    with pytest.raises(UnsupportedError, match="columns= names columns of rows"):
        stream([X], columns=[0])
