import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from drawlike.evaluation.null import (
    area,
    both_tails,
    holm,
    mann_whitney,
    permutation_tail,
    resplits,
    share_interval,
    tail,
    tail_of_count,
)


def test_resplits_are_disjoint_and_of_the_asked_sizes(rng):
    for reference, fresh in resplits(30, 20, 10, 5, rng):
        assert (len(reference), len(fresh)) == (30, 10)
        assert len(np.union1d(reference, fresh)) == 40


@pytest.mark.parametrize("law", [stats.norm(), stats.gamma(4)])
def test_tail_reaches_further_than_the_draws(rng, law):
    draws = law.rvs(2000, random_state=rng)
    far = law.isf(1e-4)
    assert 1e-5 < tail(far, draws, worse=1) < 1e-3
    assert tail(law.mean(), draws, worse=1) == pytest.approx(law.sf(law.mean()), abs=0.03)


def test_tail_of_no_draws_is_unknown():
    assert np.isnan(tail(1.0, np.empty(0), worse=1))
    assert np.isnan(both_tails(1.0, np.empty(0)))


def test_tail_counts_both_directions(rng):
    draws = rng.normal(size=500)
    assert tail(-4.0, draws, worse=-1) < 1e-3
    assert tail(-4.0, draws, worse=1) > 0.9
    assert both_tails(-4.0, draws) < 1e-2
    assert both_tails(0.0, draws) > 0.8


def test_tail_believes_no_smaller_spread_than_the_grain():
    assert tail(0.99, np.ones(50), worse=-1, grain=0.01) == pytest.approx(0.159, abs=0.01)


def test_count_below_an_order_statistic_is_exact(rng):
    """The chance holds over repeated draws, at the level it names."""
    alarms = 0
    for _ in range(2000):
        control, values = np.sort(rng.random(36)), rng.random(142)
        alarms += tail_of_count(int((values < control[0]).sum()), 142, 1, 36) < 0.05
    assert 50 < alarms < 130


def test_mann_whitney_agrees_with_scipy(rng):
    low, high = rng.integers(0, 9, 80), rng.integers(1, 10, 60)
    auc, error, chance = mann_whitney(low, high)
    oracle = stats.mannwhitneyu(high, low, alternative="greater", use_continuity=False)
    assert auc == pytest.approx(oracle.statistic / 80 / 60)
    assert chance == pytest.approx(oracle.pvalue, rel=1e-6)
    assert 0.02 < error < 0.06


def test_mann_whitney_of_equal_values_says_nothing():
    assert mann_whitney(np.zeros(9), np.zeros(7)) == (0.5, 0.0, 1.0)


def test_area_agrees_with_sklearn(rng):
    truth, score = rng.random((50, 3)) < 0.3, rng.integers(0, 5, (50, 3))
    expected = [roc_auc_score(truth[:, k], score[:, k]) for k in range(3)]
    np.testing.assert_allclose(area(truth, score), expected)


def test_area_of_one_class_is_unknown(rng):
    assert np.isnan(area(np.ones(5, bool), rng.random(5)))


def test_holm_steps_down():
    chances = np.array([0.004, np.nan, 0.2, 0.003, 0.0011])
    assert holm(chances, 0.01).tolist() == [True, False, False, True, True]
    assert not holm(np.array([0.004, 0.2, 0.3, 0.0040]), 0.01).any()


def test_share_interval_stays_within_bounds():
    assert share_interval(0, 10)[0] == 0
    assert share_interval(10, 10)[1] == 1
    low, high = share_interval(50, 100)
    assert (low, high) == (pytest.approx(0.404, abs=0.002), pytest.approx(0.596, abs=0.002))


@pytest.mark.parametrize(("n", "total"), [(300, 600), (500, 600), (90, 600)])
def test_a_permutation_s_tail_is_that_of_many_permutations(rng, n, total):
    scores = np.log1p(-(np.arange(total) + 0.5) / total) ** 2
    sums = np.array([rng.permutation(scores)[:n].sum() for _ in range(10_000)])
    for chance in (0.2, 0.02, 0.002):
        # the dealt sum that so large a share of permutations exceeds
        dealt = _dealt_to(scores, n, np.quantile(sums, 1 - chance), rng)
        assert permutation_tail(dealt, n) == pytest.approx(
            (sums >= dealt[:n].sum()).mean(), rel=0.75, abs=1e-3
        )


def _dealt_to(scores, n, wanted, rng):
    deals = (rng.permutation(scores) for _ in range(10_000))
    return min(deals, key=lambda deal: abs(deal[:n].sum() - wanted))


def test_equal_scores_tell_nothing():
    assert permutation_tail(np.full(20, 3.0), 10) == 1


def test_a_thin_tail_is_not_believed_from_few_draws():
    thin, even = -np.exp(np.linspace(-2, 2, 50)), np.linspace(-2, 2, 50)
    at = [draws.mean() + 4 * draws.std(ddof=1) for draws in (thin, even)]
    assert tail(at[0], thin, 1) == pytest.approx(tail(at[1], even, 1), rel=1e-6)


@pytest.mark.slow
def test_few_draws_do_not_promise_more_than_they_know(rng):
    """The law of a further draw is Student's; a normal one would alarm many times too often."""
    found = np.array([tail(row[0], row[1:], 1) for row in rng.normal(size=(4000, 31))])
    assert (found < 1e-3).sum() <= 10  # 4 are expected; 22 with mean and spread taken as known
