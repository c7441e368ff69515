"""The hidden Markov model: recovery, parity with hmmlearn, structure, classes, forecasts."""

from pathlib import Path

import numpy as np
import pytest

from drawlike import GaussianHMM, load
from drawlike.errors import DataError, SettingError, UnsupportedError
from drawlike.events import History

TYPES = ("full", "tied", "diag", "spherical")
MOVES = np.array([[0.95, 0.05, 0.0], [0.0, 0.9, 0.1], [0.1, 0.0, 0.9]])
MEANS = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]])


def known_chain(n=3000, seed=0):
    """Steps of a cyclic chain of three round states, and the states."""
    rng = np.random.default_rng(seed)
    states = [0]
    while len(states) < n:
        states.append(rng.choice(3, p=MOVES[states[-1]]))
    return MEANS[states] + rng.normal(size=(n, 2)), np.array(states)


def matched(model):
    """The model's states in the order of the known ones."""
    return [int(((model.means_ - mean) ** 2).sum(1).argmin()) for mean in MEANS]


def fitted(X, *settings, **options):
    given = {
        name: options.pop(name) for name in ("y", "lengths", "sample_weight") if name in options
    }
    return GaussianHMM(*settings, **{"random_state": 0, **options}).fit(X, listener=None, **given)


@pytest.fixture(scope="module")
def oracle():
    with np.load(Path(__file__).parents[1] / "fixtures" / "hidden_markov.npz") as arrays:
        return dict(arrays)


def told(oracle, case, **options):
    """A model set to the start that hmmlearn had."""
    kind = case.split("-")[1]
    n_mix = 2 if case.startswith("mixture") else 1
    model = GaussianHMM(
        3, covariance_type=kind, n_mix=n_mix, init_params="", min_covar=0, **options
    )
    for name in ("startprob_", "transmat_", "means_", "covars_", "weights_"):
        if f"{case} first {name}" in oracle:
            setattr(model, name, oracle[f"{case} first {name}"])
    return model


@pytest.mark.parametrize("covariance", TYPES)
def test_a_known_chain_is_recovered(covariance):
    X, states = known_chain()
    model = fitted(X, 3, covariance_type=covariance)
    order = matched(model)
    np.testing.assert_allclose(model.means_[order], MEANS, atol=0.15)
    np.testing.assert_allclose(model.transmat_[order][:, order], MOVES, atol=0.03)
    np.testing.assert_allclose(model.covars_, np.tile(np.eye(2), (3, 1, 1)), atol=0.15)
    assert (np.argsort(order)[model.predict(X)] == states).mean() > 0.97
    assert model.monitor_.converged
    assert np.diff(model.monitor_.history).min() > -1e-9 * abs(model.monitor_.history[-1])


@pytest.mark.parametrize("case", [f"gaussian-{kind}" for kind in TYPES])
def test_the_same_start_leads_where_hmmlearn_goes(oracle, case):
    X, lengths, history = oracle["X"], oracle["lengths"], oracle[f"{case} history"]
    model = told(oracle, case, n_iter=len(history), tol=0)
    model.fit(X, lengths=lengths, listener=None)
    np.testing.assert_allclose(model.monitor_.history, history, rtol=1e-8)
    assert model.monitor_.iter == len(history)
    for name in ("startprob_", "transmat_", "means_"):
        np.testing.assert_allclose(getattr(model, name), oracle[f"{case} last {name}"], atol=1e-6)


@pytest.mark.parametrize("case", ["gaussian-full", "gaussian-diag", "mixture-full", "mixture-diag"])
def test_posteriors_and_paths_are_hmmlearns(oracle, case):
    X, lengths = oracle["X"], oracle["lengths"]
    model = told(oracle, case, n_iter=1, params="")
    model.fit(X, lengths=lengths, listener=None)
    assert model.score_samples(X, lengths=lengths).sum() == pytest.approx(oracle[f"{case} score"])
    found = model.predict_proba(X, lengths=lengths)
    np.testing.assert_allclose(found, oracle[f"{case} posterior"], atol=1e-9)
    best, path = model.decode(X, lengths)
    assert best == pytest.approx(oracle[f"{case} best"])
    assert path.tolist() == oracle[f"{case} path"].tolist()
    assert model.predict(X, lengths=lengths).tolist() == path.tolist()


