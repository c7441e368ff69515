"""Training on a GPU: images a second, and the share of the time in which kernels run.

    python benchmarks/gpu_training.py [--cases dcgan sngan ...] [--steps 200]

Random images, fits' own players and samplers, steps alone. "eager" asks for each kernel by itself,
"recorded" is what a fit does. Seconds of the clock over all steps; the kernels' time is what the
profiler sums in a run of its own. The share is the one over the other.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from measuring import table
from training_step import Case, begun

from drawlike import GAN, VAE
from drawlike.models import gan, vae
from drawlike.rows import Batch
from drawlike.training import Clock, Player, in_turn, plain_step
from drawlike.training.player import identity
from drawlike.training.recording import Act, recorded

ROWS = 4096
Made = Callable[[], Any]
CASES: dict[str, tuple[Made, Any, tuple[int, ...]]] = {
    "default 28": (GAN, gan.model, (28, 28)),
    "dcgan 32": (partial(GAN.preset, "dcgan", width=64), gan.model, (32, 32, 3)),
    "dcgan 64": (partial(GAN.preset, "dcgan", width=64), gan.model, (64, 64, 3)),
    "sngan 32": (partial(GAN.preset, "sngan", width=128), gan.model, (32, 32, 3)),
    "r3gan 32": (partial(GAN.preset, "r3gan", width=64), gan.model, (32, 32, 3)),
    "vae 28": (partial(VAE, warm_up=0.0), vae.model, (28, 28)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--steps", type=int, default=200)
    options = parser.parse_args()
    print(torch.cuda.get_device_name(), "torch", torch.__version__)
    head = ("case", "batch", "how", "images/s", "ms a step", "ms in kernels", "share")
    lines = [line for name in options.cases for line in measured(name, options.steps)]
    print(table(head, lines))


def measured(name: str, n: int) -> list[list[Any]]:
    make, module, shape = CASES[name]
    model = make().set_params(device="cuda", random_state=0)
    case = Case(model, module, lambda *_: lambda n: None, shape[0], n)
    images = np.random.default_rng(0).integers(0, 256, (ROWS, *shape), np.uint8)
    players, sampler, settings = begun(case, images)
    ways = {
        "eager": partial(in_turn, step=plain_step, reduce=identity),
        "recorded": recorded(
            partial(in_turn, step=plain_step, reduce=identity),
            players,
            settings["phase"],
            settings["noise"],
        ),
    }
    lines = []
    for how, act in ways.items():
        loop = partial(take, act, players, sampler, settings["clock"])
        loop(40)
        seconds, kernels = clocked(loop, n) / n, in_kernels(loop, n // 4) / (n // 4)
        rate = sampler.batch_size / seconds
        ms = 1e3 * seconds, 1e3 * kernels
        lines.append([name, sampler.batch_size, how, round(rate), *ms, kernels / seconds])
        print(lines[-1], flush=True)
    return lines


def take(act: Act, players: list[Player], sampler: Any, clock: Clock, n: int) -> None:
    """Take steps as a training does, without its pauses."""
    for step in range(n):
        clock.at(step)
        acting = [player for player in players if (step + 1) % player.every == 0]
        batch: Batch = sampler.draw()
        act(acting, batch)


def clocked(loop: Callable[[int], None], n: int) -> float:
    torch.cuda.synchronize()
    began = time.perf_counter()
    loop(n)
    torch.cuda.synchronize()
    return time.perf_counter() - began


def in_kernels(loop: Callable[[int], None], n: int) -> float:
    """Seconds that kernels ran."""
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as seen:
        loop(n)
        torch.cuda.synchronize()
    return sum(event.self_device_time_total for event in seen.key_averages()) / 1e6


if __name__ == "__main__":
    main()
