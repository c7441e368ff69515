"""One seed comes in, independent local generators flow down."""

from typing import TypeAlias

import numpy as np
import torch

from ..errors import SettingError

RandomState: TypeAlias = int | np.integer | np.random.Generator | np.random.RandomState | None

STREAMS = ("codec", "initialisation", "order", "noise", "sampling")
BLOCK_ROWS = 8192  # samples are drawn in blocks, each from a key of its own


def seed_of(random_state: RandomState) -> int:
    """Turn whatever a user may pass as ``random_state`` into a seed below 2^63."""
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> 1)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**63 - 1))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if isinstance(random_state, int | np.integer) and random_state >= 0:
        return int(random_state)
    raise SettingError(
        f"random_state is {random_state!r}; give a whole number that is not negative, "
        "a numpy Generator, or None for a fresh seed."
    )


def streams(seed: int, seen: int = 0) -> dict[str, np.random.Generator]:
    """Spawn one generator for each thing that is random in a fit, or after ``seen`` rows."""
    key = (len(STREAMS) + 1, seen) if seen else ()
    children = np.random.SeedSequence(seed, spawn_key=key).spawn(len(STREAMS))
    return {name: np.random.default_rng(c) for name, c in zip(STREAMS, children, strict=True)}


def block_generator(seed: int, block: int, *child: int) -> np.random.Generator:
    """Give the generator of one block of samples, apart from the streams of a fit.

    With ``child`` it is the one that would be spawned as the child of that number.
    """
    key = (len(STREAMS), block, *child)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def torch_generator(rng: np.random.Generator, device: torch.device | str) -> torch.Generator:
    """Seed a torch generator from a numpy one."""
    return torch.Generator(device).manual_seed(int(rng.integers(2**63 - 1)))
