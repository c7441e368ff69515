"""Which transitions there may be: patterns (S, S) of zeros that learning keeps."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ...errors import SettingError

Pattern = Callable[[int, int], np.ndarray]  # of the number of states and the width


def ergodic(n_states: int, width: int = 0) -> np.ndarray:
    """Every state may follow every state."""
    return np.ones((n_states, n_states), bool)


def left_right(n_states: int, width: int = 1) -> np.ndarray:
    """A state lasts, or moves on by at most ``width``; the last one stays (Bakis 1976)."""
    step = _steps(n_states)
    return (step >= 0) & (step <= width)


def cyclic(n_states: int, width: int = 1) -> np.ndarray:
    """A state lasts, or moves on by at most ``width``; after the last comes the first."""
    return _steps(n_states) % n_states <= width


def banded(n_states: int, width: int = 1) -> np.ndarray:
    """A state lasts, or moves by at most ``width`` either way."""
    return abs(_steps(n_states)) <= width


PATTERNS: dict[str, Pattern] = {
    "full": ergodic,
    "left-right": left_right,
    "cyclic": cyclic,
    "banded": banded,
}


def pattern(structure: str | ArrayLike, n_states: int, width: int = 1) -> Tensor:
    """Where transitions may be, (S, S): by name, or where a matrix is not 0."""
    if isinstance(structure, str):
        if structure not in PATTERNS:
            raise SettingError(
                f"transitions={structure!r} is unknown; use one of {', '.join(PATTERNS)}, or a "
                "matrix that is 0 where there must be no transition."
            )
        return torch.from_numpy(PATTERNS[structure](n_states, width))
    values = np.asarray(structure)
    allowed = values != 0
    if allowed.shape != (n_states, n_states):
        raise SettingError(
            f"transitions has shape {allowed.shape}; expected {(n_states, n_states)}, one row "
            "for each state."
        )
    if not (values >= 0).all():
        raise SettingError(
            "transitions holds negative numbers or NaN; give 0 where there must be no "
            "transition, and 1 elsewhere."
        )
    if not allowed.any(1).all():
        stuck = int(np.flatnonzero(~allowed.any(1))[0])
        raise SettingError(
            f"Nothing may follow state {stuck} in transitions; allow it to last, at least."
        )
    return torch.from_numpy(allowed)


def first_states(structure: str | ArrayLike, n_states: int) -> Tensor:
    """Which states may begin a sequence, (S,): the first alone where all moves go right."""
    begins = torch.ones(n_states, dtype=torch.bool)
    if isinstance(structure, str) and structure == "left-right":
        begins[1:] = False
    return begins


def _steps(n_states: int) -> np.ndarray:
    """How far each state is to the right of each, (S, S)."""
    at = np.arange(n_states)
    return at[None] - at[:, None]
