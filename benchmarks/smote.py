"""Interpolating TopK against imbalanced-learn's SMOTE: 100,000 x 20, 1 % minority.

    python benchmarks/smote.py [--rows 100000] [--columns 20] [--repeats 9]

Both fill the minority up to the majority's size from the same 5 neighbours, from the arrays
to the new rows, in turn, one thread. ``fit_resample`` gives the old rows as well, so that
the second line lets TopK stack them too; the third fits the minority's rows alone. Prints
seconds (median and range) of wall and of processor, and the ratio imbalanced-learn / ours.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from imblearn.over_sampling import SMOTE
from measuring import spread, table
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from drawlike import TopK


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=9)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(options.rows, options.columns))
    y = (rng.random(options.rows) < 0.01).astype(int)
    wanted = int((y == 0).sum() - (y == 1).sum())
    model = TopK(vary="interpolate", random_state=0)

    def new_rows() -> np.ndarray:
        return model.fit(X, y, listener=None).sample(wanted, y=1, random_state=0)

    ways: dict[str, Callable[[], Any]] = {
        "SMOTE().fit_resample(X, y)": lambda: SMOTE(random_state=0).fit_resample(X, y),
        "TopK.fit(X, y).sample(n, y=1)": new_rows,
        "the same, stacked on X": lambda: np.concatenate([X, new_rows()]),
        "TopK.fit(X[y == 1]).sample(n)": lambda: model.fit(X[y == 1], listener=None).sample(wanted),
        "TopK.sample(n, y=1), fitted": lambda: fitted.sample(wanted, y=1, random_state=0),
    }
    with threadpool_limits(1):
        fitted = TopK(vary="interpolate", random_state=0).fit(X, y, listener=None)
        check(fitted, X[y == 1])
        walls, cpus = measured(ways, options.repeats)
    first = next(iter(ways))
    lines = [
        (
            name,
            spread(walls[name]),
            spread(cpus[name]),
            *(ratio(t, first, name) for t in (walls, cpus)),
        )
        for name in ways
    ]
    print(table(("", "seconds", "processor seconds", "ratio", "ratio of processor"), lines))


def measured(
    ways: dict[str, Callable[[], Any]], repeats: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    for run in ways.values():
        run()
    walls: dict[str, list[float]] = {name: [] for name in ways}
    cpus: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(repeats):
        for name, run in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            run()
            walls[name].append(time.perf_counter() - wall)
            cpus[name].append(time.process_time() - cpu)
    return walls, cpus


def ratio(times: dict[str, list[float]], first: str, name: str) -> str:
    return f"{np.median(times[first]) / np.median(times[name]):.1f}"


def check(model: TopK, minority: np.ndarray) -> None:
    """The same neighbours as those of the peer."""
    found = NearestNeighbors(n_neighbors=6).fit(minority).kneighbors(return_distance=False)
    model.sample(50 * len(minority), y=1, random_state=0)
    assert (model._class(1).varied.near.numpy() == found[:, :5]).all()


if __name__ == "__main__":
    main()
