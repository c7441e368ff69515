"""A classifier of rare classes: probabilities stay true, thresholds are tuned, nothing leaks."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    f1_score,
    log_loss,
    matthews_corrcoef,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import check_estimator

from drawlike.balancing import SMOTE, BalancedClassifier, RandomOverSampler, RandomUnderSampler
from drawlike.balancing.odds import Calibration, calibration_that_helps, corrected
from drawlike.balancing.stacking import shares_of
from drawlike.balancing.thresholds import METRICS, decided, tuned_factors
from drawlike.errors import DataError, SettingError

SCORES = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "cohen_kappa": cohen_kappa_score,
    "f1": f1_score,
    "mcc": matthews_corrcoef,
}
SAMPLERS = [None, "auto", "weights", RandomOverSampler(), RandomUnderSampler(), SMOTE()]


def rare(n=4000, seed=0, share=0.06):
    """Two normals a mean of 2 apart, of which the second is rare, and its probability."""
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < share).astype(int)
    X = rng.normal(size=(n, 2)) + 2 * y[:, None] * [1, 0]
    odds = share / (1 - share) * np.exp(2 * X[:, 0] - 2)
    return X, y, odds / (1 + odds)


@pytest.fixture(scope="module")
def data():
    return rare(), rare(seed=1)


@pytest.mark.parametrize("sampler", SAMPLERS, ids=str)
def test_probabilities_are_those_of_rows_as_they_come(data, sampler):
    (X, y, _), (fresh, _, law) = data
    model = BalancedClassifier(LogisticRegression(), sampler, cv=5, random_state=0).fit(X, y)
    said = model.predict_proba(fresh)[:, 1]
    assert said.mean() == pytest.approx(law.mean(), abs=0.01)
    assert np.abs(said - law).mean() < 0.015


def test_without_a_correction_they_would_not_be(data):
    (X, y, _), (fresh, _, law) = data
    rows, labels = RandomOverSampler(random_state=0).fit_resample(X, y)
    said = LogisticRegression().fit(rows, labels).predict_proba(fresh)[:, 1]
    assert np.abs(said - law).mean() > 0.1


@pytest.mark.parametrize("metric", ["balanced_accuracy", "f1", "mcc"])
def test_thresholds_are_nearly_the_best_in_hindsight(data, metric):
    (X, y, _), (fresh, labels, law) = data
    model = BalancedClassifier(LogisticRegression(), metric=metric, cv=5, random_state=0).fit(X, y)
    score = SCORES[metric]
    best = max(score(labels, law > t) for t in np.linspace(0.01, 0.99, 99))
    assert score(labels, model.predict(fresh)) > best - 0.05


@pytest.mark.parametrize("metric", list(METRICS))
@pytest.mark.parametrize("k", [2, 3])
def test_metrics_are_those_of_scikit_learn(metric, k):
    rng = np.random.default_rng(0)
    true, said = rng.integers(0, k, 300), rng.integers(0, k, 300)
    said = np.where(rng.random(300) < 0.5, true, said)
    average = {"average": "macro"} if metric == "f1" and k > 2 else {}
    expected = SCORES[metric](true, said, **average)
    assert METRICS[metric](confusion_matrix(true, said)) == pytest.approx(expected)


def test_names_frames_and_three_classes():
    rng = np.random.default_rng(0)
    y = rng.choice(["a", "b", "c"], 900, p=[0.85, 0.1, 0.05])
    x = rng.normal(size=900) + 3 * (y == "b") - 3 * (y == "c")
    X = pd.DataFrame({"x": x, "other": rng.normal(size=900)})
    model = BalancedClassifier(LogisticRegression(), SMOTE(), cv=5, random_state=0).fit(
        X, pd.Series(y)
    )
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert balanced_accuracy_score(y, model.predict(X)) > 0.85
    plain = LogisticRegression().fit(X, y).predict_proba(X)
    assert log_loss(y, model.predict_proba(X)) < log_loss(y, plain) + 0.03


def test_folds_are_not_resampled_with_rows_of_others():
    """Noise cannot be told: it would look told if copies of a row stood on both sides."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 5)), (np.arange(400) < 20).astype(int)
    learner = MLPClassifier((64,), max_iter=60, random_state=0)
    model = BalancedClassifier(learner, RandomOverSampler(), cv=3, random_state=0).fit(X, y)
    fresh = model.predict_proba(rng.normal(size=(2000, 5)))[:, 1]
    assert fresh.mean() < 0.12


