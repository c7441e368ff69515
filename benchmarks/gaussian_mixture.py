"""EM of a Gaussian mixture against scikit-learn, from the same start, one thread each.

    python benchmarks/gaussian_mixture.py [--rows 100000] [--columns 16] [--components 16]

Prints seconds an iteration (median and range over repeats that alternate), the difference
of the mean log-likelihood, and last the ratio scikit-learn / drawlike for each covariance.
"""

import argparse
import warnings

import numpy as np
import torch
from measuring import alternate, spread, table
from sklearn.mixture import GaussianMixture as Peer
from threadpoolctl import threadpool_limits

from drawlike import GaussianMixture

ITERATIONS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=16)
    parser.add_argument("--components", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    centers = rng.normal(0, 4, (options.components, options.columns))
    X = centers[rng.integers(0, options.components, options.rows)]
    X = X + rng.normal(size=X.shape)
    lines = [
        compare(X, kind, centers, options.repeats) for kind in ("full", "tied", "diag", "spherical")
    ]
    print(
        table(
            (
                "covariance",
                "drawlike s/iteration",
                "scikit-learn s/iteration",
                "difference, nats",
                "ratio",
            ),
            lines,
        )
    )


def compare(X: np.ndarray, covariance: str, centers: np.ndarray, repeats: int) -> tuple:
    k = len(centers)
    same = {"n_components": k, "covariance_type": covariance, "max_iter": ITERATIONS, "tol": 0.0}
    start = {"weights_init": np.full(k, 1 / k), "means_init": centers + 0.5}
    start["precisions_init"] = identity(covariance, k, X.shape[1])
    models = GaussianMixture(**same, **start), Peer(**same, **start, init_params="random_from_data")
    with threadpool_limits(1):
        ours, theirs = alternate(
            lambda: models[0].fit(X, listener=None), lambda: models[1].fit(X), repeats
        )
        gap = models[0].score(X) - models[1].score(X)
    seconds = [[t / ITERATIONS for t in times] for times in (ours, theirs)]
    ratio = float(np.median(theirs) / np.median(ours))
    return covariance, spread(seconds[0]), spread(seconds[1]), f"{gap:.1e}", ratio


def identity(covariance: str, k: int, d: int) -> np.ndarray:
    shapes = {
        "full": np.broadcast_to(np.eye(d), (k, d, d)),
        "tied": np.eye(d),
        "diag": np.ones((k, d)),
        "spherical": np.ones(k),
    }
    return shapes[covariance]


if __name__ == "__main__":
    main()
