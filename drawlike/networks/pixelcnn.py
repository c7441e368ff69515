"""Gated convolutions that see only the pixels above a pixel, and those on its left."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..layout import Variables
from .mlp import OneHotLinear

_FIRST = 7  # side of the first layer's view, as in the paper


class PixelNet(nn.Module):
    """Conditionals of all pixels at once: pixels' inputs to raw outputs (n, n_params).

    Two stacks, so that there is no blind spot (van den Oord et al. 2016, arXiv:1606.05328):
    the vertical one sees the rows above, the horizontal one the pixels on the left and what
    the vertical one knows. ``shape`` is (height, width); ``kernel`` is odd.
    """

    drawn_together = 256  # images side by side

    def __init__(
        self,
        variables: Variables,
        shape: tuple[int, int],
        n_cond: int,
        *,
        n_features: int,
        n_layers: int,
        kernel: int,
    ) -> None:
        super().__init__()
        self.variables, self.shape = variables, shape
        n_inputs, n_params = variables.of_each[0].n_inputs, variables.of_each[0].n_params
        sizes = [n_inputs] + [n_features] * n_layers
        self.layers = nn.ModuleList(
            GatedLayer(size, n_features, n_cond, kernel if i else _FIRST, is_first=i == 0)
            for i, size in enumerate(sizes)
        )
        self.head = nn.Linear(n_features, n_features)
        self.last = nn.Linear(n_features, n_params, bias=False)
        self.own = nn.Parameter(torch.zeros(variables.n_params))  # a bias of each pixel

    @torch.no_grad()
    def begin_at(self, raw: Tensor) -> None:
        """Let the outputs begin at ``raw`` (n_params,), whatever the net is given."""
        self.last.weight.zero_()
        self.own.copy_(raw)

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        """Inputs (n, n_inputs), pixel by pixel, and conditions (n, k) to raw outputs."""
        vertical = horizontal = self.as_maps(x)
        for layer in self.stack:
            vertical, horizontal = layer(vertical, horizontal, cond)
        return self.outputs(horizontal.permute(0, 2, 3, 1)).flatten(1) + self.own

    @property
    def stack(self) -> list["GatedLayer"]:
        """All layers, the first one first."""
        return [*self.layers]

    def outputs(self, features: Tensor) -> Tensor:
        """Features (..., n_features) of pixels to raw outputs, without their biases."""
        return self.last(F.relu(self.head(F.relu(features))))

    def as_maps(self, x: Tensor) -> Tensor:
        """Inputs that stand pixel by pixel as maps (n, channels, height, width)."""
        return x.unflatten(1, (*self.shape, -1)).permute(0, 3, 1, 2)


class GatedLayer(nn.Module):
    """A layer of both stacks. The first one does not see the pixel itself."""

    def __init__(self, n_in: int, n_out: int, n_cond: int, kernel: int, *, is_first: bool) -> None:
        super().__init__()
        side = kernel // 2
        self.side, self.is_first = side, is_first
        self.rows = side + (not is_first)
        self.columns = side + (not is_first)
        self.vertical = nn.Conv2d(n_in, 2 * n_out, (self.rows, 2 * side + 1))
        self.horizontal = nn.Conv2d(n_in, 2 * n_out, (1, self.columns))
        self.down = nn.Conv2d(2 * n_out, 2 * n_out, 1, bias=False)
        self.out = nn.Linear(n_out, n_out)
        self.vertical_condition = OneHotLinear(n_cond, 2 * n_out, bias=False)
        self.horizontal_condition = OneHotLinear(n_cond, 2 * n_out, bias=False)

    def forward(self, vertical: Tensor, horizontal: Tensor, cond: Tensor) -> tuple[Tensor, Tensor]:
        """Features (n, c, h, w) of both stacks to the next ones."""
        height, width = vertical.shape[2:]
        above = F.pad(vertical, (self.side, self.side, self.rows - (not self.is_first), 0))
        sums = self.vertical(above[:, :, : height + self.rows - 1])
        before = F.pad(horizontal, (self.columns - (not self.is_first), 0))
        left = self.horizontal(before[..., : width + self.columns - 1])
        across = left + self.down(sums) + self.horizontal_condition(cond)[:, :, None, None]
        new = self.out(gate(across, 1).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        below = gate(sums + self.vertical_condition(cond)[:, :, None, None], 1)
        return below, new if self.is_first else horizontal + new


def gate(sums: Tensor, axis: int) -> Tensor:
    """Give tanh of one half, times the sigmoid of the other."""
    a, b = sums.chunk(2, axis)
    return a.tanh() * b.sigmoid()


@torch.no_grad()
def draw_pixels(net: PixelNet, values: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
    """Fill the NaN of values (n, width), pixel after pixel, row after row.

    Each layer computes a row of its vertical stack once, and a pixel of its horizontal one.
    """
    parts = zip(values.split(net.drawn_together), cond.split(net.drawn_together), strict=True)
    return torch.cat([_Drawing(net, part, given, rng).run() for part, given in parts])


class _Drawing:
    """Images that are being drawn, and what the layers still need of their pixels."""

    def __init__(self, net: PixelNet, values: Tensor, cond: Tensor, rng: torch.Generator) -> None:
        self.net, self.values, self.rng, n = net, values.clone(), rng, len(values)
        self.is_partly_known = bool((~values.isnan()).any())
        self.height, self.width = net.shape
        # rows of the vertical stack above the one at hand, padded on both sides
        self.above = [
            values.new_zeros(n, layer.vertical.in_channels, layer.rows, self.width + 2 * layer.side)
            for layer in net.stack
        ]
        self.conditions = [
            (layer.vertical_condition(cond)[:, :, None, None], layer.horizontal_condition(cond))
            for layer in net.stack
        ]
        # a window of a horizontal stack's pixels times these are its sums
        self.taps = [
            layer.horizontal.weight[:, :, 0].permute(2, 1, 0).flatten(0, 1) for layer in net.stack
        ]

    def run(self) -> Tensor:
        """Draw all rows."""
        for row in range(self.height):
            inputs = self._draw_row(row, self._take_from_above())
            self._remember(0, inputs)
        return self.values

    def _take_from_above(self) -> list[Tensor]:
        """What each layer's pixels of a new row get from the rows above, (w, n, 2 features)."""
        told = []
        for i, layer in enumerate(self.net.stack):
            sums = layer.vertical(self.above[i])
            vertical_condition, horizontal_condition = self.conditions[i]
            down = layer.down(sums)[:, :, 0].permute(2, 0, 1)
            told.append((down + horizontal_condition + layer.horizontal.bias).contiguous())
            if i + 1 < len(self.above):
                self._remember(i + 1, gate(sums + vertical_condition, 1))
        return told

    def _remember(self, layer: int, row: Tensor) -> None:
        """Put a row (n, c, 1, w) below those that a layer sees."""
        side = self.net.stack[layer].side
        moved = self.above[layer][:, :, 1:].clone()
        self.above[layer][:, :, :-1] = moved
        self.above[layer][:, :, -1, side : side + self.width] = row[:, :, 0]

    def _draw_row(self, row: int, told: list[Tensor]) -> Tensor:
        """Draw a row; gives its inputs as maps (n, c, 1, w)."""
        n, layers = len(self.values), self.net.stack
        # pixels side by side, so that a window of them is a slice
        lines = [
            self.values.new_zeros(n, (self.width + layer.columns) * layer.horizontal.in_channels)
            for layer in layers
        ]
        size, end = layers[0].horizontal.in_channels, layers[0].columns
        for column in range(self.width):
            features = self._features(column, lines, told)
            inputs = self._draw(row * self.width + column, self.net.outputs(features))
            _put(lines[0], end + column, inputs)
        line = lines[0][:, end * size :].unflatten(1, (self.width, size))
        return line.permute(0, 2, 1)[:, :, None]

    def _features(self, column: int, lines: list[Tensor], told: list[Tensor]) -> Tensor:
        """Compute a pixel in all layers of the horizontal stack, (n, features)."""
        features: Tensor | None = None
        for i, layer in enumerate(self.net.stack):
            if features is not None:
                _put(lines[i], column + layer.columns - 1, features)
            size = layer.horizontal.in_channels
            seen = lines[i][:, column * size : (column + layer.columns) * size]
            new = layer.out(gate(torch.addmm(told[i][column], seen, self.taps[i]), 1))
            features = new if features is None else features + new
        assert features is not None
        return features

    def _draw(self, pixel: int, raw: Tensor) -> Tensor:
        """Draw a pixel; gives its inputs."""
        variables = self.net.variables
        place = variables.places[pixel]
        known = self.values[:, place] if self.is_partly_known else None
        raw = raw + self.net.own[variables.params[pixel]]
        self.values[:, place], inputs = variables.draw(pixel, raw, known, self.rng)
        return inputs


def _put(line: Tensor, at: int, pixel: Tensor) -> None:
    """Put a pixel's numbers (n, c) at its place in a line (n, pixels c)."""
    size = pixel.shape[1]
    line[:, at * size : (at + 1) * size] = pixel
