"""The pages say what the code says, in both languages."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from drawlike.cli import app
from drawlike.evaluation import PANEL
from drawlike.models import MODELS

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = typer.main.get_command(app).commands
SCRIPT_WORDS = ("test", "check", "docs")
PAIRS = [("README.md", "README.zh.md"), ("docs/quickstart.md", "docs/quickstart.zh.md")]
BOTH = pytest.mark.parametrize("pages", PAIRS, ids=[english for english, _ in PAIRS])
MOST_BYTES = 150_000

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(r"!\[.*?\]\((.*?)\)")


def _build():
    spec = importlib.util.spec_from_file_location("docs_build", ROOT / "docs" / "build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BUILD = _build()
PAGES = pytest.mark.parametrize(
    "page", BUILD.PAGES, ids=[str(page.relative_to(ROOT)) for page in BUILD.PAGES]
)


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def prose_of(page):
    """The lines of a page outside code."""
    return _BLOCK.sub("", text_of(page)).splitlines()


@PAGES
def test_what_the_code_knows_is_up_to_date(page):
    assert page.read_text(encoding="utf-8") == BUILD.filled(page), "call ./run docs"


def test_every_part_stands_on_a_page():
    begun = {
        name
        for page in BUILD.PAGES
        for name in re.findall(r"<!-- begin (\w+)", page.read_text(encoding="utf-8"))
    }
    assert begun == set(BUILD.PARTS)


def test_the_chinese_table_says_the_kinds_of_data_in_chinese():
    rows = re.findall(r"^\| `[\w-]+` \| `\w+` \| (.*?) \|", text_of("README.zh.md"), re.MULTILINE)
    assert len(rows) == len(MODELS)
    assert [kinds for kinds in rows if kinds.isascii()] == []


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "docs/models.md"])
def test_every_model_has_an_entry(page):
    assert [name for name in MODELS if f"| `{name}` |" not in text_of(page)] == []


def test_every_setting_of_a_model_is_listed():
    text = text_of("docs/models.md")
    for name, model in MODELS.items():
        section = text.split(f"\n### {name}\n")[1].split("\n### ")[0]
        settings = set(model().get_params(deep=False)) - {"random_state", "device"}
        assert {setting for setting in settings if f"| `{setting}` |" not in section} == set()


def test_every_metric_has_an_entry():
    text = text_of("docs/metrics.md")
    assert [metric.name for metric in PANEL if f"| {metric.name} (" not in text] == []


@pytest.mark.parametrize("page", ["README.md", "README.zh.md", "docs/command-line.md"])
def test_every_command_is_shown(page):
    shown = {words[1] for words in calls_on(page)}
    assert set(COMMANDS) - shown - {"demo"} == set()
    assert re.search(r"(drawlike|\./run) demo", text_of(page))


def calls_on(page):
    """The words of each call of the program in a page's ``sh`` blocks."""
    blocks = (code for kind, code in _BLOCK.findall(text_of(page)) if kind == "sh")
    calls = (shlex.split(line) for block in blocks for line in block.splitlines())
    return [words for words in calls if words[:1] in (["drawlike"], ["./run"])]


@PAGES
def test_the_program_knows_the_calls_on_a_page(page):
    for name, command, *words in calls_on(page):
        if name == "./run" and command in SCRIPT_WORDS:
            continue
        context = COMMANDS[command].make_context(command, words)
        context.close()


def test_the_script_knows_its_words():
    script = text_of("run")
    assert [word for word in SCRIPT_WORDS if f"  {word})" not in script] == []


@BOTH
def test_both_languages_have_the_same_code(pages):
    english, chinese = (_BLOCK.findall(text_of(page)) for page in pages)
    assert english == chinese


@BOTH
def test_both_languages_have_the_same_sections_tables_and_lists(pages):
    marks = r"(#+) |(\|)|(- )|(\d+\. )|(!\[)|(<!--)"
    english, chinese = (
        [found[0] for line in prose_of(page) if (found := re.match(marks, line))] for page in pages
    )
    assert english == chinese


@BOTH
def test_both_languages_link_to_each_other(pages):
    english, chinese = pages
    assert f"]({Path(chinese).name})" in text_of(english)
    assert f"]({Path(english).name})" in text_of(chinese)


@PAGES
def test_pictures_are_small(page):
    pictures = [page.parent / path for path in _PICTURE.findall(page.read_text(encoding="utf-8"))]
    assert [path for path in pictures if path.stat().st_size > MOST_BYTES] == []


def the_diff():
    """The diff of CONTRIBUTING, which adds a model."""
    (diff,) = (code for kind, code in _BLOCK.findall(text_of("CONTRIBUTING.md")) if kind == "diff")
    return diff


@pytest.fixture
def changed_tree(tmp_path):
    """A copy of the tree with the model of CONTRIBUTING in it."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")
    for folder in ("drawlike", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    command = ["git", "apply", "--unsafe-paths", f"--directory={tmp_path}", "-"]
    subprocess.run(command, input=the_diff(), text=True, check=True, cwd=tmp_path)
    return tmp_path


def test_the_model_of_contributing_can_be_added(changed_tree):
    code = "from drawlike.models import MODELS; print(MODELS['independent']().get_params())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=changed_tree, capture_output=True, text=True, check=True
    )
    assert done.stdout == "{'device': 'auto', 'random_state': None}\n"


@pytest.mark.slow
def test_the_model_of_contributing_keeps_the_contract(changed_tree):
    tests = ["tests/contract", "tests/models/test_recovery.py", "-k", "independent"]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command,
        cwd=changed_tree,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(changed_tree)},
    )
    assert done.returncode == 0, done.stdout
