"""What a look at a training sees, as a few numbers."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Snapshot:
    """Numbers of one look; those that need rows held back are NaN where there are none.

    Parameters
    ----------
    step : int
        When it was taken.
    distance : float
        Energy distance of drawn from held rows; 1 is that of a single point in their middle.
    lost : float
        Share of the rows in clusters that drawn rows fill to less than a fifth.
    diversity : float
        Mean distance between two drawn rows, over that between two real ones.
    middle : list of float
        Mean of the drawn rows from that of the rows, in units of their standard deviation in
        all directions.
    jitter : float
        Variance that the mean has from luck alone, in the square of that unit.
    separation : float
        Chance that the critic prefers a training row to a drawn one.
    overfit, overfit_z : float
        How far held rows stand from training rows in the critic's eyes: 0 as they, 1 as drawn
        ones (Karras et al. 2020, arXiv:2006.06676, equation 1), and in standard errors.
    nearness : float
        Chance that a drawn row is nearer to the training rows than a held one is.
    nearness_held : float
        The same with the places of training and held rows exchanged.
    norms : dict of str to list of float
        Root mean square of each layer's gradient, first to last, for each player.
    growth : float
        Root mean square of a player's weights over that at the start, the larger of both.
    saturated, saturated_class : float, str
        The separation within the rare class of the largest, and its name.
    gap, gap_z, gap_classes : float, float, str
        How much lower the critic holds rows held back than training rows, in rare classes beyond
        frequent ones: in standard deviations and errors, and the names of those classes.
    """

    step: int
    distance: float
    lost: float
    diversity: float
    middle: list[float]
    jitter: float
    separation: float
    overfit: float
    overfit_z: float
    nearness: float
    nearness_held: float
    norms: dict[str, list[float]]
    growth: float
    saturated: float = 0.0
    saturated_class: str = ""
    gap: float = 0.0
    gap_z: float = 0.0
    gap_classes: str = ""

    def state(self) -> dict[str, Any]:
        """Give it as plain values."""
        return asdict(self)
