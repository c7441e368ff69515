"""Powers of 2 in compiled loops that become vector instructions."""

import math
from typing import Any

import numpy as np
from numba import njit

Array = np.ndarray[Any, Any]

LOG2_E = 1 / math.log(2)
_LEAST = -1000.0  # smaller powers count as 0: no product meets denormal numbers, which are slow
_WHOLE = 1.5 * 2.0**52  # added to a number, it leaves the nearest whole one in the last bits
# 2^f, |f| <= 1/2, by its Taylor series: to a unit in the last place
_C1, _C2, _C3, _C4, _C5, _C6, _C7, _C8, _C9, _C10, _C11, _C12 = (
    math.log(2) ** k / math.factorial(k) for k in range(1, 13)
)


@njit(cache=True, nogil=True, fastmath={"contract"})
def raise_two(powers: Array) -> None:
    """Put 2^z in the place of every z <= 0 of (n,), and NaN in that of NaN."""
    for i in range(len(powers)):
        powers[i] = _exp2(powers[i])


@njit(cache=True, nogil=True, fastmath={"contract"}, inline="always")
def _exp2(z: float) -> float:
    least = _LEAST if z < _LEAST else z  # noqa: FURB136 (a compiled max is slower)
    whole = least + _WHOLE
    f = least - (whole - _WHOLE)
    p = ((((_C12 * f + _C11) * f + _C10) * f + _C9) * f + _C8) * f + _C7
    p = ((((p * f + _C6) * f + _C5) * f + _C4) * f + _C3) * f + _C2
    bits = (np.float64(whole).view(np.int64) + np.int64(1023)) << np.int64(52)
    power = ((p * f + _C1) * f + 1.0) * np.int64(bits).view(np.float64)
    return 0.0 if z < _LEAST else power
