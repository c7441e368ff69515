import numpy as np
import pytest

from drawlike.evaluation.clouds import pairs
from drawlike.evaluation.clouds.mmd import (
    WIDTHS,
    Gaussians,
    Polynomial,
    dealt_mmd2,
    kid,
    likenesses,
    median_square,
    mmd2,
)
from drawlike.evaluation.clouds.neighbours import squared_distances
from drawlike.evaluation.clouds.pairs import Cloud


def by_definition(a, b, kernel):
    """Gretton et al. 2012, equation 3, with float64 matrices."""
    n, m = len(a), len(b)
    own = [(kernel(x, x).sum() - kernel(x, x).trace()) for x in (a, b)]
    return own[0] / n / (n - 1) + own[1] / m / (m - 1) - 2 * kernel(a, b).mean()


def cubic(a, b):
    return (a @ b.T / a.shape[1] + 1) ** 3


def gaussian(scale):
    def kernel(a, b):
        squared = squared_distances(a, b)
        return np.mean([np.exp(-squared / (2 * width * scale)) for width in WIDTHS], axis=0)

    return kernel


@pytest.fixture(params=[(250, 130), (2, 3), (100, 100)])
def clouds(request, rng, monkeypatch):
    monkeypatch.setattr(pairs, "ROWS_AT_ONCE", 100)
    return [
        rng.normal(size=(n, 40)) + shift for n, shift in zip(request.param, (0, 0.2), strict=True)
    ]


def test_kid_is_that_of_the_paper(clouds):
    assert kid(*clouds) == pytest.approx(by_definition(*clouds, cubic), abs=1e-6)


def test_mmd_of_gaussian_kernels(clouds):
    a, b = (Cloud.around(points, 0.1) for points in clouds)
    expected = by_definition(*clouds, gaussian(80.0))
    assert mmd2(a, b, Gaussians(80.0)) == pytest.approx(expected, abs=1e-6)


def test_discrepancies_of_equal_distributions_are_zero_in_the_mean(rng):
    found = [
        mmd2(*(Cloud.around(rng.normal(size=(30, 2)), 0.0) for _ in range(2)), Gaussians(2.0))
        for _ in range(400)
    ]
    assert abs(np.mean(found)) < 4 * np.std(found) / 20
    assert min(found) < 0


@pytest.mark.parametrize("kernel", [Gaussians(3.0), Polynomial(0.5)])
def test_dealt_sets_have_the_discrepancy_of_their_rows(rng, kernel):
    pool = rng.normal(size=(90, 3))
    deals = [(order[:50], order[50:75]) for order in (rng.permutation(90) for _ in range(4))]
    found = dealt_mmd2(likenesses(Cloud.around(pool, 0.0), kernel), deals)
    expected = [mmd2(*(Cloud.around(pool[x], 0.0) for x in deal), kernel) for deal in deals]
    np.testing.assert_allclose(found, expected, atol=2e-5)


def test_the_median_of_mostly_equal_rows_is_their_mean():
    points = np.r_[np.zeros((30, 2)), np.ones((3, 2))]
    assert median_square(points) == pytest.approx(2 * 90 / (33 * 16))
    assert median_square(np.arange(3.0)[:, None]) == 1
