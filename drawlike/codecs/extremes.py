"""What lies far out in a column of numbers: the generalised Pareto law of excesses."""

from typing import NamedTuple

import numpy as np

_PRIOR = 3.0  # how many quartiles the candidates' typical reach is
_CANDIDATES = 30
_LEAST = 1e-9  # quartile, in units of the largest value
_FAR, _FEWEST_FAR, _MOST_FAR = 0.05, 20, 1000  # values that the law of a tail is fitted to
_MOST_HALVINGS = 30
_LAW_ROWS = 1.0  # which the law counts for, beside those of the outermost piece


class Pareto(NamedTuple):
    r"""Law of how far values lie beyond a threshold.

    .. math:: P(X > x) = (1 + \xi x / \sigma)^{-1/\xi}

    ``shape`` is :math:`\xi`: 0 of an exponential tail, above 0 of a heavier one, of which
    :math:`1/\xi` is the tail index, and below 0 of one that ends. ``scale`` is :math:`\sigma`.
    """

    shape: float
    scale: float

    def beyond(self, survival: np.ndarray) -> np.ndarray:
        """Excesses that so great shares of the law exceed, (n,)."""
        if abs(self.shape) < 1e-9:
            return -self.scale * np.log(survival)
        with np.errstate(over="ignore"):
            reach: np.ndarray = self.scale / self.shape * np.expm1(-self.shape * np.log(survival))
        return reach

    def survival(self, excesses: np.ndarray) -> np.ndarray:
        """Share of the law beyond each excess, (n,)."""
        if abs(self.shape) < 1e-9:
            return np.exp(-excesses / self.scale)
        inner = np.maximum(1 + self.shape * (excesses / self.scale), 0.0)
        share: np.ndarray = inner ** (-1 / self.shape)
        return share

    def above(self, excess: float) -> "Pareto":
        """Law of what lies beyond a higher threshold."""
        return Pareto(self.shape, self.scale + self.shape * excess)


def n_far(n_rows: float | np.ndarray) -> np.ndarray:
    """How many of so many values count as far ones."""
    return np.clip(_FAR * np.asarray(n_rows), _FEWEST_FAR, _MOST_FAR)


def far(values: np.ndarray) -> tuple[float, np.ndarray] | None:
    """Threshold below the highest twentieth of all values, and how far those lie beyond it.

    None of few values, and where all that lie beyond are equal.
    """
    n_beyond = int(n_far(len(values)))
    inner = len(values) - n_beyond - 1
    if inner < n_beyond:
        return None
    values = np.partition(values, inner)
    with np.errstate(over="ignore"):
        excesses = values[inner + 1 :] - values[inner]
    excesses = excesses[excesses > 0]
    if len(excesses) < 2 or excesses.min() == excesses.max() or np.isinf(excesses).any():
        return None
    return float(values[inner]), excesses


class Weighed(NamedTuple):
    """Values of rows, (n,), and what each weighs."""

    values: np.ndarray
    weight: np.ndarray

    @classmethod
    def of(cls, distinct: np.ndarray, counts: np.ndarray, mass: np.ndarray) -> "Weighed":
        """Rows of so many distinct values, each as often as it came, with its part of the mass."""
        return cls(np.repeat(distinct, counts), np.repeat(mass / counts, counts))

    def beyond(self, start: float) -> "Weighed":
        """Rows above a value."""
        is_beyond = self.values > start
        return Weighed(self.values[is_beyond], self.weight[is_beyond])

    def mirrored(self) -> "Weighed":
        """The same, the lowest value the highest."""
        return Weighed(-self.values, self.weight)

    def up_to(self, borders: np.ndarray) -> tuple[np.ndarray, float]:
        """Share of the weight up to each border, and how many rows tell as much (Kish 1965)."""
        total = self.weight.sum()
        if not total > 0:
            return np.zeros(len(borders)), 0.0
        order = np.argsort(self.values)
        below = np.concatenate([[0.0], np.cumsum(self.weight[order])]) / total
        at = np.searchsorted(self.values[order], borders, side="right")
        return below[at], float(total**2 / np.square(self.weight).sum())


