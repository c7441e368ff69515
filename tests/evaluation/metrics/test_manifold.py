import numpy as np
import pytest

from drawlike.evaluation.metrics.manifold import overlap


def brute_force(real, fake, k):
    """The definitions, one pair at a time (arXiv:1904.06991, arXiv:2002.09797)."""

    def apart(a, b):
        return float(np.sqrt(((a - b) ** 2).sum()))

    def radius(rows, i):
        return sorted(apart(rows[i], other) for j, other in enumerate(rows) if j != i)[k - 1]

    balls = [radius(real, i) for i in range(len(real))]
    own = [radius(fake, j) for j in range(len(fake))]
    return {
        "precision": np.mean(
            [any(apart(f, r) <= d for r, d in zip(real, balls, strict=True)) for f in fake]
        ),
        "recall": np.mean(
            [any(apart(r, f) <= d for f, d in zip(fake, own, strict=True)) for r in real]
        ),
        "density": np.mean(
            [sum(apart(f, r) <= d for r, d in zip(real, balls, strict=True)) / k for f in fake]
        ),
        "coverage": np.mean(
            [min(apart(r, f) for f in fake) <= d for r, d in zip(real, balls, strict=True)]
        ),
    }


@pytest.mark.parametrize("k", [1, 3, 5])
@pytest.mark.parametrize("shift", [0.0, 0.7, 9.0])
def test_figures_agree_with_the_definitions(rng, k, shift):
    real, fake = rng.normal(size=(40, 3)), shift + rng.normal(size=(30, 3))
    figures = overlap(real, fake, k).means()
    assert figures == pytest.approx(brute_force(real, fake, k))


def test_figures_by_hand():
    # real balls of k = 1 reach 1, 1, 3 and 10; the fakes' reach 6 and 6
    real = np.array([[0.0], [1.0], [4.0], [14.0]])
    fake = np.array([[0.5], [6.5]])
    figures = overlap(real, fake, k=1)
    assert figures.precision.tolist() == [True, True]  # 0.5 in two balls, 6.5 in two
    assert figures.density.tolist() == [2.0, 2.0]
    assert figures.recall.tolist() == [True, True, True, False]
    assert figures.coverage.tolist() == [True, True, True, True]


def test_far_away_nothing_overlaps(rng):
    figures = overlap(rng.normal(size=(30, 2)), 100 + rng.normal(size=(30, 2))).means()
    assert figures == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}


def test_equal_discrete_rows_meet():
    rows = np.repeat([[0.0], [1.0]], 20, axis=0)
    assert overlap(rows, rows).means()["coverage"] == 1


def test_a_single_fake_row(rng):
    figures = overlap(rng.normal(size=(30, 2)), np.zeros((1, 2)))
    assert figures.precision.shape == (1,)
