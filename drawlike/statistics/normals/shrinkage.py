"""Covariances shrunk towards a multiple of the identity.

    (1 - s) S + s m I,   m = trace(S) / d

The intensity s of Ledoit & Wolf (2004, J. Multivariate Analysis 88) has the least expected
squared error to first order. It needs the sum of |x - mean|^4, which streams and adds up as
moments about any fixed point c do: with z = x - c, q = |z|^2 and e = mean - c,

    |x - mean|^4 = q^2 - 4 q (z.e) + 2 q |e|^2 + 4 (z.e)^2 - 4 (z.e) |e|^2 + |e|^4.
"""

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from ..mixtures.mixture import Mixture
from .dense import DenseNormals
from .normal import Normals, positive


class Quartics(NamedTuple):
    """Weighted sums over complete rows of 1, z, z z', q z and q^2 for each class.

    A row of weight 2 counts as two.
    """

    mass: Tensor
    first: Tensor
    second: Tensor
    cubic: Tensor
    quartic: Tensor

    @classmethod
    def zeros(cls, centers: Tensor) -> "Quartics":
        """Sums over no rows, about centres (C, d)."""
        n, d = centers.shape
        new = centers.new_zeros
        return cls(new(n), new(n, d), new(n, d, d), new(n, d), new(n))

    @classmethod
    def of(cls, reals: Tensor, cond: Tensor, weight: Tensor, centers: Tensor) -> "Quartics":
        """Sums of rows (n, d) about the centre of the class of each."""
        sums = cls.zeros(centers)
        whole = ~reals.isnan().any(1)
        label = cond.argmax(1) if cond.shape[1] else torch.zeros_like(whole).long()
        for c in label.unique().tolist():
            rows = whole & (label == c)
            z, w = reals[rows].double() - centers[c], weight[rows].double()
            square = z.square().sum(1)
            weighted = z * w[:, None]
            sums.mass[c] += w.sum()
            sums.first[c] += weighted.sum(0)
            sums.second[c] += weighted.T @ z
            sums.cubic[c] += square @ weighted
            sums.quartic[c] += w @ square.square()
        return sums

    def about_means(self) -> tuple[Tensor, Tensor]:
        """Scatter matrices (C, d, d), and sums of fourth powers (C,), about the means."""
        shift = self.first / positive(self.mass)[:, None]
        length = shift.square().sum(1)
        scatter = self.second - shift[:, :, None] * self.first[:, None]
        trace = self.second.diagonal(dim1=1, dim2=2).sum(1)
        quartic = (
            self.quartic
            - 4 * (shift * self.cubic).sum(1)
            + 2 * length * trace
            + 4 * torch.einsum("ci,cij,cj->c", shift, self.second, shift)
            - 4 * length * (shift * self.first).sum(1)
            + self.mass * length.square()
        )
        return scatter, quartic


def ledoit_wolf(sums: Quartics, n_covariances: int) -> Tensor:
    """Intensity for each class's covariance, or for the one of all, (n_covariances,).

    0 where no row is complete.
    """
    (scatter, quartic), mass = sums.about_means(), sums.mass
    if n_covariances == 1:
        scatter, quartic, mass = (t.sum(0, keepdim=True) for t in (scatter, quartic, mass))
    d = scatter.shape[-1]
    n = positive(mass)
    covariance = scatter / n[:, None, None]
    size = covariance.square().sum((1, 2))
    mean = covariance.diagonal(dim1=1, dim2=2).sum(1) / d
    distance = (size - d * mean.square()) / d
    noise = ((quartic / n - size) / (d * n)).clamp(min=0).minimum(distance)
    return torch.where((mass > 0) & (noise > 0), noise / positive(distance), 0.0)


def shrunk(normals: Normals, intensity: Tensor | float) -> Normals:
    """Shrink every covariance by its intensity, or by one for all."""
    share = torch.as_tensor(intensity).to(normals.means)
    wide = normals.covariances
    if isinstance(normals, DenseNormals):
        mean = wide.diagonal(dim1=1, dim2=2).mean(1)
        share = share.expand(len(wide))[:, None, None]
        identity = torch.eye(wide.shape[-1]).to(wide) * mean[:, None, None]
    else:
        share, identity = share.expand(len(wide))[:, None], wide.mean(1, keepdim=True)
    return replace(normals, covariances=(1 - share) * wide + share * identity)


def shrunk_mixture(mixture: Mixture, shrinkage: str | float | None, sums: Quartics) -> Mixture:
    """Shrink by a number, by Ledoit and Wolf's, or not at all."""
    if shrinkage is None or not len(mixture.spread):
        return mixture
    groups = len(mixture.normals.covariances)
    intensity = shrinkage if not isinstance(shrinkage, str) else ledoit_wolf(sums, groups)
    return replace(mixture, normals=shrunk(mixture.normals, intensity))
