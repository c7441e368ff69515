"""Where two columns together differ most between real and synthetic rows."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ...report import Text, Words
from ...report.numbers import labels, plain_short
from ..inputs.columns import MISSING
from ..inputs.samples import TableSample

N_PARTS = 5  # of a number, of equally many real rows
MOST_CATEGORIES = 12
SHOWN = 6
_CELL = Text("{a} {left}, {b} {right}", "{a} {left}，{b} {right}")
_MISSING, _OTHER = Text("missing", "缺失"), Text("other", "其他")


@dataclass(frozen=True)
class JointShare:
    """A combination of values of two columns, and its share of the rows."""

    name: Text
    real: float
    synthetic: float


@dataclass(frozen=True, eq=False)
class Parts:
    """What a column is divided into, and the part of each row."""

    names: list[Words]
    real: np.ndarray
    synthetic: np.ndarray


def joint_shares(a: str, b: str, real: TableSample, drawn: TableSample) -> list[JointShare]:
    """Combinations whose shares differ most, the largest difference first."""
    left, right = (parts(name, real, drawn) for name in (a, b))
    cells, width = len(left.names) * len(right.names), len(right.names)
    shares = [
        np.bincount(one * width + other, minlength=cells) / len(one)
        for one, other in ((left.real, right.real), (left.synthetic, right.synthetic))
    ]
    order = np.argsort(-np.abs(shares[0] - shares[1]), kind="stable")[:SHOWN]
    return [
        JointShare(
            _CELL.format(a=a, left=left.names[cell // width], b=b, right=right.names[cell % width]),
            float(shares[0][cell]),
            float(shares[1][cell]),
        )
        for cell in order.tolist()
    ]


def parts(name: str, real: TableSample, drawn: TableSample) -> Parts:
    """Divide a number at quintiles of the real rows, a category into its frequent values."""
    is_number = name in real.columns.number_names
    return (_of_number if is_number else _of_category)(name, real, drawn)


def _of_number(name: str, real: TableSample, drawn: TableSample) -> Parts:
    values, others = real.columns.get(name), drawn.columns.get(name)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    at = order[[len(order) * k // N_PARTS for k in range(1, N_PARTS)]] if len(order) else order
    edges, first = np.unique(values[at], return_index=True)
    shown = labels(real.shown(name)[at][first], plain_short)
    names: list[Words] = [f"< {shown[0]}"] if shown else ["…"]
    names += [f"{low} … {high}" for low, high in pairwise(shown)]
    names += [f"≥ {shown[-1]}"] * bool(shown) + [_MISSING]

    def place(column: np.ndarray) -> np.ndarray:
        found = np.searchsorted(edges, column, side="right")
        return np.where(np.isnan(column), len(names) - 1, found)

    return Parts(names, place(values), place(others))


def _of_category(name: str, real: TableSample, drawn: TableSample) -> Parts:
    codes, others = real.columns.get(name), drawn.columns.get(name)
    counts = np.bincount(codes[codes != MISSING], minlength=1)
    frequent = np.argsort(-counts, kind="stable")[:MOST_CATEGORIES]
    first = {int(code): row for row, code in reversed(list(enumerate(codes)))}
    shown = real.shown(name)
    names: list[Words] = [str(shown[first[int(code)]]) for code in frequent if code in first]
    places = np.full(max(codes.max(initial=0), others.max(initial=0)) + 2, len(names))
    places[frequent[: len(names)]] = np.arange(len(names))
    places[MISSING] = len(names) + 1
    return Parts([*names, _OTHER, _MISSING], places[codes], places[others])
