"""Draws from a masked network, a variable after the other, at the price of one pass.

Units stand by degree, so each unit is computed once: when the variables that it may know are
drawn. What lies before a block of variables comes by products of matrices, what lies within
it by a few rows at a time.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from ..layout import Variables
from ..layout.draws import uniform_columns
from ..layout.families import Bits
from .bits import BlockOfBits, draw_bits_of
from .masked import MaskedNet, seen_weight

_BLOCK = 32  # variables whose common past is taken at once


@torch.no_grad()
def draw_masked(
    net: MaskedNet,
    values: Tensor,
    cond: Tensor,
    rng: torch.Generator,
    *,
    order: np.ndarray | None = None,
    n_given: int = 0,
) -> Tensor:
    """Fill the NaN of values (n, width), where the first ``n_given`` of an order have none."""
    plan = _Plan(net, order, n_given)
    parts = zip(values.split(net.drawn_together), cond.split(net.drawn_together), strict=True)
    return torch.cat([_Drawing(plan, part, given, rng).run() for part, given in parts])


class _Plan:
    """Weights in an order, zero where they must not be seen, and how much each step knows."""

    def __init__(self, net: MaskedNet, order: np.ndarray | None, n_given: int) -> None:
        self.variables, self.n_given = net.variables, n_given
        self.order = np.arange(len(self.variables)) if order is None else np.asarray(order)
        self.is_natural = order is None
        stairs = net.stairs(self.order)
        rows, columns = stairs.params, stairs.inputs
        layers = net.hidden_layers
        reaches = [stairs.first, *stairs.inner, stairs.last, stairs.direct]
        weights = [net.first.weight[:, columns], *(layer.weight for layer in layers[1:])]
        weights += [net.last.weight[rows], net.direct.weight[rows][:, columns]]
        self.weights = [seen_weight(w, r) for w, r in zip(weights, reaches, strict=True)]
        self.biases = [layer.bias for layer in layers] + [net.last.bias[rows]]
        # inputs are counted from their centres, which is as well said by the biases
        for i, weight in ((0, self.weights[0]), (-1, self.weights[-1])):
            self.biases[i] = self.biases[i] - weight @ net.center[columns]
        self.conditions = net.condition.weight, net.prior.weight[rows]
        self.is_residual = [False] + [w.shape[0] == w.shape[1] for w in self.weights[1:-2]]
        # how much of each layer is known once t variables are: inputs, units, raw outputs
        units = [np.append(0, known) for known in stairs.known_units]
        self.known = [stairs.known_inputs, *units, stairs.known_params]

    @property
    def n_hidden(self) -> int:
        """Number of hidden layers."""
        return len(self.biases) - 1

    def between(self, layer: int, a: int, b: int) -> slice:
        """What of a layer is known after b variables, and not after a."""
        return slice(int(self.known[layer][a]), int(self.known[layer][b]))


class _Drawing:
    """Rows that are being drawn.

    ``state`` holds inputs, hidden layers and raw outputs, each (units, n), so that the
    numbers of a unit adjoin; those of a unit that is not finished are sums so far.
    """

    def __init__(self, plan: _Plan, values: Tensor, cond: Tensor, rng: torch.Generator) -> None:
        self.plan, self.values, self.rng = plan, values.clone(), rng
        self.is_partly_known = bool((~values.isnan()).any()) and plan.n_given < len(plan.order)
        sizes = [int(known[-1]) for known in plan.known]
        self.whole = values.new_empty(sum(sizes), len(values))
        self.starts = np.cumsum([0, *sizes])
        self.state = self.whole.split(sizes)
        for state, bias in zip(self.state[1:], plan.biases, strict=True):
            state[:] = bias[:, None]
        for state, weight in zip((self.state[1], self.state[-1]), plan.conditions, strict=True):
            state.addmm_(weight, cond.T)

    def run(self) -> Tensor:
        """Draw all variables."""
        plan, n_all = self.plan, len(self.plan.order)
        edges = [*range(plan.n_given, n_all, _BLOCK), n_all]
        self._take_given()
        if _are_bits(plan.variables, self.values):
            self._run_bits(edges)
            return self.values
        for a, b in pairwise(edges):
            self._past(a, b)
            self._finish(a, b)
        return self.values

    def _take_given(self) -> None:
        """Read the given variables, and compute what knows no more than they."""
        plan, n = self.plan, self.plan.n_given
        if not n:
            return
        expanded = plan.variables.expand(self.values)
        for t, v in enumerate(plan.order[:n]):
            self.state[0][plan.between(0, t, t + 1)] = expanded[:, plan.variables.inputs[v]].T
        for layer in range(plan.n_hidden):
            units = plan.between(layer + 1, 0, n)
            self._add(layer, units, plan.between(layer, 0, n))
            self._activate(layer, units)

    def _past(self, a: int, b: int) -> None:
        """Add what lies before a block to the sums of all that it will compute."""
        for layer in range(self.plan.n_hidden + 2):
            self._add(layer, self._rows(layer, a, b), self._seen(layer, 0, a))

    def _finish(self, a: int, b: int) -> None:
        """Compute and draw a block, a variable at a time."""
        plan = self.plan
        for t in range(a, b):
            for layer in range(plan.n_hidden + 2):
                rows = self._rows(layer, t, t + 1)
                # inputs of t variables are known, and units that need no more
                self._add(layer, rows, self._seen(layer, a, t + (0 < layer <= plan.n_hidden)))
                if layer < plan.n_hidden:
                    self._activate(layer, rows)
            self._draw(t)

    def _run_bits(self, edges: list[int]) -> None:
        """Draw bits, whose blocks are finished in a compiled loop."""
        plan = self.plan
        columns = slice(None) if plan.is_natural else plan.order
        known = self.values[:, columns].T if self.is_partly_known else None
        for a, b in pairwise(edges):
            self._past(a, b)
            threshold = uniform_columns(b - a, len(self.values), self.rng).logit()
            if known is not None:
                sure = (0.5 - known[a:b]) * torch.inf
                threshold = torch.where(known[a:b].isnan(), threshold, sure)
            self._finish_bits(a, b, threshold)
        self.values[:, columns] = self.state[0].T.add(1).div_(2)

    def _finish_bits(self, a: int, b: int, threshold: Tensor) -> None:
        plan, layers = self.plan, range(self.plan.n_hidden + 2)
        weights = tuple(
            plan.weights[i][self._rows(i, a, b), self._seen(i, a, b)].contiguous().numpy()
            for i in layers
        )
        known = np.array([known[a : b + 1] - known[a] for known in plan.known[:-1]])
        starts = self.starts[:-1] + np.array([known[a] for known in plan.known])
        residual = np.array(plan.is_residual)
        block = BlockOfBits(weights, known, starts, residual)
        draw_bits_of(block, self.whole.numpy(), threshold.numpy())

    def _draw(self, t: int) -> None:
        plan, v = self.plan, int(self.plan.order[t])
        place = plan.variables.places[v]
        raw = self.state[-1][plan.between(-1, t, t + 1)].T
        known = self.values[:, place] if self.is_partly_known else None
        drawn, inputs = plan.variables.draw(v, raw, known, self.rng)
        self.values[:, place] = drawn
        self.state[0][plan.between(0, t, t + 1)] = inputs.T

    def _rows(self, layer: int, a: int, b: int) -> slice:
        """Rows of a layer's weights that variables a to b ask for."""
        return self.plan.between(min(layer, self.plan.n_hidden) + 1, a, b)

    def _seen(self, layer: int, a: int, b: int) -> slice:
        """Columns of a layer's weights that become known from a variables to b."""
        return self.plan.between(layer % (self.plan.n_hidden + 1), a, b)

    def _add(self, layer: int, rows: slice, seen: slice) -> None:
        if rows.stop > rows.start and seen.stop > seen.start:
            source = self.state[layer % (self.plan.n_hidden + 1)]
            to = self.state[min(layer, self.plan.n_hidden) + 1]
            to[rows].addmm_(self.plan.weights[layer][rows, seen], source[seen])

    def _activate(self, layer: int, units: slice) -> None:
        """Activate units whose sums are whole."""
        here = self.state[layer + 1][units].clamp_(min=0)
        if self.plan.is_residual[layer]:
            here += self.state[layer][units]


def _are_bits(variables: Variables, values: Tensor) -> bool:
    fits = values.device.type == "cpu" and values.dtype == torch.float32
    return (
        fits
        and variables.draws_alone
        and all(isinstance(f, Bits) and f.channels == 1 for f in variables.families)
    )
