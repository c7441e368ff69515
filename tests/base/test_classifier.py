"""A density fitted with labels classifies by Bayes' rule."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from drawlike import Gaussian, TopK
from tests.scenarios import two_modes


@pytest.fixture(scope="module")
def fitted():
    X = np.random.default_rng(0).normal([[0.0]] * 300 + [[3.0]] * 100, 1.0)
    y = np.array(["low"] * 300 + ["high"] * 100)
    return Gaussian().fit(X, y, listener=None), X


def test_posteriors_are_bayes_rule(fitted):
    model, X = fitted
    mean, sd = model.mean_[:, 0], np.sqrt(model.covariance_[:, 0, 0])
    joint = norm.pdf(X, mean, sd) * model.labels_.frequencies_
    np.testing.assert_allclose(model.predict_proba(X), joint / joint.sum(1, keepdims=True))
    assert (model.predict(X) == model.classes_[joint.argmax(1)]).all()


def test_without_labels_the_verbs_are_absent():
    model = Gaussian().fit(two_modes(50), listener=None)
    assert not hasattr(model, "predict_proba")
    assert not hasattr(model, "classes_")
    assert not hasattr(TopK(), "predict")


def test_a_table_is_scored_without_its_label_and_with_a_new_one():
    X = two_modes(200)
    table = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "side": np.where(X[:, 0] > 0, "r", "l")})
    model = Gaussian().fit(table, label="side", listener=None)
    blind = table.drop(columns="side")
    assert (model.predict(blind) == table["side"]).mean() > 0.99
    each = [model.score_samples(table.assign(side=side)) for side in "lr"]
    np.testing.assert_allclose(model.score_samples(blind), np.logaddexp(*each))
    assert (model.score_samples(table.assign(side="new")) == -np.inf).all()
