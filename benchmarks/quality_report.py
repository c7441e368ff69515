"""Shape and pair errors of drawn tables by sdmetrics' own report, beside those of ``tables.py``.

    python benchmarks/quality_report.py DATA [--tables adult] [--models autoregressive]
        [--seeds 0 1 2] [--set order=fixed]

The report of sdmetrics (0.32) leaves out of its mean the pairs of columns that hardly
hang together (correlations of .5 and associations of .3, or less), and ours takes all. Errors in
%, against the training rows, as in ``tables.py``; in brackets the range over seeds. The row
"bootstrap" draws the training rows themselves, with replacement: nearer than any model can be
that has not learned them by heart.
"""

import argparse
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from measuring import table
from sdmetrics.reports.single_table import QualityReport
from tables import TABLES, errors, read, spread

from drawlike.cli.words import pairs
from drawlike.models import find

NAMES = ("rows", "shape %", "pair %", "shape %, report", "pair %, report", "pairs in it")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tables", nargs="+", default=["adult"], choices=list(TABLES))
    parser.add_argument("--models", nargs="+", default=["autoregressive"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--set", nargs="*", default=[], help="settings, as epochs=5")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for name in options.tables:
        train = read(options.data, name).train
        lines = []
        for model in ["bootstrap", *options.models]:
            samples = drawn(model, train, options.seeds, pairs(options.set, "--set"))
            found = [[*errors(train, rows), *reported(train, rows)] for rows in samples]
            lines.append((model, *spread(found)))
        print(f"\n{name}: {len(train):,} rows, seeds {options.seeds}\n")
        print(table(NAMES, lines), flush=True)


def drawn(model: str, train: pd.DataFrame, seeds: list[int], settings: dict) -> Iterator:
    """As many rows as were learned, a frame a seed."""
    for seed in seeds:
        if model == "bootstrap":
            yield train.sample(len(train), replace=True, random_state=seed, ignore_index=True)
        else:
            fitted = find(model)(random_state=seed).set_params(**settings)
            yield fitted.fit(train, listener=None).sample(len(train), random_state=seed)


def reported(train: pd.DataFrame, rows: pd.DataFrame) -> tuple[float, float, int]:
    """Errors by the report, in %, and how many pairs it takes."""
    kinds = {True: "numerical", False: "categorical"}
    columns = {c: {"sdtype": kinds[pd.api.types.is_numeric_dtype(train[c])]} for c in train}
    report = QualityReport()
    report.generate(train, rows, {"columns": columns}, verbose=False)
    shape, pair = 100 * (1 - report.get_properties()["Score"].to_numpy(float))
    details = report.get_details("Column Pair Trends")
    return shape, pair, int(np.isfinite(details["Score"]).sum())


if __name__ == "__main__":
    main()
