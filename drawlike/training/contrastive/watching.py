"""What an epoch tells about a Boltzmann machine."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from ...events import Emitter
from ...networks.boltzmann import Boltzmann
from .contrast import Learner

_WATCHED_ROWS, _WATCHED_CHAINS = 1000, 100


@dataclass
class Watched:
    """Measures a machine on some rows: completed states (n, D) and labels (n, k)."""

    v: Tensor
    y: Tensor
    learner: Learner
    seed: int
    events: Emitter

    def __post_init__(self) -> None:
        self.v, self.y = self.v[:_WATCHED_ROWS], self.y[:_WATCHED_ROWS]

    @torch.no_grad()
    def __call__(self, machine: Boltzmann, epoch: int) -> None:
        """Tell how the machine is after an epoch."""
        rng = torch.Generator(self.v.device).manual_seed((self.seed + epoch) % 2**63)
        if machine.units.all_binary:
            value = pseudo_likelihood(machine, self.v, self.y, rng).mean()
            self.events.metric("pseudo_likelihood", float(value), epoch, unit="nats a row")
        error = reconstruction_error(machine, self.v, self.y)
        self.events.metric("reconstruction_error", float(error), epoch)
        chains = machine.sample_visible(self.learner.hidden_states[:_WATCHED_CHAINS], rng)
        # of the chains' labels only the energy of the data knows; zeros are the same for all
        energy = machine.free_energy(chains, chains.new_zeros((len(chains), self.y.shape[1])))
        self.events.metric("chain_energy", float(energy.mean()), epoch, unit="nats")


def pseudo_likelihood(machine: Boltzmann, v: Tensor, y: Tensor, rng: torch.Generator) -> Tensor:
    """Number of units times the log-probability of a random one given the others, (n,).

    A stochastic estimate of the pseudo-likelihood of binary states (Besag 1975).
    """
    chosen = torch.randint(v.shape[1], (len(v), 1), generator=rng, device=v.device)
    flipped = v.scatter(1, chosen, 1 - v.gather(1, chosen))
    gain = machine.free_energy(flipped, y) - machine.free_energy(v, y)
    return v.shape[1] * F.logsigmoid(gain)


def reconstruction_error(machine: Boltzmann, v: Tensor, y: Tensor) -> Tensor:
    """Mean squared difference of states and their means after one step down and up."""
    back = machine.mean_visible(machine.hidden_input(v, y).sigmoid())
    return (v - back).square().mean()
