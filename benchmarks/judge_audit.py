"""The judge before copies, SMOTE and shuffled columns of Adult: which metrics of copying alarm.

    python benchmarks/judge_audit.py DATA/adult/adult_ctgan.csv.gz [--rows 2000] [--seeds 3]
    python benchmarks/judge_audit.py DATA/adult/adult_ctgan.csv.gz --metrics copying
    python benchmarks/judge_audit.py DATA/adult/adult_ctgan.csv.gz --seeds 0 --fresh 300 \
        --metrics copying

Each seed deals the table anew into training rows, a hold-out and fresh rows, equally many. The
first command prints a line a fault: in how many seeds each metric of copying alarmed and the
verdict was "not usable", and the seconds of ``evaluate``, of wall and of processor: of the whole,
or with ``--metrics copying`` of the audit alone, which never says "usable". ``--fresh`` counts
alarms over so many fresh real sets, each with training rows and a hold-out of its own.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from measuring import spread, table
from sklearn.neighbors import NearestNeighbors

from drawlike.evaluation import Evaluation, evaluate

LABEL = "income"
JITTER = 0.05  # standard deviations of the column
NEIGHBOURS = 5


@dataclass(frozen=True)
class Deal:
    """Real rows, dealt by a seed."""

    train: pd.DataFrame
    holdout: pd.DataFrame
    fresh: pd.DataFrame
    rng: np.random.Generator


def deal(data: pd.DataFrame, rows: int, seed: int) -> Deal:
    rng = np.random.default_rng(seed)
    parts = np.split(rng.permutation(len(data))[: 3 * rows], 3)
    return Deal(*(data.iloc[part].reset_index(drop=True) for part in parts), rng)


def copied(share: float) -> Callable[[Deal], pd.DataFrame]:
    """So many of the rows are training rows, the others fresh."""

    def make(real: Deal) -> pd.DataFrame:
        n = round(share * len(real.train))
        return pd.concat([real.train[:n], real.fresh[n:]], ignore_index=True)

    return make


def jittered(real: Deal) -> pd.DataFrame:
    """Every number moved a little and rounded, the categories kept."""
    rows = real.train.copy()
    for name in rows.select_dtypes("number"):
        noise = JITTER * rows[name].std() * real.rng.normal(size=len(rows))
        rows[name] = (rows[name] + noise).round().astype(rows[name].dtype)
    return rows


def smote_mix(real: Deal) -> pd.DataFrame:
    """Half of the rows by SMOTE from the training rows, the other half fresh."""
    n = len(real.train) // 2
    return pd.concat([smote(real.train, n, real.rng), real.fresh[n:]], ignore_index=True)


def smote(rows: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """SMOTE-NC (Chawla et al. 2002): numbers between a row and one of its five neighbours.

    A category is the commonest among the neighbours.
    """
    numbers = rows.select_dtypes("number")
    scaled = (numbers - numbers.mean()) / numbers.std()
    kinds = pd.get_dummies(rows.drop(columns=numbers.columns)).astype(float) / 2**0.5
    points = np.concatenate([scaled, kinds], axis=1)
    near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(points).kneighbors(return_distance=False)
    base = rng.integers(len(rows), size=n)
    other = near[base, rng.integers(NEIGHBOURS, size=n)]
    drawn = rows.iloc[base].reset_index(drop=True)
    step = rng.random(n)
    for name in rows.columns:
        values = rows[name].to_numpy()
        if name in numbers:
            between = values[base] + step * (values[other] - values[base])
            drawn[name] = between.round().astype(values.dtype)
        else:
            drawn[name] = pd.DataFrame(values[near[base]]).mode(axis=1)[0]
    return drawn


def shuffled(real: Deal) -> pd.DataFrame:
    """Each column of the training rows, permuted by itself."""
    return real.train.apply(lambda column: real.rng.permutation(column.to_numpy()))


FAULTS: dict[str, Callable[[Deal], pd.DataFrame]] = {
    "copy": copied(1.0),
    "half copy": copied(0.5),
    "10 % copy": copied(0.1),
    "jittered train": jittered,
    "SMOTE mix": smote_mix,
    "shuffled marginals": shuffled,
    "fresh rows": copied(0.0),
}


def alarms(evaluation: Evaluation) -> list[str]:
    """The metrics of copying that alarmed."""
    found = evaluation.findings
    return [f.metric.name for f in found if f.alarm and f.metric.aspect == "copying"]


def audit(data: pd.DataFrame, rows: int, seeds: int, metrics: list[str] | None) -> None:
    lines = []
    for name, make in FAULTS.items():
        alarmed: Counter[str] = Counter()
        failed, walls, cpus = 0, [], []
        for seed in range(seeds):
            real = deal(data, rows, seed)
            synthetic = make(real)
            wall, cpu = time.perf_counter(), time.process_time()
            evaluation = evaluate(real.train, real.holdout, synthetic, label=LABEL, metrics=metrics)
            walls.append(time.perf_counter() - wall)
            cpus.append(time.process_time() - cpu)
            alarmed.update(alarms(evaluation))
            failed += not evaluation.passed
        said = ", ".join(f"{metric} {count}" for metric, count in alarmed.items()) or "-"
        lines.append((name, said, f"{failed} of {seeds}", spread(walls), spread(cpus)))
    heads = ("rows", "metrics of copying that alarmed", "not usable", "seconds", "of processor")
    print(table(heads, lines))


def cry_wolf(data: pd.DataFrame, rows: int, draws: int, metrics: list[str] | None) -> None:
    alarmed: Counter[str] = Counter()
    copying, failed = 0, 0
    for seed in range(1000, 1000 + draws):
        real = deal(data, rows, seed)
        evaluation = evaluate(real.train, real.holdout, real.fresh, label=LABEL, metrics=metrics)
        alarmed.update(alarms(evaluation))
        copying += bool(alarms(evaluation))
        failed += not evaluation.passed
        if sys.stderr.isatty():
            print(f"\r{seed - 999} of {draws}: {copying}", end="", file=sys.stderr)
    print(f"{draws} fresh sets: {copying} with an alarm of copying {dict(alarmed)}, ", end="")
    print(f"{failed} not usable")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", help="Adult, as CSV")
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--fresh", type=int, default=0)
    parser.add_argument("--metrics", nargs="+", help="measure these only, as 'copying'")
    options = parser.parse_args()
    data = pd.read_csv(options.data, skipinitialspace=True)
    if options.seeds:
        audit(data, options.rows, options.seeds, options.metrics)
    if options.fresh:
        cry_wolf(data, options.rows, options.fresh, options.metrics)


if __name__ == "__main__":
    main()
