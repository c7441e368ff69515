"""What goes wrong with a game of two players, seen early and told with evidence.

At the loop's pauses a :class:`Scene` takes a :class:`Snapshot`: a few hundred rows drawn, set
against rows that were chosen once, and the gradients of the last step. The checks of
:data:`ALARMS` read the snapshots so far; a :class:`Watch` raises an :class:`Alarm` where one
stays above its threshold.
"""

from .alarm import EXPLODING, Alarm, exploded
from .checks import ALARMS, Check
from .scene import Scene
from .snapshot import Snapshot
from .tail import RARE_GAP, RARE_OVERFIT, Gap, Tail
from .watch import Watch

__all__ = [
    "ALARMS",
    "EXPLODING",
    "RARE_GAP",
    "RARE_OVERFIT",
    "Alarm",
    "Check",
    "Gap",
    "Scene",
    "Snapshot",
    "Tail",
    "Watch",
    "exploded",
]
