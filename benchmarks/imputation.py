"""How well missing cells are known from the others: our models beside IterativeImputer.

    python benchmarks/imputation.py DATA [--tables adult ...] [--models autoregressive ...]
        [--share 0.2] [--learned 10000] [--rows 2000] [--seed 0] [--no-peer]

``DATA`` is the folder of data sets. 20 % of a table are held out, as in ``tables.py``, and a share
of all cells is hidden at random, in the rows learned (``--learned`` at most, for all alike) and in
those held out, of which ``--rows`` are filled in. Of a hidden cell each sees the cells of its row that are left, and tells

- its log-score: the logarithm of the probability that it gave to what was hidden, nats, mean
  over cells. A number counts as the cell of its column's finest step, so that a density and
  an atom compare: a density counts times that step;
- its error: of numbers the root of the mean squared error of its best guess, in standard
  deviations of the column, mean over columns; of categories the share of right guesses.

``IterativeImputer`` of scikit-learn sees numbers in standard deviations, and a category as a
column of its number, or as columns of 0 and 1, all hidden together: the way that scores better
on the cells that are scored is shown. It takes three rounds with ``sample_posterior=True``
(Bayesian ridge), and five imputations are drawn. Its law of a number is the mean of the normals
of its last regressions, its guess their mean. It has no law of a category: here a linear regression
of columns of 0 and 1 on all other columns, as it filled them in, is clipped at 0, made to sum to 1,
and mixed with the frequencies by the share, of seven, that scores best on the very cells scored.
``own law`` is a latent class model of one class, which knows no other cell.

What fewer than 5 of the rows learned hold our models never draw; such a cell scores as half a row
would. Seconds are CPU seconds of one thread: the fit, and the filling in of the rows held out.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from measuring import table
from scipy.special import logsumexp
from scipy.stats import norm
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer
from sklearn.linear_model import LinearRegression
from tables import TABLES, read

from drawlike.base.evidence import Evidence, log_marginals
from drawlike.codecs.cells import Cells
from drawlike.models import find

EIGHT = ("adult", "bank_marketing", "california_housing", "covertype_15k", "diamonds",
         "german_credit", "insurance", "titanic")  # fmt: skip
NAMES = ("table", "by", "log-score", "of numbers", "of categories", "error of numbers",
         "categories right", "fit s", "impute s")  # fmt: skip
IMPUTATIONS, ROUNDS = 5, 3
SHARES = (0.001, 0.01, 0.03, 0.1, 0.3, 0.6, 1.0)


class Hidden(NamedTuple):
    """A table in two parts with cells hidden, and the truth of the second part."""

    train: pd.DataFrame
    holdout: pd.DataFrame
    truth: pd.DataFrame

    def cells(self, name: str) -> np.ndarray:
        """Rows of the hold-out in which a column was hidden, none if it has one value only."""
        if self.train[name].nunique() < 2:
            return np.empty(0, int)
        return np.flatnonzero(self.holdout[name].isna() & self.truth[name].notna())


class Filled(NamedTuple):
    """Log-scores of hidden cells by column, best guesses, and seconds of fit and filling in."""

    log_scores: dict[str, np.ndarray]
    guesses: pd.DataFrame
    fit: float
    impute: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tables", nargs="+", default=EIGHT, choices=list(TABLES))
    parser.add_argument("--models", nargs="+", default=["autoregressive", "latent-class"])
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--learned", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-peer", action="store_true")
    parser.add_argument("--inner", action="store_true", help="judge by a part of the training rows")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    print(table(NAMES, []), flush=True)
    for name in options.tables:
        problem = read(options.data, name, inner=options.inner)
        truth = problem.holdout[: options.rows]
        rng = np.random.default_rng(options.seed)
        train = problem.train[: options.learned]
        hidden = Hidden(*(hide(part, options.share, rng) for part in (train, truth)), truth)
        for by, filled in all_filled(
            hidden, options.models, options.seed, peer=not options.no_peer
        ):
            line = table(NAMES, [[name, by, *figures(hidden, filled)]])
            print(line.splitlines()[-1], flush=True)


def all_filled(
    hidden: Hidden, models: list[str], seed: int, *, peer: bool
) -> Iterator[tuple[str, Filled]]:
    yield "own law", by_model(hidden, find("latent-class")(n_classes=1, random_state=seed))
    if peer:
        ways = [by_regressions(hidden, seed, one_hot=one_hot) for one_hot in (False, True)]
        yield "IterativeImputer", max(ways, key=lambda filled: figures(hidden, filled)[0])
    for model in models:
        yield model, by_model(hidden, find(model)(random_state=seed))


def hide(frame: pd.DataFrame, share: float, rng: np.random.Generator) -> pd.DataFrame:
    """Hide a share of all cells."""
    return frame.mask(rng.random(frame.shape) < share)


def figures(hidden: Hidden, filled: Filled) -> list[float]:
    """Log-scores and errors, means over cells and columns, and seconds."""
    scores, errors = {True: [], False: []}, {True: [], False: []}
    for name, found in filled.log_scores.items():
        number, rows = is_number(hidden.train[name]), hidden.cells(name)
        scores[number].append(found)
        truth, guess = (f[name].iloc[rows].to_numpy() for f in (hidden.truth, filled.guesses))
        if number:
            gap = (guess.astype(float) - truth.astype(float)) / hidden.train[name].std()
            errors[number].append(np.sqrt(np.mean(gap**2)))
        else:
            errors[number].append(np.mean(guess == truth))
    every, numbers, words = (
        float(np.concatenate(each).mean()) if each else np.nan
        for each in (scores[True] + scores[False], scores[True], scores[False])
    )
    means = [float(np.mean(each)) if each else np.nan for each in (errors[True], errors[False])]
    return [every, numbers, words, *means, filled.fit, filled.impute]


def is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and column.dtype != bool


def finest_step(column: pd.Series) -> float:
    """Smallest difference of two values of a column, at least a millionth of its range."""
    values = np.unique(column.dropna().astype(float))
    return float(max(np.diff(values).min(), 1e-6 * np.ptp(values))) if len(values) > 1 else 1.0


def by_model(hidden: Hidden, model: Any) -> Filled:
    """Let a model of codes tell."""
    warm = type(model)(random_state=0).fit(hidden.train[:300], listener=None)
    warm.impute(hidden.holdout[:50], random_state=0)  # what is compiled once
    fit = seconds(lambda: model.fit(hidden.train, listener=None))
    guesses: list[pd.DataFrame] = []
    impute = seconds(lambda: guesses.append(model.impute(hidden.holdout, random_state=0)))
    return Filled(dict(told(hidden, model)), guesses[0], fit, impute)


def told(hidden: Hidden, model: Any) -> Iterator[tuple[str, np.ndarray]]:
    """Log-probability of each hidden cell given those that are left, and that it holds a value."""
    codec = model.codec_
    encoded = torch.from_numpy(codec.encode(hidden.truth)).to(model.dtype)
    gaps, seen = codec.unknown(hidden.holdout), encoded.clone()
    for j, name in enumerate(codec.names):
        seen[gaps[:, j], codec.places(name)] = torch.nan
    known = Evidence(seen, torch.zeros(len(seen), 0))
    for name in codec.names:
        part, rows = codec.part(name), hidden.cells(name)
        if part.block is None or not len(rows):
            continue
        place, n_values = (
            codec.places(name).start,
            len(part.codec.frequencies) - len(part.codec.missing),
        )
        log = log_marginals(model, known.take(rows), [place])[0][:, :n_values]
        log -= logsumexp(log, axis=1, keepdims=True)
        code = encoded[rows, place].nan_to_num().long().numpy()
        score = log[np.arange(len(rows)), code] + density(
            part, codec.cells(hidden.truth, name), rows
        )
        if is_number(hidden.train[name]) and part.column.type == "real":
            has_place = part.block.width > 1 and ~encoded[rows, place + 1].isnan().numpy()
            score = score + np.where(has_place, np.log(finest_step(hidden.train[name])), 0.0)
        yield name, np.where(np.isneginf(score), np.log(0.5 / len(hidden.train)), score)


def density(part: Any, cells: Cells, rows: np.ndarray) -> np.ndarray:
    """What a density or a share within a code adds, -inf for what was never seen, (n,)."""
    jacobian: np.ndarray = part.codec.log_jacobian(
        Cells(cells.values.take(rows), cells.missing[rows])
    )
    return jacobian


@dataclass
class Columns:
    """A table as numbers for regressions: in standard deviations, and categories one-hot or not."""

    numbers: dict[str, tuple[float, float]]
    words: dict[str, np.ndarray]
    one_hot: bool

    @classmethod
    def of(cls, train: pd.DataFrame, *, one_hot: bool) -> "Columns":
        numbers = {n: (c.mean(), c.std() or 1.0) for n, c in train.items() if is_number(c)}
        words = {n: c.dropna().unique() for n, c in train.items() if not is_number(c)}
        return cls(numbers, {n: np.sort(w.astype(object)) for n, w in words.items()}, one_hot)

    @property
    def places(self) -> dict[str, slice]:
        """Where the columns are."""
        many = {
            n: len(words) if self.one_hot and len(words) > 2 else 1
            for n, words in self.words.items()
        }
        sizes = {**dict.fromkeys(self.numbers, 1), **many}
        ends = np.cumsum(list(sizes.values()))
        return {
            n: slice(end - size, end) for (n, size), end in zip(sizes.items(), ends, strict=True)
        }

    def encode(self, frame: pd.DataFrame) -> np.ndarray:
        """Rows of numbers, NaN where hidden, (n, d)."""
        parts = [((frame[[n]] - mean) / std).to_numpy() for n, (mean, std) in self.numbers.items()]
        for name, words in self.words.items():
            each = columns_of(frame[name], words)
            whole = self.one_hot and len(words) > 2
            parts.append(each if whole else (each @ np.arange(len(words)))[:, None])
        return np.concatenate(parts, 1).astype(float)


def columns_of(column: pd.Series, words: np.ndarray) -> np.ndarray:
    """Columns of 0 and 1, NaN where hidden, (n, k)."""
    found = (column.to_numpy(object)[:, None] == words).astype(float)
    found[column.isna()] = np.nan
    return found


def by_regressions(hidden: Hidden, seed: int, *, one_hot: bool) -> Filled:
    """Let chained regressions tell."""
    columns = Columns.of(hidden.train, one_hot=one_hot)
    train, holdout = columns.encode(hidden.train), columns.encode(hidden.holdout)
    imputer = IterativeImputer(sample_posterior=True, max_iter=ROUNDS, random_state=seed)
    began = time.process_time()
    learned = imputer.fit_transform(train)
    fit = time.process_time() - began
    filled = [imputer.transform(holdout) for _ in range(IMPUTATIONS)]
    laws = [regressed(imputer, rows) for rows in filled]
    guesses, scores = hidden.holdout.copy(), {}
    for name, place in columns.places.items():
        rows = hidden.cells(name)
        if not len(rows):
            continue
        truth = hidden.truth[name].iloc[rows].to_numpy()
        if name in columns.numbers:
            centre, std = columns.numbers[name]
            mean, spread = (np.stack(law)[:, rows, place.start] for law in zip(*laws, strict=True))
            step = finest_step(hidden.train[name]) / std
            scores[name] = log_mean_cell((truth - centre) / std, mean, spread, step)
            guesses[name] = put(guesses[name].astype(float), rows, mean.mean(0) * std + centre)
        else:
            words = columns.words[name]
            others = np.delete(np.arange(train.shape[1]), np.r_[place])
            wanted, seen = columns_of(hidden.train[name], words), hidden.train[name].notna()
            line = LinearRegression().fit(learned[seen][:, others], wanted[seen])
            mean = np.mean([line.predict(each[rows][:, others]) for each in filled], 0)
            scores[name] = log_share(truth, words, mean, hidden.train[name])
            guesses[name] = put(guesses[name].astype(object), rows, words[mean.argmax(1)])
    return Filled(scores, guesses, fit, time.process_time() - began - fit)


def put(column: pd.Series, rows: np.ndarray, values: np.ndarray) -> pd.Series:
    column.iloc[rows] = values
    return column


def regressed(imputer: Any, filled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means and standard deviations of each column given the others of filled rows, (n, d)."""
    mean, spread = np.full((2, *filled.shape), np.nan)
    for each in imputer.imputation_sequence_:  # those of the last round are the last
        told = each.estimator.predict(filled[:, each.neighbor_feat_idx], return_std=True)
        mean[:, each.feat_idx], spread[:, each.feat_idx] = told
    return mean, spread


