"""A classifier told to tell two sets of rows apart."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import numpy as np
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import StratifiedKFold
from threadpoolctl import threadpool_limits

from ...statistics.threads import in_threads
from ..inputs.columns import MISSING, Columns
from ..inputs.samples import Sample
from ..null import area

Item = TypeVar("Item")
Result = TypeVar("Result")

N_FOLDS = 5
MOST_CATEGORIES = 200  # trees take 255; rarer ones are one
N_COMPONENTS = 32
FEW_POINTS = 200
SMALLEST_VARIANCE = 1e-6  # of points that vary by about 1


def tell_apart(real: Sample, synthetic: Sample, seed: int) -> float:
    """Train and test on folds of both sets; the AUC is the mean over folds."""
    is_synthetic = np.arange(len(real) + len(synthetic)) >= len(real)
    folds = scored_folds(real, synthetic, seed)
    return float(np.mean([area(is_synthetic[rows], scores) for rows, scores in folds]))


def scored_folds(real: Sample, other: Sample, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Rows of each fold among both sets, and how much each looks like one of the others.

    The scores, (m,) each, are those of a classifier that saw all other folds.
    """
    X, categorical, _ = features(real, other)
    y = np.repeat([0, 1], [len(real), len(other)])
    folds = StratifiedKFold(min(N_FOLDS, len(real), len(other)), shuffle=True, random_state=seed)

    def scored(fold: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        train, test = fold
        seen = filled(X, train)
        model = boosted_trees(seed, categorical).fit(seen[train], y[train])
        return test, model.predict_proba(seen[test])[:, 1]

    return side_by_side(scored, list(folds.split(X, y)))


def one_thread() -> threadpool_limits:
    """Limit OpenMP: on small data trees wait for their threads longer than they work."""
    return threadpool_limits(1, user_api="openmp")


def side_by_side(teach: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[Result]:
    """Teach trees of several items at once, each of them in one thread; results in order."""

    def alone(item: Item) -> Result:
        with one_thread():
            return teach(item)

    return in_threads(alone, items)


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
