"""Numbers, dates and times that a column spells as text."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from . import times
from .cells import storage, with_nulls
from .scales import to_floats

_INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"
_NUMBER = r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$"
_DATES = (
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y-%m",
)
_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%H:%M:%S.%3f")
_FRACTIONS = {".%f": (6, "us"), ".%3f": (3, "ms")}
_MOST_DECIMALS = 6
_EPOCH = "1970-01-01 "
_GLANCE = 100


@dataclass(frozen=True)
class Spelling:
    """How text spells values.

    ``type`` is a schema's; ``format`` is strftime's for times (``%3f`` are milliseconds), for
    numbers ``%d``, ``%.2f``, ``%r`` (1.0) or ``%s`` (1).
    """

    type: str
    format: str

    def read(self, text: pa.Array) -> pa.Array:
        """Values of texts; null where a text is not spelled so."""
        return _RULES[self.type][0](text, self.format)

    def write(self, values: pa.Array) -> pa.Array:
        """Texts of values."""
        return _RULES[self.type][1](values, self.format)

    def fits(self, text: pa.Array) -> bool:
        """Tell whether every text is read, and written again as it was."""
        values = self.read(text)
        return not values.null_count and self.write(values).equals(text)


def reading(kind: str, written: str | None, values: pa.DataType) -> Spelling | None:
    """Find how a column's texts are read before they are modelled; None leaves them alone."""
    if storage(values) != "string" or written is None:
        return None
    if kind == "identifier" and written == "sequence":
        return Spelling("integer", "%d")
    return Spelling(kind, written) if kind in _RULES else None


def find_spelling(distinct: pa.Array) -> Spelling | None:
    """Find what distinct texts spell, None if they are just texts."""
    glance = distinct[:_GLANCE]
    likely = [spelling for spelling in _known() if spelling.fits(glance)]
    return next((spelling for spelling in likely if spelling.fits(distinct)), None)


def find_unread(distinct: pa.Array, share: float) -> list[str]:
    """Find the texts that a spelling fails to read, if it reads such a share of them."""
    glance = distinct.take(pa.array(np.linspace(0, len(distinct) - 1, _GLANCE).astype(np.int64)))
    for spelling in _known():
        if spelling.read(glance).null_count <= (1 - share) * len(glance):
            unread = distinct.filter(spelling.read(distinct).is_null()).to_pylist()
            return unread if len(unread) <= (1 - share) * len(distinct) else []
    return []


def find_format(kind: str, distinct: pa.Array) -> str | None:
    """Find a format of one type that reads all texts, however it would write them."""
    formats = (spelling for spelling in _known() if spelling.type == kind)
    return next((s.format for s in formats if not s.read(distinct).null_count), None)


def _known() -> Iterator[Spelling]:
    yield Spelling("integer", "%d")
    fixed = [f"%.{decimals}f" for decimals in range(1, _MOST_DECIMALS + 1)]
    yield from (Spelling("real", written) for written in [*fixed, "%r", "%s"])
    yield from (Spelling("date", written) for written in _DATES)
    for date, between, clock, zone in product(_DATES[:-1], " T", _CLOCKS, ("", "Z")):
        yield Spelling("datetime", date + between + clock + zone)
    yield from (Spelling("time", written) for written in _CLOCKS)


def _read_integer(text: pa.Array, written: str) -> pa.Array:
    return _only(text, _INTEGER).cast(pa.int64())


def _write_integer(values: pa.Array, written: str) -> pa.Array:
    return values.cast(pa.large_string())


def _read_real(text: pa.Array, written: str) -> pa.Array:
    return _only(text, _NUMBER).cast(pa.float64())


def _write_real(values: pa.Array, written: str) -> pa.Array:
    if written == "%s":
        return values.cast(pa.large_string())
    floats = to_floats(values)
    texts = floats.astype(str) if written == "%r" else np.char.mod(written, floats)
    return with_nulls(pa.array(texts, pa.large_string()), _absent(values))


def _read_date(text: pa.Array, written: str) -> pa.Array:
    return _read_instant(text, written).cast(pa.date32())


def _write_date(values: pa.Array, written: str) -> pa.Array:
    return pc.strftime(values, format=written).cast(pa.large_string())


def _read_instant(text: pa.Array, written: str) -> pa.Array:
    for token, (digits, unit) in _FRACTIONS.items():
        if token in written:
            head, tail = written.split(token)
            return _read_fraction(text, head, tail, digits, pa.timestamp(unit))
    return pc.strptime(text, format=written, unit="s", error_is_null=True)


def _read_fraction(
    text: pa.Array, head: str, tail: str, digits: int, kind: pa.DataType
) -> pa.Array:
    known = _only(text, rf"\.[0-9]{{{digits}}}{tail}$")
    end = -len(tail) or None
    part = pc.utf8_slice_codeunits(known, -digits - len(tail), end).cast(pa.int64())
    whole = _read_instant(pc.utf8_slice_codeunits(known, 0, -digits - len(tail) - 1), head)
    return pc.add(pc.multiply(whole.cast(pa.int64()), 10**digits), part).cast(kind)


def _write_instant(values: pa.Array, written: str) -> pa.Array:
    # Arrow writes the fraction of a second with %S, as many digits as the unit has
    plain = written.replace(".%f", "").replace(".%3f", "")
    return pc.strftime(values, format=plain).cast(pa.large_string())


def _read_time(text: pa.Array, written: str) -> pa.Array:
    dated = pc.binary_join_element_wise(
        pa.scalar(_EPOCH, text.type), text, pa.scalar("", text.type)
    )
    instants = _read_instant(dated, _EPOCH + written)
    long = instants.type.unit == "us"
    kind = pa.time64("us") if long else pa.time32(instants.type.unit)
    return instants.cast(kind)


def _write_time(values: pa.Array, written: str) -> pa.Array:
    instants = times.from_ticks(times.to_ticks(values), pa.timestamp(values.type.unit))
    return with_nulls(_write_instant(instants, written), _absent(values))


def _only(text: pa.Array, pattern: str) -> pa.Array:
    known = pc.match_substring_regex(text, pattern)
    return pc.if_else(known, text, pa.scalar(None, text.type))


def _absent(values: pa.Array) -> np.ndarray:
    return values.is_null().to_numpy(zero_copy_only=False)


_Rule = Callable[[pa.Array, str], pa.Array]
_RULES: dict[str, tuple[_Rule, _Rule]] = {
    "integer": (_read_integer, _write_integer),
    "real": (_read_real, _write_real),
    "date": (_read_date, _write_date),
    "datetime": (_read_instant, _write_instant),
    "time": (_read_time, _write_time),
}
