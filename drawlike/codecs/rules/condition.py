"""Conditions that people write as text, read without running them as code."""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import pyarrow as pa

from ...errors import SchemaError
from .. import times
from ..cells import Cells, Name, storage
from ..scales import to_floats

_QUOTED = re.compile(r"`([^`]+)`")
_ORDERS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_SUMS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
}
_SECONDS_A_DAY = 86400


class _Value(NamedTuple):
    """Numbers (NaN where missing), or texts (None where missing), of rows or of one constant.

    ``kind`` is that of times, which are days or seconds; None else.
    """

    data: Any
    kind: pa.DataType | None = None

    @property
    def is_text(self) -> bool:
        """Whether it is text."""
        return isinstance(self.data, str) or getattr(self.data, "dtype", None) == object


@dataclass(frozen=True)
class Condition:
    """A comparison of columns: ``"low + 2 <= high and kind in ['a', 'b']"``."""

    text: str
    tree: ast.expr
    names: Mapping[str, Name]

    @classmethod
    def read(cls, text: str) -> Self:
        """Read a condition; names in backticks may hold any letter.

        Raises
        ------
        SchemaError
            If it is no condition.
        """
        quoted: dict[str, Name] = {}

        def word(found: re.Match[str]) -> str:
            name = f"quoted_{len(quoted)}_"
            quoted[name] = found[1]
            return name

        try:
            tree = ast.parse(_QUOTED.sub(word, text).strip(), mode="eval").body
        except SyntaxError as problem:
            raise SchemaError(
                f"the condition {text!r} cannot be read: {problem.msg}; write a comparison such as "
                "\"low + 2 <= high and kind != 'none'\""
            ) from problem
        return cls(text, tree, quoted)

    def holds(self, cells: Mapping[Name, Cells], n: int) -> np.ndarray:
        """Tell which rows meet it, (n,)."""
        return np.broadcast_to(self._truth(self.tree, cells), n)

    def _truth(self, node: ast.expr, cells: Mapping[Name, Cells]) -> Any:
        if isinstance(node, ast.BoolOp):
            parts = [self._truth(part, cells) for part in node.values]
            join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
            return join.reduce(np.broadcast_arrays(*parts))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return ~np.asarray(self._truth(node.operand, cells))
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            pairs = zip(sides, node.ops, sides[1:], strict=False)
            parts = [self._compared(left, op, right, cells) for left, op, right in pairs]
            return np.logical_and.reduce(np.broadcast_arrays(*parts))
        if isinstance(node, ast.Name | ast.Constant):
            return np.asarray(self._value(node, cells).data == 1)
        raise self._refused(node)

    def _compared(
        self, left: ast.expr, op: ast.cmpop, right: ast.expr, cells: Mapping[Name, Cells]
    ) -> np.ndarray:
        if isinstance(op, ast.In | ast.NotIn):
            if not isinstance(right, ast.List | ast.Tuple | ast.Set):
                raise self._refused(right)
            each = [self._compared(left, ast.Eq(), one, cells) for one in right.elts]
            found = np.logical_or.reduce(each) if each else np.zeros(1, bool)
            if isinstance(op, ast.In):
                return found
            return ~found & self._known(self._value(left, cells))
        a, b = _alike(self._value(left, cells), self._value(right, cells))
        if type(op) not in _ORDERS or a.is_text != b.is_text:
            raise self._refused(right)
        return _ordered(_ORDERS[type(op)], a, b) & self._known(a) & self._known(b)

    def _value(self, node: ast.expr, cells: Mapping[Name, Cells]) -> _Value:
        if isinstance(node, ast.Constant) and isinstance(node.value, bool | int | float | str):
            return _Value(node.value if isinstance(node.value, str) else float(node.value))
        if isinstance(node, ast.Name):
            return _read(cells[self._column(node.id, cells)])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _Value(-self._number(node.operand, cells).data)
        if isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
            a, b = self._number(node.left, cells), self._number(node.right, cells)
            with np.errstate(divide="ignore", invalid="ignore"):
                data = _SUMS[type(node.op)](np.asarray(a.data), np.asarray(b.data))
            is_shifted = (a.kind is None) != (b.kind is None)
            return _Value(data, (a.kind or b.kind) if is_shifted else None)
        raise self._refused(node)

    def _number(self, node: ast.expr, cells: Mapping[Name, Cells]) -> _Value:
        value = self._value(node, cells)
        if value.is_text:
            raise self._refused(node)
        return value

    def _column(self, word: str, cells: Mapping[Name, Cells]) -> Name:
        name = self.names.get(word, word)
        if name not in cells:
            raise SchemaError(
                f"the condition {self.text!r} names a column {name!r} that the table does not "
                f"have; it has {', '.join(map(str, cells))}"
            )
        return name

    @staticmethod
    def _known(value: _Value) -> Any:
        if isinstance(value.data, str | float):
            return True
        if value.is_text:
            return np.array([one is not None for one in value.data])
        return ~np.isnan(value.data)

    def _refused(self, node: ast.AST) -> SchemaError:
        return SchemaError(
            f"the condition {self.text!r} has {ast.unparse(node)!r} where it cannot be; compare "
            "numbers with numbers, texts with texts, and use + - * / % and, or, not, in"
        )


def _read(cells: Cells) -> _Value:
    """Values of a column as a condition sees them."""
    values, family = cells.values, storage(cells.values.type)
    if family == "string":
        return _Value(np.array(values.to_pylist(), object))
    if times.is_temporal(values.type):
        data = times.to_ticks(values) / times.ticks_per_unit(values.type)
        return _Value(np.where(cells.missing > 0, np.nan, data), values.type)
    numbers = to_floats(values.cast(pa.float64()))
    return _Value(np.where(cells.missing > 0, np.nan, numbers))


def _alike(a: _Value, b: _Value) -> tuple[_Value, _Value]:
    """Both in the same unit: texts beside times are read as times, dates become seconds."""
    if a.kind is not None and isinstance(b.data, str):
        return a, _time(b.data, a.kind)
    if b.kind is not None and isinstance(a.data, str):
        return _time(a.data, b.kind), b
    if a.kind is not None and b.kind is not None and a.kind != b.kind:
        return _seconds(a), _seconds(b)
    return a, b


def _time(text: str, kind: pa.DataType) -> _Value:
    return _Value(float(times.bound_from_json(text, kind) / times.ticks_per_unit(kind)), kind)


def _seconds(value: _Value) -> _Value:
    assert value.kind is not None
    unit = _SECONDS_A_DAY if pa.types.is_date(value.kind) else 1
    return _Value(value.data * unit, value.kind)


def _ordered(compare: Callable[[Any, Any], Any], a: _Value, b: _Value) -> np.ndarray:
    if not a.is_text:
        return np.asarray(compare(a.data, b.data))
    left, right = (np.atleast_1d(np.asarray(v.data, object)) for v in (a, b))
    pairs = zip(*np.broadcast_arrays(left, right), strict=True)
    return np.array([x is not None and y is not None and compare(x, y) for x, y in pairs], bool)
