"""The restricted Boltzmann machine as a model."""

import numpy as np
import pandas as pd
import pytest

from drawlike import RBM, load
from drawlike.errors import DataError, SettingError, UnsupportedError
from drawlike.events import History
from tests.scenarios import mixed_table, shapes, two_modes

PAIRS = np.repeat([[1, 1, 0, 0], [0, 0, 1, 1]], [60, 40], axis=0)


def bars(n=600, side=3, seed=0):
    """Bars or stripes, each line on or off: few patterns, and entropies that are known."""
    rng = np.random.default_rng(seed)
    lines = rng.integers(0, 2, (n, side, 1)) * np.ones((1, 1, side), int)
    turned = rng.random(n) < 0.5
    lines[turned] = lines[turned].transpose(0, 2, 1)
    return lines.reshape(n, -1)


def all_rows(d):
    return (np.arange(2**d)[:, None] >> np.arange(d)) & 1


def fitted(X, y=None, *, n=8, **options):
    extra = {k: options.pop(k) for k in ("sample_weight", "label", "kind") if k in options}
    return RBM(n, random_state=0, **options).fit(X, y, listener=None, **extra)


@pytest.fixture(scope="module")
def striped():
    return fitted(bars(), n=12, n_iter=1500, learning_rate=0.1, weight_decay=0.0)


def test_densities_of_all_rows_sum_to_1(striped):
    assert striped.density == "exact"
    assert np.exp(striped.score_samples(all_rows(9))).sum() == pytest.approx(1, rel=1e-6)


def test_few_patterns_are_learned_to_near_their_entropy(striped):
    patterns, counts = np.unique(bars(20_000, seed=1), axis=0, return_counts=True)
    share = counts / counts.sum()
    entropy = -(share * np.log(share)).sum()
    assert striped.score_samples(bars(2000, seed=2)).mean() > -entropy - 0.15
    drawn = striped.sample(2000, random_state=0)
    known = {tuple(row) for row in patterns}
    assert np.mean([tuple(row) in known for row in drawn]) > 0.7


def test_samples_have_the_frequencies_that_the_density_says(striped):
    drawn = striped.sample(4000, random_state=1)
    code = drawn @ (1 << np.arange(9))
    probability = np.exp(striped.score_samples(all_rows(9)))
    often = probability > 0.02
    found = np.bincount(code, minlength=512)[often] / 4000
    np.testing.assert_allclose(found, probability[often], rtol=0.35)


def test_an_annealed_log_partition_is_the_counted_one_within_its_error(striped):
    counted = striped.log_partition_
    assert striped.log_partition_error_ == 0
    try:
        striped.set_params(partition="annealed")
        assert striped.density == "estimate"
        assert 0 < striped.log_partition_error_ < 0.2
        assert abs(striped.log_partition_ - counted) < 4 * striped.log_partition_error_
        again = striped.log_partition_
        assert again == striped.log_partition_
        striped.set_params(partition="guessed")
        with pytest.raises(SettingError, match="partition='guessed' is unknown"):
            striped.score_samples(bars(2))
    finally:
        striped.set_params(partition="auto")


def test_missing_bits_are_summed_over(striped):
    rows = bars(30, seed=3).astype(float)
    rows[:, [1, 5, 7]] = np.nan
    found = striped.score_samples(rows)
    every, log = all_rows(9), striped.score_samples(all_rows(9))
    for row, value in zip(rows, found, strict=True):
        seen = ~np.isnan(row)
        fits = (every[:, seen] == row[seen]).all(1)
        assert value == pytest.approx(np.logaddexp.reduce(log[fits]), abs=1e-6)
    try:
        striped.set_params(partition="annealed")
        off = striped.score_samples(rows) - found
        assert np.ptp(off) < 1e-6  # log Z alone is an estimate
        assert abs(off).max() < 0.2
    finally:
        striped.set_params(partition="auto")


def test_the_densities_of_both_parts_of_rows_integrate_to_1():
    model = fitted(two_modes(500), n=6, n_iter=20)
    x = np.linspace(-8, 8, 2000)
    for column in (0, 1):
        rows = np.full((2000, 2), np.nan)
        rows[:, column] = x
        total = np.exp(model.score_samples(rows)).sum() * (x[1] - x[0])
        assert total == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("partition", ["counted", "annealed"])
def test_a_row_without_a_cell_is_certain(partition):
    X = np.column_stack([two_modes(200), bars(200)])
    model = fitted(X, n=5, n_iter=3, partition=partition, ais_chains=20, ais_temperatures=20)
    np.testing.assert_allclose(model.score_samples(np.full((3, 11), np.nan)), 0, atol=1e-6)


