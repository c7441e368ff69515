"""Seconds and peak memory of a full report, by part.

    python benchmarks/judge_report.py [adult] [million] [--rows jittered|mixture] [--parts 12]

``adult``: 26,048 training rows of Adult's 32,561, the others held out, and as many synthetic
rows as training rows. ``million``: 1,000,000 training rows of 20 columns from a made-up
process, 250,000 held out, 1,000,000 synthetic. Synthetic rows are training rows drawn with
repetition, their numbers jittered, or come from a Gaussian mixture. Everything counts from
frames in memory to the page's text. The peak is the process's resident memory, the three frames
included; name one set a call to read it.
"""

import argparse
import gc
import os
import resource
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from measuring import table

from drawlike import GaussianMixture
from drawlike.evaluation import Judge
from drawlike.events import Emitter, Event
from drawlike.report import render

Sets = tuple[pd.DataFrame, pd.DataFrame, str]
N_NUMBERS, N_CATEGORIES = 12, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["adult"], help="adult, million")
    folder = Path(os.environ.get("DRAWLIKE_DATA", "../shared/data"))
    parser.add_argument("--data", type=Path, default=folder)
    parser.add_argument("--rows", choices=["jittered", "mixture"], default="jittered")
    parser.add_argument("--parts", type=int, default=12, help="how many parts are listed")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for name in options.sets:
        train, holdout, label = adult(options.data) if name == "adult" else million()
        synthetic = {"jittered": jittered, "mixture": mixture}[options.rows](train)
        gc.collect()
        before = peak_mb()
        parts = list(reported(train, holdout, synthetic, label))
        total, processor = np.sum([seconds for _, *seconds in parts], axis=0)
        parts.sort(key=lambda part: -part[1])
        print(f"{name}: {total:.1f} s, {processor:.1f} s of the processor, ", end="")
        print(f"peak {peak_mb():.0f} MB, {before:.0f} MB before\n")
        print(table(("part", "seconds", "of the processor"), parts[: options.parts]), "\n")


def adult(folder: Path) -> Sets:
    frame = pd.read_csv(folder / "adult" / "adult_ctgan.csv.gz", skipinitialspace=True)
    order = np.random.default_rng(0).permutation(len(frame))
    n = int(0.8 * len(frame))
    return frame.iloc[order[:n]], frame.iloc[order[n:]], "income"


def million() -> Sets:
    """Numbers that go together, categories that depend on them, and a label."""
    rng = np.random.default_rng(0)
    n = 1_250_000
    numbers = rng.standard_normal((n, N_NUMBERS)) @ rng.normal(size=(N_NUMBERS, N_NUMBERS))
    columns = {f"x{i}": x if i % 3 else x.round(1) for i, x in enumerate(numbers.T)}
    for i in range(N_CATEGORIES - 1):
        code = np.digitize(numbers[:, i] + rng.normal(size=n), np.linspace(-4, 4, 4 * (i + 1)))
        columns[f"c{i}"] = pd.Series(np.array([f"v{k}" for k in range(64)])[code])
    columns["label"] = np.where(numbers[:, 0] + rng.normal(size=n) > 0, "yes", "no")
    frame = pd.DataFrame(columns)
    return frame[:1_000_000], frame[1_000_000:], "label"


def jittered(train: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    rows = train.iloc[rng.integers(len(train), size=len(train))].reset_index(drop=True)
    numbers = rows.select_dtypes("number").columns
    noise = 0.1 * rng.normal(size=(len(rows), len(numbers))) * train[numbers].std().to_numpy()
    whole = rows[numbers].dtypes == np.int64
    noise[:, whole] = noise[:, whole].round()
    rows[numbers] = (rows[numbers] + noise).astype(rows[numbers].dtypes)
    return rows


def mixture(train: pd.DataFrame) -> pd.DataFrame:
    model = GaussianMixture(50, random_state=0).fit(train)
    return model.sample(len(train), random_state=0)


def reported(
    train: pd.DataFrame, holdout: pd.DataFrame, synthetic: pd.DataFrame, label: str
) -> Iterator[tuple[str, float, float]]:
    """Each part with its seconds, by the clock and of the processor."""
    clock, lessons = Clock(), Clock()
    judge = Judge(train, holdout, label=label)
    yield "reading real rows", *clock.lap()
    steps: list[tuple[float, float]] = []
    taught: dict[str, np.ndarray] = {}

    def listen(event: Event) -> None:
        if event.kind == "progress" and event.stage == "judge":
            steps.append(clock.lap())
        if event.unit == "learners":
            name = f"learner {event.step} of utility"
            taught[name] = taught.get(name, 0) + np.array(lessons.lap())
        lessons.lap()

    evaluation = judge(synthetic, events=Emitter(listen, "judge"))
    names = ["reading synthetic rows", *(f.metric.name for f in evaluation.findings)]
    for name, (seconds, processor) in zip(names, steps, strict=False):
        yield name, seconds, processor
    print(", ".join(f"{name} {part[1]:.2f} s" for name, part in taught.items()))
    yield "whether a copy would be seen", *clock.lap()
    document = evaluation.to_document()
    yield "laying out the page", *clock.lap()
    render(document)
    yield "writing the page", *clock.lap()


class Clock:
    def __init__(self) -> None:
        self.at = (time.perf_counter(), time.process_time())

    def lap(self) -> tuple[float, float]:
        before, self.at = self.at, (time.perf_counter(), time.process_time())
        return self.at[0] - before[0], self.at[1] - before[1]


def peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


if __name__ == "__main__":
    main()
