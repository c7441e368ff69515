"""Real sets with planted faults: what a judge must see, and fresh rows that it must let pass."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from sklearn.datasets import load_digits

N = 450
N_MODES = 8


@dataclass(frozen=True)
class Rows:
    """Rows and the mode that each belongs to."""

    X: np.ndarray
    modes: np.ndarray

    def take(self, index: np.ndarray) -> "Rows":
        return Rows(self.X[index], self.modes[index])


@dataclass(frozen=True)
class Real:
    """Training and hold-out rows, and a store of fresh ones.

    ``noise`` is a spread that leaves a row recognisable, yet is foreign to real rows.
    """

    train: Rows
    holdout: Rows
    fresh: Rows
    noise: float


def ring(seed: int, spread: float = 0.05) -> Real:
    """Eight normals on a circle."""
    rng = np.random.default_rng(seed)

    def draw(n: int) -> Rows:
        modes = rng.integers(N_MODES, size=n)
        angle = 2 * np.pi * modes / N_MODES
        centres = np.column_stack([np.cos(angle), np.sin(angle)])
        return Rows(centres + spread * rng.normal(size=(n, 2)), modes)

    return Real(draw(N), draw(N), draw(3 * N), noise=1.5 * spread)


def digits(seed: int) -> Real:
    """The digits of scikit-learn, 8 x 8 with 17 grey levels, as floats."""
    data = load_digits()
    order = np.random.default_rng(seed).permutation(len(data.target))
    rows = Rows(data.images[order], data.target[order])
    train, holdout, fresh = np.split(np.arange(len(order)), [N, 2 * N])
    return Real(rows.take(train), rows.take(holdout), rows.take(fresh), noise=2.0)


def fresh(real: Real, rng: np.random.Generator) -> Rows:
    return _some(real.fresh, np.ones(len(real.fresh.X), bool), rng)


def drop_mode(real: Real, rng: np.random.Generator) -> Rows:
    return _some(real.fresh, real.fresh.modes != 3, rng)


def drop_half(real: Real, rng: np.random.Generator) -> Rows:
    return _some(real.fresh, real.fresh.modes % 2 == 0, rng)


def thin_mode(real: Real, rng: np.random.Generator) -> Rows:
    """One mode keeps a fifth of its rows."""
    kept = rng.random(len(real.fresh.X)) < 0.2
    return _some(real.fresh, (real.fresh.modes != 3) | kept, rng)


def invent(real: Real, rng: np.random.Generator) -> Rows:
    """A tenth of the rows takes its second half from another row."""
    rows, n = fresh(real, rng), N // 10
    halves = rows.X.reshape(N, 2, -1)
    halves[:n, 1] = halves[rng.permutation(N)[:n], 1]
    return replace(rows, X=halves.reshape(rows.X.shape))


def copy(real: Real, rng: np.random.Generator) -> Rows:
    return real.train


def jittered_copy(real: Real, rng: np.random.Generator) -> Rows:
    """Noise of a tenth of the distance between neighbours."""
    flat = real.train.X.reshape(N, -1)
    apart = np.sqrt(((flat[:, None] - flat[None]) ** 2).sum(-1))
    np.fill_diagonal(apart, np.inf)
    each = 0.1 * np.median(apart.min(1)) / flat.shape[1] ** 0.5
    return replace(real.train, X=real.train.X + each * rng.normal(size=real.train.X.shape))


def copy_of_30_percent(real: Real, rng: np.random.Generator) -> Rows:
    copied = np.arange(N) < 0.3 * N
    return _joined(real.train.take(copied), fresh(real, rng).take(~copied))


def copy_of_mode(real: Real, rng: np.random.Generator) -> Rows:
    copied = real.train.take(real.train.modes == 3)
    others = _some(real.fresh, real.fresh.modes != 3, rng)
    return _joined(copied, others.take(np.arange(N) >= len(copied.X)))


def noise(real: Real, rng: np.random.Generator) -> Rows:
    rows = fresh(real, rng)
    return replace(rows, X=rows.X + real.noise * rng.normal(size=rows.X.shape))


def shrink(real: Real, rng: np.random.Generator) -> Rows:
    """Every row nears the middle of its mode."""
    rows = fresh(real, rng)
    X = rows.X.copy()
    for mode in np.unique(rows.modes):
        middle = X[rows.modes == mode].mean(0)
        X[rows.modes == mode] = middle + 0.7 * (X[rows.modes == mode] - middle)
    return replace(rows, X=X)


def collapse(real: Real, rng: np.random.Generator) -> Rows:
    """Twenty rows come back again and again, nearly."""
    rows = real.fresh.take(rng.integers(20, size=N))
    return replace(rows, X=rows.X + 0.1 * real.noise * rng.normal(size=rows.X.shape))


def one_gaussian(real: Real, rng: np.random.Generator) -> Rows:
    flat = real.train.X.reshape(N, -1)
    drawn = rng.multivariate_normal(flat.mean(0), np.cov(flat.T), N, method="eigh")
    return replace(real.train, X=drawn.reshape(real.train.X.shape))


Fault = Callable[[Real, np.random.Generator], Rows]
COPIES: tuple[Fault, ...] = (copy, jittered_copy, copy_of_30_percent, copy_of_mode)
FAULTS: tuple[Fault, ...] = (
    drop_mode,
    drop_half,
    thin_mode,
    invent,
    *COPIES,
    noise,
    shrink,
    collapse,
    one_gaussian,
)


def _some(rows: Rows, kept: np.ndarray, rng: np.random.Generator) -> Rows:
    return rows.take(rng.permutation(np.flatnonzero(kept))[:N])


def _joined(a: Rows, b: Rows) -> Rows:
    return Rows(np.concatenate([a.X, b.X]), np.concatenate([a.modes, b.modes]))
