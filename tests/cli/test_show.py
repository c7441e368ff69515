"""Pictures of a fitted model, from the command line."""

import json

import pytest

from drawlike.datasets import load_sample, write


@pytest.fixture
def digits(tmp_path):
    few = load_sample("digits").take(range(150))
    return write(few.X, tmp_path / "digits.npz", y=few.y)


def fit(drawlike, digits, folder):
    quick = ("--set", "max_steps=40", "--set", "hidden=[8]", "--set", "n_latent=2")
    fitted = drawlike("fit", digits, "--label", "y", "--model", "vae", *quick, "--out", folder)
    assert fitted.code == 0, fitted.err
    assert f"drawlike show {folder}" in fitted.out


def test_a_model_is_shown_with_its_data_and_its_training(drawlike, digits, tmp_path):
    folder = tmp_path / "model"
    fit(drawlike, digits, folder)
    shown = drawlike("show", folder)
    assert shown.code == 0, shown.err
    page = folder / "pictures" / "index.html"
    assert str(page) in shown.out and "neighbours.png" in shown.out
    assert "validation loss" in page.read_text(encoding="utf-8"), "curves of events.jsonl"
    assert "Not shown: In the plane." in shown.out
    again = drawlike("show", folder)
    assert again.code == 1
    assert "--overwrite" in again.err
    assert drawlike("show", folder, "--overwrite", "--quiet").code == 0


def test_without_its_data_a_model_is_shown_all_the_same(drawlike, digits, tmp_path):
    folder, out = tmp_path / "model", tmp_path / "out"
    fit(drawlike, digits, folder)
    moved = digits.rename(tmp_path / "moved.npz")
    shown = drawlike("show", folder, "--out", out, "--json")
    assert "shown without the training rows" in shown.err and "--data FILE" in shown.err
    facts = json.loads(shown.out)
    assert "Nearest training rows" in facts["left_out"]
    assert str(out / "film.gif") in facts["files"]
    lost = drawlike("show", folder, "--data", tmp_path / "no.npz", "--out", tmp_path / "b")
    assert lost.code == 1
    found = drawlike("show", folder, "--data", moved, "--out", tmp_path / "c", "--json")
    assert "Nearest training rows" not in json.loads(found.out)["left_out"]
