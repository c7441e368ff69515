"""TopK as a model: which rows it keeps, what it draws, what it is saved with."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import clone

from drawlike.errors import SettingError
from drawlike.models import GAN, Gaussian, TopK, load
from drawlike.statistics.subsets.choosing import CHOICES, quotas
from tests.scenarios import mixed_table, shapes, two_modes


def fit(X, y=None, **settings):
    return TopK(random_state=0, **settings).fit(X, y, listener=None)


def reloaded(model, folder):
    model.save(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load(folder)


def test_k_is_kept_when_one_class_has_nearly_all_the_mass():
    mass, sizes = np.r_[np.full(99, 0.01), 1000.0], np.r_[np.ones(99, int), 1000]
    shares = quotas(mass, sizes, 105)
    assert shares.sum() == 105
    np.testing.assert_array_equal(shares, np.r_[np.ones(99), 6])


@pytest.mark.parametrize("seed", range(20))
def test_shares_are_between_one_and_all_and_sum_to_k(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 50, 12)
    mass = sizes * rng.lognormal(0, 2, 12)
    k = int(rng.integers(12, sizes.sum()))
    shares = quotas(mass, sizes, k)
    assert shares.sum() == k
    assert (shares >= 1).all()
    assert (shares <= sizes).all()


@pytest.mark.parametrize("choose", CHOICES)
def test_no_more_than_k_rows_are_kept_and_some_of_each_class(choose):
    X, y = np.arange(1099.0)[:, None], np.r_[np.arange(99), np.full(1000, 99)]
    model = fit(X, y, k=105, choose=choose)
    assert len(model.rows_) == 105
    assert set(model.groups_) == set(range(100))


@pytest.mark.parametrize("choose", CHOICES)
@pytest.mark.parametrize("data", ["table", "image"])
def test_every_choice_takes_tables_and_images(choose, data):
    X, y = (mixed_table(), None) if data == "table" else shapes()
    drawn = fit(X, y, k=20, choose=choose, replace=False).sample(5, random_state=0)
    assert drawn.shape == (5, *X.shape[1:])


def test_all_rows_are_drawn_by_their_weights():
    X = np.repeat([[0.0, 0.0], [1.0, 1.0]], 50, 0)
    weight = np.repeat([1.0, 9.0], 50)
    model = TopK(random_state=0).fit(X, sample_weight=weight, listener=None)
    drawn = model.sample(4000, random_state=0)
    assert drawn[:, 0].mean() == pytest.approx(0.9, abs=0.03)


def test_kept_rows_are_drawn_alike():
    model = fit(np.arange(100.0)[:, None], k=10)
    drawn = model.sample(5000, random_state=0)[:, 0]
    assert stats.chisquare(np.unique(drawn, return_counts=True)[1]).pvalue > 1e-3


def test_a_query_is_a_row_rows_or_a_class():
    X, y = two_modes(400), (two_modes(400)[:, 0] > 0).astype(int)
    left, right = X[y == 0], X[y == 1]
    one = fit(X, k=5, choose="nearest", query=[2.0, 1.0]).rows_.numpy()
    distance = np.linalg.norm(X - [2.0, 1.0], axis=1)
    assert set(map(tuple, one)) == set(map(tuple, X[np.argsort(distance)[:5]]))
    two = fit(X, k=2, choose="nearest", query=X[:2]).rows_.numpy()
    np.testing.assert_array_equal(two, X[:2])
    model = fit(X, y, k=20, choose="nearest", query=1)
    kept = model.rows_.numpy()[model.groups_ == 0]
    distance = np.linalg.norm(left - right.mean(0), axis=1)
    assert set(map(tuple, kept)) == set(map(tuple, left[np.argsort(distance)[: len(kept)]]))
    with pytest.raises(SettingError, match="no label"):
        fit(X, y, k=20, choose="nearest", query=7)


def test_a_function_sees_rows_as_the_user_does():
    table = mixed_table()
    model = fit(table, k=10, choose="best", by=lambda rows: rows["height"])
    kept = model.sample(300, random_state=0)["height"]
    np.testing.assert_allclose(kept.min(), np.sort(table["height"])[-10])
    scores = table["height"].to_numpy()
    again = fit(table, k=10, choose="best", by=scores).sample(300, random_state=0)["height"]
    np.testing.assert_array_equal(kept, again)
    with pytest.raises(SettingError, match=r"shape \(3,\)"):
        fit(table, k=10, choose="best", by=scores[:3])


@pytest.mark.parametrize("of", [None, Gaussian()])
def test_what_a_function_raises_is_told_as_its_own(of):
    settings = {"choose": "best"} if of is None else {"of": of}
    with pytest.raises(SettingError, match=r"by= raised KeyError .* DataFrame: 'hight'") as told:
        fit(mixed_table(), k=10, by=lambda rows: rows["hight"], **settings)
    assert isinstance(told.value.__cause__, KeyError)


@pytest.mark.parametrize("vary", ["kernel", "interpolate"])
def test_a_class_of_one_row_that_cannot_be_varied_is_named(vary):
    X, y = two_modes(50), np.repeat(["many", "one"], [49, 1])
    model = fit(X, y, vary=vary)
    assert (model.sample(5, y="one", random_state=0) == X[-1]).all()
    assert any("of classes ['one'] one is kept" in words for words in warned(model))
    assert not any("one is kept" in words for words in warned(fit(X, vary=vary)))
    assert not any("one is kept" in words for words in warned(fit(X, y)))


def warned(model):
    return [event.message for event in model.history_ if event.kind == "warning"]


@pytest.mark.parametrize("vary", ["kernel", "interpolate"])
def test_varied_rows_are_no_copies_and_keep_the_law(vary):
    X = two_modes(2000)
    model = fit(X, vary=vary)
    drawn = model.sample(4000, random_state=0)
    assert not set(map(tuple, drawn)) & set(map(tuple, X))
    assert model.contains_training_rows
    assert np.linalg.norm(drawn.mean(0) - X.mean(0)) < 0.1
    share = (drawn[:, 0] > 0).mean()
    assert share == pytest.approx((X[:, 0] > 0).mean(), abs=0.03)


def test_rows_are_interpolated_within_their_class():
    X = np.r_[np.linspace(0, 1, 30), np.linspace(0.4, 0.6, 10)][:, None]
    y = np.repeat([0, 1], [30, 10])
    drawn = fit(X, y, vary="interpolate", n_neighbors=9).sample(500, y=1, random_state=0)
    assert drawn.min() >= 0.4
    assert drawn.max() <= 0.6


def test_whole_numbers_stay_whole():
    X = np.random.default_rng(0).integers(0, 50, (200, 3))
    drawn = fit(X, vary="interpolate").sample(100, random_state=0)
    assert drawn.dtype == X.dtype
    table = pd.DataFrame(X, columns=list("abc"))
    drawn = fit(table, vary="interpolate").sample(100, random_state=0)
    assert (drawn.dtypes == table.dtypes).all()


def test_rows_with_identifiers_are_not_copied_unasked():
    table = mixed_table().assign(code=[f"AB-{i:05d}" for i in range(300)])
    with pytest.raises(SettingError, match="allow_copies"):
        fit(table)
    assert len(fit(table, allow_copies=True).sample(9)) == 9
    assert len(fit(table, vary="interpolate").sample(9)) == 9


def test_rows_in_parts_are_chosen_like_all_at_once():
    """Each of 60 rows in three parts is kept as often as any other."""
    X, counts = np.arange(60.0)[:, None], np.zeros(60)
    for seed in range(400):
        model = TopK(k=6, random_state=seed)
        for part in np.split(X, [10, 40]):
            model.partial_fit(part, listener=None)
        counts[model.rows_.numpy()[:, 0].astype(int)] += 1
    assert counts.sum() == 2400
    # draws without replacement vary less than chi-square supposes
    assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("by", [None, "density"])
def test_the_best_draws_of_a_density_are_its_likeliest(by, tmp_path):
    X = two_modes(500)
    model = fit(X, of=Gaussian(), by=by, candidates=4)
    drawn = model.sample(500, random_state=0)
    gaussian = model.model_
    plain = gaussian.sample(2000, random_state=1)
    cut = np.quantile(gaussian.score_samples(plain), 0.75)
    assert gaussian.score_samples(drawn).min() > cut - 0.15
    assert not model.contains_training_rows
    again = reloaded(model, tmp_path / "m")
    np.testing.assert_array_equal(
        again.sample(50, random_state=3), model.sample(50, random_state=3)
    )
    assert clone(model).get_params()["of__covariance_type"] == "full"


def test_a_fitted_model_is_used_as_it_is():
    X = two_modes(300)
    gaussian = Gaussian(random_state=0).fit(X, listener=None)
    model = fit(X, of=gaussian, k=40)
    assert model.model_ is gaussian
    assert len(model.rows_) == 40
    with pytest.raises(SettingError, match="features"):
        fit(X[:, :1], of=gaussian)


def test_the_best_draws_of_a_gan_please_its_critic(tmp_path):
    X, y = two_modes(300), (two_modes(300)[:, 0] > 0).astype(int)
    gan = GAN(max_steps=60, hidden=(32,), n_latent=4, random_state=0).fit(X, y, listener=None)
    model = fit(X, y, of=gan, candidates=3)
    labels = np.arange(200) % 2
    own, best = (m.sample(y=labels, random_state=0) for m in (gan, model))
    assert gan.realism(best, labels).mean() > gan.realism(own, labels).mean()
    again = reloaded(model, tmp_path / "m")
    np.testing.assert_array_equal(again.sample(y=labels, random_state=0), best)
    liked = fit(X, k=10, choose="best", by=lambda rows: gan.realism(rows, np.ones(len(rows), int)))
    assert len(liked.rows_) == 10


def test_the_most_real_draws_are_nearer_to_training_rows():
    X = two_modes(400)
    wide = Gaussian(random_state=0).fit(X, listener=None)
    model = fit(X, of=wide, by="realism", candidates=3)
    assert model.contains_training_rows
    gaps = [
        np.linalg.norm(drawn[:, None] - X, axis=2).min(1).mean()
        for drawn in (wide.sample(300, random_state=0), model.sample(300, random_state=0))
    ]
    assert gaps[1] < gaps[0] / 2


def test_a_function_is_not_saved_and_its_lack_is_told(tmp_path):
    model = fit(two_modes(100), of=Gaussian(), by=lambda rows: rows[:, 0])
    again = reloaded(model, tmp_path / "m")
    with pytest.raises(SettingError, match="not saved"):
        again.sample(3)
    again.set_params(by=lambda rows: rows[:, 0])
    np.testing.assert_array_equal(again.sample(9, random_state=0), model.sample(9, random_state=0))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"choose": "any"}, "choose='any'"),
        ({"vary": "noise"}, "vary='noise'"),
        ({"bandwidth": -1}, "bandwidth=-1"),
        ({"bandwidth": [1, 2]}, "bandwidth=.*use 'scott'"),
        ({"of": "gaussian"}, "of='gaussian'; give a model"),
        ({"candidates": 0.5}, "candidates=0.5"),
        ({"by": "critic"}, "of="),
        ({"of": Gaussian(), "by": "critic"}, "no critic"),
        ({"of": Gaussian(), "choose": "farthest"}, "leave choose="),
    ],
)
def test_senseless_settings_are_refused(settings, said):
    with pytest.raises(SettingError, match=said):
        fit(two_modes(50), **settings).sample(2)
