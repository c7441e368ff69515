"""Autoencoder of variational models."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..layout import Layout
from .heads import Decoder, Encoder

_LOG_VARIANCES = (-12.0, 8.0)


class AutoEncoder(nn.Module):
    """Encoder to a diagonal normal over z, decoder from z to raw likelihood parameters."""

    def __init__(
        self,
        layout: Layout,
        n_cond: int,
        n_latent: int,
        hidden: Sequence[int],
        *,
        convolutional: bool,
    ) -> None:
        super().__init__()
        self.encoder = Encoder(layout, n_cond, 2 * n_latent, hidden, convolutional=convolutional)
        self.decoder = Decoder(
            layout, n_cond, n_latent, layout.n_params, hidden[::-1], convolutional=convolutional
        )

    def forward(self, x: Tensor, cond: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Raw reconstruction (n, n_params), mean and log-variance of z (n, n_latent).

        ``x`` is expanded rows, ``noise`` standard normal draws (n, n_latent).
        """
        mean, log_var = self.posterior(x, cond)
        z = mean + (0.5 * log_var).exp() * noise
        return self.decoder(z, cond), mean, log_var

    def posterior(self, x: Tensor, cond: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x), each (n, n_latent)."""
        mean, log_var = self.encoder(x, cond).chunk(2, -1)
        return mean, torch.clamp(log_var, *_LOG_VARIANCES)