def with_tails(
    x: np.ndarray, t: np.ndarray, rows: Weighed, heavy: np.ndarray, cell: float
) -> tuple[np.ndarray, np.ndarray]:
    """More knots in the outermost pieces, placed by the law of far values.

    Parameters
    ----------
    x, t : ndarray, (k,)
        Knots, increasing, and the share of rows up to each, in any unit.
    rows : Weighed
        Values, and what they weigh.
    heavy : ndarray, (2,)
        Which of the two ends one value fills: nothing thins out there.
    cell : float
        Distance of neighbouring possible values, 0 when continuous.
    """
    if not heavy[1]:
        x, t = _with_tail(x, t, rows, cell)
    if not heavy[0]:
        x, t = _with_tail(-x[::-1], -t[::-1], rows.mirrored(), cell)
        x, t = -x[::-1], -t[::-1]
    return x, t


def _with_tail(
    x: np.ndarray, t: np.ndarray, rows: Weighed, cell: float
) -> tuple[np.ndarray, np.ndarray]:
    borders, below = _halvings(rows, x[-2], x[-1], cell)
    places = t[-2] + below * (t[-1] - t[-2])
    return np.concatenate([x[:-2], borders]), np.concatenate([t[:-2], places])


def _halvings(rows: Weighed, start: float, stop: float, cell: float) -> np.ndarray:
    """Borders from ``start`` to ``stop``, and the share of the tail of ``rows`` below each, (2, k).

    Beyond each border lies half of what is left, by the law of the highest values, cut at
    ``stop``. Shares are those of the rows themselves, and of one row more that is spread by the
    law. Borders are ends of cells, counted from ``start``. None but the two ends where that law is
    not known.
    """
    ends = np.array([[start, stop], [0.0, 1.0]])
    found = far(rows.values)
    if found is None:
        return ends
    threshold, excesses = found[0] + cell / 2, found[1] - cell / 2
    law = pareto_of(excesses).above(start - threshold)
    if start < threshold or not law.scale > 0:
        return ends
    left = float(law.survival(np.array([stop - start]))[0])
    inner = law.beyond(0.5 ** np.arange(1, _MOST_HALVINGS + 1))
    inner = np.unique(np.rint(inner / cell) * cell if cell else inner)
    inner = inner[(inner > 0) & (inner < stop - start - cell / 2)]
    below = (1 - law.survival(inner)) / (1 - left)
    share, n_rows = rows.beyond(start).up_to(start + inner)
    below = (n_rows * share + _LAW_ROWS * below) / (n_rows + _LAW_ROWS)
    return np.insert(ends, 1, np.stack([start + inner, below]).T, axis=1)


def pareto_of(excesses: np.ndarray) -> Pareto:
    """Fit the law to excesses above 0, (n,); not proper where all are equal.

    The mean over the likelihood of candidates that the sample's quartile and largest value set
    (Zhang and Stephens 2009, doi:10.1198/tech.2009.08017): no search, and no failure.
    """
    n, largest = len(excesses), float(excesses.max())
    x = np.sort(excesses / largest)
    quartile = max(x[int(n / 4 + 0.5) - 1], _LEAST)
    steps = np.arange(1, _CANDIDATES + int(np.sqrt(n)) + 1)
    theta = 1 + (1 - np.sqrt(len(steps) / (steps - 0.5))) / (_PRIOR * quartile)
    shapes = np.log1p(-theta[:, None] * x).mean(1)
    theta, shapes = theta[shapes != 0], shapes[shapes != 0]
    log_likelihood = n * (np.log(-theta / shapes) - shapes - 1)
    weights = np.exp(log_likelihood - log_likelihood.max())
    best = float(theta @ weights / weights.sum())
    shape = float(np.log1p(-best * x).mean())
    return Pareto(shape, -shape / best * largest)
