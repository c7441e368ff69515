"""Long tails, zeros and rare categories: faults are seen and named, fresh rows let pass."""

import numpy as np
import pandas as pd
import pytest

from drawlike.evaluation import Judge
from drawlike.evaluation.explaining.tail_table import tail_table
from drawlike.evaluation.metric import NotComputedError
from drawlike.report import Fold, Table
from tests.evaluation.cases import case_of, measured

FIGURES = ("tail shape", "far quantiles", "zero shares", "rare mass", "distinct values")
LEVEL = 1e-3
N = 3000


def rows(n, rng):
    zipf = 1 / np.arange(1, 2001)
    return pd.DataFrame(
        {
            "wealth": 1 + rng.pareto(1.5, n),
            "loss": -(rng.exponential(1, n) ** 3),
            "claims": np.where(rng.random(n) < 0.6, 0, rng.gamma(0.5, 100, n)),
            "town": np.char.add("t", rng.choice(2000, n, p=zipf / zipf.sum()).astype(str)),
            "age": rng.normal(40, 10, n),
        }
    )


@pytest.fixture(scope="module")
def judge():
    rng = np.random.default_rng(0)
    return Judge(rows(N, rng), rows(N // 3, rng), metrics=FIGURES)


def chances(judge, fault=lambda drawn, rng: None):
    rng = np.random.default_rng(7)
    drawn = rows(N, rng)
    fault(drawn, rng)
    found = judge(drawn).findings
    return {f.metric.name: f.measured for f in found}


def test_fresh_rows_are_let_pass(judge):
    assert min(each.chance for each in chances(judge).values()) > LEVEL


def light(drawn, rng):
    drawn["wealth"] = drawn["wealth"].clip(upper=drawn["wealth"].quantile(0.98))


def heavy(drawn, rng):
    drawn["loss"] = -(drawn["loss"].abs() ** 3)


def few_zeros(drawn, rng):
    drawn["claims"] = rng.gamma(0.5, 100, len(drawn)) * (rng.random(len(drawn)) < 0.5)


def no_rare_town(drawn, rng):
    counts = drawn["town"].value_counts()
    drawn["town"] = drawn["town"].where(drawn["town"].map(counts) >= 5, counts.index[0])


@pytest.mark.parametrize(
    ("fault", "name", "column"),
    [
        (light, "far quantiles", "wealth"),
        (heavy, "far quantiles", "loss (low)"),
        (heavy, "tail shape", "loss (low)"),
        (few_zeros, "zero shares", "claims"),
        (no_rare_town, "rare mass", "town"),
        (no_rare_town, "distinct values", "town"),
    ],
)
def test_a_fault_is_seen_and_its_column_named(judge, fault, name, column):
    found = chances(judge, fault)[name]
    assert found.chance < LEVEL
    assert found.details["worst"] == column
    assert column in found.note.en


def test_plain_columns_have_no_such_figures(rng):
    case = case_of(*(pd.DataFrame({"a": rng.normal(size=300), "b": "x"}) for _ in range(3)))
    for name in FIGURES:
        with pytest.raises(NotComputedError):
            measured(name, case)


def test_the_report_says_what_is_wrong_with_each_column(judge):
    drawn = rows(N, np.random.default_rng(7))
    heavy(drawn, None)
    no_rare_town(drawn, None)
    (fold,) = tail_table(judge(drawn).findings)
    assert isinstance(fold, Fold)
    table, unseen = fold.blocks
    assert isinstance(table, Table)
    said = {(row[0], row[1].en): row[-1].value.en for row in table.rows}
    assert said["loss (low)", "tail shape"] == "the tail is too heavy"
    assert said["wealth", "tail shape"] == "like real"
    assert said["town", "share of rows in rare categories"] == "rare categories come too seldom"
    assert "no training row has" in unseen.text.en


def test_nothing_is_laid_out_without_such_columns(judge, rng):
    train, holdout, drawn = (rng.normal(size=(200, 2)) for _ in range(3))
    assert not list(tail_table(Judge(train, holdout, metrics=["tail shape"])(drawn).findings))


@pytest.mark.parametrize(
    "lost", [lambda x: x.clip(upper=x.quantile(0.9)), lambda x: x.median() + 0 * x]
)
def test_a_tail_that_is_gone_is_seen(judge, lost):
    def without(drawn, rng):
        drawn["wealth"] = lost(drawn["wealth"])

    found = chances(judge, without)
    for name in ("tail shape", "far quantiles"):
        assert found[name].chance < LEVEL
        assert found[name].details["worst"] == "wealth"
