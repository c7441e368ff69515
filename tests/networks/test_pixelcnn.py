"""Gated convolutions over pixels: what depends on what, and draws that compute only what is new."""

import pytest
import torch

from drawlike.layout import BinaryImage, Image, Layout, Variables
from drawlike.networks import PixelNet, build, draw_pixels
from tests.networks.test_masked import conditions, drawn_naively

IMAGES = {
    "bits": BinaryImage("i", 1, 5, 9),
    "colour bits": BinaryImage("i", 3, 3, 4),
    "grey": Image("i", 1, 9, 5, 16),
    "colour": Image("i", 3, 4, 3, 256),
    "a row": BinaryImage("i", 1, 1, 12),
    "a column": BinaryImage("i", 1, 12, 1),
}
EACH = pytest.mark.parametrize("image", IMAGES.values(), ids=IMAGES)


def net_of(image, n_layers=2, kernel=3):
    variables = Variables.of(Layout((image,)), 3)
    shape = image.height, image.width_px
    sizes = {"n_features": 6, "n_layers": n_layers, "kernel": kernel}
    rng = torch.Generator().manual_seed(0)
    return build(lambda: PixelNet(variables, shape, 2, **sizes), rng).requires_grad_(False)


@EACH
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_a_pixel_depends_on_those_before_it_and_on_no_other(image, kernel):
    net = net_of(image, kernel=kernel)
    variables = net.variables
    x = torch.randn(2, variables.n_inputs, generator=torch.Generator().manual_seed(1))
    slopes = torch.autograd.functional.jacobian(lambda x: net(x, conditions(2)).sum(0), x).abs()
    depends = torch.stack([slopes[p].amax((0, 1)) for p in variables.params])
    depends = torch.stack([depends[:, inputs].amax(1) for inputs in variables.inputs], 1)
    assert not depends.triu().any()
    assert (depends.diagonal(-1) > 0).sum() >= len(variables) - max(1, image.height)


def test_there_is_no_blind_spot():
    image = BinaryImage("i", 1, 5, 5)
    net = net_of(image)
    x = torch.randn(1, 25, generator=torch.Generator().manual_seed(1))
    slope = torch.autograd.functional.jacobian(lambda x: net(x, conditions(1))[0, 12], x)[0]
    assert (slope[:12].abs() > 0).all()


@EACH
@pytest.mark.parametrize("kernel", [1, 3, 5])
def test_draws_are_those_of_a_pass_for_each_pixel(image, kernel):
    net, n = net_of(image, kernel=kernel), 12
    nothing = torch.full((n, image.width), torch.nan)
    fast, slow = (
        by(net, nothing, conditions(n), torch.Generator().manual_seed(2))
        for by in (draw_pixels, drawn_naively)
    )
    torch.testing.assert_close(fast, slow, atol=1e-4, rtol=1e-4)


def test_known_pixels_stay():
    image = IMAGES["bits"]
    values = torch.full((30, 45), torch.nan)
    values[:, 10:12] = torch.tensor([0.0, 1.0])
    drawn = draw_pixels(net_of(image), values, conditions(30), torch.Generator().manual_seed(0))
    assert torch.equal(drawn[:, 10:12], values[:, 10:12])
    assert set(drawn.unique().tolist()) == {0.0, 1.0}


@EACH
def test_a_network_begins_at_the_law_of_each_pixel(image):
    net = net_of(image)
    raw = torch.linspace(-2, 2, net.variables.n_params)
    net.begin_at(raw)
    x = net.variables.expand(torch.ones(3, image.width))
    torch.testing.assert_close(net(x, conditions(3)), raw.expand(3, -1))
