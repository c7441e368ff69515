"""How often rows of rare and of frequent classes are learned from."""

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingError
from ..rows import Rows

CLASS_SAMPLINGS = {"data": 0.0, "square-root": 0.5, "balanced": 1.0}
_NUMBERS = (int, float, np.integer, np.floating)
_RARE = 0.1  # of the rows of the largest class
_MOST_OFTEN = 100.0  # times as often as a row of the heaviest class "auto" shows another
_OF_A_TAIL = 1.0  # the power that "auto" takes where a class is rare


@dataclass(frozen=True, eq=False)
class Balance:
    r"""How often a row of each class is learned from, beside rows of other classes, (k,).

    .. math:: r_c \propto m_c^{-p}

    for classes of weight m: p = 0 leaves rows as they come, p = 1 shows each class alike (Kang et
    al. 2020, arXiv:1910.09217, whose q is 1 - p). A model of p(x | y) learns the same law at any p;
    it spends its steps on other parts of it. None is p = 0.
    """

    rates: Tensor | None = None

    @classmethod
    def of(cls, class_sampling: str | float, rows: Rows, *, begins_fitted: bool = False) -> Self:
        """Give what ``class_sampling`` asks for; "auto" acts where a class is rare.

        Not where a training begins at a law that is fitted to all rows: there rare classes begin at
        what they share with frequent ones, and many visits would teach their rows by heart.

        Raises
        ------
        SettingError
            If it is neither a name nor a number from 0 to 1.
        """
        check_class_sampling(class_sampling)
        mass = rows.mass
        met = mass[mass > 0]
        leaves = class_sampling == "auto" and begins_fitted
        power = 0.0 if leaves else _power(class_sampling, rows.counts[mass > 0])
        if not power or not len(met) or bool((met == met[0]).all()):
            return cls()
        rates = torch.where(mass > 0, mass, met.max()) ** -power
        if class_sampling == "auto":
            rates = rates.clamp(max=_MOST_OFTEN * float(rates.min()))
        return cls(rates)

    def weigh(self, weight: Tensor, cond: Tensor) -> Tensor:
        """Give rows' weights times how often they come, (n,)."""
        return weight if self.rates is None else weight * self._of(cond)

    def seen(self, parts: tuple[Rows, Rows]) -> tuple[Rows, Rows]:
        """Give training and validation rows whose weights are those that training shows them with."""
        rows, held = parts
        if self.rates is None:
            return parts
        shown = replace(rows, weight=self.weigh(rows.weight, rows.cond))
        return shown, shown if held is rows else held

    def order(self, cond: Tensor, rng: np.random.Generator) -> np.ndarray:
        """Draw as many rows as there are, (n,), some again, others not at all.

        Classes are spread evenly, so that each batch has its part of each.
        """
        if self.rates is None:
            return rng.permutation(len(cond))
        members = _by_class(cond)
        mass = [len(rows) * float(rate) for rows, rate in zip(members, self.rates, strict=True)]
        upto = np.floor(np.cumsum(mass) * (len(cond) / sum(mass)) + rng.random())
        upto[-1] = len(cond)
        places = np.diff(upto, prepend=0.0).astype(int)
        return _spread([_turns(*each, rng) for each in zip(members, places, strict=True)], rng)

    def shuffle(self, cond: Tensor, rng: np.random.Generator) -> np.ndarray:
        """Draw an order of all rows, (n,), each once; classes are spread evenly in it too."""
        if self.rates is None:
            return rng.permutation(len(cond))
        return _spread([rng.permutation(rows) for rows in _by_class(cond)], rng)

    def _of(self, cond: Tensor) -> Tensor:
        """Rates of rows, (n,), whose mean is 1."""
        assert self.rates is not None
        rates = cond.double() @ self.rates
        return (rates / rates.mean()).to(cond)


AS_THEY_COME = Balance()


def check_class_sampling(asked: Any) -> None:
    """Refuse what is no way to sample classes."""
    is_named = isinstance(asked, str) and asked in ("auto", *CLASS_SAMPLINGS)
    is_power = isinstance(asked, _NUMBERS) and not isinstance(asked, bool) and 0 <= asked <= 1
    if not (is_named or is_power):
        names = ", ".join(map(repr, ("auto", *CLASS_SAMPLINGS)))
        raise SettingError(
            f"class_sampling={asked!r}; use {names}, or a power from 0, rows as they come, to 1, "
            "each class alike."
        )


def is_rare(counts: Tensor) -> Tensor:
    """Whether classes of so many rows, (k,), have a tenth of the largest one's or less."""
    return counts <= _RARE * counts.max() if len(counts) else counts > 0


def _power(class_sampling: str | float, counts: Tensor) -> float:
    if class_sampling == "auto":
        return _OF_A_TAIL if bool(is_rare(counts).any()) else 0.0
    if isinstance(class_sampling, str):
        return CLASS_SAMPLINGS[class_sampling]
    return float(class_sampling)


def _by_class(cond: Tensor) -> list[np.ndarray]:
    label = cond.argmax(1).cpu().numpy()
    return [np.flatnonzero(label == c) for c in range(cond.shape[1])]


def _turns(rows: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw ``n`` of the rows, none again before all have come."""
    passes = [rng.permutation(rows) for _ in range(-(-n // max(1, len(rows))))]
    drawn: np.ndarray = np.concatenate([rows[:0], *passes])[:n]
    return drawn


def _spread(groups: list[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Put groups of rows into one order, in which each is spread evenly."""
    places = [(np.arange(len(rows)) + rng.random(len(rows))) / max(1, len(rows)) for rows in groups]
    order: np.ndarray = np.concatenate(groups)[np.argsort(np.concatenate(places))]
    return order
