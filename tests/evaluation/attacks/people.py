"""Tables of people for attacks, and the cases that are compared with anonymeter."""

from pathlib import Path

import numpy as np
import pandas as pd

from drawlike.datasets import as_dataset
from drawlike.evaluation.case import Case, Reality
from drawlike.evaluation.inputs.reading import TableReader

N = 400
ORACLE = Path(__file__).parents[2] / "fixtures" / "anonymeter_counts.json"


def people(rng, n=N):
    """Numbers with a rule, whole numbers that repeat, common and rare categories."""
    age, job = rng.integers(18, 70, n), rng.choice(["cook", "nurse", "smith"], n, p=[0.5, 0.3, 0.2])
    pay = np.round(20 + 0.3 * age + 8 * (job == "nurse") + 3 * rng.normal(size=n), 3)
    town = np.char.add("town ", (30 * rng.random(n) ** 2).astype(int).astype(str))
    return pd.DataFrame(
        {"age": age, "pay": pay, "weight": rng.gamma(9, 8, n), "job": job, "town": town}
    )


def halved(train, fresh):
    """The first half of the training rows, and fresh ones."""
    return pd.concat([train[: len(train) // 2], fresh[len(train) // 2 :]], ignore_index=True)


def shuffled(train, rng):
    return train.apply(lambda column: rng.permutation(column.to_numpy()))


def peer_sets(name):
    """Training, hold-out and synthetic rows of a case that anonymeter was asked about too."""
    rng = np.random.default_rng(7)
    train, holdout, fresh = (people(rng) for _ in range(3))
    made = {"copy": train, "half": halved(train, fresh), "shuffled": shuffled(train, rng)}
    return train, holdout, made.get(name, fresh)


PEER_CASES = ("copy", "half", "shuffled", "fresh")


def case_of(train, holdout, synthetic):
    """What the metrics are given."""
    data = [as_dataset(rows) for rows in (train, holdout, synthetic)]
    reader = TableReader.learn(*data[:2])
    known, unknown, drawn = (reader.read(rows, "") for rows in data)
    return Case(Reality(known, unknown), drawn)
