"""Latent classes, in which the columns of a table are independent."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..base import (
    ClassifierMixin,
    ConditionalMixin,
    DensityMixin,
    GenerativeModel,
    RandomState,
    Run,
    check_amounts,
    check_counts,
    n_classes_of,
    torch_generator,
)
from ..layout import Layout, Region
from ..rows import Rows
from ..statistics.coding import Coding
from ..statistics.mixtures.products import Products


class LatentClass(ConditionalMixin, ClassifierMixin, DensityMixin, GenerativeModel):
    r"""A mixture of classes of rows, within which the columns of a table are independent.

    .. math:: p(x) = \sum_k p(k) \prod_v p(x_v \mid k)

    Latent class analysis (Lazarsfeld 1950). All columns are codes: categories; numbers that
    repeat, and bins of the others, in which a number is spread as the rows are; ways of missing.
    The fastest model of a table, and any condition on it is exact: values, sets and ranges of any
    columns, by Bayes' rule over the classes. Relations between columns are as fine as the classes
    are many. A column that says what another one says is derived from it. What a class knows of a
    number it shares with neighbouring codes, as far as a tenth of the rows, left out in the first
    half of the fit, bear it out.

    Classes are found by stepwise EM (Cappe and Moulines 2009, arXiv:0712.4273). A label is a
    column among the others, so that all labels share the classes. ``score_samples`` is exact, and
    cells that lack are marginalised. It learns and draws on the CPU.

    Parameters
    ----------
    n_classes : int
        Latent classes; at most one for 80 rows.
    passes : int
        How often each row is seen, at least; those of small tables are seen more often.
    prior_rows : float
        So many rows of the whole table's law stand beside those of each class. More of them raise
        the density of unseen rows, and loosen the relations between columns.

    Attributes
    ----------
    shares_ : ndarray, (n_classes,) or (n_labels, n_classes)
        Probability of each latent class, given the label if there are labels.

    Examples
    --------
    >>> import pandas as pd
    >>> from drawlike import LatentClass
    >>> table = pd.DataFrame({"size": [1.5, 2.5, 3.5, 9.0] * 50, "sort": ["a", "a", "b", "b"] * 50})
    >>> model = LatentClass(random_state=0).fit(table)
    >>> model.sample(3, given={"sort": "b"}, random_state=0)["sort"].tolist()
    ['b', 'b', 'b']
    """

    name = "latent-class"
    kinds = ("table",)
    table_numbers = "bins"
    keeps_single = True
    draws_in_threads = True
    coding_: Coding
    products_: Products

    def __init__(
        self,
        *,
        n_classes: int = 300,
        passes: int = 6,
        prior_rows: float = 1.0,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.n_classes = n_classes
        self.passes = passes
        self.prior_rows = prior_rows
        self.random_state = random_state
        self.device = device

    @property
    def shares_(self) -> np.ndarray:
        """Probability of each latent class, given the label if there are labels."""
        shares = self.products_.shares
        return shares if self.labels_.n_classes else shares[0]

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        check_counts(self, "n_classes", "passes")
        check_amounts(self, "prior_rows")
        data = data.to("cpu")
        self.coding_ = Coding.of(layout).with_twins(data.x)
        groups = self.coding_.narrow_groups(data.x, run.events.at("codes")).numpy()
        self.products_ = Products.fit(
            self.coding_.choices,
            groups,
            data,
            run.rngs["initialisation"],
            n_classes=n_classes_of(len(groups), self.n_classes),
            prior_rows=self.prior_rows,
            passes=self.passes,
            events=run.events,
        )

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        codes = self.coding_.codes(x).numpy()
        log_prob = self.products_.log_prob(codes, _label(cond))
        return torch.from_numpy(log_prob) + self.coding_.of_twins(x)

    def _log_classes(self, x: Tensor) -> Tensor:
        log_each = torch.from_numpy(self.products_.log_each(self.coding_.codes(x).numpy()))
        prior = torch.from_numpy(self.labels_.frequencies_).log()
        return log_each + self.coding_.of_twins(x)[:, None] + prior

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        nothing = np.full((len(cond), len(self.coding_.kept)), -1)
        drawn = torch.from_numpy(self.products_.draw(nothing, _label(cond), rng))
        return self.coding_.fresh_rows(drawn, torch_generator(rng, "cpu"), self.dtype)

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        codes = self.coding_.codes(evidence).numpy()
        drawn = torch.from_numpy(self.products_.draw(codes, _label(cond), rng))
        return self.coding_.rows(drawn, evidence, torch_generator(rng, "cpu"))

    def _log_within(self, x: Tensor, cond: Tensor, regions: Sequence[Region]) -> Tensor:
        within = self.products_.within(self.coding_.of_regions(regions))
        log_prob = within.log_prob(self.coding_.codes(x).numpy(), _label(cond))
        return torch.from_numpy(log_prob) + self.coding_.of_twins(x)

    def _draw_within(
        self, x: Tensor, cond: Tensor, regions: Sequence[Region], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        within = self.products_.within(self.coding_.of_regions(regions))
        codes = torch.from_numpy(within.draw(self.coding_.codes(x).numpy(), _label(cond), rng))
        placed = self.coding_.placed(codes, x, regions, rng)
        rows = self.coding_.rows(codes, placed, torch_generator(rng, "cpu"))
        return rows, torch.zeros(len(x), dtype=torch.float64)

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        """Give each column's likeliest code by itself, given the known ones."""
        codes = self.coding_.codes(evidence).numpy()
        likeliest = torch.from_numpy(self.products_.likeliest(codes, _label(cond)))
        return self.coding_.rows(likeliest, evidence, torch.Generator())

    def _log_marginals(self, evidence: Tensor, cond: Tensor, places: Sequence[int]) -> list[Tensor]:
        codes, label = self.coding_.codes(evidence).numpy(), _label(cond)

        def log_of_kept(kept: list[int]) -> list[Tensor]:
            return [torch.from_numpy(x) for x in self.products_.log_marginals(codes, label, kept)]

        return self.coding_.log_marginals(evidence, places, log_of_kept)

    def _state(self) -> dict[str, Any]:
        products = self.products_
        return {"shares": products.shares, "tables": products.tables, **self.coding_.state()}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self.coding_ = Coding.from_state(state, layout)
        self.products_ = Products.of(self.coding_.choices, state["shares"], state["tables"])


def _label(cond: Tensor) -> np.ndarray:
    """Label of each row, 0 for all where there are none."""
    return cond.argmax(1).numpy() if cond.shape[1] else np.zeros(len(cond), np.int64)
