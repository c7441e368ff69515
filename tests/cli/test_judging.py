"""The commands that judge and compare."""

import json

import pandas as pd
import pytest

from drawlike.datasets import read, split, write


@pytest.fixture(scope="module")
def wine_files(wine_csv, tmp_path_factory):
    """Training and hold-out rows as files."""
    folder = tmp_path_factory.mktemp("parts")
    train, held = split(read(wine_csv, label="cultivar"), 0.4)
    return write(train.X, folder / "train.csv"), write(held.X, folder / "held.csv")


@pytest.fixture
def gaussian(drawlike, wine_csv, tmp_path):
    """The folder of a fitted model, and rows that it drew."""
    folder, more = tmp_path / "model", tmp_path / "more.csv"
    drawlike("fit", wine_csv, "--label", "cultivar", "--model", "gaussian", "--out", folder)
    drawlike("sample", folder, "-n", 142, "--seed", 0, "--out", more)
    return folder, more


def test_a_model_s_rows_are_judged_against_its_own_hold_out(drawlike, gaussian, tmp_path):
    folder, more = gaussian
    judged = drawlike("evaluate", folder, more, "--out", tmp_path / "report.html")
    assert judged.code == 0
    assert judged.out.startswith("Usable.")
    assert "36 hold-out rows" in judged.out
    assert "held-out log-likelihood" in judged.out
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_copy_of_the_training_rows_never_passes(drawlike, wine_files):
    train, held = wine_files
    copied = drawlike("evaluate", train, train, "--holdout", held, "--label", "cultivar", "--json")
    facts = json.loads(copied.out)
    assert facts["passed"] is False
    assert facts["score"] == 0
    assert "copied" in facts["verdict"]


def test_only_the_figures_asked_for_are_measured(drawlike, wine_files):
    train, held = wine_files
    words = ("evaluate", train, train, "--holdout", held, "--label", "cultivar", "--json")
    facts = json.loads(drawlike(*words, "--metrics", "coverage, recall").out)
    assert [metric["name"] for metric in facts["metrics"]] == ["recall", "coverage"]
    assert (facts["passed"], facts["can_judge"]) == (False, False)
    assert "not all figures of copying" in facts["verdict"]
    copied = json.loads(drawlike(*words, "--metrics", "copying").out)
    assert (copied["passed"], copied["can_judge"]) == (False, True)
    wrong = drawlike(*words, "--metrics", "covrage")
    assert wrong.code == 1
    assert "Close to it: coverage" in wrong.out + wrong.err


def test_a_file_of_another_tool_is_judged(drawlike, wine_files, tmp_path):
    train, held = wine_files
    other = pd.read_csv(train)[::-1]
    other[other.columns[::-1]].to_csv(tmp_path / "other.csv")
    words = ("evaluate", train, tmp_path / "other.csv", "--holdout", held, "--json")
    facts = json.loads(drawlike(*words, "--metrics", "exact copies").out)
    assert facts["metrics"][0]["value"] == 1
    other.drop(columns=["ash", "hue"]).to_csv(tmp_path / "other.csv", index=False)
    lacking = drawlike(*words)
    assert lacking.code == 1
    assert "synthetic data lacks 'ash', 'hue'" in lacking.out + lacking.err


def test_without_a_hold_out_nothing_can_be_judged(drawlike, wine_files):
    train, held = wine_files
    assert drawlike("evaluate", train, held).out.startswith("Cannot judge")


def test_a_file_that_changed_is_not_taken_for_the_training_rows(drawlike, wine_csv, tmp_path):
    mine = tmp_path / "mine.csv"
    rows = pd.read_csv(wine_csv)
    rows.to_csv(mine, index=False)
    drawlike("fit", mine, "--model", "topk", "--out", tmp_path / "m")
    rows.iloc[::-1].to_csv(mine, index=False)
    judged = drawlike("evaluate", tmp_path / "m", wine_csv)
    assert judged.code == 1
    assert "has changed" in judged.err


