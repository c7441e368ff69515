"""Rows of two numbers as points, and behind them what the model thinks of every place."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from ...report import Field, Scatter, Text
from .rows import columns_of
from .view import NotShownError, Scene, View

_CELLS = 48
_POINTS, _CLASSES = 1500, 4
_MARGIN = 0.08
_NATS = 10.0  # below the highest density; what is rarer looks alike


Ends: TypeAlias = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Plane:
    """Points (n, 2), the names of their columns, and whether these take any value."""

    points: np.ndarray
    names: tuple[str, str]
    is_continuous: bool

    def ends(self, others: np.ndarray) -> Ends:
        """Ends of both axes, around nearly all of these points and all of others."""
        rows = self.points[np.isfinite(self.points).all(1)]
        inner = np.quantile(rows, [0.005, 0.995], axis=0) if len(rows) else np.zeros((0, 2))
        known = np.concatenate([inner, others[np.isfinite(others).all(1)]])
        low, high = known.min(0), known.max(0)
        reach = _MARGIN * np.where(high > low, high - low, 1.0)
        x, y = zip((low - reach).tolist(), (high + reach).tolist(), strict=True)
        return x, y


def plane_of(view: View, X: Any) -> Plane:
    """Take rows for points, if two numbers are all they have beside the label."""
    kind = view.model.kind_
    columns = columns_of(X) if kind in ("array", "table") else {}
    label = view.model.label_ if view.model.labels_.n_classes else None
    numbers = {name: values for name, values in columns.items() if name != str(label)}
    if len(numbers) != 2 or any(values.dtype.kind not in "iuf" for values in numbers.values()):
        raise NotShownError(_NO_PLANE)
    points = np.column_stack([values.astype(float) for values in numbers.values()])
    first, second = numbers
    is_continuous = all(values.dtype.kind == "f" for values in numbers.values())
    return Plane(points, (first, second), is_continuous)


def plane(view: View) -> Scene:
    """Show points, real and drawn, over the critic's logit or the density; a class each."""
    drawn = plane_of(view, view.drawn.X)
    real = None if view.data is None else plane_of(view, view.data.X)
    ends = drawn.ends(np.zeros((0, 2)) if real is None else real.points)
    x, y = drawn.names
    shown = Scatter(None if real is None else real.points[:_POINTS], drawn.points[:_POINTS], x, y)
    if not len(view.classes):
        return Scene((replace(shown, field=_field(view, drawn, ends, None)),))
    return Scene(tuple(_by_class(view, drawn, real, ends)))


def _by_class(view: View, drawn: Plane, real: Plane | None, ends: Ends) -> Iterator[Scatter]:
    x, y = drawn.names
    for label in view.usual_classes(_CLASSES):
        field = _field(view, drawn, ends, label)
        mine = drawn.points[view.drawn.labels == label]
        seen = None
        if real is not None and view.data is not None and view.data.labels is not None:
            seen = real.points[view.data.labels == label][:_POINTS]
        yield Scatter(seen, mine[:_POINTS], x, y, _OF_CLASS.format(label=str(label)), field)


def _field(view: View, drawn: Plane, ends: Ends, label: Any) -> Field | None:
    """Ask the critic, or else the density, about the centres of cells."""
    model: Any = view.model
    if not drawn.is_continuous:
        return None
    rows = _grid(view, ends, label)
    y = None if label is None or model.label_ is not None else np.full(_CELLS**2, label)
    if hasattr(model, "realism"):
        return _of_critic(model.realism(rows, y), ends)
    if hasattr(model, "score_samples"):
        return _of_density(model.score_samples(rows, y), ends)
    return None


def _grid(view: View, ends: Ends, label: Any) -> Any:
    """Rows of all cells in the kind of data that ``fit`` got, the lowest row of cells first."""
    share = (np.arange(_CELLS) + 0.5) / _CELLS
    x, y = (low + share * (high - low) for low, high in ends)
    across, up = (axis.ravel() for axis in np.meshgrid(x, y))
    if view.model.kind_ == "array":
        return np.column_stack([across, up])
    numbers = iter((across, up))
    has_label = label is not None and view.model.label_ is not None
    names = view.model.feature_names_in_
    cells = {n: label if has_label and n == view.model.label_ else next(numbers) for n in names}
    return pd.DataFrame(cells, index=np.arange(_CELLS**2))


def _of_critic(logit: np.ndarray, ends: Ends) -> Field:
    most = float(np.quantile(np.abs(logit), 0.98)) or 1.0
    return Field(
        _CRITIC, logit.reshape(_CELLS, _CELLS), ends[0], ends[1], -most, most, about_zero=True
    )


def _of_density(nats: np.ndarray, ends: Ends) -> Field:
    finite = nats[np.isfinite(nats)]
    top = float(finite.max()) if len(finite) else 0.0
    return Field(_DENSITY, nats.reshape(_CELLS, _CELLS), ends[0], ends[1], top - _NATS, top)


_NO_PLANE = Text(
    "Only rows of two numbers are points in a plane.", "只有两列数值的行才是平面上的点。"
)
_OF_CLASS = Text("Class {label}", "类别 {label}")
_CRITIC = Text(
    "the critic's logit after the last step: above 0 a place looks real to it, below drawn",
    "最后一步之后判别器的对数几率：大于 0 表示看似真实，小于 0 表示看似生成",
)
_DENSITY = Text("log-density, nats", "对数密度（nats）")
