"""What a column is, judged by its values and its name."""

import re
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SchemaError
from .cells import Cells, ColumnForm, Name, distinct, storage
from .identifiers import find_shapes, write_pattern
from .personal import holds_people
from .ranges import Facts, number_facts
from .rarity import KEEP, fewest_rows, note_on, rare_categories
from .scales import find_decimals
from .spelling import Spelling, find_format, find_spelling, find_unread

if TYPE_CHECKING:
    from .schema import Column

NUMBERS = ("real", "integer", "datetime", "date", "time", "duration")
_ALLOWED = {
    "integer": ("integer", "real", "category", "identifier", "constant"),
    "float": ("real", "integer", "category", "identifier", "constant"),
    "string": ("category", "identifier", "text", *NUMBERS[:-1], "constant"),
    "boolean": ("boolean", "category", "constant"),
    "date": ("date", "category", "constant"),
    "datetime": ("datetime", "category", "constant"),
    "time": ("time", "category", "constant"),
    "duration": ("duration", "category", "constant"),
    "categorical": ("category", "constant"),
}

_NEARLY_ALL = 0.95  # so large a share of distinct values names rows
_FEW = 20  # so few rows or values prove nothing
_REPEATED = 5
_ID_NAME = re.compile(
    r"(?i:(^|[_\s.-])(id|uid|uuid|guid|key|pk)$|^(index|row_?id|row_?names?|unnamed: \d+)$)"
    r"|[a-z](ID|Id|UUID|Uuid|Key)$"
)
_UUID = r"(?i)^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$"
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_DIGITS = r"^[0-9]{6,}$"
_CODE = r"^[\w./:#+() -]*[0-9][\w./:#+() -]*$"
_GLANCE = 2000
_TEXT_WORDS, _TEXT_DISTINCT = 5, 0.5
_INTEGERS = Spelling("integer", "%d")
_FRESH = {"type": "identifier", "note": "names rows: not modelled, fresh ones are drawn"}
_ALL_RARE = (
    "none of its {n} texts is held by {fewest} rows, so it is taken for names: not modelled, fresh "
    "ones are drawn; rare='keep' models and draws the texts as they are"
)
_IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def describe(declared: "Column", form: ColumnForm, cells: Cells) -> Facts:
    """Give all fields of a column; what is declared wins.

    Raises
    ------
    SchemaError
        If the values do not allow what is declared.
    """
    observed = cells.observed
    values = distinct(observed)
    n_distinct = len(values)
    nullable = len(observed) < len(cells)
    facts = {"dtype": form.dtype, "n_distinct": n_distinct, "nullable": nullable}
    column = {**asdict(declared), **facts, "note": None}
    if nullable and declared.nullable is False:
        row = int(np.flatnonzero(cells.missing)[0])
        raise SchemaError(
            f"column {declared.name!r} is declared not nullable, but is missing in row {row}; "
            "drop such rows or set nullable to true"
        )
    if not n_distinct or (declared.type is None and n_distinct == 1 and not nullable):
        return {**column, "type": "constant"}
    column |= _typed(declared, form, observed, values)
    if column["type"] == "category":
        return column | _category_facts(declared, form, cells, column["note"])
    column["rare"] = None
    return column | number_facts(column, cells) if column["type"] in NUMBERS else column


def _category_facts(declared: "Column", form: ColumnForm, cells: Cells, note: str | None) -> Facts:
    """How many rows a category needs; texts of which none has as many name rows."""
    observed, n_rows = cells.observed, len(cells)
    fewest = fewest_rows(declared.rare, n_rows)
    n_rare, _ = rare_categories(observed, fewest)
    is_text = form.categories is None and storage(observed.type) == "string"
    if declared.type is None and is_text and n_rare == pc.count_distinct(observed).as_py():
        notes = [note, _ALL_RARE.format(n=n_rare, fewest=fewest)]
        return {**_identifier(pc.unique(observed)), "note": "; ".join(filter(None, notes))}
    rare = KEEP if declared.rare == KEEP else fewest
    notes = [note, note_on(rare, observed, n_rows)]
    return {"rare": rare, "note": "; ".join(filter(None, notes)) or None}


def _typed(declared: "Column", form: ColumnForm, observed: pa.Array, values: pa.Array) -> Facts:
    """Type, format and note."""
    n_distinct = len(values)
    guess = _guess(declared.name, form, observed, values)
    if declared.type is None or declared.type == guess["type"]:
        return {**guess, "format": declared.format or guess.get("format")}
    family = storage(observed.type) if form.categories is None else "categorical"
    if declared.type not in _ALLOWED[family]:
        raise SchemaError(
            f"column {declared.name!r} holds {family} values and cannot be {declared.type!r}; "
            f"declare one of {', '.join(_ALLOWED[family])}, or convert the column first"
        )
    if declared.type == "constant" and n_distinct > 1:
        raise SchemaError(
            f"column {declared.name!r} is declared constant but holds {n_distinct} values; "
            "declare another type, or remove the column"
        )
    return {"type": declared.type, "format": _format_for(declared, observed)}


def _format_for(declared: "Column", observed: pa.Array) -> str | None:
    if declared.type == "identifier":
        return declared.format or _identifier_format(pc.unique(observed))
    if storage(observed.type) != "string" or declared.type not in NUMBERS:
        return None
    written = declared.format or find_format(declared.type, pc.unique(observed))
    if written is None:
        raise SchemaError(
            f"column {declared.name!r} is declared {declared.type!r}, but its texts, such as "
            f"{observed[0].as_py()!r}, are not all spelled so; give their format "
            '(such as {"format": "%d.%m.%Y"}), or convert the column first'
        )
    return written


