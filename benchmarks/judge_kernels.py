"""The judge's distances against prdc, torch-fidelity and POT: same values, time, memory.

    python benchmarks/judge_kernels.py [--rows 10000] [--width 2048] [--threads 1]
        [--repeats 1] [--draws 3] [--only prdc kid mmd frechet transport]

Needs prdc, torch-fidelity and POT. Features are float32 as networks give them: rectified,
few directions, a shift between the sets. The ratio is peer / drawlike of median seconds, of
processor time where there is one thread.

prdc       largest difference of the four figures; memory is what drawlike takes beyond the data
kid        torch-fidelity takes 100 subsets of 1,000 rows. Errors are root mean squares over
           ``--draws`` seeds of the subsets, against a float64 value of all pairs
kid, mmd   beside two float32 products rows x width x rows by the same BLAS: the goal is at
           most 1.5 times their seconds, a ratio of at least 0.67
frechet    relative difference to torch-fidelity's formula
transport  relative differences to POT; its entropic values are those of ``ot.solve`` with KL
"""

import argparse
import contextlib
import importlib
import io
import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from measuring import spread, table
from threadpoolctl import threadpool_limits

from drawlike.evaluation.clouds.directions import unit_directions
from drawlike.evaluation.clouds.mmd import Gaussians, kid, median_square, mmd2
from drawlike.evaluation.clouds.pairs import Cloud
from drawlike.evaluation.clouds.transport import sinkhorn_divergence, sliced_wasserstein
from drawlike.evaluation.metrics.manifold import overlap
from drawlike.losses.frechet import frechet_distance

SMALL = 4000
HEAD = ("measure", "shape", "drawlike s", "peer", "peer s", "difference", "ratio")
Pair = tuple[np.ndarray, np.ndarray]


def main() -> None:
    options = read_options()
    torch.set_num_threads(options.threads)
    real, fake = features(options.rows, options.width, 0), features(options.rows, options.width, 1)
    warm_up()
    lines = []
    with threadpool_limits(options.threads):
        for part in options.only:
            lines += PARTS[part](real, fake, options)
    print(f"{options.threads} threads, {options.repeats} repeats")
    print(table(HEAD, lines))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--width", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--only", nargs="+", default=list(PARTS), choices=list(PARTS))
    return parser.parse_args()


def features(n: int, width: int, side: int) -> np.ndarray:
    """Rectified mixtures of 64 directions with noise, (n, width) float32."""
    rng, same = np.random.default_rng(side), np.random.default_rng(9)
    mixing = 0.1 * same.normal(size=(64, width)).astype(np.float32)
    drawn = rng.normal(size=(n, 64)).astype(np.float32) @ mixing
    drawn += rng.normal(size=(n, width)).astype(np.float32) + np.float32(0.02 * side)
    return np.maximum(drawn, 0)


def warm_up() -> None:
    """Load what is compiled."""
    some = features(50, 8, 0)
    overlap(some, some)


def versus_prdc(real: np.ndarray, fake: np.ndarray, options: argparse.Namespace) -> list[tuple]:
    from prdc import compute_prdc

    def theirs() -> dict[str, float]:
        with contextlib.redirect_stdout(io.StringIO()):
            return compute_prdc(real, fake, nearest_k=5)

    found: dict[str, float] = {}
    peaks = []

    def ours() -> None:
        with peak_beyond() as peak:
            found.update(overlap(real, fake).means())
        peaks.extend(peak)

    own, others, expected = timed(ours, theirs, options)
    gap = max(abs(found[name] - expected[name]) for name in expected)
    said = f"{gap:.1e}, {max(peaks):.0f} MB"
    return [line("precision, recall, density, coverage", real, "prdc", (own, others), said)]


def versus_subsets(real: np.ndarray, fake: np.ndarray, options: argparse.Namespace) -> list[tuple]:
    subsets, lines = torch_fidelity("metric_kid").kid_features_to_metric, []
    for n in sorted({min(SMALL, len(real)), len(real)}):
        a, b = real[:n], fake[:n]
        size, exact = min(1000, n), kid_in_float64(a, b)
        tensors = torch.from_numpy(a), torch.from_numpy(b)
        seeds, values = iter(range(10_000)), []

        def theirs(tensors=tensors, size=size, seeds=seeds, values=values) -> None:
            settings = {"kid_subset_size": size, "rng_seed": next(seeds), "verbose": False}
            found = subsets(*tensors, **settings)
            values.append(found["kernel_inception_distance_mean"])

        own, others, _ = timed(lambda a=a, b=b: kid(a, b), theirs, options, options.draws)
        error = abs(kid(a, b) - exact), np.sqrt(np.mean((np.array(values) - exact) ** 2))
        said = f"errors {error[0]:.1e} and {error[1]:.1e} of {exact:.1e}"
        lines.append(line("KID", a, "torch-fidelity", (own, others), said))
    return [*lines, beside_products("KID", lambda: kid(real, fake), (real, fake), options)]


def versus_products(real: np.ndarray, fake: np.ndarray, options: argparse.Namespace) -> list[tuple]:
    def ours() -> float:
        centre = real.mean(0, dtype=np.float64)
        clouds = (Cloud.around(points, centre) for points in (real, fake))
        return mmd2(*clouds, Gaussians(median_square(real)))

    return [beside_products("MMD", ours, (real, fake), options)]


