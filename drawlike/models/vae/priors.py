"""Laws of z during training, other than N(0, I)."""

from typing import NamedTuple

import torch
from torch import Tensor

from ...layout import Layout
from ...losses.variational import components_log_prob
from ...networks import AutoEncoder
from ...networks.autoencoder import PseudoInputs
from ...rows import Rows

_LOOKED_AT = 10_000  # rows that say where the pseudo-inputs begin


class VampPrior(NamedTuple):
    r"""A mixture of the posteriors of pseudo-inputs u, for each label.

    .. math:: p(z | y) = \sum_k w_{yk} \, q(z | u_{yk}, y)

    Tomczak and Welling 2018, arXiv:1705.07120; the weights are learned too. ``log_weights``
    is (C, k), ``means`` and ``log_vars`` are (C k, d), label after label.
    """

    log_weights: Tensor
    means: Tensor
    log_vars: Tensor

    @classmethod
    def of(cls, net: AutoEncoder) -> "VampPrior":
        """Read the prior off a network."""
        assert net.pseudo is not None
        posterior = net.posterior(net.pseudo.inputs, net.pseudo.cond)
        return cls(net.pseudo.logits.log_softmax(1), *posterior)

    def log_prob(self, z: Tensor, cond: Tensor) -> Tensor:
        """Log-density of z (n, d) given labels, nats, (n,)."""
        log = components_log_prob(self.means, self.log_vars, z) + self.log_weights.flatten()
        of_label = log.unflatten(1, self.log_weights.shape).logsumexp(2)
        return of_label.gather(1, _label(cond)[:, None])[:, 0]

    def sample(self, cond: Tensor, rng: torch.Generator) -> Tensor:
        """Draw z for each label, (n, d)."""
        label = _label(cond)
        inner = torch.multinomial(self.log_weights.exp()[label], 1, generator=rng)[:, 0]
        chosen = label * self.log_weights.shape[1] + inner
        mean, log_var = self.means[chosen], self.log_vars[chosen]
        noise = torch.randn(mean.shape, generator=rng, device=mean.device, dtype=mean.dtype)
        return mean + (0.5 * log_var).exp() * noise


def begin_pseudo_inputs(
    pseudo: PseudoInputs, layout: Layout, rows: Rows, rng: torch.Generator
) -> None:
    """Let pseudo-inputs begin at the means of the inputs and noise of their spread.

    Rows themselves, with which the paper begins, would be kept by :meth:`save`.
    """
    inputs = layout.expand(rows.take(slice(_LOOKED_AT)).x)
    pseudo.begin(inputs.mean(0), inputs.std(0, correction=0), rng)


def _label(cond: Tensor) -> Tensor:
    if not cond.shape[1]:
        return torch.zeros(len(cond), dtype=torch.long, device=cond.device)
    return cond.argmax(1)
