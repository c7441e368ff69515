"""Which hidden units a row does without, by a generator in each lane of a vector."""

import numpy as np
from numba import njit

from .parts import F

_LEFT, _RIGHT, _AGAIN = np.uint32(13), np.uint32(17), np.uint32(5)


@njit(cache=True, fastmath=True, nogil=True)
def survivors(states: np.ndarray, share: float, out: np.ndarray) -> None:
    """Write 0 for a ``share`` of (n, width) and 1 / (1 - share) for the others.

    Xorshift (Marsaglia 2003), from ``states`` (width,) of uint32 that are not 0.
    """
    least, kept = np.uint32(share * 4294967295.0), F(1.0 / (1.0 - share))
    for r in range(out.shape[0]):
        for j in range(out.shape[1]):
            x = states[j]
            x = np.uint32(x ^ np.uint32(x << _LEFT))
            x = np.uint32(x ^ (x >> _RIGHT))
            x = np.uint32(x ^ np.uint32(x << _AGAIN))
            states[j] = x
            out[r, j] = kept if x >= least else F(0.0)
