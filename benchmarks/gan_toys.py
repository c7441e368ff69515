"""The default GAN on small laws whose modes are known: does it find, weigh and fill them?

    python benchmarks/gan_toys.py [--toys ring grid ...] [--seeds 10] [--rows 2500] [--set ...]

PacGAN's protocol (arXiv:1712.04086): a row is of high quality within 3 standard deviations
of a mode; a mode is found if a row of high quality is nearest to it; the reverse KL is that
of the modes' shares of such rows from the true ones. "spread" is the standard deviation of
rows of high quality within their mode, over that of as many real rows. The sliced
Wasserstein distance is over that of fresh rows to fresh rows; beside it stands the same of
the training rows, which no generator should be asked to beat. Medians and ranges over seeds.

``--set latent='"normal"' n_latent=2 n_signs=8`` tries another GAN.
"""

import argparse
import ast
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from measuring import spread, table
from sklearn.datasets import make_moons

from drawlike import GAN

Draw = Callable[[int, np.random.Generator], np.ndarray]


@dataclass(frozen=True)
class Modes:
    """Round modes: centres (k, d), a standard deviation each, shares."""

    centers: np.ndarray
    sd: float
    shares: np.ndarray

    def __call__(self, n: int, rng: np.random.Generator) -> np.ndarray:
        chosen = rng.choice(len(self.centers), n, p=self.shares)
        return self.centers[chosen] + self.sd * rng.normal(size=(n, self.centers.shape[1]))

    def figures(self, X: np.ndarray) -> list[float]:
        """Modes found, share of high quality, reverse KL, root mean square deviation."""
        distance = np.linalg.norm(X[:, None] - self.centers, axis=2)
        good, nearest = distance.min(1) < 3 * self.sd, distance.argmin(1)
        count = np.bincount(nearest[good], minlength=len(self.centers))
        share = count / max(count.sum(), 1)
        seen = share > 0
        kl = float((share[seen] * np.log(share[seen] / self.shares[seen])).sum())
        rms = float(np.sqrt((distance.min(1)[good] ** 2).mean())) if good.any() else 0.0
        return [int(seen.sum()), float(good.mean()), kl, rms]


def ring() -> Modes:
    angle = np.arange(8) * np.pi / 4
    return Modes(np.c_[np.cos(angle), np.sin(angle)], 0.01, np.full(8, 1 / 8))


def grid(side: int) -> Modes:
    line = 2.0 * (np.arange(side) - (side - 1) / 2)
    centers = np.stack(np.meshgrid(line, line), -1).reshape(-1, 2)
    return Modes(centers, 0.05, np.full(side**2, 1 / side**2))


def unequal() -> Modes:
    centers = np.array([[0.0, 0], [3, 0], [0, 3], [-3, 0], [0, -3]])
    return Modes(centers, 0.2, np.array([0.5, 0.3, 0.15, 0.04, 0.01]))


def high_dimensional() -> Modes:
    centers = np.random.default_rng(99).normal(0, 3, (6, 20))
    return Modes(centers, 1.0, np.full(6, 1 / 6))


def moons(n: int, rng: np.random.Generator) -> np.ndarray:
    """Two half circles with angles drawn at random."""
    angle, upper = np.pi * rng.random(n), rng.random((n, 1)) < 0.5
    arcs = np.c_[np.cos(angle), np.sin(angle)], np.c_[1 - np.cos(angle), 0.5 - np.sin(angle)]
    return np.where(upper, *arcs) + 0.05 * rng.normal(size=(n, 2))


def even_moons(n: int, rng: np.random.Generator) -> np.ndarray:
    """scikit-learn's, whose angles are evenly spaced: rows that are not independent."""
    return make_moons(n, noise=0.05, random_state=int(rng.integers(2**31)))[0]


def normal(n: int, rng: np.random.Generator) -> np.ndarray:
    return rng.normal(size=(n, 2)) @ np.array([[1, 0.8], [0, 0.6]])


