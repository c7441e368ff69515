"""How near to real rows each model comes on a table, and how soon.

    python benchmarks/tables.py DATA [--tables adult] [--models autoregressive made ...]
        [--seeds 0 1 2] [--orders 3] [--set epochs=5] [--inner] [--judged "C2ST AUC"]

``DATA`` is the folder of data sets. 20 % of a table are held out (seed 0, whatever the model's
seed), and as many rows are drawn as were learned from. Prints the mean over the seeds, and their
range where there are several, of

- CPU seconds of ``fit``, and rows drawn and decoded per CPU second;
- shape and pair errors in %, against the training rows: 100 (1 - score) of sdmetrics, whose
  figures ours are (``sdmetrics_parity.py``);
- C2ST: AUC of boosted trees that tell drawn rows from the hold-out's; .5 is perfect;
- MLE: AUC (R squared where the target is a number) on the hold-out of boosted trees taught by
  drawn rows;
- alpha-precision, beta-recall, share nearer to the training rows than to as many held out
  (DCR), and rows that are copies, as ``drawlike.evaluate`` measures them.

The row ``real`` puts other real rows in their place: a second half of the training rows beside
the first. ``--orders 3`` adds rows that are drawn in three random orders of the columns, by
models that can be given any of them: a column at a time, each given all before it.
"""

import argparse
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from measuring import table
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from drawlike.cli.words import pairs
from drawlike.evaluation import Judge
from drawlike.evaluation.inputs.columns import Vocabulary
from drawlike.evaluation.metrics.trends import code_pair, column_scores, pair_scores
from drawlike.models import find

TABLES = {
    "adult": ("adult/adult_ctgan.csv.gz", "income"),
    "abalone": ("tabular/abalone.csv.gz", "Rings"),
    "bank_marketing": ("tabular/bank_marketing.csv.gz", "y"),
    "california_housing": ("tabular/california_housing.csv.gz", "median_house_value"),
    "covertype_15k": ("tabular/covertype_15k.csv.gz", "Cover_Type"),
    "diamonds": ("tabular/diamonds.csv.gz", "price"),
    "german_credit": ("tabular/german_credit.csv.gz", "class"),
    "insurance": ("tabular/insurance.csv.gz", "charges"),
    "pima_diabetes": ("tabular/pima_diabetes.csv.gz", "Outcome"),
    "titanic": ("tabular/titanic.csv.gz", "survived"),
    "census": ("large/acs_income_2018_295k.parquet", None),
}
JUDGED = ("C2ST AUC", "alpha-precision", "beta-recall", "nearer to train", "exact copies")
NAMES = ("rows", "fit s", "rows/s", "shape %", "pair %", "MLE", "C2ST", "alpha", "beta", "DCR",
         "copies")  # fmt: skip
_FIRST_ROWS = 300
MANY_CATEGORIES = 200  # boosted trees take 255


