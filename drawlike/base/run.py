"""What a fit needs besides its rows."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
import torch

from .. import store
from ..codecs import Codec
from ..errors import SettingError
from ..events import Bar, Emitter, History, Listener, default_listener, silence, tee
from ..rows import Rows
from ..training import Checkpoint
from .randomness import torch_generator

Hearing: TypeAlias = Listener | Literal["auto"] | None


@dataclass(frozen=True)
class Run:
    """Generators, device, events and the checkpoint of one fit."""

    rngs: dict[str, np.random.Generator]
    device: torch.device
    events: Emitter
    checkpoint: Path | None
    fingerprint: Callable[[], dict[str, Any]]

    def generator(self, stream: str) -> torch.Generator:
        """Give a torch generator on the run's device from one of the streams."""
        return torch_generator(self.rngs[stream], self.device)

    def cpu_generator(self, stream: str) -> torch.Generator:
        """Give a torch generator on the CPU from one of the streams."""
        return torch_generator(self.rngs[stream], "cpu")

    def open_checkpoint(self) -> Checkpoint | None:
        """Give the folder for a training's states, if the user asked for one."""
        if self.checkpoint is None:
            return None
        return Checkpoint(self.checkpoint, self.fingerprint())

    def seed(self, stream: str) -> int:
        """Draw a seed from one of the streams."""
        return int(self.rngs[stream].integers(2**63 - 1))


@contextmanager
def listening(listener: Hearing, stage: str) -> Iterator[tuple[Emitter, History]]:
    """Open the listener a user asked for; it hears, and a history remembers."""
    history = History()
    hear = silence if listener is None else default_listener() if listener == "auto" else listener
    try:
        yield Emitter(tee(history, hear), stage), history
    finally:
        if listener == "auto" and isinstance(hear, Bar):
            hear.close()


def run_of(
    model: Any,
    rows: Any,
    seed: int,
    rngs: dict[str, np.random.Generator],
    events: Emitter,
    *,
    checkpoint: str | Path | None = None,
) -> Run:
    """Give what a model needs to learn from encoded rows."""
    # the seed and the device in use stand beside the settings
    named = {"random_state", "device"}
    settings = {k: v for k, v in model.get_params(deep=False).items() if k not in named}
    settings["model"], device = model.name, choose_device(model.device)
    return Run(
        rngs=rngs,
        device=device,
        events=events,
        checkpoint=None if checkpoint is None else Path(checkpoint),
        fingerprint=lambda: fingerprint(rows, model.codec_, settings, seed, device),
    )


def choose_device(device: str | torch.device) -> torch.device:
    """Resolve ``"auto"`` to CUDA where there is one."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    chosen = _parse_device(device)
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise SettingError(f"device={device!r}, but torch sees no GPU here; use 'cpu' or 'auto'.")
    return chosen


def _parse_device(device: str | torch.device) -> torch.device:
    try:
        return torch.device(device)
    except RuntimeError as error:
        raise SettingError(f"device={device!r} is unknown; use 'auto', 'cpu' or 'cuda'.") from error


def fingerprint(
    rows: Rows, codec: Codec, settings: dict[str, Any], seed: int, device: torch.device
) -> dict[str, Any]:
    """Tell what must agree before a checkpoint is continued."""
    tree, arrays = store.pack(codec.state())
    encoded = [part.cpu().numpy() for part in (rows.x, rows.cond, rows.weight)]
    digest = hashlib.sha256(json.dumps(tree, sort_keys=True).encode())
    for array in (*encoded, *(arrays[name] for name in sorted(arrays))):
        digest.update(np.ascontiguousarray(array).tobytes())
    return {
        "data": digest.hexdigest(),
        "settings": {name: _told(settings[name]) for name in sorted(settings)},
        "seed": seed,
        "device": device.type,
        "versions": versions(),
        "threads": torch.get_num_threads(),
    }


def _told(value: Any) -> str:
    return repr(list(value) if isinstance(value, tuple) else value)  # loading makes lists


def versions() -> dict[str, str]:
    """Give the versions that the bytes of a fit depend on."""
    return {name: version(name) for name in ("drawlike", "torch", "numpy")}
