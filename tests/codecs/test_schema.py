import json
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pytest

from drawlike.codecs import Column, Schema, infer_schema
from drawlike.errors import SchemaError
from drawlike.events import Emitter, History

N = 300
RNG = np.random.default_rng(0)
WORDS = np.array(["the", "cat", "sat", "on", "a", "mat", "and", "slept", "all", "day"])
NAMES = np.array(["Ada", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal"])


def texts(make):
    return pd.Series([make(i) for i in range(N)], dtype=object)


COLUMNS = {
    "real": (pd.Series(RNG.normal(size=N)), "real"),
    "whole numbers kept as floats": (pd.Series(RNG.integers(0, 50, N) * 1.0), "integer"),
    "prices": (pd.Series(RNG.lognormal(3, 1, N).round(2)), "real"),
    "count": (pd.Series(RNG.poisson(3, N)), "integer"),
    "weight in grams": (pd.Series(RNG.choice(10**6, N, replace=False)), "integer"),
    "flag": (pd.Series(RNG.random(N) < 0.5), "boolean"),
    "colour": (pd.Series(RNG.choice(["red", "green"], N)), "category"),
    "always": (pd.Series(["x"] * N), "constant"),
    "never": (pd.Series([None] * N, dtype=object), "constant"),
    "sometimes": (pd.Series(["x", None] * (N // 2), dtype=object), "category"),
    "when": (pd.Series(pd.date_range("2020-01-01", periods=N, freq="17h")), "datetime"),
    "lasted": (pd.Series(pd.to_timedelta(RNG.integers(0, 10**6, N), "s")), "duration"),
    "user_id": (pd.Series(RNG.choice(10**6, N, replace=False)), "identifier"),
    "customerId": (pd.Series(RNG.choice(10**6, N, replace=False)), "identifier"),
    "row": (pd.Series(range(N)), "identifier"),
    "part of the rows": (pd.Series(RNG.permutation(int(N * 1.25))[:N]), "identifier"),
    "years": (pd.Series(range(1700, 1700 + N)), "integer"),
    "hash": (pd.Series(RNG.integers(-(2**62), 2**62, N)), "identifier"),
    "uuid": (texts(lambda i: str(uuid.UUID(int=i * 10**30))), "identifier"),
    "e-mail": (texts(lambda i: f"person{i}@mail.example"), "identifier"),
    "code": (texts(lambda i: f"AB-{(7919 * i) % 99991:05d}"), "identifier"),
    "telephone": (texts(lambda i: f"+49 30 {10**6 + 7919 * i}"), "identifier"),
    "account": (texts(lambda i: str(10**9 + 7919 * i * i)), "identifier"),
    "person": (
        texts(lambda i: f"{NAMES[i % 8]} {NAMES[i // 8 % 8]}{'abcdef'[i // 64]}s"),
        "identifier",
    ),
    "review": (texts(lambda i: " ".join(RNG.choice(WORDS, 9))), "text"),
    "评论": (
        texts(lambda i: "".join(RNG.choice(list("这本书很有意思我们都喜欢它")) for _ in range(20))),
        "text",
    ),
    "numbers as text": (texts(lambda i: str(RNG.integers(100, 10**4))), "integer"),
    "decimals as text": (texts(lambda i: f"{RNG.normal():.3f}"), "real"),
    "dates as text": (texts(lambda i: str(np.datetime64("2020-01-01") + i)), "date"),
    "times as text": (texts(lambda i: f"{i // 60:02d}:{i % 60:02d}"), "time"),
    "zip codes": (texts(lambda i: f"{i % 40:05d}"), "category"),
    "soiled": (texts(lambda i: "?" if i % 50 == 3 else str(RNG.normal())), "category"),
    "grade": (pd.Series(RNG.choice(["1", "2", "3"], N)), "category"),
    "declared category": (pd.Series([f"v{i}" for i in range(N)], dtype="category"), "category"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_types_are_detected(name):
    values, expected = COLUMNS[name]
    assert infer_schema(pd.DataFrame({name: values})).columns[0].type == expected
    assert infer_schema(pl.from_pandas(pd.DataFrame({name: values}))).columns[0].type == expected


def test_a_column_of_distinct_reals_is_no_identifier():
    for name in ("id", "score"):
        frame = pd.DataFrame({name: RNG.normal(size=N)})
        assert infer_schema(frame).columns[0].type == "real"


def test_a_schema_shows_what_a_person_needs():
    frame = pd.DataFrame(
        {
            "age": [18, 35, 90, 41],
            "price": [0.25, 1.5, None, 9.99],
            "rate": [1 / 3, 2 / 3, 1 / 7, 5 / 7],
            "day": pd.to_datetime(["2024-02-29", "2024-03-01", None, "2020-01-01"]),
            "at": ["12:30:00", "13:45:10", "00:00:01", "23:59:59"],
        }
    )
    shown = {column.name: column.to_dict() for column in infer_schema(frame).columns}
    assert shown["age"] | {"low": 18, "high": 90, "step": 1, "nullable": False} == shown["age"]
    assert shown["price"] | {"low": 0.25, "decimals": 2, "nullable": True} == shown["price"]
    assert shown["rate"] | {"low": 1 / 7, "high": 5 / 7} == shown["rate"]
    assert "decimals" not in shown["rate"]
    assert shown["day"]["low"] == "2020-01-01T00:00:00"
    assert shown["day"]["step"] == 86400
    assert shown["at"] | {"type": "time", "format": "%H:%M:%S", "low": "00:00:01"} == shown["at"]
    assert shown["at"]["dtype"] == "object"


def test_a_schema_file_is_read_as_it_was_written():
    frame = pd.DataFrame({name: values for name, (values, _) in COLUMNS.items()})
    schema = infer_schema(frame)
    text = schema.to_json()
    assert Schema.from_json(text) == schema
    assert "评论" in text
    assert len(text.splitlines()) == len(COLUMNS) + 5  # a line a column, to be edited by hand
    assert infer_schema(frame, schema) == schema


def test_numbers_and_dates_soiled_by_a_few_texts_say_so():
    days = [str(np.datetime64("2020-01-01") + i) for i in range(N)]
    for values, odd in ((days, "unknown"), ([str(i * 1.5) for i in range(N)], "?")):
        column = infer_schema(pd.DataFrame({"x": [odd, *values[1:]]})).columns[0]
        assert column.type == "identifier"  # no text is held by enough rows to be drawn
        assert repr(odd) in column.note


def test_overrides_win_by_schema_by_mapping_and_by_field():
    frame = pd.DataFrame({"zip": [10115, 20095, 80331] * 10, "age": range(30), "x": [0.5, 1] * 15})
    for overrides in (
        {"zip": "category", "age": {"low": 0, "high": 120}},
        {"zip": Column("zip", "category"), "age": Column("age", low=0, high=120)},
        Schema((Column("age", low=0, high=120), Column("zip", "category"))),
    ):
        zipped, age, _ = infer_schema(frame, overrides).columns
        assert zipped.type == "category"
        assert (age.low, age.high) == (0, 120)
        assert [c.name for c in infer_schema(frame, overrides).columns] == ["zip", "age", "x"]


FRAME = pd.DataFrame(
    {
        "age": [18, 35, 90],
        "rate": [0.5, 1.25, None],
        "job": ["cook", "clerk", "cook"],
        "day": pd.to_datetime(["2020-01-01", "2020-01-02", "2020-05-05"]),
        "size": pd.Categorical(["s", "m", "s"]),
    }
)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"agee": "integer"}, "'agee'.*did you mean 'age'"),
        ({"age": "intger"}, "'age'.*'intger'.*did you mean 'integer'"),
        ({"age": "datetime"}, "'age' holds integer values.*integer, real, category"),
        ({"rate": "integer"}, "'rate' is declared integer but holds 0.5"),
        ({"rate": {"nullable": False}}, "'rate'.*not nullable.*row 2"),
        ({"job": "real"}, "'job'.*'cook'.*format"),
        ({"job": "boolean"}, "'job' holds string values"),
        ({"job": "constant"}, "'job'.*holds 2 values"),
        ({"day": "identifier"}, "'day' holds datetime values"),
        ({"day": {"low": "yesterday"}}, "'day', low: .*2024-01-31"),
        ({"day": {"high": "2020-02-02"}}, "'day'.*high = 2020-02-02"),
        ({"size": "identifier"}, "'size' holds categorical"),
        ({"age": {"low": 20}}, "'age'.*low = 20.*holds 18"),
        ({"age": {"low": "young"}}, "'age', low"),
        ({"age": {"step": 0.01}}, "step 0.01"),
        ({"age": {"decimals": "two"}}, "decimals = 'two'; expected a whole number"),
        ({"age": {"minimum": 0}}, "unknown field 'minimum'"),
        ({"age": 7}, "declared as 7"),
    ],
    ids=str,
)
def test_wrong_overrides_say_what_to_do(overrides, message):
    with pytest.raises(SchemaError, match=message):
        infer_schema(FRAME, overrides)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "line 1"),
        ("[]", "columns"),
        ('{"columns": [3]}', "columns"),
        ('{"columns": [{"type": "real"}]}', "no name"),
        ('{"version": 9, "columns": []}', "version 9"),
        ('{"columns": [{"name": "a"}, {"name": "a"}]}', "twice"),
    ],
)
def test_wrong_schema_files_say_what_to_do(text, message):
    with pytest.raises(SchemaError, match=message):
        Schema.from_json(text)


