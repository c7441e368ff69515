"""A masked network: what it says of a variable depends on those earlier in an order.

Every hidden unit has a degree: how many variables it may know. Units stand by degree, so
that each layer is a staircase: row i sees the first ``reach[i]`` columns, and never fewer
than the row above it.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..layout import Variables
from .mlp import OneHotLinear

_STEPS = 4  # parts of a staircase: what lies above a part is not computed
_FEWEST = 96  # rows in a part

Reach = tuple[int, ...]


class MaskedNet(nn.Module):
    """Conditionals of all variables at once: values' inputs to raw outputs (n, n_params).

    MADE (Germain et al. 2015, arXiv:1502.03509) with residual hidden layers and direct
    connections. An order is a permutation of the variables, None for their own; the same
    weights serve all orders.
    """

    drawn_together = 1024  # rows side by side

    def __init__(self, variables: Variables, n_cond: int, hidden: Sequence[int]) -> None:
        super().__init__()
        self.variables = variables
        lowest = 0 if n_cond or len(variables) == 1 else 1
        self.degrees = [_degrees(size, len(variables), lowest) for size in hidden]
        self.first = nn.Linear(variables.n_inputs, hidden[0])
        self.inner = nn.ModuleList(nn.Linear(a, b) for a, b in pairwise(hidden))
        self.last = nn.Linear(hidden[-1], variables.n_params)
        self.direct = nn.Linear(variables.n_inputs, variables.n_params, bias=False)
        self.condition = OneHotLinear(n_cond, hidden[0], bias=False)
        self.prior = OneHotLinear(n_cond, variables.n_params, bias=False)
        self.center = nn.Buffer(torch.zeros(variables.n_inputs))

    def begin(self, rng: torch.Generator) -> None:
        """Count inputs from 0."""
        self.center.zero_()

    @torch.no_grad()
    def begin_at(self, raw: Tensor) -> None:
        """Let the outputs begin at ``raw`` (n_params,), whatever the net is given."""
        for layer in (self.last, self.direct, self.prior):
            layer.weight.zero_()
        self.last.bias.copy_(raw)

    def forward(self, x: Tensor, cond: Tensor, order: np.ndarray | None = None) -> Tensor:
        """Inputs (n, n_inputs) and conditions (n, k) to raw outputs, variable by variable."""
        stairs, x = self.stairs(order), x - self.center
        x = x if stairs.inputs is None else x[:, stairs.inputs]
        hidden = F.relu(_layer(self.first, x, stairs.first, columns=stairs.inputs)
                        + self.condition(cond))  # fmt: skip
        for layer, reach in zip(self.hidden_layers[1:], stairs.inner, strict=True):
            new = F.relu(_layer(layer, hidden, reach))
            hidden = hidden + new if hidden.shape == new.shape else new
        raw = _layer(self.last, hidden, stairs.last, rows=stairs.params)
        raw = raw + _layer(self.direct, x, stairs.direct, stairs.params, stairs.inputs)
        if stairs.params is not None:
            raw = raw[:, stairs.back]
        return raw + self.prior(cond)

    @property
    def hidden_layers(self) -> list[nn.Linear]:
        """All linear maps to hidden units; one between equal widths is residual."""
        return [self.first, *self.inner]

    def stairs(self, order: np.ndarray | None) -> "Stairs":
        """Reaches of the layers under an order."""
        return Stairs(self.variables, self.degrees, order)


class Stairs:
    """How far each row of each layer reaches, when variables are taken in an order."""

    def __init__(
        self, variables: Variables, degrees: Sequence[np.ndarray], order: np.ndarray | None
    ) -> None:
        chosen = np.arange(len(variables)) if order is None else np.asarray(order)
        n_inputs = np.array([family.n_inputs for family in variables.of_each])[chosen]
        n_params = np.array([family.n_params for family in variables.of_each])[chosen]
        self.known_inputs = np.concatenate([[0], n_inputs.cumsum()])
        self.known_params = np.concatenate([[0], n_params.cumsum()])
        # units of each layer with at most so many degrees
        self.known_units = [np.searchsorted(d, np.arange(len(chosen)), "right") for d in degrees]
        place = np.repeat(np.arange(len(chosen)), n_params)
        self.first = _reach(self.known_inputs[degrees[0]])
        self.inner = [_reach(np.searchsorted(a, b, side="right")) for a, b in pairwise(degrees)]
        self.last = _reach(self.known_units[-1][place])
        self.direct = _reach(self.known_inputs[place])
        self.inputs = self.params = self.back = None
        if order is not None:
            self.inputs = _joined(variables.inputs, chosen)
            self.params = _joined(variables.params, chosen)
            self.back = self.params.argsort()


class _Staircase(torch.autograd.Function):
    """x (n, c) @ weight.T where row i of the weight sees ``reach[i]`` columns only.

    Parts of the weight that nobody sees are neither multiplied nor given a gradient.
    """

    @staticmethod
    def forward(x: Tensor, weight: Tensor, reach: Reach) -> Tensor:
        return torch.cat([_part(x, weight, step) for step in _steps(reach)], 1)

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Tensor) -> None:
        x, weight, ctx.reach = inputs
        ctx.save_for_backward(x, weight)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        x, weight = ctx.saved_tensors
        slope_x = torch.zeros_like(x) if ctx.needs_input_grad[0] else None
        slope_weight = torch.empty_like(weight)
        for rows, all_see, some_see, mask in _steps(ctx.reach):
            part, edge = grad[:, rows], slice(all_see, some_see)
            mask = mask.to(weight)
            torch.mm(part.T, x[:, :some_see], out=slope_weight[rows, :some_see])
            slope_weight[rows, edge] *= mask
            slope_weight[rows, some_see:] = 0.0
            if slope_x is not None:
                slope_x[:, :all_see].addmm_(part, weight[rows, :all_see])
                slope_x[:, edge].addmm_(part, weight[rows, edge] * mask)
        return slope_x, slope_weight, None


def _part(x: Tensor, weight: Tensor, step: "_Step") -> Tensor:
    rows, all_see, some_see, mask = step
    edge = slice(all_see, some_see)
    seen = x[:, edge] @ (weight[rows, edge] * mask.to(weight)).T
    return torch.addmm(seen, x[:, :all_see], weight[rows, :all_see].T)


_Step = tuple[slice, int, int, Tensor]


@lru_cache(maxsize=256)
def _steps(reach: Reach) -> tuple[_Step, ...]:
    """Rows of each part, how many columns all and some of them see, and which of the rest."""
    far = np.array(reach)
    n_parts = max(1, min(_STEPS, len(far) // _FEWEST))
    edges = [len(far) * i // n_parts for i in range(n_parts + 1)]
    steps = []
    for a, b in pairwise(edges):
        low, high = int(far[a]), int(far[b - 1])
        mask = torch.from_numpy(np.arange(low, high) < far[a:b, None]).float()
        steps.append((slice(a, b), low, high, mask))
    return tuple(steps)


def _layer(
    layer: nn.Linear,
    x: Tensor,
    reach: Reach,
    rows: Tensor | None = None,
    columns: Tensor | None = None,
) -> Tensor:
    """A staircase of a layer's weights, rows and columns taken in another order."""
    weight, bias = layer.weight, layer.bias
    weight = weight if rows is None else weight[rows]
    weight = weight if columns is None else weight[:, columns]
    out = _Staircase.apply(x, weight, reach)
    return out if bias is None else out + (bias if rows is None else bias[rows])


def seen_weight(weight: Tensor, reach: Reach) -> Tensor:
    """A weight with zeros where a row does not see a column."""
    far = torch.tensor(reach, device=weight.device)[:, None]
    return weight * (torch.arange(weight.shape[1], device=weight.device) < far)


def _degrees(n_units: int, n_variables: int, lowest: int) -> np.ndarray:
    """Degrees of a layer's units, spread evenly over ``lowest`` .. n_variables - 1."""
    return lowest + np.arange(n_units) * (n_variables - lowest) // n_units


def _reach(counts: np.ndarray) -> Reach:
    return tuple(counts.tolist())


def _joined(slices: Sequence[slice], order: np.ndarray) -> Tensor:
    return torch.cat([torch.arange(slices[v].start, slices[v].stop) for v in order])
