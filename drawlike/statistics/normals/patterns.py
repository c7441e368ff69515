"""Rows of dense normals by which of their columns are observed: densities and sums.

A row's density is that of its observed columns. In sums the others enter by their mean and
covariance given the observed ones (Little & Rubin 2002, chapter 8). Matrices are made once a
pattern; rows without gaps are one pattern.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from .conditioning import floored_roots, inverse_root, regression, roots_of_some, whitened
from .missing import Group, Reals
from .normal import Moments

if TYPE_CHECKING:
    from .dense import DenseNormals

_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True, eq=False)
class Patterns:
    """What dense normals say of rows, pattern by pattern, by deviations from each mean."""

    normals: "DenseNormals"

    def log_prob(self, reals: Reals) -> Tensor:
        """Log-density of the observed columns under all components, nats, (C, n)."""
        means = self.normals.means
        out = reals.x.new_empty((len(means), len(reals.x)))
        for group in reals.groups:
            for owner, members in self._families():
                whitener, constant = self._whiten(owner, group)
                root = self.normals.roots[owner] if group.complete else None
                for j in members:
                    z = whitened(group.centred(means[j]), whitener, root)
                    group.scatter(constant[:, None] - 0.5 * z.square().sum(-1), out[j])
        return out

    def add_moments(self, reals: Reals, shares: Tensor, into: Moments) -> None:
        """Add rows, weighted by shares (C, n), to sums of deviations from each mean."""
        for group in reals.groups:
            for owner, members in self._families():
                fill, rest = self._impute(owner, group)
                for j in members:
                    share = group.collect(shares[j])
                    into.mass[j] += share.sum()
                    into.second[owner] += torch.tensordot(share.sum(1), rest, 1)
                    share, z = _counting(share, group, self.normals.means[j])
                    z = z if fill is None else z @ fill.mT
                    weighted = (z * share[..., None]).flatten(0, 1)
                    into.first[j] += weighted.sum(0)
                    into.second[owner].addmm_(weighted.T, z.flatten(0, 1))

    def regression(self, owner: int, group: Group) -> Tensor:
        """Matrices (P, d, d) from observed deviations to those of the other columns."""
        roots = self._observed_roots(owner, group)
        root = self.normals.roots[owner]
        return regression(root @ root.mT, group.observed, roots)

    def _families(self) -> Iterator[tuple[int, list[int]]]:
        """Components that share a covariance are neighbours."""
        owner = self.normals.owner
        for number, members in groupby(range(len(owner)), owner.__getitem__):
            yield number, list(members)

    def _whiten(self, owner: int, group: Group) -> tuple[Tensor, Tensor]:
        """Whiteners (P, d, d) and log-normalisers (P,) of the observed columns."""
        if group.complete:
            whitener = self.normals.whiteners[owner][None]
        else:
            whitener = inverse_root(self._observed_roots(owner, group))
        seen = group.observed.to(whitener.dtype)
        blur = (whitener.square() * (self.normals.guard.cell * seen)[:, None]).sum((1, 2))
        log_scale = -whitener.diagonal(dim1=-2, dim2=-1).log().sum(-1)
        return whitener, -0.5 * (seen.sum(-1) * _LOG_2PI + blur) - log_scale

    def _impute(self, owner: int, group: Group) -> tuple[Tensor | None, Tensor]:
        """Matrices (P, d, d): observed to all deviations, and what stays uncertain."""
        cell = self.normals.guard.cell
        if group.complete:
            return None, torch.diag_embed(cell)[None]
        root, seen = self.normals.roots[owner], group.observed.to(self.normals.means.dtype)
        regression, unseen = self.regression(owner, group), (1 - seen)[:, :, None]
        rest = (root - regression @ root) * unseen  # a difference of products has fewer digits
        hidden = rest @ rest.mT
        fill = regression + torch.diag_embed(seen)
        blur = fill * (cell * seen)[:, None] @ fill.mT
        return fill, hidden + blur

    def _observed_roots(self, owner: int, group: Group) -> Tensor:
        """Roots (P, d, d) where unobserved columns are independent, variance 1."""
        normals = self.normals
        if normals.are_determined[owner]:
            return roots_of_some(normals.roots[owner], group.observed)
        seen = group.observed.to(normals.covariances.dtype)
        both = seen[:, :, None] * seen[:, None]
        covariances = normals.covariances[owner] * both + torch.diag_embed(1 - seen)
        return floored_roots(covariances, normals.least[owner] * seen)


def _counting(share: Tensor, group: Group, mean: Tensor) -> tuple[Tensor, Tensor]:
    """Shares and deviations of the rows that count: far from a component most shares are 0."""
    if group.complete:
        counting = share[0].nonzero()[:, 0]
        if 2 * len(counting) < share.shape[1]:
            return share[:, counting], group.x[:, counting] - mean
    return share, group.centred(mean)
