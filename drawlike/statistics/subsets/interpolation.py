"""New rows from old ones: between neighbours, or a little off.

Both keep what a row's kind allows: a value whose code says that it is none stays absent,
and an unobserved cell stays unobserved.
"""

import numpy as np
import torch
from torch import Tensor

from ...layout import Layout
from ..columns import CodeColumn, Columns, RealColumn
from .proximity import neighbours

BANDWIDTHS = {
    "scott": lambda n, d: n ** (-1 / (d + 4)),
    "silverman": lambda n, d: (n * (d + 2) / 4) ** (-1 / (d + 4)),
}


class Interpolated:
    """Rows on the lines between each row and its nearest neighbours.

    SMOTE (Chawla et al. 2002, arXiv:1106.1813): a real value lies uniformly between those
    of the row and of one of its neighbours, a category is the one that most neighbours
    have. Numbers with atoms keep the row's atom. The closer ``points`` (n, p) are, the more
    alike are the rows. Columns behind those of the layout are numbers too.
    """

    def __init__(self, x: Tensor, layout: Layout, points: Tensor, *, n_neighbors: int) -> None:
        self.x, self.points, columns = x.double().contiguous(), points, Columns.of(layout)
        self.codes, self.free = code_places(columns), free_codes(columns)
        # neighbours are looked for when a row is first drawn from
        self.known, self.all_known = np.zeros(len(x), bool), len(x) < 2
        self.near = torch.zeros((len(x), max(1, min(n_neighbors, len(x) - 1))), dtype=torch.long)
        self.voted = self.x[:, self.free]

    def draw(self, base: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Write a new row for each of ``base``, the numbers of rows to begin from."""
        from .lines import between  # compiled: a second to import

        if not self.all_known:
            self.find(base)
        between(self.x.numpy(), self.near.numpy(), base, rng.random(len(base)), out)
        if self.codes:
            out[:, self.codes] = self.x.numpy()[base][:, self.codes]
            out[:, self.free] = self.voted.numpy()[base]

    def find(self, base: np.ndarray) -> None:
        """Find the neighbours of rows, and what they vote for."""
        asked = np.zeros(len(self.known), bool)
        asked[base] = True
        if 2 * asked.sum() > len(asked):  # the others are soon asked for
            asked[:] = True
        new = torch.from_numpy(np.flatnonzero(asked & ~self.known))
        if len(new):
            self.near[new] = neighbours(self.points, self.near.shape[1], new)[1]
            near, codes = self.near[new], self.x[:, self.free]
            self.voted[new] = _votes(codes, codes[new], near)
            self.known[new.numpy()] = True
        self.all_known = bool(self.known.all())


class Smoothed:
    r"""Rows moved by normal noise with the covariance of all, in proportion to a bandwidth.

    .. math:: x^* = m + (x - m + h S^{1/2} e) / \sqrt{1 + h^2}

    keeps mean and covariance (the smoothed bootstrap; Silverman & Young 1987). A category
    is drawn anew from all rows with probability h^2 / (1 + h^2). Columns behind those of the
    layout stay.
    """

    def __init__(
        self, x: Tensor, layout: Layout, *, bandwidth: str | float, weight: np.ndarray
    ) -> None:
        self.x, self.columns = x.double(), Columns.of(layout)
        reals, _ = self.columns.split(self.x[:, : layout.width])
        self.places = [i for i, c in enumerate(self.columns.columns) if isinstance(c, RealColumn)]
        self.free = free_codes(self.columns)
        n, d = weight.sum() ** 2 / (weight**2).sum(), max(reals.shape[1], 1)
        rule = BANDWIDTHS.get(bandwidth) if isinstance(bandwidth, str) else None
        self.h = float(bandwidth) if rule is None else float(rule(n, d))
        odds = torch.from_numpy(weight / weight.sum())
        self.mean, self.root = _moments(reals, odds)
        self.odds = odds.numpy()

    def draw(self, base: np.ndarray, rng: np.random.Generator, out: np.ndarray) -> None:
        """Write a new row for each of ``base``, the numbers of rows to begin from."""
        drawn = torch.from_numpy(out).copy_(self.x[torch.from_numpy(base)])
        noise = torch.from_numpy(rng.standard_normal((len(base), len(self.mean))))
        moved = drawn[:, self.places] - self.mean + self.h * noise @ self.root.T
        drawn[:, self.places] = self.mean + moved / (1 + self.h**2) ** 0.5
        for place in self.free:
            anew = rng.random(len(base)) < self.h**2 / (1 + self.h**2)
            other = rng.choice(len(self.x), int(anew.sum()), p=self.odds)
            drawn[torch.from_numpy(anew), place] = self.x[torch.from_numpy(other), place]


def code_places(columns: Columns) -> list[int]:
    """Places of the encoded columns that hold codes."""
    return [i for i, c in enumerate(columns.columns) if isinstance(c, CodeColumn)]


def free_codes(columns: Columns) -> list[int]:
    """Places of the codes that are a variable of their own, and say nothing of a number."""
    after = [*columns.columns[1:], None]
    gates = [isinstance(c, RealColumn) and c.gated for c in after]
    return [i for i in code_places(columns) if not gates[i]]


def _votes(codes: Tensor, own: Tensor, near: Tensor) -> Tensor:
    """Most frequent code among each row's neighbours, (n, m); unobserved ones stay so."""
    if not codes.shape[1]:
        return own
    votes = torch.stack([column[near].mode(1).values for column in codes.T], 1)
    return torch.where(own.isnan() | votes.isnan(), own, votes)


def _moments(reals: Tensor, odds: Tensor) -> tuple[Tensor, Tensor]:
    """Mean (d,) of observed values, and a root (d, d) of their covariance."""
    seen = (~reals.isnan()).double()
    count = (odds @ seen).clamp(min=torch.finfo(torch.float64).tiny)
    mean = odds @ reals.nan_to_num(nan=0.0) / count
    centred = (reals - mean).nan_to_num(nan=0.0)
    # filling with the mean takes from the spread what the share of observed cells gives back
    centred = centred / count.sqrt()
    values, vectors = torch.linalg.eigh(centred.T @ (odds[:, None] * centred))
    return mean, vectors * values.clamp(min=0.0).sqrt()
