"""Evidence of copying: synthetic rows beside the training rows that they may come from."""

from dataclasses import dataclass, fields, replace
from typing import Self

import numpy as np
import pandas as pd

from ..case import Case, Reality
from ..clouds.neighbours import nearest
from ..inputs.samples import ImageSample, Sample, TableSample, twelve_digits


@dataclass(frozen=True, eq=False)
class Pairs:
    """Synthetic rows, each with the nearest training row, the most incriminating first.

    Attributes
    ----------
    synthetic, training
        Positions in the sets that were given, (n,).
    distance
        From the one to the other, (n,).
    reference
        Distance to the nearest hold-out row, (n,); without a hold-out, to the second nearest
        training row.
    ratio
        The first over the second, (n,): 0 is a copy, fresh rows lie around 1.
    as_near
        How many hold-out rows have so low a ratio themselves, (n,); out of ``control``.
    """

    synthetic: np.ndarray
    training: np.ndarray
    distance: np.ndarray
    reference: np.ndarray
    ratio: np.ndarray
    as_near: np.ndarray
    control: int

    @classmethod
    def of(cls, case: Case) -> Self:
        """Look up the synthetic probes.

        A row in a crowd is near to everything, so that a distance alone proves nothing: what
        incriminates is a training row much nearer than any row that the generator never saw.
        Among exact copies the loneliest come first.
        """
        reality, (distances, index) = case.reality, case.nearest_in_train
        own, reference, control = distances[:, 0], distances[:, -1], np.empty(0)
        if reality.held_out is not None:
            control = reality.once("evidence", lambda: _control(reality))
            reference = nearest(case.probes.traces(), reality.holdout_probes.traces())[0][:, 0]
        ratio = _ratio(own, reference)
        probes = reality.places(len(case.synthetic), case.limits.probes, "synthetic probes")
        searched = reality.places(len(case.train), case.limits.searched, "searched")
        as_near = control.searchsorted(ratio, "right")
        sources = searched[index[:, 0]]
        found = cls(probes, sources, own, reference, ratio, as_near, len(control))
        return found.take(np.lexsort((-reference, ratio)))

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.synthetic)

    def take(self, places: np.ndarray) -> Self:
        """Give some of the pairs."""
        columns = {field.name: getattr(self, field.name)[places] for field in fields(self)[:-1]}
        return replace(self, **columns)

    def frame(self, case: Case) -> pd.DataFrame:
        """Give a row a pair, and what is equal in it."""
        columns = {field.name: getattr(self, field.name) for field in fields(self)[:-2]}
        rarity = (self.as_near + 1) / (self.control + 1) if self.control else np.nan
        drawn, real = case.synthetic.take(self.synthetic), case.train.take(self.training)
        return pd.DataFrame({**columns, "rarity": rarity, "equal": _equal(drawn, real)})


def equal_cells(drawn: TableSample, real: TableSample) -> np.ndarray:
    """Which cells of rows side by side are equal, (n, number of columns); missing is equal."""
    left, right = (twelve_digits(side.columns.numbers) for side in (drawn, real))
    numbers = (left == right) | (np.isnan(left) & np.isnan(right))
    return np.concatenate([numbers, drawn.columns.codes == real.columns.codes], axis=1)


def _equal(drawn: Sample, real: Sample) -> list[tuple[str, ...]] | np.ndarray:
    """Names of the equal columns, or the share of equal pixels."""
    if isinstance(drawn, TableSample) and isinstance(real, TableSample):
        names = np.array(drawn.columns.names, object)
        return [tuple(names[cells]) for cells in equal_cells(drawn, real)]
    if isinstance(drawn, ImageSample) and isinstance(real, ImageSample):
        return np.isclose(drawn.pixels, real.pixels, atol=1 / 512).mean((1, 2, 3))
    return np.full(len(drawn), np.nan)


def _control(reality: Reality) -> np.ndarray:
    """Ratios of hold-out rows to the other hold-out rows, sorted, (n,)."""
    traces = reality.holdout_probes.traces()
    distances, index = nearest(traces, traces, 2)
    # a row finds itself first, or an equal one
    other = np.where(index[:, 0] == np.arange(len(traces)), distances[:, -1], distances[:, 0])
    return np.sort(_ratio(reality.distances_to_train[:, 0], other))


def _ratio(own: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """One distance over the other; 1 where both are none, so that nothing can be told."""
    return np.divide(own, reference, out=np.where(own > 0, np.inf, 1.0), where=reference > 0)
