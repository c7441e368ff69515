"""Does the leak guard find rows that were resampled before the split, and leave clean ones alone?

    python benchmarks/leak_guard.py DATA/imbalanced [--folders keel imblearn] [--first 0] [--sets 20]

Each set as it is, and after each sampler, rows in a random order. Prints what was missed and what
was a false alarm, and the counts of both.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
from measuring import table

from drawlike.balancing import ADASYN, SMOTE, BorderlineSMOTE, RandomOverSampler, find_leaks

SAMPLERS = (RandomOverSampler, SMOTE, BorderlineSMOTE, ADASYN)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--folders", nargs="+", default=["keel"])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--sets", type=int, default=20)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    files = [path for f in options.folders for path in sorted((options.data / f).glob("*.npz"))]
    found, alarms, n_sets = dict.fromkeys(SAMPLERS, 0), 0, 0
    for path in files[options.first : options.first + options.sets]:
        X, y = read(path)
        n_sets += 1
        alarms += bool(leaks := find_leaks(X, y))
        if leaks:
            print("false alarm:", path.stem, *leaks, flush=True)
        for sampler in SAMPLERS:
            is_found = bool(find_leaks(*planted(sampler, X, y)))
            found[sampler] += is_found
            if not is_found:
                print("missed:", path.stem, sampler.__name__, flush=True)
    lines = [(s.__name__, f"{n} of {n_sets} found") for s, n in found.items()]
    print(table(("rows", "leaks"), [("clean", f"{alarms} of {n_sets} alarms"), *lines]))


def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with np.load(path, allow_pickle=True) as file:
        return np.nan_to_num(file["X"].astype(float)), file["y"].ravel()


def planted(sampler: type, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    rows, labels = sampler(random_state=0).fit_resample(X, y)
    order = np.random.default_rng(0).permutation(len(rows))
    return rows[order], labels[order]


if __name__ == "__main__":
    main()
