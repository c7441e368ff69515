"""Parts of a column: some of its codes, and values between bounds."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np


@dataclass(frozen=True, eq=False)
class Region:
    """What of an encoded column may be.

    ``shares`` (n_codes,) are how much of each code is in it, 0 to 1; None for a number without
    codes. ``spans`` (s, 3) are rows of a code, and of bounds between which the number beside
    that code lies: the place in a bin, or a real's value.
    """

    place: slice
    shares: np.ndarray | None
    spans: np.ndarray = field(default_factory=lambda: np.empty((0, 3)))

    @property
    def codes(self) -> np.ndarray:
        """Codes of which some is in it."""
        return np.empty(0, int) if self.shares is None else np.flatnonzero(self.shares > 0)

    @property
    def bounds(self) -> np.ndarray:
        """Bounds of the real that has no code or the first, (s, 2)."""
        return self.spans[self.spans[:, 0] == 0, 1:]

    def placed(self, codes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Draw a place in the bin of each code, evenly from what is in it, NaN without one, (n,)."""
        if not len(self.spans):
            return np.full(len(codes), np.nan)
        first, upto = self._lengths
        start = np.concatenate([[0.0], upto])[first]
        begin, end = start[codes], start[codes + 1]
        at = begin + rng.random(len(codes)) * (end - begin)
        span = np.clip(np.searchsorted(upto, at, side="right"), 0, len(upto) - 1)
        low, high = self.spans[span, 1], self.spans[span, 2]
        inside = np.clip(high - (upto[span] - at), low, high)
        return np.where(first[codes + 1] > first[codes], inside, np.nan)

    @cached_property
    def _lengths(self) -> tuple[np.ndarray, np.ndarray]:
        """First span of each code, and the lengths of the spans summed up."""
        assert self.shares is not None
        code = self.spans[:, 0].astype(int)
        first = np.searchsorted(code, np.arange(len(self.shares) + 1))
        return first, np.cumsum(self.spans[:, 2] - self.spans[:, 1])
