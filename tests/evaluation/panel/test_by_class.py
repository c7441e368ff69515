import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation import PANEL, evaluate

BY_CLASS = [metric.name for metric in PANEL if metric.name.endswith(" by class")]


def rows(rng, n):
    """Two columns, shifted and correlated as each of three classes has it."""
    kind = rng.choice(["a", "b", "c"], n, p=[0.45, 0.35, 0.2])
    x = rng.normal(size=n) + 2 * (kind == "b")
    y = rng.normal(size=n) + np.where(kind == "c", x, -x)
    return pd.DataFrame({"x": x, "y": y, "kind": kind})


@pytest.fixture
def tables(rng):
    return tuple(rows(rng, n) for n in (1200, 900, 1200))


def found(*sets, metrics=BY_CLASS):
    return evaluate(*sets, label="kind", metrics=metrics)


def by_name(evaluation):
    return {finding.metric.name: finding for finding in evaluation.findings}


def test_fresh_rows_pass_in_every_class(tables):
    evaluation = found(*tables)
    assert not evaluation.metrics["alarm"].any()
    assert not evaluation.metrics["value"].isna().any()


def test_a_fault_of_one_class_is_found_there(tables):
    train, holdout, fresh = tables
    own = fresh["kind"] == "c"
    # each column keeps its distribution in class c, they only no longer go together
    fresh.loc[own, "x"] = fresh.loc[own, "x"].sample(frac=1, random_state=0).to_numpy()
    evaluation = found(train, holdout, fresh)
    seen = by_name(evaluation)
    for name in ("pair trends by class", "C2ST AUC by class", "precision by class"):
        assert seen[name].alarm
        assert "class c, of 3" in seen[name].measured.note.en
    assert not seen["column shapes by class"].alarm
    assert set(seen["pair trends by class"].measured.details["classes"]) == {"a", "b", "c"}
    assert not evaluation.passed


def test_the_chance_is_corrected_for_the_classes(tables):
    finding = by_name(found(*tables, metrics=["recall by class"]))["recall by class"]
    each = finding.measured.details["classes"]
    assert finding.measured.chance == pytest.approx(
        min(3 * min(one.chance for one in each.values()), 1)
    )


@pytest.mark.slow
def test_the_worst_of_fresh_classes_does_not_lower_the_score(tables):
    evaluation = found(*tables, metrics=["recall", "recall by class", "copying"])
    assert evaluation.judgement.scores["diversity"] == pytest.approx(
        by_name(evaluation)["recall"].kept
    )


def test_a_copied_class_is_found(tables):
    train, holdout, fresh = tables
    mixed = pd.concat([train[train["kind"] == "c"], fresh[fresh["kind"] != "c"]])
    seen = by_name(found(train, holdout, mixed, metrics=["near copies by class"]))
    assert seen["near copies by class"].alarm
    assert "class c, of 3" in seen["near copies by class"].measured.note.en


def test_a_class_without_rows_enough_is_named(tables):
    train, holdout, fresh = tables
    fewer = fresh[(fresh["kind"] != "c") | (np.arange(len(fresh)) < 40)]
    note = found(train, holdout, fewer, metrics=["recall by class"]).metrics["note"][0]
    assert "not compared, for lack of rows: c" in note


@pytest.mark.parametrize(
    ("label", "why"), [(None, "no label is named"), ("x", "the label is a number")]
)
def test_without_classes_there_is_a_reason(tables, label, why):
    frame = evaluate(*tables, label=label, metrics=BY_CLASS).metrics
    assert frame["note"].str.contains(why).all()


def test_the_report_has_a_row_a_class(tables, tmp_path):
    found(*tables).to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Class by class" in page
    assert "逐类指标" in page
