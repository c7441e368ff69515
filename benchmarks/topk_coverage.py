"""How much of MNIST's test set K chosen training rows cover, a strategy a line.

    python benchmarks/topk_coverage.py [--data FOLDER] [--seeds 3] [--sizes 100 1000]

Coverage (Naeem et al. 2020, arXiv:2002.09797): the share of test images in whose ball lies
one of the K chosen training images, where the ball of a test image reaches to its fifth
nearest other test image, in Euclidean distance of pixels. K is shared among the digits by
their frequency; the second figure is the least coverage that a digit has (chosen images of
any digit count). Strategies see training images only. Prints median and range over seeds,
and the ratio of the medians to uniform choice.
"""

import argparse
import os
import warnings
from pathlib import Path

import numpy as np
import torch
from measuring import spread, table

from drawlike import TopK, read

STRATEGIES = ("uniform", "farthest", "determinantal", "covering", "nearest")
SOME = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    folder = Path(os.environ.get("DRAWLIKE_DATA", "../shared/data")) / "mnist"
    parser.add_argument("--data", type=Path, default=folder)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--choices", nargs="+", default=STRATEGIES)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    train, test = (read_idx(options.data, name) for name in ("train", "t10k"))
    radius = radii(test[0])
    lines = []
    for k in options.sizes:
        base = None
        for choose in options.choices:
            both = [
                measure(train, test, radius, TopK(k=k, choose=choose, random_state=seed))
                for seed in range(options.seeds)
            ]
            whole, least = zip(*both, strict=True)
            base = base or float(np.median(whole))
            ratio = float(np.median(whole)) / base
            lines.append((k, choose, spread(whole), spread(least), f"{ratio:.2f}"))
            print(*lines[-1], flush=True)
    names = ("K", "choose", "coverage", "of the least covered digit", "to uniform")
    print(table(names, lines))


def read_idx(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray]:
    images = read(folder / f"{part}-images-idx3-ubyte.gz")
    return np.asarray(images.X), np.asarray(images.y)


def points(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images.reshape(len(images), -1).astype(np.float32) / 255)


def squared(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.cdist(a, b, compute_mode="use_mm_for_euclid_dist").square()


def radii(test: np.ndarray) -> torch.Tensor:
    rows = points(test)
    parts = [squared(p, rows).topk(6, largest=False).values[:, 5] for p in rows.split(SOME)]
    return torch.cat(parts)


def measure(train: tuple, test: tuple, radius: torch.Tensor, model: TopK) -> tuple[float, float]:
    y = train[1]
    model.set_params(replace=False).fit(*train, listener=None)
    labels = model.labels_.classes_[model.groups_]
    chosen, of = model.sample(y=labels, random_state=0, return_y=True)
    assert (np.sort(of) == np.sort(labels)).all()
    covered = (squared(points(test[0]), points(chosen)) <= radius[:, None]).any(1).numpy()
    return covered.mean(), min(covered[test[1] == digit].mean() for digit in np.unique(y))


if __name__ == "__main__":
    main()
