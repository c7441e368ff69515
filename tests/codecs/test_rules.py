from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from drawlike.codecs import TableCodec
from drawlike.codecs.cells import Cells
from drawlike.codecs.rules import Condition
from drawlike.constraints import (
    FixedCombinations,
    Increment,
    Inequality,
    OneHot,
    Range,
    Unique,
    Where,
)
from drawlike.errors import DataError, SchemaError
from drawlike.layout import Real

N = 300


def wild(codec, n=3000):
    """Rows that a model knowing nothing may draw: any code, any number."""
    rng = np.random.default_rng(0)
    columns = []
    for block in codec.layout_.blocks:
        if not isinstance(block, Real):
            code = rng.integers(0, len(block.frequencies), n)
            columns.append(code)
        if block.width == 2 or isinstance(block, Real):
            columns.append(
                rng.normal(0, 3, n) if "Bin" not in type(block).__name__ else rng.random(n)
            )
    return codec.decode(np.column_stack(columns).astype(float), rng)


def spans(kind):
    rng = np.random.default_rng(0)
    a, gap = rng.integers(0, 200, N), rng.integers(0, 40, N)
    day = pd.Timestamp("2021-01-01")
    if kind == "date":
        low = [(day + pd.Timedelta(int(x), "D")).date() for x in a]
        high = [(day + pd.Timedelta(int(x), "D")).date() for x in a + gap]
        return pd.DataFrame({"low": low, "high": high})
    if kind == "datetime":
        low = day + pd.to_timedelta(a * 3600, "s")
        return pd.DataFrame({"low": low, "high": low + pd.to_timedelta(gap * 60, "s")})
    if kind == "text":
        ends = {"low": a, "high": a + gap}
        return pd.DataFrame(
            {name: (day + pd.to_timedelta(x, "D")).strftime("%Y-%m-%d") for name, x in ends.items()}
        )
    if kind == "decimal":
        return pd.DataFrame({"low": a / 100, "high": (a + gap) / 100})
    if kind == "real":
        low = rng.normal(size=N)
        return pd.DataFrame({"low": low, "high": low + rng.exponential(size=N)})
    return pd.DataFrame({"low": a, "high": a + gap})


@pytest.mark.parametrize("numbers", ["normal", "identity", "bins"])
@pytest.mark.parametrize("kind", ["integer", "decimal", "real", "date", "datetime", "text"])
def test_whatever_is_drawn_the_lower_column_is_not_above(kind, numbers):
    table = spans(kind)
    codec = TableCodec({"constraints": [Inequality("low", "high")]}, numbers).fit(table)
    drawn = wild(codec)
    assert (drawn.low <= drawn.high).all()
    assert drawn.high.min() >= table.high.min()
    assert drawn.high.max() <= table.high.max()
    assert not codec.broken(drawn).any()
    assert drawn.dtypes.equals(table.dtypes)
    again = codec.decode(codec.encode(table))
    if kind != "real":
        pd.testing.assert_frame_equal(again, table)
    assert np.isfinite(codec.log_jacobian(table)).all()


def test_columns_stand_in_a_row_and_on_top_of_several():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 50, (2, N))
    c = np.maximum(a, b) + rng.integers(0, 30, N)
    table = pd.DataFrame({"d": c + rng.integers(1, 30, N), "a": a, "b": b, "c": c})
    rules = [Inequality("c", "d", strict=True), Inequality("a", "c"), Inequality("b", "c")]
    codec = TableCodec({"constraints": rules}).fit(table)
    drawn = wild(codec)
    assert (drawn.c < drawn.d).all()
    assert (drawn.c >= drawn[["a", "b"]].max(axis=1)).all()
    pd.testing.assert_frame_equal(codec.decode(codec.encode(table)), table)


