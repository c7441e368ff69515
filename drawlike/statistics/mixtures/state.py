"""A mixture as plain arrays, and back."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ...layout import Layout
from ..columns import Columns
from ..normals.covariance import EVERY
from ..normals.normal import Guard
from .categorical import Tables
from .mixture import Mixture


def to_state(mixture: Mixture) -> dict[str, Any]:
    """Parameters of a mixture as arrays."""
    floors = mixture.normals.floors
    kept = {} if floors is None else {"floors": _numpy(floors)}
    return kept | {
        "n_classes": mixture.n_classes,
        "weights": _numpy(mixture.weights),
        "means": _numpy(mixture.normals.means),
        "covariances": _numpy(mixture.normals.covariances),
        "tables": [_numpy(table) for table in mixture.tables.probabilities],
        "pseudo": [_numpy(pseudo) for pseudo in mixture.tables.pseudo],
        "added": _numpy(mixture.normals.guard.added),
        "smallest": _numpy(mixture.normals.guard.smallest),
        "spread": _numpy(mixture.spread),
    }


def from_state(state: dict[str, Any], layout: Layout, covariance: str) -> Mixture:
    """Rebuild a mixture of a covariance type on the CPU."""
    columns = Columns.of(layout)
    means, n_classes = torch.from_numpy(state["means"]), state["n_classes"]
    ones, zero = torch.ones_like(means), torch.zeros(means.shape[1], dtype=means.dtype)
    added, smallest, spread = (_kept(state, name, zero) for name in ("added", "smallest", "spread"))
    guard = Guard(added, smallest, columns.cell_variance)
    normals = EVERY[covariance].start(means, ones, n_classes, guard)
    tables = tuple(torch.from_numpy(table) for table in state["tables"])
    # the first version kept no prior, and nothing else that only updates need
    pseudo = state.get("pseudo") or [torch.zeros_like(table[:, 0]).numpy() for table in tables]
    return Mixture(
        columns=columns,
        n_classes=n_classes,
        weights=torch.from_numpy(state["weights"]),
        normals=replace(
            normals,
            covariances=torch.from_numpy(state["covariances"]),
            floors=torch.from_numpy(state["floors"]) if "floors" in state else None,
        ),
        tables=Tables(tables, tuple(torch.from_numpy(prior) for prior in pseudo)),
        spread=spread,
        mended=(False,) * len(means),
    )


def _kept(state: dict[str, Any], name: str, otherwise: Tensor) -> Tensor:
    return torch.from_numpy(state[name]) if name in state else otherwise


def _numpy(tensor: Tensor) -> Any:
    return tensor.detach().cpu().contiguous().numpy()
