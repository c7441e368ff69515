"""The command that fills gaps."""

from ..errors import UnsupportedError
from . import options as o
from .screen import Screen
from .threads import use_threads
from .words import fresh


def impute(
    folder: o.Folder,
    data: o.Data,
    *,
    out: o.FilledFile,
    draw: o.Draw = False,
    seed: o.FreshSeed = None,
    threads: o.Threads = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Fill the missing cells of rows by what a fitted model knows of them, given the others.

    Example: drawlike impute runs/adult gaps.csv --out filled.csv
    """
    use_threads(threads)
    from ..base import ConditionalMixin
    from ..datasets import read, write
    from ..models import load

    screen, model, rows = Screen(quiet, as_json), load(folder), read(data)
    if not isinstance(model, ConditionalMixin):
        raise UnsupportedError(
            f"A {model.name} does not know cells given others, so that it cannot fill gaps. "
            "`drawlike models` lists those that are conditional."
        )
    seed = fresh(seed)
    filled = model.impute(rows.X, rows.y, random_state=seed, draw=draw)
    path = write(filled, out, y=rows.y, overwrite=overwrite)
    screen.result(
        {"rows": len(rows), "seed": seed, "file": str(path)},
        f"{len(rows):,} rows without gaps in {path} (seed {seed})",
    )
