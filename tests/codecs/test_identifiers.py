import re
import uuid

import numpy as np
import pandas as pd
import pytest

from drawlike.codecs import infer_schema
from drawlike.codecs.frames import Frame
from drawlike.codecs.identifiers import Identifiers, find_shapes, write_pattern
from drawlike.codecs.table import TableCodec
from drawlike.errors import DataError

N = 400


def draw_fresh(values, n=N, seed=1, **column):
    frame = pd.DataFrame({"x": np.arange(len(values)) % 7 / 7, "id": values})
    codec = TableCodec({"id": {"type": "identifier", **column}}).fit(frame)
    again = TableCodec.from_state(codec.state())
    rows = np.zeros((n, codec.layout_.width))
    return again.decode(rows, np.random.default_rng(seed))["id"]


def hexadecimal(i):
    return str(uuid.UUID(bytes=np.random.default_rng(i).bytes(16), version=4))


TEXTS = {
    "code": ([f"AB-{(7919 * i) % 99991:05d}" for i in range(N)], r"AB-\d{5}"),
    "uuid": ([hexadecimal(i) for i in range(N)], r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab].*"),
    "plate": ([f"{'XYZ'[i % 3]}{i * 37 % 9973:04d}{'ABCD'[i % 4]}" for i in range(N)],
              r"[XYZ]\d{4}[ABCD]"),
    "telephone": ([f"+49 30 {10**6 + 7919 * i}" for i in range(N)], r"\+49 30 \d{7}"),
    "e-mail": ([f"person.{i}@mail.example.net" for i in range(N)], r"user-[0-9a-f]+@example\.com"),
    "name": ([f"{a}ma {b}er" for a in "ABCDEFGHIJKLMNOPQRST" for b in "abcdefghijklmnopqrst"],
             r"id-\d{6}"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_fresh_texts_follow_the_pattern_and_copy_nothing(name):
    values, pattern = TEXTS[name]
    fresh = draw_fresh(values)
    assert fresh.is_unique
    assert not set(fresh) & set(values)
    assert fresh.str.fullmatch(pattern).all()


def test_whole_numbers_continue_beyond_the_largest():
    fresh = draw_fresh(np.array([5, 1, 900], np.int32), n=4)
    assert fresh.tolist() == [901, 902, 903, 904]
    assert fresh.dtype == np.int32
    assert draw_fresh(["1", "2", "17"], n=2, format="sequence").tolist() == ["18", "19"]
    assert draw_fresh([1.0, np.nan, 3.0], n=50).dropna().min() == 4


def test_a_small_pattern_gives_way_to_numbered_placeholders():
    values = [f"{i:02d}" for i in range(100)]  # every string of the pattern is taken
    fresh = draw_fresh(values, n=50, format="pattern")
    assert fresh.is_unique
    assert not set(fresh) & set(values)


def test_more_rows_than_were_seen_stay_distinct():
    fresh = draw_fresh([f"A{i:03d}" for i in range(0, 1000, 25)], n=5000)
    assert fresh.is_unique
    assert len(fresh) == 5000


def test_missing_identifiers_are_missing_as_often():
    values = [f"AB-{i:05d}" if i % 4 else None for i in range(N)]
    fresh = draw_fresh(values, n=2000)
    assert abs(fresh.isna().mean() - 0.25) < 0.04


def test_draws_repeat_with_the_generator_and_differ_without():
    values = TEXTS["code"][0]
    first, same, other = (draw_fresh(values, seed=seed) for seed in (1, 1, 2))
    assert first.equals(same)
    assert not first.equals(other)


def test_a_full_integer_type_is_an_error_that_says_so():
    with pytest.raises(DataError, match="'id'.*uint8.*wider"):
        draw_fresh(np.arange(250, dtype=np.uint8), n=300)


def test_no_training_identifier_is_stored():
    values = TEXTS["code"][0]
    _, cells = Frame(pd.DataFrame({"id": values})).read("id")
    state = Identifiers.fit("id", cells, "pattern").state()
    stored = b"".join(
        v.tobytes() if isinstance(v, np.ndarray) else repr(v).encode() for v in state.values()
    )
    assert not any(value.encode() in stored for value in values)
    assert not any(value[-5:].encode() in stored for value in values)


def test_the_pattern_is_shown_as_a_regular_expression():
    column = infer_schema(pd.DataFrame({"c": TEXTS["plate"][0]})).columns[0]
    assert all(re.fullmatch(column.format, value) for value in TEXTS["plate"][0])
    assert write_pattern(find_shapes([f"k.{i:04d}" for i in range(0, 9999, 99)])) == r"k\.[0-9]{4}"
