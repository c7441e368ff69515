"""Samplers against imbalanced-learn's: its own checks, and time on 100,000 rows of which 1 % are rare.

    python benchmarks/samplers.py [--rows 100000] [--columns 20] [--repeats 5]
    python benchmarks/samplers.py --checks
    python benchmarks/samplers.py --memory

``--checks`` runs every check of imbalanced-learn's ``estimator_checks_generator`` on every sampler.
``--memory`` tells by how much the peak of a process grows in ``fit_resample``, each in a process of
its own after a small warm-up, the result included, which is 32 MB of rows. Else: CPU seconds of ``fit_resample`` in turn, one thread, medians and ranges, and the ratio. SMOTE-NC
gets 5 numbers and a column of 3 and one of ``--categories`` categories; imbalanced-learn's makes a
column of zeros and ones of each category, so give it few rows: 100,000 would take it 37 GB.
"""

import argparse
import resource
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import imblearn.over_sampling as theirs
import numpy as np
import pandas as pd
from imblearn.utils.estimator_checks import estimator_checks_generator
from measuring import spread, table
from threadpoolctl import threadpool_limits

import drawlike.balancing as ours

NUMBERS = ("SMOTE", "BorderlineSMOTE", "ADASYN")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--mixed-rows", type=int, default=10_000)
    parser.add_argument("--categories", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.checks:
        check_all()
        return
    if options.memory:
        names = [(name, (options.rows, options.columns)) for name in NUMBERS]
        shapes = [*names, ("SMOTE-NC", (options.mixed_rows, options.categories))]
        print(
            table(
                ("sampler", "imbalanced-learn MB", "drawlike MB"),
                (grown(*shape) for shape in shapes),
            )
        )
        return
    X, y = rows(options.rows, options.columns)
    with threadpool_limits(1):
        lines = [line(name, getattr(theirs, name), (X, y), options.repeats) for name in NUMBERS]
        mixed = mixed_rows(options.mixed_rows, options.categories)
        lines.append(line("SMOTE-NC", smotenc, mixed, options.repeats))
    print(table(("sampler", "imbalanced-learn s", "drawlike s", "ratio"), lines))


def grown(name: str, shape: tuple[int, int]) -> tuple[str, float, float]:
    """MB by which the peak of a process grows, with either library."""
    found = []
    for is_peer in (True, False):
        with ProcessPoolExecutor(1, get_context("spawn")) as process:
            found.append(process.submit(growth, name, shape, is_peer=is_peer).result())
    return name, *found


def growth(name: str, shape: tuple[int, int], *, is_peer: bool) -> float:
    """MB by which the peak of this process grows."""
    warnings.simplefilter("ignore")
    data = mixed_rows if name == "SMOTE-NC" else rows
    library = theirs if is_peer else ours
    make = getattr(library, name) if name in NUMBERS else smotenc if is_peer else ours.SMOTE
    make(random_state=0).fit_resample(*data(1000, shape[1]))
    X, y = data(*shape)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    make(random_state=0).fit_resample(X, y)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def rows(n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(n, d)), (rng.random(n) < 0.01).astype(int)


def mixed_rows(n: int, n_categories: int) -> tuple[pd.DataFrame, np.ndarray]:
    X, y = rows(n, 5)
    rng, frame = np.random.default_rng(1), pd.DataFrame(X).add_prefix("x")
    frame["town"] = rng.integers(0, n_categories, n).astype(str)
    frame["sort"] = rng.choice(list("abc"), n)
    return frame, y


def smotenc(random_state: int) -> Any:
    return theirs.SMOTENC([5, 6], random_state=random_state)


def line(
    name: str, peer: Callable[..., Any], data: tuple[Any, Any], repeats: int
) -> tuple[str, ...]:
    own = getattr(ours, name if name in NUMBERS else "SMOTE")
    seconds: dict[Any, list[float]] = {peer: [], own: []}
    for repeat in range(repeats + 1):
        for make in (peer, own):
            began = time.process_time()
            make(random_state=0).fit_resample(*data)
            if repeat:
                seconds[make].append(time.process_time() - began)
    ratio = np.median(seconds[peer]) / np.median(seconds[own])
    return (name, spread(seconds[peer]), spread(seconds[own]), f"{ratio:.1f}")


def check_all() -> None:
    lines = []
    for name in ours.__all__:
        make = getattr(ours, name)
        if hasattr(make, "fit_resample"):
            lines.append((name, *(str(n) for n in checked(make(random_state=0)))))
    print(table(("sampler", "checks", "failures"), lines))


def checked(sampler: Any) -> tuple[int, int]:
    """Checks that were made, and those that failed."""
    made = failed = 0
    for estimator, check in estimator_checks_generator(sampler):
        made += 1
        try:
            check(estimator)
        except Exception as problem:  # noqa: BLE001 - a check may raise anything
            failed += 1
            print(type(sampler).__name__, check, repr(problem)[:300], flush=True)
    return made, failed


if __name__ == "__main__":
    main()