def test_a_file_that_moved_is_found_where_data_says(drawlike, wine_csv, tmp_path):
    mine = tmp_path / "mine.csv"
    mine.write_bytes(wine_csv.read_bytes())
    drawlike("fit", mine, "--model", "topk", "--out", tmp_path / "m")
    mine.rename(tmp_path / "moved.csv")
    lost = drawlike("evaluate", tmp_path / "m", wine_csv)
    assert (lost.code, "--data FILE" in lost.err) == (1, True)
    found = drawlike("evaluate", tmp_path / "m", wine_csv, "--data", tmp_path / "moved.csv")
    assert found.code == 0


def test_rows_of_other_columns_are_refused(drawlike, gaussian, tmp_path):
    (tmp_path / "other.csv").write_text("a,b\n1,2\n3,4\n")
    judged = drawlike("evaluate", gaussian[0], tmp_path / "other.csv")
    assert judged.code == 1
    assert "no column 'cultivar'" in judged.err


def test_fit_judges_at_once_when_asked_for_a_report(drawlike, wine_csv, tmp_path):
    fitted = drawlike("fit", wine_csv, "--model", "gaussian", "--out", tmp_path / "m", "--report")
    assert f"Report: {tmp_path / 'm' / 'report.html'}" in fitted.out
    assert (tmp_path / "m" / "report.html").stat().st_size > 10_000


def test_compare_ranks_models_and_keeps_them(drawlike, wine_csv, tmp_path):
    folder = tmp_path / "compared"
    found = drawlike(
        *("compare", wine_csv, "--label", "cultivar", "--models", "topk,gaussian-mixture,vae"),
        *("--set", "gaussian-mixture.n_components=2", "--set", "vae.max_steps=40"),
        *("--out", folder),
    )
    assert found.code == 0
    assert found.out.index("gaussian-mixture") < found.out.index("topk")
    assert "copies training rows" in found.out
    table = pd.read_csv(folder / "leaderboard.csv")
    assert table["model"].iloc[-1] == "topk"
    known = json.loads(drawlike("info", folder / "gaussian-mixture", "--json").out)
    assert known["settings"]["n_components"] == 2
    content = json.loads((folder / "comparison.json").read_text())
    assert len(content["trials"]) == 3
    again = drawlike("compare", wine_csv, "--models", "topk", "--out", folder)
    assert (again.code, "--overwrite" in again.err) == (1, True)


def test_compare_names_a_model_that_failed(drawlike, wine_csv, tmp_path):
    found = drawlike(
        *("compare", wine_csv, "--models", "topk,gan", "--set", "gan.loss=best"),
        *("--out", tmp_path / "compared"),
    )
    assert found.code == 0
    assert "gan failed: SettingError: loss='best'" in found.out


@pytest.mark.parametrize("words", [("--set", "n_latent=3"), ("--models", "gnn"), ("--seeds", "x")])
def test_compare_refuses_what_it_does_not_know(drawlike, wine_csv, tmp_path, words):
    found = drawlike("compare", wine_csv, *words, "--out", tmp_path / "compared")
    assert found.code == 1
    assert not (tmp_path / "compared").exists()


@pytest.mark.slow
def test_the_demo_needs_nothing_and_says_where_the_report_is(drawlike, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shown = drawlike("demo")
    assert shown.code == 0
    assert "Report: drawlike-demo/report.html" in shown.out
    for name in ("wine", "breast_cancer", "digits"):
        assert name in shown.err
    report = tmp_path / "drawlike-demo" / "report.html"
    # three data sets before up to seven models: it can still be mailed
    assert 50_000 < report.stat().st_size < 2_500_000
    drawn = {path.stem for path in (tmp_path / "drawlike-demo").glob("digits-*.png")}
    models = ("gaussian", "gaussian-mixture", "kde", "topk", "vae", "gan", "made")
    assert drawn == {f"digits-{model}" for model in models}
