"""The command that asks a critic."""

from ..errors import UnsupportedError
from . import options as o
from .screen import Screen
from .threads import use_threads

_COLUMN = "probability of being real"


def discriminate(
    folder: o.Folder,
    data: o.Data,
    *,
    out: o.FilledFile,
    threads: o.Threads = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Tell of each row how probably it is real rather than drawn by a fitted GAN.

    Half of the rows are taken to be real; a mean near .5 says that its critic cannot tell.

    Example: drawlike discriminate runs/gan rows.csv --out real.csv
    """
    use_threads(threads)
    import pandas as pd

    from ..datasets import read, write
    from ..models import load

    screen, model, rows = Screen(quiet, as_json), load(folder), read(data)
    if not hasattr(model, "discriminate"):
        raise UnsupportedError(f"A {model.name} has no critic to ask; fit a gan (--model gan).")
    probabilities = model.discriminate(rows.X, rows.y)
    path = write(pd.DataFrame({_COLUMN: probabilities}), out, overwrite=overwrite)
    mean = float(probabilities.mean())
    facts = {"rows": len(rows), "mean": mean, "file": str(path)}
    screen.result(facts, f"{len(rows):,} rows, {mean:.2f} real on average: {path}")
