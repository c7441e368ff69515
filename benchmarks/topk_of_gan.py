"""The best of a GAN's draws: precision and recall on MNIST against the GAN's own.

    python benchmarks/topk_of_gan.py [--data FOLDER] [--seeds 3] [--seconds 240] [--gan FOLDER]

Precision and recall (Kynkaanniemi et al. 2019, arXiv:1904.06991; 5 neighbours) of 4,000
drawn images against 4,000 of the test set, in the features of ``drawlike evaluate``, which
no model sees. Each GAN is trained for so many seconds in one thread, or loaded.
"""

import argparse
import os
import warnings
from pathlib import Path

import numpy as np
import torch
from measuring import table
from topk_coverage import read_idx

from drawlike import GAN, TopK, load
from drawlike.evaluation.inputs.features import Extractor
from drawlike.evaluation.metrics.manifold import overlap

N = 4000
WAYS = (
    ("critic", 1.1),
    ("critic", 1.25),
    ("critic", 2.0),
    ("realism", 1.1),
    ("realism", 1.25),
    ("realism", 2.0),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    folder = Path(os.environ.get("DRAWLIKE_DATA", "../shared/data")) / "mnist"
    parser.add_argument("--data", type=Path, default=folder)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=240)
    parser.add_argument("--gan", type=Path, nargs="*", default=[])
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    train, test = (read_idx(options.data, name) for name in ("train", "t10k"))
    extractor = Extractor.fit(pixels(train[0][:N]))
    real = extractor.features(pixels(test[0][np.random.default_rng(0).permutation(10_000)[:N]]))
    lines = []
    for seed in range(len(options.gan) or options.seeds):
        if options.gan:
            gan = load(options.gan[seed])
        else:
            gan = GAN(random_state=seed, max_seconds=options.seconds).fit(*train, listener=None)
        own = figures(gan, extractor, real)
        lines.append((seed, "none", "", *own, 0.0, 0.0))
        print(*lines[-1], flush=True)
        for by, candidates in WAYS:
            model = TopK(of=gan, by=by, candidates=candidates, random_state=0)
            best = figures(model.fit(*train, listener=None), extractor, real)
            gain = (best[0] - own[0], best[1] - own[1])
            lines.append((seed, by, candidates, *best, *gain))
            print(*lines[-1], flush=True)
    names = ("seed", "by", "candidates", "precision", "recall", "gain", "change of recall")
    print(table(names, lines))


def pixels(images: np.ndarray) -> np.ndarray:
    return images[:, None].astype(np.float32) / 255


def figures(model: GAN | TopK, extractor: Extractor, real: np.ndarray) -> tuple[float, float]:
    drawn = extractor.features(pixels(model.sample(N, random_state=1)))
    found = overlap(real, drawn)
    return float(found.precision.mean()), float(found.recall.mean())


if __name__ == "__main__":
    main()
