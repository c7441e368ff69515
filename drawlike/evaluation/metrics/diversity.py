"""Diversity: whether everything that real rows show comes back, at its rate."""

import numpy as np
from scipy import stats
from sklearn.cluster import KMeans

from ...report import Text
from ..case import Case, Reality
from ..metric import Measured, NotComputedError
from ..null import centre, share_interval, tail
from .manifold import overlap_figure

N_MODES = (12, 20)
ROWS_A_MODE = 10
MOST_CLASSES = 50
_CLUSTER = Text(
    "of {n} clusters one has {real} of the real rows and {synthetic} of the synthetic",
    "{n} 个聚类中，有一个占真实行的 {real}、合成行的 {synthetic}",
)
_CATEGORIES = Text("{n} categories", "{n} 个类别")
_LOST = Text("{n} categories; most are lost in {name}", "{n} 个类别；丢失最多的列：{name}")
RARE = 5  # a category with so many training rows should come back


def recall(case: Case) -> Measured:
    """Share of training rows within reach of the synthetic rows."""
    return overlap_figure(case, "recall", worse=-1)


def coverage(case: Case) -> Measured:
    """Share of training rows that have a synthetic row in their neighbourhood."""
    return overlap_figure(case, "coverage", worse=-1)


def mode_occupancy(case: Case) -> Measured:
    """Size of the cluster that shrinks or swells most, over its size among real rows.

    Clusters of all rows together stand for modes; those of real rows alone would fit the
    real rows better than any fresh ones. A dropped or thinned mode shows in its own size,
    many small shifts in the chi-square statistic of all; classes count as modes too.
    """
    cells = [_cluster_cells(case, n_modes) for n_modes in N_MODES]
    synthetic, real = cells[0]
    n, m = synthetic.sum(), real.sum()
    together = np.stack([synthetic, real])[:, (synthetic + real) > 0]
    chi2 = float(stats.chi2_contingency(together).pvalue)
    chance = min(2 * min(chi2, _smallest_tail([*cells, *_class_cells(case)])), 1.0)
    rng, share = case.rng("modes"), (synthetic + real) / (n + m)
    draws = [_kept(rng.multinomial(n, share), rng.multinomial(m, share)).min() for _ in range(200)]
    kept = _kept(synthetic, real)
    worst = int(kept.argmin())
    spread = [
        _kept(rng.multinomial(n, synthetic / n), rng.multinomial(m, real / m))[worst]
        for _ in range(200)
    ]
    note = _CLUSTER.format(
        n=len(real), real=f"{real[worst] / m:.1%}", synthetic=f"{synthetic[worst] / n:.1%}"
    )
    low, high = np.quantile(spread, [0.025, 0.975]).tolist()
    return Measured(float(kept.min()), low, high, float(np.mean(draws)), chance, note)


def _kept(synthetic: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Smaller over larger share of each cluster, one row added to each side."""
    ratio = (synthetic + 1) / (synthetic.sum() + 1) / ((real + 1) / (real.sum() + 1))
    return np.minimum(ratio, 1 / ratio)


def _cluster_cells(case: Case, n_modes: int) -> tuple[np.ndarray, np.ndarray]:
    """Sizes of clusters among synthetic and among real rows."""
    rows = case.reality.some(case.synthetic, 2 * case.limits.fresh, "modes")
    parts = [case.reality.reference_points, *case.reality.fresh_parts, rows.points()]
    points = np.concatenate(parts)
    n_modes = min(n_modes, len(points) // ROWS_A_MODE, len(np.unique(points, axis=0)))
    if n_modes < 2:
        raise NotComputedError(Text("too few rows differ for clusters", "不同的行太少，无法聚类"))
    found = KMeans(n_modes, n_init=2, random_state=case.reality.seed).fit_predict(points)
    n_real = len(points) - len(rows)
    sides = (found[n_real:], found[:n_real])
    synthetic, real = (np.bincount(side, minlength=n_modes) for side in sides)
    return synthetic, real


def _smallest_tail(cells: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Chance that any cell is so much smaller or larger than its share (Bonferroni)."""
    tails = []
    for synthetic, real in cells:
        n, both = synthetic.sum(), synthetic + real
        law = stats.hypergeom(both.sum(), both, n)
        tails += [*law.cdf(synthetic), *law.sf(synthetic - 1)]
    return min(min(tails) * len(tails), 1.0)


def _class_cells(case: Case) -> list[tuple[np.ndarray, np.ndarray]]:
    """Sizes of the classes among synthetic and real rows, where all are labelled."""
    real = [case.train] + ([case.holdout] if case.reality.held_out else [])
    targets = [rows.target for rows in (case.synthetic, *real)]
    if any(target is None or not target.is_class for target in targets):
        return []
    values = [target.values.astype(str) for target in targets if target]
    classes = np.unique(np.concatenate(values))
    if len(classes) > MOST_CLASSES:
        return []
    counts = [(part[:, None] == classes).sum(0) for part in values]
    return [(counts[0], np.sum(counts[1:], axis=0))]


def categories_kept(case: Case) -> Measured:
    """Share of the training rows' categories that come back, of those with 5 rows or more."""
    columns, synthetic = case.train.columns, case.synthetic.columns
    if columns is None or synthetic is None or not columns.code_names:
        raise NotComputedError(Text("there are no categories", "没有类别列"))
    came, chances, lost = [], [], []
    for name in columns.code_names:
        counts = np.bincount(columns.get(name) + 1)[1:]
        common = np.flatnonzero(counts >= RARE)
        came.append(np.isin(common, synthetic.get(name)))
        chances.append(1 - (1 - counts[common] / len(columns)) ** len(synthetic))
        lost += [name] * int((~came[-1]).sum())
    back, chance = np.concatenate(came), np.concatenate(chances)
    if not len(back):
        raise NotComputedError(Text("no category is frequent enough", "没有足够常见的类别"))
    rng = case.rng("categories")
    draws = np.array([(rng.random(len(chance)) < chance).mean() for _ in range(200)])
    worst = max(sorted(set(lost)), key=lost.count, default="-")
    return Measured(
        back.mean(),
        *share_interval(back.sum(), len(back)),
        real=float(chance.mean()),
        chance=tail(float(back.mean()), draws, worse=-1, grain=1 / len(back)),
        note=(_LOST if lost else _CATEGORIES).format(n=len(back), name=worst),
    )


def repeated_rows(case: Case) -> Measured:
    """Share of synthetic rows that occur among them more than once."""
    blocks = case.blocks(len(case.synthetic), "repeated")
    size = len(blocks[0])
    value = float(np.mean([_repeated(case.synthetic.keys[rows]) for rows in blocks]))
    draws = case.reality.drawn(("repeated", size), lambda: _repeated_draws(case.reality, size))
    n = size * len(blocks)
    return Measured(
        value,
        *share_interval(value * n, n),
        real=centre(draws),
        chance=tail(value, draws, worse=1, grain=2 / size),
        note=Text("within {n} rows", "在 {n} 行之内").format(n=size),
    )


def _repeated(keys: np.ndarray) -> float:
    _, counts = np.unique(keys, return_counts=True)
    return float(counts[counts > 1].sum() / len(keys))


def _repeated_draws(reality: Reality, size: int) -> np.ndarray:
    train, holdout = reality.train.keys, reality.holdout.keys
    keys = np.concatenate([train, holdout])
    deals = reality.deals(len(train), len(holdout), size, "repeated")
    return np.array([_repeated(keys[fresh]) for _, fresh in deals])
