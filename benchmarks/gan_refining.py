"""Cleaner samples of a GAN: truncation, the critic's rejection and re-sampling, the average.

    python benchmarks/gan_refining.py [--data FOLDER] [--seeds 3] [--seconds 240] [--set ...]

On MNIST, with labels: the share of drawn images off the manifold, recall (5 neighbours) of
4,000 of each in the features of ``drawlike evaluate``, and the power spectrum's distance, the
mean absolute log-ratio of power by frequency to that of training images. Beside each stands
the same of as many other training images, real against real. One thread.
"""

import argparse
import ast
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from measuring import spread, table
from topk_coverage import read_idx

from drawlike import GAN
from drawlike.evaluation.inputs.features import Extractor
from drawlike.evaluation.metrics.manifold import overlap

N = 4000
WAYS: dict[str, dict[str, object]] = {
    "as it is": {},
    "truncation 1.5": {"truncation": 1.5},
    "truncation 1": {"truncation": 1.0},
    "truncation .5": {"truncation": 0.5},
    "rejection, 8 tries": {"refine": "rejection"},
    "resampling, 8 tries": {"refine": "resampling"},
    "resampling, truncation 1": {"refine": "resampling", "truncation": 1.0},
}
PLAIN = {"truncation": None, "refine": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    folder = Path(os.environ.get("DRAWLIKE_DATA", "../shared/data")) / "mnist"
    parser.add_argument("--data", type=Path, default=folder)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    given = {name: ast.literal_eval(value) for name, value in (s.split("=") for s in options.set)}
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    train, test = (read_idx(options.data, name) for name in ("train", "t10k"))
    judge = Judge(train[0], test[0][np.random.default_rng(0).permutation(10_000)[:N]])
    found: dict[str, list[tuple[float, ...]]] = {"real against real": [judge(train[0][-N:])]}
    for seed in range(options.seeds):
        for average in (0.0, None):  # the last weights, and their average
            kept = {} if average is None else {"average": average}
            gan = GAN(random_state=seed, max_seconds=options.seconds, **kept, **given)
            gan.fit(train[0][:-N], train[1][:-N], listener=None)
            for name, drawn in draws(gan, averaged=average is None):
                found.setdefault(name, []).append(judge(drawn))
                print(seed, name, *found[name][-1], flush=True)
    head = ("samples", "off the manifold", "recall", "spectrum's distance")
    print(table(head, [(name, *map(spread, zip(*of, strict=True))) for name, of in found.items()]))


def draws(gan: GAN, *, averaged: bool) -> Iterator[tuple[str, np.ndarray]]:
    if not averaged:
        yield "last weights, not their average", gan.sample(N, random_state=1)
        return
    for name, settings in WAYS.items():
        gan.set_params(**PLAIN | settings)
        yield name, gan.sample(N, random_state=1)


class Judge:
    """Figures of drawn images against test images, in features fitted to training ones."""

    def __init__(self, train: np.ndarray, test: np.ndarray) -> None:
        self.extractor = Extractor.fit(pixels(train[:N]))
        self.real = self.extractor.features(pixels(test))
        self.power = power(train[:N])

    def __call__(self, drawn: np.ndarray) -> tuple[float, float, float]:
        held = overlap(self.real, self.extractor.features(pixels(drawn)))
        distance = np.abs(np.log(power(drawn) / self.power)).mean()
        return 1 - float(held.precision.mean()), float(held.recall.mean()), float(distance)


def pixels(images: np.ndarray) -> np.ndarray:
    return images[:, None].astype(np.float32) / 255


def power(images: np.ndarray) -> np.ndarray:
    """Mean power by whole cycles an image, (side // 2,), the mean left out."""
    spectrum = np.abs(np.fft.fft2(images / 255.0)) ** 2
    side = images.shape[1]
    cycles = np.fft.fftfreq(side) * side
    ring = np.hypot(*np.meshgrid(cycles, cycles)).round().astype(int)
    means = np.bincount(ring.ravel(), spectrum.mean(0).ravel()) / np.bincount(ring.ravel())
    return means[1 : side // 2 + 1]


if __name__ == "__main__":
    main()
