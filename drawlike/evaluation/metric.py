"""A metric as a record, and what measuring it gave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..report import Text

if TYPE_CHECKING:
    from .case import Case

FEWEST_ROWS = 20  # with fewer rows luck explains everything

NOTHING = Text("", "")

Better = Literal["higher", "lower", "closer to ideal"]
Aspect = Literal["fidelity", "diversity", "copying", "utility", "likelihood"]
Kept = Callable[[float, float], float]


class NotComputedError(Exception):
    """A metric has no value for these data; ``reason`` says why, for the report."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True)
class Measured:
    """A value with its 95 % interval, beside the same figure for fresh real rows.

    ``chance`` is the probability that fresh real rows look at least as bad by luck; NaN
    where there is no test. ``real`` holds for the same numbers of rows.
    """

    value: float
    low: float = np.nan
    high: float = np.nan
    real: float = np.nan
    chance: float = np.nan
    note: Text = NOTHING
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """A number with its meaning.

    Attributes
    ----------
    measure
        Takes a :class:`Case` (training, hold-out and synthetic rows and what all metrics
        share) and gives a value; raises :class:`NotComputedError` where there is none.
    ideal
        The value that cannot be bettered with endless data.
    kept
        How much of what real rows reach is reached, 0 to 1, from (value, real).
    tolerance
        An alarm with at least so much kept is a remark and no reason to fail.
    fewest
        Rows of each set below which it is not computed.
    only_proven
        Whether what is kept counts in the score only where there is an alarm: the worst of
        many looks bad by luck.
    kinds
        Kinds of data for which the metric has a meaning; others do not list it.
    """

    title: Text
    measure: Callable[["Case"], Measured]
    ideal: float
    better: Better
    unit: Text
    aspect: Aspect
    about: Text
    source: str
    kept: Kept
    tolerance: float = 0.8
    fewest: int = FEWEST_ROWS
    only_proven: bool = False
    kinds: tuple[str, ...] = ("table", "array", "image")

    @property
    def name(self) -> str:
        """The title in English, by which the metric is known."""
        return self.title.en


def attempt(metric: Metric, case: "Case") -> Measured:
    """Measure, or say why that cannot be done; a metric never vanishes."""
    reality = case.reality
    sets = [rows for rows in (reality.train, reality.held_out, case.synthetic) if rows is not None]
    fewest = min(map(len, sets))
    if fewest < metric.fewest:
        return Measured(np.nan, note=_NOT_COMPUTED.format(why=_ONLY.format(n=fewest)))
    try:
        return metric.measure(case)
    except NotComputedError as error:
        return Measured(np.nan, note=_NOT_COMPUTED.format(why=error.reason))


@dataclass(frozen=True)
class Finding:
    """A metric, what it measured, and what follows."""

    metric: Metric
    measured: Measured
    alarm: bool = False

    @property
    def computed(self) -> bool:
        """Whether there is a value."""
        return not np.isnan(self.measured.value)

    @property
    def kept(self) -> float:
        """How much of what real rows reach is reached, 0 to 1; NaN when that is not known."""
        if not self.computed or np.isnan(self.measured.real):
            return np.nan
        return float(np.clip(self.metric.kept(self.measured.value, self.measured.real), 0, 1))

    @property
    def passed(self) -> bool | None:
        """Whether real rows may look like that, or nearly; None when that was not tested."""
        if not self.computed or np.isnan(self.measured.chance):
            return None
        return not self.alarm or self.kept >= self.metric.tolerance


def kept_share(value: float, real: float) -> float:
    """Compare a share that should be high with the one of real rows."""
    return value / real if real > 0 else 1.0


def kept_around(value: float, real: float) -> float:
    """Compare a figure that may be too low or too high with the one of real rows."""
    return min(value, real) / max(value, real) if max(value, real) > 0 else 1.0


def kept_auc(value: float, real: float) -> float:
    """Compare areas under a curve where one half means that nothing can be told apart."""
    return (1 - max(value, 0.5)) / (1 - max(real, 0.5)) if real < 1 else 1.0


def kept_distance(value: float, real: float) -> float:
    """Compare a distance that should be small with the one of real rows."""
    return real / value if value > 0 else 1.0


def kept_excess(value: float, real: float) -> float:
    """Compare a share of bad rows with the one of real rows; a tenth more leaves nothing."""
    return 1 - max(value - real, 0.0) / 0.1


def kept_risk(value: float, real: float) -> float:
    """Compare an attack's success with that on the control; a tenth of excess risk leaves nothing."""
    return 1 - max((value - real) / (1 - real), 0.0) / 0.1 if real < 1 else 1.0


def kept_membership(value: float, real: float) -> float:
    """Compare a share that is one half without copies; a tenth of copies leaves nothing."""
    return 1 - max(2 * (value - real), 0.0) / 0.1


def kept_frequencies(value: float, real: float) -> float:
    """Compare a scatter that is 0 for a copy and 1 for draws with repetition."""
    return value


def kept_frechet(value: float, real: float) -> float:
    """Compare squared distances in units of the data's spread."""
    return 1 - max(value - real, 0.0) ** 0.5


def kept_factor(value: float, real: float) -> float:
    """Compare logarithms of ratios: a factor of two leaves a half."""
    return float(np.exp(-max(value - real, 0.0)))


def kept_gap(value: float, real: float) -> float:
    """Compare differences of shares of rows."""
    return 1 - max(value - real, 0.0)


def kept_cubic(value: float, real: float) -> float:
    """Compare cubic kernels, in which a shift counts threefold."""
    return kept_frechet(value / 3, real / 3)


def kept_transport(value: float, real: float) -> float:
    """Compare distances in standard deviations, whose squares add up."""
    return kept_frechet(value**2, real**2)


def kept_density(value: float, real: float) -> float:
    """Compare mean log-densities, in hundredths of a nat: the ratio of densities themselves."""
    return kept_factor(value / 100, real / 100)


def kept_skill(value: float, real: float) -> float:
    """Compare areas under a curve where one half means that nothing was learned."""
    return (value - 0.5) / (real - 0.5) if real > 0.5 else 1.0


def kept_anyway(value: float, real: float) -> float:
    """Compare what is a remark whatever its size."""
    return 1.0


_NOT_COMPUTED = Text("not computed: {why}", "未计算：{why}")
_ONLY = Text("one of the sets has only {n} rows", "某组数据只有 {n} 行")
