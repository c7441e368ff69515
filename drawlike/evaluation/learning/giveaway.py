"""What gives synthetic rows away to a classifier: columns, and how two columns go together.

A classifier that looks at few columns a split learns from every column that tells, not only
from the one that tells best. On rows it has not seen, columns are hidden: their values come
from other rows. Shares are Shapley values of the AUC in the game of which columns are shown
(Shapley 1953; of models Strumbelj and Kononenko 2010; of losses Covert et al. 2020,
arXiv:2004.00668), over some orders and their reverse.
"""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from ...report import Text
from ..inputs.samples import Sample
from ..metric import NOTHING
from ..null import area
from .classifier import boosted_trees, features, filled, one_thread, side_by_side

MOST_TAUGHT, MOST_TESTED = 6000, 800  # rows of both kinds
MOST_WORK = 16_000  # rows times columns that one order may cost
MOST_EXPLAINED = 64
COLUMNS_A_SPLIT = 0.3
N_ORDERS = 4  # and as many reversed
FEW_DONORS, DONORS = 2, 10  # of hidden values, on the way and for what is shown
N_PAIRED, MOST_PAIRS = 6, 3
LEAST = 0.03  # AUC that a relation must add to what its columns tell alone
LEAST_SHARE = 0.02


@dataclass(frozen=True)
class Relation:
    """Two columns, and the AUC that both reach together and the better one reaches alone."""

    names: tuple[str, str]
    together: float
    alone: float


@dataclass(frozen=True)
class Tell:
    """A column: its share of what gives the rows away, and the AUC that it reaches alone."""

    name: str
    share: float
    alone: float


@dataclass(frozen=True)
class GivenAway:
    """Columns, the most telling first, and relations of two of them."""

    columns: tuple[Tell, ...] = ()
    relations: tuple[Relation, ...] = ()

    @property
    def words(self) -> Text:
        """Name the worst."""
        if not self.columns:
            return NOTHING
        names = ", ".join(f"{tell.name} ({tell.share:.0%})" for tell in self.columns[:3])
        said = _BY_COLUMNS.format(names=names)
        if self.relations:
            a, b = self.relations[0].names
            said = _AND_RELATION.format(said=said, a=a, b=b)
        return said


def given_away(real: Sample, synthetic: Sample, seed: int) -> GivenAway:
    """Say which columns tell synthetic rows from real ones; nothing for images."""
    X, is_category, names = features(real, synthetic)
    if not 0 < len(names) <= MOST_EXPLAINED:
        return GivenAway()
    y = np.repeat([0, 1], [len(real), len(synthetic)])
    order = np.random.default_rng(seed).permutation(len(y))
    n_tested = int(min(MOST_TESTED, len(y) // 2, max(MOST_WORK // len(names), 200)))
    test, train = order[:n_tested], order[n_tested:][:MOST_TAUGHT]
    X = filled(X, train)
    with one_thread():
        model = boosted_trees(seed, is_category).set_params(max_features=COLUMNS_A_SPLIT)
        model.fit(X[train], y[train])
    return _explained(_Game(model, X[test], y[test] == 1, seed), names)


def _explained(game: "_Game", names: list[str]) -> GivenAway:
    gains = game.shapley()
    told = np.maximum(gains, 0)
    if told.sum() < LEAST:
        return GivenAway()
    shares, order = told / told.sum(), np.argsort(-told, kind="stable")
    p, paired = len(names), np.sort(order[:N_PAIRED])
    pairs = list(combinations(paired.tolist(), 2))
    both = np.array([np.isin(np.arange(p), pair) for pair in pairs], bool).reshape(-1, p)
    areas = game.areas(np.concatenate([np.eye(p, dtype=bool), both]), DONORS)
    alone, together = areas[:p], areas[p:]
    tells = [Tell(names[i], float(shares[i]), float(alone[i])) for i in order]
    found = [
        (both - 0.5 - (alone[i] - 0.5).clip(0) - (alone[j] - 0.5).clip(0), i, j, both)
        for (i, j), both in zip(pairs, together, strict=True)
    ]
    relations = [
        Relation((names[i], names[j]), float(both), float(max(alone[i], alone[j])))
        for added, i, j, both in sorted(found, reverse=True)
        if added > LEAST
    ]
    return GivenAway(
        tuple(tell for tell in tells if tell.share >= LEAST_SHARE), tuple(relations[:MOST_PAIRS])
    )


class _Game:
    """What a classifier reaches with some columns shown and the others hidden."""

    def __init__(
        self,
        model: HistGradientBoostingClassifier,
        X: np.ndarray,
        is_synthetic: np.ndarray,
        seed: int,
    ) -> None:
        self._model, self._X, self._is_synthetic = model, X, is_synthetic
        self._rng = np.random.default_rng([seed, 1])

    def areas(self, shown: np.ndarray, donors: int) -> np.ndarray:
        """AUC with the columns ``shown`` (k, p), each, (k,)."""
        n = len(self._X)

        def scores(order: np.ndarray) -> np.ndarray:
            rows = np.where(shown[:, None, :], self._X, self._X[order])
            return self._model.decision_function(rows.reshape(len(shown) * n, -1)).reshape(-1, n)

        orders = [self._rng.permutation(n) for _ in range(donors)]
        total = sum(side_by_side(scores, orders), np.zeros((len(shown), n)))
        positive = np.broadcast_to(self._is_synthetic[:, None], total.T.shape)
        return area(positive, total.T)

    def shapley(self) -> np.ndarray:
        """Mean gain of AUC when a column is shown after others, (p,)."""
        p = self._X.shape[1]
        gains = np.zeros(p)
        for _ in range(N_ORDERS):
            order = self._rng.permutation(p)
            for way in (order, order[::-1]):
                rank = np.empty(p, int)
                rank[way] = np.arange(p)
                gains[way] += np.diff(self.areas(rank < np.arange(p + 1)[:, None], FEW_DONORS))
        return gains / (2 * N_ORDERS)


_BY_COLUMNS = Text("given away by {names}", "破绽在 {names}")
_AND_RELATION = Text(
    "{said}, and by how {a} and {b} go together", "{said}，以及 {a} 与 {b} 之间的关系"
)
