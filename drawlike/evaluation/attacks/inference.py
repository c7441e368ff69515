"""Attribute inference: a secret cell, guessed from the synthetic row nearest in all others."""

import numpy as np

from ...report import Text
from ..case import Case
from ..inputs.samples import TableSample
from ..metric import Measured
from .risk import worst
from .search import nearest_without
from .targets import Targets, attack, table

MOST_SECRETS = 50
TOLERANCE = 0.05
_SAID = Text(
    "worst of {k} columns: {name}, guessed from the others for {n} training and {m} hold-out rows",
    "{k} 列中最严重的一列：{name}，由其余各列猜测 {n} 个训练行与 {m} 个留出行",
)


def inference(case: Case) -> Measured:
    """Share of training rows of which one column is guessed from the nearest synthetic row.

    A category must be right, a number within 5 % of the guess; where zero is no natural
    origin, within 5 % of the column's spread. Every column is a secret in turn; the worst is
    told, and ``details["attacks"]`` has all by the column's name.
    """
    targets = Targets.of(case)
    names = targets.columns.names
    secrets = np.sort(case.rng("secrets").permutation(len(names))[:MOST_SECRETS])
    train, control, synthetic = targets.tables()
    guesses = [nearest_without(side, synthetic, secrets) for side in (train, control)]
    attacks = {}
    for place, secret in enumerate(secrets):
        name, sides = names[secret], (targets.train, targets.control)
        guessed, near = targets.columns.get(name), (side[place] for side in guesses)
        tolerance = _tolerance(table(case.train), guessed, name)
        attacks[name] = attack(
            *(
                _right(guessed[found], side.columns.get(name), tolerance[found])
                for found, side in zip(near, sides, strict=True)
            )
        )
    name, chance = worst(attacks)
    found = attacks[name]
    sizes = {"n": found.attempts, "m": found.control_attempts}
    said = _SAID.format(k=len(attacks), name=name, **sizes)
    return found.measured(said, chance, column=name, attacks=attacks)


def _tolerance(real: TableSample, guesses: np.ndarray, name: str) -> np.ndarray:
    """How far off each guess of a column may be, (n,)."""
    if name not in real.columns.number_names:
        return np.zeros(len(guesses))
    known = np.nan_to_num(real.columns.get(name))
    if not known.min() < 0 < known.max() and not real.is_time(name):
        return TOLERANCE * np.abs(guesses)
    spread = real.space.scale[real.columns.number_names.index(name)]
    return np.full(len(guesses), TOLERANCE * spread)


def _right(guesses: np.ndarray, secrets: np.ndarray, tolerance: np.ndarray) -> np.ndarray:
    """Whether each guess is near enough, (n,); what is missing is guessed as missing."""
    near = np.abs(guesses - secrets) <= tolerance
    return near | (np.isnan(guesses) & np.isnan(secrets))
