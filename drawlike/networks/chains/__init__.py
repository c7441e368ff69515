"""Compiled passes of NADE over a chain of softmaxes, in float32 on one thread.

``parts`` says what they read and write, ``arithmetic`` is what they do to a row, ``softmax`` what
they do to many, of which ``branches`` says which codes stand together; ``forward``,
``backward`` and ``draw`` are the passes.
"""

from .branches import Branches
from .climb import Chain, Climb, Each, Room, Share, shares_of
from .draw import draw
from .dropout import survivors
from .parts import (
    AT,
    DIGIT,
    FIRST,
    IS_ASKED,
    IS_TOLD,
    LAST,
    LEAVES,
    PRIOR,
    TO,
    USUAL,
    VARIABLE,
    Start,
    Tables,
    Task,
)
from .products import COLUMNS
from .tables import Wide, width_of

__all__ = [
    "AT", "COLUMNS", "DIGIT", "FIRST", "IS_ASKED", "IS_TOLD", "LAST", "LEAVES", "PRIOR", "TO",
    "USUAL", "VARIABLE", "Branches", "Chain", "Climb", "Each", "Room", "Share", "Start", "Tables", "Task", "Wide", "draw", "shares_of",
    "survivors", "width_of",
]  # fmt: skip
