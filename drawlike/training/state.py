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
