"""The distribution of rows of which some columns are known by sets, ranges and tests."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .accepting import ruled
from .asking import Asked, read_asked
from .averaging import DRAWS, averaged
from .given import (
    Conditional,
    categories_of,
    conditional,
    is_label,
    key_of,
    probabilities,
    shares_of,
)
from .labels import checked_count
from .narrowing import Limits, classes_within, log_codes_within
from .randomness import RandomState, block_generator, seed_of
from .seeking import drawn_as_asked


@dataclass(frozen=True, eq=False)
class Restricted:
    """Rows that have what is asked of them: one row, or m rows, where values are arrays (m,).

    It has no ``score_samples``: how likely a set, a range or a test is, few models know.
    """

    model: Any
    asked: Asked
    known: Conditional

    @classmethod
    def of(cls, model: Any, given: Any, y: Any) -> "Restricted":
        """Read what a user gives."""
        asked = read_asked(model, given, y)
        return cls(model, asked, conditional(model, asked.values, asked.y))

    @property
    def n_rows(self) -> int | None:
        """How many rows there are, None where one stands for all."""
        return self.known.n_rows

    def sample(
        self, n: int | None = None, *, random_state: RandomState = None, return_y: bool = False
    ) -> Any:
        """Draw rows that have what is asked, ``n`` of each, by default 1, one row's after the other's.

        Raises
        ------
        NotConditionalError
            If it has probability 0, or too few candidates have it.
        """
        drawn, labels = self._drawn(checked_count(n), seed_of(random_state))
        return (drawn, labels) if return_y else drawn

    def predict(self, *, random_state: RandomState = 0) -> Any:
        """Give the likeliest rows, over 1,000 draws of each: means of numbers, usual categories and class.

        A mean's standard error is a thirtieth of the conditional standard deviation; the same at
        every call.
        """
        seed, n = seed_of(random_state), self.n_rows or 1
        drawn = self._drawn(DRAWS, seed)
        columns = self.known._columns(np.arange(n), None)
        return averaged(self.model, drawn, n, columns, block_generator(seed, 0))

    def predict_proba(self, column: Any = None, *, random_state: RandomState = 0) -> np.ndarray:
        """Probability of each category of a column, (m, k); of each class by default.

        Their order is that of :meth:`categories`. It is exact where the model knows how likely all
        that is asked is, as ``LatentClass`` does of sets and ranges. Else it is the share among
        1,000 draws of each row (standard error: .016 at most), the same at every call.
        """
        n_codes = len(self.categories(column))
        exact = self._exact(column, n_codes)
        if exact is not None:
            return exact
        drawn = self._drawn(DRAWS, seed_of(random_state))
        return shares_of(self.model, drawn, column, self.n_rows or 1)

    def categories(self, column: Any = None) -> np.ndarray:
        """Values of a column of categories, None for a missing one; the classes by default."""
        return categories_of(self.model, column)

    def _exact(self, column: Any, n_codes: int) -> np.ndarray | None:
        """Probabilities by a model that knows how likely regions are, (m, k); None of another."""
        model, asked = self.model, self.asked
        regions = [admitted.region for admitted in asked.regions if admitted.region is not None]
        left_out = asked.tests or ruled(model) or len(regions) < len(asked.regions)
        dependent = len(regions) > 1 and model.codec_.numbers != "bins"
        if left_out or dependent or not hasattr(model, "_log_within"):
            return None
        limits = Limits(regions, asked.allowed)
        evidence = self.known.evidence(np.arange(self.n_rows or 1))
        if is_label(model, column):
            return classes_within(model, evidence, limits)
        place = model.codec_.places(key_of(model, column)).start
        log_prob = log_codes_within(model, evidence, limits, (place, n_codes))
        return probabilities(log_prob, evidence.x[:, place].numpy())

    def _drawn(self, times: int, seed: int) -> tuple[Any, np.ndarray]:
        """Draw each row so many times, and its labels."""
        if self.n_rows is None:
            return drawn_as_asked(self.model, times, self.asked, seed)
        values = {name: np.repeat(v, times) for name, v in self.known.values.items()}
        y = None if self.known.labels is None else np.repeat(self.known.labels, times)
        asked = replace(self.asked, values=values, y=y)
        return drawn_as_asked(self.model, None, asked, seed)
