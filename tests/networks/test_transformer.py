"""Attention over variables: what depends on what, and draws that keep keys and values."""

import pytest
import torch

from drawlike.layout import Variables
from drawlike.networks import AttentionNet, build, draw_tokens
from tests.networks.test_masked import LAYOUTS, conditions, drawn_naively

EACH = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


def net_of(layout):
    variables = Variables.of(layout, 3)
    sizes = {"n_features": 8, "n_layers": 2, "n_heads": 2}
    rng = torch.Generator().manual_seed(0)
    return build(lambda: AttentionNet(variables, 2, **sizes), rng).requires_grad_(False)


@EACH
def test_a_variable_depends_on_all_before_it_and_on_no_other(layout):
    net = net_of(layout)
    variables = net.variables
    x = torch.randn(2, variables.n_inputs, generator=torch.Generator().manual_seed(1))
    slopes = torch.autograd.functional.jacobian(lambda x: net(x, conditions(2)).sum(0), x).abs()
    depends = torch.stack([slopes[p].amax((0, 1)) for p in variables.params])
    depends = torch.stack([depends[:, inputs].amax(1) for inputs in variables.inputs], 1)
    assert not depends.triu().any()
    before = torch.ones_like(depends).tril(-1).bool()
    assert (depends[before] > 0).all()


@EACH
def test_draws_are_those_of_a_pass_for_each_variable(layout):
    net, n = net_of(layout), 12
    nothing = torch.full((n, layout.width), torch.nan)
    fast, slow = (
        by(net, nothing, conditions(n), torch.Generator().manual_seed(2))
        for by in (draw_tokens, drawn_naively)
    )
    torch.testing.assert_close(fast, slow, equal_nan=True, atol=1e-4, rtol=1e-4)


def test_many_rows_are_drawn_in_parts(monkeypatch):
    layout = LAYOUTS["columns"]
    net, n = net_of(layout), 12
    nothing = torch.full((n, layout.width), torch.nan)
    monkeypatch.setattr("drawlike.networks.transformer._CACHED", 5 * 2 * 2 * 5 * 8)
    drawn = draw_tokens(net, nothing, conditions(n), torch.Generator().manual_seed(2))
    assert drawn.shape == nothing.shape
    assert set(drawn[:, 0].tolist()) <= {0.0, 1.0, 2.0}


@EACH
def test_a_network_begins_at_the_law_of_each_variable(layout):
    net = net_of(layout)
    raw = torch.linspace(-2, 2, net.variables.n_params)
    net.begin_at(raw)
    x = net.variables.expand(torch.ones(3, layout.width))
    torch.testing.assert_close(net(x, conditions(3)), raw.expand(3, -1))
