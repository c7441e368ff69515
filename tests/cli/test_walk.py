"""From a file to new rows, a walk for each kind of data."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from drawlike.datasets import load_sample, read, write


def test_a_table(drawlike, wine_csv, tmp_path):
    folder = tmp_path / "model"
    fitted = drawlike("fit", wine_csv, "--label", "cultivar", "--out", folder)
    assert fitted.code == 0
    assert "alcohol" in fitted.err, "the schema is shown"
    assert f"drawlike sample {folder}" in fitted.out
    schema = json.loads((folder / "schema.json").read_text())
    assert [column["name"] for column in schema["columns"]] == list(pd.read_csv(wine_csv))
    more = tmp_path / "more.csv"
    drawn = drawlike("sample", folder, "-n", 50, "--given", "cultivar=class_1", "--out", more)
    assert drawn.code == 0
    rows = pd.read_csv(more)
    assert len(rows) == 50
    assert set(rows["cultivar"]) == {"class_1"}
    assert list(rows) == list(pd.read_csv(wine_csv))


def test_columns_are_given_and_gaps_are_filled(drawlike, wine_csv, tmp_path):
    folder = tmp_path / "model"
    drawlike("fit", wine_csv, "--label", "cultivar", "--out", folder)
    words = ("sample", folder, "-n", 5, "--given", "alcohol=13.5", "--given", "cultivar=class_0")
    drawn = drawlike(*words, "--seed", 0)
    assert drawn.code == 0, drawn.err
    rows = pd.read_csv(io.StringIO(drawn.out))
    assert set(rows["alcohol"]) == {13.5}
    assert set(rows["cultivar"]) == {"class_0"}
    holed = pd.read_csv(wine_csv)
    holed.loc[::3, "hue"] = np.nan
    holed.to_csv(tmp_path / "holed.csv", index=False)
    assert drawlike("impute", folder, tmp_path / "holed.csv", "--out", tmp_path / "f.csv").code == 0
    filled, truth = pd.read_csv(tmp_path / "f.csv"), pd.read_csv(wine_csv)["hue"]
    assert not filled["hue"].isna().any()
    assert ((filled["hue"] - truth) ** 2)[::3].mean() < 0.7 * truth.var()
    kept = holed["hue"].notna()
    pd.testing.assert_frame_equal(filled[kept], holed[kept])


def test_the_same_seed_draws_the_same_rows_on_stdout(drawlike, wine_csv, tmp_path):
    drawlike("fit", wine_csv, "--model", "gaussian", "--out", tmp_path / "m")
    first, again = (drawlike("sample", tmp_path / "m", "-n", 3, "--seed", 1) for _ in range(2))
    assert first.out == again.out
    assert len(first.out.splitlines()) == 4
    fresh = drawlike("sample", tmp_path / "m", "-n", 3)
    seed = fresh.err.split("--seed ")[1].split()[0]
    assert drawlike("sample", tmp_path / "m", "-n", 3, "--seed", seed).out == fresh.out


def test_images(drawlike, tmp_path):
    images = write(load_sample("digits").take(np.arange(300)), tmp_path / "some-images-idx3-ubyte")
    folder = tmp_path / "model"
    settings = ("--set", "max_steps=30", "--set", "n_latent=4")
    fitted = drawlike("fit", images, "--model", "vae", *settings, "--out", folder)
    assert fitted.code == 0
    assert "10 labels" in fitted.err
    drawn = drawlike(
        "sample", folder, "-n", 12, "--given", "label=3", "--out", tmp_path / "threes.npz"
    )
    assert drawn.code == 0
    threes = read(tmp_path / "threes.npz")
    assert threes.X.shape == (12, 8, 8)
    assert threes.X.dtype == np.uint8
    assert set(threes.y) == {3}


def test_images_are_restored(drawlike, tmp_path, rng):
    digits = load_sample("digits").take(np.arange(400))
    images, folder = write(digits, tmp_path / "some-images-idx3-ubyte"), tmp_path / "model"
    assert drawlike("fit", images, "--model", "gaussian", "--out", folder).code == 0
    X = digits.X.astype(float)
    noisy = X + rng.normal(scale=0.3 * X.max(), size=X.shape)
    small = X.reshape(len(X), 4, 2, 4, 2).mean((2, 4))
    holed = np.where(rng.random(X.shape) < 0.3, np.nan, X)
    plain = {  # what is seen, and what it is without a model
        "--noise=0.3": (noisy, noisy),
        "--double": (small, small.repeat(2, 1).repeat(2, 2)),
        "--fill": (holed, np.where(np.isnan(holed), X.mean(), X)),
    }
    for how, (seen, without) in plain.items():
        source, out = tmp_path / f"seen{how}.npz", tmp_path / f"restored{how}.npz"
        np.savez(source, X=seen)
        told = drawlike("restore", folder, source, how, "--out", out)
        assert told.code == 0, told.err
        error = ((np.load(out)["X"].astype(float) - X) ** 2).mean()
        assert error < 0.7 * ((without - X) ** 2).mean()


def test_a_critic_is_asked(drawlike, tmp_path, rng):
    np.savez(tmp_path / "rows.npz", X=rng.normal(size=(200, 2)))
    words = ("--set", "max_steps=60", "--set", "latent=normal", "--out", tmp_path / "m")
    assert drawlike("fit", tmp_path / "rows.npz", "--model", "gan", *words).code == 0
    asked = drawlike(
        "discriminate", tmp_path / "m", tmp_path / "rows.npz", "--out", tmp_path / "p.csv"
    )
    assert asked.code == 0, asked.err
    (told,) = pd.read_csv(tmp_path / "p.csv").to_numpy().T
    assert told.shape == (200,)
    assert ((told > 0) & (told < 1)).all()
    assert len(set(told)) > 1


def test_an_array(drawlike, tmp_path, rng):
    np.savez(tmp_path / "rows.npz", X=rng.normal(size=(200, 3)))
    drawlike("fit", tmp_path / "rows.npz", "--model", "gaussian", "--out", tmp_path / "m")
    assert drawlike("sample", tmp_path / "m", "--out", tmp_path / "more.npz").code == 0
    assert np.load(tmp_path / "more.npz")["X"].shape == (100, 3)


def test_json_is_one_document_on_stdout(drawlike, wine_csv, tmp_path):
    fitted = drawlike("fit", wine_csv, "--model", "gaussian", "--out", tmp_path / "m", "--json")
    facts = json.loads(fitted.out)
    assert (facts["model"], facts["training_rows"], facts["holdout_rows"]) == ("gaussian", 142, 36)
    more = tmp_path / "more.parquet"
    drawn = json.loads(drawlike("sample", tmp_path / "m", "--out", more, "--json").out)
    assert drawn["files"] == [str(more)]
    known = json.loads(drawlike("info", tmp_path / "m", "--json").out)
    assert (known["model"], known["holdout"]["rows"]) == ("gaussian", 36)


def test_quiet_says_only_the_result(drawlike, wine_csv, tmp_path):
    fitted = drawlike("fit", wine_csv, "--model", "topk", "--out", tmp_path / "m", "--quiet")
    assert fitted.err == ""
    assert "Fitted topk" in fitted.out


def test_events_lie_beside_the_model(drawlike, wine_csv, tmp_path):
    drawlike("fit", wine_csv, "--out", tmp_path / "m")
    lines = (tmp_path / "m" / "events.jsonl").read_text().splitlines()
    stages = {json.loads(line)["stage"] for line in lines}
    assert {"read", "fit"} <= stages


def test_alarms_and_remedies_are_told_and_kept(drawlike, tmp_path, rng):
    np.savez(tmp_path / "rows.npz", X=rng.normal(size=(200, 2)))
    ill = ("latent=normal", "optimizer=sgd", "lr=100", "hidden=[8, 8]", "max_steps=200")
    settings = [word for one in (*ill, "remedy=auto") for word in ("--set", one)]
    folder = tmp_path / "m"
    fitted = drawlike("fit", tmp_path / "rows.npz", "--model", "gan", *settings, "--out", folder)
    assert "exploding gradient at step 100" in fitted.err
    lines = (folder / "events.jsonl").read_text().splitlines()
    told = [event for event in map(json.loads, lines) if event.get("name") == "remedy"]
    assert told[0]["message"].startswith("rates as a remedy for exploding gradient")
    shown = drawlike("info", folder).out
    assert "exploding gradient at step 100" in shown and "rates" in shown


def test_a_corrected_schema_is_followed(drawlike, wine_csv, tmp_path):
    drawlike("fit", wine_csv, "--model", "gaussian", "--out", tmp_path / "a")
    schema = json.loads((tmp_path / "a" / "schema.json").read_text())
    schema["columns"] = [{"name": "magnesium", "type": "category"}]
    (tmp_path / "mine.json").write_text(json.dumps(schema))
    again = ("--schema", tmp_path / "mine.json", "--model", "gaussian", "--out", tmp_path / "b")
    assert drawlike("fit", wine_csv, *again).code == 0
    found = json.loads((tmp_path / "b" / "schema.json").read_text())
    types = {column["name"]: column["type"] for column in found["columns"]}
    assert types["magnesium"] == "category"


@pytest.mark.parametrize("suffix", ["json", "toml"])
def test_constraints_of_a_schema_file_are_kept(drawlike, tmp_path, suffix):
    rng = np.random.default_rng(0)
    low = rng.integers(0, 60, 200)
    key = rng.permutation(5000)[:200]
    rows = pd.DataFrame({"low": low, "high": low + rng.integers(0, 30, 200), "key": key})
    rows.to_csv(tmp_path / "spans.csv", index=False)
    rules = [
        {"type": "inequality", "low": "low", "high": "high"},
        {"type": "unique", "columns": ["key"]},
    ]
    toml = """
        constraints = [
            {type = "inequality", low = "low", high = "high"},
            {type = "unique", columns = "key"},
        ]
    """
    text = json.dumps({"constraints": rules}) if suffix == "json" else toml
    (tmp_path / f"rules.{suffix}").write_text(text)
    asked = ("--schema", tmp_path / f"rules.{suffix}", "--model", "gaussian")
    fitted = drawlike("fit", tmp_path / "spans.csv", *asked, "--out", tmp_path / "m")
    assert fitted.code == 0, fitted.err
    assert json.loads((tmp_path / "m" / "schema.json").read_text())["constraints"] == rules
    drawlike("sample", tmp_path / "m", "-n", 300, "--out", tmp_path / "more.csv")
    drawn = pd.read_csv(tmp_path / "more.csv")
    assert (drawn.low <= drawn.high).all()
    assert drawn.key.is_unique
    assert not set(drawn.key) & set(key)
    rows.assign(high=0).to_csv(tmp_path / "spans.csv", index=False)
    refused = drawlike("fit", tmp_path / "spans.csv", *asked, "--out", tmp_path / "n")
    assert refused.code != 0
    assert "break Inequality" in refused.err


def test_a_model_that_holds_training_rows_says_so(drawlike, wine_csv, tmp_path):
    drawlike("fit", wine_csv, "--model", "topk", "--out", tmp_path / "m")
    assert "contains training rows" in drawlike("sample", tmp_path / "m", "-n", 2).err
    assert "CONTAINS TRAINING ROWS" in drawlike("info", tmp_path / "m").out


@pytest.mark.parametrize("share", [0, 0.5])
def test_the_hold_out_is_as_large_as_asked(drawlike, wine_csv, tmp_path, share):
    fitted = drawlike(
        *("fit", wine_csv, "--model", "topk", "--out", tmp_path / "m"),
        *("--holdout", share, "--json"),
    )
    assert json.loads(fitted.out)["holdout_rows"] == 178 * share


@pytest.mark.parametrize(("model", "few"), [("vae", "max_steps=2"), ("rbm", "n_iter=1")])
def test_only_a_model_that_does_is_said_to_stop_by_itself(drawlike, wine_csv, tmp_path, model, few):
    fitted = drawlike("fit", wine_csv, "--model", model, "--set", few, "--out", tmp_path / "m")
    assert fitted.code == 0, fitted.err
    assert ("stops by itself" in fitted.err) == (model == "vae")
    assert ("a fixed number of times" in fitted.err) == (model == "rbm")


def test_a_model_is_chosen_where_none_is_named(drawlike, wine_csv, tmp_path):
    words = ("fit", wine_csv, "--model", "auto", "--set", "quality=fast", "--out", tmp_path / "m")
    fitted = drawlike(*words)
    assert fitted.code == 0 and "auto takes latent-class" in fitted.err
    drawn = drawlike("sample", tmp_path / "m", "-n", 5, "--given", "alcohol>=13", "--seed", 0)
    assert drawn.code == 0
    assert (pd.read_csv(io.StringIO(drawn.out))["alcohol"] >= 13).all()
