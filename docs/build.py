"""Writes into the pages what the code knows better; ``./run docs`` calls it.

A part of a page stands between ``<!-- begin NAME -->`` and ``<!-- end NAME -->``, and
``PARTS`` makes it from the code. A test runs :func:`filled` and finds stale pages.
"""

import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import typer

from drawlike.base import GenerativeModel, capabilities
from drawlike.cli import app
from drawlike.datasets.reading import READERS, SUFFIXES
from drawlike.datasets.writing import ARRAY_FILES, GZIPPED, IMAGE_FILES, TABLE_FILES
from drawlike.evaluation import PANEL, Metric
from drawlike.models import MODELS
from drawlike.models.gan.remedies import PLANS
from drawlike.store.loading import FORMAT_VERSION
from drawlike.training.alarms import ALARMS

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])

_PART = re.compile(r"(<!-- begin (\w+)[^>]*-->\n).*?(<!-- end \2 -->)", re.DOTALL)
_MATH = re.compile(r"\.\. math::\s*((?:.+\n?)+)")
_SETTING = re.compile(r"^(\S.*?) : .*\n((?: {4}.*\n?)+)", re.MULTILINE)


def filled(page: Path) -> str:
    """Give a page's text with every part made anew."""
    language = "zh" if page.name.endswith(".zh.md") else "en"

    def make(part: re.Match[str]) -> str:
        return f"{part[1]}\n{PARTS[part[2]](language).strip()}\n\n{part[3]}"

    return _PART.sub(make, page.read_text(encoding="utf-8"))


def models(language: str) -> str:
    """Say what each model can do, a row a model."""
    able = {name: capabilities(model) for name, model in MODELS.items()}
    head = ["model", "class", *next(iter(able.values()))]
    rows = (
        [f"`{name}`", f"`{MODELS[name].__name__}`", *map(_answer, can.values())]
        for name, can in able.items()
    )
    return _table(_in(language, head), (_in(language, row) for row in rows))


def settings(language: str) -> str:
    """Describe each model by its docstring, and list its settings."""
    return "\n\n".join(_described(name, model) for name, model in MODELS.items())


def metrics(language: str) -> str:
    """List what the judge measures, by aspect."""
    aspects = dict.fromkeys(metric.aspect for metric in PANEL)
    head = ["figure", "better", "ideal", "unit", "data", "what it says", "source"]
    return "\n\n".join(
        f"### {aspect.capitalize()}\n\n"
        + _table(head, (_measure(metric) for metric in PANEL if metric.aspect == aspect))
        for aspect in aspects
    )


def alarms(language: str) -> str:
    """List the alarms of a training, and what ``remedy="auto"`` tries about each."""
    rows = (
        [
            check.name,
            inspect.getdoc(check.figure).split("\n\n")[0].replace("\n", " "),
            f"{check.threshold:g}, {check.looks} x",
            ", ".join(PLANS[check.name]),
        ]
        for check in ALARMS
    )
    return _table(["alarm", "figure", "from", "remedies in turn"], rows)


def commands(language: str) -> str:
    """Give every command's help and options."""
    group = typer.main.get_command(app)
    return "\n\n".join(_command(name, known) for name, known in group.commands.items())


def formats(language: str) -> str:
    """List what can be read, under which suffixes, with which options."""
    rows = (
        [name, _codes(_suffixes(name)), _codes(_options(reader))]
        for name, reader in READERS.items()
    )
    return _table(["format", "suffixes", "options"], rows)


def written(language: str) -> str:
    """List what can be written."""
    sorts = {"table": TABLE_FILES, "array": ARRAY_FILES | TABLE_FILES}
    sorts["images"] = ARRAY_FILES | IMAGE_FILES
    rows = ([name, _codes(key or "(a folder)" for key in files)] for name, files in sorts.items())
    return _table(["data", "suffixes"], rows) + f"\n\nAlso with `.gz`: {_codes(GZIPPED)}."


def decisions(language: str) -> str:
    """List the decisions by their titles."""
    pages = sorted(ROOT.glob("docs/decisions/[0-9]*.md"))
    titles = [page.read_text(encoding="utf-8").splitlines()[0].lstrip("# ") for page in pages]
    rows = zip(titles, pages, strict=True)
    return "\n".join(f"- [{title}]({page.name})" for title, page in rows)


