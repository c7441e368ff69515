from dataclasses import dataclass

import pytest

from drawlike.cli import main
from drawlike.datasets import load_sample, write


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def drawlike(capsys, monkeypatch):
    """The program, in this process: words in, exit code and both streams out."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(*words):
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        streams = capsys.readouterr()
        return Outcome(end.value.code or 0, streams.out, streams.err)

    return run


@pytest.fixture(scope="session")
def wine_csv(tmp_path_factory):
    """178 rows of 13 numbers and their label, as a file."""
    return write(load_sample("wine"), tmp_path_factory.mktemp("wine") / "wine.csv")
