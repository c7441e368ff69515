"""Standard normals between bounds, in log space: far tails keep their digits."""

import numpy as np
from scipy.special import log_ndtr, ndtri_exp


def log_mass(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Log-probability that a standard normal lies between two bounds, nats."""
    low, high, _ = _in_lower_tail(low, high)
    far, near = log_ndtr(low), log_ndtr(high)
    with np.errstate(divide="ignore", invalid="ignore"):
        mass: np.ndarray = near + np.log1p(-np.exp(far - near))
    return np.where(high > low, mass, -np.inf)


def draw(low: np.ndarray, high: np.ndarray, uniform: np.ndarray) -> np.ndarray:
    """Turn uniform numbers into standard normals between two bounds."""
    begin, end, flipped = _in_lower_tail(low, high)
    with np.errstate(divide="ignore"):
        level = np.logaddexp(log_ndtr(begin), np.log(uniform) + log_mass(begin, end))
    x = np.clip(ndtri_exp(np.minimum(level, 0.0)), begin, end)
    return np.where(flipped, -x, x)


def _in_lower_tail(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bounds, or their mirror images where more of them lies above 0."""
    flipped = -low < high
    return np.where(flipped, -high, low), np.where(flipped, -low, high), flipped
