"""From a file of sequences to new ones."""

import numpy as np

from drawlike.datasets import read
from tests.scenarios import switching


def test_sequences_of_one_length(drawlike, tmp_path):
    X = np.stack([part[:20] for part in switching(30)]).astype("float32")
    source, folder, more = tmp_path / "x.npz", tmp_path / "model", tmp_path / "more.npz"
    np.savez(source, X=X, y=np.arange(30) % 2)
    words = ("--kind", "sequence", "--model", "gaussian-hmm", "--set", "n_components=2")
    fitted = drawlike("fit", source, *words, "--seed", 0, "--out", folder)
    assert fitted.code == 0, fitted.err
    assert "sequence data of shape (24, 20, 2)" in fitted.err
    drawn = drawlike("sample", folder, "-n", 5, "--out", more)
    assert drawn.code == 0, drawn.err
    again = read(more, kind="sequence")
    assert again.X.shape == (5, 20, 2)
    assert again.X.dtype == np.float32
    assert set(again.y) <= {0, 1}
    np.testing.assert_allclose(abs(again.X[..., 0]).mean(), 2, atol=0.3)


def test_a_table_is_said_to_be_one_sequence(drawlike, wine_csv, tmp_path):
    words = ("fit", wine_csv, "--set", "n_components=2", "--holdout", 0, "--overwrite")
    told = drawlike(*words, "--model", "gaussian-hmm", "--out", tmp_path / "m")
    assert told.code == 0, told.err
    assert "takes the 178 rows as one sequence" in " ".join(told.err.split())
    other = drawlike(*words, "--model", "gaussian-mixture", "--out", tmp_path / "n")
    assert "one sequence" not in other.err


def test_a_cube_of_numbers_must_be_named(drawlike, tmp_path):
    np.savez(tmp_path / "x.npz", X=np.zeros((30, 20, 2)))
    refused = drawlike("fit", tmp_path / "x.npz", "--model", "gaussian-hmm")
    assert refused.code != 0
    assert "--kind sequence" in refused.err


def test_sequences_that_are_chosen_and_varied_as_wholes(drawlike, tmp_path):
    X = np.stack([part[:20] for part in switching(30)])
    for i, row in enumerate(X):
        row[20 - i % 5 :] = np.nan
    source, folder, more = tmp_path / "x.npz", tmp_path / "model", tmp_path / "more.npz"
    np.savez(source, X=X, y=np.arange(30) % 2)
    words = ("--kind", "sequence", "--model", "topk", "--set", "vary=interpolate")
    fitted = drawlike("fit", source, *words, "--out", folder)
    assert fitted.code == 0, fitted.err
    drawn = drawlike("sample", folder, "-n", 40, "--out", more)
    assert drawn.code == 0, drawn.err
    again = read(more, kind="sequence").X
    assert again.shape == (40, 20, 2)
    steps = 20 - np.isnan(again).all(2).sum(1)
    assert set(steps) <= {16, 17, 18, 19, 20}
    assert len(set(steps)) > 1
    shown = drawlike("info", folder)
    assert "CONTAINS TRAINING ROWS" in shown.out
