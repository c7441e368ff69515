"""Networks by name."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from .dcgan import DCGANCritic, DCGANGenerator
from .r3gan import R3GANCritic, R3GANGenerator
from .sngan import SNGANCritic, SNGANGenerator

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class ImageNetwork:
    """Makers of both players' networks, and how many channels they have unasked.

    ``generator(n_in, n_cond, shape, width)`` maps vectors and one-hot conditions to flattened
    images before the hyperbolic tangent; ``critic(shape, width)`` flattened images to features.
    """

    generator: Callable[[int, int, Shape, int], nn.Module]
    critic: Callable[[Shape, int], nn.Module]
    width: int


IMAGE_NETWORKS = {
    "dcgan": ImageNetwork(DCGANGenerator, DCGANCritic, 32),
    "sngan": ImageNetwork(SNGANGenerator, SNGANCritic, 32),
    "r3gan": ImageNetwork(R3GANGenerator, R3GANCritic, 16),
}
