"""EM of a Gaussian mixture against oneDAL's, from the same start.

    python benchmarks/onedal.py [--shape 100000,16,16] [--threads 1] [--repeats 5]

Needs scikit-learn-intelex (daal4py). Prints seconds an iteration
(median and range over repeats that alternate) in float64 and float32, the difference of the
mean log-likelihood in nats, and the ratio of the medians oneDAL / drawlike.
"""

import argparse

import daal4py
import numpy as np
import torch
from measuring import alternate, spread, table
from threadpoolctl import threadpool_limits

from drawlike import GaussianMixture

ITERATIONS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", default="100000,16,16")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    daal4py.daalinit(options.threads)
    torch.set_num_threads(options.threads)
    n, d, k = map(int, options.shape.split(","))
    rng = np.random.default_rng(0)
    centers = rng.normal(0, 4, (k, d))
    X = centers[rng.integers(0, k, n)] + rng.normal(size=(n, d))
    with threadpool_limits(options.threads):
        lines = [compare(X, centers, bits, options.repeats) for bits in (64, 32)]
    print(table(("precision", "drawlike s", "oneDAL s", "difference", "ratio"), lines))


def compare(X: np.ndarray, centers: np.ndarray, bits: int, repeats: int) -> tuple:
    (k, d), X = centers.shape, X.astype(f"float{bits}")
    identity = np.broadcast_to(np.eye(d), (k, d, d))
    start = {"weights_init": np.full(k, 1 / k), "means_init": centers + 0.5}
    same = {"tol": 0.0, "reg_covar": 0.0, "precisions_init": identity, **start}

    def ours(steps: int) -> GaussianMixture:
        return GaussianMixture(k, max_iter=steps, **same).fit(X, listener=None)

    def theirs(steps: int) -> daal4py.em_gmm_result:
        weights = start["weights_init"][None].astype(X.dtype)
        means = start["means_init"].astype(X.dtype)
        kind = "double" if bits == 64 else "float"
        peer = daal4py.em_gmm(
            nComponents=k, maxIterations=steps, accuracyThreshold=0.0, fptype=kind
        )
        return peer.compute(X, weights, means, [np.eye(d, dtype=X.dtype)] * k)

    gap = ours(ITERATIONS).lower_bound_ - float(theirs(ITERATIONS).goalFunction[0, 0]) / len(X)
    begun = alternate(lambda: ours(1), lambda: theirs(1), repeats)
    ended = alternate(lambda: ours(1 + ITERATIONS), lambda: theirs(1 + ITERATIONS), repeats)
    steps = [
        [(long - np.median(short)) / ITERATIONS for long in all_of]
        for all_of, short in zip(ended, begun, strict=True)
    ]
    ratio = float(np.median(steps[1]) / np.median(steps[0]))
    return f"float{bits}", spread(steps[0]), spread(steps[1]), f"{gap:.1e}", ratio


if __name__ == "__main__":
    main()
