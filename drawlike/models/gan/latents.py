"""What a generator's draws begin with."""

import math
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ...networks import Bank, Classes, Frames, picked


class Latent(Protocol):
    """A law of latent vectors; ``kinds`` are what the players are told beside a row."""

    @property
    def width(self) -> int:
        """Length of a latent vector."""
        ...

    @property
    def n_components(self) -> int:
        """Number of components of a label, 0 without a mixture."""
        ...

    def vectors(
        self, kinds: Tensor, rng: torch.Generator, truncation: float | None = None
    ) -> Tensor:
        """Draw a latent vector for each row's kind, (n, width), of numbers no larger."""
        ...

    def kinds(self, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw one-hot kinds (n, K) of rows to generate, given their labels."""
        ...

    def kinds_of(self, x: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw one-hot kinds (n, K) of real rows."""
        ...


class OfLabels:
    """A law without a mixture: a kind is a label."""

    @property
    def n_components(self) -> int:
        """None: there is no mixture."""
        return 0

    def kinds(self, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Give the labels."""
        return cond

    def kinds_of(self, x: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Give the labels."""
        return cond


@dataclass(frozen=True)
class Plain(OfLabels):
    """Normal numbers, and random signs that let a generator leap from mode to mode."""

    n_normals: int
    n_signs: int = 0

    @property
    def width(self) -> int:
        """Length of a latent vector."""
        return self.n_normals + self.n_signs

    def vectors(
        self, kinds: Tensor, rng: torch.Generator, truncation: float | None = None
    ) -> Tensor:
        """Draw both."""
        z = _normals(kinds, self.width, rng, truncation)
        z[:, self.n_normals :].sign_()
        return z


@dataclass(frozen=True, eq=False)
class Remembered(OfLabels):
    """Training rows, which the model keeps, with normal noise on them."""

    bank: Bank
    noise: float = 0.3

    @property
    def width(self) -> int:
        """Length of a latent vector: that of an expanded row."""
        return self.bank.rows.shape[1]

    def vectors(
        self, kinds: Tensor, rng: torch.Generator, truncation: float | None = None
    ) -> Tensor:
        """Draw a row of each kind, and noise."""
        shares = _labels(kinds) @ self.bank.labels.T
        shares[shares.sum(1) == 0] = 1.0  # a label of which no row was kept
        rows = self.bank.rows[torch.multinomial(shares, 1, generator=rng)[:, 0]]
        return rows + self.noise * _normals(kinds, self.width, rng, truncation)


@dataclass(frozen=True, eq=False)
class Clusters:
    """A normal number a column, and the component of a mixture of the rows.

    A kind is a component: label 0's first, then label 1's, and so on. A row's component is
    drawn given the row, so that rows of a kind follow a smooth law: the component itself,
    where the mixture is right.
    Mixtures as latents: Ben-Yosef and Weinshall 2018, arXiv:1808.10356; clusters as what a
    critic is told: Liu et al. 2020, arXiv:2006.10728.
    """

    frames: Frames

    @property
    def width(self) -> int:
        """Length of a latent vector."""
        return self.frames.means.shape[1]

    @property
    def n_components(self) -> int:
        """Number of components of a label."""
        return self.frames.log_weights.shape[1]

    def vectors(
        self, kinds: Tensor, rng: torch.Generator, truncation: float | None = None
    ) -> Tensor:
        """Draw normal numbers."""
        return _normals(kinds, self.width, rng, truncation)

    def kinds(self, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw components by their weights."""
        weights = self.frames.log_weights.exp()
        return picked((_labels(cond)[:, :, None] * weights).flatten(1), rng)

    def kinds_of(self, x: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw each row's component given the row."""
        return picked(self.shares(x, cond), rng)

    def of_kind(self, cond: Tensor, number: int) -> Tensor:
        """Rows' kinds, were all of one component, (n, K)."""
        return _all_of(number, len(cond), len(self.frames.means), cond)

    def shares(self, x: Tensor, cond: Tensor) -> Tensor:
        """Probability of each kind given rows and their labels, (n, K)."""
        shares = x.new_zeros(len(x), len(self.frames.means))
        for label, log_weights in enumerate(self.frames.log_weights):
            rows = _labels(cond)[:, label].nonzero()[:, 0]
            own = slice(label * len(log_weights), (label + 1) * len(log_weights))
            shares[rows, own] = (log_weights + self.frames.log_prob(x[rows], own)).softmax(1)
        return shares


@dataclass(frozen=True, eq=False)
class InClasses:
    """Normal numbers, and a latent class of the rows of a table, drawn as in :class:`Clusters`.

    A kind is a label, if there are labels, and a class beside it: the condition of a
    conditional GAN of tables (Xu et al. 2019, arXiv:1907.00503), by all columns at once.
    """

    classes: Classes
    width: int

    @property
    def n_components(self) -> int:
        """Number of classes."""
        return len(self.classes.log_tables)

    def vectors(
        self, kinds: Tensor, rng: torch.Generator, truncation: float | None = None
    ) -> Tensor:
        """Draw normal numbers."""
        return _normals(kinds, self.width, rng, truncation)

    def kinds(self, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw classes by their shares given the label."""
        return self.classes.kinds(cond, rng)

    def kinds_of(self, x: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw each row's class given the row."""
        return self.classes.kinds_of(x, cond, rng)

    def of_kind(self, cond: Tensor, number: int) -> Tensor:
        """Rows' kinds, were all of one class."""
        return torch.cat([cond, _all_of(number, len(cond), self.n_components, cond)], 1)

    def shares(self, x: Tensor, cond: Tensor) -> Tensor:
        """Probability of each class given rows and their labels, (n, k)."""
        return self.classes.shares(x, cond)


def _all_of(number: int, n: int, n_kinds: int, like: Tensor) -> Tensor:
    kinds = like.new_zeros(n, n_kinds)
    kinds[:, number] = 1.0
    return kinds


def _normals(kinds: Tensor, width: int, rng: torch.Generator, most: float | None) -> Tensor:
    """Standard normal numbers (n, width), given that none is larger than ``most``."""
    shape = (len(kinds), width)
    if most is None:
        return torch.randn(shape, generator=rng, device=kinds.device)
    within = math.erf(most / math.sqrt(2))
    uniform = torch.rand(shape, generator=rng, device=kinds.device, dtype=torch.float64)
    return (math.sqrt(2) * torch.erfinv(within * (2 * uniform - 1))).to(kinds.dtype)


def _labels(cond: Tensor) -> Tensor:
    """One-hot labels; without any all rows are of one."""
    return cond if cond.shape[1] else cond.new_ones(len(cond), 1)
