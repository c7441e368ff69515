"""The example programs run, and write what they say."""

import runpy
import sys
from pathlib import Path

import pytest
from PIL import Image

FIRST = Path(__file__).parents[1] / "examples" / "first_gans"
PROGRAMS = sorted({path.stem for path in FIRST.glob("*.py")} - {"first"})


@pytest.mark.parametrize("program", PROGRAMS)
def test_first_gans(program, tmp_path, monkeypatch, capsys):
    picture = tmp_path / "drawn.png"
    monkeypatch.setattr(sys, "argv", [program, "--steps", "5", "--out", str(picture)])
    monkeypatch.syspath_prepend(str(FIRST))
    runpy.run_path(str(FIRST / f"{program}.py"), run_name="__main__")
    assert "at best" in capsys.readouterr().out
    image = Image.open(picture)
    assert min(image.size) > 100 and len(image.getcolors(100_000)) > 2
