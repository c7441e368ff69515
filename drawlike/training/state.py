"""Weights and moments as plain trees of arrays."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn


def finite(net: nn.Module) -> bool:
    """Tell whether every weight is a number."""
    return all(bool(weight.isfinite().all()) for weight in net.parameters())


def copied(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Give weights that later updates leave alone."""
    return {name: weight.detach().clone() for name, weight in weights.items()}


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Give the moments as a plain tree."""
    state = optimizer.state_dict()["state"]
    return {str(index): _kept(of) for index, of in state.items()}


def load_optimizer(optimizer: torch.optim.Optimizer, saved: dict[str, Any]) -> None:
    """Give an optimizer the moments of :func:`optimizer_state`."""
    parameters = [p for group in optimizer.param_groups for p in group["params"]]
    state = optimizer.state_dict()
    state["state"] = {
        int(index): {
            name: _laid_out_as(parameters[int(index)], value) for name, value in of.items()
        }
        for index, of in saved.items()
    }
    optimizer.load_state_dict(state)


def _kept(moments: dict[str, Any]) -> dict[str, Tensor]:
    # momentum that has not begun is None
    return copied({name: value for name, value in moments.items() if value is not None})


def _laid_out_as(parameter: Tensor, value: Tensor) -> Tensor:
    """Copy a moment in its parameter's memory order, which a fused optimizer relies on."""
    if value.shape != parameter.shape:
        return value.clone()
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)


def to_numpy(tree: Any) -> Any:
    """Turn the tensors of a tree into arrays."""
    return _map_leaves(tree, lambda leaf: leaf.cpu().numpy() if isinstance(leaf, Tensor) else leaf)


def to_torch(tree: Any) -> Any:
    """Turn the arrays of a tree into tensors."""
    return _map_leaves(
        tree, lambda leaf: torch.from_numpy(leaf.copy()) if isinstance(leaf, np.ndarray) else leaf
    )


def _map_leaves(tree: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(tree, dict):
        return {key: _map_leaves(value, change) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_map_leaves(value, change) for value in tree]
    return change(tree)
