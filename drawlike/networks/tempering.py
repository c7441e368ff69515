"""States of a Boltzmann machine by parallel tempering."""

from dataclasses import dataclass

import torch
from torch import Tensor

from .boltzmann import Boltzmann, Given

_TOGETHER = 2048  # copies of chains whose states stay in a cache
_DRAWS_EACH, _SWEEPS_BETWEEN, _FEW = 16, 10, 64


@dataclass
class Ensembles:
    """Copies of chains at inverse temperatures from 1 down to 0, which swap states.

    The coldest copy draws from the machine. The hottest draws fresh, independent states at
    every sweep, so that no mode holds the chains (Swendsen & Wang 1986; Desjardins et al.
    2010; Cho, Raiko & Ilin 2010). ``v`` is (e, t, D), ``y`` (e, k), ``beta`` (t,).
    """

    machine: Boltzmann
    v: Tensor
    y: Tensor
    beta: Tensor
    given: Given
    rng: torch.Generator
    n_sweeps: int = 0

    @classmethod
    def begin(
        cls,
        machine: Boltzmann,
        y: Tensor,
        rng: torch.Generator,
        n_temperatures: int,
        given: Given = None,
    ) -> "Ensembles":
        """Start an ensemble a row of ``y`` (e, k), from independent units.

        ``given`` holds values and a mask, (e, D) each, of units that stay as they are.
        """
        e, t = len(y), n_temperatures
        beta = torch.linspace(1, 0, t, device=y.device) if t > 1 else y.new_ones(1)
        copies = None if given is None else _repeated(given, t)
        v = machine.sample_base(e * t, rng, copies).view(e, t, -1)
        return cls(machine, v, y, beta.to(v), copies, rng)

    @property
    def coldest(self) -> Tensor:
        """States at inverse temperature 1, (e, D)."""
        return self.v[:, 0]

    def sweep(self, times: int) -> None:
        """Move every copy some Gibbs sweeps on; after each, neighbours may swap."""
        e, t, width = self.v.shape
        beta, y = self.beta.repeat(e)[:, None], self.y.repeat_interleave(t, 0)
        for _ in range(times):
            flat = self.machine.sweep(self.v.view(e * t, width), y, self.rng, beta, self.given)
            self.v = flat.view(e, t, width)
            self._swap(self.n_sweeps % 2)
            self.n_sweeps += 1

    def _swap(self, first: int) -> None:
        """Offer swaps to every second pair of neighbours (Metropolis)."""
        e, t, width = self.v.shape
        left = torch.arange(first, max(t - 1, first), 2, device=self.v.device)
        if not len(left):
            return
        right, pairs = left + 1, len(left)
        y = self.y.repeat_interleave(pairs, 0)

        def energy(copy: Tensor, at: Tensor) -> Tensor:
            v, beta = self.v[:, copy].reshape(-1, width), self.beta[at].repeat(e)[:, None]
            return self.machine.free_energy(v, y, beta)

        gain = energy(left, left) + energy(right, right) - energy(left, right) - energy(right, left)
        uniform = torch.rand(gain.shape, generator=self.rng, device=gain.device)
        swaps = (uniform.log() < gain).view(e, pairs, 1)
        a, b = self.v[:, left], self.v[:, right]
        self.v[:, left], self.v[:, right] = torch.where(swaps, b, a), torch.where(swaps, a, b)


def _repeated(given: tuple[Tensor, Tensor], times: int) -> tuple[Tensor, Tensor]:
    values, known = (part.repeat_interleave(times, 0) for part in given)
    return values, known


@torch.no_grad()
def tempered_states(
    machine: Boltzmann,
    y: Tensor,
    rng: torch.Generator,
    *,
    n_temperatures: int,
    n_sweeps: int,
    given: Given = None,
) -> Tensor:
    """Draw a state a row of ``y`` (n, k), (n, D).

    Up to 16 rows that have the same labels, and nothing given, come from one ensemble,
    some sweeps apart.
    """
    each = 1 if given is not None else _DRAWS_EACH
    v = torch.empty((len(y), machine.units.width), device=y.device)
    for rows in _served_together(y, each, rng):
        for part in rows.split(max(_TOGETHER // n_temperatures, 1)):
            own = None if given is None else (given[0][part[:, 0]], given[1][part[:, 0]])
            ensembles = Ensembles.begin(machine, y[part[:, 0]], rng, n_temperatures, own)
            ensembles.sweep(n_sweeps)
            for served in part.T:
                v[served[served >= 0]] = ensembles.coldest[served >= 0]
                ensembles.sweep(_SWEEPS_BETWEEN if each > 1 else 0)
    return v


@torch.no_grad()
def tempered_means(
    machine: Boltzmann,
    y: Tensor,
    rng: torch.Generator,
    *,
    n_temperatures: int,
    n_sweeps: int,
    given: tuple[Tensor, Tensor],
) -> Tensor:
    """Means of the visible units given some of them, over as many sweeps again, (n, D).

    What is averaged are the means given the hidden units, which vary less than draws.
    """
    parts = []
    for rows in torch.arange(len(y), device=y.device).split(max(_TOGETHER // n_temperatures, 1)):
        own = given[0][rows], given[1][rows]
        ensembles = Ensembles.begin(machine, y[rows], rng, n_temperatures, own)
        ensembles.sweep(n_sweeps)
        total = torch.zeros_like(own[0])
        for _ in range(n_sweeps):
            ensembles.sweep(1)
            hidden = machine.hidden_input(ensembles.coldest, y[rows]).sigmoid()
            total += machine.mean_visible(hidden)
        parts.append(torch.where(own[1], own[0], total / n_sweeps))
    return torch.cat(parts)


def _served_together(y: Tensor, each: int, rng: torch.Generator) -> list[Tensor]:
    """Share rows of the same labels among ensembles: (ensembles, rows), -1 for none."""
    group = y.argmax(1) if y.shape[1] else torch.zeros(len(y), dtype=torch.long, device=y.device)
    shared = []
    for label in group.unique():
        rows = (group == label).nonzero()[:, 0]
        n = -(-len(rows) // each)
        # an ensemble for each row, if they are few
        n = max(n, min(len(rows), _FEW))
        places = torch.full((n * -(-len(rows) // n),), -1, device=y.device)
        places[: len(rows)] = rows
        shared.append(places.view(-1, n).T)
    return shared
