"""Normal images, given what was seen of them.

    E(x | y) = m + S A' (A S A' + v I)^-1 (y - A m)

for images N(m, S) and noise of variance v; y has the law N(A m, A S A' + v I), which tells the
components of a mixture apart (Bishop 2006, section 2.3.3, equations 2.115 to 2.117). Of noise
it is Wiener's filter.
"""

import math
from dataclasses import dataclass
from functools import singledispatch

import torch
from torch import Tensor

from ..mixtures.mixture import Mixture
from ..normals.conditioning import SHARE, floored_roots, inverse_root
from ..normals.dense import DenseNormals
from ..normals.normal import Normals
from .observation import Observation


@dataclass(frozen=True, eq=False)
class Filter:
    """What a look at images of a covariance S tells, whatever their mean is.

    ``across`` is S A' (d, m); ``whitener`` (m, m) makes what is seen independent and standard.
    """

    across: Tensor
    whitener: Tensor

    @classmethod
    def of(cls, covariance: Tensor, how: Observation) -> "Filter":
        """Prepare a covariance (d, d)."""
        across = how.see(covariance)
        own = how.see(across.mT.contiguous())
        own.diagonal().add_(how.noise)
        floors = SHARE * own.diagonal()
        return cls(across, inverse_root(floored_roots(own[None], floors[None]))[0])

    def to(self, like: Tensor) -> "Filter":
        """Give it the dtype and device of a tensor."""
        return Filter(self.across.to(like), self.whitener.to(like))

    def whitened(self, surprise: Tensor) -> Tensor:
        """Deviations y - A m (n, m) in units of independent standard normals."""
        return surprise @ self.whitener.mT

    def moved(self, whitened: Tensor) -> Tensor:
        """E(x | y) - m of whitened deviations, (n, d)."""
        return whitened @ self.whitener @ self.across.mT

    def log_prob(self, whitened: Tensor) -> Tensor:
        """Log-density of what is seen, nats, (n,)."""
        size = self.whitener.diagonal().log().sum() - 0.5 * len(self.whitener) * _LOG_2PI
        return size - 0.5 * whitened.square().sum(1)


_LOG_2PI = math.log(2 * math.pi)


@torch.no_grad()
def restored_by_mixture(
    mixture: Mixture, y: Tensor, how: Observation, log_classes: Tensor
) -> Tensor:
    """Mean of images given what was seen of them, (n, d) float64.

    ``log_classes`` (n, C) is the log-probability of each class before y was seen.
    """
    y, log_classes = (part.to(mixture.device).double() for part in (y, log_classes))
    scores, means = [], []
    for j in mixture.all:
        center = mixture.normals.means[j]
        look = Filter.of(covariance_of(mixture.normals, j), how)
        whitened = look.whitened(y - how.see(center[None]))
        prior = mixture.weights[j].log() + log_classes[:, j // mixture.n_components]
        scores.append(prior + look.log_prob(whitened))
        means.append(center + look.moved(whitened))
    return torch.einsum("cn,cnd->nd", torch.stack(scores).softmax(0), torch.stack(means))


@singledispatch
def covariance_of(normals: Normals, component: int) -> Tensor:
    """Covariance of one component, (d, d)."""
    return normals.variances[component].diag()


@covariance_of.register
def _dense(normals: DenseNormals, component: int) -> Tensor:
    return normals.covariances[normals.owner[component]]