def test_missing_bits_are_drawn_in_training():
    rng = np.random.default_rng(0)
    rows = PAIRS.repeat(5, 0).astype(float)
    rows[rng.random(rows.shape) < 0.3] = np.nan
    rows = rows[~np.isnan(rows).all(1)]
    model = fitted(rows, n=4, n_iter=200, learning_rate=0.3, train_temperatures=4)
    both = np.exp(model.score_samples(np.array([[1, 1, 0, 0], [0, 0, 1, 1]])))
    assert both.sum() > 0.6
    assert both[0] > both[1]


def test_values_that_are_no_bits_are_impossible():
    assert fitted(PAIRS, n_iter=2).score_samples([[1, 0.5, 0, 0]])[0] == -np.inf


def test_labels_make_a_density_a_class():
    y = np.repeat(["up", "down"], [60, 40])
    model = fitted(PAIRS, y, n=4, n_iter=400, learning_rate=0.2, weight_decay=0.0)
    for label in ("up", "down"):
        scores = model.score_samples(all_rows(4), np.full(16, label))
        assert np.exp(scores).sum() == pytest.approx(1, rel=1e-6)
    assert model.log_partition_.shape == (2,)
    assert (model.sample(50, y="up", random_state=0)[:, 0] == 1).mean() > 0.8
    assert (model.sample(50, y="down", random_state=0)[:, 0] == 1).mean() < 0.2
    with pytest.raises(DataError, match="give y="):
        model.free_energy(PAIRS)


def test_numbers_of_two_modes_are_learned():
    X = two_modes(2000)
    model = fitted(X, n=8, n_iter=50)
    drawn = model.sample(2000, random_state=0)
    right = drawn[:, 0] > 0
    assert right.mean() == pytest.approx(0.3, abs=0.2)
    assert drawn[right, 1].mean() == pytest.approx(1, abs=0.25)
    assert drawn[right].std(0).max() < 0.6
    truth = -(np.log(2 * np.pi * np.e * 0.3**2) - 0.7 * np.log(0.7) - 0.3 * np.log(0.3))
    assert model.score(X) > truth - 0.4
    one_normal = -np.log(2 * np.pi * np.e) - 0.5 * np.linalg.slogdet(np.cov(X.T))[1]
    assert model.score(X) > one_normal + 0.6


def test_densities_of_numbers_integrate_to_1():
    X = two_modes(500) * (3.0, 0.1) + (100.0, 0.0)
    model = fitted(X, n=6, n_iter=20)
    x, y = np.linspace(70, 130, 400), np.linspace(-0.6, 0.8, 400)
    grid = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    cell = (x[1] - x[0]) * (y[1] - y[0])
    assert np.exp(model.score_samples(grid)).sum() * cell == pytest.approx(1, abs=0.01)
    margin = np.column_stack([x, np.full(400, np.nan)])
    assert np.exp(model.score_samples(margin)).sum() * (x[1] - x[0]) == pytest.approx(1, abs=0.05)


def test_unit_variance_stays_that_of_the_column():
    model = fitted(two_modes(300), variance="unit", n_iter=5)
    assert (model.machine_.log_variance == 0).all()
    assert (fitted(two_modes(300), n_iter=50).machine_.log_variance < 0).all()


def test_tables_keep_what_goes_together():
    rng = np.random.default_rng(0)
    kind = rng.choice(["cat", "dog"], 1500)
    table = pd.DataFrame(
        {
            "kind": kind,
            "sound": np.where(
                rng.random(1500) < 0.95, np.where(kind == "cat", "miaow", "wow"), "-"
            ),
            "weight": np.where(kind == "cat", 4.0, 20.0) + rng.normal(size=1500),
        }
    )
    drawn = fitted(table, n=10, n_iter=60).sample(1000, random_state=0)
    assert (drawn.kind == "cat").mean() == pytest.approx(0.5, abs=0.1)
    assert ((drawn.sound == "miaow") & (drawn.kind == "dog")).mean() < 0.03
    assert drawn.weight[drawn.kind == "cat"].mean() < drawn.weight[drawn.kind == "dog"].mean() - 10


def test_grey_images_are_probabilities_and_have_no_density():
    X, y = shapes()
    model = fitted(X, y, n_iter=5)
    assert not hasattr(model, "score_samples")
    assert not hasattr(model, "score")
    grey = model.sample(20, random_state=0)
    assert len(np.unique(grey)) > 10


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 255)])
def test_black_and_white_images_have_a_mass(low, high):
    X = np.where(bars().reshape(-1, 3, 3), high, low).astype(np.uint8)
    model = fitted(X, n_iter=20)
    every = np.where(all_rows(9).reshape(-1, 3, 3), high, low).astype(np.uint8)
    assert np.exp(model.score_samples(every)).sum() == pytest.approx(1, rel=1e-6)
    assert set(np.unique(model.sample(20, random_state=0))) <= {low, high}


