"""Tables from CSV, Parquet and Arrow files."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet

from ..errors import DataError
from ..events import Emitter
from .dialect import Asked, Dialect, detect_dialect, parse
from .encoding import detect_encoding, known_encoding
from .frames import plain
from .sources import CHUNK, Loaded, head, named_damage, open_stream

MISSING = ("", "NA", "N/A", "n/a", "#N/A", "NaN", "nan", "null", "NULL", "<NA>")
BLOCK_BYTES = 4 << 20
# ISO 8601 besides; 01/02/2020 is not guessed, since it can be either day
DATES = (pyarrow.csv.ISO8601, "%Y/%m/%d", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")


def read_csv(
    path: Path,
    *,
    label: str | None,
    events: Emitter,
    header: bool | Literal["auto"] = "auto",
    names: Sequence[str] | None = None,
    delimiter: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na_values: str | Sequence[str] = (),
    keep_default_na: bool = True,
    skip_rows: int = 0,
) -> Loaded:
    """Read a CSV file, packed or not, in blocks of 4 MiB.

    What is not given is detected: the encoding from the whole file, the rest from the first
    1,000 rows. Missing are the texts in ``MISSING``, unless ``keep_default_na=False``, and
    those in ``na_values``, as "?" is when it is given.
    """
    extra = [na_values] if isinstance(na_values, str) else list(na_values)
    missing = [*(MISSING if keep_default_na else ()), *extra]
    asked = Asked(header, names, delimiter, decimal, skip_rows, missing)
    with named_damage(path), named_arrow(path):
        code = known_encoding(encoding) if encoding else detect_encoding(path, events.at("scan"))
        dialect = detect_dialect(_first_text(path, code), asked, events)
        table = _parse(path, code, dialect, missing, events)
        if not table.num_rows:
            raise DataError(
                f"it has names ({', '.join(dialect.names[:5])}) and no rows. If its only line is "
                "values, give header=False."
            )
        return Loaded(plain(table), label=label)


def read_parquet(path: Path, *, label: str | None, events: Emitter) -> Loaded:
    """Read a Parquet file, a row group at a time."""
    with named_damage(path), named_arrow(path), pyarrow.parquet.ParquetFile(path) as file:
        groups = [file.schema_arrow.empty_table()]
        for group in range(file.num_row_groups):
            groups.append(file.read_row_group(group))
            events.progress(group + 1, file.num_row_groups, unit="row groups")
        return Loaded(plain(without_index(pa.concat_tables(groups))), label=label)


def read_arrow(path: Path, *, label: str | None, events: Emitter) -> Loaded:
    """Read an Arrow file, which Feather is, or an Arrow stream."""
    with named_damage(path), named_arrow(path):
        if head(path, 4) == b"\xff\xff\xff\xff":
            with pa.OSFile(str(path)) as file, pa.ipc.open_stream(file) as stream:
                table = stream.read_all()
        else:
            table = pyarrow.feather.read_table(path, memory_map=False)
        events.progress(1, 1, unit="files")
        return Loaded(plain(without_index(table)), label=label)


@contextmanager
def named_arrow(path: Path) -> Iterator[None]:
    """Name the file in what Arrow and Python's codecs say of its content."""
    try:
        yield
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeError) as error:
        raise DataError(
            f"{path} cannot be read: {str(error).rstrip('.')}. Check that it is complete and what "
            "its suffix says; a damaged file must be copied again."
        ) from error


def _first_text(path: Path, encoding: str) -> str:
    """Give about the first MiB as text, up to a line's end."""
    raw = head(path, CHUNK)
    text = io.TextIOWrapper(io.BytesIO(raw), encoding, errors="replace", newline="").read()
    end = max(text.rfind("\n"), text.rfind("\r")) + 1
    return text[:end] if len(raw) == CHUNK and end else text


def _parse(
    path: Path, encoding: str, dialect: Dialect, missing: list[str], events: Emitter
) -> pa.Table:
    with open_stream(path, events) as stream, _lines(stream, encoding) as lines:
        tidy = _Tidy(lines, dialect) if dialect.padded else None
        try:
            table = pyarrow.csv.read_csv(
                tidy or stream,
                pyarrow.csv.ReadOptions(
                    block_size=BLOCK_BYTES,
                    column_names=list(dialect.names),
                    skip_rows=0 if tidy else dialect.skipped,
                    encoding="utf-8" if tidy else encoding,
                ),
                pyarrow.csv.ParseOptions(delimiter=dialect.delimiter, newlines_in_values=True),
                _conversion(dialect, missing),
            )
        except pa.ArrowInvalid as error:
            if "Empty CSV file" in str(error):
                return pa.table({name: pa.nulls(0) for name in dialect.names})
            _name_line(path, encoding, dialect)
            raise
    if pa.binary() in table.schema.types:
        raise DataError(
            f"it is not written in {encoding}: leave encoding= out to have it detected."
        )
    if _ends_in_lines(table):
        _name_line(path, encoding, dialect)
    return table


def _conversion(dialect: Dialect, missing: list[str]) -> pyarrow.csv.ConvertOptions:
    return pyarrow.csv.ConvertOptions(
        null_values=missing,
        strings_can_be_null=True,
        column_types=dict.fromkeys(dialect.codes, pa.string()),
        timestamp_parsers=DATES,
        decimal_point=dialect.decimal,
    )


def _ends_in_lines(table: pa.Table) -> bool:
    """Tell a last row that holds line ends: a quote never closed swallows the lines after it."""
    last = table.slice(max(table.num_rows - 1, 0)).to_pylist()
    return any(isinstance(cell, str) and "\n" in cell for row in last for cell in row.values())


def _name_line(path: Path, encoding: str, dialect: Dialect) -> None:
    """Find the first line that has too many or too few cells, or an open quote, and raise."""
    width = len(dialect.names)
    with open_stream(path) as stream, _lines(stream, encoding) as lines:
        for line, cells in parse(lines, dialect.delimiter, dialect.padded, strict=True):
            if line > dialect.skipped and len(cells) != width:
                shown = dialect.delimiter.join(cells)[:60]
                raise DataError(
                    f"line {line} has {len(cells)} cells where {width} are expected: {shown!r}. "
                    "Mend that line, or give delimiter= or skip_rows= if the file starts "
                    "with other lines."
                )


@contextmanager
def _lines(stream: BinaryIO, encoding: str) -> Iterator[Iterable[str]]:
    """Give lines with the ends that they have, so that those inside quotes stay."""
    lines = io.TextIOWrapper(stream, encoding, newline="")
    try:
        yield lines
    finally:
        if not lines.closed:
            lines.detach()  # the stream is closed by who opened it


class _Tidy(io.RawIOBase):
    """A CSV stream, as UTF-8, without the blanks that follow its delimiters."""

    def __init__(self, lines: Iterable[str], dialect: Dialect) -> None:
        rows = parse(lines, dialect.delimiter, padded=True)
        self._rows = (row for line, row in rows if line > dialect.skipped)
        self._delimiter = dialect.delimiter
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        if not self._left:
            text = io.StringIO()
            writer = csv.writer(text, delimiter=self._delimiter, lineterminator="\n")
            writer.writerows(itertools.islice(self._rows, 10_000))
            self._left = memoryview(text.getvalue().encode())
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def without_index(table: pa.Table) -> pa.Table:
    """Drop the row names that pandas hides in files."""
    hidden = [name for name in table.column_names if name.startswith("__index_level_")]
    return table.drop_columns(hidden).replace_schema_metadata(None)