def test_parameters_may_be_set_and_kept():
    X, _ = known_chain(300)
    model = GaussianHMM(3, init_params="stc", params="t", random_state=0)
    with pytest.raises(AttributeError, match="means_"):
        model.means_  # noqa: B018
    model.means_ = MEANS
    model.fit(X, listener=None)
    np.testing.assert_array_equal(model.means_, MEANS)
    model.covars_ = np.full((3, 2), 2.0)
    np.testing.assert_array_equal(model.covars_, np.tile(2 * np.eye(2), (3, 1, 1)))
    model.covars_ = np.tile(3 * np.eye(2), (3, 1, 1))
    assert model.covars_[1, 0, 0] == 3
    again = GaussianHMM(3, init_params="s", random_state=0)
    with pytest.raises(SettingError, match="leaves out 't', and transmat_ is not set"):
        again.fit(X, listener=None)
    history = History()
    model.set_params(init_params="stmcw", params="stmcw").fit(X, listener=history)
    fresh = GaussianHMM(3, random_state=0)
    fresh.means_ = MEANS
    fresh.fit(X, listener=history)
    assert any("means_ is set, and is guessed anew" in str(event.message) for event in history)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("means_", np.zeros((2, 2)), "shape"),
        ("means_", np.full((3, 2), np.nan), "finite"),
        ("covars_", np.zeros((3, 5)), "covars_ has shape"),
        ("covars_", -np.ones((3, 2)), "positive definite"),
        ("startprob_", np.ones(3), "sum to 1"),
        ("transmat_", np.full((3, 3), 0.5), "sum to 1"),
    ],
)
def test_senseless_parameters_are_refused(name, value, said):
    model = fitted(known_chain(100)[0], 3)
    with pytest.raises(SettingError, match=said):
        setattr(model, name, value)


@pytest.mark.parametrize("structure", ["left-right", "cyclic", "banded", MOVES])
def test_transitions_keep_their_zeros(structure):
    X = [known_chain(60, seed)[0] for seed in range(8)]
    model = fitted(X, 3, transitions=structure)
    zeros = {
        "left-right": np.array([[0, 0, 1], [1, 0, 0], [1, 1, 0]], bool),
        "cyclic": np.array([[0, 0, 1], [1, 0, 0], [0, 1, 0]], bool),
        "banded": np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], bool),
    }
    pattern = zeros[structure] if isinstance(structure, str) else structure == 0
    assert (model.transmat_[pattern] == 0).all()
    np.testing.assert_allclose(model.transmat_.sum(1), 1)
    if isinstance(structure, str) and structure == "left-right":
        assert model.startprob_.tolist() == [1, 0, 0]
        assert all((np.diff(path) >= 0).all() for path in model.predict(X))


def test_the_number_of_states_is_chosen():
    X, _ = known_chain(600)
    model = fitted(X, "auto", n_init=2)
    assert model.n_components_ == 3
    assert min(model.criteria_, key=model.criteria_.get) == 3
    assert model.criteria_[3] == pytest.approx(model.bic(X), rel=1e-4)
    assert fitted(X, [2, 3], criterion="aic").n_components_ == 3
    assert model.aic(X) < model.bic(X)


def test_states_may_emit_mixtures():
    rng = np.random.default_rng(0)
    wide = np.repeat([0.0, 20.0, 0.0, 20.0], 150) + rng.choice([-3, 3], 600)
    X = (wide + rng.normal(0, 0.3, 600))[:, None]
    one, two = (fitted(X, 2, n_mix=m) for m in (1, 2))
    assert two.means_.shape == (2, 2, 1)
    assert two.weights_.shape == (2, 2)
    assert two.covars_.shape == (2, 2, 1, 1)
    assert two.score(X) > one.score(X) + 0.5


