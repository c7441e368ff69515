import numpy as np
import pytest

from drawlike.evaluation import evaluate
from drawlike.evaluation.clouds.balls import Balls
from drawlike.evaluation.metrics.supports import SHARES, _both, alpha_curve, beta_curve, integrated

FIGURES = ["alpha-precision", "beta-recall"]


def of_the_paper(real, fake):
    """Integrated alpha-precision as in the program of Alaa et al., around the real rows' mean."""
    centre = real.mean(0)
    radii = np.quantile(np.linalg.norm(real - centre, axis=1), SHARES)
    inside = [(np.linalg.norm(fake - centre, axis=1) <= radius).mean() for radius in radii]
    return 1 - np.abs(SHARES - inside).sum() / SHARES.sum()


def test_alpha_precision_is_the_paper_s(rng):
    real, fake = rng.normal(size=(200, 4)), 0.7 * rng.normal(size=(150, 4))
    assert integrated(_both(real, Balls.of(real, 5).radii, fake)[0]) == pytest.approx(
        of_the_paper(real, fake), abs=1e-12
    )


def test_a_set_is_its_own_support():
    distances = np.linspace(0, 1, 59)
    curve = alpha_curve(distances, distances)
    assert integrated(curve) == pytest.approx(1, abs=0.02)
    assert integrated(np.ones(30)) == pytest.approx(0)


def test_beta_recall_wants_nearness_and_depth():
    fake = np.linspace(0, 1, 101)
    own = np.tile(fake, 3)
    near = np.ones(len(own), bool)
    assert integrated(beta_curve(near, own, fake)) == pytest.approx(1, abs=0.02)
    assert integrated(beta_curve(~near, own, fake)) == pytest.approx(0)
    all_in_the_middle = beta_curve(near, np.zeros(len(own)), fake)
    assert integrated(all_in_the_middle) == pytest.approx(0)


@pytest.mark.parametrize(
    ("change", "seen"),
    [
        (lambda X: 0.6 * X, ["alpha-precision", "beta-recall"]),
        (lambda X: 1.5 * X, ["alpha-precision", "beta-recall"]),
        (lambda X: np.where(X[:, :1] > 0.5, X * [-1, 1, 1], X), ["beta-recall"]),
        (lambda X: X, []),
    ],
)
def test_narrow_wide_and_one_sided_rows_are_seen(rng, change, seen):
    train, holdout, fresh = (rng.normal(size=(n, 3)) for n in (500, 400, 500))
    found = evaluate(train, holdout, change(fresh), metrics=FIGURES).metrics.set_index("name")
    assert found.index[found["alarm"]].tolist() == seen
    assert (found["low"] <= found["value"]).all()
    assert (found["value"] <= found["high"]).all()


def test_the_note_says_on_which_side(rng):
    train, holdout, fresh = (rng.normal(size=(300, 3)) for _ in range(3))
    notes = [
        evaluate(train, holdout, k * fresh, metrics=FIGURES[:1]).metrics["note"][0]
        for k in (0.5, 2)
    ]
    assert "too many are typical" in notes[0]
    assert "too few are typical" in notes[1]
