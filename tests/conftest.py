import os
from pathlib import Path

import numpy as np
import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def data_folder():
    """Folder of real data sets: DRAWLIKE_DATA, or shared/data beside the repository."""
    folder = Path(os.environ.get("DRAWLIKE_DATA", _BESIDE))
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set DRAWLIKE_DATA to their folder")
    return folder


@pytest.fixture
def rng():
    """A generator of its own for every test."""
    return np.random.default_rng(0)
