"""Generative top-k: draw from K chosen training rows."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..base import GenerativeModel, RandomState, Run, check_counts
from ..errors import SettingError
from ..layout import Layout
from ..rows import Rows


class TopK(GenerativeModel):
    r"""Choose K of the n training rows and draw new rows from them.

    .. math:: P(x) = \frac{1}{K} \sum_{i=1}^{K} \delta(x, x_i)

    over the chosen rows x_i. It learns no distribution: **every row that it draws is a
    training row**. Use it as the baseline that a model has to beat, never to share data.
    The saved model contains the chosen rows. It has no ``score_samples``: its law is atoms.

    Parameters
    ----------
    k : int or None
        How many rows are chosen, in proportion to the classes and to the sample weights,
        at least one of each class; None keeps all.
    replace : bool
        Whether a row may be drawn more than once; if not, at most K rows can be drawn.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import TopK
    >>> rows = np.arange(20.0).reshape(10, 2)
    >>> TopK(k=3, random_state=0).fit(rows).sample(4, random_state=0).shape
    (4, 2)
    """

    name = "topk"
    table_numbers = "identity"
    contains_training_rows = True

    def __init__(
        self,
        *,
        k: int | None = None,
        replace: bool = True,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.k = k
        self.replace = replace
        self.random_state = random_state
        self.device = device

    @property
    def draws_at_once(self) -> bool:
        """Whether a sample is one block, as it must be without replacement."""
        return not self.replace

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        if self.k is not None:
            check_counts(self, "k")
            if self.k < data.cond.shape[1]:
                raise SettingError(f"k={self.k} is too small: choose at least one of each class.")
        data = data.to("cpu")
        groups = _class_of(data.cond)
        chosen = _choose(groups, data.weight.numpy(), self.k, run.rngs["sampling"])
        self.rows_, self.groups_ = data.x[chosen], groups[chosen]
        # rows that were chosen by weight count alike; where all are kept, the weights do
        all_kept = len(chosen) == len(groups)
        self.odds_ = data.weight.numpy() if all_kept else np.ones(len(chosen))
        run.events.warning("TopK emits training rows: its samples are copies", name="copies")

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        wanted = _class_of(cond)
        drawn = np.empty(len(wanted), int)
        for group in np.unique(wanted):
            members, places = np.flatnonzero(self.groups_ == group), wanted == group
            n = int(places.sum())
            if not self.replace and n > len(members):
                raise SettingError(
                    f"{n} rows were asked for and {len(members)} are kept; without "
                    "replacement no more can be drawn. Raise k, or use replace=True."
                )
            odds = self.odds_[members] / self.odds_[members].sum()
            drawn[places] = rng.choice(members, n, replace=self.replace, p=odds)
        return self.rows_[torch.from_numpy(drawn)]

    def _state(self) -> dict[str, Any]:
        return {"rows": self.rows_.numpy(), "groups": self.groups_, "odds": self.odds_}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self.rows_, self.groups_ = torch.from_numpy(state["rows"]), state["groups"]
        self.odds_ = state["odds"]


def _class_of(cond: Tensor) -> np.ndarray:
    """Class number of each row; 0 for all without labels."""
    if not cond.shape[1]:
        return np.zeros(len(cond), int)
    return cond.argmax(1).cpu().numpy()


def _choose(
    groups: np.ndarray, weight: np.ndarray, k: int | None, rng: np.random.Generator
) -> np.ndarray:
    """Choose k rows, sorted: each class by its weight (largest remainder), at least one."""
    if k is None or k >= len(groups):
        return np.arange(len(groups))
    sizes = np.bincount(groups)
    shares = _proportional(np.bincount(groups, weight), sizes, k)
    chosen = []
    for group, share in enumerate(shares):
        members = np.flatnonzero(groups == group)
        odds = weight[members] / weight[members].sum()
        chosen.append(rng.choice(members, share, replace=False, p=odds))
    return np.sort(np.concatenate(chosen))


def _proportional(mass: np.ndarray, sizes: np.ndarray, k: int) -> np.ndarray:
    """Share k among classes by mass, at least one each, at most what each has."""
    # the quota rises with the scale, from one row each to all rows: bisect to a sum of k
    low, high = 0.0, float(np.max(sizes / mass))
    for _ in range(200):
        scale = (low + high) / 2
        too_much = np.clip(scale * mass, 1, sizes).sum() > k
        low, high = (low, scale) if too_much else (scale, high)
    quota = np.clip(low * mass, 1, sizes)
    shares = np.floor(quota).astype(int)
    largest = np.argsort(shares - quota, kind="stable")[: k - shares.sum()]
    shares[largest] += 1
    return shares
