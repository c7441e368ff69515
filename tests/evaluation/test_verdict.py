import numpy as np
import pytest

from drawlike.evaluation.metric import Measured
from drawlike.evaluation.panel import PANEL
from drawlike.evaluation.verdict import HEADLINE, find, judge
from drawlike.report import Text

BY_NAME = {metric.name: metric for metric in PANEL}


def findings(**changed):
    """Good figures of every metric, some of them changed."""
    good = {m.name: Measured(_good(m), real=_good(m), chance=0.5) for m in PANEL}
    changed = {name.replace("_", " "): found for name, found in changed.items()}
    return find([(BY_NAME[name], found) for name, found in {**good, **changed}.items()])


def _good(metric):
    return 1.0 if np.isinf(metric.ideal) else metric.ideal


def test_nothing_wrong_is_usable():
    judgement = judge(findings(), None, 500)
    assert judgement.passed is True
    assert judgement.score == 1
    assert judgement.words == Text("Usable.", "可用。")


@pytest.mark.parametrize(
    ("name", "measured", "said"),
    [
        ("recall", Measured(0.5, real=0.95, chance=1e-9), "variety is lost: recall 0.5"),
        ("precision", Measured(0.5, real=0.95, chance=1e-9), "invented or distorted: precision"),
        ("near copies", Measured(0.3, real=0.01, chance=1e-9), "rows are copied: near copies"),
        ("utility AUC", Measured(0.6, real=0.9, chance=1e-9), "taught by them does worse"),
    ],
)
def test_the_words_name_the_fault(name, measured, said):
    judgement = judge(findings(**{name: measured}), None, 500)
    assert judgement.passed is False
    assert judgement.words.en.startswith("Not usable")
    assert said in judgement.words.en
    assert "It matters to" in judgement.words.en


def test_a_slight_alarm_is_a_remark():
    judgement = judge(findings(recall=Measured(0.94, real=0.97, chance=1e-9)), None, 500)
    assert judgement.passed is True
    assert "A little of the real variety is lost: recall 0.94" in judgement.words.en


def test_luck_is_no_alarm():
    assert judge(findings(recall=Measured(0.5, real=0.97, chance=0.02)), None, 500).passed


def test_the_score_is_the_least_of_three():
    copied = judge(findings(**{"exact copies": Measured(0.06, real=0.0, chance=1e-9)}), None, 500)
    assert copied.scores["copying"] == pytest.approx(0.4)
    assert copied.score == pytest.approx(0.4)
    assert set(copied.scores) == set(HEADLINE)


def test_the_blind_say_what_is_certain():
    found = findings(**{"exact copies": Measured(0.4)})
    judgement = judge(found, Text("Cannot judge.", "无法判断。"), 0)
    assert judgement.passed is None
    assert np.isnan(judgement.score)
    assert judgement.words.en == "Cannot judge. 40% of the rows equal a training row."


def test_few_holdout_rows_are_mentioned():
    assert "only 36 hold-out rows" in judge(findings(), None, 36).words.en


def test_names_are_unique_and_every_metric_is_explained():
    assert len(BY_NAME) == len(PANEL)
    for metric in PANEL:
        words = (metric.title, metric.about, metric.unit)
        assert all(text.en and text.zh for text in words)
        assert metric.source
        assert metric.better in ("higher", "lower", "closer to ideal")
        assert metric.kept(metric.ideal, metric.ideal) == 1 or np.isinf(metric.ideal)
