"""log Z of a Boltzmann machine for each class, found when it is first needed, and kept."""

import math
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from ...networks.boltzmann import Boltzmann
from .annealing import (
    MOST_COUNTED,
    Partition,
    annealed_density,
    annealed_partition,
    counted_density,
    counted_partition,
)
from .enumerating import enumerable, enumerated_density

_MISSING_CHAINS, _MISSING_TEMPERATURES = 16, 100


@dataclass(frozen=True)
class Effort:
    """How log Z is found: "counted", "annealed", or counted where there are few hidden units."""

    how: str
    n_chains: int
    n_temperatures: int

    def counts(self, n_hidden: int) -> bool:
        """Whether the states of ``n_hidden`` units are summed up."""
        return EFFORTS[self.how](n_hidden)


EFFORTS = {
    "auto": lambda n_hidden: n_hidden <= MOST_COUNTED,
    "counted": lambda n_hidden: True,
    "annealed": lambda n_hidden: False,
}


@dataclass
class Partitions:
    """log Z of a machine with ``n_classes``, from draws that depend on the seed alone."""

    machine: Boltzmann
    n_classes: int
    seed: int
    _found: dict[tuple[int, Effort], Partition] = field(default_factory=dict)

    @torch.no_grad()
    def of_class(self, code: int, effort: Effort) -> Partition:
        """Log Z and its standard error for a class; without labels, the only one is 0."""
        if (code, effort) not in self._found:
            y = torch.zeros((1, self.n_classes), device=self.machine.base.device)
            y[0, code : code + 1] = 1.0
            self._found[code, effort] = self._find(y, code, effort)
        return self._found[code, effort]

    def each(self, effort: Effort) -> Partition:
        """Log Z and its standard error for all classes, (k,)."""
        found = [self.of_class(code, effort) for code in range(max(self.n_classes, 1))]
        return Partition(*(torch.cat(part) for part in zip(*found, strict=True)))

    def of_rows(self, y: Tensor, effort: Effort) -> Tensor:
        """Log Z of each row's class, (n,)."""
        codes = y.argmax(1) if self.n_classes else torch.zeros(len(y), dtype=torch.long)
        log = torch.empty(len(y), dtype=torch.float64, device=y.device)
        for code in codes.unique().tolist():
            log[codes == code] = self.of_class(code, effort).log.to(log)
        return log

    def _find(self, y: Tensor, code: int, effort: Effort) -> Partition:
        if effort.counts(self.machine.n_hidden):
            return counted_partition(self.machine, y)
        seed = np.random.SeedSequence(self.seed, spawn_key=(code,)).generate_state(1)[0]
        return annealed_partition(
            self.machine,
            y,
            torch.Generator(y.device).manual_seed(int(seed)),
            n_chains=effort.n_chains,
            n_temperatures=effort.n_temperatures,
        )


def log_density(
    machine: Boltzmann, x: Tensor, y: Tensor, partitions: Partitions, effort: Effort
) -> Tensor:
    """Log-density of encoded rows in their own units, nats, (n,).

    Binary units have a mass. What is missing is summed over: exactly where log Z is counted, or
    where it is bits and codes with few states, else by annealing; of a row without any cell that leaves log Z.
    """
    v, known = machine.units.expand(x)
    log_z = partitions.of_rows(y, effort)
    log = -machine.free_energy(v, y)
    blank = ~known.any(1)
    log[blank] = log_z[blank]
    gaps = ~known.all(1) & ~blank
    if gaps.any():
        log[gaps] = _log_known(machine, y[gaps], (v[gaps], known[gaps]), effort)
    bits = v[:, : machine.units.n_binary]
    log[((bits != 0) & (bits != 1)).any(1)] = -math.inf
    exists = machine.units.gates(v[:, machine.units.codes]).bool()
    return log - machine.units.log_scale(known[:, machine.units.normal] & exists) - log_z


def _log_known(
    machine: Boltzmann, y: Tensor, given: tuple[Tensor, Tensor], effort: Effort
) -> Tensor:
    """Log of the unnormalised density of the units that are given, nats, (n,)."""
    if effort.counts(machine.n_hidden):
        return counted_density(machine, y, given)
    log = torch.empty(len(y), dtype=torch.float64, device=y.device)
    few = enumerable(machine.units, given[1])
    log[few] = enumerated_density(machine, y[few], (given[0][few], given[1][few]))
    if not few.all():
        rng = torch.Generator(y.device).manual_seed(0)
        how = {"n_chains": _MISSING_CHAINS, "n_temperatures": _MISSING_TEMPERATURES}
        rest = given[0][~few], given[1][~few]
        log[~few] = annealed_density(machine, y[~few], rest, rng, **how)
    return log
