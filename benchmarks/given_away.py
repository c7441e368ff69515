"""Whether the columns said to give synthetic Adult away do: without them C2ST falls.

    python benchmarks/given_away.py [--data FOLDER] [--seeds 3] [--rows 3000] [--columns 3]

A Gaussian and a mixture of 50 components learn 80 % of Adult and draw rows; a classifier
tells them from as many hold-out rows. Then the columns are left out that the judge names
first, and as many at random, five times; the classifier learns anew. Prints the AUC of all
columns, without the named and without the random ones (median and range over seeds of the
five draws' mean), and the ratio of the two falls, which should be 2 at least.
"""

import argparse
import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from judge_report import adult
from measuring import spread, table

from drawlike import Gaussian, GaussianMixture
from drawlike.datasets import as_dataset
from drawlike.evaluation.inputs.reading import TableReader
from drawlike.evaluation.inputs.samples import TableSample
from drawlike.evaluation.learning.classifier import tell_apart
from drawlike.evaluation.learning.giveaway import given_away

MODELS = {
    "gaussian": lambda seed: Gaussian(random_state=seed),
    "gaussian-mixture": lambda seed: GaussianMixture(50, random_state=seed),
}
N_DRAWS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    folder = Path(os.environ.get("DRAWLIKE_DATA", "../shared/data"))
    parser.add_argument("--data", type=Path, default=folder)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--columns", type=int, default=3)
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    train, holdout, label = adult(options.data)
    data = [as_dataset(frame, label=label) for frame in (train, holdout)]
    reader = TableReader.learn(*data)
    real = reader.read(data[1], "hold-out").take(np.arange(options.rows))
    lines = []
    for name in options.models:
        found = []
        for seed in range(options.seeds):
            drawn = MODELS[name](seed).fit(train).sample(options.rows, random_state=seed)
            synthetic = reader.read(as_dataset(drawn, label=label), "synthetic")
            found.append(measured(real, synthetic, options.columns, seed))
        *areas, ratio = zip(*found, strict=True)
        lines.append((name, *map(spread, areas), spread(ratio)))
    print(table(("model", "all", "without the named", "without random ones", "ratio"), lines))


def measured(
    real: TableSample, synthetic: TableSample, count: int, seed: int
) -> tuple[float, float, float, float]:
    """AUC of all columns, without those named, without random ones; the ratio of the falls."""
    names, rng = real.columns.names, np.random.default_rng(seed)
    told = given_away(real, synthetic, seed)
    named = [tell.name for tell in told.columns[:count]]
    print(f"seed {seed}:", told.words.en, flush=True)
    whole = tell_apart(real, synthetic, seed)
    left = tell_apart(without(real, named), without(synthetic, named), seed)
    others = []
    for _ in range(N_DRAWS):
        dropped = rng.choice(names, count, replace=False).tolist()
        others.append(tell_apart(without(real, dropped), without(synthetic, dropped), seed))
    random = float(np.mean(others))
    return whole, left, random, (whole - left) / max(whole - random, 1e-9)


def without(rows: TableSample, names: list[str]) -> TableSample:
    columns = rows.columns
    for name in names:
        columns = columns.without(name)
    return replace(rows, columns=columns)


if __name__ == "__main__":
    main()