def test_priors_pull_towards_even_counts():
    X = [known_chain(40, seed)[0] for seed in range(3)]
    free, held = (fitted(X, 3, startprob_prior=p, transmat_prior=p) for p in (1.0, 1e6))
    np.testing.assert_allclose(held.transmat_, 1 / 3, atol=1e-3)
    np.testing.assert_allclose(held.startprob_, 1 / 3, atol=1e-3)
    assert free.transmat_.max() > 0.8


def test_decoding_by_map_takes_each_step_by_itself():
    X, _ = known_chain(200)
    model = fitted(X, 3)
    expected, states = model.decode(X, algorithm="map")
    posterior = model.predict_proba(X)
    assert states.tolist() == posterior.argmax(1).tolist()
    assert expected == pytest.approx(posterior.max(1).sum())
    log_prob, path = model.decode(X)
    assert log_prob <= model.score_samples(X).sum()
    assert path.tolist() == model.predict(X).tolist()
    with pytest.raises(SettingError, match="algorithm='best'"):
        model.decode(X, algorithm="best")


def test_steps_are_predicted_from_those_before():
    X, _ = known_chain(50)
    model = fitted(X, 3)
    steps = model.score_samples(X)
    assert steps.shape == (50,)
    assert model.score(X) == pytest.approx(steps.mean())
    np.testing.assert_allclose(model.score_samples(X[:20]), steps[:20])
    assert model.score_samples([X])[0] == pytest.approx(steps.sum())


def test_missing_cells_and_steps_are_marginalised():
    X, states = known_chain(2000)
    holes = X.copy()
    holes[np.random.default_rng(1).random(X.shape) < 0.2] = np.nan
    holes[500:520] = np.nan
    model = fitted(holes, 3)
    order = matched(model)
    np.testing.assert_allclose(model.means_[order], MEANS, atol=0.25)
    assert (np.argsort(order)[model.predict(holes)] == states).mean() > 0.9
    steps = model.score_samples(holes)
    np.testing.assert_allclose(steps[500:520], 0, atol=1e-9)
    assert np.isfinite(model.sample(50, random_state=0)).all()


def test_weights_of_steps_are_values_seen_in_one_state():
    X, _ = known_chain(120)
    weight = np.ones(120)
    weight[30:40] = 0
    holes = X.copy()
    holes[30:40] = np.nan
    weighted, missing = fitted(X, 3, sample_weight=weight), fitted(holes, 3)
    np.testing.assert_allclose(weighted.score(X), missing.score(X), rtol=1e-2)
    single = fitted(X, 1, sample_weight=weight + 1)
    mean = np.average(X, axis=0, weights=weight + 1)
    np.testing.assert_allclose(single.means_[0], mean)


def test_classes_have_chains_of_their_own():
    rng = np.random.default_rng(0)
    slow = [np.repeat(rng.choice([-2.0, 2.0], 10), 8)[:, None] for _ in range(20)]
    fast = [np.tile([-2.0, 2.0], 40)[:, None] for _ in range(20)]
    X = [part + rng.normal(size=part.shape) for part in slow + fast]
    y = np.array(["slow"] * 20 + ["fast"] * 20)
    model = fitted(X[::2], 2, y=y[::2])
    assert model.classes_.tolist() == ["fast", "slow"]
    assert model.transmat_.shape == (2, 2, 2)
    assert (model.predict(X[1::2]) == y[1::2]).all()
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba.sum(1), 1)
    each = np.stack([model.score_samples(X, np.full(40, c)) for c in model.classes_])
    np.testing.assert_allclose(model.score_samples(X), np.logaddexp(*each) + np.log(0.5))
    drawn, labels = model.sample(6, y="fast", random_state=0, return_y=True)
    assert set(labels) == {"fast"}
    assert (model.predict(drawn) == "fast").mean() > 0.8
    steps = model.score_samples(X[0])
    assert steps.sum() == pytest.approx(model.score_samples(X[:1])[0])


