import numpy as np
import pandas as pd
import pytest

from drawlike.errors import SettingError
from drawlike.evaluation import PANEL, Judge, evaluate

COPYING = [metric.name for metric in PANEL if metric.aspect == "copying"]


@pytest.fixture
def arrays(rng):
    return tuple(rng.normal(size=(n, 3)) for n in (300, 200, 300))


def names(evaluation):
    return evaluation.metrics["name"].tolist()


def test_only_what_was_asked_for_is_measured_in_the_panel_s_order(arrays):
    evaluation = evaluate(*arrays, metrics=["coverage", "C2ST AUC", "coverage"])
    assert names(evaluation) == ["C2ST AUC", "coverage"]
    full = evaluate(*arrays).metrics.set_index("name").loc[["C2ST AUC", "coverage"]]
    columns = ["value", "low", "high", "real", "chance"]
    found = evaluation.metrics.set_index("name")
    pd.testing.assert_frame_equal(found[columns], full[columns])


@pytest.mark.parametrize("spelled", ["alpha-precision", "Alpha Precision", " alpha_precision "])
def test_names_are_spelled_loosely(arrays, spelled):
    assert names(evaluate(*arrays, metrics=[spelled])) == ["alpha-precision"]


def test_an_aspect_stands_for_all_its_figures(arrays):
    found = names(evaluate(*arrays, metrics=["copying", "recall"]))
    assert set(found) == {"recall", *(n for n in COPYING if n in found)}
    assert "near copies" in found


def test_a_copy_never_passes_whatever_is_asked(arrays):
    train, holdout, _ = arrays
    for metric in Judge(train, holdout).panel:
        evaluation = evaluate(train, holdout, train, metrics=[metric.name])
        assert not evaluation.passed
        assert not evaluation.verdict.startswith("Usable")


def test_without_all_of_copying_nothing_is_called_usable(arrays):
    evaluation = evaluate(*arrays, metrics=["coverage", "near copies"])
    assert evaluation.judgement.passed is None
    assert np.isnan(evaluation.score)
    assert evaluation.verdict.startswith("Cannot judge: not all figures of copying")
    assert "only: coverage, near copies" in evaluation.verdict
    assert "仅就" in evaluation.verdict_zh


def test_with_all_of_copying_the_verdict_says_what_it_is_about(arrays):
    evaluation = evaluate(*arrays, metrics=["coverage", "copying"])
    assert evaluation.passed
    assert evaluation.verdict.startswith("Usable. This is about these of ")
    assert not evaluate(arrays[0], arrays[1], arrays[0], metrics=["copying"]).passed


def test_a_fault_that_was_asked_about_fails(arrays):
    train, holdout, fresh = arrays
    evaluation = evaluate(train, holdout, 0.1 * fresh, metrics=["coverage"])
    assert evaluation.judgement.passed is False
    assert evaluation.verdict.startswith("Not usable")
    assert evaluation.score == evaluation.judgement.scores["diversity"] < 0.9
    assert np.isnan(evaluation.judgement.scores["copying"])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["covrage"], "'covrage' is unknown. Close to it: coverage"),
        (["near copy"], "near copies"),
        (["qqq"], "There are: column shapes, "),
        (["kernel distance"], "has no meaning for data of kind 'array'"),
        ([], "leaves nothing to measure"),
    ],
)
def test_unknown_names_are_refused_with_close_ones(arrays, wrong, said):
    with pytest.raises(SettingError, match=said):
        evaluate(*arrays, metrics=wrong)
