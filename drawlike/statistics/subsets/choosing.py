"""Choosing k of n rows: at random, by a score, close to a target, or far from each other.

A strategy takes candidates, k and a generator, and gives the positions of k rows. Diverse
strategies weigh distance against typicality, so that outliers are not all they choose: a
distance counts in units of the row's own distance to its fifth neighbour, unless the
candidates have a score, whose exponential then takes the place of 1 / that distance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from .proximity import local_radius, neighbours, squared_distances

_PAIRED = 500  # rows whose distances tell how wide a kernel is
_QUALITY = 8  # how much more typicality counts than distance in a determinant
_COVERED = 30  # neighbours that a row stands for
_NIL = 1e-10  # a row whose determinant is smaller adds nothing to those chosen


@dataclass(frozen=True, eq=False)
class Candidates:
    """Rows to choose among.

    ``weight`` (n,) is how many rows each stands for; ``locate`` gives them as points
    (n, p); ``score`` (n,), higher is better, is the log of the odds of a row; ``targets``
    (t, p) are points to be close to, the middle if None.
    """

    weight: np.ndarray
    locate: Callable[[], Tensor]
    score: np.ndarray | None = None
    targets: Tensor | None = None

    @cached_property
    def points(self) -> Tensor:
        """The rows as points, (n, p)."""
        return self.locate()

    @cached_property
    def log_weight(self) -> np.ndarray:
        """Log of the weights, (n,)."""
        return np.log(self.weight)

    @cached_property
    def radius(self) -> np.ndarray:
        """Distance of each row to its fifth neighbour, (n,)."""
        return local_radius(self.points)

    @cached_property
    def log_density(self) -> np.ndarray:
        """Log-density but for a constant, by the radius of the fifth neighbour, (n,).

        Loftsgaarden & Quesenberry 1965.
        """
        return -self.points.shape[1] * np.log(self.radius)

    @property
    def merit(self) -> np.ndarray:
        """The score, by default the log-density, (n,)."""
        return self.log_density if self.score is None else self.score


Strategy = Callable[[Candidates, int, np.random.Generator], np.ndarray]


def uniform(rows: Candidates, k: int, rng: np.random.Generator) -> np.ndarray:
    """Draw by weight, one after the other without replacement."""
    return highest(random_keys(rows.log_weight, rng), k)


def weighted(rows: Candidates, k: int, rng: np.random.Generator) -> np.ndarray:
    """Draw by weight times the exponential of the score."""
    return highest(random_keys(rows.log_weight + rows.merit, rng), k)


def best(rows: Candidates, k: int, rng: np.random.Generator) -> np.ndarray:
    """Take the highest scores."""
    return highest(rows.merit, k)


def nearest(rows: Candidates, k: int, rng: np.random.Generator) -> np.ndarray:
    """Take the rows closest to a target, or to the middle of all."""
    weight = torch.from_numpy(rows.weight).to(rows.points)
    targets = rows.targets
    if targets is None:
        targets = (weight @ rows.points / weight.sum())[None]
    return highest(-squared_distances(rows.points, targets).amin(1).double().numpy(), k)


def farthest(rows: Candidates, k: int, rng: np.random.Generator) -> np.ndarray:
    """Take the row farthest from those taken before, again and again; the first by weight.

    With equal scores no other choice of k rows brings all rows more than twice as close to
    one of them (Gonzalez 1985).
    """
    points = rows.points
    log_quality = -np.log(rows.radius) if rows.score is None else rows.score
    quality = torch.from_numpy(np.exp(2 * (log_quality - log_quality.max()))).to(points)
    norm = points.square().sum(1)
    chosen = [int(highest(random_keys(rows.log_weight + log_quality, rng), 1)[0])]
    distance = torch.full_like(quality, torch.inf)
    while len(chosen) < k:
        last = chosen[-1]
        to_last = (norm + norm[last] - 2 * points @ points[last]).clamp_(min=0.0)
        distance = torch.minimum(distance, to_last)
        distance[last] = -1.0
        chosen.append(int((distance * quality).argmax()))
    return np.array(chosen)


def determinantal(rows: Candidates, k: int, rng: np.random.Generator) -> np.ndarray:
    """Take the rows that together have the greatest determinant, greedily.

    The matrix is q_i q_j exp(-d_ij^2 / 2 s^2) with the median distance s. Chen et al. 2018,
    arXiv:1709.05135: each step extends a Cholesky factor by a row.
    """
    points, n = rows.points, len(rows.weight)
    scale = _median_square(points, rng)
    log_quality = -_QUALITY * rows.radius**2 / (2 * scale) if rows.score is None else rows.score
    quality = torch.from_numpy(np.exp(log_quality - log_quality.max())).to(points)
    factor = points.new_zeros((k, n))
    gain = quality.square() * (1 + 1e-6 * torch.from_numpy(rng.random(n))).to(points)
    chosen: list[int] = []
    while len(chosen) < k and float(gain.max()) > _NIL * float(quality.max()) ** 2:
        last, done = int(gain.argmax()), len(chosen)
        like = torch.exp(-squared_distances(points[last, None], points)[0] / (2 * scale))
        row = quality[last] * quality * like - factor[:done, last] @ factor[:done]
        factor[done] = row / gain[last].sqrt()
        gain = gain - factor[done].square()
        chosen.append(last)
        gain[chosen] = -1.0
    return _filled(chosen, rows, k, rng)


def covering(rows: Candidates, k: int, rng: np.random.Generator) -> np.ndarray:
    """Take the row that is near most rows that are not near one taken before, again and again.

    A row is near another that is among its 30 nearest. No choice covers more than
    1 / (1 - 1/e) times as many (Nemhauser, Wolsey & Fisher 1978).
    """
    n = len(rows.weight)
    if n < 2:
        return np.arange(n)
    near = neighbours(rows.points, _COVERED)[1].numpy()
    near = np.column_stack([np.arange(n), near])
    covered_by = np.argsort(near.ravel(), kind="stable") // near.shape[1]
    ends = np.cumsum(np.bincount(near.ravel(), minlength=n))
    gain = np.bincount(near.ravel(), np.repeat(rows.weight, near.shape[1]), n)
    chosen: list[int] = []
    open_ = np.ones(n, bool)
    while len(chosen) < k and gain.max() > _NIL:
        last = int(gain.argmax())
        start = ends[last - 1] if last else 0
        new = covered_by[start : ends[last]]
        new = new[open_[new]]
        open_[new] = False
        np.subtract.at(gain, near[new], rows.weight[new, None])
        chosen.append(last)
        gain[last] = -1.0
    return _filled(chosen, rows, k, rng)


CHOICES: dict[str, Strategy] = {
    "uniform": uniform,
    "weighted": weighted,
    "best": best,
    "nearest": nearest,
    "farthest": farthest,
    "determinantal": determinantal,
    "covering": covering,
}


def random_keys(log_odds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Keys whose k highest are k draws by odds without replacement, (n,).

    Keys of parts of the rows can be compared, so that rows may come in parts. Efraimidis &
    Spirakis 2006, on a logarithmic scale.
    """
    return log_odds + rng.gumbel(size=len(log_odds))


