"""RBM epochs against scikit-learn's BernoulliRBM, and log Z by annealing against the exact value.

    python benchmarks/rbm.py FOLDER [--threads 1] [--repeats 3] [--rows 60000]

FOLDER holds MNIST's IDX files. An epoch is what each epoch adds to a fit: the difference
between fits of three epochs and of one, over two, in CPU seconds as well as by the clock,
from float32 rows of probabilities (scikit-learn takes them as they are, drawlike draws bits
from them). Both have 256 hidden units and one persistent chain a row of the batch. The
pseudo-likelihood is that of 5,000 rows, binarised once, under each machine's weights after
as many epochs at the same learning rate. Last come RBMs that can be summed up exactly.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from measuring import spread, table
from sklearn.datasets import load_digits
from sklearn.neural_network import BernoulliRBM
from threadpoolctl import threadpool_limits

import drawlike as dl
from drawlike.datasets.idx import load_idx

HIDDEN, RATE, EPOCHS = 256, 0.05, 3
SAME = {"learning_rate": RATE, "random_state": 0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, default=60_000)
    options = parser.parse_args()
    images = load_idx(options.folder / "train-images-idx3-ubyte.gz")[: options.rows]
    rows = (images.reshape(len(images), -1) / 255).astype(np.float32)
    torch.set_num_threads(options.threads)
    with threadpool_limits(options.threads):
        ours(rows[:500], 10, 1)  # compile
        lines = [epochs(rows, batch, options.repeats) for batch in (10, 100)]
        head = ("batch", "drawlike s", "scikit-learn s", "pseudo-likelihoods", "CPU ratio", "ratio")
        print(table(head, lines), "\n")
        head = ("hidden units", "exact log Z", "annealed", "its error", "gap / error")
        print(table(head, [annealed(n) for n in (8, 16)]))


def ours(rows: np.ndarray, batch: int, epochs: int) -> dl.RBM:
    model = dl.RBM(
        HIDDEN,
        visible="bernoulli",
        batch_size=batch,
        n_chains=batch,
        n_iter=epochs,
        schedule="constant",
        weight_decay=0.0,
        **SAME,
    )
    return model.fit(rows, listener=None)


def theirs(rows: np.ndarray, batch: int, epochs: int) -> BernoulliRBM:
    return BernoulliRBM(HIDDEN, batch_size=batch, n_iter=epochs, **SAME).fit(rows)


def epochs(rows: np.ndarray, batch: int, repeats: int) -> tuple:
    found: dict[Callable, list[np.ndarray]] = {ours: [], theirs: []}
    fitted = {}
    for _ in range(repeats):
        for fit, kept in found.items():
            short, _ = timed(fit, rows, batch, 1)
            long, fitted[fit] = timed(fit, rows, batch, EPOCHS)
            kept.append((long - short) / (EPOCHS - 1))
    (wall, cpu), (peer_wall, peer_cpu) = (np.array(kept).T for kept in found.values())
    values = [pseudo_likelihood(fitted[fit], rows) for fit in found]
    return (
        batch,
        spread(wall),
        spread(peer_wall),
        " / ".join(f"{value:.1f}" for value in values),
        float(np.median(peer_cpu) / np.median(cpu)),
        float(np.median(peer_wall) / np.median(wall)),
    )


def timed(fit: Callable, rows: np.ndarray, batch: int, epochs: int) -> tuple[np.ndarray, object]:
    began = time.perf_counter(), time.process_time()
    model = fit(rows, batch, epochs)
    return np.array([time.perf_counter() - began[0], time.process_time() - began[1]]), model


def pseudo_likelihood(model: object, rows: np.ndarray) -> float:
    """Mean pseudo-log-likelihood of binary rows under the weights, by one random flip a row."""
    rng = np.random.default_rng(0)
    bits = (rng.random((5000, rows.shape[1])) < rows[:5000]).astype(np.float64)
    flipped, chosen = bits.copy(), (np.arange(5000), rng.integers(0, rows.shape[1], 5000))
    flipped[chosen] = 1 - flipped[chosen]
    gain = free_energy(model, flipped) - free_energy(model, bits)
    return float(-rows.shape[1] * np.logaddexp(0, -gain).mean())


def free_energy(model: object, v: np.ndarray) -> np.ndarray:
    field = v @ model.components_.T + model.intercept_hidden_
    return -v @ model.intercept_visible_ - np.logaddexp(0, field).sum(1)


def annealed(n_hidden: int) -> tuple:
    """Learn scikit-learn's digits, black and white, and find log Z in both ways."""
    bits = (load_digits().data > 7).astype(np.uint8)
    model = dl.RBM(n_hidden, n_iter=30, ais_chains=500, ais_temperatures=5000, random_state=0)
    model.fit(bits, listener=None)
    exact = model.set_params(partition="counted").log_partition_
    found = model.set_params(partition="annealed").log_partition_
    error = model.log_partition_error_
    return n_hidden, f"{exact:.6f}", f"{found:.6f}", f"{error:.1e}", (found - exact) / error


if __name__ == "__main__":
    main()
