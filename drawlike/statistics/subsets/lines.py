"""Points on the lines between rows, compiled: no array but the result is written."""

from typing import NamedTuple

import numpy as np
from numba import njit


class Ends(NamedTuple):
    """The lines: from row ``base`` (n,) to its neighbour number ``which`` (n,)."""

    base: np.ndarray
    which: np.ndarray


@njit(cache=True, nogil=True)
def between(
    x: np.ndarray, near: np.ndarray, ends: Ends, share: np.ndarray, out: np.ndarray
) -> None:
    """Write the points that lie ``share`` of the way, (n, width).

    ``x`` (m, width) are rows, ``near`` (m, k) the numbers of their neighbours. A cell that
    one of both lacks is the first one's.
    """
    for i in range(len(share)):
        own, other = x[ends.base[i]], x[near[ends.base[i], ends.which[i]]]
        for c in range(x.shape[1]):
            step = share[i] * (other[c] - own[c])
            out[i, c] = own[c] if np.isnan(step) else own[c] + step
