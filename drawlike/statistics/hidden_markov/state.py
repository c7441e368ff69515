"""A chain as plain arrays, and back."""

from dataclasses import replace
from typing import Any

import torch

from ...layout import Layout
from ..mixtures import state as mixtures
from ..normals.covariance import COVARIANCES
from .chain import Chain


def to_state(chain: Chain) -> dict[str, Any]:
    """Parameters of a chain as arrays."""
    return {
        "start": chain.start.cpu().numpy(),
        "transitions": chain.transitions.cpu().numpy(),
        "allowed": chain.allowed.cpu().numpy(),
        "emissions": mixtures.to_state(chain.emissions),
        "guard": {
            "added": chain.emissions.normals.guard.added.cpu().numpy(),
            "smallest": chain.emissions.normals.guard.smallest.cpu().numpy(),
        },
    }


def from_state(state: dict[str, Any], layout: Layout, covariance: str) -> Chain:
    """Rebuild a chain of a covariance type on the CPU."""
    emissions = mixtures.from_state(state["emissions"], layout, covariance)
    normals = emissions.normals
    ones = torch.ones_like(normals.means)
    shared = COVARIANCES[covariance].start(normals.means, ones, 1, normals.guard)
    guard = {name: torch.from_numpy(value) for name, value in state["guard"].items()}
    guarded = shared.guard._replace(**guard)
    normals = replace(shared, covariances=normals.covariances, guard=guarded, floors=normals.floors)
    return Chain(
        start=torch.from_numpy(state["start"]),
        transitions=torch.from_numpy(state["transitions"]),
        emissions=replace(emissions, normals=normals),
        allowed=torch.from_numpy(state["allowed"]),
    )
