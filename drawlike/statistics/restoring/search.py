"""Latent vectors whose images agree best with what was seen.

    min_z  -log p(z) - log N(y; A g(z), A R A' + v I)

for images g(z) + r with r ~ N(0, R): the most probable z, by default standard normal (Bora et
al. 2017, arXiv:1703.03208, with a spectrum for what the generator cannot make). Given z, the
mean of the image follows in closed form, so that pixels seen without noise are kept.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from .observation import Observation

Generate = Callable[[Tensor, Tensor], Tensor]  # latent vectors and classes to images
Energy = Callable[[Tensor, Tensor], Tensor]  # latent vectors and classes to -log p(z), nats

_RATE, _DECAYS = 0.05, (0.9, 0.99)


class Look(Protocol):
    """How what is left of what was seen tells about the image: a :class:`.Filter`, or less."""

    def whitened(self, surprise: Tensor) -> Tensor:
        """What is left, in units of independent standard normals."""
        ...

    def moved(self, whitened: Tensor) -> Tensor:
        """What that adds to the image, (n, d)."""
        ...


@dataclass(frozen=True)
class Even:
    """A look at whole images that differ from generated ones by noise of a variance."""

    variance: float

    def whitened(self, surprise: Tensor) -> Tensor:
        """Deviations in standard deviations."""
        return surprise / self.variance**0.5

    def moved(self, whitened: Tensor) -> Tensor:
        """All of them."""
        return whitened * self.variance**0.5


def normal_energy(z: Tensor, cond: Tensor) -> Tensor:
    """-log N(z; 0, I) but for a constant, (...) for (..., l)."""
    return z.square().sum(-1) / 2


@dataclass(frozen=True, eq=False)
class Sight:
    """What was seen (n, m) of images that ``generate``, ``look`` and ``prior`` describe."""

    seen: Tensor
    how: Observation
    look: Look
    generate: Generate
    prior: Energy = normal_energy

    def distances(self, images: Tensor) -> Tensor:
        """Whitened distance of each row from what would be seen of images (k, d), (n, k)."""
        own, theirs = (self.look.whitened(v) for v in (self.seen, self.how.see(images)))
        return torch.cdist(own, theirs)

    def climbed(self, z: Tensor, cond: Tensor, steps: int) -> Tensor:
        """Latent vectors (starts, n, l) after so many steps of Adam on each."""
        z, slope, power = z.clone(), torch.zeros_like(z), torch.zeros_like(z)
        for step in range(1, steps + 1):
            gradient = self._gradient(z, cond)
            slope += (1 - _DECAYS[0]) * (gradient - slope)
            power += (1 - _DECAYS[1]) * (gradient.square() - power)
            first, second = (
                m / (1 - d**step) for m, d in zip((slope, power), _DECAYS, strict=True)
            )
            rate = _RATE * min(1.0, 2 * (1 - (step - 1) / steps))
            z -= rate * first / (second.sqrt() + 1e-8)
        return z

    def best(self, z: Tensor, cond: Tensor) -> tuple[Tensor, Tensor]:
        """Latent vector of each row that has the least energy, and its class."""
        with torch.no_grad():
            start = self._energy(z, cond).argmin(0)
        row = torch.arange(len(start), device=z.device)
        return z[start, row], cond[start, row]

    def expected(self, z: Tensor, cond: Tensor) -> Tensor:
        """Mean of the images given latent vectors (starts, n, l) and what was seen, (n, d)."""
        with torch.no_grad():
            images, whitened = self._explained(z, cond)
            return (images + self.look.moved(whitened)).mean(0)

    def _gradient(self, z: Tensor, cond: Tensor) -> Tensor:
        with torch.enable_grad():
            moving = z.detach().requires_grad_()
            energy = self._energy(moving, cond).sum()
            return torch.autograd.grad(energy, moving)[0]

    def _energy(self, z: Tensor, cond: Tensor) -> Tensor:
        _, whitened = self._explained(z, cond)
        prior = self.prior(z.flatten(0, 1), cond.flatten(0, 1)).unflatten(0, z.shape[:2])
        return prior + whitened.square().sum(-1) / 2

    def _explained(self, z: Tensor, cond: Tensor) -> tuple[Tensor, Tensor]:
        """Images (starts, n, d), and the whitened rest of what was seen (starts, n, m)."""
        images = self.generate(z.flatten(0, 1), cond.flatten(0, 1))
        rest = self.seen.repeat(len(z), 1) - self.how.see(images)
        shape = z.shape[:2]
        return images.unflatten(0, shape), self.look.whitened(rest).unflatten(0, shape)
