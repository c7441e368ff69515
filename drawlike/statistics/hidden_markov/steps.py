"""Drawing steps, given their states: block by block, each with random numbers of its own."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numba import njit
from torch import Tensor

from ..mixtures.categorical import cumulative, pick
from ..mixtures.mixture import Mixture
from ..threads import in_threads

_AT_ONCE = 8192  # steps with one source of random numbers: the same bytes on all threads


@dataclass(frozen=True, eq=False)
class Sampler:
    """Draws of a mixture a state."""

    emissions: Mixture

    def draw(self, states: Tensor, rng: np.random.Generator) -> Tensor:
        """Draw an encoded step for each of the states (N,), (N, width)."""
        blocks = states.split(_AT_ONCE)
        out = self.emissions.weights.new_empty((len(states), len(self.emissions.columns.columns)))
        seeds = rng.integers(2**63, size=len(blocks))

        def work(block: tuple[Tensor, Tensor, int]) -> None:
            here, into, seed = block
            self._draw(here, np.random.default_rng(seed), into)

        for _ in in_threads(work, list(zip(blocks, out.split(_AT_ONCE), seeds, strict=True))):
            pass
        return out

    def _draw(self, states: Tensor, rng: np.random.Generator, out: Tensor) -> None:
        emissions = self.emissions
        component = states
        if emissions.n_components > 1:
            which = torch.from_numpy(rng.random(len(states))).to(states.device)
            within = pick(self._cumulative, states, which)
            component = states * emissions.n_components + within
        noise = torch.from_numpy(rng.standard_normal((len(states), len(emissions.spread))))
        if not emissions.columns.sizes:
            self._write_reals(component, noise, out)
            return
        reals = torch.empty_like(noise, device=out.device)
        self._write_reals(component, noise, reals)
        uniform = torch.from_numpy(rng.random((len(states), len(emissions.columns.sizes))))
        codes = emissions.tables.sample(component, uniform.to(out.device))
        out.copy_(emissions.columns.join(reals, codes))

    def _write_reals(self, component: Tensor, noise: Tensor, out: Tensor) -> None:
        normals = self.emissions.normals
        if self._factors is None or not out.is_cpu:
            out.copy_(normals.sample(component, noise.to(out.device)))
            return
        parts = (component, noise, normals.means, self._factors, out)
        _deviate(*(part.numpy() for part in parts))

    @cached_property
    def _factors(self) -> Tensor | None:
        """What turns noise into deviations, (C, d, d); None if columns are independent."""
        normals = self.emissions.normals
        if normals.covariances.ndim < 3:
            return None
        (k, d), eye = normals.means.shape, torch.eye(normals.means.shape[1]).to(normals.means)
        each = torch.arange(k, device=eye.device).repeat_interleave(d)
        return normals.deviate(each, eye.repeat(k, 1)).view(k, d, d)

    @cached_property
    def _cumulative(self) -> Tensor:
        return cumulative(self.emissions.weights.view(self.emissions.n_classes, -1))


@njit(cache=True, nogil=True, fastmath={"contract"})
def _deviate(
    component: np.ndarray,
    noise: np.ndarray,
    means: np.ndarray,
    factors: np.ndarray,
    out: np.ndarray,
) -> None:
    """Write each row's mean plus its noise times its factor (d, d), upper triangular."""
    n, d = noise.shape
    for r in range(n):
        j = component[r]
        row, factor = out[r], factors[j]
        row[:] = means[j]
        for i in range(d):
            z = noise[r, i]
            for k in range(i, d):
                row[k] += z * factor[i, k]
