"""The page, and the folder that it is written into."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklearn.utils.validation import check_is_fitted

from ...base import GenerativeModel
from ...base.randomness import seed_of
from ...datasets import as_dataset
from ...datasets.atomic import replacing
from ...errors import SettingError
from ...events import SILENT, Emitter, History
from ...report import Alert, Block, Document, Facts, Section, Table, Text, render
from .course import course
from .films import film
from .latents import directions, paths
from .neighbours import neighbours
from .plane import plane
from .samples import classes, samples
from .view import NotShownError, Scene, View

PAGE = "index.html"
_SCENES: tuple[tuple[Text, Callable[[View], Scene]], ...] = (
    (Text("Samples", "样本"), samples),
    (Text("Classes", "各类别"), classes),
    (Text("Film of the training", "训练影片"), film),
    (Text("In the plane", "平面"), plane),
    (Text("From row to row", "行间插值"), paths),
    (Text("Single directions", "单一方向"), directions),
    (Text("Nearest training rows", "最近的训练行"), neighbours),
    (Text("Training", "训练过程"), course),
)
_FILES = (
    "samples.png",
    "classes.png",
    "film.gif",
    "interpolation.png",
    "directions.png",
    "neighbours.png",
)


@dataclass(frozen=True)
class Shown:
    """Where the page and the files are, and why something is on neither (by its title)."""

    page: Path
    files: tuple[Path, ...]
    left_out: dict[str, str]


def show(
    model: GenerativeModel,
    folder: str | Path,
    *,
    data: Any = None,
    history: History | None = None,
    random_state: int = 0,
    overwrite: bool = False,
    events: Emitter = SILENT,
) -> Shown:
    """Write what a fitted model has learned into a folder, as pictures on a page.

    The page ``index.html`` has drawn rows, those of each class, a film of the training, ways
    through the latent space, the nearest training rows, curves of the training, and for rows
    of two numbers the critic or the density of every place. Pictures of images, and the film,
    are files beside it too. What cannot be shown is named on the page with the reason.

    Parameters
    ----------
    model : GenerativeModel
        A fitted one.
    folder : path
        Where to write; it is made, and other files in it stay.
    data : Dataset, frame or array, optional
        The training rows, for what compares with them.
    history : History, optional
        What the fit told, by default ``model.history_``; a loaded model has none, and
        ``History.read`` reads what the command line kept.
    random_state : int
        The same seed gives the same pictures.
    overwrite : bool
        Replace pictures that are there.
    events : Emitter
        Hears how far it is.

    Raises
    ------
    SettingError
        If the folder holds such a page and ``overwrite`` is false.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import Gaussian, show
    >>> rows = np.random.default_rng(0).normal(size=(50, 2))
    >>> show(Gaussian().fit(rows), "pictures", data=rows).page.name
    'index.html'
    """
    check_is_fitted(model)
    folder = Path(folder)
    if (folder / PAGE).exists() and not overwrite:
        raise SettingError(
            f"{folder} holds pictures of a model; give another folder or pass overwrite=True."
        )
    if data is not None:
        data = as_dataset(data, label=model.label_, kind=model.kind_)
    told = model.history_ if history is None else history
    view = View(model, data, told, seed_of(random_state))
    scenes, missing = _scenes(view, events)
    written = _write(folder, _document(view, scenes, missing), list(scenes.values()))
    return Shown(folder / PAGE, written, {title.en: why.en for title, why in missing.items()})


def _scenes(view: View, events: Emitter) -> tuple[dict[Text, Scene], dict[Text, Text]]:
    """Make all pictures that can be made; the reasons of the others."""
    scenes, missing = {}, {}
    for step, (title, make) in enumerate(_SCENES):
        events.progress(step, len(_SCENES), unit="pictures")
        try:
            scenes[title] = make(view)
        except NotShownError as error:
            missing[title] = error.reason
    events.progress(len(_SCENES), len(_SCENES), unit="pictures")
    return scenes, missing


def _document(view: View, scenes: dict[Text, Scene], missing: dict[Text, Text]) -> Document:
    first, *others = (Section(title, scene.blocks) for title, scene in scenes.items())
    first = Section(first.title, (*_facts(view), *first.blocks))
    if missing:
        rows = tuple(missing.items())
        table = Table((Text("picture", "图"), Text("reason", "原因")), rows)
        others.append(Section(Text("Not shown, and why", "未展示的内容及原因"), (table,)))
    title = Text("What {name} has learned", "{name} 学到了什么").format(name=view.model.name)
    return Document(title, (first, *others), footer=f"drawlike, seed {view.seed}")


def _facts(view: View) -> Iterator[Block]:
    model = view.model
    yield Facts(
        (
            (Text("model", "模型"), model.name),
            (Text("kind", "类型"), model.kind_),
            (Text("training rows", "训练行"), model.n_rows_),
            (Text("classes", "类别"), len(view.classes) or Text("no labels", "无标签")),
            (Text("seed of the fit", "拟合种子"), model.seed_),
        )
    )
    if model.contains_training_rows:
        yield Alert(_CONTAINS, "warn")


def _write(folder: Path, document: Document, scenes: list[Scene]) -> tuple[Path, ...]:
    """Write all files, the page last; those of an earlier page go."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (PAGE, *_FILES):
        (folder / name).unlink(missing_ok=True)
    writers = {name: write for scene in scenes for name, write in scene.files.items()}
    for name, write in writers.items():
        with replacing(folder / name) as part:
            write(part)
    with replacing(folder / PAGE) as part:
        part.write_text(render(document), encoding="utf-8")
    return tuple(folder / name for name in writers)


_CONTAINS = Text(
    "The model contains training rows, and may draw them. Share neither it nor this page.",
    "模型包含训练行，并可能将其输出。请勿分享模型或本页。",
)
