"""Generative top-k: draw from K chosen rows, as they are or varied."""

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from ...base import (
    GenerativeModel,
    IncrementalMixin,
    RandomState,
    Run,
)
from ...base.labels import check_length
from ...base.ranking import best_draws, width_of
from ...codecs import TableCodec
from ...errors import SettingError
from ...layout import Layout
from ...rows import Batch, Rows, Stream
from ...statistics.subsets.reservoir import Reservoir
from ...statistics.subsets.views import AsTheyAre, InTime
from .choosing import Chooser
from .drawing import Group
from .ranked import UNSAVED, Ranking
from .settings import check, refuse_naming, rows_codec, tell_of_lone_rows

_READ = 1 << 16  # rows of a stream in memory at once
_TOLD = {
    None: "TopK emits training rows: its samples are copies",
    "kernel": "TopK keeps copies of training rows, and draws near them",
    "interpolate": "TopK keeps copies of training rows, and draws between them",
}


class TopK(Ranking, IncrementalMixin, GenerativeModel):
    r"""Choose K of the n training rows and draw new rows from them.

    .. math:: P(x) = \frac{1}{K} \sum_{i=1}^{K} \delta(x, x_i)

    over the chosen rows x_i. It learns no distribution: without ``vary``, **every row that
    it draws is a training row**. Use it as the baseline that a model has to beat, to fill
    up rare classes (``vary="interpolate"``), or to keep the best of another model's draws
    (``of=model``). The saved model contains the chosen rows. It has no ``score_samples``.

    Distances count the cells of arrays and images in their units, those of tables in
    standard deviations; see :mod:`drawlike.statistics.subsets.proximity`.

    A list of 2-d arrays or frames, a 3-d array with ``kind="sequence"``, or a 2-d array with
    ``lengths=``, are sequences, each a row: it is chosen, weighted, labelled and drawn as a
    whole. Sequences are compared after each is stretched, linearly in time, to as many steps
    as the longest has, so that these are 1,024 numbers at most; a distance is the root of the
    mean over the steps. Varied sequences get what is new in these steps at their own length;
    "interpolate" mixes the lengths as well, and "kernel" keeps them. ``sample(length=)``
    stretches what is drawn.

    Parameters
    ----------
    k : int or None
        How many rows are chosen, shared among the classes by weight, at least one of each;
        None keeps all.
    of : GenerativeModel, optional
        Choose among this model's draws, not among training rows. It is fitted on the data,
        unless it is fitted already. With ``k`` the rows are drawn once; without, each
        sample is the best of as many fresh draws as ``candidates`` says.
    choose : {"uniform", "weighted", "best", "nearest", "farthest", "determinantal", "covering"}
        By weight; by weight times exp(score), see ``by``; the highest scores; those nearest to
        ``query``; those far from each other, by greedy k-centres, by a greedy determinant,
        or so that most rows are near one. Diverse choices prefer typical rows to outliers.
    query : row, rows or label, optional
        What "nearest" is near to: rows, or the middle of a class; by default the middle of
        each class itself.
    by : callable, array, "density", "critic" or "realism", optional
        How good rows are, higher is better: a function of rows that gives (n,) numbers, such
        as ``gan.realism``, or the numbers of the training rows. By default the density, of
        rows by their fifth neighbour. Draws of a model are scored by a GAN's critic, the
        model's density, or "realism", their place among training rows.
    candidates : float
        How many draws of the model there are for each that is kept.
    vary : {None, "kernel", "interpolate"}
        Rows as they are; moved by a smoothing kernel, with the mean and covariance of
        their class; or between a row and one of its ``n_neighbors`` in the class, as SMOTE
        does, where a category is that of most neighbours.
    n_neighbors : int
        How many neighbours a row is varied towards.
    bandwidth : {"scott", "silverman"} or float
        Width of the kernel in standard deviations.
    replace : bool
        Whether a row may be drawn more than once; if not, at most K rows can be drawn.
    allow_copies : bool
        Whether rows of a table with identifiers may be drawn as they are. The identifiers
        themselves are always new.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import TopK
    >>> rows = np.arange(20.0).reshape(10, 2)
    >>> TopK(k=3, random_state=0).fit(rows).sample(4, random_state=0).shape
    (4, 2)
    """

    name = "topk"
    kinds = ("array", "table", "image", "sequence")
    table_numbers = "identity"
    streams = True

    pool_: Reservoir

    def __init__(
        self,
        *,
        k: int | None = None,
        of: GenerativeModel | None = None,
        choose: str = "uniform",
        query: Any = None,
        by: Any = None,
        candidates: float = 2.0,
        vary: Literal["kernel", "interpolate"] | None = None,
        n_neighbors: int = 5,
        bandwidth: str | float = "scott",
        replace: bool = True,
        allow_copies: bool = False,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.k = k
        self.of = of
        self.choose = choose
        self.query = query
        self.by = by
        self.candidates = candidates
        self.vary = vary
        self.n_neighbors = n_neighbors
        self.bandwidth = bandwidth
        self.replace = replace
        self.allow_copies = allow_copies
        self.random_state = random_state
        self.device = device

    @property
    def contains_training_rows(self) -> bool:  # type: ignore[override]
        """Whether the model holds training rows: always, but of draws of a model."""
        return self.of is None or self.by == "realism" or self.of.contains_training_rows

    @property
    def draws_at_once(self) -> bool:
        """Whether a sample is one block, as it must be without replacement."""
        return not self.replace

    def _learn(self, data: Any, sample_weight: Any, seed: int, *rest: Any) -> None:
        check(self)
        if self.of is None:
            super()._learn(data, sample_weight, seed, *rest)
        else:
            self._learn_from(self.of, data, sample_weight, seed, *rest)

    def _fit(self, data: Rows | Stream, layout: Layout, run: Run) -> None:
        if data.streamed and not self._by_key:
            data = data.gather()
        mass = np.zeros(max(1, data.n_classes))
        pool: Reservoir | None = None
        for batch in data.batches(_READ if data.streamed else len(data)):
            fresh = Reservoir.of(batch, self._rng(run))
            mass += np.bincount(fresh.group, fresh.weight, len(mass))
            pool = self._enough(fresh if pool is None else pool.merged(fresh))
        assert pool is not None
        self._keep(pool, mass, len(data), run)

    def _partial_fit(self, data: Rows, layout: Layout, run: Run) -> None:
        check(self)
        if self.of is not None:
            raise SettingError("TopK(of=...) learns by fit alone; fit its model in parts first.")
        pool = Reservoir.of(next(data.batches(len(data))), self._rng(run))
        mass = np.bincount(pool.group, pool.weight, max(1, data.n_classes)).astype(float)
        if self.n_rows_:
            pool = self.pool_.merged(pool)
            mass += self.labels_.mass_ if data.n_classes else 0.0
        pool = self._enough(pool)
        self._keep(pool, mass, self.n_rows_ + len(data), run)
        if self._by_key:
            self.pool_ = pool  # a class may get more rows later

    @property
    def _by_key(self) -> bool:
        """Whether rows are chosen by their keys alone, in any parts."""
        return self.choose == "uniform" and self.k is not None

    def _rng(self, run: Run) -> np.random.Generator | None:
        return None if self.k is None else run.rngs["sampling"]

    def _enough(self, pool: Reservoir) -> Reservoir:
        return pool.cut(self.k) if self._by_key and self.k is not None else pool

    def _keep(self, pool: Reservoir, mass: np.ndarray, n_seen: int, run: Run) -> None:
        """Choose rows of the pool, by the weight that each class had in all rows seen."""
        refuse_naming(self)
        if self.k is not None and self.k < len(np.unique(pool.group)):
            raise SettingError(f"k={self.k} is too small: choose at least one of each class.")
        all_kept = self.k is None or self.k >= n_seen
        kept = pool.copy() if all_kept else pool.take(Chooser(self).choose(pool, mass, run))
        # rows that were chosen by weight count alike; where all are kept, the weights do
        by_weight = not all_kept and self.choose in ("uniform", "weighted")
        odds, self.pool_ = np.ones(len(kept.key)) if by_weight else kept.weight, kept
        self._hold(self.pool_.x, self.pool_.group, odds)
        run.events.warning(_TOLD[self.vary], name="copies")
        tell_of_lone_rows(self, run.events)

    def _hold(self, rows: Tensor, groups: np.ndarray, odds: np.ndarray) -> None:
        self.rows_, self.groups_, self.odds_ = rows, groups, odds
        self._classes: dict[tuple[Any, ...], Group] = {}

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        if self._is_fresh:
            return best_draws(self.model_, self._scored(), cond, self.candidates, rng)
        drawn = np.empty((len(cond), self.rows_.shape[1]))
        self._fill(drawn, Batch(cond, cond, cond).label, rng)
        return torch.from_numpy(drawn)

    def _fill(self, out: np.ndarray, codes: np.ndarray, rng: np.random.Generator) -> None:
        if self._is_fresh:
            super()._fill(out, codes, rng)
            return
        groups = np.flatnonzero(np.bincount(codes))
        if len(groups) == 1:
            self._class(int(groups[0])).draw(out, rng)
            return
        for group in groups:
            places = np.flatnonzero(codes == group)
            drawn = np.empty((len(places), out.shape[1]))
            self._class(int(group)).draw(drawn, rng)
            out[places] = drawn

    @property
    def _is_fresh(self) -> bool:
        """Whether each sample is the best of new draws of the model."""
        return self.of is not None and self.k is None

    def _class(self, group: int) -> Group:
        """Rows of a class, made ready when they are first asked for."""
        key = (group, self.vary, self.n_neighbors, self.bandwidth, self.replace)
        if key not in self._classes:
            members = np.flatnonzero(self.groups_ == group)
            if not len(members):
                name = self.labels_.classes_[group]
                raise SettingError(f"No row of class {name!r} has come yet; learn some first.")
            x, odds = self.rows_[torch.from_numpy(members)], self.odds_[members]
            self._classes[key] = Group(self, x, odds, self._view(x))
        return self._classes[key]

    def _view(self, x: Tensor) -> Any:
        """What encoded rows are, when they are compared or varied."""
        standard = isinstance(rows_codec(self), TableCodec)
        if self.kind_ == "sequence":
            return InTime.of(self.codec_.layout_, x, standard=standard)
        return AsTheyAre(self.codec_.layout_, standard=standard)

    @property
    def _width(self) -> int:
        return width_of(self.model_) if self._is_fresh else self.rows_.shape[1]

    def _stretching(self, length: int) -> Callable[[np.ndarray], np.ndarray]:
        if self.kind_ != "sequence":
            return super()._stretching(length)
        check_length(length)
        return partial(self._stretched, length=length)

    def _stretched(self, x: np.ndarray, length: int) -> np.ndarray:
        lengths = np.full(len(x), length)
        steps = self._view(torch.from_numpy(x)).stretched(x, lengths, length)
        return np.column_stack([lengths, steps.reshape(len(x), -1)])

    def _content(self) -> dict[str, Any]:
        content = super()._content()
        if self.of is not None:
            content["settings"]["of"] = self.model_._content()
        if callable(self.by):
            content["settings"]["by"] = UNSAVED
        return content

    def _state(self) -> dict[str, Any]:
        state: dict[str, Any] = {}
        if hasattr(self, "rows_"):
            state = {"rows": self.rows_.numpy(), "groups": self.groups_, "odds": self.odds_}
        if self.of is None:
            return state | {"weights": self.pool_.weight, "keys": self.pool_.key}
        if self.references_ is not None:
            state |= {"references": self.references_[0].numpy(), "sides": self.references_[1]}
        return state

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        if "rows" in state:
            self._hold(torch.from_numpy(state["rows"]), state["groups"], state["odds"])
        if self.of is None:
            weight = state.get("weights", state["odds"])  # folders of the first version have none
            keys = state.get("keys", np.zeros(len(weight)))
            self.pool_ = Reservoir(self.rows_, self.groups_, weight, keys)
            return
        self.model_, self.references_ = self.of, None
        if "references" in state:
            self.references_ = torch.from_numpy(state["references"]), state["sides"]
