"""Six faults of a GAN's training: are they named, is a healthy run left alone, what cures which?

    python benchmarks/gan_faults.py [named] [healthy] [auto] [single] [--faults collapse ...]
                                    [--runs 10] [--healthy-runs 50] [--steps 5000]
                                    [--first-seed 0]

Each fault is planted by its settings; its twin is the same training without it. "named" tells
in how many runs its own alarm was among those raised within a tenth of the training: so much
is run of it. "healthy" counts alarms in whole runs that are left as they are. "auto" and
"single" run to the end: a training is restored if it makes up at least 80 % of the way from
the faulty runs' figure (their median) to the twins'. The figure is the energy distance of
4,000 draws to as many fresh rows, over that of a single point in their middle; of an orbit, the
distance that was watched over the last quarter of the training; of copying, how much oftener
than by chance a draw is nearer to the training rows than a fresh row is.
"""

import argparse
import math
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gan_toys import TOYS
from measuring import spread, table
from scipy.spatial import cKDTree
from torch import nn

from drawlike import GAN
from drawlike.errors import TrainingError
from drawlike.events import History
from drawlike.layout import Layout, Real
from drawlike.losses.energy import energy_distance
from drawlike.models.gan.remedies import REMEDIES
from drawlike.models.gan.settings import suited
from drawlike.networks import MLP, Style, build

Draw = Callable[[int, np.random.Generator], np.ndarray]
_FRESH = 4000
_RESTORED = 0.8


class Waves(nn.Module):
    """A critic of 64 random waves of the rows (Rahimi and Recht 2007), which sees any detail."""

    def __init__(self, width: int, hidden: tuple[int, ...], frequency: float) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(0)
        style = Style(normalise=False, activation=lambda: nn.LeakyReLU(0.2))
        self.waves = nn.Buffer(frequency * torch.randn(width, 64, generator=rng))
        self.body = build(lambda: MLP(128, 0, 1, hidden, style), rng)

    def forward(self, x: torch.Tensor, cond: torch.Tensor) -> torch.Tensor:
        angle = x @ self.waves
        return self.body(torch.cat([angle.sin(), angle.cos()], 1), cond)


class Planted(GAN):
    """A GAN whose critic may be one of waves, or whose generator a point that begins elsewhere."""

    def __init__(self, *, waves: float = 0.0, point: float | None = None, **settings: Any) -> None:
        super().__init__(**settings)
        self.waves, self.point = waves, point

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return [*GAN._get_param_names(), "waves", "point"]

    def _become(self, pair: Any, layout: Any) -> None:
        if self.waves and not isinstance(pair.critic, Waves):
            critic = Waves(layout.n_inputs, tuple(self.hidden), self.waves)
            pair = pair._replace(critic=critic)
        if self.point is not None and not hasattr(self, "critic_"):
            with torch.no_grad():
                for weight in pair.generator.parameters():
                    weight.fill_(self.point if weight.ndim == 1 else 0.0)
        super()._become(pair, layout)


def distance(model: GAN, X: np.ndarray, fresh: np.ndarray) -> float:
    """Energy distance, over that of a single point in the middle."""
    scale = max(float(fresh.std(0).max()), 0.1)
    drawn = torch.from_numpy(model.sample(len(fresh), random_state=0) / scale)
    real = torch.from_numpy(fresh / scale)
    middle = real.mean(0, keepdim=True).expand(2, -1)
    whole = float(energy_distance(middle, real))
    return float(energy_distance(drawn, real)) / max(whole, 0.1)


def copied(model: GAN, X: np.ndarray, fresh: np.ndarray) -> float:
    """How much oftener than by chance a draw is nearer to training rows than a fresh row is."""
    drawn = model.sample(len(fresh), random_state=0)
    near, usual = (np.sort(cKDTree(X).query(rows)[0]) for rows in (drawn, fresh))
    return float(1 - np.searchsorted(usual, near).mean() / len(usual)) - 0.5


