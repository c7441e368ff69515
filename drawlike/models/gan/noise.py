"""A generator by its noise: which row a latent vector becomes."""

from typing import Any

import numpy as np
import torch
from sklearn.utils.metaestimators import available_if
from torch import Tensor, nn

from ...base import CodedMixin, DecoderMixin, RandomState, SearchMixin, torch_generator
from ...base.randomness import block_generator, seed_of
from ...rows import Rows
from ...statistics.restoring.likeness import Likeness
from .latents import Latent, Plain


def _begins_at_noise(model: Any) -> bool:
    """Whether a draw is a latent vector and nothing else: a mixture's is a component too."""
    return isinstance(getattr(model, "latent_", None), Plain)


class NoiseMixin(CodedMixin, DecoderMixin, SearchMixin):
    """What a GAN without a mixture can do with latent vectors."""

    latent_: Latent
    generator_: nn.Module

    @property
    def n_latent_(self) -> int:
        """Length of a latent vector."""
        return self.latent_.width

    @available_if(_begins_at_noise)
    def draw_latent(self, n: int, *, random_state: RandomState = None) -> np.ndarray:
        """Latent vectors as samples begin with, (n, n_latent): normal numbers, and signs.

        Absent where the GAN begins at a mixture.
        """
        rng = torch_generator(block_generator(seed_of(random_state), 0), "cpu")
        return self.latent_.vectors(torch.zeros(n, 0), rng).double().numpy()

    @available_if(_begins_at_noise)
    def decode(self, z: Any, y: Any = None, *, random_state: RandomState = 0) -> Any:
        """Rows, in the kind of data that ``fit`` got, of latent vectors (n, n_latent).

        Absent where the GAN begins at a mixture.
        """
        return super().decode(z, y, random_state=random_state)

    def latent_path(self, a: np.ndarray, b: np.ndarray, steps: int) -> np.ndarray:
        """Latent vectors (steps, n_latent) from ``a`` to ``b``, both included, on a great circle.

        The middle of a straight line is nearer to 0 than draws ever are (White 2016,
        arXiv:1609.04468). Signs have no part in the circle, and turn halfway.
        """
        n = getattr(self.latent_, "n_normals", len(a))
        (a, signs_a), (b, signs_b) = (np.split(z, [n]) for z in (a, b))
        share = np.linspace(0, 1, steps)[:, None]
        cosine = a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-12)
        angle = np.arccos(np.clip(cosine, -1 + 1e-9, 1 - 1e-9))
        path = (np.sin((1 - share) * angle) * a + np.sin(share * angle) * b) / np.sin(angle)
        return np.hstack([path, np.where(share < 0.5, signs_a, signs_b)])

    def _learned_likeness(self, rows: Rows, rng: np.random.Generator) -> Likeness | None:
        return super()._learned_likeness(rows, rng) if _begins_at_noise(self) else None

    def _prior_draw(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        device = next(self.generator_.parameters()).device
        return self.latent_.vectors(cond.to(device), torch_generator(rng, device))

    def _generated(self, z: Tensor, cond: Tensor) -> Tensor:
        assert isinstance(self.latent_, Plain)
        normals, signs = z.tensor_split([self.latent_.n_normals], dim=1)
        z = torch.cat([normals, signs.detach().sign()], 1)  # a search leaves signs as they are
        raw = self.generator_(z, cond)
        return self.layout_.collapse(self.layout_.relax(raw, torch.Generator(z.device)))

    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        device = next(self.generator_.parameters()).device
        raw = self.generator_(z.to(device), cond.to(device))
        drawn = self.layout_.collapse(self.layout_.relax(raw, torch_generator(rng, device)))
        return self._uncoded(drawn, rng)
