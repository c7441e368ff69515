"""What a person may get wrong: a paragraph on stderr, an exit code, never a traceback."""

import json
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from drawlike import TopK, load

# what is wrong: the words, the exit code, what stderr must say
BAD = {
    "no such command": ("fti data.csv", 2, "No such command"),
    "no data named": ("fit", 2, "Missing argument"),
    "an option that needs a number": ("sample model -n many", 2, "Invalid value"),
    "fewer rows than one": ("sample model -n 0", 2, "Invalid value"),
    "no such file": ("fit wime.csv", 1, "Did you mean 'wine.csv'"),
    "an address": ("fit https://example.org/data.csv", 1, "download it"),
    "a folder without images": ("fit empty", 1, "empty"),
    "an empty file": ("fit nothing.csv", 1, "is empty"),
    "names and no rows": ("fit names.csv", 1, "--read header=False"),
    "binary data called CSV": ("fit noise.csv", 1, "binary"),
    "a picture instead of a folder": ("fit one.png", 1, "folder of the images"),
    "a pickle": ("fit data.pkl", 1, "may run code"),
    "a truncated archive": ("fit cut.npz", 1, "cannot be read"),
    "infinity in an array": ("fit infinite.npz", 1, "infinity"),
    "missing values where the model takes none": ("fit gaps.npz --model gan", 1, "NaN"),
    "free text": ("fit letters.csv", 1, "text"),
    "an ambiguous array": ("fit cube.npz", 1, "--kind image or --kind sequence"),
    "a kind that it cannot be": ("fit wine.csv --kind image", 1, "cannot be of --kind image"),
    "no such kind": ("fit wine.csv --kind tabel", 1, "--kind tabel"),
    "no such label": ("fit wine.csv --label cultivra", 1, "Did you mean 'cultivar'"),
    "no such model": ("fit wine.csv --model gnn", 1, "gaussian-mixture"),
    "no such setting": ("fit wine.csv --model vae --set latents=3", 1, "n_latent=16"),
    "a setting of another sort": ("fit wine.csv --model vae --set n_latent=two", 1, "n_latent"),
    "a setting without a value": ("fit wine.csv --set n_components", 1, "name=value"),
    "a loss that the model has not": ("fit wine.csv --model gan --set loss=best", 1, "non-satur"),
    "more chosen rows than none": ("fit wine.csv --model topk --set k=0", 1, "k=0"),
    "no such way to read": ("fit wine.csv --read separator=;", 1, "separator"),
    "no such device": ("fit wine.csv --model vae --device tpu", 1, "--device tpu"),
    "no row left to learn from": ("fit one_row.csv", 1, "leaves none"),
    "a hold-out of all rows": ("fit wine.csv --holdout 1.5", 1, "1.5"),
    "a schema of another table": ("fit wine.csv --schema other.json", 1, "'colour'"),
    "a schema that is no JSON": ("fit wine.csv --schema wine.csv", 1, "not valid JSON"),
    "a schema that is not there": ("fit wine.csv --schema none.json", 1, "none.json"),
    "a folder that is taken": ("fit wine.csv --out model", 1, "--overwrite"),
    "nothing to resume": ("fit wine.csv --out new --resume", 1, "no interrupted fit"),
    "a folder inside a file": ("fit wine.csv --out wine.csv/new", 1, "wine.csv"),
    "a folder that nobody may write": ("fit wine.csv --out /proc/new", 1, "/proc/new"),
    "no such model folder": ("sample nowhere", 1, "does not exist"),
    "a folder that is no model": ("sample empty", 1, "no saved model"),
    "an unknown category": (
        "sample model --given cultivar=class_9",
        1,
        "class_0, class_1, class_2",
    ),
    "a condition on no column": ("sample model --given hew=1", 1, "one of alcohol, malic_acid"),
    "a value that cannot be": ("sample model --given hue=red", 1, "hue"),
    "gaps for a model that fills none": ("impute copies wine.csv --out f.csv", 1, "conditional"),
    "a critic of a model that has none": (
        "discriminate copies wine.csv --out f.csv",
        1,
        "no critic",
    ),
    "images of a table": ("restore model wine.csv --double --out f.csv", 1, "images"),
    "nothing to restore": ("restore model wine.csv --out f.csv", 1, "--noise SD"),
    "an unknown operator": ("sample model --given cultivar~1", 1, "--given COLUMN=VALUE"),
    "a condition without labels": ("sample copies --given a=1", 1, "names no column"),
    "a target that is taken": ("sample model --out wine.csv", 1, "--overwrite"),
    "a target of no known format": ("sample model --out rows.docx", 1, ".docx"),
    "a full disk": ("sample model --out /dev/full/rows.csv", 1, "/dev/full"),
    "pictures of a table": ("sample model --grid rows.png", 1, "--grid draws images"),
    "a truncated model": ("sample truncated", 1, "checksum"),
    "a model of the future": ("sample newer", 1, "newer drawlike"),
    "a hostile model": ("sample hostile", 1, "is a link"),
    "a model of an unknown family": ("sample foreign", 1, "'os.system'"),
    "a model without its parts": ("sample garbled", 1, "use another copy"),
    "a garbled model": ("info garbled", 1, "use another copy"),
    "info on what is no model": ("info wine.csv", 1, "not a folder"),
}


@pytest.fixture(scope="module")
def workplace(tmp_path_factory, wine_csv):
    """A folder of good and bad files, in which the commands run."""
    folder = tmp_path_factory.mktemp("bad")
    shutil.copy(wine_csv, folder / "wine.csv")
    _write_data(folder)
    _write_models(folder)
    return folder


