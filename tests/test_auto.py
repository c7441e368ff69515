"""A model that nobody has to name."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from drawlike import Auto, load
from drawlike.datasets import as_dataset, load_sample
from drawlike.errors import SettingError


def table(n):
    rng = np.random.default_rng(0)
    return pd.DataFrame({"size": rng.normal(size=n), "sort": rng.choice(list("ab"), n)})


def name_of(X, **asked):
    return Auto(random_state=0, **asked).choice(as_dataset(X)).name


def test_a_model_is_chosen_by_kind_quality_and_time():
    assert name_of(table(2000)) == "autoregressive"
    assert name_of(table(2000), quality="fast") == "latent-class"
    assert name_of(table(2000), seconds=0.001) == "latent-class"
    assert name_of(table(200)) == "gaussian-mixture"
    assert name_of(np.zeros((50, 2)), quality="fast") == "gaussian"
    assert name_of(np.zeros((50, 9, 9), np.uint8)) == "gan"


def test_time_limits_the_model():
    model = Auto(seconds=5, random_state=0).choice(as_dataset(table(2000)))
    assert model.max_seconds == 5


def test_it_draws_scores_and_comes_back_as_the_model_that_it_chose(tmp_path):
    rows = table(300)
    auto = Auto(quality="fast", random_state=0).fit(rows, listener=None)
    drawn = auto.sample(20, given={"sort": "b"}, random_state=0)
    assert (drawn["sort"] == "b").all()
    assert len(auto.score_samples(rows)) == 300
    auto.save(tmp_path / "m")
    again = load(tmp_path / "m")
    assert again.name == "latent-class"
    pd.testing.assert_frame_equal(again.sample(9, random_state=1), auto.sample(9, random_state=1))


def test_the_best_is_found_by_comparison_and_learns_from_all_rows():
    wine = load_sample("wine")
    auto = Auto(quality="best", seconds=3, random_state=0).fit(wine, listener=None)
    assert auto.model_.name in {
        "autoregressive",
        "made",
        "gaussian-mixture",
    }
    assert auto.model_.n_rows_ == len(wine)


def test_what_makes_no_sense_is_refused():
    with pytest.raises(SettingError, match="quality"):
        name_of(table(9), quality="better")
    with pytest.raises(SettingError, match="seconds"):
        name_of(table(9), seconds=0)
    with pytest.raises(NotFittedError):
        Auto().sample(3)
    with pytest.raises(AttributeError, match="fit it first"):
        Auto().score_samples  # noqa: B018
    assert clone(Auto(seconds=3)).seconds == 3
