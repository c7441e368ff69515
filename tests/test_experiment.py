import json

import numpy as np
import pandas as pd
import pytest

from drawlike import GAN, RBM, VAE, Gaussian, TopK, choose, compare
from drawlike.datasets import as_dataset, load_sample, split
from drawlike.errors import SettingError, TrainingError
from drawlike.events import History
from drawlike.experiment import suited


@pytest.fixture(scope="module")
def wine():
    return load_sample("wine")


@pytest.fixture(scope="module")
def found(wine):
    models = {
        "one": "gaussian",
        "copier": TopK(),
        "quick": VAE(max_steps=50),
        "broken": GAN(loss="none such"),
    }
    return compare(wine, models, seeds=(0, 1), holdout=0.3, listener=None, data_name="wine")


def test_every_model_has_a_row_and_the_copier_does_not_win(found):
    table = found.table.set_index("model")
    assert set(table.index) == {"one", "copier", "quick", "broken"}
    assert found.table["model"].iloc[-2:].tolist() == ["copier", "broken"]
    assert table.loc["copier", "score"] == 0
    assert table.loc["copier", "copies"]
    assert found.best in {"one", "quick"}


def test_a_model_that_fails_is_shown_with_its_error_and_the_others_go_on(found):
    row = found.table.set_index("model").loc["broken"]
    assert "loss='none such'" in row["error"]
    assert row["seeds"] == 0
    assert set(found.models) == {"one", "copier", "quick"}


def test_figures_are_means_over_the_seeds(found):
    row = found.table.set_index("model").loc["quick"]
    scores = [trial.evaluation.score for trial in found.of("quick")]
    assert row["seeds"] == 2
    assert row["score"] == pytest.approx(np.mean(scores))
    assert (row["score_min"], row["score_max"]) == (min(scores), max(scores))


def test_likelihoods_are_held_out_and_absent_without_a_density(found):
    table = found.table.set_index("model")
    assert np.isfinite(table.loc["one", "holdout_nats"])
    assert table.loc["one", "gap_nats"] > 0
    assert np.isnan(table.loc["copier", "holdout_nats"])


def test_all_learn_from_the_same_rows_and_draw_as_many(found):
    train, held = found.judge.train, found.judge.holdout
    assert len(train) + len(held) == 178
    assert {model.n_rows_ for model in found.models.values()} == {len(train)}
    assert {len(sample) for sample in found.samples.values()} == {len(train)}


def test_the_same_call_gives_the_same_figures_whatever_it_is_compared_with(found, wine):
    call = {"seeds": (0, 1), "holdout": 0.3, "listener": None}
    again = compare(wine, {"one": "gaussian"}, **call).table
    first = found.table[found.table["model"] == "one"]
    same = [name for name in again if name not in ("fit_seconds", "rows_per_second")]
    first, again = first[same].reset_index(drop=True), again[same]
    pd.testing.assert_frame_equal(first, again, check_dtype=False)


def test_models_are_cloned(wine):
    mine = Gaussian()
    found = compare(wine, [mine, mine], listener=None)
    assert list(found.models) == ["gaussian", "gaussian 2"]
    assert not hasattr(mine, "codec_")


def test_the_time_limit_reaches_the_models_that_have_one(wine):
    found = compare(wine, [VAE(max_steps=20), "gaussian"], seconds=9.0, listener=None)
    assert found.models["vae"].max_seconds == 9.0


def test_a_pair_of_train_and_hold_out_is_taken_as_it_is(wine):
    train, held = split(wine, 60)
    found = compare((train.X, held.X), ["topk"], label="cultivar", listener=None)
    assert (len(found.judge.train), len(found.judge.holdout)) == (118, 60)


def test_labels_beside_the_rows_come_along():
    digits = load_sample("digits").take(np.arange(300))
    drawn = compare(digits, ["gaussian"], listener=None).samples["gaussian"]
    assert drawn.X.dtype == np.uint8
    assert set(drawn.y) <= set(digits.y)


def test_a_model_without_a_density_of_these_data_is_judged_without_one():
    digits = as_dataset(load_sample("digits").X[:200])
    model = RBM(16, n_iter=2, n_sweeps=5)
    found = compare(digits, [model], listener=None)
    assert found.trials[0].error is None
    assert found.trials[0].likelihood is None


def test_events_say_which_model_they_are_about(wine):
    heard = History()
    compare(wine, ["gaussian", "topk"], listener=heard)
    stages = {event.stage.partition(":")[0] for event in heard}
    assert {"compare", "gaussian", "topk"} <= stages


def test_json_holds_the_table_and_every_evaluation(found, tmp_path):
    content = json.loads(found.to_json(tmp_path / "found.json"))
    assert content == json.loads((tmp_path / "found.json").read_text())
    assert [row["model"] for row in content["table"]] == found.table["model"].tolist()
    assert len(content["trials"]) == 8
    assert content["trials"][0]["evaluation"]["verdict"]


def test_the_report_holds_all_models(found, tmp_path):
    found.to_html(tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert all(name in page for name in ("one", "copier", "quick", "broken", "none such"))
    assert "validation loss" in page
    assert len(page.encode()) < 1_500_000


def test_the_report_on_images_shows_what_each_model_draws(tmp_path):
    digits = load_sample("digits").take(np.arange(200))
    document = compare(digits, ["gaussian", "topk"], listener=None).to_document()
    samples = next(part for part in document.sections if part.title.en == "Samples")
    assert [block.caption for block in samples.blocks] == ["gaussian", "topk"]


def test_a_name_stands_for_a_model_sized_to_the_rows(wine):
    rng = np.random.default_rng(0)
    small, large = (as_dataset(rng.normal(size=(n, 4))) for n in (100, 4000))
    assert suited("gaussian-mixture", small)["n_components"] == 12
    assert suited("gaussian-mixture", large)["n_components"] == 50
    assert suited("gaussian-mixture", wine)["n_components"] == 2, "a class has 59 rows"
    assert suited("vae", large) == {}
    found = compare(large.take(np.arange(100)), ["gaussian-mixture"], listener=None)
    assert found.models["gaussian-mixture"].n_components == 10, "of 80 training rows"


@pytest.mark.parametrize("models", [[], {}, ["none such"], [3]])
def test_models_that_are_none_are_refused(wine, models):
    with pytest.raises(SettingError, match="gaussian"):
        compare(wine, models, listener=None)


def test_no_seed_is_refused(wine):
    with pytest.raises(SettingError, match="seeds"):
        compare(wine, ["gaussian"], seeds=(), listener=None)


def test_choose_gives_the_best_that_does_not_copy(wine):
    choice = choose(wine, ["topk", "gaussian"], listener=None)
    assert isinstance(choice.model, Gaussian)
    assert choice.model is choice.comparison.models["gaussian"]
    assert len(choice.model.sample(3, random_state=0)) == 3


def test_choose_refuses_when_all_copy_or_fail(wine):
    with pytest.raises(TrainingError, match="topk: copies"):
        choose(wine, [TopK(), GAN(loss="none such")], listener=None)
