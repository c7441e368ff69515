"""The command that shows what a model has learned."""

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataError
from ..events import Emitter, History
from . import options as o
from .origin import cut_again, recall, schema_of
from .screen import Screen
from .threads import use_threads

if TYPE_CHECKING:
    from ..base import GenerativeModel
    from ..datasets import Dataset
    from ..experiment import Shown


def show(
    folder: o.Folder,
    *,
    data: o.SameData = None,
    out: o.OutFolder = None,
    seed: o.Seed = 0,
    threads: o.Threads = None,
    overwrite: o.Overwrite = False,
    quiet: o.Quiet = False,
    as_json: o.Json = False,
) -> None:
    """Show what a fitted model has learned, as pictures on a page.

    Samples, those of each class, a film of the training, ways through the latent space, the
    nearest training rows, curves, and for two columns of numbers the critic or the density of
    every place. Without --out they go to FOLDER/pictures; index.html shows them all, and says
    why one is missing.

    Example: drawlike show runs/digits
    """
    use_threads(threads)
    from ..experiment import show as show_model
    from ..models import load

    screen, model = Screen(quiet, as_json), load(folder)
    with screen.listening() as hear:
        events = Emitter(hear, "show")
        shown = show_model(
            model,
            out or folder / "pictures",
            data=_training_rows(model, folder, data, events, screen),
            history=_history(folder),
            random_state=seed,
            overwrite=overwrite,
            events=events,
        )
    facts = {
        "page": str(shown.page),
        "files": [str(path) for path in shown.files],
        "left_out": shown.left_out,
    }
    screen.result(facts, _words(shown))


def _training_rows(
    model: "GenerativeModel", folder: Path, data: str | None, events: Emitter, screen: Screen
) -> "Dataset | None":
    """Read the rows of the fit again; without them less is shown, if nobody asked for them."""
    try:
        rows = recall(folder, data).read(schema_of(folder), events.at("read"))
        return cut_again(model, rows)[0]
    except DataError as error:
        if data is not None:
            raise
        screen.note(f"note: shown without the training rows. {error}")
        return None


def _history(folder: Path) -> History:
    log = folder / "events.jsonl"
    return History.read(log) if log.exists() else History()


def _words(shown: "Shown") -> str:
    beside = ", ".join(path.name for path in shown.files)
    lines = [f"Page: {shown.page}" + (f" (beside it: {beside})" if beside else "")]
    lines += [f"Not shown: {title}. {reason}" for title, reason in shown.left_out.items()]
    return "\n".join(lines)