def _guess(name: Name, form: ColumnForm, observed: pa.Array, values: pa.Array) -> Facts:
    family, n_distinct = storage(observed.type), len(values)
    nearly_all = n_distinct >= _NEARLY_ALL * len(observed)
    if form.categories is not None:
        return {"type": "category"}
    if family == "string":
        return _guess_text(name, observed, n_distinct)
    if family not in ("integer", "float"):
        return {"type": family}
    whole = family == "integer" or find_decimals(values.to_numpy()) == 0
    many = n_distinct > _FEW
    if (whole and nearly_all and _names_rows(name, observed, n_distinct)) or (
        whole and many and holds_people(name, values)
    ):
        return {**_FRESH, "format": "sequence"}
    return {"type": "integer" if whole else "real"}


@dataclass(frozen=True)
class _Texts:
    """The observed texts of a column, and what the judges ask of them."""

    name: Name
    observed: pa.Array
    n_distinct: int

    @cached_property
    def distinct(self) -> pa.Array:
        return pc.unique(self.observed)

    @cached_property
    def glance(self) -> pa.Array:
        some = np.linspace(0, self.n_distinct - 1, min(self.n_distinct, _GLANCE))
        return self.distinct.take(pa.array(some.astype(np.int64)))

    @property
    def are_many(self) -> bool:
        return self.n_distinct > _FEW

    def differ(self, share: float) -> bool:
        return self.n_distinct >= share * len(self.observed)


def _guess_text(name: Name, observed: pa.Array, n_distinct: int) -> Facts:
    texts = _Texts(name, observed, n_distinct)
    judges = (_people, _row_numbers, _spelled_values, _soiled, _free_text, _row_names)
    verdicts = (judge(texts) for judge in judges)
    labels = {"type": "category"}
    return next((verdict for verdict in verdicts if verdict), labels)


def _people(texts: _Texts) -> Facts | None:
    known = texts.are_many or (texts.n_distinct > 1 and texts.differ(_NEARLY_ALL))
    named = _like(texts.glance, _UUID) or _like(texts.glance, _EMAIL)
    sure = named if not texts.are_many else holds_people(texts.name, texts.glance)
    return _identifier(texts.distinct) if known and sure else None


def _row_numbers(texts: _Texts) -> Facts | None:
    """Judge texts of digits: running numbers, telephone and account numbers."""
    if not texts.differ(_NEARLY_ALL) or not _INTEGERS.fits(texts.distinct):
        return None
    if _names_rows(texts.name, _INTEGERS.read(texts.observed), texts.n_distinct):
        return {**_FRESH, "format": "sequence"}
    lengths = pc.count_distinct(pc.utf8_length(texts.distinct)).as_py()
    long = lengths == 1 and _like(texts.glance, _DIGITS)
    return _identifier(texts.distinct) if long and texts.are_many else None


def _spelled_values(texts: _Texts) -> Facts | None:
    labels = not texts.are_many and not texts.differ(1 / _REPEATED)
    spelling = None if labels else find_spelling(texts.distinct)
    return {"type": spelling.type, "format": spelling.format} if spelling else None


def _soiled(texts: _Texts) -> Facts | None:
    """Judge numbers or times with a few other texts among them."""
    others = find_unread(texts.distinct, _NEARLY_ALL) if texts.are_many else None
    if not others:
        return None
    note = f"numbers or times, save for texts such as {others[:3]}: have those read as missing"
    return {"type": "category", "note": note}


def _free_text(texts: _Texts) -> Facts | None:
    if not texts.are_many or not texts.differ(_TEXT_DISTINCT):
        return None
    words = _words(texts.glance)
    note = f"about {words:.0f} words a cell"
    return {"type": "text", "note": note} if words >= _TEXT_WORDS else None


def _row_names(texts: _Texts) -> Facts | None:
    sure = texts.are_many and texts.differ(_NEARLY_ALL)
    return _identifier(texts.distinct) if sure else None


def _identifier(distinct: pa.Array) -> Facts:
    return {**_FRESH, "format": _identifier_format(distinct)}


def _identifier_format(distinct: pa.Array) -> str:
    if storage(distinct.type) != "string":
        return "sequence"
    if _like(distinct, _EMAIL):
        return "email"
    shapes = find_shapes(distinct.to_pylist()) if _like(distinct, _CODE) else []
    return write_pattern(shapes) if shapes else "placeholder"


def _names_rows(name: Name, values: pa.Array, n_distinct: int) -> bool:
    """Judge whole numbers that are nearly all distinct."""
    if _ID_NAME.search(str(name)):
        return True
    n, ends = len(values), pc.min_max(values)
    low, high = int(ends["min"].as_py()), int(ends["max"].as_py())
    if n <= _FEW or n_distinct < n:
        return False
    # row numbers, of which a hold-out may have taken a part; or hashes
    return (0 <= low <= 1 + n // 20 and high < 2 * n) or high - low > 2**53


def _like(texts: pa.Array, pattern: str) -> bool:
    return pc.mean(pc.match_substring_regex(texts, pattern)).as_py() >= _NEARLY_ALL


def _words(texts: pa.Array) -> float:
    """Median number of words; two ideographs count as one."""
    counts = [len(t.split()) + len(_IDEOGRAPH.findall(t)) / 2 for t in texts.to_pylist()]
    return float(np.median(counts))
