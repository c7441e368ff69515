"""What a condition of one row in a thousand costs, and whether its rows are right.

    python benchmarks/conditions.py DATA [--rows 10000] [--repeats 3]

``DATA`` is the folder of data sets. The first table: CPU seconds to draw rows of Adult, free and
given a country of .1 % (a value, and a set), least of the repeats, and their ratio. The second: a
table of a known law, 200,000 rows of which 200 or so are of the rare kind, and how far the other
columns of drawn rows are from the law given the kind (total variation). ``as learned`` is the
same distance of the rare rows that were learned.
"""

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from measuring import table
from tables import read

import drawlike as dl

RARE = 0.001
LAW = {"usual": [0.2, 0.3, 0.5], "rare": [0.7, 0.2, 0.1]}
COLOURS, SIZES = ["red", "green", "blue"], ["small", "large"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    train = read(options.data, "adult").train
    shares = train["native-country"].value_counts(normalize=True)
    country = (shares - RARE).abs().idxmin()
    lines, distances = [], []
    law = known_law(200_000)
    rare = law[law["kind"] == "rare"]
    for model in models():
        model.fit(train, listener=None)
        lines.append([model.name, *costs(model, country, options.rows, options.repeats)])
        drawn = model.fit(law, listener=None).sample(
            20_000, given={"kind": {"rare"}}, random_state=0
        )
        distances.append([model.name, distance(drawn), distance(rare)])
    print(f"Adult, native-country {country} ({shares[country]:.2%}), {options.rows:,} rows\n")
    print(table(["model", "free s", "value s", "set s", "value / free", "set / free"], lines))
    print("\nknown law\n")
    print(table(["model", "distance", "as learned"], distances))


def models() -> list[Any]:
    return [
        dl.LatentClass(random_state=0),
        dl.GaussianMixture(10, random_state=0),
        dl.Autoregressive(random_state=0),
    ]


def costs(model: Any, country: str, n: int, repeats: int) -> list[float]:
    """CPU seconds free, given a value, given a set, and two ratios."""
    seconds = []
    for given in (None, {"native-country": country}, {"native-country": {country}}):
        model.sample(n, given=given, random_state=0)
        runs = []
        for seed in range(repeats):
            began = time.process_time()
            model.sample(n, given=given, random_state=seed)
            runs.append(time.process_time() - began)
        seconds.append(min(runs))
    return [*seconds, seconds[1] / seconds[0], seconds[2] / seconds[0]]


def known_law(n: int) -> pd.DataFrame:
    """Rows of a rare and a usual kind, whose colours differ, and sizes that go with colours."""
    rng = np.random.default_rng(0)
    kind = np.where(rng.random(n) < RARE, "rare", "usual")
    colour = np.where(kind == "rare", rng.choice(COLOURS, n, p=LAW["rare"]),
                      rng.choice(COLOURS, n, p=LAW["usual"]))  # fmt: skip
    large = rng.random(n) < np.where(colour == "red", 0.9, 0.3)
    return pd.DataFrame({"kind": kind, "colour": colour, "size": np.where(large, "large", "small")})


def distance(rows: pd.DataFrame) -> float:
    """Total variation between colours and sizes of rows and the law of the rare kind."""
    truth = pd.Series({
        (colour, size): p * (q if size == "large" else 1 - q)
        for colour, p in zip(COLOURS, LAW["rare"], strict=True)
        for size in SIZES
        for q in [0.9 if colour == "red" else 0.3]
    })  # fmt: skip
    found = rows.value_counts(["colour", "size"], normalize=True)
    truth.index.names = found.index.names
    return float(found.sub(truth, fill_value=0).abs().sum() / 2)


if __name__ == "__main__":
    main()
