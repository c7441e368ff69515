"""Which rows of a source were set aside before anything was learned."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..errors import DataError

if TYPE_CHECKING:
    from .dataset import Dataset


@dataclass(frozen=True, eq=False)
class Holdout:
    """A hold-out that can be found again in its source.

    Attributes
    ----------
    seed
        What the rows were drawn with.
    fraction
        The share of the rows at hand that was set aside.
    stratified
        Whether every class gave the same share.
    n
        Number of rows of the source.
    source_sha256
        The hash of the source, or None for data that came from memory.
    mask
        Boolean, shape (n,): true for a row that was set aside.
    """

    seed: int
    fraction: float
    stratified: bool
    n: int
    source_sha256: str | None
    mask: np.ndarray

    @property
    def ids(self) -> np.ndarray:
        """Row numbers in the source, ascending, int64."""
        return np.flatnonzero(self.mask)

    def apply(self, data: "Dataset") -> "tuple[Dataset, Dataset]":
        """Split the same source again into (the rest, the rows set aside).

        Raises
        ------
        DataError
            If the source has another hash, or a row that this hold-out never saw.
        """
        found = data.source.get("sha256")
        if self.source_sha256 and found and found != self.source_sha256:
            raise DataError(
                f"{data.source.get('path', 'This source')} has changed since the hold-out was "
                f"taken: its sha256 is {found[:12]}..., not {self.source_sha256[:12]}... "
                "Give the file as it was, or split and fit again."
            )
        if len(data) and data.ids.max() >= self.n:
            raise DataError(
                f"The hold-out was taken from {self.n} rows, and these data go up to row "
                f"{data.ids.max() + 1}: give the same data, or split and fit again."
            )
        aside = self.mask[data.ids]
        return data.take(~aside), data.take(aside)

    def state(self) -> dict[str, Any]:
        """Give JSON values and one array: the mask, eight rows to a byte."""
        return {
            "seed": self.seed,
            "fraction": self.fraction,
            "stratified": self.stratified,
            "n": self.n,
            "source_sha256": self.source_sha256,
            "mask": np.packbits(self.mask),
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Read what :meth:`state` gave."""
        bits = np.asarray(state["mask"], dtype=np.uint8)
        n = int(state["n"])
        if bits.shape != ((n + 7) // 8,):
            raise DataError(f"A hold-out of {n} rows needs {(n + 7) // 8} bytes, not {bits.size}.")
        return cls(**{**state, "mask": np.unpackbits(bits, count=n).astype(bool)})
