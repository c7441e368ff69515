"""What an attack gives: success on training rows, on control rows, and the excess."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from ...report import Text
from ..metric import Measured
from ..null import share_interval, wilson

SURE = 1e-3
_EXCESS = Text(
    "{said}; excess risk {excess} (95 %: {low} to {high})",
    "{said}；超额风险 {excess}（95%：{low} 至 {high}）",
)


@dataclass(frozen=True)
class Attack:
    """Successes among attempts on training and on control rows.

    ``chance`` is the probability that control rows would fall as often as training rows do.
    """

    successes: float
    attempts: int
    control_successes: float
    control_attempts: int
    chance: float

    @property
    def rate(self) -> float:
        """Share of successes on training rows."""
        return self.successes / self.attempts

    @property
    def control_rate(self) -> float:
        """Share of successes on control rows."""
        return self.control_successes / self.control_attempts

    @property
    def excess(self) -> float:
        """Success beyond the control's, as a share of what is left to reach."""
        left = 1 - self.control_rate
        return (self.rate - self.control_rate) / left if left > 0 else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the excess, from Wilson's intervals of both rates, in [0, 1]."""
        rate, error = wilson(self.successes, self.attempts)
        control, control_error = wilson(self.control_successes, self.control_attempts)
        excess = (rate - control) / (1 - control)
        half = np.hypot(error, control_error * (1 - rate) / (1 - control)) / (1 - control)
        low, high = np.clip([excess - half, excess + half], 0, 1)
        return float(low), float(high)

    def measured(self, said: Text, chance: float | None = None, **details: object) -> Measured:
        """Give the rates and the excess; ``chance`` counts if this is one attack of several."""
        low, high = self.interval
        shown = {"excess": self.excess, "low": low, "high": high}
        note = _EXCESS.format(said=said, **{key: f"{value:.3f}" for key, value in shown.items()})
        return Measured(
            self.rate,
            *share_interval(self.successes, self.attempts),
            real=self.control_rate,
            chance=self.chance if chance is None else chance,
            note=note,
            details={**asdict(self), **shown, **details},
        )


def worst(attacks: Mapping[str, Attack]) -> tuple[str, float]:
    """Name the worst of several attacks, and give the chance that any of them does so well.

    Among those that surely leak it is the one with most excess, else the one that leaks most
    surely; where all look like luck, the one that was tried most often.
    """
    chances = {name: min(one.chance * len(attacks), 1.0) for name, one in attacks.items()}
    sure = [name for name, chance in chances.items() if chance < SURE]
    if sure:
        return max(sure, key=lambda name: attacks[name].excess), min(chances.values())
    name = min(attacks, key=lambda name: (chances[name], -attacks[name].attempts))
    return name, chances[name]