def test_missing_ends_of_a_span_stay_missing():
    table = spans("decimal")
    table.loc[:40, "low"] = np.nan
    table.loc[30:90, "high"] = np.nan
    codec = TableCodec({"constraints": [Inequality("low", "high")]}).fit(table)
    again = codec.decode(codec.encode(table))
    assert again.isna().equals(table.isna())
    pd.testing.assert_frame_equal(again[91:], table[91:])
    assert np.isnan(codec.encode(table)[:30, codec.places("high")]).all()  # no gap is known
    drawn = wild(codec)
    assert drawn.high.dropna().between(table.high.min(), table.high.max()).all()


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame, lambda t: pa.table(dict(t))])
def test_only_combinations_of_the_rows_are_drawn(frame):
    rng = np.random.default_rng(0)
    pairs = np.array([("Ulm", "DE"), ("Graz", "AT"), ("Bonn", "DE"), ("Nice", "FR")])
    rows = pairs[rng.choice(4, N, p=[0.5, 0.3, 0.19, 0.01])]
    table = pd.DataFrame({"x": rng.normal(size=N), "city": rows[:, 0], "country": rows[:, 1]})
    codec = TableCodec({"constraints": [FixedCombinations(["city", "country"])]}).fit(
        frame(table)
        if frame is pd.DataFrame
        else frame(dict(table) if frame is not pl.DataFrame else table.to_dict("list"))
    )
    assert codec.layout_.width == 2
    drawn = wild(codec)
    listed = (
        drawn.to_pylist()
        if isinstance(drawn, pa.Table)
        else pd.DataFrame({name: list(drawn[name]) for name in table}).to_dict("records")
    )
    assert {(row["city"], row["country"]) for row in listed} == {
        ("Ulm", "DE"),
        ("Graz", "AT"),
        ("Bonn", "DE"),
    }  # the fourth is rare


def test_rare_combinations_are_told_of_and_their_words_are_nowhere():
    city = pd.Categorical(["Ulm"] * 50 + ["Graz"] * 50 + ["Oz"] * 2)
    country = ["DE"] * 50 + ["AT"] * 49 + ["DE"] + ["XX"] * 2
    table = pd.DataFrame({"city": city, "country": country, "x": np.arange(102) / 7})
    codec = TableCodec({"constraints": [FixedCombinations(["city", "country"])]}).fit(table)
    note = codec.schema_.get("city").note
    assert "2 rare combinations with 'country' (fewer than 5 rows each)" in note
    drawn = wild(codec)
    assert set(zip(drawn.city, drawn.country, strict=True)) == {("Ulm", "DE"), ("Graz", "AT")}
    assert list(drawn.city.cat.categories) == ["Graz", "Ulm"]
    kept = TableCodec({"constraints": [FixedCombinations(["city", "country"])], "rare": "keep"})
    assert ("Oz", "XX") in set(wild(kept.fit(table))[["city", "country"]].itertuples(index=False))
    with pytest.raises(SchemaError, match="none of their combinations is held by 5 rows.*keep"):
        codec.fit(
            pd.DataFrame({name: [f"{name}{i}" for i in range(60)] for name in ("city", "country")})
        )


def test_missing_cells_are_part_of_a_combination():
    table = pd.DataFrame(
        {
            "city": ["Ulm", None, "Graz"] * 30,
            "code": [1.0, 2.0, np.nan] * 30,
            "x": np.arange(90) / 4,
        }
    )
    codec = TableCodec({"constraints": [FixedCombinations(["city", "code"])]}).fit(table)
    pd.testing.assert_frame_equal(codec.decode(codec.encode(table)), table)


@pytest.mark.parametrize("kind", [int, float, bool])
def test_one_of_a_group_is_hot(kind):
    hot = np.eye(4)[np.random.default_rng(0).integers(0, 4, N)].astype(kind)
    table = pd.DataFrame(hot, columns=list("abcd")).assign(x=np.arange(N) / 7)
    codec = TableCodec({"constraints": [OneHot(list("abcd"))]}).fit(table)
    drawn = wild(codec)
    assert (drawn[list("abcd")].sum(axis=1) == 1).all()
    assert drawn.dtypes.equals(table.dtypes)


@pytest.mark.parametrize(
    ("values", "step"), [(np.arange(N) % 60 * 5, 5), (np.arange(N) % 60 * 0.25, 0.25)]
)
def test_numbers_come_in_steps_and_keep_within_a_range(values, step):
    table = pd.DataFrame({"x": values[values % (2 * step) == 0], "y": 1.5}).assign(y=range(150))
    rules = [Increment("x", step), Range("x", low=0, high=1000)]
    drawn = wild(TableCodec({"constraints": rules}).fit(table))
    assert (drawn.x % step == 0).all()
    assert drawn.x.between(0, 1000).all()
    assert drawn.x.max() > table.x.max()  # the bound is the rule's


