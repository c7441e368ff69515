"""How a CSV file is written: delimiter, names, padding, decimal sign."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Literal

from ..errors import DataError, SettingError
from ..events import Emitter
from .frames import UNNAMED

DELIMITERS = ",;\t|"
SAMPLE_ROWS = 1000

_NUMBER = re.compile(r"\s*[-+]?(\d+[.,]?\d*|[.,]\d+)([eE][-+]?\d+)?\s*")
_CODE = re.compile(r"\s*-?(0\d+|\d{19,})\s*")  # 00501: as a number it would lose its zeros
_COMMA_NUMBER = re.compile(r"\s*-?\d+,\d+\s*")
_POINT_NUMBER = re.compile(r"\s*-?\d+\.\d+\s*")


@dataclass(frozen=True)
class Dialect:
    """How to read one CSV file.

    Attributes
    ----------
    skipped
        The number of lines before the first row of values.
    padded
        Blanks follow the delimiters and mean nothing.
    codes
        The columns whose digits are names: leading zeros, or more than 18 digits.
    """

    delimiter: str
    names: tuple[str, ...]
    skipped: int
    padded: bool
    decimal: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What the user says about a CSV file; None and "auto" are detected."""

    header: bool | Literal["auto"] = "auto"
    names: Sequence[str] | None = None
    delimiter: str | None = None
    decimal: str | None = None
    skip_rows: int = 0
    missing: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if self.header not in (True, False, "auto"):
            raise SettingError(f"header={self.header!r} is not known: True, False or 'auto'.")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise SettingError(f"delimiter={self.delimiter!r} must be one character, as ';' is.")
        if self.decimal not in (None, ".", ","):
            raise SettingError(f"decimal={self.decimal!r} is not known: it is '.' or ','.")


def detect_dialect(text: str, asked: Asked, events: Emitter) -> Dialect:
    """Look at the first 1,000 rows of ``text``; what is asked for is not guessed."""
    text = "".join(islice(io.StringIO(text, newline=""), asked.skip_rows, None))
    delimiter = asked.delimiter or _guess_delimiter(text)
    found = list(islice(parse(_lines(text), delimiter, padded=True), SAMPLE_ROWS + 1))
    if not found:
        raise DataError("it is empty: there are neither names nor rows. Export it again.")
    first_line, first = found[0]
    rows = [row for _, row in found]
    has_header = _has_header(rows, asked, events)
    names = _names(first, has_header, asked.names)
    columns = _columns(rows[has_header:], len(first))
    return Dialect(
        delimiter=delimiter,
        names=names,
        skipped=asked.skip_rows + (first_line if has_header else 0),
        padded=found != list(islice(parse(_lines(text), delimiter), SAMPLE_ROWS + 1)),
        decimal=asked.decimal or _guess_decimal(delimiter, columns),
        codes=tuple(
            name
            for name, cells in zip(names, columns, strict=True)
            if any(map(_CODE.fullmatch, cells))
        ),
    )


def parse(
    lines: Iterable[str], delimiter: str, padded: bool = False, strict: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """Give the number of the line where a row ends and its cells, without blank lines.

    Raises
    ------
    DataError
        If a cell has more than 131,072 characters; ``strict``: if a quote is not closed.
    """
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=padded, strict=strict)
    line = 0
    try:
        for row in reader:
            line = reader.line_num
            if row:
                yield line, row
    except csv.Error as error:
        raise DataError(
            f"the row that begins in line {line + 1} cannot be cut into cells ({error}). A quote "
            "that is opened and never closed does that: mend it there."
        ) from error


def _lines(text: str) -> io.StringIO:
    return io.StringIO(text, newline="")  # keeps the newlines inside quotes as they are


def _guess_delimiter(text: str) -> str:
    """Give the one that cuts the most rows into one number of cells, then into the most."""

    def score(delimiter: str) -> tuple[bool, float, int]:
        try:
            widths = [len(row) for _, row in islice(parse(_lines(text), delimiter), SAMPLE_ROWS)]
        except DataError:
            return False, 0.0, 0
        width, count = Counter(widths).most_common(1)[0] if widths else (0, 0)
        return width > 1, round(count / max(len(widths), 1), 2), width

    best = max(DELIMITERS, key=score)
    return best if score(best)[0] else ","


def _columns(rows: list[list[str]], width: int) -> list[tuple[str, ...]]:
    """Turn the rows that have the right width into columns."""
    whole = [row for row in rows if len(row) == width]
    return list(zip(*whole, strict=True)) if whole else [()] * width


def _has_header(rows: list[list[str]], asked: Asked, events: Emitter) -> bool:
    if asked.header != "auto":
        return bool(asked.header)
    if asked.names is not None:
        return False
    has_header = not _are_values(rows[0], _columns(rows[1:], len(rows[0])), asked.missing)
    if not has_header:
        events.warning(
            "The first line looks like values: the columns are called c0, c1, ... "
            "header=True takes it as names; names=[...] gives some."
        )
    elif any(map(_NUMBER.fullmatch, rows[0])):
        events.warning(
            "The first line is taken as names, though some are numbers. "
            "header=False takes it as values."
        )
    return has_header


def _are_values(first: list[str], body: list[tuple[str, ...]], missing: Sequence[str]) -> bool:
    """Tell a first row of values from one of names; in doubt it is names.

    It is values when every column of numbers begins with a number, and besides one of its
    texts comes again below or its numbers can hardly be names.
    """
    filled = [[cell for cell in cells if cell not in missing] for cells in body]
    numeric = [bool(cells) and all(map(_NUMBER.fullmatch, cells)) for cells in filled]
    numbers = [cell for cell, is_number in zip(first, numeric, strict=True) if is_number]
    if not all(_NUMBER.fullmatch(cell) or cell in missing for cell in numbers):
        return False
    again = [
        cell in cells
        for cell, cells, is_number in zip(first, filled, numeric, strict=True)
        if cells and not is_number
    ]
    if not numbers:
        return bool(again) and all(again)
    return any(again) or _can_hardly_be_names(numbers, alone=not again)


def _can_hardly_be_names(cells: list[str], *, alone: bool) -> bool:
    """Tell numbers that are no years or counts in equal steps, as 0, 1, 2 or 2019, 2020."""
    if not all(re.fullmatch(r"\d+", cell.strip()) for cell in cells):
        return True
    numbers = list(map(int, cells))
    if len(numbers) == 1:
        return alone and numbers != [0]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(steps) > 1 or min(steps) <= 0


def _names(first: list[str], has_header: bool, given: Sequence[str] | None) -> tuple[str, ...]:
    if given is not None and len(given) != len(first):
        raise SettingError(
            f"names has {len(given)} names, and the first row has {len(first)} cells: give one "
            "name for each column."
        )
    if given is None:
        given = [cell.strip() for cell in first] if has_header else [""] * len(first)
    names = tuple(str(name) or UNNAMED.format(index) for index, name in enumerate(given))
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        places = ", ".join(str(index + 1) for index, other in enumerate(names) if other == name)
        raise DataError(
            f"{count} columns are named {name!r} (columns {places}): rename them, or give "
            "header=False if the first line is values."
        )
    return names


def _guess_decimal(delimiter: str, columns: list[tuple[str, ...]]) -> str:
    cells = [cell for column in columns for cell in column] if delimiter == ";" else []
    commas = any(map(_COMMA_NUMBER.fullmatch, cells))
    return "," if commas and not any(map(_POINT_NUMBER.fullmatch, cells)) else "."
