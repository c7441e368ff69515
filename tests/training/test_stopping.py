"""Figures to end a training by: closed forms, and what cannot be a target."""

import numpy as np
import pytest
import torch

from drawlike.errors import SettingError
from drawlike.training import STOPS, check_stop


def normal(n, d=2, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_frechet_has_its_closed_form():
    drawn = 2 * normal(100_000) + torch.tensor([1.0, 0.0])
    assert STOPS["frechet"](drawn, normal(100_000, seed=1)) == pytest.approx(3, rel=0.03)
    turned = normal(100_000) @ torch.tensor([[1.0, 0.9], [0.0, 0.19**0.5]])
    # tr(S + 1 - 2 S^(1/2)) of correlation .9: eigenvalues 1.9 and .1
    wanted = sum((value**0.5 - 1) ** 2 for value in (1.9, 0.1))
    assert STOPS["frechet"](turned, normal(100_000, seed=1)) == pytest.approx(wanted, rel=0.05)
    assert STOPS["frechet"](normal(500, 1), normal(500, 1, seed=1)) < 0.02


@pytest.mark.parametrize("name", STOPS)
def test_every_figure_grows_with_the_fault(name):
    held = normal(400, seed=1)
    same, off, far = (STOPS[name](normal(800) + shift, held) for shift in (0.0, 0.5, 2.0))
    assert same < off < far


def test_nothing_is_told_apart_where_there_is_no_difference():
    values = [STOPS["c2st"](normal(400, seed=i), normal(400, seed=100 + i)) for i in range(8)]
    assert np.mean(values) == pytest.approx(0.5, abs=0.03)
    assert STOPS["c2st"](normal(400) + 9, normal(400, seed=1)) > 0.99


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        ("c2st", "targets"),
        ({"fid": 3.0}, "frechet"),
        ({"c2st": 0.5}, "above 0.5"),
        ({"energy": 0.0}, "above 0"),
        ({"energy": "low"}, "above 0"),
        ({"frechet": float("nan")}, "above 0"),
    ],
)
def test_targets_that_cannot_be_are_refused(stop, told):
    with pytest.raises(SettingError, match=told):
        check_stop(stop)
    check_stop(None)
    check_stop({"c2st": 0.55, "energy": 0.01})
