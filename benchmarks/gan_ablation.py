"""Which stabiliser does what: each loss with each, on laws of known modes, from normal noise.

    python benchmarks/gan_ablation.py [--toys ring grid unequal] [--losses ...] [--seeds 3] [--steps 3000]

The laws, modes and figures are those of ``gan_toys.py``; 2,500 rows. The GAN begins at no
mixture: two numbers of normal noise, the dense nets and rates of ``gan_rates.py``, no remedy, no
end but the steps'. Cells: modes found, and the share of draws of high quality, medians over the
seeds. The same on Stacked MNIST: ``stacked_mnist.py FOLDER --ablation``.
"""

import argparse
import math
from typing import Any

import numpy as np
import torch
from gan_toys import TOYS, Modes
from measuring import table
from stacked_mnist import BOUNDS, STABILISERS

from drawlike import GAN
from drawlike.errors import DrawlikeError
from drawlike.losses.adversarial import LOSSES

_ROWS = 2500
_IMAGES_ONLY = ("augmentation",)
_PLAIN = {"latent": "normal", "n_latent": 2, "remedy": "none", "patience": 10**6}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--toys",
        nargs="+",
        default=["ring", "grid", "unequal"],
        choices=["ring", "grid", "unequal"],
    )
    parser.add_argument("--losses", nargs="+", default=list(LOSSES), choices=list(LOSSES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=3000)
    options = parser.parse_args()
    torch.set_num_threads(1)
    names = [name for name in STABILISERS if name not in _IMAGES_ONLY]
    for toy in options.toys:
        lines = []
        for loss in options.losses:
            cells = [cell(TOYS[toy], loss, name, options) for name in names]
            lines.append((loss, *cells))
            print(toy, *lines[-1], flush=True)
        print(table((toy, *names), lines), flush=True)


def cell(toy: Any, loss: str, stabiliser: str, options: argparse.Namespace) -> str:
    """Modes and quality, medians over the seeds."""
    if loss == "wasserstein" and stabiliser not in BOUNDS:
        return ""
    runs = [run(toy, loss, stabiliser, seed, options.steps) for seed in range(options.seeds)]
    n, good = np.median(runs, 0)
    return "diverged" if math.isnan(n) else f"{n:.0f}, {good:.0%}"


def run(toy: Modes, loss: str, stabiliser: str, seed: int, steps: int) -> tuple[float, float]:
    X = toy(_ROWS, np.random.default_rng(seed))
    settings = _PLAIN | {"loss": loss, "max_steps": steps} | STABILISERS[stabiliser]
    try:
        model = GAN(random_state=seed, **settings).fit(X, listener=None)
    except DrawlikeError:
        return math.nan, math.nan
    n, good, *_ = toy.figures(model.sample(_ROWS, random_state=seed))
    return n, good


if __name__ == "__main__":
    main()
