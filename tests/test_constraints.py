import pytest

from drawlike import constraints
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
