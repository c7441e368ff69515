import numpy as np
import pandas as pd
import pytest

import drawlike as dl
from drawlike.models import GAN, KDE, VAE, Autoregressive, Gaussian, GaussianMixture, TopK

MODELS = [
    Gaussian(random_state=0),
    GaussianMixture(3, random_state=0),
    KDE(random_state=0),
    TopK(random_state=0),
    VAE(max_seconds=2, random_state=0),
    GAN(max_seconds=2, random_state=0),
    Autoregressive(epochs=2, random_state=0),
]


def people(n=400):
    rng = np.random.default_rng(0)
    job = rng.choice(["nurse", "clerk", "smith"], n, p=[0.5, 0.3, 0.2]).astype(object)
    job[:3] = "astronaut"
    return pd.DataFrame(
        {"job": job, "pay": rng.gamma(5.0, 1.0, n), "mail": [f"p{i}@here.org" for i in range(n)]}
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_no_model_draws_rare_categories_identifiers_or_numbers_of_rows(model):
    real = people()
    if isinstance(model, TopK):  # the one that draws rows as they are, names apart
        real = real.drop(columns="mail")
    drawn = model.fit(real).sample(1000, random_state=1)
    assert set(drawn.job) == {"nurse", "clerk", "smith"}
    if not isinstance(model, TopK):
        assert not set(drawn.mail) & set(real.mail)
        assert not set(drawn.pay) & set(real.pay)


def test_rows_with_a_rare_category_teach_the_others_and_have_no_density():
    real = people()
    model = Gaussian(random_state=0).fit(real)
    scores = model.score_samples(real)
    assert np.isneginf(scores[:3]).all()
    assert np.isfinite(scores[3:]).all()
    assert np.isfinite(Gaussian().fit(real, schema={"rare": "keep"}).score_samples(real)).all()


def test_rare_categories_stay_away_after_loading(tmp_path):
    Gaussian(random_state=0).fit(people()).save(tmp_path / "model")
    assert b"astronaut" not in (tmp_path / "model" / "manifest.json").read_bytes()
    assert b"astronaut" not in (tmp_path / "model" / "arrays.safetensors").read_bytes()
    drawn = dl.load(tmp_path / "model").sample(500, random_state=0)
    assert "astronaut" not in set(drawn.job)


def test_rows_that_come_bit_by_bit_may_hold_what_was_rare_at_first():
    real = people()
    model = Gaussian(random_state=0).partial_fit(real[:200]).partial_fit(real)
    assert "astronaut" not in set(model.sample(500, random_state=0).job)


def test_a_rare_class_of_a_label_is_drawn_only_if_it_is_asked_for(tmp_path):
    Gaussian(random_state=0).fit(people(), label="job").save(tmp_path / "model")
    model = dl.load(tmp_path / "model")
    assert set(model.sample(2000, random_state=0).job) == {"nurse", "clerk", "smith"}
    assert set(model.sample(3, y="astronaut", random_state=0).job) == {"astronaut"}
    kept = Gaussian(random_state=0).fit(people(), label="job", schema={"rare": "keep"})
    assert "astronaut" in set(kept.sample(2000, random_state=0).job)
