"""Images a second and core that MADE draws, beside the loop that everybody writes.

    python benchmarks/made_sampling.py [--images 8192] [--naive 128] [--repeats 5]
        [--sizes 500 500-500 1024-1024]

Binary images of 28 x 28 pixels from an untrained network of each width: what is drawn does not
change what it costs. The naive loop calls a whole network of the same widths once for each pixel,
a product of weights and masks at every call, as the tutorials do; it draws ``--naive`` images all at
once. Both run in turn on one thread; medians and ranges of ``--repeats``.
"""

import argparse
from itertools import pairwise

import numpy as np
import torch
from measuring import alternate, spread, table
from mnist_nats import MaskedLinear
from threadpoolctl import threadpool_limits
from torch import nn

import drawlike as dl


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=8192)
    parser.add_argument("--naive", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--sizes", nargs="+", default=["500", "500-500", "1024-1024"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    lines = []
    with threadpool_limits(1):
        for name in options.sizes:
            hidden = tuple(map(int, name.split("-")))
            model, plain = untrained(hidden), tutorial(hidden)
            model.sample(64)  # compiles, or reads what was compiled
            times = alternate(
                lambda model=model: model.sample(options.images, random_state=0),
                lambda plain=plain: naive(plain, options.naive),
                options.repeats,
            )
            fast, slow = (
                [n / t for t in of]
                for n, of in zip((options.images, options.naive), times, strict=True)
            )
            ratio = np.median(fast) / np.median(slow)
            lines.append((name, spread(fast), spread(slow), f"{ratio:.0f}"))
    print(table(("hidden", "images/s", "naive images/s", "times"), lines))


def untrained(hidden: tuple[int, ...]) -> dl.MADE:
    pixels = np.random.default_rng(0).integers(0, 2, (50, 28, 28)).astype(np.uint8)
    return dl.MADE(hidden=hidden, max_steps=1, random_state=0).fit(pixels, listener=None)


def tutorial(hidden: tuple[int, ...]) -> nn.Module:
    degrees = [torch.arange(784), *(torch.arange(size) % 783 for size in hidden)]
    layers: list[nn.Module] = []
    for below, above in pairwise(degrees):
        layers += [MaskedLinear(above[:, None] >= below), nn.ReLU()]
    return nn.Sequential(*layers, MaskedLinear(degrees[0][:, None] > degrees[-1]))


@torch.no_grad()
def naive(net: nn.Module, n: int) -> torch.Tensor:
    x = torch.zeros(n, 784)
    for pixel in range(784):
        x[:, pixel] = torch.bernoulli(net(x)[:, pixel].sigmoid())
    return x


if __name__ == "__main__":
    main()
