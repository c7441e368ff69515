"""A training step against a plain PyTorch loop of the same networks, and the trainer's overhead.

    python benchmarks/training_step.py [--cases mlp-gan vae dcgan] [--threads 1] [--repeats 7]

The plain loop is what a careful user writes: rows preloaded in memory, torch's own Adam, a
shared batch of generated rows, no logging. Its networks are copies of the model's, its loss
the same. "whole" is drawlike's loop as a fit runs it, with checks, best weights and moving
average; "bare" the players' steps alone. CPU seconds, so that other processes count little;
medians and ranges of ratios within a repeat, which takes the three in turn.
"""

import argparse
import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from measuring import spread, table
from torch import nn
from torch.nn import functional as F

from drawlike import GAN, VAE
from drawlike.models import gan, vae
from drawlike.training import Clock, in_turn, plain_step, train
from drawlike.training.player import identity

BATCH, ROWS = 128, 10_000
Loop = Callable[[int], None]


class BegunError(Exception):
    """A fit that came to its loop, and goes no further."""


@dataclass(frozen=True)
class Case:
    """A model, the module whose ``train`` it calls, its plain loop, and its images."""

    model: Any
    module: Any
    plain: Callable[[dict[str, nn.Module], torch.Tensor, int], Loop]
    side: int
    steps: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    head = ("case", "plain ms", "bare ms", "whole ms", "plain / bare", "plain / whole", "overhead")
    print(table(head, [measured(CASES[name], name, options.repeats) for name in options.cases]))


def measured(case: Case, name: str, repeats: int) -> list[str]:
    rows = np.random.default_rng(0).random((ROWS, case.side, case.side)) > 0.7
    players, sampler, settings = begun(case, rows.astype(np.uint8))
    nets = {player.name: copy.deepcopy(player.net) for player in players}
    x = torch.from_numpy(rows.reshape(ROWS, -1)).float()

    def bare(n: int) -> None:
        for _ in range(n):
            in_turn(players, sampler.draw(), plain_step, identity)

    def whole(n: int) -> None:
        train(players, sampler, **settings | {"clock": Clock(n)})

    loops = [case.plain(nets, x, case.model.n_latent), bare, whole]
    for loop in loops:
        loop(max(2, case.steps // 10))
    times = np.array([[seconds(loop, case.steps) for loop in loops] for _ in range(repeats)]).T
    plain, alone, all_of_it = times
    ratios = plain / alone, plain / all_of_it, all_of_it / alone - 1
    return [name, *map(spread, 1e3 * times), *map(spread, ratios)]


def seconds(loop: Loop, steps: int) -> float:
    """CPU seconds a step."""
    began = time.process_time()
    loop(steps)
    return (time.process_time() - began) / steps


def begun(case: Case, images: np.ndarray) -> tuple[list[Any], Any, dict[str, Any]]:
    """What a fit gives to its loop: players, sampler and the rest."""
    given: dict[str, Any] = {}

    def kept(players: list[Any], sampler: Any, **settings: Any) -> None:
        given.update(players=players, sampler=sampler, settings=settings)
        raise BegunError

    with replaced(case.module, "train", kept), suppress(BegunError):
        case.model.fit(images, kind="image", listener=None)
    return given["players"], given["sampler"], given["settings"]


@contextmanager
def replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def plain_gan(nets: dict[str, nn.Module], x: torch.Tensor, n_latent: int) -> Loop:
    g, d = nets["generator"], nets["critic"]
    opt_g, opt_d = (torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (g, d))
    ones, zeros, no_label = torch.ones(BATCH, 1), torch.zeros(BATCH, 1), torch.zeros(BATCH, 0)

    def loop(n: int) -> None:
        for _ in range(n):
            real = 2 * x[torch.randint(len(x), (BATCH,))] - 1
            fake = torch.tanh(g(torch.randn(BATCH, n_latent), no_label))
            opt_d.zero_grad()
            on_real, on_fake = d(real, no_label), d(fake.detach(), no_label)
            loss = F.binary_cross_entropy_with_logits(on_real, ones)
            (loss + F.binary_cross_entropy_with_logits(on_fake, zeros)).backward()
            opt_d.step()
            opt_g.zero_grad()
            F.binary_cross_entropy_with_logits(d(fake, no_label), ones).backward()
            opt_g.step()

    return loop


def plain_vae(nets: dict[str, nn.Module], x: torch.Tensor, n_latent: int) -> Loop:
    (net,) = nets.values()
    optimizer, no_label = torch.optim.Adam(net.parameters(), 1e-3), torch.zeros(BATCH, 0)

    def loop(n: int) -> None:
        for _ in range(n):
            rows = x[torch.randint(len(x), (BATCH,))]
            raw, mean, log_var, _ = net(2 * rows - 1, no_label, torch.randn(BATCH, n_latent))
            rebuilt = F.binary_cross_entropy_with_logits(raw, rows, reduction="sum")
            kl = -0.5 * (1 + log_var - mean.pow(2) - log_var.exp()).sum()
            optimizer.zero_grad()
            ((rebuilt + kl) / BATCH).backward()
            optimizer.step()

    return loop


def dense_gan() -> GAN:
    return GAN(
        loss="non-saturating",
        network="dense",
        latent="normal",
        hidden=(256,),
        n_latent=100,
        batch_size=BATCH,
    )


CASES = {
    "mlp-gan": Case(dense_gan(), gan.model, plain_gan, 28, 300),
    "vae": Case(
        VAE(network="dense", hidden=(400,), n_latent=20, batch_size=BATCH, prior="normal"),
        vae.model,
        plain_vae,
        28,
        300,
    ),
    "dcgan": Case(GAN.preset("dcgan"), gan.model, plain_gan, 32, 8),
}


if __name__ == "__main__":
    main()
