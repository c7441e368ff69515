"""Teach a diagnosis by synthetic patients, and test it on real ones.

The usual mistakes: the generator saw the patients that are tested on, and the figure shown is
accuracy, which says nothing of the probabilities that a doctor reads. Here a third of the patients
is put aside before anything is learned. Ranks (AUC) and probabilities (Brier score, reliability)
stand beside those of a classifier that real patients taught, and beside what the synthetic
patients give away.
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import drawlike as dl

GIVEN_AWAY = ("exact copies", "near copies", "nearer to train", "membership AUC")


def main() -> None:
    parser = argparse.ArgumentParser(description="Teach a diagnosis by synthetic patients.")
    parser.add_argument("--data", default="sample:breast_cancer", help="file of a table of numbers")
    parser.add_argument("--label", default="diagnosis", help="column with two values")
    parser.add_argument("--rows", type=int, default=5000, help="synthetic patients")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    label, seed = options.label, options.seed
    train, test = dl.split(dl.read(options.data, label=label), holdout=1 / 3, random_state=seed)
    model = dl.Gaussian(random_state=seed).fit(train)  # a normal a diagnosis: little of one patient
    drawn = model.sample(options.rows, random_state=seed)
    print(f"{len(train)} patients learned, {len(drawn)} drawn, {len(test)} tested")
    for name, rows in (("real", train.X), ("synthetic", drawn)):
        show(name, *diagnosed(rows, test.X, label))
    judged = dl.evaluate(train, test, drawn[: len(train)], label=label, metrics=GIVEN_AWAY)
    print(judged.metrics[["name", "value", "real", "alarm"]].round(3).to_string(index=False))


def diagnosed(rows: pd.DataFrame, test: pd.DataFrame, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Probability of the second class of each patient tested, and whether it was, (n,) each."""
    learner = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=1000))
    learner.fit(rows.drop(columns=label), rows[label])
    probability = learner.predict_proba(test.drop(columns=label))[:, 1]
    return probability, (test[label] == learner.classes_[1]).to_numpy()


def show(name: str, probability: np.ndarray, truth: np.ndarray) -> None:
    """Print ranks, error of probabilities, and said against seen in thirds of the patients."""
    auc, brier = roc_auc_score(truth, probability), brier_score_loss(truth, probability)
    parts = np.array_split(np.argsort(probability), 3)
    said = ", ".join(f"{probability[part].mean():.2f} {truth[part].mean():.2f}" for part in parts)
    print(f"taught by {name} patients: AUC {auc:.3f}, Brier {brier:.3f}, said and seen {said}")


if __name__ == "__main__":
    main()
