"""How a TopK draws rows from those that it keeps."""

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from ...errors import SettingError
from ...layout import Layout
from ...statistics.subsets.interpolation import Interpolated, Smoothed
from ...statistics.subsets.views import Varied, View

Points = Callable[[], Tensor]


class Copied:
    """Rows as they are."""

    def __init__(self, x: Tensor) -> None:
        self.x = x

    def draw(self, base: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Copy rows."""
        out[:] = self.x.numpy()[base]


class Group:
    """The kept rows of one class, how likely each is, and how it is varied."""

    def __init__(self, model: Any, x: Tensor, odds: np.ndarray, view: View) -> None:
        self.n, self.replace = len(x), model.replace
        equal = not len(odds) or (odds == odds[0]).all()
        self.odds = None if equal else odds / odds.sum()
        self.varied = VARIATIONS[model.vary](model, x, odds, view)

    def draw(self, out: np.ndarray, rng: np.random.Generator) -> None:
        """Draw encoded rows into ``out``, (n, width)."""
        n = len(out)
        if not self.replace and n > self.n:
            raise SettingError(
                f"{n} rows were asked for and {self.n} are kept; without "
                "replacement no more can be drawn. Raise k, or use replace=True."
            )
        if self.replace and self.odds is None:
            base = rng.integers(0, self.n, n)
        else:
            base = rng.choice(self.n, n, replace=self.replace, p=self.odds)
        self.varied.draw(base, rng, out)


def _smoothed(model: Any, x: Tensor, odds: np.ndarray, view: View) -> Varied:
    def variation(rows: Tensor, layout: Layout, points: Points) -> Varied:
        return Smoothed(rows, layout, bandwidth=model.bandwidth, weight=odds)

    return view.varied(x, variation)


def _interpolated(model: Any, x: Tensor, odds: np.ndarray, view: View) -> Varied:
    def variation(rows: Tensor, layout: Layout, points: Points) -> Varied:
        return Interpolated(rows, layout, points(), n_neighbors=model.n_neighbors)

    return view.varied(x, variation)


VARIATIONS: dict[Any, Callable[[Any, Tensor, np.ndarray, View], Varied]] = {
    None: lambda model, x, odds, view: Copied(x),
    "kernel": _smoothed,
    "interpolate": _interpolated,
}
