"""Compiled passes of NADE over a chain of softmaxes, in float32 on one thread.

``parts`` says what they read and write, ``arithmetic`` is what they do to a row, ``forward``,
``backward`` and ``draw`` are the passes.
"""

from .backward import backward
from .draw import draw
from .forward import forward
from .parts import (
    DIGIT,
    FIRST,
    IS_ASKED,
    IS_TOLD,
    LAST,
    PRIOR,
    USUAL,
    VARIABLE,
    Slopes,
    Start,
    Tables,
    Task,
    Work,
)

__all__ = [
    "DIGIT", "FIRST", "IS_ASKED", "IS_TOLD", "LAST", "PRIOR", "USUAL", "VARIABLE",
    "Slopes", "Start", "Tables", "Task", "Work", "backward", "draw", "forward",
]  # fmt: skip
