"""EM steps of a Gaussian mixture against scikit-learn in float64, from the same start.

    python benchmarks/gaussian_mixture.py [--shape 100000,16,16] [--threads 1]
        [--precision 32 64] [--covariance full tied diag spherical] [--width 1.0]
        [--iterations 4] [--repeats 5]

Prints seconds an iteration (median and range over repeats that alternate), the difference
of the mean log-likelihood after these iterations, in nats, and the ratio of the medians
scikit-learn / drawlike. ``--width`` is the standard deviation of the clusters, whose
centres have 4: 1 keeps them apart, 8 makes one heap of them.
"""

import argparse
import warnings

import numpy as np
import torch
from measuring import alternate, spread, table
from sklearn.mixture import GaussianMixture as Peer
from threadpoolctl import threadpool_limits

from drawlike import GaussianMixture


def main() -> None:
    options = read_options()
    torch.set_num_threads(options.threads)
    warnings.simplefilter("ignore")
    n, d, k = map(int, options.shape.split(","))
    rng = np.random.default_rng(0)
    centers = rng.normal(0, 4, (k, d))
    X = centers[rng.integers(0, k, n)] + options.width * rng.normal(size=(n, d))
    names = ("covariance", "precision", "drawlike s", "scikit-learn s", "difference", "ratio")
    print(f"({n}, {d}, {k}), {options.threads} threads")
    with threadpool_limits(options.threads):
        lines = [
            compare(X, kind, bits, centers, options)
            for kind in options.covariance
            for bits in options.precision
        ]
    print(table(names, lines))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", default="100000,16,16")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--precision", type=int, nargs="+", default=[32, 64])
    kinds = ["full", "tied", "diag", "spherical"]
    parser.add_argument("--covariance", nargs="+", default=kinds, choices=kinds)
    parser.add_argument("--width", type=float, default=1.0)
    parser.add_argument("--iterations", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    return parser.parse_args()


def compare(
    X: np.ndarray, kind: str, bits: int, centers: np.ndarray, options: argparse.Namespace
) -> tuple:
    iterations, repeats = options.iterations, options.repeats
    k, mine = len(centers), X.astype(f"float{bits}")
    start = {"weights_init": np.full(k, 1 / k), "means_init": centers + 0.5}
    start["precisions_init"] = identity(kind, k, X.shape[1])
    same = {"n_components": k, "covariance_type": kind, "tol": 0.0, **start}

    def ours(steps: int) -> GaussianMixture:
        return GaussianMixture(**same, max_iter=steps).fit(mine, listener=None)

    def theirs(steps: int) -> Peer:
        return Peer(**same, max_iter=steps, init_params="random_from_data").fit(X)

    gap = ours(iterations).score(X) - theirs(iterations).score(X)
    # what a fit does besides iterations is in both
    begun = alternate(lambda: ours(1), lambda: theirs(1), repeats)
    ended = alternate(lambda: ours(1 + iterations), lambda: theirs(1 + iterations), repeats)
    steps = [
        [(long - np.median(short)) / iterations for long in all_of]
        for all_of, short in zip(ended, begun, strict=True)
    ]
    ratio = float(np.median(steps[1]) / np.median(steps[0]))
    return kind, f"float{bits}", spread(steps[0]), spread(steps[1]), f"{gap:.1e}", ratio


def identity(kind: str, k: int, d: int) -> np.ndarray:
    shapes = {
        "full": np.broadcast_to(np.eye(d), (k, d, d)),
        "tied": np.eye(d),
        "diag": np.ones((k, d)),
        "spherical": np.ones(k),
    }
    return shapes[kind]


if __name__ == "__main__":
    main()
