"""How a mixture is fitted: from which starts, by which algorithm, to which size."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ...events import Emitter
from ...rows import Encoded, Rows
from ..loop import Course, iterate
from .given_start import Beginning, going_on
from .mixture import Mixture
from .outline import Outline
from .selection import Search
from .stepwise import iterate_stepwise

GIVEN = ("weights_init", "means_init", "precisions_init")
ALGORITHMS = ("em", "stepwise")
_SEARCHED = 20_000  # rows, drawn from more, by which a size or a start is found
_FEW_ITERATIONS = 10


@dataclass(frozen=True)
class Recipe:
    """The settings of a mixture, by the names of the public ones."""

    n_components: int | str
    covariance_type: str
    tol: float
    reg_covar: float
    max_iter: int
    n_init: int
    init_params: str
    given: Mapping[str, Any]
    criterion: str
    max_components: int
    algorithm: str
    batch_size: int

    def starts(
        self,
        first: Outline,
        data: Encoded,
        rng: np.random.Generator,
        last: Mixture | None,
        events: Emitter,
    ) -> list[Callable[[], Mixture]]:
        """Ways to start: the last fit, a search for the size, or as many as asked for."""
        warm = None if last is None else self._warm(first, last)
        if warm is not None:
            return [lambda: warm]
        if isinstance(self.n_components, str):
            return [partial(self._sized, first, data.subset(_SEARCHED, rng), rng, events)]
        begun = partial(self.beginning(self.n_components).mixture, first, data, rng, events)
        if self.algorithm == "stepwise":
            some = data.subset(max(self.batch_size, _SEARCHED), rng)
            begun = partial(self.begun_on, some, first, self.n_components, rng, events)
        return [begun] * self.n_init

    def course(
        self, start: Mixture, data: Encoded, order: np.random.Generator, events: Emitter
    ) -> Course[Mixture]:
        """Go from a start until the objective settles."""
        until: dict[str, Any] = {"max_iter": self.max_iter, "tol": self.tol, "events": events}
        if self.algorithm == "stepwise":
            return iterate_stepwise(start, data, self.batch_size, rng=order, **until)
        return iterate(start, partial(data.batches, start.columns.batch_size), **until)

    def beginning(self, k: int) -> Beginning:
        """Start of so many components of each class."""
        return Beginning(self.covariance_type, k, self.reg_covar, self.init_params, self.given)

    def _warm(self, first: Outline, last: Mixture) -> Mixture | None:
        sized = isinstance(self.n_components, str)
        k = last.n_components if sized else int(self.n_components)
        return going_on(self.beginning(k).template(first), last)

    def _sized(
        self, first: Outline, rows: Rows, rng: np.random.Generator, events: Emitter
    ) -> Mixture:
        search = Search(self.criterion, self.max_components, self.max_iter, self.tol)

        def start(k: int, learned: Rows) -> Mixture:
            return self.beginning(k).mixture(first, learned, rng, events)

        def template(k: int) -> Mixture:
            return self.beginning(k).template(first)

        return search.best(template, start, rows, rng, events)

    def begun_on(
        self, rows: Rows, first: Outline, k: int, rng: np.random.Generator, events: Emitter
    ) -> Mixture:
        """Start by a few iterations on some of the rows."""
        begun = self.beginning(k).mixture(first, rows, rng, events)
        batches = partial(rows.batches, first.columns.batch_size)
        return iterate(begun, batches, max_iter=_FEW_ITERATIONS, tol=self.tol).model
