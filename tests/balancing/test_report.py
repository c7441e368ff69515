"""Whether balancing helps: figures on left-out rows, tests against nothing, and a verdict in words."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

import drawlike
from drawlike.balancing import SMOTE, RandomOverSampler, RandomUnderSampler, balance_report
from drawlike.balancing.reporting.calibration import calibration_curve
from drawlike.balancing.reporting.figures import Outcome, figures_for
from drawlike.balancing.reporting.repeated import adjusted, mean_over_folds
from drawlike.balancing.reporting.verdict import Case, judge
from drawlike.errors import DataError, SettingError
from drawlike.events import History


def rare(n=240, seed=0, share=0.15, away=1.5):
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < share).astype(int)
    return rng.normal(size=(n, 3)) + away * y[:, None] * [1, 0, 0], y


def quick(X, y, estimator=None, **settings):
    asked = {"methods": ["weights"], "folds": 3, "repeats": 1, "inner_folds": 2, "random_state": 0}
    learner = GaussianNB() if estimator is None else estimator
    return balance_report(X, y, learner, listener=None, **{**asked, **settings})


@pytest.fixture(scope="module")
def found():
    return quick(*rare(), methods=["weights", "under"], folds=2, repeats=2, data_name="two clouds")


def test_every_method_has_every_figure_with_its_interval(found):
    table = found.table.set_index("method")
    assert table.index.tolist() == ["nothing", "weights", "under", "uncorrected"]
    for name in ("PR-AUC", "ROC-AUC", "balanced accuracy", "Brier", "log loss"):
        assert (table[f"{name} low"] <= table[name]).all()
        assert (table[name] <= table[f"{name} high"]).all()
    assert len(found.scores) == 4 * 4
    means = found.scores.groupby("method")["Brier"].mean()
    np.testing.assert_allclose(means[table.index], table["Brier"])


def test_methods_are_tested_against_nothing_on_the_same_folds(found):
    scores = found.scores.pivot(index=["repeat", "fold"], columns="method", values="log loss")
    tests = found.tests[found.tests["figure"] == "log loss"].set_index("method")
    gain = (scores["nothing"] - scores["under"]).mean()  # of a loss that falls
    assert tests.loc["under", "gain"] == pytest.approx(gain)
    assert set(tests.index) == {"weights", "under"}


def test_counts_are_of_all_rows(found):
    X, y = rare()
    asked = RandomUnderSampler(sampling_strategy={0: int(y.sum())})
    told = quick(X, y, methods={"counts": asked}, folds=2, repeats=2)
    assert not told.errors
    scores = (run.table.set_index("method") for run in (told, found))
    counts, under = (table["Brier"] for table in scores)
    assert counts["counts"] == pytest.approx(under["under"], abs=0.01)
    assert asked.sampling_strategy == {0: y.sum()}


def test_what_correction_repairs_is_seen(found):
    brier = found.table.set_index("method")["Brier"]
    assert brier["uncorrected"] > brier["nothing"] + 0.03
    assert "Brier score of" in found.verdict


def test_a_report_is_words_a_page_and_json(found, tmp_path):
    assert found.verdict in str(found) and "under" in str(found)
    assert "<table" in found._repr_html_()
    found.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "two clouds" in page and "Calibration" in page and 'class="interval' in page
    kept = json.loads(found.to_json(tmp_path / "report.json"))
    assert kept["verdict"] == found.verdict
    assert kept["rows"] == {
        "0": int(found.trials.target.counts[0]),
        "1": int(found.trials.target.counts[1]),
    }


def test_the_same_seed_gives_the_same_report(found):
    again = quick(*rare(), methods=[], folds=2, repeats=2, compare_uncorrected=False)
    pd.testing.assert_frame_equal(again.table, found.table[:1])


def test_samplers_of_ones_own_are_compared():
    found = quick(
        *rare(), methods={"mine": SMOTE(), "weights": "weights"}, compare_uncorrected=False
    )
    assert found.table["method"].tolist() == ["nothing", "mine", "weights"]
    assert "uncorrected" not in found.table["method"]
    assert "believes" not in found.verdict


def test_rows_resampled_before_the_split_are_said_first():
    X, y = RandomOverSampler(random_state=0).fit_resample(*rare())
    heard = History()
    found = balance_report(
        X, y, GaussianNB(), methods=[], folds=3, repeats=1, random_state=0, listener=heard
    )
    assert found.verdict.startswith("LEAK") and "Split first" in found.verdict
    assert found.passed is False
    assert found.leaks[0].label == 1
    assert found.twins[1] > 0.9
    assert found.twins[0] == 0
    assert any(event.name == "leak" for event in heard if event.kind == "warning")
    assert found.verdict_zh.startswith("数据泄漏")


def test_near_twins_across_the_split_are_told():
    X, y = rare()
    again = np.concatenate(
        [X, X[y == 1] + 1e-4 * np.random.default_rng(0).normal(size=(sum(y), 3))]
    )
    found = quick(again, np.concatenate([y, y[y == 1]]), methods=[])
    assert found.twins[1] > 0.5
    assert found.twins[0] == 0
    assert "twin among training rows" in found.verdict
    assert ("twins", 1) in [(leak.kind, leak.label) for leak in found.leaks]
    assert found.passed is False


def test_several_classes_names_and_frames():
    rng = np.random.default_rng(0)
    y = rng.choice(["a", "b", "c"], 300, p=[0.7, 0.2, 0.1])
    X = pd.DataFrame({"x": rng.normal(size=300) + 3 * (y == "b") - 3 * (y == "c")})
    found = quick(X, pd.Series(y), metric="f1", methods=[], compare_uncorrected=False)
    assert found.table["F1"].between(0.5, 1).all()
    assert "balanced accuracy" in found.table
    assert found.calibration["rows"].sum() == pytest.approx(3 * 300)
    assert found.verdict.startswith("Nothing else was compared")


def test_figures_are_those_of_scikit_learn():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 2, 200)
    p = np.clip(0.5 * codes + rng.random(200) * 0.5, 0.01, 0.99)
    outcome = Outcome(np.stack([1 - p, p], 1), (p > 0.5).astype(int), codes, rare=1)
    expected = {
        "PR-AUC": average_precision_score(codes, p),
        "ROC-AUC": roc_auc_score(codes, p),
        "Brier": brier_score_loss(codes, p),
        "log loss": log_loss(codes, p),
    }
    measured = {figure.name: figure.measure(outcome) for figure in figures_for("balanced_accuracy")}
    for name, value in expected.items():
        assert measured[name] == pytest.approx(value)


def test_intervals_of_folds_that_share_rows_hold_what_they_promise():
    """Means of overlapping training parts: the naive interval would miss far more often."""
    rng = np.random.default_rng(0)
    values = rng.normal(size=15)
    mean = mean_over_folds(values, folds=5)
    naive = stats.ttest_1samp(values, 0)
    assert mean.high - mean.low == pytest.approx(
        np.diff(naive.confidence_interval())[0] * np.sqrt((1 / 15 + 1 / 4) * 15)
    )
    assert mean.chance > naive.pvalue
    assert mean_over_folds(np.zeros(15), 5).chance == 1
    np.testing.assert_allclose(adjusted(np.array([0.04, 0.01, 0.03])), [0.06, 0.03, 0.06])


def test_what_is_true_lies_in_the_intervals_of_calibration():
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 5, 20_000)
    codes = (rng.random(20_000) < p).astype(int)
    curve = calibration_curve(np.stack([1 - p, p], 1)[None], codes, [1])
    assert len(curve) == 8
    assert ((curve["low"] < curve["said"]) & (curve["said"] < curve["high"])).mean() > 0.7


def case(gain, low, high, chance, **known):
    lines = [
        ("smote", "PR-AUC", gain, low, high, chance),
        ("smote", "balanced accuracy", 0.0, -0.01, 0.01, 1.0),
        ("smote", "log loss", 0.0, -0.01, 0.01, 1.0),
    ]
    tests = pd.DataFrame(lines, columns=["method", "figure", "gain", "low", "high", "chance"])
    usual = {"leaks": [], "twins": {}, "rare": "yes", "n_rare": 30, "uncorrected": None}
    return Case(tests, ("PR-AUC", "balanced accuracy"), **{**usual, **known})


@pytest.mark.parametrize(
    ("line", "passed", "words"),
    [
        ((0.03, 0.01, 0.05, 0.01), True, "SMOTE helps: PR-AUC +.030 [.010, .050]."),
        ((0.00, -0.01, 0.01, 1.0), True, "Nothing helps here: tune the threshold."),
        ((-0.08, -0.1, -0.06, 0.01), True, "Worse than nothing: SMOTE."),
        ((0.04, -0.06, 0.14, 0.4), None, "Too few rows of class yes (30) to tell"),
    ],
)
def test_the_verdict_says_what_the_figures_do(line, passed, words):
    judgement = judge(case(*line))
    assert judgement.passed is passed
    assert words in judgement.words.en
    assert judgement.words.zh


def test_a_method_that_fails_is_listed_with_its_error():
    X, y = rare()

    class Unweighted(GaussianNB):
        def fit(self, X, y):
            return super().fit(X, y)

    found = quick(X, y, Unweighted(), compare_uncorrected=False)
    assert found.table["method"].tolist() == ["nothing"]
    assert "takes no weights" in found.errors["weights"]
    assert found.to_document().sections[0].blocks[-1].summary.en == "Methods that failed"


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"methods": ["smoke"]}, SettingError, "method 'smoke' is unknown; give some of nothing"),
        ({"methods": 3}, SettingError, "methods=3"),
        ({"folds": 1}, SettingError, "folds=1"),
        ({"repeats": 0.5}, SettingError, r"repeats=0\.5"),
        ({"metric": "auc"}, SettingError, "use one of"),
        ({"estimator": LinearSVC()}, SettingError, "no predict_proba"),
        ({"y": np.arange(240) < 3}, DataError, "class True has 3 rows"),
        ({"y": np.zeros(240)}, DataError, "at least 2 classes"),
        ({"y": np.zeros(5)}, DataError, "classes|240 rows and y 5"),
    ],
)
def test_bad_inputs_are_refused_in_words(settings, error, message):
    X, y = rare()
    with pytest.raises(error, match=message):
        quick(X, settings.pop("y", y), settings.pop("estimator", LogisticRegression()), **settings)


def test_it_is_a_public_name():
    assert drawlike.balance_report is balance_report