class Problem(NamedTuple):
    """A table in two parts, and the column that is to be predicted."""

    train: pd.DataFrame
    holdout: pd.DataFrame
    target: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tables", nargs="+", default=["adult"], choices=list(TABLES))
    parser.add_argument("--models", nargs="+", default=["autoregressive", "made", "vae", "gan"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--orders", type=int, default=0)
    parser.add_argument("--set", nargs="*", default=[], help="settings, as epochs=5")
    parser.add_argument("--judged", nargs="*", default=JUDGED, choices=JUDGED, help="figures")
    parser.add_argument("--inner", action="store_true", help="judge by a part of the training rows")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    settings = pairs(options.set, "--set")
    for name in options.tables:
        problem = read(options.data, name, inner=options.inner)
        asked = {"label": problem.target, "metrics": tuple(options.judged), "random_state": 0}
        judge = Judge(problem.train, problem.holdout, **asked)
        lines = [("real", *spread([real_row(problem, judge, **asked)]))]
        for model in options.models:
            found: dict[str, list[list[float]]] = {}
            for seed in options.seeds:
                fitted = find(model)(random_state=seed).set_params(**settings)
                for kind, row in measured(problem, judge, fitted, options.orders):
                    print(kind, seed, *spread([row]), file=sys.stderr, flush=True)
                    found.setdefault(kind, []).append(row)
            lines += [(kind, *spread(rows)) for kind, rows in found.items()]
        shape = f"{len(problem.train):,} + {len(problem.holdout):,} rows"
        print(f"\n{name}: {shape}, {problem.train.shape[1]} columns, seeds {options.seeds}\n")
        print(table(NAMES, lines), flush=True)


def read(folder: Path, name: str, *, inner: bool = False) -> Problem:
    """Part a table; with ``inner`` its training rows are parted once more, to choose settings by."""
    place, target = TABLES[name]
    path = folder / place
    if path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    else:
        frame = pd.read_csv(path, skipinitialspace=True)
    train, holdout = train_test_split(frame, test_size=0.2, random_state=0)
    if inner:
        train, holdout = train_test_split(train, test_size=0.2, random_state=1)
    parts = (part.reset_index(drop=True) for part in (train, holdout))
    return Problem(*parts, target or frame.columns[-1])


def measured(
    problem: Problem, judge: Judge, model: Any, n_orders: int
) -> Iterator[tuple[str, list[float]]]:
    """Fit a model and judge what it draws: a name of each row and its figures."""
    name, seed, n = model.name, model.random_state, len(problem.train)
    clone(model).fit(problem.train[:_FIRST_ROWS], listener=None)  # what is compiled once
    fit = cpu_seconds(lambda: model.fit(problem.train, listener=None))
    model.sample(n, random_state=0)
    drawn: list[pd.DataFrame] = []
    draw = cpu_seconds(lambda: drawn.append(model.sample(n, random_state=seed)))
    yield name, [fit, n / draw, *judged(problem, judge, drawn[0], seed)]
    for i in range(n_orders):
        rows = in_random_order(model, problem.train, 1000 * seed + i)
        yield f"{name}, random orders", [fit, np.nan, *judged(problem, judge, rows, seed)]


def in_random_order(model: Any, train: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Draw rows a column after the other, each given all those before it."""
    order = np.random.default_rng(seed).permutation(train.columns)
    rows = pd.DataFrame({order[0]: model.sample(len(train), random_state=seed)[order[0]]})
    for i, name in enumerate(order[1:], 1):
        given = {column: rows[column].to_numpy() for column in order[:i]}
        rows[name] = model.sample(len(train), given=given, random_state=seed + i)[name]
    return rows[train.columns]


def real_row(problem: Problem, judge: Judge, **asked: Any) -> list[float]:
    """Figures of one half of the training rows beside the other."""
    half = problem.train.sample(frac=1, random_state=0).reset_index(drop=True)
    a, b = half[: len(half) // 2], half[len(half) // 2 :].reset_index(drop=True)
    shape, pair = errors(a, b)
    rows = dict(zip(NAMES[3:], judged(problem, judge, problem.train, 0), strict=True))
    found = Judge(a, problem.holdout, **asked)(b)
    values = {finding.metric.name: finding.measured.value for finding in found.findings}
    return [
        np.nan,
        np.nan,
        shape,
        pair,
        rows["MLE"],
        *(values.get(name, np.nan) for name in JUDGED),
    ]


def judged(problem: Problem, judge: Judge, drawn: pd.DataFrame, seed: int) -> list[float]:
    """Errors, what drawn rows teach, and the judge's figures."""
    found = judge(drawn)
    values = {finding.metric.name: finding.measured.value for finding in found.findings}
    return [*errors(problem.train, drawn), taught(problem, drawn, seed),
            *(values.get(name, np.nan) for name in JUDGED)]  # fmt: skip


def errors(real: pd.DataFrame, drawn: pd.DataFrame) -> tuple[float, float]:
    """Shape and pair errors in %."""
    vocabulary = Vocabulary.learn(real, None)
    pair = code_pair(vocabulary.read(real, "training"), vocabulary.read(drawn, "synthetic"))
    return tuple(
        100 * (1 - float(np.nanmean(scores(*pair)))) for scores in (column_scores, pair_scores)
    )  # type: ignore[return-value]


def taught(problem: Problem, drawn: pd.DataFrame, seed: int) -> float:
    """Score on the hold-out of boosted trees that learn the target from drawn rows."""
    X, holdout = (rows.drop(columns=problem.target) for rows in (drawn, problem.holdout))
    y, truth = drawn[problem.target], problem.holdout[problem.target]
    known, wanted = y.notna(), truth.notna()
    is_class = y.dtype == object or y.nunique() <= 20
    words = X.select_dtypes(exclude="number").columns.tolist()
    X, holdout = (rows.astype(dict.fromkeys(words, str)) for rows in (X, holdout))
    few = [name for name in words if X[name].nunique() <= MANY_CATEGORIES]
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    columns = make_column_transformer((encoder, words), remainder="passthrough")
    categorical = [words.index(name) for name in few]
    make = HistGradientBoostingClassifier if is_class else HistGradientBoostingRegressor
    learner = make_pipeline(columns, make(categorical_features=categorical, random_state=seed))
    learner.fit(X[known], y[known])
    if not is_class:
        return float(learner.score(holdout[wanted], truth[wanted]))
    odds = learner.predict_proba(holdout[wanted])
    odds = odds[:, 1] if odds.shape[1] == 2 else odds
    return float(roc_auc_score(truth[wanted], odds, multi_class="ovr"))


def cpu_seconds(run: Any) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


def spread(rows: list[list[float]]) -> list[str]:
    """Mean, and range where there are several rows."""
    shown = []
    for values in np.array(rows).T:
        mean = "" if np.isnan(values).all() else f"{values.mean():.4g}"
        several = len(values) > 1 and bool(mean)
        shown.append(f"{mean} [{values.min():.4g}, {values.max():.4g}]" if several else mean)
    return shown


if __name__ == "__main__":
    main()
