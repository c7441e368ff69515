"""What the critic and the generator of a GAN minimise, a value per row."""

from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import relu, softplus


class AdversarialLoss(NamedTuple):
    """Two functions of the critic's outputs for real and generated rows, each (n,) to (n,).

    Both are minimised. The generator of a ``paired`` loss looks at real rows too. A critic
    whose output is ``undecided`` cannot tell; None where only differences of outputs mean
    something.
    """

    critic: Callable[[Tensor, Tensor], Tensor]
    generator: Callable[[Tensor, Tensor], Tensor]
    paired: bool = False
    undecided: float | None = 0.0


def cross_entropy(real: Tensor, fake: Tensor) -> Tensor:
    """-log D(real) - log(1 - D(fake)), where D is the sigmoid of the logits."""
    return softplus(-real) + softplus(fake)


LOSSES = {
    # Goodfellow et al. 2014, arXiv:1406.2661, equation 1: generator minimises log(1 - D)
    "minimax": AdversarialLoss(cross_entropy, lambda real, fake: -softplus(fake)),
    # the same paper, section 3: generator maximises log D
    "non-saturating": AdversarialLoss(cross_entropy, lambda real, fake: softplus(-fake)),
    # Mao et al. 2017, arXiv:1611.04076, equation 9: real rows are 1, generated ones 0
    "least-squares": AdversarialLoss(
        lambda real, fake: 0.5 * ((real - 1).square() + fake.square()),
        lambda real, fake: 0.5 * (fake - 1).square(),
        undecided=0.5,
    ),
    # Lim and Ye 2017, arXiv:1705.02894; Miyato et al. 2018, arXiv:1802.05957
    "hinge": AdversarialLoss(
        lambda real, fake: relu(1 - real) + relu(1 + fake), lambda real, fake: -fake
    ),
    # Arjovsky et al. 2017, arXiv:1701.07875: a critic that must be kept Lipschitz
    "wasserstein": AdversarialLoss(
        lambda real, fake: fake - real, lambda real, fake: -fake, undecided=None
    ),
    # Jolicoeur-Martineau 2019, arXiv:1807.00734; with R1 and R2: Huang et al. 2024,
    # arXiv:2501.05441
    "relativistic": AdversarialLoss(
        lambda real, fake: softplus(fake - real),
        lambda real, fake: softplus(real - fake),
        paired=True,
        undecided=None,
    ),
}
