"""Images a second and core that MADE draws, beside the loop that everybody writes.

    python benchmarks/made_sampling.py [--images 8192] [--naive 128] [--repeats 5]

Binary images of 28 x 28 pixels from an untrained network of each width: what is drawn does not
change what it costs. The naive loop calls the whole network once for each pixel, as the code
beside the paper does; it draws ``--naive`` images at a time, all at once. Both run in turn on
one thread; medians and ranges of ``--repeats``.
"""

import argparse

import numpy as np
import torch
from measuring import alternate, spread, table
from threadpoolctl import threadpool_limits

import drawlike as dl

SIZES = {"500": (500,), "500-500": (500, 500), "1024-1024": (1024, 1024)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=8192)
    parser.add_argument("--naive", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    torch.set_num_threads(1)
    lines = []
    with threadpool_limits(1):
        for name, hidden in SIZES.items():
            model = untrained(hidden)
            model.sample(64)  # compiles, or reads what was compiled
            times = alternate(
                lambda model=model: model.sample(options.images, random_state=0),
                lambda model=model: naive(model, options.naive),
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


@torch.no_grad()
def naive(model: dl.MADE, n: int) -> torch.Tensor:
    x, cond = torch.zeros(n, 784), torch.zeros(n, 0)
    for pixel in range(784):
        odds = model.net_(2 * x - 1, cond)[:, pixel]
        x[:, pixel] = torch.bernoulli(odds.sigmoid())
    return x


if __name__ == "__main__":
    main()
