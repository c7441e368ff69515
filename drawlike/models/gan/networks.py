"""Which network each player has, by the settings and the data."""

from dataclasses import replace
from typing import Any

from torch import nn

from ...layout import Layout
from ...networks import (
    ACTIVATIONS,
    IMAGE_NETWORKS,
    BatchNorm,
    Decoder,
    Encoder,
    ImageCritic,
    Style,
    use_convolutions,
)

NETWORKS = ("auto", "dense", "conv", *IMAGE_NETWORKS)
NORMS: dict[str, dict[str, Any]] = {
    "none": {"normalise": False},
    "layer": {"normalise": True, "norm": nn.LayerNorm},
    "batch": {"normalise": True, "norm": BatchNorm},
}
_GENERATOR = Style()
_CRITIC = Style(normalise=False, activation=ACTIVATIONS["leaky-relu"])
_WIDTH = 16  # channels of plain convolutions at half an image's sides

Layers = tuple[tuple[int, ...], Style]


def generator_of(model: Any, layout: Layout, n_labels: int, n_in: int) -> nn.Module:
    """Make the generator of a plain latent: vectors and labels to raw outputs."""
    name = network_of(layout, model.network)
    if layout.image and name in IMAGE_NETWORKS:
        kind = IMAGE_NETWORKS[name]
        return kind.generator(n_in, n_labels, layout.image.shape, model.width or kind.width)
    return Decoder(
        layout,
        n_labels,
        n_in,
        layout.n_inputs,
        tuple(model.hidden),
        convolutional=name == "conv",
        style=_styled(model, _GENERATOR),
        base=model.width or _WIDTH,
    )


def critic_of(model: Any, layout: Layout, n_labels: int) -> nn.Module:
    """Make the critic of a plain latent: packs of rows and their labels to logits."""
    name = network_of(layout, model.critic_network or model.network)
    if layout.image and name in IMAGE_NETWORKS:
        kind, (channels, height, width) = IMAGE_NETWORKS[name], layout.image.shape
        shape = (model.packing * channels, height, width)
        body = kind.critic(shape, model.width or kind.width)
        return ImageCritic(body, model.packing * n_labels, sees_batch=model.minibatch_std)
    hidden, style = judging(model)
    return Encoder(
        layout,
        n_labels,
        1,
        hidden,
        convolutional=name == "conv",
        style=style,
        copies=model.packing,
        base=model.width or _WIDTH,
    )


def moving(model: Any) -> Layers:
    """Hidden layers and style of what moves the draws of a mixture."""
    return tuple(model.hidden), _styled(model, _CRITIC)


def judging(model: Any) -> Layers:
    """Hidden layers and style of a dense critic: never normalised, so that rows stay apart."""
    hidden = model.hidden if model.critic_hidden is None else model.critic_hidden
    style = _styled(model, _CRITIC)
    return tuple(hidden), replace(style, normalise=False, sees_batch=model.minibatch_std)


def network_of(layout: Layout, name: str) -> str:
    """Name of the network in use: what is for images is dense where there is none."""
    if name in IMAGE_NETWORKS:
        return name if layout.image else "dense"
    return "conv" if use_convolutions(layout, name) else "dense"


def _styled(model: Any, style: Style) -> Style:
    if model.activation is not None:
        style = replace(style, activation=ACTIVATIONS[model.activation])
    return style if model.norm is None else replace(style, **NORMS[model.norm])
