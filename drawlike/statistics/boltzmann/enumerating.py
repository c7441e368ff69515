"""Densities of visible units of which few others are open: sums over all that these may be."""

import torch
from torch import Tensor

from ...networks.boltzmann import Boltzmann
from ...networks.units import Units

MOST_OPEN = 1024  # states of the open units; more would take longer than annealing
_STATES_TOGETHER = 4096


def enumerable(units: Units, known: Tensor) -> Tensor:
    """Tell rows whose open units are bits and codes with few states, (n,)."""
    bits, numbers, codes = known.split(units.widths, 1)
    log = (~bits).double().sum(1)
    if units.sizes:
        sizes = torch.tensor(units.sizes, dtype=torch.float64, device=known.device)
        log = log + (~units.by_choice(codes, False)[:, :, 0]).double() @ sizes.log2()
    return numbers.all(1) & (2**log <= MOST_OPEN)


def enumerated_density(machine: Boltzmann, y: Tensor, given: tuple[Tensor, Tensor]) -> Tensor:
    """Log of the unnormalised density of the given units alone, exactly, nats, (n,).

    The others are bits and codes, as :func:`enumerable` tells.
    """
    values, known = given
    log = torch.empty(len(values), dtype=torch.float64, device=values.device)
    patterns, pattern_of = torch.unique(known, dim=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        states = _all_of_open(machine.units, pattern).to(values)
        rows = (pattern_of == number).nonzero()[:, 0]
        for part in rows.split(max(1, _STATES_TOGETHER // len(states))):
            v = (values[part, None] + states).flatten(0, 1)
            energy = machine.free_energy(v, y[part].repeat_interleave(len(states), 0))
            log[part] = (-energy).view(len(part), -1).logsumexp(1)
    return log


def _all_of_open(units: Units, known: Tensor) -> Tensor:
    """All states of the units that are not known, 0 elsewhere, (s, D)."""
    states, one_hot = known.new_zeros((1, len(known))).double(), torch.eye(len(known))
    one_hot = one_hot.to(states)
    for at in (~known[: units.n_binary]).nonzero()[:, 0].tolist():
        states = torch.cat([states, states + one_hot[at]])
    start = units.codes.start
    for size in units.sizes:
        if not known[start]:
            states = (states[:, None] + one_hot[start : start + size]).flatten(0, 1)
        start += size
    return states