def test_an_edited_format_reads_texts_that_detection_does_not_know():
    days = pd.Series([f"{d:02d}|{m:02d}|2020" for m in (1, 5) for d in range(1, 29)], dtype=object)
    frame = pd.DataFrame({"day": days})
    assert infer_schema(frame).columns[0].type != "date"
    column = infer_schema(frame, {"day": {"type": "date", "format": "%d|%m|%Y"}}).columns[0]
    assert (column.low, column.high) == ("2020-01-01", "2020-05-28")


def test_progress_is_told_a_column():
    heard = History()
    infer_schema(FRAME, events=Emitter(heard, "schema"))
    assert [event.step for event in heard] == [0, 1, 2, 3, 4, 5]


def test_facts_are_plain_json_values():
    frame = pd.DataFrame({name: values for name, (values, _) in COLUMNS.items()})
    for column in infer_schema(frame).columns:
        assert json.loads(json.dumps(column.to_dict())) == column.to_dict()


def test_adult_is_understood(data_folder):
    frame = pd.read_csv(data_folder / "adult/adult_ctgan.csv.gz")
    types = {column.name: column.type for column in infer_schema(frame).columns}
    numbers = {"age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week"}
    assert {name for name, kind in types.items() if kind == "integer"} == numbers
    assert {kind for name, kind in types.items() if name not in numbers} == {"category"}
