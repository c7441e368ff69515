"""The example programs run, and write what they say."""

import re
import runpy
import sys
from pathlib import Path

import pytest
from PIL import Image

EXAMPLES = Path(__file__).parents[1] / "examples"
FIRST = EXAMPLES / "first_gans"
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


def test_patients_that_are_drawn_teach_as_real_ones_do(monkeypatch, capsys):
    program = EXAMPLES / "medical" / "train_on_synthetic.py"
    monkeypatch.setattr(sys, "argv", [program.stem])
    runpy.run_path(str(program), run_name="__main__")
    said = capsys.readouterr().out
    real, synthetic = (
        tuple(map(float, found)) for found in re.findall(r"AUC ([.\d]+), Brier ([.\d]+)", said)
    )
    assert synthetic[0] > real[0] - 0.01 and synthetic[1] < real[1] + 0.01
    assert "nearer to train" in said and "True" not in said
