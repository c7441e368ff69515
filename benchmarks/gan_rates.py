"""Which learning rates does the default objective bear, by optimizer?

    python benchmarks/gan_rates.py [--optimizers adam ...] [--seeds 10] [--steps 3000] [--set ...]

Ring of eight modes (gan_toys.py), 2,500 rows. A run succeeds if 2,500 draws find all eight, at
least 90 % of them within 3 standard deviations of one. Rates go in steps of about 3 around 1e-3,
the default's; a step down the bare gradient has no unit, so those of "sgd" and "momentum" are
100 times as large. Cells: share of the runs that succeed, and how many diverged.

``--set latent='"normal"' n_latent=2 n_signs=8`` tries another GAN.
"""

import argparse
import ast

import numpy as np
import torch
from gan_toys import TOYS
from measuring import table

from drawlike import GAN
from drawlike.errors import TrainingError
from drawlike.training import OPTIMIZERS

RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
BARE = {"sgd": 100.0, "momentum": 100.0}
_ROWS, _GOOD = 2500, 0.9


def main() -> None:
    options = read_options()
    torch.set_num_threads(1)
    lines = [
        (name, *(cell(name, rate * BARE.get(name, 1.0), options) for rate in RATES))
        for name in options.optimizers
    ]
    print(table(("optimizer", *(f"{rate:g}" for rate in RATES)), lines))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--optimizers", nargs="+", default=list(OPTIMIZERS), choices=list(OPTIMIZERS)
    )
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    pairs = (word.split("=", 1) for word in options.set)
    options.settings = {name: ast.literal_eval(value) for name, value in pairs}
    return options


def cell(optimizer: str, rate: float, options: argparse.Namespace) -> str:
    found = [succeeds(optimizer, rate, seed, options) for seed in range(options.seeds)]
    lost = found.count(None)
    return f"{found.count(True) / len(found):.0%}" + (f", {lost} diverged" if lost else "")


def succeeds(optimizer: str, rate: float, seed: int, options: argparse.Namespace) -> bool | None:
    """Whether a run finds the modes; None where it diverged."""
    ring = TOYS["ring"]
    X = ring(_ROWS, np.random.default_rng(seed))
    settings = {"optimizer": optimizer, "lr": rate, "max_steps": options.steps}
    model = GAN(random_state=seed, **settings, **options.settings)
    try:
        model.fit(X, listener=None)
    except TrainingError:
        return None
    modes, good, *_ = ring.figures(model.sample(_ROWS, random_state=seed))
    return modes == 8 and good >= _GOOD


if __name__ == "__main__":
    main()