def test_the_correction_is_bayes_rule():
    said = np.array([[0.5, 0.5], [0.9, 0.1], [1.0, 0.0]])
    out = corrected(said, np.array([0.9, 0.1]), np.array([0.5, 0.5]))
    np.testing.assert_allclose(out, [[0.9, 0.1], [0.81 / 0.82, 0.01 / 0.82], [1, 0]])


def test_a_calibration_is_found_where_it_helps_only():
    rng = np.random.default_rng(0)
    true = 1 / (1 + np.exp(-rng.normal(size=3000) * 2))
    codes, folds = (rng.random(3000) < true).astype(int), np.arange(3000) % 5
    sharp = true**2 / (true**2 + (1 - true) ** 2)
    both = [np.stack([1 - p, p], 1) for p in (true, sharp)]
    assert calibration_that_helps(both[0], codes, folds) is None
    found = calibration_that_helps(both[1], codes, folds)
    assert isinstance(found, Calibration)
    np.testing.assert_allclose(found(both[1])[:, 1], true, atol=0.05)


def test_factors_move_the_decision_to_where_the_metric_wants_it():
    rng = np.random.default_rng(0)
    true = rng.beta(1, 12, 20_000)
    codes = (rng.random(20_000) < true).astype(int)
    proba = np.stack([1 - true, true], 1)
    factors = tuned_factors(proba, codes, "balanced_accuracy")
    threshold = true[decided(proba, factors) == 1].min()
    assert threshold == pytest.approx(codes.mean(), abs=0.03)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metric": "auc"}, "use one of"),
        ({"calibrate": "maybe"}, "calibrate='maybe'"),
        ({"cv": 1}, "cv=1"),
        ({"sampler": "smote"}, "use a sampler"),
        ({"estimator": LinearSVC()}, "no predict_proba"),
        ({"estimator": KNeighborsClassifier(), "sampler": "weights"}, "takes no weights"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings, message):
    X, y, _ = rare(60, share=0.3)
    model = BalancedClassifier(**{"estimator": LogisticRegression(), **settings})
    with pytest.raises(SettingError, match=message):
        model.fit(X, y)


def test_settings_by_label_keep_their_labels(data):
    (X, y, _), _ = data
    words = np.where(y[:600] == 1, "yes", "no")
    learner = LogisticRegression(class_weight={"no": 1, "yes": 4})
    sampler = SMOTE(sampling_strategy={"yes": 200})
    model = BalancedClassifier(learner, sampler, random_state=0).fit(X[:600], words)
    assert set(model.predict(X)) == {"no", "yes"}


def test_counts_that_are_asked_for_are_of_all_rows(data):
    (X, y, _), _ = data
    X, y = X[:600], y[:600]
    sampler = RandomUnderSampler(sampling_strategy={0: 50, 1: int(y.sum())})
    model = BalancedClassifier(LogisticRegression(), sampler, cv=5, random_state=0).fit(X, y)
    assert model.sampler_ is sampler
    for fitted in model.estimators_:
        assert fitted.after[1] == pytest.approx(y.sum() / (y.sum() + 50), abs=0.02)
    with pytest.raises(SettingError, match="names"):
        BalancedClassifier(LogisticRegression(), SMOTE(sampling_strategy={"no": 9})).fit(X, y)


class Chain(BaseEstimator):
    """One sampler after the other, as a pipeline of samplers is."""

    def __init__(self, first, second):
        self.first, self.second = first, second

    def fit_resample(self, X, y):
        return self.second.fit_resample(*self.first.fit_resample(X, y))


def test_counts_of_samplers_in_a_chain_shrink_alike():
    X, y = np.random.default_rng(0).normal(size=(43, 2)), np.repeat([0, 1], [40, 3])
    chain = Chain(
        RandomOverSampler(sampling_strategy={1: 20}, random_state=0),
        RandomUnderSampler(sampling_strategy={0: 20, 1: 20}, random_state=0),
    )
    model = BalancedClassifier(LogisticRegression(), chain, cv=3, random_state=0).fit(X, y)
    for fitted in model.estimators_:
        np.testing.assert_allclose(fitted.after, [0.5, 0.5], atol=0.02)


