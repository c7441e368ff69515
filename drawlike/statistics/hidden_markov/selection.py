"""Choosing the number of states."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from ...errors import SettingError

Model = TypeVar("Model")


class Fitted(NamedTuple, Generic[Model]):
    """A fit, and what a criterion needs of it.

    ``log_likelihood`` is that of all data that were fitted, nats; ``n`` are their steps, and
    ``validation`` is the log-likelihood of data that were not, if there are any.
    """

    model: Model
    log_likelihood: float
    n_free: int
    n: float
    validation: float | None = None


@dataclass(frozen=True)
class Selection(Generic[Model]):
    """The best fit, its number of states, and the value of the criterion for every number."""

    best: Fitted[Model]
    n_states: int
    values: dict[int, float]


def bic(fitted: Fitted) -> float:
    """Bayesian information criterion (Schwarz 1978)."""
    return -2 * fitted.log_likelihood + fitted.n_free * float(np.log(fitted.n))


def aic(fitted: Fitted) -> float:
    """Akaike's information criterion (Akaike 1974)."""
    return -2 * fitted.log_likelihood + 2 * fitted.n_free


def validation(fitted: Fitted) -> float:
    """Minus the log-likelihood of data that were held back."""
    assert fitted.validation is not None
    return -fitted.validation


CRITERIA: dict[str, Callable[[Fitted], float]] = {
    "bic": bic,
    "aic": aic,
    "validation": validation,
}


def choose_states(
    fit: Callable[[int], Fitted[Model]],
    numbers: Iterable[int],
    criterion: str = "bic",
    patience: int = 2,
) -> Selection[Model]:
    """Fit with each number of states, in order, and keep the fit of the least criterion.

    Stops early when the criterion was worse than the best ``patience`` times in a row.
    """
    if criterion not in CRITERIA:
        raise SettingError(f"criterion={criterion!r} is unknown; use one of {', '.join(CRITERIA)}.")
    values: dict[int, float] = {}
    best: tuple[int, Fitted[Model]] | None = None
    worse = 0
    for n_states in numbers:
        fitted = fit(n_states)
        values[n_states] = CRITERIA[criterion](fitted)
        if best is None or values[n_states] < values[best[0]]:
            best, worse = (n_states, fitted), 0
        else:
            worse += 1
        if worse >= patience:
            break
    if best is None:
        raise SettingError("No numbers of states to choose from; give at least one.")
    return Selection(best[1], best[0], values)
