"""What two players do at a step, and when they are done."""

import math
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ...base.distance import Distance
from ...events import Emitter
from ...losses.adversarial import LOSSES
from ...networks import advance_spectra
from ...rows import Batch
from ...training import Clock, Monitor, Player
from .game import Game
from .latents import Clusters
from .settings import Suited

LUCK = 20  # margins by which a distance may differ for no reason


def game_of(model: Any, noise: torch.Generator, clock: Clock, chosen: Suited) -> Game:
    """Give the losses as a model's settings ask for them."""
    return Game(
        layout=model.layout_,
        latent=model.latent_,
        loss=LOSSES[chosen.loss],
        noise=noise,
        clock=clock,
        penalties=chosen.penalty,
        penalty_every=chosen.penalty_every,
        instance_noise=model.instance_noise,
        label_smoothing=model.label_smoothing,
        packing=model.packing,
        top_k=model.top_k,
        critic_steps=model.critic_steps,
        augmentation=getattr(model.critic_, "augmentation", None),
    )


def players_of(model: Any, game: Game, chosen: Suited) -> list[Player]:
    """Give the critic, which plays first, and the generator."""
    generator, critic = model.generator_, model.critic_

    def critic_loss(net: nn.Module, batch: Batch) -> Tensor:
        advance_spectra(net)
        return game.critic_loss(generator, net, batch)

    def generator_loss(net: nn.Module, batch: Batch) -> Tensor:
        return game.generator_loss(net, critic, batch)

    player = partial(
        Player,
        betas=chosen.betas,
        method=model.optimizer,
        clip_gradients=model.clip_gradients,
    )
    critic_lr = chosen.lr if model.critic_lr is None else model.critic_lr
    return [
        player("critic", critic, critic_loss, critic_lr, clip_weights=model.clip_weights),
        player("generator", generator, generator_loss, chosen.lr, every=model.critic_steps),
    ]


def monitor_of(
    model: Any, distance: Distance, generator: nn.Module, chosen: Suited, clock: Clock
) -> Monitor:
    """Watch how far the draws of a generator are from validation rows."""

    def draw(cond: Tensor, rng: torch.Generator) -> Tensor:
        return model._expanded(generator, cond, rng)

    def reached(step: int, events: Emitter) -> bool:
        figures = distance.figures(model.stop or (), draw, step)
        for name, value in figures.items():
            events.metric(name, value, step)
        return all(figures[name] <= target for name, target in (model.stop or {}).items())

    begins_fitted = chosen.latent == "mixture"
    return Monitor(
        "energy distance",
        partial(distance, draw),
        [generator],
        chosen.patience,
        reductions=1 if chosen.schedule == "plateau" else 0,
        target=_goal(model, distance, chosen),
        margin=distance.margin,
        from_start=begins_fitted,
        luck=0.0 if begins_fitted else LUCK * distance.margin,
        waits=lambda: clock.is_early and not begins_fitted,
        reached=reached if model.stop else None,
    )


def _goal(model: Any, distance: Distance, chosen: Suited) -> float:
    """Give the distance that ends the training; a target of the user's takes its place."""
    if model.stop:
        return -math.inf
    if isinstance(model.latent_, Clusters):
        return distance.real
    return distance.goal(chosen.schedule)