def unsettled(model: GAN, X: np.ndarray, fresh: np.ndarray) -> float:
    """Median energy distance at the checks of the last quarter: the best state may be luck."""
    _, distances = model.history_.curve("energy distance")
    return statistics.median(distances[-(len(distances) // 4) :])


@dataclass(frozen=True)
class Fault:
    """Rows, the settings that plant a fault, those of its healthy twin, and its alarm."""

    alarm: str
    draw: Draw
    settings: dict[str, Any]
    twin: dict[str, Any] = field(default_factory=dict)
    rows: int = 2500
    slowness: int = 1  # times the usual steps in which it is named: it takes time to come about
    figure: Callable[[GAN, np.ndarray, np.ndarray], float] = distance


def same(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.full((n, 1), 3.0)


def cloud(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(n, 2))


_DOWNHILL = {"optimizer": "sgd", "lr": 0.1, "average": 0.0}
_PLAIN = {"latent": "normal", "loss": "non-saturating", "lr": 1e-3}
FAULTS = {
    "collapse": Fault("mode collapse", TOYS["grid"], {**_PLAIN, "waves": 3.0}, {"waves": 0.0}),
    "vanishing": Fault(
        "vanishing gradient",
        TOYS["grid"],
        {**_PLAIN, "activation": "sigmoid", "hidden": (64,) * 8},
        {"activation": None, "hidden": (128, 128, 128)},
    ),
    "exploding": Fault("exploding gradient", TOYS["grid"], {**_PLAIN, "lr": 1.0}, {"lr": 1e-3}),
    "critic wins": Fault(
        "critic wins",
        TOYS["high"],
        {"latent": "normal", "loss": "minimax", "critic_lr": 1e-2, "critic_steps": 5},
        {"critic_lr": None, "critic_steps": 1},
    ),
    # Mescheder et al. 2018, arXiv:1801.04406: a point, a straight critic, steps downhill, and
    # no average of the weights, which would lie in the middle of the orbit
    "orbit": Fault(
        "orbit",
        same,
        _PLAIN | {"hidden": (), "point": 2.0, "batch_size": 1000} | _DOWNHILL,
        {"penalty": {"r1": 1.0}},
        slowness=2,
        figure=unsettled,
    ),
    # it goes on until rows are copied: some trainings are as near as real rows before that
    "memorising": Fault(
        "memorising",
        cloud,
        {**_PLAIN, "waves": 3.0, "n_latent": 1, "n_signs": 8, "stop": {"energy": 1e-9}},
        {"waves": 0.0},
        rows=200,
        slowness=2,
        figure=copied,
    ),
}
SINGLE = ("noise", "loss", "network", "clip", "regularise", "flatten", "optimizer", "rates")
HEALTHY: dict[str, dict[str, Any]] = {
    **{f"{name} mixture": {} for name in ("ring", "grid", "unequal", "skewed")},
    **{f"{name} pairs": {"latent": "normal"} for name in ("grid", "moons", "high")},
    **{f"{name} classic": _PLAIN for name in ("moons", "normal", "skewed")},
}


@dataclass(frozen=True)
class Run:
    """A training's figure at its end, its alarms with their steps, its remedies and seconds."""

    figure: float
    alarms: list[tuple[str, int]]
    remedies: tuple[str, ...]
    seconds: float


def run(fault: Fault, seed: int, steps: int, until: int | None = None, **changes: Any) -> Run:
    """Train on rows of their own seed; ``until`` a step only, without judging what comes of it."""
    rng = np.random.default_rng(seed)
    X, history = fault.draw(fault.rows, rng), History()
    settings = {**fault.settings, "patience": steps, "max_steps": steps, **changes}
    model, began = Planted(random_state=seed, **settings), time.perf_counter()

    def hear(event: Any) -> None:
        history(event)
        if until is not None and event.kind == "progress" and event.step >= until:
            raise KeyboardInterrupt

    try:
        model.fit(X, listener=hear)
        figure = float("nan") if until else fault.figure(model, X, fault.draw(_FRESH, rng))
    except TrainingError:
        figure = float("inf")
    named = [(e.name, e.step) for e in history if e.kind == "warning" and e.value is not None]
    remedies = tuple(e.message.split()[0] for e in history if e.name == "remedy")
    return Run(figure, named, remedies, time.perf_counter() - began)


def named(options: argparse.Namespace) -> str:
    lines = []
    for name in options.faults:
        fault = FAULTS[name]
        steps = fault.slowness * options.steps
        runs = [run(fault, seed, steps, until=steps // 10) for seed in options.seeds]
        first = [[step for alarm, step in r.alarms if alarm == fault.alarm][:1] for r in runs]
        found = [step for steps in first for step in steps]
        others = {alarm for r in runs for alarm, _ in r.alarms} - {fault.alarm}
        told = spread(found) if found else ""
        lines.append((name, f"{len(found)} of {len(runs)}", told, ", ".join(sorted(others))))
    return table(("fault", "named in time", "at step", "other alarms"), lines)


def healthy(options: argparse.Namespace) -> str:
    """Whole trainings of usual settings on usual rows: the alarms they raise."""
    lines, total, false = [], 0, 0
    each = -(-options.healthy_runs // len(HEALTHY))
    for name, settings in HEALTHY.items():
        fault = Fault("", TOYS[name.split()[0]], settings)
        runs = [run(fault, seed, min(options.steps, 3000)) for seed in seeds_from(options, each)]
        alarms = [f"{alarm} at {step}" for r in runs for alarm, step in r.alarms]
        total, false = total + len(runs), false + sum(bool(r.alarms) for r in runs)
        lines.append((name, len(runs), spread([r.figure for r in runs]), "; ".join(alarms)))
    lines.append(("all", total, "", f"{false} of {total} with an alarm"))
    return table(("rows and game", "runs", "distance", "false alarms"), lines)


def auto(options: argparse.Namespace) -> str:
    """Whole trainings of each fault: left alone, with remedy="auto", and its twin's."""
    return cures(options, {"auto": {"remedy": "auto"}}, "auto")


def single(options: argparse.Namespace) -> str:
    """Whole trainings of each fault, each remedy alone from the first step on."""
    return cures(options, {name: {} for name in SINGLE}, "single")


def cures(options: argparse.Namespace, ways: dict[str, dict[str, Any]], what: str) -> str:
    lines = []
    for name in options.faults:
        fault = FAULTS[name]
        ill, well = (
            [run(fault, seed, options.steps, **more) for seed in options.seeds]
            for more in ({}, fault.twin)
        )
        ends = [statistics.median(r.figure for r in runs) for runs in (ill, well)]
        cells = [f"{end:.3g}" for end in ends]
        for way, settings in ways.items():
            more = settings or alone(fault, way)
            runs = [run(fault, seed, options.steps, **more) for seed in options.seeds]
            restored = sum(is_restored(r.figure, *ends) for r in runs)
            tried = Counter(" + ".join(r.remedies) or "none" for r in runs) if settings else {}
            told = "; ".join(f"{n} x {words}" for words, n in tried.items())
            figure = spread([r.figure for r in runs])
            cells.append(f"{restored} of {len(runs)}: {figure} {told}".strip())
        lines.append((name, *cells))
        print(lines[-1], file=sys.stderr, flush=True)
    return table((what, "left alone", "twin", *ways), lines)


def alone(fault: Fault, way: str) -> dict[str, Any]:
    """Give the settings of one remedy; another network is one without the planted waves."""
    model = Planted(**fault.settings)
    change = dict(REMEDIES[way](model, suited(model, Layout((Real("x"),)))))
    return change | {"waves": 0.0} if way == "network" else change


def is_restored(figure: float, ill: float, well: float) -> bool:
    """Whether a figure makes up most of the way from the faulty one to the healthy one's."""
    if not math.isfinite(ill):
        return figure <= 2 * well
    return ill - figure >= _RESTORED * (ill - well)


WAYS = {"named": named, "healthy": healthy, "auto": auto, "single": single}


def seeds_from(options: argparse.Namespace, n: int) -> range:
    return range(options.first_seed, options.first_seed + n)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", default=list(WAYS), metavar="WHAT")
    parser.add_argument("--faults", nargs="+", default=list(FAULTS), choices=list(FAULTS))
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--healthy-runs", type=int, default=50)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--first-seed", type=int, default=0)
    options = parser.parse_args()
    options.seeds = seeds_from(options, options.runs)
    torch.set_num_threads(1)
    for what in options.what:
        print(f"\n{what}\n\n{WAYS[what](options)}", flush=True)


if __name__ == "__main__":
    main()