def versus_eigenvalues(
    real: np.ndarray, fake: np.ndarray, options: argparse.Namespace
) -> list[tuple]:
    metric = torch_fidelity("metric_fid")

    def theirs() -> float:
        parts = (metric.fid_features_to_statistics(torch.from_numpy(x)) for x in (real, fake))
        (value,) = metric.fid_statistics_to_metric(*parts, verbose=False).values()
        return value

    own, others, expected = timed(lambda: frechet_distance(real, fake), theirs, options)
    gap = abs(frechet_distance(real, fake) / expected - 1)
    return [line("Frechet distance", real, "torch-fidelity", (own, others), f"{gap:.1e}")]


def versus_pot(real: np.ndarray, fake: np.ndarray, options: argparse.Namespace) -> list[tuple]:
    import ot

    a, b = (points[:2000, :64].astype(float) for points in (real, fake))
    along = unit_directions(a.shape[1])
    own, others, expected = timed(
        lambda: sliced_wasserstein(a, b, along),
        lambda: ot.sliced_wasserstein_distance(a, b, projections=along, p=2),
        options,
    )
    gap = abs(sliced_wasserstein(a, b, along) / expected - 1)
    lines = [line("sliced Wasserstein", a, "POT", (own, others), f"{gap:.1e}")]
    a, b = a[:200], b[:200]
    epsilon = a.var(0).sum()  # sharper, and POT takes minutes

    def cost(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return ((x[:, None] - y) ** 2).sum(-1)

    def theirs() -> float:
        settings = {"reg": epsilon, "reg_type": "KL", "max_iter": 1000, "tol": 1e-10}
        both, left, right = (
            float(ot.solve(cost(x, y), **settings).value) for x, y in ((a, b), (a, a), (b, b))
        )
        return both - (left + right) / 2

    def ours() -> float:
        pool, half = np.concatenate([a, b]), np.repeat([1 / len(a), 0], [len(a), len(b)])[:, None]
        return float(sinkhorn_divergence(cost(pool, pool), half, half[::-1], epsilon, tol=1e-10)[0])

    own, others, expected = timed(ours, theirs, options)
    gap = abs(ours() / expected - 1)
    return [*lines, line("entropic Wasserstein", a, "POT", (own, others), f"{gap:.1e}")]


def beside_products(
    name: str, ours: Callable[[], float], sets: Pair, options: argparse.Namespace
) -> tuple:
    real, fake = sets

    def two_products() -> None:
        np.matmul(real, fake.T)
        np.matmul(fake, real.T)

    own, others, _ = timed(ours, two_products, options)
    return line(name, real, "two products", (own, others), "")


def timed(
    ours: Callable[[], Any],
    theirs: Callable[[], Any],
    options: argparse.Namespace,
    repeats: int | None = None,
) -> tuple[list[float], list[float], Any]:
    """Seconds of both, in turn, and what the peer gave last.

    Of one thread the seconds are those that it worked, which other processes do not add to.
    """
    clock = time.process_time if options.threads == 1 else time.perf_counter
    times: tuple[list[float], list[float]] = ([], [])
    given = None
    for _ in range(repeats or options.repeats):
        for run, kept in zip((ours, theirs), times, strict=True):
            began = clock()
            given = run()
            kept.append(clock() - began)
    return *times, given


def line(
    name: str, points: np.ndarray, peer: str, times: tuple[list[float], ...], said: str
) -> tuple:
    shape = " x ".join(f"{size:,}" for size in points.shape)
    own, others = times[:2]
    ratio = float(np.median(others) / np.median(own))
    return name, shape, spread(own), peer, spread(others), said, ratio


def kid_in_float64(a: np.ndarray, b: np.ndarray) -> float:
    def total(x: np.ndarray, y: np.ndarray) -> float:
        found = 0.0
        for start in range(0, len(x), 1000):
            block = x[start : start + 1000].astype(float) @ y.T.astype(float)
            found += ((block / x.shape[1] + 1) ** 3).sum()
        return found

    def own(x: np.ndarray) -> float:
        itself = ((np.square(x.astype(float)).sum(1) / x.shape[1] + 1) ** 3).sum()
        return (total(x, x) - itself) / (len(x) * (len(x) - 1))

    return own(a) + own(b) - 2 * total(a, b) / (len(a) * len(b))


@contextlib.contextmanager
def peak_beyond() -> Iterator[list[float]]:
    """Resident memory above the start, MB, its peak in a list; Linux."""
    pages, done, peak = Path("/proc/self/statm"), threading.Event(), [0.0]

    def resident() -> float:
        return int(pages.read_text().split()[1]) * 4096 / 1e6

    start = resident()

    def watch() -> None:
        while not done.wait(0.002):
            peak[0] = max(peak[0], resident() - start)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def torch_fidelity(module: str) -> types.ModuleType:
    """A module of torch-fidelity without its image networks, which want a fitting torchvision."""
    if "torch_fidelity" in sys.modules:
        return importlib.import_module(f"torch_fidelity.{module}")
    spec = find_spec("torch_fidelity")
    if spec is None or spec.submodule_search_locations is None:
        raise SystemExit("torch-fidelity is missing: pip install torch-fidelity.")
    package = types.ModuleType("torch_fidelity")
    package.__path__ = list(spec.submodule_search_locations)
    inputs = types.ModuleType("torch_fidelity.utils")
    inputs.__getattr__ = lambda name: None  # readers of images, which are not called here
    sys.modules |= {"torch_fidelity": package, "torch_fidelity.utils": inputs}
    return importlib.import_module(f"torch_fidelity.{module}")


PARTS = {
    "prdc": versus_prdc,
    "kid": versus_subsets,
    "mmd": versus_products,
    "frechet": versus_eigenvalues,
    "transport": versus_pot,
}

if __name__ == "__main__":
    main()
