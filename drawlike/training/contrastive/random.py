"""Many uniform numbers at a time inside compiled loops."""

import numpy as np
from numba import njit

LANES = 64  # generators side by side, so that the compiler fills vector registers
_UNIT = np.float32(2.0**-24)


def seeded(rng: np.random.Generator) -> np.ndarray:
    """Give the states of all lanes, (4, LANES) uint32."""
    return rng.integers(1, 2**32, (4, LANES), dtype=np.uint32)


def padded(n: int) -> int:
    """Round up to a length that :func:`fill_uniform` fills."""
    return -(-n // LANES) * LANES


@njit(cache=True)
def fill_uniform(state: np.ndarray, out: np.ndarray) -> None:
    """Fill ``out`` from [0, 1) by xoshiro128+ (Blackman & Vigna 2021, arXiv:1805.01407).

    Only the upper 24 bits are used: the lowest ones of this generator are weak.
    """
    for start in range(0, len(out), LANES):
        for lane in range(LANES):
            a, b, c, d = state[0, lane], state[1, lane], state[2, lane], state[3, lane]
            # numba widens sums of uint32: each has to be cut back
            out[start + lane] = np.float32(np.uint32(a + d) >> np.uint32(8)) * _UNIT
            shifted = np.uint32(b << np.uint32(9))
            c, d = np.uint32(c ^ a), np.uint32(d ^ b)
            b, a = np.uint32(b ^ c), np.uint32(a ^ d)
            c = np.uint32(c ^ shifted)
            d = np.uint32(np.uint32(d << np.uint32(11)) | np.uint32(d >> np.uint32(21)))
            state[0, lane], state[1, lane], state[2, lane], state[3, lane] = a, b, c, d
