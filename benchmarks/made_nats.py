"""Nats an image of binarised MNIST under MADE, and under the MADE of the tutorials.

    python benchmarks/made_nats.py FOLDER [--seconds 600] [--keep OUT]

FOLDER holds MNIST's four IDX files. Training images are binarised anew at every visit (dynamic
binarisation), the test images once, with seed 0. Both models get the same seconds on one
thread, one after the other, and keep their best state by 2,000 training images that they do not
learn from. The plain one is a masked network 784-500-500-784 in the pixels' own order, a product
of weights and masks at every step, Adam at a constant 1e-3, batches of 100. Prints nats an image
of all 10,000 test images, with the standard error of the mean.
"""

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from measuring import table
from threadpoolctl import threadpool_limits
from torch import Tensor, nn
from torch.nn import functional as F

import drawlike as dl
from drawlike.datasets.idx import load_idx
from drawlike.events import Event

HELD = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--models", nargs="+", default=["made", "plain"])
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    train = load_idx(options.folder / "train-images-idx3-ubyte.gz")
    test = binarised(load_idx(options.folder / "t10k-images-idx3-ubyte.gz"))
    scorers = {"made": ours, "plain": plain}
    lines = []
    with threadpool_limits(1):
        for name in options.models:
            began = time.perf_counter()
            nats, steps = scorers[name](train, test, options)
            seconds = time.perf_counter() - began
            error = nats.std() / len(nats) ** 0.5
            lines.append((name, f"{nats.mean():.2f} +- {error:.2f}", steps, round(seconds)))
            print(*lines[-1], flush=True)
    print(table(("model", "nats an image", "steps", "seconds with scoring"), lines))


def binarised(images: np.ndarray) -> np.ndarray:
    uniform = np.random.default_rng(0).random(images.shape)
    return np.where(uniform < images / 255, 255, 0).astype(np.uint8)


def ours(train: np.ndarray, test: np.ndarray, options: argparse.Namespace) -> tuple:
    model = dl.MADE(
        pixels="binary",
        hidden=(512, 512),
        schedule="cosine",
        max_seconds=options.seconds,
        max_steps=10**9,
        patience=10**9,
        validation_fraction=HELD / len(train),
        random_state=options.seed,
    ).fit(train, listener=told)
    if options.keep:
        model.save(options.keep, overwrite=True)
    steps = max(event.step or 0 for event in model.history_ if event.name == "validation nats")
    return -model.score_samples(test), steps


def told(event: Event) -> None:
    if event.name == "validation nats":
        print(f"{event.time:6.0f} s, step {event.step}: {event.value:.2f}", flush=True)


class MaskedLinear(nn.Linear):
    """A linear map whose weights are multiplied by a mask at every call."""

    def __init__(self, n_in: int, n_out: int, mask: Tensor) -> None:
        super().__init__(n_in, n_out)
        self.register_buffer("mask", mask.float())

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.mask, self.bias)


def plain(train: np.ndarray, test: np.ndarray, options: argparse.Namespace) -> tuple:
    rng = np.random.default_rng(options.seed)
    torch.manual_seed(options.seed)
    grey = torch.from_numpy(train.reshape(len(train), -1)).float() / 255
    order = torch.from_numpy(rng.permutation(len(grey)))
    held, rest = torch.bernoulli(grey[order[:HELD]]), grey[order[HELD:]]
    net = tutorial_net()
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    began, best, steps = time.monotonic(), (np.inf, {}), 0
    while time.monotonic() - began < options.seconds:
        for rows in torch.randperm(len(rest)).split(100):
            x = torch.bernoulli(rest[rows])
            loss = nats_of(net, x).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            steps += 1
            if time.monotonic() - began > options.seconds:
                break
        with torch.no_grad():
            value = float(nats_of(net, held).mean())
        if value < best[0]:
            best = value, {name: w.clone() for name, w in net.state_dict().items()}
    net.load_state_dict(best[1])
    with torch.no_grad():
        pixels = torch.from_numpy(test.reshape(len(test), -1) // 255).float()
        return torch.cat([nats_of(net, part) for part in pixels.split(500)]).numpy(), steps


def tutorial_net() -> nn.Module:
    """784-500-500-784, ReLU, degrees spread over the hidden units in turn."""
    pixels, hidden = torch.arange(784), torch.arange(500) % 783
    return nn.Sequential(
        MaskedLinear(784, 500, hidden[:, None] >= pixels),
        nn.ReLU(),
        MaskedLinear(500, 500, hidden[:, None] >= hidden),
        nn.ReLU(),
        MaskedLinear(500, 784, pixels[:, None] > hidden),
    )


def nats_of(net: nn.Module, x: Tensor) -> Tensor:
    odds = net(x)
    return F.binary_cross_entropy_with_logits(odds, x, reduction="none").sum(1)


if __name__ == "__main__":
    main()
