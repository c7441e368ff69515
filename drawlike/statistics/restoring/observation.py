"""What was seen of an image: y = A x + noise, for flattened images x.

A takes all pixels (noisy ones), some (inpainting) or means of four (doubling).
"""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor
from torch.nn.functional import avg_pool2d


class Observation(Protocol):
    """A linear look at images, the same for every row."""

    @property
    def noise(self) -> float:
        """Variance of the noise on what is seen."""
        ...

    def see(self, x: Tensor) -> Tensor:
        """A x of flattened images (n, d), shape (n, m), differentiable."""
        ...


@dataclass(frozen=True)
class Noisy:
    """All pixels, with normal noise of a variance."""

    noise: float

    def see(self, x: Tensor) -> Tensor:
        """Every pixel."""
        return x


@dataclass(frozen=True, eq=False)
class Some:
    """The pixels of some numbers (m,), as they are."""

    pixels: Tensor
    noise: float = 0.0

    def see(self, x: Tensor) -> Tensor:
        """Those pixels."""
        return x[:, self.pixels]


@dataclass(frozen=True)
class Halved:
    """Means of two by two pixels, of images (channels, height, width) with even sides."""

    shape: tuple[int, int, int]
    noise: float = 0.0

    def see(self, x: Tensor) -> Tensor:
        """Images of half the height and width."""
        return avg_pool2d(x.reshape(-1, *self.shape), 2).flatten(1)
