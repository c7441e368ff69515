import os
import shutil
import subprocess
from importlib.metadata import distributions
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[1]
_TOOLS = ["cat", "cksum", "cp", "dirname", "mkdir", "rm", "sed", "sh", "uname"]


@pytest.fixture
def bare(tmp_path):
    """A copy of ./run on a machine where a few shell tools are all there is."""
    for name in ("run", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in _TOOLS:
        (tools / tool).symlink_to(shutil.which(tool))
    return tmp_path


def _run(folder, *words):
    return subprocess.run(
        [folder / "run", *words],
        env={"PATH": str(folder / "bin"), "HOME": str(folder)},
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


def _executable(path, text):
    path.write_text(text)
    path.chmod(0o755)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU machine may have CUDA packages")
def test_no_cuda_package_is_installed():
    names = {(found.metadata["Name"] or "").lower() for found in distributions()}
    assert "torch" in names
    assert [n for n in sorted(names) if n.startswith(("nvidia-", "triton"))] == []


@pytest.mark.parametrize("script", ["run", ".ci/run"])
def test_scripts_are_plain_shell_and_can_be_executed(script):
    assert os.access(ROOT / script, os.X_OK)
    assert (ROOT / script).read_text().startswith("#!/bin/sh\n")
    subprocess.run(["sh", "-n", ROOT / script], check=True)


def test_run_tells_what_to_install_without_python(bare):
    done = _run(bare, "demo")
    assert done.returncode == 1
    assert "needs Python 3.11 or newer" in done.stderr


def test_run_refuses_an_old_python(bare):
    _executable(bare / "bin" / "python3", "#!/bin/sh\nexit 1\n")
    assert "needs Python 3.11 or newer" in _run(bare, "demo").stderr


def test_run_tells_what_to_install_without_venv(bare):
    lacking_venv = '#!/bin/sh\ncase "$*" in *ensurepip*) exit 1 ;; esac\n'
    _executable(bare / "bin" / "python3", lacking_venv)
    done = _run(bare, "demo")
    assert done.returncode == 1
    assert "python3-venv" in done.stderr


def test_run_installs_once_and_again_after_a_change(bare):
    # this Python makes an environment whose own Python and program only report their words
    report = '#!/bin/sh\necho "$0" "$@" >>"$HOME/log"\n'
    _executable(bare / "report", report)
    _executable(
        bare / "bin" / "python3",
        '#!/bin/sh\n[ "$1" = -m ] || exit 0\nmkdir -p "$3/bin"\n'
        'for name in python pip drawlike; do cp "$HOME/report" "$3/bin/$name"; done\n',
    )
    log = bare / "log"

    assert _run(bare, "fit", "my data.csv").returncode == 0
    assert "-e .[test]" in log.read_text()
    assert log.read_text().endswith("drawlike fit my data.csv\n")

    log.unlink()
    assert _run(bare, "models").returncode == 0
    assert "-e .[test]" not in log.read_text()

    with (bare / "constraints.txt").open("a") as constraints:
        constraints.write("# newer\n")
    assert _run(bare, "models").returncode == 0
    assert "install -c constraints.txt -e .[test]" in log.read_text()