def test_free_energies_differ_by_the_log_ratio_of_densities(striped):
    rows = bars(20, seed=4)
    np.testing.assert_allclose(
        -striped.free_energy(rows) - striped.log_partition_, striped.score_samples(rows), atol=1e-3
    )
    with pytest.raises(DataError, match="complete"):
        striped.free_energy(np.where(rows == 1, np.nan, rows))


def test_reconstructions_come_near_and_fill_in(striped):
    rows = bars(200, seed=5)
    back = striped.reconstruct(rows)
    assert back.dtype == rows.dtype
    assert (back == rows).mean() > 0.9
    holed = rows.astype(float)
    holed[:, 4] = np.nan
    assert np.isfinite(fitted(rows.astype(float), n_iter=5).reconstruct(holed)).all()
    table = mixed_table()
    assert list(fitted(table, n_iter=3).reconstruct(table).columns) == list(table.columns)


def test_hidden_means_are_a_code(striped):
    z = striped.encode(bars(10, seed=6))
    assert z.shape == (10, 12)
    assert ((z >= 0) & (z <= 1)).all()
    assert striped.components_.shape == (12, 9)
    assert striped.intercept_hidden_.shape == (12,)
    assert striped.intercept_visible_.shape == (9,)


def test_weights_stand_in_the_order_of_the_columns():
    bits, numbers = bars(300)[:, :2], two_modes(300)
    X = np.column_stack([numbers[:, 0], bits[:, 0], numbers[:, 1], bits[:, 1]])
    model = fitted(X, n=5, n_iter=2)
    weights = model.machine_.weights.numpy().T  # binary units first
    np.testing.assert_array_equal(model.components_, weights[:, [2, 0, 3, 1]])
    np.testing.assert_array_equal(model.filters(), model.components_)
    np.testing.assert_array_equal(
        model.intercept_visible_, model.machine_.visible_bias.numpy()[[2, 0, 3, 1]]
    )


@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 3), (3, 5, 6)])
def test_filters_have_the_shape_of_images(shape):
    X = np.random.default_rng(0).integers(0, 2, (40, *shape), np.uint8)
    model = fitted(X, n=2, n_iter=1)
    channel_first = model.components_.reshape(2, -1, 5, 6)
    last = shape[-1] == 3
    outward = np.moveaxis(channel_first, 1, 3) if last else channel_first
    np.testing.assert_array_equal(model.filters(), outward.reshape(2, *shape))


def test_a_category_has_no_one_filter():
    model = fitted(pd.DataFrame({"a": list("xyz") * 30}), n=2, n_iter=2)
    assert model.components_.shape == (2, 3)
    with pytest.raises(UnsupportedError, match="components_"):
        model.filters()


def test_partial_fit_goes_on():
    model, X, scores = RBM(12, batch_size=20, random_state=0), bars(2000), []
    for _ in range(30):
        model.partial_fit(X, listener=None)
        scores.append(model.score(X))
    assert scores[-1] > scores[0] + 1
    assert model.n_rows_ == 60_000
    with pytest.raises(DataError, match="from 0 to 1"):
        model.partial_fit(X + 1, listener=None)


@pytest.mark.parametrize("persistent", [True, False])
def test_bits_with_gaps_come_in_chunks_of_any_size(persistent, tmp_path):
    X = bars().astype(float)
    X[::5, 0] = np.nan
    model = RBM(8, persistent=persistent, momentum=0.5, random_state=0)
    model.partial_fit(X[:30], listener=None).save(tmp_path / "kept")
    drawn = []
    for each in (model, load(tmp_path / "kept")):
        each.partial_fit(X[30:], listener=None).partial_fit(X[:20], listener=None)
        drawn.append(each.sample(20, random_state=0))
    np.testing.assert_array_equal(*drawn)


def test_what_an_epoch_tells(striped):
    model = fitted(bars(), n_iter=7)
    for name in ("pseudo_likelihood", "reconstruction_error", "chain_energy"):
        steps, values = model.history_.curve(name)
        assert steps == list(range(1, 8))
        assert np.isfinite(values).all()
    assert striped.history_.curve("pseudo_likelihood")[1][-1] > -5


def test_ctrl_c_keeps_a_usable_model():
    history = History()

    def stop(event):
        history(event)
        if event.name == "chain_energy" and event.step == 2:
            raise KeyboardInterrupt

    model = RBM(4, n_iter=50, random_state=0).fit(PAIRS, listener=stop)
    assert model.n_iter_ < 50
    assert model.sample(3).shape == (3, 4)
    assert any("interrupted" in (event.message or "") for event in history)