def skewed(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.c_[rng.lognormal(0, 1, n), rng.gamma(2, 1, n)]


@dataclass(frozen=True)
class Shapes:
    """A mixture of 3 to 60 modes of random weights, some of them arcs or skewed."""

    seed: int

    def __call__(self, n: int, rng: np.random.Generator) -> np.ndarray:
        own = np.random.default_rng((2026, self.seed))
        k = int(own.integers(3, 61))
        shares, centers = own.dirichlet(np.full(k, 2.0)), own.uniform(-10, 10, (k, 2))
        axes, kind = own.normal(0, 0.5, (k, 2, 2)), own.integers(0, 3, k)
        which = rng.choice(k, n, p=shares)
        z = rng.normal(size=(n, 2))
        skew, arc = kind[which] == 1, kind[which] == 2
        z[skew, 0] = rng.exponential(size=int(skew.sum())) - 1
        z[arc, 1] = 0.3 * z[arc, 1] + z[arc, 0] ** 2 - 1
        return centers[which] + np.einsum("nij,nj->ni", axes[which], z)


TOYS: dict[str, Draw] = {
    "ring": ring(),
    "grid": grid(5),
    "grid100": grid(10),
    "unequal": unequal(),
    "high": high_dimensional(),
    "moons": moons,
    "even-moons": even_moons,
    "normal": normal,
    "skewed": skewed,
} | {f"shapes-{i}": Shapes(i) for i in range(20)}
PLAIN = [name for name in TOYS if not name.startswith("shapes")]


def main() -> None:
    options = read_options()
    torch.set_num_threads(options.threads)
    lines = [line(name, options) for name in options.toys]
    names = ("law", "s", "modes", "high quality", "KL", "spread", "weights off", "Wasserstein")
    print(table((*names, "of training rows"), lines))


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--toys", nargs="+", default=PLAIN, choices=list(TOYS))
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--rows", type=int, default=2500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    pairs = (word.split("=", 1) for word in options.set)
    options.settings = {name: ast.literal_eval(value) for name, value in pairs}
    return options


def line(name: str, options: argparse.Namespace) -> tuple[str, ...]:
    runs = [run(TOYS[name], seed, options) for seed in range(options.seeds)]
    columns = zip(*runs, strict=True)
    return (name, *(spread(column) if column[0] is not None else "" for column in columns))


def run(toy: Draw, seed: int, options: argparse.Namespace) -> list[float | None]:
    rng = np.random.default_rng(seed)
    X = toy(options.rows, rng)
    began = time.perf_counter()
    model = GAN(random_state=seed, **options.settings).fit(X, listener=None)
    seconds = time.perf_counter() - began
    drawn = model.sample(options.rows, random_state=seed)
    found = modes(toy, drawn, rng) if isinstance(toy, Modes) else [None] * 5
    return [seconds, *found, *distances(toy, model, X, rng)]


def modes(toy: Modes, drawn: np.ndarray, rng: np.random.Generator) -> list[float]:
    n, good, kl, rms = toy.figures(drawn)
    real = toy.figures(toy(20_000, rng))[-1]
    nearest = np.linalg.norm(drawn[:, None] - toy.centers, axis=2).argmin(1)
    share = np.bincount(nearest, minlength=len(toy.shares)) / len(drawn)
    return [n, good, kl, rms / real, 0.5 * float(np.abs(share - toy.shares).sum())]


def distances(toy: Draw, model: GAN, X: np.ndarray, rng: np.random.Generator) -> list[float]:
    """Of samples and of the training rows, each over that of fresh rows; means of five."""
    drawn, trained, fresh = [], [], []
    for i in range(5):
        one, other = toy(len(X), rng), toy(len(X), rng)
        drawn.append(sliced(model.sample(len(X), random_state=i), one))
        trained.append(sliced(X, one))
        fresh.append(sliced(other, one))
    return [float(np.mean(drawn) / np.mean(fresh)), float(np.mean(trained) / np.mean(fresh))]


def sliced(a: np.ndarray, b: np.ndarray) -> float:
    """Mean Wasserstein-1 distance along 200 directions."""
    directions = np.random.default_rng(0).normal(size=(a.shape[1], 200))
    directions /= np.linalg.norm(directions, axis=0)
    return float(np.abs(np.sort(a @ directions, 0) - np.sort(b @ directions, 0)).mean())


if __name__ == "__main__":
    main()
