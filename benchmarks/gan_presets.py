"""Every preset of the GAN on MNIST, in the same seconds: how near, how varied, how it looks.

    python benchmarks/gan_presets.py FOLDER [--presets default wgan-gp ...] [--minutes 10]
        [--seeds 3] [--held-out test] [--out PICTURES] [--steps] [--set NAME=VALUE ...]

FOLDER holds MNIST's four IDX files. 50,000 training images are learned from; draws are compared
with 10,000 test images, or while settings are chosen with the other 10,000 training images
(``--held-out validation``), in the features of a classifier that is taught here. The floor
is real images against real images: validation against test. "default" is ``GAN()``. Medians and
ranges over seeds; minutes are of the processor, so that other processes count little. ``--steps``
takes the steps that ten minutes of a laptop's core were enough for instead, for a GPU. ``--out``
writes a grid of the first seed's draws for each preset, unpicked.
"""

import argparse
import ast
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from digits import Classifier, Sets, compare, write_grid
from measuring import spread, table

from drawlike import GAN
from drawlike.events import Event
from drawlike.models import gan
from drawlike.models.gan.presets import PRESETS
from drawlike.training import Clock

NAMES = ("default", *PRESETS)
STEPS = {  # of ten minutes of a core, a busy one beside it; at most what a preset takes by itself
    "default": 10_000,
    "minimax": 20_000,
    "dcgan": 4_700,
    "lsgan": 4_700,
    "wgan": 13_300,
    "wgan-gp": 13_300,
    "dragan": 4_700,
    "pacgan": 7_000,
    "hinge": 4_700,
    "sngan": 3_300,
    "r3gan": 700,
    "first-upsampling": 1_750,
    "first-256": 20_000,
    "first-256-512-1024": 16_100,
    "first-128-1024": 15_100,
    "first-from-images": 20_000,
}


class ProcessorClock(Clock):
    """A clock that stands while another process has the processor."""

    def start(self, seconds: float) -> None:
        self.began = time.process_time() - seconds

    @property
    def seconds(self) -> float:
        return time.process_time() - self.began


def main() -> None:
    options = read_options()
    torch.set_num_threads(1)
    sets = Sets.read(options.folder)
    classifier = Classifier().fit(sets.train)
    print(classifier.told(sets.test), flush=True)
    held_out = getattr(sets, options.held_out).images[: options.rows]
    real = classifier.features(held_out)
    other = sets.test if options.held_out == "validation" else sets.validation
    floor = compare(real, classifier.features(other.images[: options.rows]))
    names = ("preset", "steps", *floor)
    print(table(names, [("real against real", "", *floor.values())]), flush=True)
    for name in options.presets:
        found = [one(name, seed, sets, options) for seed in range(options.seeds)]
        figures = [compare(real, classifier.features(drawn)) for _, drawn in found]
        steps = spread([step for step, _ in found])
        cells = [spread([figure[key] for figure in figures]) for key in floor]
        print("| " + " | ".join((name, steps, *cells)) + " |", flush=True)
        if options.out:
            write_grid(found[0][1], options.out / f"{name}.png")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--presets", nargs="+", default=NAMES, choices=NAMES)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--held-out", choices=("test", "validation"), default="test")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    options.settings = read_settings(options.set)
    return options


def read_settings(words: list[str]) -> dict[str, Any]:
    """Settings from words like ``lr=1e-3``."""
    pairs = (word.split("=", 1) for word in words)
    return {name: ast.literal_eval(value) for name, value in pairs}


def make(name: str, seed: int, minutes: float, **settings: Any) -> GAN:
    """A preset, or the default, that takes so many minutes of one thread."""
    gan.model.Clock = ProcessorClock
    limits = {"max_steps": 10**7, "max_seconds": 60 * minutes, "random_state": seed}
    settings = limits | settings
    return GAN(**settings) if name == "default" else GAN.preset(name, **settings)


def one(name: str, seed: int, sets: Sets, options: argparse.Namespace) -> tuple[int, np.ndarray]:
    """Steps of a training, and what it draws, (rows, 28, 28)."""
    limits = {"max_steps": STEPS[name], "max_seconds": None} if options.steps else {}
    model = make(name, seed, options.minutes, **limits | options.settings)
    steps = [0]

    def hear(event: Event) -> None:
        if event.kind == "metric":
            steps.append(event.step or 0)

    model.fit(sets.train.images, listener=hear)
    return max(steps), model.sample(options.rows, random_state=seed)


if __name__ == "__main__":
    main()
