"""States of a training on disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import store
from ..errors import CheckpointError
from .state import to_numpy, to_torch


@dataclass
class Checkpoint:
    """Where and for which fit states are kept; ``fingerprint`` must agree to go on."""

    folder: Path
    fingerprint: dict[str, Any]

    def save(self, state: dict[str, Any]) -> None:
        """Write a state, atomically."""
        tree, arrays = store.pack(to_numpy(state))
        content = {"fingerprint": self.fingerprint, "state": tree}
        store.save(self.folder, content, arrays, overwrite=True)

    def load(self) -> dict[str, Any] | None:
        """Read the state, or None where there is no checkpoint yet."""
        if not (self.folder / "manifest.json").exists():
            return None
        content, arrays = store.load(self.folder)
        if not isinstance(content, dict) or "fingerprint" not in content:
            raise CheckpointError(
                f"{self.folder} holds no checkpoint, but something else that was saved; give "
                "another checkpoint folder."
            )
        then = content["fingerprint"]
        changed = [key for key, value in self.fingerprint.items() if then.get(key) != value]
        if changed:
            told = "; ".join(
                f"{k}: {then.get(k)!r} then, {self.fingerprint[k]!r} now" for k in changed
            )
            raise CheckpointError(
                f"The checkpoint in {self.folder} belongs to another fit ({told}). "
                "Fit with the same data and settings, or give another checkpoint folder."
            )
        return to_torch(store.unpack(content["state"], arrays))
