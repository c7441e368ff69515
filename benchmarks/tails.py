"""Far and rare values of columns with a known law: which models keep them.

    python benchmarks/tails.py
    python benchmarks/tails.py --models autoregressive latent-class --seeds 0 1 2 --rows 10000

Columns hang together by a normal factor (a Gaussian copula): Pareto laws of index 1.5 and 3, a
lognormal one, Poisson and negative binomial counts, a gamma law with zeros, and categories by
Zipf's law of 5,000 values, of which all are asked for (rare="keep") unless --rare says otherwise.
A model learns the training rows and draws as many; the judge compares both with a hold-out. Each
cell is what was drawn, what the judge finds of real rows, and its 95 % interval; bold where the
drawn figure lies within it. The row "fresh rows" are real rows in place of drawn ones.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Callable

import numpy as np
import pandas as pd
from measuring import table
from scipy import stats

from drawlike.evaluation import Judge
from drawlike.models import MODELS

FIGURES = ("tail shape", "far quantiles", "zero shares", "rare mass", "distinct values")
FACTOR = 0.6  # correlation of every column with what they share


def zipf(u: np.ndarray) -> np.ndarray:
    """Categories by Zipf's law, the most frequent first."""
    shares = 1 / np.arange(1, 5001)
    codes = np.searchsorted(np.cumsum(shares / shares.sum()), u)
    return np.char.add("c", codes.clip(max=4999).astype(str))


LAWS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "pareto 1.5": stats.pareto(1.5).ppf,
    "pareto 3": stats.pareto(3).ppf,
    "lognormal": stats.lognorm(1.5).ppf,
    "poisson": lambda u: stats.poisson(4).ppf(u).astype(int),
    "negative binomial": lambda u: stats.nbinom(0.5, 0.01).ppf(u).astype(int),
    "gamma with zeros": lambda u: np.where(u < 0.6, 0, stats.gamma(0.5).ppf((u - 0.6) / 0.4)),
    "zipf": zipf,
}


def rows(n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of all laws, (n, 7)."""
    common = rng.normal(size=n)
    own = rng.normal(size=(len(LAWS), n))
    u = stats.norm.cdf(FACTOR * common + np.sqrt(1 - FACTOR**2) * own)
    return pd.DataFrame({name: law(u[j]) for j, (name, law) in enumerate(LAWS.items())})


def judged(judge: Judge, drawn: pd.DataFrame) -> dict[tuple[str, str], tuple]:
    """Drawn and real figure of each column, and the interval."""
    found = {}
    for finding in judge(drawn).findings:
        factor = np.exp if finding.metric.name in {"far quantiles", "distinct values"} else float
        for column, each in finding.measured.details.get("columns", {}).items():
            figures = (each.drawn, each.real, each.low, each.high)
            found[finding.metric.name, column] = tuple(float(factor(x)) for x in figures)
    return found


def cell(found: list[tuple]) -> str:
    """Say how often the drawn figure lies among those of real rows, and what it is on average."""
    drawn, real, low, high = np.mean(found, axis=0)
    hits = sum(f[2] <= f[0] <= f[3] for f in found)
    return f"{drawn:.3g} ({real:.3g}, {low:.3g} to {high:.3g}) {hits}/{len(found)}"


def main() -> None:
    """Fit, draw and judge."""
    parser = argparse.ArgumentParser()
    known = ["autoregressive", "latent-class", "vae", "gan"]
    parser.add_argument("--models", nargs="+", default=known, choices=list(MODELS))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rare", default="keep")
    options = parser.parse_args()
    cells: dict[tuple[str, str], dict[str, list]] = defaultdict(lambda: defaultdict(list))
    for seed in options.seeds:
        rng = np.random.default_rng(seed)
        train, holdout = rows(options.rows, rng), rows(options.rows // 4, rng)
        judge = Judge(train, holdout, metrics=FIGURES)
        drawn = {"fresh rows": rows(options.rows, rng)}
        for name in options.models:
            began = time.process_time()
            schema = {"rare": "keep"} if options.rare == "keep" else None
            model = MODELS[name](random_state=seed).fit(train, schema=schema, listener=None)
            drawn[name] = model.sample(options.rows, random_state=seed)
            print(f"{name}, seed {seed}: {time.process_time() - began:.1f} s of CPU", flush=True)
        for name, sample in drawn.items():
            for key, figures in judged(judge, sample).items():
                cells[key][name].append(figures)
    names = ["fresh rows", *options.models]
    lines = ([*key, *(cell(found[name]) for name in names)] for key, found in cells.items())
    print(table(["figure", "column", *names], lines))


if __name__ == "__main__":
    main()
