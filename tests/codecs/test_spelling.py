import pyarrow as pa
import pytest

from drawlike.codecs.spelling import Spelling, find_format, find_spelling


def texts(*values):
    return pa.array(values, pa.large_string())


@pytest.mark.parametrize(
    ("values", "kind", "written"),
    [
        (("1", "-20", "300"), "integer", "%d"),
        (("1.50", "22.25"), "real", "%.2f"),
        (("1.0", "22.25"), "real", "%r"),
        (("1", "22.25"), "real", "%s"),
        (("2024-02-29", "1999-12-31"), "date", "%Y-%m-%d"),
        (("29/02/2024", "01/02/2024"), "date", "%d/%m/%Y"),
        (("02/29/2024", "02/01/2024"), "date", "%m/%d/%Y"),
        (("29.02.2024",), "date", "%d.%m.%Y"),
        (("1949-01", "1949-02"), "date", "%Y-%m"),
        (("2024-02-29 12:30:00",), "datetime", "%Y-%m-%d %H:%M:%S"),
        (("2024-02-29T12:30",), "datetime", "%Y-%m-%dT%H:%M"),
        (("2024-02-29T12:30:00.125Z",), "datetime", "%Y-%m-%dT%H:%M:%S.%3fZ"),
        (("2024-02-29 12:30:00.125001",), "datetime", "%Y-%m-%d %H:%M:%S.%f"),
        (("12:30", "00:00"), "time", "%H:%M"),
        (("12:30:05", "00:00:00"), "time", "%H:%M:%S"),
    ],
    ids=str,
)
def test_values_spelled_as_text_are_read_and_spelled_the_same(values, kind, written):
    spelling = find_spelling(texts(*values))
    assert spelling == Spelling(kind, written)
    with_gap = spelling.read(texts(*values, None))
    assert spelling.write(with_gap).to_pylist() == [*values, None]
    assert spelling.read(texts("?")).null_count == 1


@pytest.mark.parametrize(
    "values",
    [
        ("007", "12"),
        ("1e5",),
        ("1,000",),
        ("a",),
        ("",),
        ("2024-2-9",),
        ("30/30/2024",),
        ("9" * 19,),
    ],
    ids=str,
)
def test_other_texts_are_just_texts(values):
    assert find_spelling(texts(*values)) is None


def test_a_declared_type_reads_looser_spellings():
    assert find_format("date", texts("2024-2-9")) == "%Y-%m-%d"
    assert find_format("real", texts("cook")) is None