def highest(keys: np.ndarray, k: int) -> np.ndarray:
    """Positions of the k highest keys; of equal ones those that come first."""
    return np.argsort(-keys, kind="stable")[:k]


def quotas(mass: np.ndarray, sizes: np.ndarray, k: int) -> np.ndarray:
    """Share k among classes by mass, at least one each, at most what each has."""
    # the quota rises with the scale, from one row each to all rows: bisect to a sum of k
    low, high = 0.0, float(np.max(sizes / mass))
    for _ in range(200):
        scale = (low + high) / 2
        too_much = np.clip(scale * mass, 1, sizes).sum() > k
        low, high = (low, scale) if too_much else (scale, high)
    quota = np.clip(low * mass, 1, sizes)
    shares = np.floor(quota).astype(int)
    largest = np.argsort(shares - quota, kind="stable")[: k - shares.sum()]
    shares[largest] += 1
    return shares


def _median_square(points: Tensor, rng: np.random.Generator) -> float:
    """Median squared distance of different rows, 1 if there are none."""
    some = points[torch.from_numpy(rng.permutation(len(points))[:_PAIRED])]
    squared = squared_distances(some, some)
    apart = squared[squared > 0]
    return float(apart.median()) if len(apart) else 1.0


def _filled(chosen: list[int], rows: Candidates, k: int, rng: np.random.Generator) -> np.ndarray:
    """Add rows by weight where those chosen already say all that there is to say."""
    keys = random_keys(rows.log_weight, rng)
    keys[chosen] = np.inf
    rest = highest(keys, k)[len(chosen) :]
    return np.concatenate([np.array(chosen, int), rest])