def _write_data(folder):
    (folder / "empty").mkdir()
    (folder / "nothing.csv").touch()
    (folder / "names.csv").write_text("a,b\n")
    (folder / "noise.csv").write_bytes(bytes(range(256)) * 20)
    (folder / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "data.pkl").write_bytes(b"\x80\x04.")
    (folder / "one_row.csv").write_text("a,b\n1,x\n")
    (folder / "other.json").write_text('{"columns": [{"name": "colour", "type": "category"}]}')
    rows = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(folder / "whole.npz", X=rows)
    (folder / "cut.npz").write_bytes((folder / "whole.npz").read_bytes()[:300])
    np.savez(folder / "cube.npz", X=rows.reshape(10, 4, 3))
    rows[::3, 1] = np.nan
    np.savez(folder / "gaps.npz", X=rows)
    rows[::3, 1] = np.inf
    np.savez(folder / "infinite.npz", X=rows)
    words = ["somebody", "who", "lives", "far", "away", "wrote", "all", "of", "these", "words"]
    rng = np.random.default_rng(0)
    letters = [" ".join(rng.choice(words, 20)) for _ in range(60)]
    pd.DataFrame({"letter": letters, "x": range(60)}).to_csv(folder / "letters.csv", index=False)


def _write_models(folder):
    from drawlike import Gaussian, read

    wine = read(folder / "wine.csv", label="cultivar")
    Gaussian(random_state=0).fit(wine, listener=None).save(folder / "model")
    TopK(random_state=0).fit(np.eye(8), listener=None).save(folder / "copies")
    for name in ("truncated", "newer", "hostile", "foreign", "garbled"):
        shutil.copytree(folder / "model", folder / name)
    arrays = folder / "truncated" / "arrays.safetensors"
    arrays.write_bytes(arrays.read_bytes()[:-100])
    _edit(folder / "newer", lambda manifest: manifest | {"format_version": 99})
    (folder / "hostile" / "arrays.safetensors").unlink()
    (folder / "hostile" / "arrays.safetensors").symlink_to("/etc/passwd")
    _edit(
        folder / "foreign",
        lambda manifest: manifest | {"content": manifest["content"] | {"model": "os.system"}},
    )
    _edit(folder / "garbled", lambda manifest: manifest | {"content": {"model": "gaussian"}})


def _edit(model, change):
    path = model / "manifest.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))


@pytest.mark.parametrize("case", BAD)
def test_a_mistake_is_explained(drawlike, workplace, monkeypatch, case):
    words, code, says = BAD[case]
    monkeypatch.chdir(workplace)
    outcome = drawlike(*words.split())
    assert (outcome.code, outcome.out) == (code, "")
    assert says in outcome.err
    assert "Traceback" not in outcome.err
    assert "fault of drawlike" not in outcome.err
    if code == 1:
        assert outcome.err.splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize("case", ["a constant column", "one row of each class"])
def test_odd_data_are_learned_all_the_same(drawlike, tmp_path, case):
    tables = {
        "a constant column": pd.DataFrame(
            {"a": [1.5] * 30, "b": np.arange(30) ** 0.5, "c": ["x", "y"] * 15}
        ),
        "one row of each class": pd.DataFrame({"a": range(6), "c": list("uvwxyz")}),
    }
    tables[case].to_csv(tmp_path / "odd.csv", index=False)
    fitted = drawlike("fit", tmp_path / "odd.csv", "--label", "c", "--out", tmp_path / "m")
    assert fitted.code == 0
    drawn = drawlike("sample", tmp_path / "m", "-n", 5, "--out", tmp_path / "more.csv")
    assert drawn.code == 0
    assert list(pd.read_csv(tmp_path / "more.csv")) == list(tables[case])


def test_debug_shows_where(drawlike, workplace):
    with pytest.raises(Exception, match="does not exist"):
        drawlike("--debug", "sample", workplace / "nowhere")


def _on_a_small_disk(words, kilobytes):
    """Run the program where no file may grow beyond a size, as on a full disk."""
    resource = pytest.importorskip("resource", reason="limits of a process need POSIX")
    limit = kilobytes * 1024
    return subprocess.run(
        [sys.executable, "-c", "from drawlike.cli import main; main()", *map(str, words)],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "command", ["fit", *(pytest.param(c, marks=pytest.mark.slow) for c in ("sample", "evaluate"))]
)
def test_a_full_disk_is_named_and_nothing_is_left_half_written(workplace, tmp_path, command):
    out = tmp_path / "new"
    words = {
        "fit": ["fit", workplace / "wine.csv", "--model", "gaussian", "--out", out],
        "sample": ["sample", workplace / "model", "-n", 5000, "--out", out / "rows.csv"],
        "evaluate": [
            *("evaluate", workplace / "wine.csv", workplace / "wine.csv"),
            *("--metrics", "exact copies", "--out", out),
        ],
    }
    ended = _on_a_small_disk(words[command], kilobytes=8)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith("error: ")
    assert "Traceback" not in ended.stderr
    assert "fault of drawlike" not in ended.stderr
    assert not (out / "manifest.json").exists()
    assert not (out / "rows.csv").exists()
    assert not out.is_file()


def test_a_model_survives_a_fit_over_it_that_the_disk_refuses(workplace, tmp_path):
    shutil.copytree(workplace / "model", tmp_path / "m")
    settings = ["--model", "gaussian", "--overwrite"]
    words = ["fit", workplace / "wine.csv", "--out", tmp_path / "m", *settings]
    assert _on_a_small_disk(words, kilobytes=8).returncode == 1
    load(tmp_path / "m").sample(2, random_state=0)
