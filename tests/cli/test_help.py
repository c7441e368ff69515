"""What the program says of itself, and how quickly."""

import json
import subprocess
import sys

import pytest

from drawlike import __version__
from drawlike.models import registered

OF_DATA = (
    "fit",
    "sample",
    "show",
    "impute",
    "restore",
    "discriminate",
    "balance",
    "evaluate",
    "compare",
)
COMMANDS = ("demo", *OF_DATA, "models", "info")
HEAVY = ("torch", "pandas", "sklearn", "scipy", "numpy", "pyarrow", "numba", "PIL")


def test_help_lists_every_command(drawlike):
    shown = drawlike("--help")
    assert shown.code == 0
    assert all(command in shown.out for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_an_example(drawlike, command):
    shown = drawlike(command, "--help")
    assert shown.code == 0
    assert f"Example: drawlike {command}" in " ".join(shown.out.split())


def test_version(drawlike):
    assert drawlike("--version").out == f"drawlike {__version__}\n"


@pytest.mark.parametrize(
    "code",
    [
        "import drawlike",
        "from drawlike.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass",
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(code):
    asked = f"import sys\n{code}\nprint([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"


def test_models_are_listed_with_what_each_can_do(drawlike):
    shown = drawlike("models").out
    listed = json.loads(drawlike("models", "--json").out)
    assert [row["model"] for row in listed] == list(registered())
    assert all(name in shown for name in registered())
    assert {row["model"]: row["density"] for row in listed}["vae"] == "lower bound"
