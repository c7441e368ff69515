"""The command that makes rare classes frequent."""

import json

import pandas as pd
import pytest

from drawlike.datasets import write


@pytest.fixture(scope="module")
def rare(wine_csv, tmp_path_factory):
    """Wines of which one sort is rare, and a category."""
    wine = pd.read_csv(wine_csv)
    wine = wine[(wine["cultivar"] != wine["cultivar"].max()) | (wine.index % 3 == 0)]
    wine["shop"] = ["north", "south"] * (len(wine) // 2) + ["north"] * (len(wine) % 2)
    return write(wine, tmp_path_factory.mktemp("rare") / "rare.csv")


@pytest.mark.parametrize("by", ["kde", "smote", "over"])
def test_classes_become_alike_and_rows_stay(drawlike, rare, tmp_path, by):
    out = tmp_path / "balanced.csv"
    told = drawlike(
        "balance", rare, "--label", "cultivar", "--by", by, "--out", out, "--no-report", "--json"
    )
    before, after = pd.read_csv(rare), pd.read_csv(out)
    assert after["cultivar"].value_counts().nunique() == 1
    pd.testing.assert_frame_equal(after.iloc[: len(before)], before)
    facts = json.loads(told.out)
    assert facts["rows"] == len(after)
    assert facts["leaks"] == []
    assert all(now == 71 for _, now in facts["classes"].values())


def test_rows_set_aside_are_real_and_taken_out_before(drawlike, rare, tmp_path):
    out = tmp_path / "balanced.csv"
    words = ("--label", "cultivar", "--by", "over", "--holdout", 0.3, "--no-report", "--out", out)
    assert drawlike("balance", rare, *words).code == 0
    held, more = pd.read_csv(tmp_path / "balanced-holdout.csv"), pd.read_csv(out)
    both = pd.concat([held, more]).drop_duplicates()
    assert len(held.merge(more)) == 0
    assert len(both) == len(pd.read_csv(rare).drop_duplicates())


def test_a_leak_is_told_whatever_is_asked(drawlike, rare, tmp_path):
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    drawlike("balance", rare, "--label", "cultivar", "--by", "smote", "--no-report", "--out", once)
    words = ("balance", once, "--label", "cultivar", "--by", "over", "--no-report", "--out", twice)
    told = drawlike(*words, "--quiet", "--json")
    assert "LEAK" in told.err
    assert "resampled before the split" in json.loads(told.out)["leaks"][0]


def test_a_sampler_s_settings_and_a_model_s_are_told_apart(drawlike, rare, tmp_path):
    out = tmp_path / "balanced.csv"
    words = ("balance", rare, "--label", "cultivar", "--no-report", "--out", out)
    by_model = ("--by", "gaussian-mixture", "--set", "n_components=2")
    done = drawlike(*words, *by_model, "--set", "sampling_strategy=not majority", "--json")
    assert json.loads(done.out)["classes"]["class_1"] == [71, 71]
    assert "has no setting 'k'" in drawlike(*words, "--overwrite", *by_model, "--set", "k=2").err
    assert (
        "has no setting 'k'" in drawlike(*words, "--overwrite", "--by", "smote", "--set", "k=2").err
    )


def test_what_is_missing_is_said_before_the_work(drawlike, rare, tmp_path):
    assert "--label" in drawlike("balance", rare, "--out", tmp_path / "a.csv").err
    taken = drawlike("balance", rare, "--label", "cultivar", "--out", rare)
    assert "--overwrite" in taken.err
    (tmp_path / "b.html").write_text("mine")
    page = drawlike("balance", rare, "--label", "cultivar", "--out", tmp_path / "b.csv")
    assert "b.html is there already" in page.err
    unknown = drawlike("balance", rare, "--by", "foo", "--out", tmp_path / "a.csv")
    assert "smote" in unknown.err
    numbers = drawlike("balance", rare, "--label", "alcohol", "--out", tmp_path / "a.csv")
    assert numbers.code == 1


def test_the_report_tells_whether_it_helps(drawlike, rare, tmp_path):
    out, few = tmp_path / "balanced.csv", pd.read_csv(rare)
    few = few[few["cultivar"] != "class_2"][["alcohol", "hue", "shop", "cultivar"]]
    rare = write(few, tmp_path / "few.csv")
    told = drawlike("balance", rare, "--label", "cultivar", "--by", "over", "--out", out)
    assert "tune the threshold" in told.out or "helps" in told.out or "Too few" in told.out
    page = (tmp_path / "balanced.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "random over-sampling" in page
    counts = ("--by", "under", "--set", 'sampling_strategy={"class_1": 71}', "--overwrite")
    told = drawlike("balance", rare, "--label", "cultivar", "--out", out, *counts)
    assert "Report: " in told.out
    assert "Not judged" not in told.out
