"""Whole fits of a Gaussian mixture, with their own starts, against scikit-learn.

    python benchmarks/gaussian_mixture_fit.py [--threads 1] [--seeds 5] [--data FOLDER]

Both stop at a gain under 1e-3 nats a row. Seeds, four times as many where rows are few,
alternate between the two; the table has medians and ranges of seconds over seeds, of
iterations and of the final mean log-likelihood, and the ratio of the medians
scikit-learn / drawlike.
"""

import argparse
import os
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from measuring import spread, table
from sklearn.datasets import load_digits
from sklearn.mixture import GaussianMixture as Peer
from threadpoolctl import threadpool_limits

from drawlike import GaussianMixture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--data", type=Path, default=os.environ.get("DRAWLIKE_DATA", "../shared/data")
    )
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(options.threads)
    lines = []
    with threadpool_limits(options.threads):
        for name, (X, k) in problems(Path(options.data)).items():
            if options.only in name:
                # where few rows decide, the likelihood hangs on the seed
                seeds = options.seeds * (1 if len(X) > 50_000 else 4)
                lines.append((name, *compare(X, k, seeds)))
    names = ("data", "drawlike s", "scikit-learn s", "iterations", "peer's", "nats a row", "peer's")
    print(table((*names, "ratio"), lines))


def problems(data: Path) -> dict[str, tuple[np.ndarray, int]]:
    rng = np.random.default_rng(0)
    centers = rng.normal(0, 1.5, (16, 16))
    clusters = centers[rng.integers(0, 16, 100_000)] + rng.normal(size=(100_000, 16))
    census = pd.read_csv(data / "adult" / "adult.data.gz", header=None).select_dtypes("number")
    return {
        "clusters (100000, 16), k=16": (clusters, 16),
        "the same in float32": (clusters.astype(np.float32), 16),
        "digits (1797, 64), k=10": (load_digits().data, 10),
        "Adult numerics (32561, 6), k=8": (census.to_numpy(float), 8),
    }


def compare(X: np.ndarray, k: int, seeds: int) -> tuple:
    GaussianMixture(k, random_state=0, max_iter=2).fit(X, listener=None)  # compiles
    mine, theirs = [], []
    for seed in range(seeds):
        mine.append(timed(GaussianMixture(k, random_state=seed), X, listener=None))
        theirs.append(timed(Peer(k, random_state=seed), X.astype(float)))
    (a, b, c), (p, q, r) = (zip(*runs, strict=True) for runs in (mine, theirs))
    ratio = float(np.median(p) / np.median(a))
    return spread(a), spread(p), spread(b), spread(q), spread(c), spread(r), ratio


def timed(model: Any, X: np.ndarray, **options: Any) -> tuple[float, int, float]:
    began = time.perf_counter()
    model.fit(X, **options)
    return time.perf_counter() - began, model.n_iter_, model.score(X)


if __name__ == "__main__":
    main()
