"""What the critic and the generator of a GAN minimise, a value per row."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import softplus


class AdversarialLoss(NamedTuple):
    """Two functions of the critic's logits, each (n,) to (n,).

    ``critic(real, fake)`` and ``generator(fake)`` are both minimised.
    """

    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor], Tensor]


def cross_entropy(real: Tensor, fake: Tensor) -> Tensor:
    """-log D(real) - log(1 - D(fake)), where D is the sigmoid of the logits."""
    return softplus(-real) + softplus(fake)


LOSSES = {
    # Goodfellow et al. 2014, arXiv:1406.2661, equation 1: generator minimises log(1 - D)
    "minimax": AdversarialLoss(cross_entropy, lambda fake: -softplus(fake)),
    # the same paper, section 3: generator maximises log D
    "non-saturating": AdversarialLoss(cross_entropy, lambda fake: softplus(-fake)),
}
