"""A thousand modes: three digits of MNIST as the channels of an image. How many are drawn?

    python benchmarks/stacked_mnist.py FOLDER [--minutes 30] [--seeds 3] [--presets default ...]
    python benchmarks/stacked_mnist.py FOLDER --ablation [--losses ...] [--stabilisers ...]

FOLDER holds MNIST's four IDX files. Metz et al. 2017 (arXiv:1611.02163) and PacGAN's protocol
(arXiv:1712.04086): 26,000 draws, whose channels a classifier of digits names; a mode is found if
one draw is of it, and the reverse KL is that of the draws' shares from the modes' true ones, by
the shares of the training digits: a few stacks would tell these less well.
The classifier is taught here; beside the figures stand those of 26,000 real stacks. ``--ablation``
gives a row to each loss with each stabiliser, all on the default's network; PICTURES gets a
grid of the first seed's draws.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from digits import Classifier, Digits, Sets, write_grid
from gan_presets import NAMES, make, read_settings
from measuring import spread, table

from drawlike.losses.adversarial import LOSSES

N_MODES, N_DRAWS = 1000, 26_000
STABILISERS: dict[str, dict[str, Any]] = {
    "none": {"penalty": {}},
    "r1": {"penalty": {"r1": 1.0}},
    "r1+r2": {"penalty": {"r1": 1.0, "r2": 1.0}},
    "gradient": {"penalty": {"gradient": 10.0}},
    "spectral norm": {"penalty": {}, "spectral_norm": True},
    "minibatch std": {"penalty": {}, "minibatch_std": True},
    "packing 2": {"penalty": {}, "packing": 2},
    "augmentation": {"penalty": {}, "augment": ("translation", "cutout")},
    "instance noise": {"penalty": {}, "instance_noise": 0.5},
}
BOUNDS = ("r1", "r1+r2", "gradient", "spectral norm")  # what a Wasserstein critic needs one of


def main() -> None:
    options = read_options()
    torch.set_num_threads(1)
    sets = Sets.read(options.folder)
    classifier = Classifier().fit(sets.train)
    print(classifier.told(sets.test), flush=True)
    train = stacked(sets.train, options.images, seed=0)
    law = law_of(classifier, sets.train)
    real = figures(classifier, stacked(sets.test, N_DRAWS, seed=1), law)
    print(table(("what", "modes", "KL"), [("real stacks", *real)]), flush=True)
    for name, preset, settings in rows(options):
        found = []
        for seed in range(options.seeds):
            model = make(preset, seed, options.minutes, **settings | options.settings)
            drawn = model.fit(train, listener=None).sample(N_DRAWS, random_state=seed)
            found.append(figures(classifier, drawn, law))
            if options.out and not seed:
                write_grid(drawn, options.out / f"stacked-{name}.png")
        modes, kl = (spread(column) for column in zip(*found, strict=True))
        print(f"| {name} | {modes} | {kl} |", flush=True)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--presets", nargs="+", default=["default"], choices=NAMES)
    parser.add_argument("--ablation", action="store_true")
    parser.add_argument("--losses", nargs="+", default=list(LOSSES), choices=list(LOSSES))
    parser.add_argument(
        "--stabilisers", nargs="+", default=list(STABILISERS), choices=list(STABILISERS)
    )
    parser.add_argument("--images", type=int, default=50_000, help="stacks to learn from")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    options.settings = read_settings(options.set)
    return options


def rows(options: argparse.Namespace) -> list[tuple[str, str, dict[str, Any]]]:
    """Name, preset and settings of each row of the table."""
    if not options.ablation:
        return [(name, name, {}) for name in options.presets]
    return [
        (f"{loss}, {name}", "default", {"loss": loss} | STABILISERS[name])
        for loss in options.losses
        for name in options.stabilisers
        if loss != "wasserstein" or name in BOUNDS
    ]


def stacked(digits: Digits, n: int, seed: int) -> np.ndarray:
    """Images (n, 28, 28, 3) of three digits drawn by chance."""
    chosen = np.random.default_rng(seed).integers(0, len(digits.labels), (n, 3))
    return np.stack([digits.images[column] for column in chosen.T], -1)


def law_of(classifier: Classifier, digits: Digits) -> np.ndarray:
    """Share of each mode, (1000,), where the channels are independent digits."""
    share = np.bincount(classifier.predict(digits.images), minlength=10) / len(digits.labels)
    return np.einsum("i,j,k->ijk", share, share, share).ravel()


def shares(classifier: Classifier, images: np.ndarray) -> np.ndarray:
    """Share of each mode, (1000,), by what the classifier reads in the channels."""
    read = [classifier.predict(images[..., channel]) for channel in range(3)]
    mode = read[0] * 100 + read[1] * 10 + read[2]
    return np.bincount(mode, minlength=N_MODES) / len(images)


def figures(classifier: Classifier, images: np.ndarray, law: np.ndarray) -> tuple[int, float]:
    """Modes found, and the KL of their shares from the law's."""
    found = shares(classifier, images)
    seen = found > 0
    log_ratio = np.log(found[seen] / np.maximum(law[seen], 1e-9))
    return int(seen.sum()), float((found[seen] * log_ratio).sum())


if __name__ == "__main__":
    main()
