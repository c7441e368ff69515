"""What a trained critic tells of rows, and how it chooses among draws."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

import drawlike as dl
from drawlike import GAN
from drawlike.errors import SettingError
from drawlike.models.gan.judging import REFINEMENTS, calibrate
from drawlike.models.gan.latents import Plain


def normals(mean, n=4000, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).normal(mean, 1, n))


def test_log_odds_are_those_of_the_densities():
    """Of N(1, 1) against N(-1, 1) the log-ratio is 2 x; the critic says 5 x + 3."""
    real, fake = normals(1.0), normals(-1.0, n=1000, seed=1)
    found = calibrate(5 * real + 3, 5 * fake + 3)
    x = torch.linspace(-1.5, 1.5, 7, dtype=torch.float64)
    torch.testing.assert_close(found.log_odds(5 * x + 3), 2 * x, atol=0.35, rtol=0)


def test_far_logits_count_as_the_outermost():
    found = calibrate(normals(1.0), normals(-1.0, seed=1))
    far = found.log_odds(torch.tensor([100.0, -100.0], dtype=torch.float64))
    assert far.abs().max() < 12


def test_a_critic_that_is_wrong_tells_nothing():
    found = calibrate(normals(-1.0), normals(1.0, seed=1))
    assert found.log_odds(normals(0.0)).abs().max() == 0


@pytest.mark.parametrize("how", REFINEMENTS)
def test_chosen_draws_follow_the_real_law(how):
    """Draws of N(0, 1) with the odds of N(0.8, 1) become draws of it."""
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(4000, 200, generator=rng, dtype=torch.float64)
    odds = 0.8 * x - 0.8**2 / 2
    score = REFINEMENTS[how](odds, 2.5, rng)
    chosen = x.gather(1, score.argmax(1)[:, None])[:, 0]
    assert float(chosen.mean()) == pytest.approx(0.8, abs=0.05)
    assert float(chosen.std()) == pytest.approx(1.0, abs=0.06)


@pytest.fixture(scope="module")
def poor():
    """A GAN that has hardly begun on two clusters, and rows that it has not seen."""
    rng = np.random.default_rng(0)
    X = rng.normal(0, 0.3, (1200, 2)) + 4 * rng.integers(0, 2, 1200)[:, None]
    model = GAN(latent="normal", max_steps=150, lr=1e-3, average=0.9, random_state=0)
    return model.fit(X[:1000], listener=None), X[1000:]


def test_probabilities_of_fresh_rows_are_calibrated(poor):
    model, fresh = poor
    drawn = model.sample(len(fresh), random_state=1)
    real, fake = model.discriminate(fresh), model.discriminate(drawn)
    assert ((real >= 0) & (real <= 1)).all()
    assert real.mean() > fake.mean() + 0.05
    said = np.concatenate([real, fake])
    truth = np.repeat([1, 0], len(fresh))
    for high in (True, False):
        some = (said > 0.5) == high
        assert said[some].mean() == pytest.approx(truth[some].mean(), abs=0.15)


@pytest.mark.parametrize("how", REFINEMENTS)
def test_the_critics_choice_is_cleaner(poor, how):
    model, _ = poor

    def off(rows):
        return np.linalg.norm(rows[:, None] - [[0, 0], [4, 4]], axis=2).min(1) > 0.9

    plain = off(model.sample(1500, random_state=2)).mean()
    model.refine = how
    try:
        chosen = model.sample(1500, random_state=2)
        again = model.sample(1500, random_state=2)
    finally:
        model.refine = None
    np.testing.assert_array_equal(chosen, again)
    assert off(chosen).mean() < 0.8 * plain


def test_it_comes_back_calibrated(poor, tmp_path):
    model, fresh = poor
    model.save(tmp_path / "gan")
    again = dl.load(tmp_path / "gan")
    np.testing.assert_allclose(again.discriminate(fresh), model.discriminate(fresh), rtol=1e-6)


def test_truncated_numbers_follow_the_normal_law_within():
    kinds, rng = torch.zeros(20_000, 0), torch.Generator().manual_seed(0)
    z = Plain(3).vectors(kinds, rng, 0.7)
    assert float(z.abs().max()) <= 0.7
    inside = norm.cdf(0.35) - norm.cdf(-0.35)
    expected = inside / (norm.cdf(0.7) - norm.cdf(-0.7))
    assert float((z.abs() < 0.35).float().mean()) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("setting", "told"),
    [({"truncation": 0}, "above 0"), ({"refine": "best"}, "rejection"), ({"tries": 0}, "tries")],
)
def test_settings_that_make_no_sense_are_refused(setting, told):
    with pytest.raises(SettingError, match=told):
        GAN(**setting).fit(np.zeros((20, 2)) + np.arange(20)[:, None], listener=None)
