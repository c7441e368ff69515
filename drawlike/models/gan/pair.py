"""The two networks of a GAN and the latent that they share."""

from functools import partial
from typing import Any, NamedTuple

import torch
from torch import nn

from ...base import Run
from ...layout import Layout
from ...networks import (
    MLP,
    Decoder,
    Encoder,
    Frames,
    LocalCritic,
    LocalGenerator,
    Style,
    begin_at_zero,
    build,
    use_convolutions,
)
from ...rows import Rows
from ...statistics.mixtures.fitting import fit_sized_mixture
from .latents import Clusters, Latent, Plain
from .settings import Suited

CRITIC = Style(normalise=False, activation=partial(nn.LeakyReLU, 0.2))

_MOST_COMPONENTS = 128
_LOOKED_AT = 20_000  # rows that the mixture is fitted to


class Pair(NamedTuple):
    """A latent, and networks on the CPU."""

    latent: Latent
    generator: nn.Module
    critic: nn.Module


def begin_pair(model: Any, chosen: Suited, rows: Rows, layout: Layout, run: Run) -> Pair:
    """Make fresh networks on the run's device; a mixture is fitted to the rows first."""
    initial, n_labels = run.cpu_generator("initialisation"), rows.cond.shape[1]
    if chosen.latent == "mixture":
        rng = run.rngs["initialisation"]
        some = rows.subset(_LOOKED_AT, rng).to(run.device, torch.float64)
        mixture = fit_sized_mixture(some, layout, _MOST_COMPONENTS, rng, run.events.at("mixture"))
        pair = make_pair(model, layout, n_labels, mixture.n_components, initial)
        assert isinstance(pair.latent, Clusters)
        normals = mixture.normals
        pair.latent.frames.place(mixture.weights, normals.means, normals.covariances)
    else:
        pair = make_pair(model, layout, n_labels, 0, initial)
    for net in (pair.generator, pair.critic):
        net.to(run.device)
    return pair


def make_pair(
    model: Any, layout: Layout, n_labels: int, n_components: int, rng: torch.Generator
) -> Pair:
    """Make networks; with components of a mixture for each label they see its frames."""
    if n_components:
        return _local(model, layout, n_labels, n_components, rng)
    shape = (layout, n_labels)
    convolutional = use_convolutions(layout, model.network)
    latent, hidden = Plain(model.n_latent, model.n_signs), tuple(model.hidden)
    generator = build(
        lambda: Decoder(*shape, latent.width, layout.n_inputs, hidden, convolutional=convolutional),
        rng,
    )
    critic = build(
        lambda: Encoder(
            *shape, 1, hidden, convolutional=convolutional, style=CRITIC, copies=model.packing
        ),
        rng,
    )
    return Pair(latent, generator, critic)


def _local(model: Any, layout: Layout, n_labels: int, n_each: int, rng: torch.Generator) -> Pair:
    width, hidden = layout.width, tuple(model.hidden)
    frames = Frames(max(n_labels, 1), n_each, width)
    n_kinds = len(frames.means)
    style = CRITIC
    moves = build(lambda: MLP(width, n_kinds, width, hidden, style), rng)
    begin_at_zero(moves)
    judges = build(lambda: MLP(2 * width, n_kinds, 1, hidden, style), rng)
    return Pair(Clusters(frames), LocalGenerator(frames, moves), LocalCritic(frames, judges))
