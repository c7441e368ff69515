"""Log-likelihood of MNIST's test set under an RBM with 500 hidden units, by annealing.

    python benchmarks/rbm_mnist.py FOLDER [--epochs 500] [--rate 0.01] [--keep OUT]

FOLDER holds MNIST's four IDX files. The training images are binarised afresh at every
visit, the test images once, with seed 0. Prints the mean log-likelihood of the test images
and of as many training images, nats an image, with the standard error of log Z and of the
mean. It takes about 2 seconds an epoch on one core.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

import drawlike as dl
from drawlike.datasets.idx import load_idx
from drawlike.events import Event


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=500)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--chains", type=int, default=200)
    parser.add_argument("--temperatures", type=int, default=10_000)
    parser.add_argument("--keep", type=Path)
    options = parser.parse_args()
    train = load_idx(options.folder / "train-images-idx3-ubyte.gz")
    test = binarised(load_idx(options.folder / "t10k-images-idx3-ubyte.gz"), seed=0)
    model = dl.RBM(
        500,
        n_iter=options.epochs,
        learning_rate=options.rate,
        ais_chains=options.chains,
        ais_temperatures=options.temperatures,
        random_state=0,
    )
    with threadpool_limits(1):
        began = time.perf_counter()
        model.fit(train, listener=told)
        print(f"fit: {time.perf_counter() - began:.0f} s", flush=True)
        if options.keep:
            model.save(options.keep, overwrite=True)
        error = model.log_partition_error_
        print(f"log Z: {model.log_partition_:.2f} +- {error:.2f} nats")
        # the fit on grey images has no density of grey images, but one of binary ones
        sets = {"test": test, "train": binarised(train[: len(test)], seed=1)}
        for name, images in sets.items():
            score = -model.free_energy(images) - model.log_partition_
            spread = score.std() / np.sqrt(len(score))
            print(f"{name}: {score.mean():.2f} +- {np.hypot(error, spread):.2f} nats an image")


def binarised(images: np.ndarray, seed: int) -> np.ndarray:
    uniform = np.random.default_rng(seed).random(images.shape)
    return np.where(uniform < images / 255, 255, 0).astype(np.uint8)


def told(event: Event) -> None:
    if event.name == "pseudo_likelihood" and (event.step or 0) % 10 == 0:
        print(f"{event.time:7.0f} s, epoch {event.step}: {event.value:.2f}", flush=True)


if __name__ == "__main__":
    main()