def test_a_forecast_has_bands_that_hold():
    X, _ = known_chain(3000)
    model = fitted(X[:2000], 3)
    ahead = model.continue_from(X[:2000], 4, n=4000, random_state=0)
    assert ahead.mean.shape == (4, 2)
    assert ahead.bands.shape == (3, 4, 2)
    assert ahead.paths.shape == (4000, 4, 2)
    np.testing.assert_allclose(ahead.paths.mean(0), ahead.mean, atol=0.15)
    inside = (ahead.paths > ahead.bands[0]) & (ahead.paths < ahead.bands[2])
    np.testing.assert_allclose(inside.mean(0), 0.9, atol=0.02)
    several = model.continue_from([X[:50], X[:80]], 2, n=3, quantiles=[0.5], random_state=0)
    assert [mean.shape for mean in several.mean] == [(2, 2), (2, 2)]
    covered = []
    for end in range(2000, 2990, 10):
        low, high = model.continue_from(X[:end][-100:], 1, n=1, quantiles=(0.05, 0.95)).bands[:, 0]
        covered.append((X[end] > low) & (X[end] < high))
    assert np.mean(covered) == pytest.approx(0.9, abs=0.06)
    with pytest.raises(SettingError, match="quantiles between 0 and 1"):
        model.continue_from(X, 2, quantiles=[1.5])


def test_the_long_run():
    model = fitted(known_chain(2000)[0], 3)
    shares = model.get_stationary_distribution()
    np.testing.assert_allclose(shares @ model.transmat_, shares, atol=1e-12)
    assert shares.sum() == pytest.approx(1)


def test_steps_of_a_table(tmp_path):
    import pandas as pd

    rng = np.random.default_rng(0)
    state = np.repeat(rng.integers(0, 2, 40), 10)
    mood = np.where(rng.random(400) < 0.9, state, 1 - state)
    frame = pd.DataFrame(
        {"level": state * 3 + rng.normal(size=400), "mood": np.array(["a", "b"])[mood]}
    )
    model = fitted([frame[:200], frame[200:]], 2)
    found = np.concatenate(model.predict([frame[:200], frame[200:]]))
    assert max((found == state).mean(), (found != state).mean()) > 0.95
    drawn = model.sample(2, random_state=0)
    assert [list(part.columns) for part in drawn] == [["level", "mood"]] * 2
    model.save(tmp_path / "m")
    scores = [m.score_samples([frame]) for m in (model, load(tmp_path / "m"))]
    np.testing.assert_allclose(*scores)
    with pytest.raises(UnsupportedError, match="arrays"):
        model.continue_from(frame, 2)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n_components": 0}, "n_components=0"),
        ({"n_components": "many"}, "n_components='many'"),
        ({"covariance_type": "round"}, "covariance_type='round'"),
        ({"params": "xyz"}, "letters of 'stmcw'"),
        ({"tol": -1}, "tol=-1"),
        ({"tol": "small"}, "tol='small'; use a number"),
        ({"transmat_prior": 0.5}, "no prior"),
        ({"n_components": 3, "transitions": "spiral"}, "transitions='spiral' .* one of full, left"),
        ({"n_components": 2, "transitions": [[1, -1], [1, 1]]}, "transitions holds negative"),
        ({"n_components": 3, "transitions": np.ones((2, 2))}, "transitions has shape"),
        ({"criterion": "luck"}, "criterion='luck'"),
    ],
)
def test_senseless_settings_are_refused(options, said):
    with pytest.raises(SettingError, match=said):
        GaussianHMM(**options).fit(known_chain(50)[0], listener=None)


def test_labels_of_steps_are_told_to_be_ignored():
    X, states = known_chain(60)
    history = History()
    model = GaussianHMM(2, random_state=0).fit(X, states, listener=history)
    assert any("one for each step" in str(event.message) for event in history)
    assert model.score(X, states) == model.score(X)
    with pytest.raises(DataError, match="labels"):
        GaussianHMM().fit([X, X], [1, 2, 3], listener=None)


