import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import drawlike

NAMES = {
    "Auto",
    "BalanceReport",
    "BalancedClassifier",
    "Rebalancer",
    "balance_report",
    "Autoregressive",
    "Between",
    "GAN",
    "KDE",
    "MADE",
    "Dataset",
    "Evaluation",
    "Gaussian",
    "GaussianHMM",
    "GaussianMixture",
    "GenerativeModel",
    "LatentClass",
    "MODELS",
    "PixelCNN",
    "RBM",
    "TopK",
    "Transformer",
    "VAE",
    "VAEGAN",
    "__version__",
    "capabilities",
    "choose",
    "compare",
    "evaluate",
    "load",
    "read",
    "show",
    "split",
    "stream",
    "write",
}
HEAVY = {"torch", "pandas", "sklearn", "scipy", "numpy", "pyarrow", "numba", "narwhals", "rich"}


def test_the_public_names_are_these():
    assert set(drawlike.__all__) == NAMES
    assert set(dir(drawlike)) >= NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_public_name_can_be_imported(name):
    assert getattr(drawlike, name) is not None


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__", "MODELS"}))
def test_every_public_name_is_documented(name):
    assert inspect.getdoc(getattr(drawlike, name))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Gausian'"):
        drawlike.Gausian  # noqa: B018


def test_type_checkers_see_the_same_names():
    stub = ast.parse(Path(drawlike.__file__).with_suffix(".pyi").read_text())
    imported = {
        alias.asname: (node.module, alias.name)
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert {*imported, "__version__"} == NAMES
    assert {name: module for name, (module, _) in imported.items()} == drawlike._HOME
    assert all(name == original for name, (_, original) in imported.items())


def test_importing_drawlike_imports_nothing_heavy():
    code = "import sys, drawlike; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "drawlike" in loaded
    assert HEAVY.isdisjoint(loaded)
