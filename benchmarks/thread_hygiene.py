"""A fit on a busy machine: with all its threads against one thread, under the same load.

    python benchmarks/thread_hygiene.py [--busy 4] [--repeats 5] [--rows 200000]

So many other processes compute all the time. Prints the wall time of the same Gaussian
mixture's fit (median and range over repeats that alternate), with one thread and with as
many as there are cores, and their ratio: threads that wait by spinning make it large.
"""

import argparse
import multiprocessing
import os

import numpy as np
import torch
from measuring import alternate, spread, table

from drawlike import GaussianMixture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--rows", type=int, default=200_000)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    centers = rng.normal(0, 2, (16, 16))
    X = centers[rng.integers(0, 16, options.rows)] + rng.normal(size=(options.rows, 16))
    cores = len(os.sched_getaffinity(0))
    fit_with(cores, X[:20_000])
    load = [multiprocessing.Process(target=spin, daemon=True) for _ in range(options.busy)]
    for process in load:
        process.start()
    one, many = alternate(lambda: fit_with(1, X), lambda: fit_with(cores, X), options.repeats)
    for process in load:
        process.terminate()
    ratio = float(np.median(many) / np.median(one))
    line = (options.busy, cores, spread(one), spread(many), ratio)
    print(table(("busy processes", "cores", "one thread, s", "all threads, s", "ratio"), [line]))


def fit_with(threads: int, X: np.ndarray) -> None:
    torch.set_num_threads(threads)
    GaussianMixture(16, max_iter=10, tol=0.0, random_state=0).fit(X, listener=None)


def spin() -> None:
    total = 0
    while True:
        total += 1


if __name__ == "__main__":
    main()
