"""The command that draws."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from ..errors import SettingError
from . import options as o
from .conditions import wanted
from .screen import Screen
from .threads import use_threads
from .words import change, fresh

_SHOWN_IMAGES = 64


def sample(
    folder: o.Folder,
    *,
    n: o.Count = 100,
    given: o.Given = None,
    settings: o.DrawnBy = None,
    out: o.OutFile = None,
    grid: o.Grid = None,
    seed: o.FreshSeed = None,
    threads: o.Threads = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Draw new rows from a fitted model.

    The suffix of --out says the format: .csv, .parquet, .npz, or a folder for images.
    Without --out rows of a table or an array go to stdout as CSV.

    --given asks for values of columns: income=a, or one of some (workclass=a,b), or bounds
    (--given 'age>=30' --given 'age<40'). The first sign after the column's name counts.

    Example: drawlike sample runs/adult -n 1000 --given income='>50K' --out more.csv
    """
    use_threads(threads)
    from ..models import load

    screen, model = Screen(quiet, as_json), change(load(folder), settings)
    seed = fresh(seed)
    _check_target(model.kind_, out, grid, as_json)
    beside = model.labels_.n_classes > 0 and model.label_ is None
    drawn = model.sample(n, **wanted(model, given), random_state=seed, return_y=beside)
    X, y = drawn if beside else (drawn, None)
    files = _keep(X, y, out, overwrite) + _draw(model, X, grid, overwrite)
    screen.note(f"seed {seed}: --seed {seed} draws the same rows again")
    if files:
        facts = {"rows": n, "seed": seed, "files": files, "copies": model.contains_training_rows}
        screen.result(facts, f"{n:,} rows in {' and '.join(files)}")
    else:
        _to_stdout(X, y)


def _check_target(kind: str, out: Path | None, grid: Path | None, as_json: bool) -> None:
    if grid is not None and kind != "image":
        raise SettingError(f"--grid draws images, and this model makes {kind} data; drop it.")
    if out is None and grid is None and (kind == "image" or as_json):
        what = "Images do" if kind == "image" else "With --json, rows do"
        raise SettingError(f"{what} not go to stdout; say where with --out FILE.")


def _keep(X: Any, y: Any, path: Path | None, overwrite: bool) -> list[str]:
    from ..datasets import write

    return [] if path is None else [str(write(X, path, y=y, overwrite=overwrite))]


def _draw(model: Any, images: Any, path: Path | None, overwrite: bool) -> list[str]:
    if path is None:
        return []
    from ..experiment import as_pictures
    from ..report import write_png_grid

    if path.exists() and not overwrite:
        raise SettingError(f"{path} is there already; give another --grid or --overwrite.")
    write_png_grid(as_pictures(model.codec_, images[:_SHOWN_IMAGES]), path)
    return [str(path)]


def _to_stdout(X: Any, y: Any) -> None:
    from ..datasets import write

    with tempfile.TemporaryDirectory() as folder:
        path = write(X, Path(folder) / "rows.csv", y=y)
        with path.open(encoding="utf-8") as lines:
            shutil.copyfileobj(lines, sys.stdout)
