"""An alarm: what was seen, from where on it is too much, what to try."""

import math
from dataclasses import asdict, dataclass
from typing import Any

from ...events import Emitter

EXPLODING = "exploding gradient"
_CALMER = "a lower lr, or look for extreme values in the data"


@dataclass(frozen=True)
class Alarm:
    """A fault of a training: its name, the step, a figure and its threshold, and advice.

    ``evidence`` says in words what the figure is and what stands beside it.
    """

    name: str
    step: int
    figure: float
    threshold: float
    evidence: str
    advice: str

    @property
    def message(self) -> str:
        """All of it in a sentence."""
        return f"{self.name} at step {self.step}: {self.evidence}. Try {self.advice}."

    def tell(self, events: Emitter) -> None:
        """Send it as a warning that has a name, a step and a value."""
        events.warning(self.message, self.name, step=self.step, value=self.figure)

    def state(self) -> dict[str, Any]:
        """Give it as plain values."""
        return asdict(self)


def exploded(step: int, losses: dict[str, float], limit: float, back_to: int) -> Alarm:
    """Tell that losses or weights left all bounds, and were taken back."""
    told = ", ".join(f"{name} {mean:.3g}" for name, mean in losses.items())
    evidence = (
        f"losses exploded or were not finite ({told}; no more than {limit:.3g} is usual), so it was "
        f"rolled back to step {back_to} and went on with a lower learning rate"
    )
    worst = max(losses.values(), key=lambda mean: math.inf if math.isnan(mean) else abs(mean))
    return Alarm(EXPLODING, step, worst, limit, evidence, _CALMER)
