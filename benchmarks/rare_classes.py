"""Does the default BalancedClassifier beat samplers whose thresholds are tuned, and stay true?

    python benchmarks/rare_classes.py DATA/imbalanced --out FOLDER [--sets design|report|NAME ...]
    python benchmarks/rare_classes.py --out FOLDER --summary [--sets design|report] [--methods own]

Three times five stratified folds of each set, at most ``ROWS`` rows by a stratified draw (more where
the rare class would have fewer than ``RARE`` rows). On each training part a logistic regression, an
MLP and histogram boosting are learned: alone, by ``BalancedClassifier`` as it comes and with each of our
samplers, and behind each of imbalanced-learn's. All tune their threshold for balanced accuracy by five
inner folds of the training part, the peers as scikit-learn's ``TunedThresholdClassifierCV`` does.

``--methods own`` runs nothing and ``BalancedClassifier`` with each of our samplers, and prints those.

The default was chosen on the sets of ``DESIGN`` and others that are not in ``REPORT``, which is what nothing
was chosen by. One line of JSON a set, learner and method lies in FOLDER; what is there is not run again.
One thread.
"""

import argparse
import json
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling
import numpy as np
from imblearn.pipeline import make_pipeline as with_sampler
from measuring import table
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    balanced_accuracy_score,
    brier_score_loss,
    log_loss,
    roc_auc_score,
)
from sklearn.model_selection import (
    RepeatedStratifiedKFold,
    StratifiedKFold,
    train_test_split,
)
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

import drawlike.balancing as ours

