"""Masked networks: what depends on what, and draws that compute each unit once."""

import numpy as np
import pytest
import torch

from drawlike.layout import BinaryImage, Choice, Image, Layout, Mixed, Real, Variables
from drawlike.networks import MaskedNet, build, draw_masked
from drawlike.networks.masked import seen_weight

COLUMNS = Layout((Choice("c", 3), Real("r", 2, (0.0, 0.1)), Mixed("m", 2), Choice("d", 2)))
LAYOUTS = {
    "bits": Layout((BinaryImage("i", 1, 5, 9),)),
    "colour bits": Layout((BinaryImage("i", 3, 3, 2),)),
    "grey": Layout((Image("i", 1, 3, 4, 16),)),
    "colour": Layout((Image("i", 3, 2, 3, 256),)),
    "columns": COLUMNS,
}
HIDDEN = {"one": (40,), "equal": (30, 30), "unequal": (50, 20)}
EACH = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
SHAPES = pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN)


def net_of(layout, hidden=(30, 30), n_cond=2, seed=0):
    variables = Variables.of(layout, 3)
    net = build(lambda: MaskedNet(variables, n_cond, hidden), torch.Generator().manual_seed(seed))
    net.center.normal_(generator=torch.Generator().manual_seed(seed))
    return net.requires_grad_(False)


def conditions(n):
    return torch.eye(2)[torch.arange(n) % 2]


def orders(net):
    return [None, np.random.default_rng(1).permutation(len(net.variables))]


def drawn_naively(net, values, cond, rng, order=None):
    """A pass of the whole network for each variable."""
    values, variables = values.clone(), net.variables
    taken = () if order is None else (order,)
    for v in range(len(variables)) if order is None else order:
        raw = net(variables.expand(values), cond, *taken)[:, variables.params[v]]
        place = variables.places[v]
        values[:, place] = variables.draw(int(v), raw, values[:, place], rng)[0]
    return values


@EACH
@SHAPES
def test_a_variable_depends_on_those_before_it_and_on_no_other(layout, hidden):
    net = net_of(layout, hidden)
    variables = net.variables
    x = torch.randn(2, variables.n_inputs, generator=torch.Generator().manual_seed(1))
    for order in orders(net):
        places = range(len(variables)) if order is None else order
        jacobian = torch.autograd.functional.jacobian(
            lambda x, order=order: net(x, conditions(2), order).sum(0), x
        ).abs()
        depends = torch.stack([jacobian[variables.params[v]].amax((0, 1)) for v in places])
        depends = torch.stack([depends[:, variables.inputs[v]].amax(1) for v in places], 1)
        assert not depends.triu().any()
        assert (depends.tril(-1).diagonal(-1) > 0).all()


@EACH
@SHAPES
def test_draws_are_those_of_a_pass_for_each_variable(layout, hidden):
    net, n = net_of(layout, hidden), 20
    nothing = torch.full((n, layout.width), torch.nan)
    for order in orders(net):
        fast, slow = (
            by(net, nothing, conditions(n), torch.Generator().manual_seed(2), order=order)
            for by in (draw_masked, drawn_naively)
        )
        torch.testing.assert_close(fast, slow, equal_nan=True, atol=1e-4, rtol=1e-4)


@EACH
def test_given_variables_stay_and_count(layout):
    net, n = net_of(layout), 20
    order = orders(net)[1]
    rng = torch.Generator().manual_seed(3)
    values = drawn_naively(net, torch.full((n, layout.width), torch.nan), conditions(n), rng)
    known = len(order) // 2
    for v in order[known:]:
        values[:, net.variables.places[v]] = torch.nan
    fast = draw_masked(
        net, values, conditions(n), torch.Generator().manual_seed(4), order=order, n_given=known
    )
    naive = values.clone()
    rng = torch.Generator().manual_seed(4)
    for v in order[known:]:
        place = net.variables.places[v]
        raw = net(net.variables.expand(naive), conditions(n), order)[:, net.variables.params[v]]
        naive[:, place] = net.variables.draw(int(v), raw, naive[:, place], rng)[0]
    torch.testing.assert_close(fast, naive, equal_nan=True, atol=1e-4, rtol=1e-4)
    given = torch.cat([values[:, net.variables.places[v]] for v in order[:known]], 1)
    kept = torch.cat([fast[:, net.variables.places[v]] for v in order[:known]], 1)
    torch.testing.assert_close(kept, given, equal_nan=True, atol=0, rtol=0)


def test_known_bits_behind_unknown_ones_stay():
    net = net_of(LAYOUTS["bits"])
    values = torch.full((50, 45), torch.nan)
    values[:, 40:] = torch.tensor([0.0, 1.0, 1.0, 0.0, 1.0])
    drawn = draw_masked(net, values, conditions(50), torch.Generator().manual_seed(0))
    assert torch.equal(drawn[:, 40:], values[:, 40:])
    assert set(drawn.unique().tolist()) == {0.0, 1.0}


def test_a_staircase_is_a_masked_product_with_its_gradients():
    from drawlike.networks.masked import _Staircase

    rng = torch.Generator().manual_seed(0)
    reach = tuple(np.sort(np.random.default_rng(0).integers(0, 31, 200)).tolist())
    x = torch.randn(4, 30, generator=rng, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(200, 30, generator=rng, dtype=torch.float64, requires_grad=True)
    fast, plain = _Staircase.apply(x, weight, reach), x @ seen_weight(weight, reach).T
    torch.testing.assert_close(fast, plain)
    slope = torch.randn(4, 200, generator=rng, dtype=torch.float64)
    slopes = (torch.autograd.grad(y, (x, weight), slope) for y in (fast, plain))
    torch.testing.assert_close(*slopes)


def test_a_network_begins_at_the_law_of_each_variable():
    net = net_of(LAYOUTS["bits"])
    raw = torch.linspace(-2, 2, 45)
    net.begin_at(raw)
    x = net.variables.expand(torch.ones(3, 45))
    torch.testing.assert_close(net(x, conditions(3)), raw.expand(3, 45))
