"""Scoring under a kernel density estimate against scikit-learn, with one thread and two.

    python benchmarks/kde.py [--rows 20000] [--centres 2000] [--columns 8]

Prints seconds of score_samples (median and range over repeats that alternate), the largest
difference in nats, and last the ratio scikit-learn / drawlike. scikit-learn's algorithm and
tolerances are its defaults; it has one thread whatever is allowed.
"""

import argparse

import numpy as np
import torch
from measuring import alternate, spread, table
from sklearn.neighbors import KernelDensity
from threadpoolctl import threadpool_limits

from drawlike import KDE


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--centres", type=int, default=2_000)
    parser.add_argument("--columns", type=int, default=8)
    parser.add_argument("--bandwidth", type=float, default=0.5)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(options.centres, options.columns))
    rows = rng.normal(size=(options.rows, options.columns))
    models = KDE(options.bandwidth, random_state=0), KernelDensity(bandwidth=options.bandwidth)
    models[0].fit(centres, listener=None).score_samples(rows[:2])  # compiled once
    models[1].fit(centres)
    lines = [compare(models, rows, threads, options.repeats) for threads in (1, 2)]
    names = "threads", "drawlike s", "scikit-learn s", "difference, nats", "ratio"
    print(table(names, lines))


def compare(models: tuple, rows: np.ndarray, threads: int, repeats: int) -> tuple:
    torch.set_num_threads(threads)
    with threadpool_limits(threads):
        ours, theirs = alternate(*(lambda m=m: m.score_samples(rows) for m in models), repeats)
        scores = [model.score_samples(rows) for model in models]
    ratio = float(np.median(theirs) / np.median(ours))
    return (
        threads,
        spread(ours),
        spread(theirs),
        f"{np.abs(scores[0] - scores[1]).max():.1e}",
        ratio,
    )


if __name__ == "__main__":
    main()
