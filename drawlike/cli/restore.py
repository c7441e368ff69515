"""The command that restores images."""

from typing import Any

from ..errors import SettingError, UnsupportedError
from . import options as o
from .screen import Screen
from .threads import use_threads
from .words import fresh


def restore(
    folder: o.Folder,
    data: o.Data,
    *,
    out: o.FilledFile,
    noise: o.Noise = None,
    double: o.Double = False,
    fill: o.Fill = False,
    seed: o.FreshSeed = None,
    threads: o.Threads = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Clean noisy images, double small ones or fill holes, by what a fitted model knows of such.

    Holes are missing pixels: NaN in an .npz file.

    Example: drawlike restore runs/digits noisy.npz --noise 0.3 --out clean
    """
    asked = {"denoise": noise is not None, "upscale": double, "inpaint": fill}
    if sum(asked.values()) != 1:
        raise SettingError(
            "Say what to do, one of --noise SD, to clean images, --double and --fill."
        )
    use_threads(threads)
    from ..datasets import read, write
    from ..models import load

    screen, model = Screen(quiet, as_json), load(folder)
    restored = _able(model, next(name for name, is_asked in asked.items() if is_asked))
    rows = read(data, kind=model.kind_)
    seed = fresh(seed)
    how = {} if noise is None else {"noise": noise}
    images = restored(rows.X, rows.y, random_state=seed, **how)
    path = write(images, out, y=rows.y, overwrite=overwrite)
    facts = {"images": len(rows), "seed": seed, "file": str(path)}
    screen.result(facts, f"{len(rows):,} images restored in {path} (seed {seed})")


def _able(model: Any, name: str) -> Any:
    if not hasattr(model, name):
        raise UnsupportedError(
            f"A {model.name} does not know images from what was seen of them. `drawlike models` "
            "lists those that restore."
        )
    return getattr(model, name)
