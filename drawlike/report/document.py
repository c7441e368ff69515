"""What a report says, as plain data: a document of sections, a section of blocks.

Whoever judges or compares builds a :class:`Document`; :func:`drawlike.report.render` turns it
into one HTML file. Nothing here knows of models, metrics or HTML.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in English and in Chinese."""

    en: str
    zh: str

    def format(self, **values: object) -> "Text":
        """Fill ``{names}`` in both languages; a value that is itself a Text goes in by language."""
        en = {name: v.en if isinstance(v, Text) else v for name, v in values.items()}
        zh = {name: v.zh if isinstance(v, Text) else v for name, v in values.items()}
        return Text(self.en.format(**en), self.zh.format(**zh))


Words = str | Text
Value = str | Text | int | float | None
Mark = Literal["good", "bad", "warn", "best", "muted"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of plain words."""

    text: Words


@dataclass(frozen=True, slots=True)
class Alert:
    """A remark that must not be overlooked."""

    text: Words
    level: Literal["info", "warn", "bad"] = "info"


@dataclass(frozen=True, slots=True)
class Facts:
    """Short labelled values side by side: rows, columns, seed, seconds."""

    items: tuple[tuple[Words, Value], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell; numbers show three or four digits, the tooltip all of them."""

    value: Value
    mark: Mark | None = None
    tooltip: Words | None = None
    interval: tuple[float, float] | None = None
    bar: float | None = None
    """Length of a bar under the value, from 0 to 1."""
    note: Words | None = None
    """A small second line."""


@dataclass(frozen=True, slots=True)
class Head:
    """A table's column head; ``align="auto"`` puts columns of numbers right."""

    text: Words
    align: Literal["auto", "left", "right", "center"] = "auto"
    tooltip: Words | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; rows beyond ``shown`` are folded, beyond ``most`` left out with a note."""

    columns: tuple[Head | Words, ...]
    rows: tuple[tuple[Cell | Value, ...], ...]
    caption: Words | None = None
    shown: int = 30
    most: int = 600


@dataclass(frozen=True, slots=True)
class Measure:
    """A leaderboard's column: which direction is better, and what real data itself reaches."""

    name: Words
    better: Literal["higher", "lower", "nearest"] = "higher"
    ideal: float | None = None
    """What ``better="nearest"`` is measured from."""
    reference: float | None = None
    """The real-against-real value."""
    tooltip: Words | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A leaderboard's row; one value (or None) a measure."""

    name: Words
    values: tuple[float | None, ...]
    passed: bool | None = None
    note: Words | None = None
    eligible: bool = True
    """False for one that cheats, such as a copy of the training data: no bar, never the best."""


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """Entries in the order given, each value with a bar, the best of each measure marked."""

    measures: tuple[Measure, ...]
    entries: tuple[Entry, ...]
    caption: Words | None = None
    head: Words = Text("model", "模型")


@dataclass(frozen=True, slots=True)
class Share:
    """A named share of the real and of the synthetic rows, each from 0 to 1."""

    name: Words
    real: float
    synthetic: float


@dataclass(frozen=True, slots=True, eq=False)
class Bins:
    """Shares of all real and all synthetic rows in k adjacent bins, (k,) each.

    ``edges`` (k + 1,) are numbers, datetime64 or timedelta64; ``low_open`` and ``high_open`` say
    that the outer bins also hold everything beyond them.
    """

    edges: np.ndarray
    real: np.ndarray
    synthetic: np.ndarray
    low_open: bool = False
    high_open: bool = False


@dataclass(frozen=True, slots=True)
class Histogram:
    """One column, real against synthetic: ``number_histogram``, ``category_histogram`` count it.

    ``shares`` are its categories, or beside ``bins`` the frequent single values and the missing.
    """

    name: Words
    shares: tuple[Share, ...] = ()
    bins: Bins | None = None
    note: Words | None = None


@dataclass(frozen=True, slots=True)
class Histograms:
    """Small multiples; those beyond ``shown`` are folded, beyond ``most`` left out with a note."""

    items: tuple[Histogram, ...]
    shown: int = 12
    most: int = 120


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Values of pairs of columns, (k, k): real, synthetic and their difference as heat maps.

    NaN cells stay blank. Beyond ``most`` columns those with the largest differences are shown.
    """

    names: tuple[Words, ...]
    real: np.ndarray
    synthetic: np.ndarray
    low: float = -1.0
    high: float = 1.0
    caption: Words | None = None
    most: int = 40


@dataclass(frozen=True, slots=True, eq=False)
class ImageGrid:
    """Images (n, h, w) or (n, h, w, 3) of uint8, each with its partner beside it where given."""

    images: np.ndarray
    captions: tuple[Words, ...] = ()
    partners: np.ndarray | None = None
    partner_captions: tuple[Words, ...] = ()
    partner_name: Words = Text("nearest training row", "最近的训练样本")
    caption: Words | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """A named row of images, as :class:`ImageGrid` has them; the first ``lead`` stand apart."""

    name: Words
    images: np.ndarray
    lead: int = 0


@dataclass(frozen=True, slots=True)
class Strips:
    """Rows of images under each other, each with its name: classes, paths, neighbours."""

    rows: tuple[Strip, ...]
    caption: Words | None = None


@dataclass(frozen=True, slots=True)
class Animation:
    """Bytes of a GIF, and what it shows in words."""

    gif: bytes
    alt: Words
    caption: Words | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """A named line: steps (n,) and values (n,); a value that is not finite leaves a gap."""

    name: Words
    steps: Sequence[float] | np.ndarray
    values: Sequence[float] | np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """A named area between two lines: steps (n,), lower and upper ends (n,)."""

    name: Words
    steps: Sequence[float] | np.ndarray
    low: Sequence[float] | np.ndarray
    high: Sequence[float] | np.ndarray


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that happened at a step."""

    step: float
    text: Words


@dataclass(frozen=True, slots=True)
class Curves:
    """Series on common axes; ``log`` draws the values on a logarithmic scale where it can.

    A ``band`` shows where real rows lie; then the series are synthetic ones by their colour.
    ``flags`` are upright lines at their steps.
    """

    series: tuple[Series, ...]
    x: Words = Text("step", "步")
    y: Words = ""
    log: bool = False
    caption: Words | None = None
    band: Band | None = None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class Interval:
    """A named value between two ends."""

    name: Words
    value: float
    low: float
    high: float
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Intervals:
    """Values with their ends on a common axis, under each other; a line stands at ``zero``."""

    items: tuple[Interval, ...]
    zero: float = 0.0
    caption: Words | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """A figure of every place of a rectangle: values (h, w) of its cells, the lowest row first.

    ``x`` and ``y`` are the ends of the rectangle. What is beyond ``low`` and ``high`` has their
    colours; ``about_zero`` gives what is below 0 a colour of its own. NaN stays blank.
    """

    name: Words
    values: np.ndarray
    x: tuple[float, float]
    y: tuple[float, float]
    low: float
    high: float
    about_zero: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """Points (n, 2), real and synthetic, in two panels with common axes; real ones may lack.

    A ``field`` lies behind the points, and is as large as the panels.
    """

    real: np.ndarray | None
    synthetic: np.ndarray
    x: Words = "x"
    y: Words = "y"
    caption: Words | None = None
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class Fold:
    """Blocks that open on a click."""

    summary: Words
    blocks: tuple["Block", ...]


Block = (
    Paragraph
    | Alert
    | Facts
    | Table
    | Leaderboard
    | Histograms
    | Matrix
    | ImageGrid
    | Strips
    | Animation
    | Curves
    | Intervals
    | Scatter
    | Fold
)


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of the report, listed in its table of contents."""

    title: Words
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One reason of a verdict; ``passed=None`` is a remark or could not be judged."""

    text: Words
    passed: bool | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer in words, first on the page; ``passed=None`` means "cannot judge".

    The ``title`` stands in place of "passed", "not passed" and "cannot judge".
    """

    passed: bool | None
    words: Words
    checks: tuple[Check, ...] = ()
    title: Words | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report; ``footer`` holds what it was made with (and when, if at all)."""

    title: Words
    sections: tuple[Section, ...]
    verdict: Verdict | None = None
    subtitle: Words | None = None
    footer: Words | None = None
