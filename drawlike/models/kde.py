"""Kernel density estimate."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..base import (
    ClassifierMixin,
    ConditionalMixin,
    DensityMixin,
    GenerativeModel,
    IncrementalMixin,
    RandomState,
    Run,
    check_counts,
    check_known,
)
from ..errors import NotConditionalError, SettingError
from ..layout import Layout
from ..rows import Encoded, Rows
from ..statistics.columns import Columns
from ..statistics.kernels.bandwidth import RULES, by_factor, by_likelihood, n_counted, scott, spread
from ..statistics.kernels.centres import centred, coded, completed, whole
from ..statistics.kernels.given import mean_given, sample_given
from ..statistics.kernels.kernel import Kernels, Smoothing, from_state, to_state

_TYPES = ("full", "diag")


class KDE(IncrementalMixin, ConditionalMixin, ClassifierMixin, DensityMixin, GenerativeModel):
    r"""Kernel density estimate: a normal around every row, for each class if there are labels.

    .. math:: p(x) = \sum_j w_j N(x; x_j, H)

    Codes of a table (categories, atoms, missing values) have a kernel of their own: with a
    chance that is learned for each column, the code is drawn anew from the column's
    frequencies. Unobserved cells (NaN) are marginalised in scoring; a training row with gaps
    stands for several, which take the missing cells from rows that are alike. Sample
    weights count as repeated rows. The density is exact, or a lower bound where values are
    rounded (whole numbers, grey levels).

    **It keeps its training rows**, saves them, and every row that it draws lies within
    reach of one kernel of a training row: with a small bandwidth, near-copies. It is a
    baseline and a density, nothing to share data with.

    Parameters
    ----------
    bandwidth : {"likelihood", "scott", "silverman"}, float or array of shape (d,)
        ``"likelihood"`` chooses the kernel's whole covariance H, and the chances of codes,
        by the likelihood of rows that are left out, equal rows together (Duin 1976;
        Leiva-Murillo & Artes-Rodriguez 2012). The rules are exact for normal data, and too
        wide for several modes. A number is the kernel's standard deviation, as in
        scikit-learn, an array that of each real column, as the codec encodes them.
    covariance_type : {"full", "diag"}
        Whether a kernel's columns may depend on each other. Those of images, and numbers
        beside a code, never do.
    max_rows : int, optional
        Keep at most so many rows, drawn in proportion to their weights; None keeps all.
        Scoring a row costs as much as there are rows.

    Attributes
    ----------
    bandwidth_ : ndarray, (d,) or (n_classes, d)
        Standard deviation of the kernel in each real column, as the codec encodes them.
    covariance_ : ndarray, (d, d) or (n_classes, d, d)
        Covariance H of the kernel.
    redraw_ : ndarray, (m,) or (n_classes, m)
        Chance that a code is drawn anew.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import KDE
    >>> rng = np.random.default_rng(0)
    >>> rows = np.concatenate([rng.normal(-5, 1, (300, 1)), rng.normal(5, 1, (300, 1))])
    >>> rule = KDE("scott", random_state=0).fit(rows)
    >>> model = KDE(random_state=0).fit(rows)
    >>> model.score(rows) > rule.score(rows)
    True
    >>> bool(model.bandwidth_[0] < rule.bandwidth_[0])
    True
    """

    name = "kde"
    contains_training_rows = True
    streams = True
    scored_together = 1 << 17  # kernels cut rows themselves, and share them among threads

    def __init__(
        self,
        bandwidth: Any = "likelihood",
        *,
        covariance_type: str = "full",
        max_rows: int | None = None,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.bandwidth = bandwidth
        self.covariance_type = covariance_type
        self.max_rows = max_rows
        self.random_state = random_state
        self.device = device

    @property
    def density(self) -> str:
        """Whether ``score_samples`` is "exact", or a "lower bound" for rounded values."""
        fitted = [k for k in getattr(self, "kernels_", ()) if k is not None]
        rounded = any(bool(kernels.cell.any()) for kernels in fitted)
        return "lower bound" if rounded else "exact"

    @property
    def covariance_(self) -> np.ndarray:
        """Covariance of the kernel."""
        return self._shown(lambda k: k.smoothing.covariance * torch.outer(*(k.frame.unit,) * 2))

    @property
    def bandwidth_(self) -> np.ndarray:
        """Standard deviation of the kernel in each real column."""
        return np.sqrt(self.covariance_.diagonal(axis1=-2, axis2=-1))

    @property
    def redraw_(self) -> np.ndarray:
        """Chance that a code is drawn anew."""
        return self._shown(lambda k: k.smoothing.redraw)

    def _fit(self, data: Encoded, layout: Layout, run: Run) -> None:
        self._check_settings()
        rng = run.rngs["sampling"]
        rows = data.gather() if self.max_rows is None else data.subset(self.max_rows, rng)
        run.events.warning(
            "KDE keeps its training rows: its samples are near them, and may be near-copies",
            name="copies",
        )
        self._learn_kernels(rows, Columns.of(layout), run)

    def _partial_fit(self, data: Rows, layout: Layout, run: Run) -> None:
        if self.n_rows_:
            kept = self._kept(data.n_classes).to(run.device)
            pairs = zip(*((r.x, r.cond, r.weight) for r in (kept, data)), strict=True)
            data = Rows(*(torch.cat([old, new.to(old)]) for old, new in pairs))
        self._fit(data, layout, run)

    def _learn_kernels(self, rows: Rows, columns: Columns, run: Run) -> None:
        """Make the kernels of every class; None for a class that has no rows yet."""
        overall = centred(columns, rows.x, rows.weight)
        label, k = torch.from_numpy(_class_of(rows.cond)).to(run.device), max(1, rows.n_classes)
        kernels: list[Kernels | None] = []
        masses: list[float] = []
        for c in range(k):
            chosen = rows.take(label == c)
            masses.append(float(chosen.weight.sum()))
            kernels.append(self._kernels(chosen, columns, overall, run) if len(chosen) else None)
            run.events.progress(c + 1, k, unit="kernels")
        self.kernels_, self.masses_ = kernels, masses

    def _kernels(self, rows: Rows, columns: Columns, overall: Kernels, run: Run) -> Kernels:
        n, rng = n_counted(rows.weight.double()), run.rngs["sampling"]
        raw = coded(centred(columns, rows.x, rows.weight, overall), rng)
        filled = completed(raw, rng)
        return filled.smoothed(self._smoothing(raw, filled, n, run))

    def _smoothing(self, raw: Kernels, filled: Kernels, n: float, run: Run) -> Smoothing:
        covariance = spread(filled, n)
        if self._is_diagonal(filled.columns):
            covariance = torch.diag(covariance.diagonal())
        d = len(filled.dense)
        if not isinstance(self.bandwidth, str):
            given = by_factor(filled, covariance, scott(n, d))
            return given._replace(covariance=self._given(filled))
        rule = RULES.get(self.bandwidth, scott)
        smoothing = by_factor(filled, covariance, rule(n, d))
        if self.bandwidth in RULES or (known := whole(raw)) is None:
            return smoothing
        axes = None if self._is_diagonal(filled.columns) else covariance
        start = known.smoothed(smoothing)
        return by_likelihood(start, axes, run.rngs["initialisation"], run.events)

    def _is_diagonal(self, columns: Columns) -> bool:
        is_image = any(len(pool) > 1 for pool in columns.pools)
        return self.covariance_type == "diag" or is_image

    def _given(self, kernels: Kernels) -> Tensor:
        """Covariance of kernels as wide as the user says."""
        d = len(kernels.frame.unit)
        widths = np.asarray(self.bandwidth, np.float64)
        if widths.shape not in ((), (d,)):
            raise SettingError(
                f"bandwidth has shape {widths.shape}; give one number, or {d}: one a real column."
            )
        each = torch.from_numpy(np.broadcast_to(widths, d).copy()).to(kernels.frame.unit)
        return torch.diag((each / kernels.frame.unit).square())

    def _check_settings(self) -> None:
        check_known(self, covariance_type=_TYPES)
        if self.max_rows is not None:
            check_counts(self, "max_rows")
        if isinstance(self.bandwidth, str):
            check_known(self, bandwidth=("likelihood", *RULES))
            return
        widths = np.asarray(self.bandwidth, np.float64)
        if not (np.isfinite(widths).all() and (widths > 0).all()):
            raise SettingError(f"bandwidth={self.bandwidth!r}; use widths above 0, or a rule.")

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return self._by_class(cond, lambda kernels, rows: kernels.sample(len(rows), rng))

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        out = x.new_full((len(x),), -torch.inf, dtype=torch.float64)
        for c, rows in _groups(cond):
            kernels = self.kernels_[c]
            if kernels is not None:  # a class without rows yet has no density
                out[rows] = kernels.log_prob(x[rows].to(self._device)).to(out)
        return out

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Draw the cells that are NaN given the others."""
        return self._by_class(
            cond, lambda kernels, rows: sample_given(kernels, evidence[rows].to(self._device), rng)
        )

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        """Means, and likeliest codes, of the cells that are NaN given the others."""
        return self._by_class(
            cond, lambda kernels, rows: mean_given(kernels, evidence[rows].to(self._device))
        )

    def _by_class(self, cond: Tensor, rows_of: Callable[[Kernels, Tensor], Tensor]) -> Tensor:
        parts, places = [], []
        for c, rows in _groups(cond):
            kernels = self.kernels_[c]
            if kernels is None:
                known = self.labels_.classes_[c]
                raise NotConditionalError(f"No row of class {known!r} has come yet: learn some.")
            parts.append(rows_of(kernels, rows).cpu())
            places.append(rows)
        out = parts[0].new_empty((len(cond), parts[0].shape[1]))
        return out.index_copy_(0, torch.cat(places), torch.cat(parts))

    @property
    def _device(self) -> torch.device:
        return self._known[0].weights.device

    @property
    def _known(self) -> list[Kernels]:
        return [kernels for kernels in self.kernels_ if kernels is not None]

    def _shown(self, value: Callable[[Kernels], Tensor]) -> np.ndarray:
        """An array a class, NaN for one without rows; without labels, that of all."""
        blank = torch.full_like(value(self._known[0]), torch.nan)
        each = [blank if kernels is None else value(kernels) for kernels in self.kernels_]
        shown = torch.stack(each).cpu().numpy()
        return shown if self.labels_.n_classes else shown[0]

    def _kept(self, n_classes: int) -> Rows:
        """The rows of earlier fits, their gaps filled."""
        x, label, weight = [], [], []
        for c, (kernels, mass) in enumerate(zip(self.kernels_, self.masses_, strict=True)):
            if kernels is not None:
                x.append(kernels.join(kernels.reals, kernels.codes))
                label += [c] * len(kernels.weights)
                weight.append(kernels.weights * mass)
        one_hot = torch.eye(max(1, n_classes), dtype=torch.float64)[label, :n_classes]
        return Rows(torch.cat(x).cpu(), one_hot, torch.cat(weight).cpu())

    def _state(self) -> dict[str, Any]:
        return {"masses": self.masses_, "kernels": [k and to_state(k) for k in self.kernels_]}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        columns = Columns.of(layout)
        self.masses_ = state["masses"]
        self.kernels_ = [k and from_state(k, columns) for k in state["kernels"]]


def _class_of(cond: Tensor) -> np.ndarray:
    """Class number of each row; 0 for all without labels."""
    return cond.argmax(1).cpu().numpy() if cond.shape[1] else np.zeros(len(cond), int)


def _groups(cond: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Each class that occurs, and the numbers of its rows."""
    label = _class_of(cond)
    for c in np.unique(label).tolist():
        yield c, torch.from_numpy(np.flatnonzero(label == c))