ROWS, RARE = 800, 25
DESIGN = (
    "keel/pima",
    "keel/vehicle2",
    "keel/ecoli3",
    "keel/glass2",
    "keel/abalone9-18",
    "imblearn/wine_quality",
    "keel/yeast4",
    "keel/kr-vs-k-zero_vs_eight",
)
REPORT = (
    "adbench/breastw",
    "keel/yeast1",
    "imblearn/satimage",
    "adbench/cardio",
    "imblearn/car_eval_34",
    "adbench/Wilt",
    "keel/flare-F",
    "adbench/vowels",
    "keel/winequality-red-4",
    "imblearn/mammography",
    "keel/abalone-20_vs_8-9-10",
    "keel/kddcup-rootkit-imap_vs_back",
)
LEARNERS = {
    "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=30, random_state=0),
    "mlp": lambda: make_pipeline(
        StandardScaler(),
        MLPClassifier((8,), solver="lbfgs", alpha=1.0, max_iter=100, random_state=0),
    ),
}
PEERS = {
    "RandomOverSampler": imblearn.over_sampling.RandomOverSampler,
    "RandomUnderSampler": imblearn.under_sampling.RandomUnderSampler,
    "SMOTE": imblearn.over_sampling.SMOTE,
    "BorderlineSMOTE": imblearn.over_sampling.BorderlineSMOTE,
    "ADASYN": imblearn.over_sampling.ADASYN,
    "SMOTEENN": imblearn.combine.SMOTEENN,
    "SMOTETomek": imblearn.combine.SMOTETomek,
}
OURS: dict[str, Callable[[], Any]] = {
    "ours": lambda: "auto",
    "ours, as they come": lambda: None,
    "ours, weights": lambda: "weights",
    "ours, RandomOverSampler": ours.RandomOverSampler,
    "ours, RandomUnderSampler": ours.RandomUnderSampler,
    "ours, SMOTE": ours.SMOTE,
    "ours, BorderlineSMOTE": ours.BorderlineSMOTE,
    "ours, ADASYN": ours.ADASYN,
    "ours, kernels": ours.Rebalancer,
    "ours, gaussian-mixture": lambda: ours.Rebalancer("gaussian-mixture"),
    "ours, latent-class": lambda: ours.Rebalancer("latent-class"),
}
FIRST = ("nothing", *PEERS, "ours")  # whose ranks count
NAMED = {"all": (*FIRST, *OURS), "first": FIRST, "own": ("nothing", *OURS)}
FIGURES: dict[str, Callable[..., float]] = {
    "PR-AUC": lambda y, p, said: average_precision_score(y, p),
    "ROC-AUC": lambda y, p, said: roc_auc_score(y, p),
    "Brier": lambda y, p, said: brier_score_loss(y, p),
    "log loss": lambda y, p, said: log_loss(y, np.stack([1 - p, p], 1)),
    "balanced accuracy": lambda y, p, said: balanced_accuracy_score(y, said),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sets", nargs="+", default=["report"])
    parser.add_argument("--methods", nargs="+", default=["first"])
    parser.add_argument("--learners", nargs="+", default=list(LEARNERS))
    parser.add_argument("--summary", action="store_true")
    options = parser.parse_args()
    named = {"design": DESIGN, "report": REPORT}
    names = [name for each in options.sets for name in named.get(each, (each,))]
    options.methods = [name for each in options.methods for name in NAMED.get(each, (each,))]
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.summary:
        warnings.simplefilter("ignore")
        with threadpool_limits(1):
            for name in names:
                run(name, options)
    found = [line for name in names for line in lines(options.out, name)]
    summarise(found, list(dict.fromkeys(["nothing", *options.methods])))


def run(name: str, options: argparse.Namespace) -> None:
    X, y = read(options.data, name)
    done = {(line["learner"], line["method"]) for line in lines(options.out, name)}
    for learner in options.learners:
        for method in dict.fromkeys(options.methods):
            if (learner, method) not in done:
                began = time.process_time()
                found = judged(method_of(method, LEARNERS[learner]()), X, y)
                line = {"set": name, "learner": learner, "method": method, "figures": found}
                line["seconds"] = round(time.process_time() - began, 2)
                line |= {"rows": len(y), "rare": int(y.sum())}
                with path_of(options.out, name).open("a") as file:
                    file.write(json.dumps(line) + "\n")
    print(name, X.shape, f"{y.mean():.1%}", flush=True)


def read(data: Path, name: str) -> tuple[np.ndarray, np.ndarray]:
    with np.load((data / name).with_suffix(".npz"), allow_pickle=False) as file:
        X, y = np.nan_to_num(file["X"].astype(float)), file["y"].ravel()
    y = (y == min(np.unique(y), key=lambda c: (y == c).sum())).astype(int)
    n = max(ROWS, round(RARE / y.mean()))
    return (
        (X, y)
        if n >= len(y)
        else train_test_split(X, y, train_size=n, stratify=y, random_state=0)[::2]
    )


def method_of(name: str, learner: Any) -> Any:
    if name in OURS:
        return ours.BalancedClassifier(learner, OURS[name](), random_state=0)
    if name in PEERS:
        learner = with_sampler(Lenient(PEERS[name](random_state=0)), learner)
    return Tuned(learner)


class Tuned(BaseEstimator):
    """What ``TunedThresholdClassifierCV`` of scikit-learn does for balanced accuracy, 20 times as fast.

    Scores of 100 thresholds a fold, interpolated, their mean over five folds; fitted to all rows then.
    """

    def __init__(self, learner: Any) -> None:
        self.learner = learner

    def fit(self, X: np.ndarray, y: np.ndarray) -> "Tuned":
        curves = []
        for rest, out in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
            proba = clone(self.learner).fit(X[rest], y[rest]).predict_proba(X[out])[:, 1]
            tried = np.linspace(proba.min(), proba.max(), 100)
            curves.append((tried, balanced_accuracies(proba, y[out], tried)))
        ends = [tried[[0, -1]] for tried, _ in curves]
        tried = np.linspace(np.min(ends), np.max(ends), 100)
        scores = np.mean([np.interp(tried, *curve) for curve in curves], axis=0)
        self.threshold_ = tried[scores.argmax()]
        self.fitted_ = clone(self.learner).fit(X, y)
        return self

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        return self.fitted_.predict_proba(X)

    def predict(self, X: np.ndarray) -> np.ndarray:
        return (self.predict_proba(X)[:, 1] >= self.threshold_).astype(int)


def balanced_accuracies(proba: np.ndarray, y: np.ndarray, tried: np.ndarray) -> np.ndarray:
    below = [np.searchsorted(np.sort(proba[y == c]), tried) / (y == c).sum() for c in (0, 1)]
    return (below[0] + 1 - below[1]) / 2


class Lenient(BaseEstimator):
    """A sampler that leaves rows as they are where they are too few for it."""

    def __init__(self, sampler: Any) -> None:
        self.sampler = sampler

    def fit_resample(self, X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        try:
            rows, labels = clone(self.sampler).fit_resample(X, y)
        except (RuntimeError, ValueError):
            return X, y
        return (rows, labels) if len(np.unique(labels)) == 2 else (X, y)


def judged(model: Any, X: np.ndarray, y: np.ndarray) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in FIGURES}
    for train, test in RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0).split(X, y):
        fitted = clone(model).fit(X[train], y[train])
        proba, said = fitted.predict_proba(X[test])[:, 1], fitted.predict(X[test])
        for name, figure in FIGURES.items():
            found[name].append(round(float(figure(y[test], proba, said)), 6))
    return found


