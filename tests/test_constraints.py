import numpy as np
import pandas as pd
import pytest

from drawlike import VAE, Autoregressive, Between, Gaussian, LatentClass, constraints
from drawlike.codecs import Schema
from drawlike.constraints import (
    FixedCombinations,
    Increment,
    Inequality,
    OneHot,
    Range,
    Unique,
    Where,
    read_constraints,
)
from drawlike.errors import SchemaError

RULES = [
    Inequality("start", "end", strict=True),
    Range("age", low=0),
    Range("day", low="2020-01-01", high="2020-12-31"),
    FixedCombinations(["city", "country"]),
    OneHot(["a", "b", "c"]),
    Increment("price", 0.5),
    Unique("key"),
    Unique(["shop", "day"]),
    Where("start + 2 <= end and kind in ['x', 'y']"),
]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_rule_is_written_and_read_again(rule):
    assert read_constraints([rule.to_dict()]) == (rule,)
    schema = Schema(constraints=(rule,))
    assert Schema.from_json(schema.to_json()) == schema


def test_every_rule_is_public_and_says_what_it_is():
    assert {type(rule).__name__ for rule in RULES} == set(constraints.__all__)
    assert all(getattr(constraints, name).__doc__ for name in constraints.__all__)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"low": "a", "high": "b"}, "give it a type"),
        ({"type": "inequality", "low": "a"}, "lacks fields"),
        ({"type": "range", "column": "a", "lowest": 1}, "other fields"),
        ({"type": "range", "column": "a"}, "no bound"),
        ({"type": "one_hot", "columns": ["a"]}, "2 or more"),
        ({"type": "one_hot", "columns": "ab"}, "list of columns"),
        ({"type": "increment", "column": "a", "step": 0}, "above 0"),
        ({"type": "inequality", "low": "a", "high": "a"}, "two columns"),
        ({"type": "where", "condition": 3}, "comparison"),
        ("a < b", "give it a type"),
    ],
)
def test_what_is_no_rule_is_refused(wrong, said):
    with pytest.raises(SchemaError, match=said):
        read_constraints([wrong])


def test_a_function_is_in_no_file():
    with pytest.raises(SchemaError, match="runs no code.*as text"):
        Where(lambda rows: rows.a > 0).to_dict()


@pytest.mark.parametrize("make", [Gaussian, LatentClass, Autoregressive, VAE])
def test_sets_ranges_and_tests_of_rows_keep_the_constraints(make):
    rng = np.random.default_rng(0)
    n = 400
    low = rng.integers(0, 50, n)
    table = pd.DataFrame({
        "low": low, "high": low + rng.integers(0, 20, n), "kind": rng.choice(list("abc"), n)
    })  # fmt: skip
    limits = {"max_steps": 100} if make is VAE else {}
    rules = {"constraints": [Inequality("low", "high")]}
    model = make(random_state=0, **limits).fit(table, schema=rules, listener=None)
    asked = [{"high": Between(20, 50), "kind": {"a", "b"}}, lambda rows: rows["low"] > 10]
    drawn = model.sample(50, given=asked, random_state=0)
    assert len(drawn) == 50 and drawn["kind"].isin(["a", "b"]).all()
    assert drawn["high"].between(20, 50).all()
    assert (drawn["low"] > 10).all() and (drawn["low"] <= drawn["high"]).all()
    both = model.sample(20, given={"high": 30, "low": Between(None, 25)}, random_state=0)
    assert (both["high"] == 30).all() and (both["low"] <= 25).all()
