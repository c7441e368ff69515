import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from drawlike.codecs import Schema, TableCodec, infer_schema
from drawlike.errors import SchemaError
from drawlike.events import Emitter, History

CITIES = ["Ulm"] * 60 + ["Bonn"] * 35 + ["Oz"] * 4 + [None]


def table(cities=CITIES):
    return pd.DataFrame({"city": cities, "x": np.linspace(0, 1, len(cities))})


def drawn(codec, n=2000):
    """What any model may come up with: every code, and none."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, codec.layout_.blocks[0].n_categories, n).astype(float)
    codes[: n // 2] = np.nan
    return codec.decode(np.column_stack([codes, np.zeros(n)]), rng)


def test_a_category_of_fewer_than_five_rows_has_no_code_and_is_never_drawn():
    codec = TableCodec().fit(table())
    assert codec.layout_.blocks[0].n_categories == 3  # two cities and a missing one
    assert set(drawn(codec).city) == {"Ulm", "Bonn", None}
    assert set(drawn(TableCodec().fit(table([*CITIES, "Oz"]))).city) == {"Ulm", "Bonn", "Oz", None}


def test_others_are_drawn_in_its_place_as_often_as_they_are():
    codec = TableCodec().fit(table())
    unknown = np.full((4000, 2), np.nan)
    shares = codec.decode(unknown, np.random.default_rng(0)).city.value_counts(normalize=True)
    assert shares["Ulm"] == pytest.approx(60 / 95, abs=0.03)


@pytest.mark.parametrize(
    "schema", [{"rare": "keep"}, {"city": {"rare": "keep"}}, {"rare": 3}, Schema(rare="keep")]
)
def test_rare_categories_are_drawn_where_the_schema_allows_them(schema):
    codec = TableCodec(schema).fit(table())
    assert "Oz" in set(drawn(codec).city)
    pd.testing.assert_frame_equal(codec.decode(codec.encode(table())), table())


def test_what_a_column_declares_wins_over_the_table():
    codec = TableCodec({"rare": "keep", "city": {"rare": 50}}).fit(table())
    assert set(drawn(codec).city) == {"Ulm", None}


def test_a_note_says_what_is_left_out_and_what_is_allowed():
    heard = History()
    TableCodec().fit(table(), events=Emitter(heard, "codec"))
    said = [event.message for event in heard if event.kind == "warning"]
    assert any("1 rare values" in text and "never drawn" in text for text in said)
    kept = infer_schema(table(), {"rare": "keep"}).get("city")
    assert "may be drawn" in kept.note


def test_the_threshold_is_shown_and_read_again():
    schema = infer_schema(table(), {"x": "real"})
    assert schema.get("city").rare == 5
    assert schema.get("x").rare is None
    assert Schema.from_json(schema.to_json()) == schema
    whole = Schema(rare="keep")
    assert Schema.from_json(whole.to_json()) == whole


def test_small_tables_need_a_tenth_of_their_rows():
    names = pd.DataFrame({"g": list("aabbc") * 6, "x": range(30)})  # threshold 3
    assert TableCodec().fit(names).layout_.blocks[0].n_categories == 3
    few = pd.DataFrame({"g": list("aab"), "x": [1.5, 2.5, 3.5]})
    assert TableCodec().fit(few).decode(TableCodec().fit(few).encode(few)).equals(few)


def test_texts_of_which_none_is_frequent_name_rows():
    people = [f"person {chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(100)] * 2
    frame = pd.DataFrame({"name": people, "x": np.arange(200) / 7})
    codec = TableCodec().fit(frame)
    assert codec.schema_.get("name").type == "identifier"
    with pytest.raises(SchemaError, match="held by 5 rows.*identifier.*keep"):
        TableCodec({"name": "category"}).fit(frame)


@pytest.mark.parametrize("listed", ["pandas", "pyarrow"])
def test_lists_of_categories_do_not_tell_the_rare_ones(listed):
    frame = table().assign(city=pd.Categorical(CITIES))
    if listed == "pyarrow":
        frame = pa.table({"city": pa.array(CITIES).dictionary_encode(), "x": frame.x})
    codec = TableCodec().fit(frame)
    city = codec.decode(codec.encode(frame))["city"]
    words = city.cat.categories if listed == "pandas" else city.chunk(0).dictionary.to_pylist()
    assert set(words) == {"Ulm", "Bonn"}
    assert "Oz" not in str(TableCodec.from_state(codec.state()).state())


def test_numbers_and_booleans_have_no_words_to_hide():
    frame = pd.DataFrame({"n": [0] * 90 + [1] * 9 + [7], "b": [False] * 98 + [True] * 2})
    codec = TableCodec().fit(frame)
    assert codec.decode(codec.encode(frame)).equals(frame)


def test_the_lowest_and_highest_of_continuous_numbers_are_not_drawn_again():
    values = np.random.default_rng(0).normal(size=200)
    codec = TableCodec().fit(pd.DataFrame({"x": values}))
    wild = codec.decode(np.random.default_rng(1).normal(0, 3, (5000, 1))).x
    assert not set(wild) & set(values)
    assert wild.between(values.min(), values.max()).all()


def test_a_threshold_must_be_a_number_of_rows():
    for rare in (0, "never", True):
        with pytest.raises(SchemaError, match="fewest rows"):
            TableCodec({"city": {"rare": rare}}).fit(table())


def test_texts_that_are_all_rare_are_said_to_be_taken_for_names():
    words = [f"{a} {b}" for a in ("red", "green", "blue") for b in "vwxyz"]
    column = infer_schema(table(words * 4)).get("city")
    assert column.type == "identifier"
    assert "none of its 15 texts is held by 5 rows" in column.note
    assert "rare='keep'" in column.note
