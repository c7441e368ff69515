import numpy as np
import pytest
from scipy.stats import norm, truncnorm

from drawlike.statistics.normals import truncated

BOUNDS = [(-1.0, 2.0), (3.0, 4.0), (-np.inf, -2.0), (0.5, np.inf), (-np.inf, np.inf)]


@pytest.mark.parametrize(("low", "high"), BOUNDS)
def test_draws_are_quantiles_of_the_truncated_normal(low, high):
    uniform = np.linspace(0.01, 0.99, 25)
    drawn = truncated.draw(np.full(25, low), np.full(25, high), uniform)
    want = truncnorm.ppf(uniform, low, high)
    mirrored = truncnorm.ppf(1 - uniform, low, high)  # where more of it lies above 0
    assert np.allclose(drawn, want, atol=1e-6) or np.allclose(drawn, mirrored, atol=1e-6)
    mass = truncated.log_mass(np.array([low]), np.array([high]))
    np.testing.assert_allclose(np.exp(mass), norm.cdf(high) - norm.cdf(low), rtol=1e-9)


def test_far_tails_keep_their_digits():
    low, high = np.full(100, 40.0), np.full(100, 40.1)
    drawn = truncated.draw(low, high, np.linspace(0.005, 0.995, 100))
    assert ((drawn > 40) & (drawn < 40.1)).all()
    assert drawn.mean() == pytest.approx(40 + 1 / 40, abs=0.002)
    assert truncated.log_mass(low[:1], high[:1])[0] == pytest.approx(-804.627, abs=0.01)


def test_nothing_lies_between_bounds_that_are_one():
    assert truncated.log_mass(np.ones(1), np.ones(1))[0] == -np.inf
