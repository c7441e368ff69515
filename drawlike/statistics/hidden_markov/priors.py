"""A prior of the normals that states emit (Huang, Acero & Hon 2001, pages 443 to 445).

    log p(m, S) = -1/2 (w (m - m0)^T S^-1 (m - m0) + c log |S| + tr(B S^-1)) + constant

with the mean m0, its weight w, a scatter B, and c the steps of which that is the scatter. As
steps do, it adds to the sums from which an update comes.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ...errors import SettingError
from ..normals.dense import DenseNormals
from ..normals.normal import Moments, Normals, positive


@dataclass(frozen=True, eq=False)
class NormalPrior:
    """Priors of means and covariances of C normals.

    ``means`` (C, d) with ``weights`` (C, 1), and ``scatter``, of which the shape is (1, d), or
    (1, d, d) where columns depend on each other, or begins with C; ``count`` is c.
    """

    means: Tensor
    weights: Tensor
    scatter: Tensor
    count: float

    def to(self, device: torch.device) -> "NormalPrior":
        """Give the same prior on a device."""
        means, weights, scatter = (t.to(device) for t in (self.means, self.weights, self.scatter))
        return NormalPrior(means, weights, scatter, self.count)

    def fold(self, normals: Normals, moments: Moments, *, moving: bool = True) -> Moments:
        """Sums whose update is the mode of the posterior, of given means unless ``moving``."""
        dense = isinstance(normals, DenseNormals)
        away = self.means - normals.means
        weight = self.weights if moments.mass.ndim == 2 else self.weights[:, 0]
        mass, first = moments.mass + weight, (moments.first + self.weights * away) * moving
        shift = first / positive(mass.view(len(mass), -1))
        pull = _pooled(self.weights, away, away, moments.second)
        lost = _pooled(torch.ones_like(self.weights), shift, first, moments.second)
        # an update adds the noise of rounding to quotients; the prior's steps have none
        held = 0.0 if dense else self.count * normals.guard.cell
        scatter = moments.second + pull + self.scatter - lost - held
        # an update divides by the mass of the means; the covariances' is another
        kept = mass.sum() if dense and len(normals.covariances) == 1 else mass
        steps = moments.mass.sum() if kept.ndim == 0 else moments.mass
        ratio = kept / positive(steps + self.count)
        ratio = ratio[:, None, None] if dense and ratio.ndim else ratio
        return Moments(mass, first, scatter * ratio + lost)

    def log_prob(self, normals: Normals) -> Tensor:
        """Log-density of the normals, but for a constant, nats."""
        precisions, away = normals.precisions, self.means - normals.means
        if not isinstance(normals, DenseNormals):
            precisions = precisions.expand_as(normals.means)
            pull = self.weights * away.square() * precisions
            scatter, log_det = self.scatter * precisions, -self.count * precisions.log()
            return -0.5 * (pull.sum() + scatter.sum() + log_det.sum())
        each = precisions.expand(len(normals.means), -1, -1)
        pull = self.weights[:, 0] * torch.einsum("ki,kij,kj->k", away, each, away)
        scatter = (self.scatter * precisions).sum()
        log_det = 2 * self.count * normals.roots.diagonal(dim1=-2, dim2=-1).log().sum()
        return -0.5 * (pull.sum() + scatter + log_det)


def normal_prior(
    means: ArrayLike,
    weights: ArrayLike,
    scatter: ArrayLike,
    steps: float,
    *,
    shape: tuple[int, int, int],
    covariance: str,
) -> NormalPrior | None:
    """Take hmmlearn's parameters, for states, normals of each and columns; None if no prior."""
    (n_states, n_mixture, d), dense = shape, covariance in {"full", "tied"}
    matrix = np.eye(d) if dense and np.ndim(scatter) == 0 else 1.0
    value = np.asarray(scatter, np.float64) * matrix
    each = (d, d) if dense else (d,)
    owners = (1, 1) if covariance == "tied" else (n_states, n_mixture)
    prior = NormalPrior(
        _for_states("means_prior", means, (n_states, d), n_mixture),
        _for_states("means_weight", np.asarray(weights)[..., None], (n_states, 1), n_mixture),
        _for_states("covars_prior", value, (owners[0], *each), owners[1]),
        max(float(steps) - (d if dense else 1), 0.0),
    )
    if not _is_scatter(prior.scatter, dense):
        raise SettingError("covars_prior must be 0 or more, and matrices positive semidefinite.")
    is_none = not (prior.weights.any() or prior.scatter.any() or prior.count)
    return None if is_none or d == 0 else prior


def _for_states(name: str, value: ArrayLike, shape: tuple[int, ...], n_mixture: int) -> Tensor:
    array = np.asarray(value, np.float64)
    try:
        whole = np.broadcast_to(array, shape)
    except ValueError:
        raise SettingError(
            f"{name} has shape {array.shape}; expected {shape}, a state first, or what all share."
        ) from None
    return torch.from_numpy(whole.copy()).repeat_interleave(n_mixture, 0)


def _is_scatter(scatter: Tensor, dense: bool) -> bool:
    if not bool(scatter.isfinite().all()):
        return False
    if not dense:
        return bool((scatter >= 0).all())
    least = torch.linalg.eigvalsh(scatter).amin(-1) if scatter.numel() else scatter.sum((1, 2))
    is_symmetric = torch.allclose(scatter, scatter.mT)
    return is_symmetric and bool((least >= -1e-9 * (1 + scatter.abs().sum())).all())


def folded(
    prior: NormalPrior | None, normals: Normals, moments: Moments, *, moving: bool
) -> Moments:
    """Sums that normals are updated from; of means that do not move, about these."""
    if prior is not None:
        return prior.fold(normals, moments, moving=moving)
    return moments if moving else moments._replace(first=torch.zeros_like(moments.first))


def _pooled(weights: Tensor, a: Tensor, b: Tensor, like: Tensor) -> Tensor:
    """Products of rows (C, d), of the shape of second moments."""
    if like.ndim == 2:
        return weights * a * b
    products = weights[..., None] * a[:, :, None] * b[:, None]
    return products if len(like) == len(a) else products.sum(0, keepdim=True)