def log_mean_cell(
    truth: np.ndarray, mean: np.ndarray, spread: np.ndarray, step: float
) -> np.ndarray:
    """Log of the mean probability of a step around the truth (n,) under normals (m, n)."""
    far = (np.abs(truth - mean) - step / 2) / spread
    inside = norm.sf(far) - norm.sf(far + step / spread)
    dense = norm.logpdf(truth, mean, spread) + np.log(step)
    log = np.where(inside > 1e-12, np.log(np.maximum(inside, 1e-300)), dense)
    found: np.ndarray = logsumexp(log, axis=0) - np.log(len(log))
    return found


def log_share(
    truth: np.ndarray, words: np.ndarray, mean: np.ndarray, train: pd.Series
) -> np.ndarray:
    """Log-probability of categories (n,) by the means of their columns (n, k) and frequencies."""
    shares = train.value_counts(normalize=True)
    frequencies = np.array([shares[word] for word in words])
    odds = np.maximum(mean, 0.0) + 1e-12
    odds /= odds.sum(1, keepdims=True)
    code = np.array([np.flatnonzero(words == word)[0] if word in shares else -1 for word in truth])
    rows, floor = np.arange(len(truth)), np.log(0.5 / len(train))
    best = max(
        (np.log((1 - share) * odds + share * frequencies)[rows, code] for share in SHARES),
        key=lambda log: log[code >= 0].sum(),
    )
    return np.where(code < 0, floor, best)


def seconds(run: Callable[[], Any]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began


if __name__ == "__main__":
    main()
