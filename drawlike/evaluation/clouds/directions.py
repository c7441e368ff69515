"""Fixed random directions along which clouds of many dimensions are compared."""

import numpy as np

N_DIRECTIONS = 64


def unit_directions(width: int, count: int = N_DIRECTIONS) -> np.ndarray:
    """Unit vectors, (width, count)."""
    drawn = _drawn(width, count)
    return drawn / np.sqrt((drawn**2).sum(0))


def projected(points: np.ndarray) -> np.ndarray:
    """Points (n, d) along 64 directions, (n, min(d, 64)); variances are kept in the mean."""
    if points.shape[1] <= N_DIRECTIONS:
        return points
    return points @ _drawn(points.shape[1], N_DIRECTIONS) / N_DIRECTIONS**0.5


def _drawn(width: int, count: int) -> np.ndarray:
    """Standard normal vectors, the same at every call."""
    return np.random.default_rng(0).standard_normal((width, count))
