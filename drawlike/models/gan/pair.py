"""The two networks of a GAN and the latent that they share."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from ...base import Run, is_coded, n_classes_of, place_classes
from ...layout import Layout
from ...networks import (
    MLP,
    Augmentation,
    AugmentedCritic,
    Bank,
    Classes,
    Frames,
    LocalCritic,
    LocalGenerator,
    OfClasses,
    Rememberer,
    begin_at_zero,
    build,
    normalise_spectra,
)
from ...rows import Rows
from ...statistics.mixtures.fitting import fit_sized_mixture
from ...statistics.mixtures.sharing import shrunk
from ...training import is_rare
from .latents import Clusters, InClasses, Latent, Plain, Remembered
from .networks import critic_of, generator_of, judging, moving
from .settings import Suited, augmentations

_MOST_COMPONENTS = 128
_REMEMBERED = 1000  # rows that draws begin with, where they begin with rows
_LOOKED_AT = 20_000  # rows that the mixture is fitted to


class Pair(NamedTuple):
    """A latent, and networks on the CPU."""

    latent: Latent
    generator: nn.Module
    critic: nn.Module


def begin_pair(model: Any, chosen: Suited, rows: Rows, layout: Layout, run: Run) -> Pair:
    """Make fresh networks on the run's device; a mixture is fitted to the rows first."""
    initial, n_labels = run.cpu_generator("initialisation"), rows.cond.shape[1]
    if chosen.latent == "mixture" and is_coded(layout):
        n_classes = n_classes_of(len(rows))
        pair = make_pair(model, layout, n_labels, n_classes, initial)
        assert isinstance(pair.latent, InClasses)
        place_classes(pair.latent.classes, rows, layout, run.rngs["initialisation"])
    elif chosen.latent == "mixture":
        rng = run.rngs["initialisation"]
        some = rows.subset(_LOOKED_AT, rng).to(run.device, torch.float64)
        mixture = fit_sized_mixture(some, layout, _MOST_COMPONENTS, rng, run.events.at("mixture"))
        mixture = shrunk(mixture, some.cond.sum(0), is_rare(some.counts))
        pair = make_pair(model, layout, n_labels, mixture.n_components, initial)
        assert isinstance(pair.latent, Clusters)
        normals = mixture.normals
        pair.latent.frames.place(mixture.weights, normals.means, normals.covariances)
    else:
        pair = make_pair(model, layout, n_labels, 0, initial)
        if isinstance(pair.latent, Remembered):
            some = _drawn(rows, _REMEMBERED, run.rngs["initialisation"])
            pair.latent.bank.place(layout.expand(some.x), some.cond)
    for net in (pair.generator, pair.critic):
        net.to(run.device)
    return pair


def make_pair(
    model: Any, layout: Layout, n_labels: int, n_components: int, rng: torch.Generator
) -> Pair:
    """Make networks; with components of a mixture for each label they see its frames."""
    make = _remembering if model.latent == "rows" else _plain
    if n_components:
        mixed = _of_classes if is_coded(layout) else _local
        make = partial(mixed, n_each=n_components)
    latent, generator, critic = make(model, layout, n_labels, rng)
    if model.spectral_norm:
        normalise_spectra(critic, rng)
    if model.augment:
        moves = Augmentation(layout, augmentations(model), model.augment_rate, n_labels)
        critic = AugmentedCritic(critic, moves)
    return Pair(latent, generator, critic)


def _plain(model: Any, layout: Layout, n_labels: int, rng: torch.Generator) -> Pair:
    latent = Plain(model.n_latent, model.n_signs)
    generator = build(lambda: generator_of(model, layout, n_labels, latent.width), rng)
    return Pair(latent, generator, build(lambda: critic_of(model, layout, n_labels), rng))


def _remembering(model: Any, layout: Layout, n_labels: int, rng: torch.Generator) -> Pair:
    bank = Bank(_REMEMBERED, layout.n_inputs, n_labels)
    generator = build(lambda: generator_of(model, layout, n_labels, layout.n_inputs), rng)
    critic = build(lambda: critic_of(model, layout, n_labels), rng)
    return Pair(Remembered(bank), Rememberer(bank, generator), critic)


def _local(model: Any, layout: Layout, n_labels: int, rng: torch.Generator, *, n_each: int) -> Pair:
    width = layout.width
    frames = Frames(max(n_labels, 1), n_each, width)
    n_kinds = len(frames.means)
    moves = build(lambda: MLP(width, n_kinds, width, *moving(model)), rng)
    begin_at_zero(moves)
    judges = build(lambda: MLP(2 * width, n_kinds, 1, *judging(model)), rng)
    return Pair(Clusters(frames), LocalGenerator(frames, moves), LocalCritic(frames, judges))


def _of_classes(
    model: Any, layout: Layout, n_labels: int, rng: torch.Generator, *, n_each: int
) -> Pair:
    n_kinds, width = n_labels + n_each, model.n_latent

    def make() -> OfClasses:
        moves = MLP(width, n_kinds, layout.n_params, *moving(model))
        return OfClasses(Classes(layout, n_labels, n_each), moves)

    generator = build(make, rng)
    critic = build(lambda: critic_of(model, layout, n_kinds), rng)
    return Pair(InClasses(generator.classes, width), generator, critic)


def _drawn(rows: Rows, n: int, rng: np.random.Generator) -> Rows:
    """Draw ``n`` rows by their weights, some of them again where there are fewer."""
    weight = rows.weight.double().cpu().numpy()
    chosen = rng.choice(len(weight), n, p=weight / weight.sum())
    return rows.take(torch.from_numpy(chosen).to(rows.x.device))