def test_no_class_is_left_out_of_a_fold():
    X, y = np.random.default_rng(0).normal(size=(42, 2)), np.repeat([0, 1], [40, 2])
    one = RandomUnderSampler(sampling_strategy={0: 5, 1: 1})
    model = BalancedClassifier(LogisticRegression(), one, cv=2, random_state=0).fit(X, y)
    assert all(fitted.after.min() > 0 for fitted in model.estimators_)


def test_a_metric_of_ones_own_sees_labels(data):
    (X, y, _), _ = data
    model = BalancedClassifier(LogisticRegression(), metric=f1_score, cv=3, random_state=0)
    assert f1_score(y, model.fit(X, y).predict(X)) > 0.4


def test_seeds_reach_every_part_of_an_estimator(data):
    (X, y, _), _ = data
    learner = make_pipeline(StandardScaler(), RandomForestClassifier(5))
    said = [
        BalancedClassifier(learner, cv=2, random_state=0).fit(X[:400], y[:400]).predict_proba(X)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*said)


def test_a_class_that_a_sampler_drops_has_no_probability_from_it(data):
    (X, y, _), _ = data
    y = np.where(X[:, 1] > 1, 2, y)
    sampler = RandomUnderSampler(sampling_strategy={2: 0})
    model = BalancedClassifier(LogisticRegression(), sampler, calibrate="never", random_state=0)
    assert (model.fit(X, y).predict_proba(X)[:, 2] == 0).all()


def penalised(C):
    return make_pipeline(StandardScaler(), LogisticRegression(C=C))


def test_a_penalty_that_hides_a_rare_class_is_outvoted(data):
    (X, y, _), (fresh, labels, _) = data
    models = [
        BalancedClassifier(penalised(0.002), sampler, cv=3, calibrate="never", random_state=0)
        for sampler in ("auto", None)
    ]
    auto, usual = (model.fit(X[:1000], y[:1000]) for model in models)
    assert len(auto.estimators_) == len(auto.shares_)
    assert auto.shares_.sum() == pytest.approx(1)
    assert auto.shares_[-3:].sum() > 0.9  # of tenfold weight
    loss, usual_loss = (log_loss(labels, model.predict_proba(fresh)) for model in (auto, usual))
    assert loss < usual_loss - 0.01


def test_both_vote_where_both_tell_the_same(data):
    (X, y, _), _ = data
    model = BalancedClassifier(penalised(100), cv=3, random_state=0).fit(X[:1000], y[:1000])
    np.testing.assert_allclose(model.shares_, 1 / 6, atol=0.02)
    assert model.sampler_ is None


def test_a_learner_that_heeds_no_weight_of_all_rows_gets_those_of_classes(data):
    (X, y, _), _ = data
    stump = DecisionTreeClassifier(max_leaf_nodes=3, random_state=0)
    lopsided = BalancedClassifier(stump, cv=3, random_state=0).fit(X[:400], y[:400])
    assert len(lopsided.estimators_) == 3
    neighbours = BalancedClassifier(KNeighborsClassifier(50), cv=3).fit(X[:400], y[:400])
    assert len(neighbours.estimators_) == 3


def test_shares_are_those_of_the_largest_likelihood():
    rng = np.random.default_rng(0)
    true = rng.beta(1, 4, 4000)
    codes = (rng.random(4000) < true).astype(int)
    said = [np.stack([1 - p, p], 1) for p in (0.5 * true, true + 0.5 * (1 - true))]
    grid = np.linspace(0.01, 0.99, 99)
    own = [p[np.arange(4000), codes] for p in said]
    best = grid[np.argmax([np.log(w * own[0] + (1 - w) * own[1]).sum() for w in grid])]
    assert shares_of(said, codes)[0] == pytest.approx(best, abs=0.02)


def test_a_class_of_one_row_is_refused():
    with pytest.raises(DataError, match="class 1 has 1 row"):
        BalancedClassifier(LogisticRegression()).fit([[0.0], [1.0], [2.0]], [0, 0, 1])


def test_it_is_an_estimator_of_scikit_learn():
    allowed = {"check_classifiers_train": "thresholds are tuned, so argmax is not what is said"}
    model = BalancedClassifier(LogisticRegression(), None, random_state=0, cv=2)
    check_estimator(model, expected_failed_checks=allowed)
