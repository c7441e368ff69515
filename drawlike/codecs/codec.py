"""What every codec offers to a model."""

from typing import Any, Protocol, Self

import numpy as np

from ..layout import Layout


class Codec(Protocol):
    """Learns from raw data how to encode them, and gives back data of the same kind."""

    @property
    def layout_(self) -> Layout:
        """What the encoded columns mean."""
        ...

    def fit(self, raw: Any, *, weight: np.ndarray | None = None) -> Self:
        """Learn from raw rows; a weight counts as that many equal rows."""
        ...

    def encode(self, raw: Any) -> np.ndarray:
        """Encoded rows, (n, ``layout_.width``) float64; it may share memory with ``raw``."""
        ...

    def decode(self, encoded: np.ndarray, rng: np.random.Generator | None = None) -> Any:
        """Raw rows of the kind that ``fit`` got; ``rng`` is for what must be drawn anew."""
        ...

    def log_jacobian(self, raw: Any) -> np.ndarray:
        """What to add to a log-density in encoded space to get one of the data, nats, (n,)."""
        ...

    def state(self) -> dict[str, Any]:
        """Everything learned, as nested JSON values and arrays."""
        ...

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild a codec from :meth:`state`."""
        ...
