"""Peak memory of a Gaussian mixture's fit beyond its data, beside scikit-learn's.

    python benchmarks/gaussian_mixture_memory.py [--shape 500000,16,32] [--precision 64]
        [--iterations 2]

Each fit runs in a process of its own, after a small fit that loads and compiles what is
needed. What counts is the highest resident memory during the fit, above that before it.
"""

import argparse
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Self

import numpy as np
from measuring import table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", default="500000,16,32")
    parser.add_argument("--precision", default="64")
    parser.add_argument("--iterations", type=int, default=2)
    parser.add_argument("--which", default="")
    options = parser.parse_args()
    if options.which:
        shape = tuple(map(int, options.shape.split(",")))
        print(measure(options.which, shape, options.precision, options.iterations))
        return
    lines = []
    for which in ("drawlike", "scikit-learn"):
        command = [sys.executable, __file__, "--which", which, "--shape", options.shape]
        command += ["--precision", options.precision, "--iterations", str(options.iterations)]
        run = subprocess.run(command, capture_output=True, text=True, check=True)
        lines.append((which, float(run.stdout)))
    print(table((f"fit of ({options.shape})", "peak beyond the data, MB"), lines))


def measure(which: str, shape: tuple[int, ...], bits: str, iterations: int) -> float:
    n, d, k = shape
    warnings.simplefilter("ignore")
    fit = {"drawlike": fit_ours, "scikit-learn": fit_theirs}[which]
    rng = np.random.default_rng(0)
    centers = rng.normal(0, 4, (k, d))
    X = (centers[rng.integers(0, k, n)] + rng.normal(size=(n, d))).astype(f"float{bits}")
    fit(X[:40_000].copy(), k, iterations)
    before, watch = resident_mb(), Watch()
    with watch:
        fit(X, k, iterations)
    return watch.peak - before


def fit_ours(X: np.ndarray, k: int, iterations: int) -> None:
    from drawlike import GaussianMixture

    GaussianMixture(k, max_iter=iterations, random_state=0).fit(X, listener=None)


def fit_theirs(X: np.ndarray, k: int, iterations: int) -> None:
    from sklearn.mixture import GaussianMixture

    GaussianMixture(k, max_iter=iterations, random_state=0, init_params="k-means++").fit(X)


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


class Watch:
    """The highest resident memory while it is open, looked up every millisecond."""

    def __enter__(self) -> Self:
        self.peak, self._open = 0.0, True
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join()

    def _look(self) -> None:
        while self._open:
            self.peak = max(self.peak, resident_mb())
            time.sleep(0.001)


if __name__ == "__main__":
    main()