def version(language: str) -> str:
    """Tell the number of the store's format."""
    return f"The format's version is **{FORMAT_VERSION}**."


_FUNCTIONS = {
    known.callback.__name__: known.callback for known in app.registered_commands if known.callback
}

PARTS: dict[str, Callable[[str], str]] = {
    make.__name__: make
    for make in (
        *(models, settings, alarms, metrics, commands),
        *(formats, written, decisions, version),
    )
}


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    first, *others = ([cell.replace("|", r"\|") for cell in row] for row in (head, *rows))
    lines = [first, ["---"] * len(first), *others]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def _answer(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return {True: "yes", False: "–", "": "–"}.get(value, str(value))


def _described(name: str, model: type[GenerativeModel]) -> str:
    prose, _, rest = (inspect.getdoc(model) or "").partition("\nParameters\n")
    effects = dict(_effects(rest.split("\nAttributes\n")[0].split("\nExamples\n")[0]))
    rows = (
        [f"`{key}`", f"`{value!r}`", effects.get(key, "")]
        for key, value in model().get_params(deep=False).items()
        if key not in ("random_state", "device")
    )
    formula = _MATH.sub(lambda math: f"```math\n{inspect.cleandoc(math[1])}\n```\n", prose)
    table = _table(["setting", "default", "effect"], sorted(rows, key=lambda row: not row[2]))
    return f"### {name}\n\n{formula.strip()}\n\n{table}"


def _effects(section: str) -> Iterator[tuple[str, str]]:
    for names, text in _SETTING.findall(section):
        for name in names.split(", "):
            yield name, " ".join(text.split())


def _measure(metric: Metric) -> list[str]:
    ideal = "∞" if metric.ideal == float("inf") else f"{metric.ideal:g}"
    title = f"{metric.name} ({metric.title.zh})"
    kinds = ", ".join(metric.kinds)
    return [title, metric.better, ideal, metric.unit.en, kinds, metric.about.en, metric.source]


def _command(name: str, known: typer.core.TyperCommand) -> str:
    text, _, example = (known.help or "").partition("Example: ")
    defaults = inspect.signature(_FUNCTIONS[name]).parameters
    options = [
        [
            f"`{', '.join(_spelled(parameter))}`",
            _default(defaults[parameter.name or ""].default),
            parameter.help or "",
        ]
        for parameter in known.params
    ]
    return f"### {name}\n\n{text.strip()}\n\n```sh\n{example}\n```\n\n" + _table(
        ["argument", "default", "meaning"], options
    )


def _spelled(parameter: typer.core.TyperOption | typer.core.TyperArgument) -> list[str]:
    if parameter.param_type_name == "argument":
        return [(parameter.name or "").upper()]
    value = f" {parameter.metavar}" if parameter.metavar else ""
    return [f"{word}{value}" for word in parameter.opts]


def _default(value: object) -> str:
    is_none = value is None or value is False or value is inspect.Parameter.empty
    return "" if is_none else f"`{value}`"


def _suffixes(form: str) -> list[str]:
    return [suffix for suffix, name in SUFFIXES.items() if name == form]


def _options(reader: Callable[..., object]) -> list[str]:
    given_otherwise = ("path", "label", "events")
    return [name for name in inspect.signature(reader).parameters if name not in given_otherwise]


def _codes(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _in(language: str, words: Iterable[str]) -> list[str]:
    return [_CHINESE.get(word, word) if language == "zh" else word for word in words]


_CHINESE = {
    "model": "模型",
    "class": "类",
    "kinds": "数据种类",
    "density": "密度",
    "classifier": "分类",
    "conditional": "条件抽样",
    "incremental": "增量学习",
    "latent": "隐变量",
    "restoration": "图像修复",
    "missing": "缺失值",
    "keeps training rows": "保存训练行",
    "image": "图像",
    "table": "表格",
    "array, table, image": "数组、表格、图像",
    "sequence": "序列",
    "array, table, image, sequence": "数组、表格、图像、序列",
    "exact": "精确",
    "lower bound": "下界",
    "estimate": "估计",
    "yes": "是",
}


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(filled(page), encoding="utf-8")
