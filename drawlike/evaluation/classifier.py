"""A classifier told to tell synthetic from hold-out rows (C2ST)."""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from ..report import Text
from .case import Case, Sample
from .columns import MISSING, Columns
from .metric import NOTHING, Measured
from .null import area, auc_error

_GIVEN_AWAY = Text("given away by {names}", "破绽在 {names}")
_UNLIKE = Text(
    "training and hold-out rows differ themselves: the hold-out is no random part",
    "训练行与留出行本身就有差异：留出数据并非随机抽取",
)
N_FOLDS = 5
MOST_CATEGORIES = 200  # trees take 255; rarer ones are one
N_COMPONENTS = 32
FEW_POINTS = 200
SMALLEST_VARIANCE = 1e-6  # of points that vary by about 1
MOST_EXPLAINED = 64
SHARED_FOLDS = (
    1.12  # folds share their training rows, so that the mean AUC of fresh rows spreads more
)


def c2st(case: Case) -> Measured:
    """AUC of a boosted-tree classifier, cross-validated, on as many rows of each kind.

    Classifier two-sample test (Lopez-Paz and Oquab 2017, arXiv:1610.06545).
    """
    size = min(len(case.holdout), len(case.synthetic), case.limits.classified)
    holdout = case.reality.some(case.holdout, size, "c2st hold-out")
    synthetic = case.reality.some(case.synthetic, size, "c2st synthetic")
    told = tell_apart(holdout, synthetic, case.reality.seed)
    real = case.reality.once(("c2st", size), lambda: _real_against_real(case, holdout, size))
    names = ", ".join(f"{name} (-{drop:.3f})" for name, drop in told.given_away[:3])
    note = _GIVEN_AWAY.format(names=names) if names else NOTHING
    error, luck = auc_error(told.auc, size, size), SHARED_FOLDS * auc_error(0.5, size, size)
    expected = 0.5
    if real > 0.5 + 3 * luck:
        # then the hold-out is no fair sample, and synthetic rows need not be nearer to it
        expected, luck, note = real, luck * 2**0.5, _UNLIKE
    return Measured(
        told.auc,
        max(told.auc - 1.96 * error, 0.0),
        min(told.auc + 1.96 * error, 1.0),
        real=real,
        chance=float(stats.norm.sf((told.auc - expected) / luck)),
        note=note,
        details={"given_away": told.given_away},
    )


def _real_against_real(case: Case, holdout: Sample, size: int) -> float:
    train = case.reality.some(case.train, size, "c2st train")
    return tell_apart(holdout.take(np.arange(len(train))), train, case.reality.seed).auc


@dataclass(frozen=True)
class Told:
    """How well two sets were told apart, and the columns that gave it away with their share."""

    auc: float
    given_away: list[tuple[str, float]]


def tell_apart(real: Sample, synthetic: Sample, seed: int) -> Told:
    """Train and test on folds of both sets; the AUC is the mean over folds."""
    with one_thread():
        return _tell_apart(real, synthetic, seed)


def _tell_apart(real: Sample, synthetic: Sample, seed: int) -> Told:
    X, categorical, names = features(real, synthetic)
    y = np.repeat([0, 1], [len(real), len(synthetic)])
    folds = StratifiedKFold(min(N_FOLDS, len(real)), shuffle=True, random_state=seed)
    areas: list[float] = []
    drops = np.empty(0)
    for train, test in folds.split(X, y):
        X = filled(X, train)
        model = boosted_trees(seed, categorical).fit(X[train], y[train])
        areas.append(float(area(y[test] == 1, model.predict_proba(X[test])[:, 1])))
        if len(areas) == 1 and 0 < len(names) <= MOST_EXPLAINED:
            drops = _drops(model, X[test], y[test], areas[0], seed)
    order = np.argsort(drops)[::-1]
    given_away = [(names[i], float(drops[i])) for i in order if drops[i] > 0.005]
    return Told(float(np.mean(areas)), given_away)


def one_thread() -> threadpool_limits:
    """Limit OpenMP: on small data trees wait for their threads longer than they work."""
    return threadpool_limits(1, user_api="openmp")


def boosted_trees(seed: int, categorical: np.ndarray) -> HistGradientBoostingClassifier:
    """Give small boosted trees that take categories and missing values as they are."""
    return HistGradientBoostingClassifier(
        max_iter=60,
        max_leaf_nodes=15,
        min_samples_leaf=10,
        categorical_features=categorical,
        early_stopping=False,
        random_state=seed,
    )


def features(*samples: Sample) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Give features of all samples stacked, which are categories, and their names.

    Images give the first principal components of all their points together: no component
    knows which set a row is of.
    """
    columns = [sample.columns for sample in samples]
    if columns[0] is not None:
        matrices = [matrix(part) for part in columns if part is not None]
        names = list(columns[0].names)
        is_category = np.arange(len(names)) >= len(columns[0].number_names)
        return np.concatenate(matrices), is_category, names
    return _components(np.concatenate([sample.points() for sample in samples]))


def _components(points: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[str]]:
    most = min(N_COMPONENTS, *points.shape)
    pca = PCA(most, svd_solver="full" if len(points) < FEW_POINTS else "covariance_eigh")
    X = pca.fit_transform(points)
    # trees would split even on rounding errors, which differ from batch to batch
    X = X[:, pca.explained_variance_ > SMALLEST_VARIANCE].round(4)
    X = X if X.shape[1] else np.zeros((len(X), 1))
    return X, np.zeros(X.shape[1], bool), []


def filled(X: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Give 0 to columns without any value in some rows: trees cannot learn from them."""
    return np.where(np.isnan(X[rows]).all(0), 0.0, X)


def matrix(columns: Columns) -> np.ndarray:
    """Numbers and capped codes side by side, (n, p + q), NaN where missing."""
    codes = np.minimum(columns.codes, MOST_CATEGORIES).astype(float)
    return np.concatenate([columns.numbers, np.where(codes == MISSING, np.nan, codes)], axis=1)


def _drops(
    model: HistGradientBoostingClassifier, X: np.ndarray, y: np.ndarray, auc: float, seed: int
) -> np.ndarray:
    """How much the AUC falls when one column is shuffled, (p,)."""
    order, drops = np.random.default_rng(seed).permutation(len(X)), np.empty(X.shape[1])
    for i in range(X.shape[1]):
        shuffled = X.copy()
        shuffled[:, i] = X[order, i]
        drops[i] = auc - area(y == 1, model.predict_proba(shuffled)[:, 1])
    return drops