def path_of(folder: Path, name: str) -> Path:
    return folder / f"{name.replace('/', '-')}.jsonl"


def lines(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    path = path_of(folder, name)
    if path.exists():
        yield from map(json.loads, path.read_text().splitlines())


def summarise(found: Sequence[dict[str, Any]], ranked: Sequence[str]) -> None:
    """Print means over the sets that all of ``ranked`` ran on, by learner, and mean ranks by PR-AUC."""
    ranks = []
    for learner in LEARNERS:
        by_set: dict[str, dict[str, dict[str, Any]]] = {}
        for line in found:
            if line["learner"] == learner:
                by_set.setdefault(line["set"], {})[line["method"]] = line
        whole = {name: lines for name, lines in by_set.items() if set(ranked) <= set(lines)}
        if whole:
            ranks.append(summary_of(learner, whole, ranked))
    overall = np.concatenate(ranks) if ranks else np.zeros((0, len(ranked)))
    print(f"\nmean rank by PR-AUC of {len(overall)} sets and learners:")
    order = np.argsort(overall.mean(0))
    print(*(f"{ranked[i]} {overall[:, i].mean():.2f}" for i in order), sep=", ")


def summary_of(
    learner: str, whole: dict[str, dict[str, dict[str, Any]]], ranked: Sequence[str]
) -> np.ndarray:
    """Print a learner's table, and give the ranks of ``ranked``, (sets, methods)."""
    common = set.intersection(*(set(lines) for lines in whole.values()))
    methods = [m for m in dict.fromkeys([*ranked, *FIRST, *OURS]) if m in common]

    def means(figure: str) -> np.ndarray:
        each = [[np.mean(x[m]["figures"][figure]) for m in methods] for x in whole.values()]
        return np.array(each)

    precision = means("PR-AUC")
    gain, rank = precision - precision[:, :1], rankdata(-precision[:, : len(ranked)], axis=1)
    rows = [
        (
            method,
            *(f"{means(name)[:, i].mean():.4f}" for name in FIGURES),
            f"{gain[:, i].min():+.4f} {list(whole)[int(gain[:, i].argmin())]}",
            f"{rank[:, i].mean():.2f}" if i < len(ranked) else "",
            f"{sum(x[method]['seconds'] for x in whole.values()):.0f}",
        )
        for i, method in enumerate(methods)
    ]
    print(f"\n{learner}: means of {len(whole)} sets")
    print(table(("method", *FIGURES, "least PR-AUC gain", "rank", "CPU s"), rows))
    return rank


if __name__ == "__main__":
    main()
