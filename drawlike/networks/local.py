"""Networks that see a row from the component of a mixture that it belongs to.

A component's frame puts its mean at 0 and its covariance at the identity, so that a cluster
of any width looks alike to a network.
"""

import torch
from torch import Tensor, nn


class Frames(nn.Module):
    """Frames of the components of C labels, k each, K = C k in all, in d columns.

    ``means`` (K, d), lower Cholesky ``factors`` (K, d, d), and ``log_weights`` (C, k).
    """

    def __init__(self, n_labels: int, n_each: int, width: int) -> None:
        super().__init__()
        n_components = n_labels * n_each
        self.log_weights = nn.Buffer(torch.zeros(n_labels, n_each))
        self.means = nn.Buffer(torch.zeros(n_components, width))
        self.factors = nn.Buffer(torch.zeros(n_components, width, width))
        self.inverses = nn.Buffer(torch.zeros(n_components, width, width))

    def place(self, weights: Tensor, means: Tensor, covariances: Tensor) -> None:
        """Take a mixture's weights (K,), means (K, d) and covariances (K, d, d)."""
        factors = torch.linalg.cholesky(covariances)
        eye = torch.eye(means.shape[1], dtype=factors.dtype, device=factors.device)
        inverses = torch.linalg.solve_triangular(factors, eye.expand_as(factors), upper=False)
        self.log_weights.copy_(weights.log().view_as(self.log_weights))
        self.means.copy_(means)
        self.factors.copy_(factors)
        self.inverses.copy_(inverses)

    def log_prob(self, x: Tensor, some: slice) -> Tensor:
        """Log-density of rows (n, d) under some components, up to a constant, (n, k)."""
        inverses = self.inverses[some]
        u = torch.einsum("kij,nkj->nki", inverses, x[:, None] - self.means[some])
        log_volume = inverses.diagonal(dim1=1, dim2=2).log().sum(1)
        return log_volume - 0.5 * u.square().sum(2)

    def leave(self, u: Tensor, kind: Tensor) -> Tensor:
        """Rows (n, d) in the columns' units, of rows in the frames that ``kind`` (n,) names."""
        return self.means[kind] + _product(self.factors[kind], u)

    def enter(self, x: Tensor, kind: Tensor) -> Tensor:
        """Undo :meth:`leave`."""
        return _product(self.inverses[kind], x - self.means[kind])


class LocalGenerator(nn.Module):
    """Move draws from a mixture: x = m + L (z + f(z, k)), where f begins as 0.

    ``body`` maps latent vectors (n, d + extra) and one-hot components (n, K) to (n, d).
    """

    def __init__(self, frames: Frames, body: nn.Module) -> None:
        super().__init__()
        self.frames, self.body = frames, body

    def forward(self, z: Tensor, cond: Tensor) -> Tensor:
        """Latent vectors and one-hot components to rows (n, d)."""
        width = self.frames.means.shape[1]
        return self.frames.leave(z[:, :width] + self.body(z, cond), cond.argmax(1))


class LocalCritic(nn.Module):
    """A critic that sees rows both in their component's frame and in the columns' units."""

    def __init__(self, frames: Frames, body: nn.Module) -> None:
        super().__init__()
        self.frames, self.body = frames, body

    def forward(self, x: Tensor, cond: Tensor) -> Tensor:
        """Rows and one-hot components to logits (n, 1)."""
        return self.body(torch.cat([self.frames.enter(x, cond.argmax(1)), x], 1), cond)


def _product(factors: Tensor, x: Tensor) -> Tensor:
    return torch.baddbmm(x[..., None], factors, x[..., None], beta=0)[..., 0]
