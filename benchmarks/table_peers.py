"""Models of tables beside CTGAN, TVAE and TabularARGN: how near, and in which part of their time.

    python benchmarks/table_peers.py DATA [--tables adult] [--models ctgan tvae argn gan vae]
        [--seeds 0] [--epochs 300] [--set lr=1e-3] [--inner]

The split, the measures and their columns are those of ``tables.py``; all models have one thread
and their defaults. ``--epochs`` are those of CTGAN and TVAE, whose default is 300 too; ``--set`` gives settings
of ours. The last column is the CPU time of ``fit`` over that of the fastest peer of the same run.
CTGAN and TVAE do not take missing numbers, so tables must have none for them.
"""

import argparse
import warnings
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from measuring import table
from sklearn.base import BaseEstimator
from tables import JUDGED, NAMES, TABLES, measured, read, spread

from drawlike.cli.words import pairs
from drawlike.evaluation import Judge
from drawlike.models import find


class Synthesizer(BaseEstimator):
    """CTGAN or TVAE by the verbs of ours."""

    def __init__(self, name: str, *, epochs: int = 300, random_state: int = 0) -> None:
        self.name = name
        self.epochs = epochs
        self.random_state = random_state

    def fit(self, rows: pd.DataFrame, listener: None = None) -> Self:
        """Learn a table, its words as categories."""
        import ctgan

        torch.manual_seed(self.random_state)
        np.random.seed(self.random_state)
        words = rows.select_dtypes(exclude="number").columns.tolist()
        make = {"ctgan": ctgan.CTGAN, "tvae": ctgan.TVAE}[self.name]
        self.model_ = make(epochs=self.epochs, enable_gpu=False)
        self.model_.fit(rows, words)
        return self

    def sample(self, n: int, random_state: int = 0) -> pd.DataFrame:
        """Draw rows."""
        self.model_.set_random_state(random_state)
        return self.model_.sample(n)


class TabularARGN(BaseEstimator):
    """TabularARGN at its defaults, by the verbs of ours."""

    name = "argn"

    def __init__(self, *, random_state: int = 0) -> None:
        self.random_state = random_state

    def fit(self, rows: pd.DataFrame, listener: None = None) -> Self:
        """Learn a table."""
        from mostlyai import engine

        self.model_ = engine.TabularARGN(random_state=self.random_state, device="cpu")
        self.model_.fit(rows)
        self.types_ = rows.dtypes.to_dict()
        return self

    def sample(self, n: int, random_state: int = 0) -> pd.DataFrame:
        """Draw rows; their seed is that of the fit."""
        drawn = self.model_.sample(n)
        return drawn.astype(object).where(drawn.notna(), None).astype(self.types_)


PEERS = ("ctgan", "tvae", "argn")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--tables", nargs="+", default=["adult"], choices=list(TABLES))
    parser.add_argument("--models", nargs="+", default=["ctgan", "tvae", "gan", "vae"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--epochs", type=int, default=300, help="of the peers")
    parser.add_argument("--set", nargs="*", default=[], help="settings of ours, as lr=1e-3")
    parser.add_argument("--inner", action="store_true", help="judge by a part of the training rows")
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    for name in options.tables:
        problem = read(options.data, name, inner=options.inner)
        judge = Judge(
            problem.train, problem.holdout, label=problem.target, metrics=JUDGED, random_state=0
        )
        found: dict[str, list[list[float]]] = {}
        for model in options.models:
            for seed in options.seeds:
                made = made_for(model, seed, options.epochs, pairs(options.set, "--set"))
                found.setdefault(model, []).extend(
                    row for _, row in measured(problem, judge, made, 0)
                )
                print(model, seed, *found[model][-1], flush=True)
        print(f"\n{name}: {len(problem.train):,} rows, seeds {options.seeds}\n")
        print(table((*NAMES, "of a peer's time"), beside_peers(found)), flush=True)


def made_for(name: str, seed: int, epochs: int, settings: dict[str, Any]) -> Any:
    if name == "argn":
        return TabularARGN(random_state=seed)
    if name in PEERS:
        return Synthesizer(name, epochs=epochs, random_state=seed)
    return find(name)(random_state=seed).set_params(**settings)


def beside_peers(found: dict[str, list[list[float]]]) -> list[tuple[str, ...]]:
    """Means over the seeds, and the seconds of ``fit`` over those of the fastest peer."""
    fit = NAMES.index("fit s") - 1
    seconds = {name: float(np.mean([row[fit] for row in rows])) for name, rows in found.items()}
    least = min((s for name, s in seconds.items() if name in PEERS), default=np.nan)
    return [(name, *spread(rows), f"{seconds[name] / least:.2f}") for name, rows in found.items()]


if __name__ == "__main__":
    main()