@pytest.mark.parametrize("X", [two_modes(200), bars(200)], ids=["numbers", "bits"])
def test_a_fit_that_was_cut_short_is_continued_from_its_checkpoint(X, tmp_path):
    def stop(event):
        if event.name == "chain_energy" and event.step == 3:
            raise RuntimeError("power cut")

    model = RBM(4, n_iter=6, random_state=0)
    with pytest.raises(RuntimeError):
        model.fit(X, listener=stop, checkpoint=tmp_path / "c")
    model.fit(X, listener=None, checkpoint=tmp_path / "c")
    whole = RBM(4, n_iter=6, random_state=0).fit(X, listener=None)
    np.testing.assert_array_equal(model.components_, whole.components_)


def test_an_annealed_density_is_the_same_after_loading(tmp_path):
    model = fitted(bars(), n=16, n_iter=3, ais_chains=20, ais_temperatures=20)
    assert model.density == "estimate"
    score = model.score(bars(20))
    model.save(tmp_path / "m")
    assert load(tmp_path / "m").score(bars(20)) == pytest.approx(score, rel=1e-12)


def test_single_precision_arrays_are_learned_as_they_are():
    X = bars().astype(np.float32)
    single, double = fitted(X, n_iter=3), fitted(X.astype(float), n_iter=3)
    np.testing.assert_array_equal(single.components_, double.components_)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"visible": "poisson"}, "visible='poisson'"),
        ({"n_gibbs": 0}, "n_gibbs=0"),
        ({"learning_rate": -1.0}, "learning_rate=-1.0"),
        ({"learning_rate": "fast"}, "learning_rate='fast'"),
        ({"momentum": 1.0}, "momentum=1.0"),
        ({"schedule": "cosine"}, "schedule='cosine'"),
        ({"n_iter": 0}, "n_iter=0"),
    ],
)
def test_senseless_settings_are_refused(options, said):
    with pytest.raises(SettingError, match=said):
        fitted(PAIRS, **options)


def test_bernoulli_units_need_probabilities():
    with pytest.raises(DataError, match="visible='gaussian'"):
        fitted(two_modes(50), visible="bernoulli")
    model = fitted(np.random.default_rng(0).random((60, 3)), visible="bernoulli", n_iter=3)
    assert model.is_grey_
    assert fitted(PAIRS, visible="gaussian", n_iter=3).machine_.units.n_normal == 4


def test_bits_are_drawn_given_others(striped):
    every, log = all_rows(9), striped.score_samples(all_rows(9))
    fits = (every[:, 0] == 1) & (every[:, 1] == 0)
    share = np.exp(log[fits] - np.logaddexp.reduce(log[fits]))
    drawn = striped.sample(600, given={0: 1, 1: 0}, random_state=0)
    assert (drawn[:, 0] == 1).all()
    assert (drawn[:, 1] == 0).all()
    np.testing.assert_allclose(drawn.mean(0), share @ every[fits], atol=0.1)


def test_missing_numbers_are_imputed_by_their_conditional_mean():
    rng = np.random.default_rng(0)
    sign = rng.choice([-1.0, 1.0], 1000)
    X = np.column_stack([sign * 3, sign]) + rng.normal(0, 0.3, (1000, 2))
    model = fitted(X, n=6, n_iter=40)
    filled = model.impute(np.array([[3.0, np.nan], [-3.0, np.nan]]), random_state=0)
    np.testing.assert_array_equal(filled[:, 0], [3, -3])
    np.testing.assert_allclose(filled[:, 1], [1, -1], atol=0.35)


def test_a_limit_in_seconds_cuts_the_epochs():
    limited = fitted(PAIRS, n_iter=100_000, max_seconds=0.05)
    assert 1 <= limited.n_iter_ < 100_000
    with pytest.raises(SettingError, match="max_seconds"):
        fitted(PAIRS, max_seconds=0)


@pytest.mark.parametrize("visible", ["auto", "gaussian"])
@pytest.mark.parametrize("parts", [([0, 1], [0]), ([0], [1]), ([0], [0])])
def test_parts_may_lack_a_class(parts, visible):
    rng = np.random.default_rng(0)
    model = RBM(4, n_iter=3, visible=visible, train_temperatures=3, random_state=0)
    for labels in parts:
        y = np.resize(labels, 60)
        X = (rng.normal(size=(60, 3)) + y[:, None]).round(3)
        X = X if visible == "gaussian" else (X > 0.5).astype(float)
        model.partial_fit(X, y, classes=[0, 1], listener=None)
        assert np.isfinite(model.score_samples(X, y)).all()
    drawn = model.sample(100, random_state=0)
    assert np.isfinite(drawn).all()
    assert len(np.unique(drawn[:, 0])) > 1