def test_a_key_is_an_identifier():
    table = pd.DataFrame(
        {"key": np.random.default_rng(0).permutation(9 * N)[:N] + 900, "x": np.arange(N) / 7}
    )
    codec = TableCodec({"constraints": [Unique("key")]}).fit(table)
    drawn = wild(codec)
    assert drawn.key.is_unique
    assert not set(drawn.key) & set(table.key)


BAD = pd.DataFrame(
    {
        "low": [1, 2, 9, 3],
        "high": [2, 3, 4, 5],
        "hot": [1, 0, 1, 0],
        "cold": [0, 1, 1, 1],
        "key": ["p", "q", "p", "r"],
    }
)


@pytest.mark.parametrize(
    "rule",
    [
        Inequality("low", "high"),
        Range("low", high=5),
        OneHot(["hot", "cold"]),
        Unique("key"),
        Where("low < 9"),
        Where("`low` + 1 <= high"),
        Where(lambda rows: rows.low < 9),
    ],
    ids=lambda rule: type(rule).__name__,
)
def test_rows_that_break_a_rule_are_told(rule):
    with pytest.raises(DataError, match=r"1 of 4 rows break .*: rows 2 \(counted.*Mend or remove"):
        TableCodec({"constraints": [rule]}).fit(BAD)


def test_a_rule_of_unknown_columns_is_refused():
    with pytest.raises(SchemaError, match="column 'hihg'.*did you mean 'high'"):
        TableCodec({"constraints": [Inequality("low", "hihg")]}).fit(BAD)
    with pytest.raises(SchemaError, match="condition 'lo < 3' names a column 'lo'"):
        TableCodec({"constraints": [Where("lo < 3")]}).fit(BAD)


def test_rules_that_need_the_same_column_are_kept_by_checks():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, N)
    table = pd.DataFrame({"a": codes, "b": codes * 2, "c": codes * 3, "x": np.arange(N) / 7})
    rules = [FixedCombinations(["a", "b"]), FixedCombinations(["b", "c"]), Inequality("b", "a")]
    codec = TableCodec({"constraints": rules[:2]}).fit(table)
    broken = codec.broken(wild(codec))
    assert 0.5 < broken.mean() < 0.8
    restored = TableCodec.from_state(codec.state())
    assert (restored.broken(wild(restored)) == broken).all()
    with pytest.raises(DataError, match="break Inequality"):
        TableCodec({"constraints": rules}).fit(table)


CELLS = {
    "n": [1.0, 2.0, None, 4.0],
    "m": [4, 3, 2, 1],
    "word": ["a", "b", None, "d"],
    "odd name": [True, False, True, None],
    "day": [date(2020, 1, 1), date(2020, 1, 3), date(2020, 2, 1), None],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n < 3", [1, 1, 0, 0]),
        ("1 < n <= 4", [0, 1, 0, 1]),
        ("n + m == 5 and not m == 1", [1, 1, 0, 0]),
        ("-n * 2 / m > -1 or m % 2 == 0", [1, 0, 1, 0]),
        ("word == 'a' or word != 'b'", [1, 0, 0, 1]),
        ("word in ['a', 'b']", [1, 1, 0, 0]),
        ("word not in ('a', 'b')", [0, 0, 0, 1]),
        ("m not in [1, 2]", [1, 1, 0, 0]),
        ("`odd name`", [1, 0, 1, 0]),
        ("`odd name` == False", [0, 1, 0, 0]),
        ("day >= '2020-01-02'", [0, 1, 1, 0]),
        ("day + 1 < '2020-01-04'", [1, 0, 0, 0]),
    ],
)
def test_conditions(text, expected):
    cells = {}
    for name, values in CELLS.items():
        array = pa.array(values, pa.large_string()) if name == "word" else pa.array(values)
        cells[name] = Cells(array, np.asarray(array.is_null()).astype(np.int8))
    assert Condition.read(text).holds(cells, 4).astype(int).tolist() == expected


@pytest.mark.parametrize(
    "text",
    ["n <", "__import__('os')", "n.real > 1", "n < 'a'", "word + 1 < 2", "n in m", "lambda: 1"],
)
def test_what_is_no_condition_is_refused(text):
    cells = {"n": Cells(pa.array([1.0]), np.zeros(1, np.int8))}
    cells["word"] = Cells(pa.array(["a"], pa.large_string()), np.zeros(1, np.int8))
    with pytest.raises(SchemaError, match="condition"):
        Condition.read(text).holds(cells, 1)
