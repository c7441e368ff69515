import ast
import doctest
import re
from importlib import import_module
from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def _name(page):
    return str(page.relative_to(ROOT))


def _python(page):
    """Python of a page's blocks, on the lines where they stand."""
    text = page.read_text(encoding="utf-8")
    lines = [""] * text.count("\n")
    for block in _BLOCK.finditer(text):
        code = block[1].splitlines()
        first = text.count("\n", 0, block.start(1))
        lines[first : first + len(code)] = code
    return "\n".join(lines)


@pytest.fixture
def folder_with_data(tmp_path, monkeypatch):
    """A working folder with the ``data.csv`` that the pages speak of."""
    frame = load_breast_cancer(as_frame=True).frame
    frame.sample(200, random_state=0).to_csv(tmp_path / "data.csv", index=False)
    monkeypatch.chdir(tmp_path)


def _pages_that_run():
    """Pages with Python; of two languages with the same code, the first."""
    codes = {page: ast.dump(ast.parse(_python(page))) for page in PAGES if _python(page).strip()}
    return list({code: page for page, code in reversed(codes.items())}.values())[::-1]


@pytest.mark.parametrize("page", _pages_that_run(), ids=_name)
def test_python_on_a_page_runs(page, folder_with_data):
    exec(compile(_python(page), str(page), "exec"), {"__name__": "__docs__"})  # noqa: S102


def _modules_with_examples():
    """Names of the modules whose docstrings hold examples."""
    files = sorted(ROOT.glob("drawlike/**/*.py"))
    paths = [f.relative_to(ROOT) for f in files if ">>>" in f.read_text(encoding="utf-8")]
    return [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]


@pytest.mark.parametrize("name", _modules_with_examples())
def test_examples_in_docstrings_run(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(import_module(name))
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_of_a_page_lead_somewhere(page):
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_there_are_pages_with_python():
    assert any(_python(page).strip() for page in PAGES)
