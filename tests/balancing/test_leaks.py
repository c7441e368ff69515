"""Rows resampled before the split are found, and clean data are left in peace."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_breast_cancer, load_wine, make_classification

from drawlike.balancing import ADASYN, SMOTE, BorderlineSMOTE, RandomOverSampler, find_leaks
from drawlike.balancing.leaks import shared

SAMPLERS = [RandomOverSampler, SMOTE, BorderlineSMOTE, ADASYN]


def made(seed):
    return make_classification(400, 6, weights=[0.9], random_state=seed)


def whole(seed):
    """Whole numbers on a grid, where rows lie between others and are alike by chance."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 5, (500, 4)).astype(float), (rng.random(500) < 0.1).astype(int)


def real():
    X, y = load_breast_cancer(return_X_y=True)
    keep = (y == 1) | (np.arange(len(y)) % 6 == 0)
    return X[keep], y[keep]


CLEAN = [made(0), made(1), whole(0), whole(1), real(), load_wine(return_X_y=True)]


@pytest.mark.parametrize("data", CLEAN)
def test_clean_rows_are_left_in_peace(data):
    assert not find_leaks(*data)


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize("data", CLEAN[:-1])  # wine's classes are nearly alike
def test_what_was_resampled_is_found(data, sampler):
    rows, labels = sampler(random_state=0).fit_resample(*data)
    mixed = np.random.default_rng(0).permutation(len(rows))
    found = find_leaks(rows[mixed], labels[mixed])
    assert found
    assert "Split first" in str(found[0])


def test_frames_are_looked_at_too():
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=300), "town": rng.choice(["Bern", "Oslo"], 300)})
    y = np.where(np.arange(300) < 40, "rare", "usual")
    assert not find_leaks(X, y)
    rows, labels = RandomOverSampler(random_state=0).fit_resample(X, y)
    leak = find_leaks(rows, labels)[0]
    assert (leak.kind, leak.label) == ("copies", "rare")
    assert leak.share > 0.9
    assert leak.elsewhere == 0


def test_copies_are_found_in_objects_and_sparse_rows():
    rows, y = np.array([[f"s{i}", i + 0.5] for i in range(200)], object), np.arange(200) < 20
    drawn, labels = RandomOverSampler(random_state=0).fit_resample(rows, y)
    again = np.array([["".join(word), float(str(x))] for word, x in drawn], object)
    assert find_leaks(again, labels)[0].kind == "copies"
    wide = sparse.random_array((300, 400_000), density=1e-5, format="csr", rng=0)
    y = np.arange(300) < 40
    assert not find_leaks(wide, y)
    assert find_leaks(*RandomOverSampler(random_state=0).fit_resample(wide, y))


def test_test_rows_that_were_trained_on_are_told():
    train, test = np.arange(20.0).reshape(10, 2), np.array([[0.0, 1.0], [5.0, 5.0], [18.0, 19.0]])
    assert shared(train, test).tolist() == [True, False, True]
