"""Autoencoders of variational models, and the inputs that a prior of theirs is made of."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..layout import Layout
from .classes import Classes, OfClasses
from .heads import Decoder, Encoder
from .mlp import MLP

_LOG_VARIANCES = (-12.0, 8.0)


class Coded(NamedTuple):
    """What an autoencoder makes of rows, (n, ...) or (K, n, ...) as the noise was.

    ``raw`` are likelihood parameters (..., n_params) of ``z`` (..., n_latent); ``mean`` and
    ``log_var`` are those of q(z | x), (n, n_latent).
    """

    raw: Tensor
    mean: Tensor
    log_var: Tensor
    z: Tensor


class AutoEncoder(nn.Module):
    """Encoder to a diagonal normal over z, decoder from z to raw likelihood parameters.

    ``base`` is how many channels the first convolution has, where there are convolutions.
    ``decoder_hidden`` are the decoder's widths, by default the encoder's turned around; with
    ``n_pseudo`` above 0 there are so many pseudo-inputs in all. With ``n_classes`` above 0 both
    halves are told of kinds in place of labels, and the decoder corrects the law of a class.
    """

    def __init__(
        self,
        layout: Layout,
        n_cond: int,
        n_latent: int,
        hidden: Sequence[int],
        *,
        convolutional: bool,
        base: int = 32,
        decoder_hidden: Sequence[int] | None = None,
        n_pseudo: int = 0,
        n_classes: int = 0,
    ) -> None:
        super().__init__()
        n_labels, n_cond = n_cond, n_cond + n_classes
        backward = hidden[::-1] if decoder_hidden is None else decoder_hidden
        images: dict[str, Any] = {"convolutional": convolutional, "base": base}
        self.encoder = Encoder(layout, n_cond, 2 * n_latent, hidden, **images)
        self.decoder: nn.Module
        if n_classes:
            moves = MLP(n_latent, n_cond, layout.n_params, backward)
            self.decoder = OfClasses(Classes(layout, n_labels, n_classes), moves)
        else:
            self.decoder = Decoder(layout, n_cond, n_latent, layout.n_params, backward, **images)
        self.pseudo = PseudoInputs(n_cond, n_pseudo, layout.n_inputs) if n_pseudo else None

    @property
    def classes(self) -> Classes | None:
        """Latent classes that the decoder corrects, if there are any."""
        return self.decoder.classes if isinstance(self.decoder, OfClasses) else None

    def forward(self, x: Tensor, cond: Tensor, noise: Tensor) -> Coded:
        """Code rows and decode them.

        ``x`` is expanded rows, ``noise`` standard normal draws (n, n_latent) or, for K draws
        a row, (K, n, n_latent).
        """
        mean, log_var = self.posterior(x, cond)
        z = mean + (0.5 * log_var).exp() * noise
        return Coded(self.decode(z, cond), mean, log_var, z)

    def posterior(self, x: Tensor, cond: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of q(z | x), each (n, n_latent)."""
        mean, log_var = self.encoder(x, cond).chunk(2, -1)
        return mean, torch.clamp(log_var, *_LOG_VARIANCES)

    def decode(self, z: Tensor, cond: Tensor) -> Tensor:
        """Raw parameters of z (n, n_latent) or (K, n, n_latent)."""
        if z.ndim == 2:
            return self.decoder(z, cond)
        raw = self.decoder(z.flatten(0, 1), cond.repeat(len(z), 1))
        return raw.unflatten(0, z.shape[:2])


class PseudoInputs(nn.Module):
    """Learned inputs, whose posteriors are the components of a prior; some for each label.

    Tomczak and Welling 2018, arXiv:1705.07120. Those of a label come together, as many for
    each, in the order of the labels.
    """

    def __init__(self, n_labels: int, n_pseudo: int, n_inputs: int) -> None:
        super().__init__()
        n_groups = max(1, n_labels)
        n_each = max(1, n_pseudo // n_groups)
        self.n_labels = n_labels
        self.inputs = nn.Parameter(torch.zeros(n_groups * n_each, n_inputs))
        self.logits = nn.Parameter(torch.zeros(n_groups, n_each))

    @torch.no_grad()
    def begin(self, mean: Tensor, spread: Tensor, rng: torch.Generator) -> None:
        """Begin with weights that are equal, and inputs drawn column by column, no row's copy."""
        noise = torch.randn(self.inputs.shape, generator=rng)
        self.inputs.copy_(mean.cpu() + spread.cpu() * noise)
        self.logits.zero_()

    @property
    def cond(self) -> Tensor:
        """One-hot label of each input, (K, n_labels)."""
        n_groups, n_each = self.logits.shape
        labels = torch.eye(n_groups, device=self.logits.device, dtype=self.logits.dtype)
        return labels.repeat_interleave(n_each, 0)[:, : self.n_labels]
