import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from drawlike.codecs.times import bound_from_json, bound_to_json, from_ticks, natural_step, to_ticks
from drawlike.errors import SchemaError

MOMENT = dt.datetime(2024, 2, 29, 12, 30, 0, 125000)
VALUES = [
    (pa.date32(), MOMENT.date(), "2024-02-29"),
    (pa.timestamp("s"), MOMENT.replace(microsecond=0), "2024-02-29T12:30:00"),
    (pa.timestamp("ms"), MOMENT, "2024-02-29T12:30:00.125"),
    (pa.timestamp("us", "UTC"), MOMENT, "2024-02-29T12:30:00.125000Z"),
    (pa.timestamp("ns"), MOMENT.replace(microsecond=0), "2024-02-29T12:30:00"),
    (pa.time32("s"), MOMENT.replace(microsecond=0).time(), "12:30:00"),
    (pa.time64("us"), MOMENT.time(), "12:30:00.125"),
    (pa.duration("ms"), dt.timedelta(days=-1, milliseconds=250), -86399.75),
]


@pytest.mark.parametrize(("kind", "value", "written"), VALUES, ids=str)
def test_ticks_and_bounds_are_exact(kind, value, written):
    array = pa.array([value, None], kind)
    ticks = to_ticks(array)
    assert from_ticks(ticks, kind)[0] == array[0]
    assert ticks[1] == 0
    assert bound_to_json(int(ticks[0]), kind) == written
    assert bound_from_json(written, kind) == ticks[0]


def test_people_write_bounds_shorter():
    assert bound_from_json("2024-02-29", pa.timestamp("us")) == bound_from_json(
        "2024-02-29T00:00:00", pa.timestamp("us")
    )
    assert bound_from_json("12:30", pa.time32("s")) == 45000


@pytest.mark.parametrize(
    ("bound", "kind", "expected"),
    [
        ("soon", pa.date32(), "2024-01-31"),
        (7, pa.timestamp("s"), "2024-01-31"),
        ("noon", pa.time32("s"), "HH:MM:SS"),
        ("long", pa.duration("s"), "seconds"),
    ],
)
def test_unreadable_bounds_say_how_to_write_them(bound, kind, expected):
    with pytest.raises(SchemaError, match=expected):
        bound_from_json(bound, kind)


@pytest.mark.parametrize(
    ("ticks", "step"),
    [([0, 86_400_000], 86_400_000), ([60_000], 60_000), ([1500], 1), ([0], 86_400_000)],
)
def test_the_natural_step_is_the_longest_unit(ticks, step):
    assert natural_step(np.array(ticks), pa.timestamp("ms")) == step
