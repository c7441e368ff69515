"""When does a training end: how far beyond its best state, and is a target of one's own kept?

    python benchmarks/gan_stopping.py [--laws ring ...] [--seeds 10] [--set ...]

"best" is the step of the state with the lowest energy distance to validation rows, "end" that
of the last check. A run is on time if it ends within 20 % of the best state's step; beside it
stands the same in shares of all the steps there are. Then runs with stop={"c2st": .55}: where
they end, and the area under the curve of the judge's trees on as many fresh rows, of which the
training saw none (for wine the rows of another half).

``--set latent='"normal"' lr=1e-3`` tries another GAN.
"""

import argparse
import ast

import numpy as np
import torch
from gan_toys import TOYS
from measuring import spread, table
from sklearn.datasets import load_wine

from drawlike import GAN, evaluate

LAWS = ("ring", "grid", "moons", "wine")
_ROWS, _ON_TIME = 2500, 0.2
Parts = tuple[np.ndarray, np.ndarray]


def main() -> None:
    options = read_options()
    torch.set_num_threads(1)
    print(table(("law", "best", "end", "on time", "ends after the best by"), beyond(options)))
    print()
    print(table(("law", "ends at", "reached", "c2st then", "of fresh rows"), targeted(options)))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--laws", nargs="+", default=list(LAWS), choices=list(LAWS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    pairs = (word.split("=", 1) for word in options.set)
    options.settings = {name: ast.literal_eval(value) for name, value in pairs}
    return options


def rows(law: str, seed: int) -> Parts:
    """Rows to learn from and fresh ones."""
    rng = np.random.default_rng(seed)
    if law == "wine":
        X = rng.permutation(load_wine().data)
        return X[: len(X) // 2], X[len(X) // 2 :]
    return TOYS[law](_ROWS, rng), TOYS[law](_ROWS, rng)


def fitted(law: str, seed: int, settings: dict) -> tuple[GAN, Parts]:
    parts = rows(law, seed)
    return GAN(random_state=seed, **settings).fit(parts[0], listener=None), parts


def beyond(options: argparse.Namespace) -> list[tuple]:
    lines = []
    for law in options.laws:
        curves = []
        for seed in range(options.seeds):
            model, _ = fitted(law, seed, options.settings)
            curves.append(model.history_.curve("energy distance"))
        best = [steps[int(np.argmin(values))] for steps, values in curves]
        end = [steps[-1] for steps, _ in curves]
        most = max(e.total for e in model.history_ if e.kind == "progress" and e.stage == "fit")
        on_time = sum(e - b <= _ON_TIME * b for b, e in zip(best, end, strict=True))
        share = spread([(e - b) / most for b, e in zip(best, end, strict=True)])
        told = f"{on_time} of {len(end)}"
        lines.append((law, spread(best), spread(end), told, f"{share} of {most} steps"))
    return lines


def targeted(options: argparse.Namespace) -> list[tuple]:
    lines = []
    for law in options.laws:
        ends, then, fresh = [], [], []
        for seed in range(options.seeds):
            model, (X, others) = fitted(law, seed, {"stop": {"c2st": 0.55}} | options.settings)
            steps, values = model.history_.curve("c2st")
            ends.append(steps[-1])
            then.append(values[-1])
            fresh.append(judged(model, X, others))
        reached = f"{sum(value <= 0.55 for value in then)} of {len(then)}"
        lines.append((law, spread(ends), reached, spread(then), spread(fresh)))
    return lines


def judged(model: GAN, X: np.ndarray, fresh: np.ndarray) -> float:
    drawn = model.sample(len(fresh), random_state=0)
    found = evaluate(X, fresh, drawn, metrics=["C2ST AUC"], random_state=0)
    return float(found.metrics.set_index("name").loc["C2ST AUC", "value"])


if __name__ == "__main__":
    main()
