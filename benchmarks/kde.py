"""Scoring under a kernel density estimate against scikit-learn, with one thread and two.

    python benchmarks/kde.py [--rows 20000] [--centres 2000] [--columns 8]

Prints how far each is from a plain sum in float64, at most, in nats, seconds of score_samples
(median and range over repeats that alternate), and last the ratio scikit-learn / drawlike.
scikit-learn's algorithm and tolerances are its defaults; it has one thread whatever is allowed.
"""

import argparse

import numpy as np
import torch
from measuring import alternate, spread, table
from scipy.spatial.distance import cdist
from scipy.special import logsumexp
from sklearn.neighbors import KernelDensity
from threadpoolctl import threadpool_limits

from drawlike import KDE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--centres", type=int, default=2_000)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--bandwidth", type=float, default=1.0)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(options.centres, options.columns))
    rows = rng.normal(size=(options.rows, options.columns))
    models = KDE(options.bandwidth, random_state=0), KernelDensity(bandwidth=options.bandwidth)
    models[0].fit(centres, listener=None).score_samples(rows[:2])  # compiled once
    models[1].fit(centres)
    exact = plain_sum(centres, rows, options.bandwidth)
    errors = [f"{np.abs(model.score_samples(rows) - exact).max():.1e}" for model in models]
    lines = [(n, *errors, *compare(models, rows, n, options.repeats)) for n in (1, 2)]
    names = ("threads", "off by", "scikit-learn off by", "s", "scikit-learn s", "ratio")
    print(table(names, lines))


def compare(models: tuple, rows: np.ndarray, threads: int, repeats: int) -> tuple:
    torch.set_num_threads(threads)
    with threadpool_limits(threads):
        ours, theirs = alternate(*(lambda m=m: m.score_samples(rows) for m in models), repeats)
    return spread(ours), spread(theirs), float(np.median(theirs) / np.median(ours))


def plain_sum(centres: np.ndarray, rows: np.ndarray, bandwidth: float) -> np.ndarray:
    norm = centres.shape[1] * np.log(bandwidth * np.sqrt(2 * np.pi)) + np.log(len(centres))
    parts = np.array_split(rows, 20)
    squares = (cdist(part, centres, "sqeuclidean") / bandwidth**2 for part in parts)
    return np.concatenate([logsumexp(-s / 2, axis=1) for s in squares]) - norm


if __name__ == "__main__":
    main()