def test_motions_are_told_apart(data_folder):
    with np.load(data_folder / "sequences" / "BasicMotions.npz") as arrays:
        data = dict(arrays)
    model = fitted(of_motions(data, "train"), 4, y=data["y_train"])
    found = model.predict(of_motions(data, "test"))
    assert (found == data["y_test"]).mean() >= 0.9


def of_motions(data, part):
    return np.swapaxes(data[f"X_{part}"], 1, 2)


HARD = {
    "far from 0": lambda rng: rng.normal(size=(200, 2)) + 1e8,
    "duplicated rows": lambda rng: np.repeat(rng.normal(size=(2, 2)), 50, axis=0),
    "narrow beside wide": lambda rng: np.r_[
        rng.normal(0, 1e-4, (100, 2)), rng.normal(0, 1e3, (100, 2))
    ],
    "a constant column": lambda rng: np.c_[np.ones(100), rng.normal(size=100)],
}


@pytest.mark.parametrize("covariance", TYPES)
@pytest.mark.parametrize("case", HARD)
def test_hard_sequences(case, covariance):
    X = HARD[case](np.random.default_rng(0))
    model = fitted(X, 4, covariance_type=covariance, min_covar=0)
    assert np.isfinite(model.score_samples(X)).all()
    assert np.isfinite(model.sample(20, random_state=0)).all()
    assert np.isfinite(model.transmat_).all()
    history = np.array(model.monitor_.history)
    assert np.isfinite(history).all()


def test_states_are_chosen_by_what_was_left_out():
    X, _ = known_chain()
    for lengths in (None, [300] * 10):
        model = GaussianHMM([1, 2, 3, 4], criterion="validation", random_state=0)
        values = model.fit(X, lengths=lengths, listener=None).criteria_
        assert values[3] < values[2] - 100 < values[1] - 200
        assert model.n_components_ == min(values, key=values.get)
        # a fifth judges, and all steps are learned from in the end
        assert values[3] == pytest.approx(model.bic(X, lengths=lengths) / 2 / 5, rel=0.1)
        assert model.monitor_.history[-1] == pytest.approx(
            np.sum(model.score_samples(X, lengths=lengths)), abs=1
        )


@pytest.mark.parametrize("n_components", [2, [2]])
def test_one_number_of_states_leaves_nothing_out(n_components):
    X = np.arange(3.0)[:, None]
    model, plain = (
        GaussianHMM(2, random_state=0).set_params(**options).fit(X, listener=None)
        for options in ({"criterion": "validation", "n_components": n_components}, {})
    )
    assert (model.n_components_, model.criteria_) == (2, {})
    np.testing.assert_array_equal(model.means_, plain.means_)


def test_too_few_steps_cannot_be_left_out():
    with pytest.raises(SettingError, match="has 3 steps"):
        GaussianHMM([1, 2], criterion="validation").fit(np.arange(3.0)[:, None], listener=None)


def test_priors_draw_parameters_to_them():
    X = np.random.default_rng(0).normal(size=(50, 2)) + 4
    strong = GaussianHMM(1, means_prior=[1.0, -1.0], means_weight=1e6, random_state=0)
    np.testing.assert_allclose(strong.fit(X, listener=None).means_[0], [1, -1], atol=1e-3)
    for kind in ("full", "tied", "diag", "spherical"):
        settings = {"covariance_type": kind, "covars_prior": 2e6, "covars_weight": 1e6}
        model = GaussianHMM(1, random_state=0, **settings).fit(X, listener=None)
        np.testing.assert_allclose(model.covars_[0], 2 * np.eye(2), atol=1e-3)
    with pytest.raises(SettingError, match="means_weight"):
        GaussianHMM(1, means_weight=-1.0).fit(X, listener=None)
