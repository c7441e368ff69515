"""Small Boltzmann machines whose distributions can be summed up."""

import torch

from drawlike.layout import Layout, Real
from drawlike.networks.boltzmann import Boltzmann
from drawlike.networks.units import Units


def all_hidden(n):
    """All binary states of n units, (2^n, n)."""
    return ((torch.arange(2**n)[:, None] >> torch.arange(n)) & 1).double()


def NO_LABELS(n):
    """Conditions of rows without labels."""
    return torch.zeros(n, 0, dtype=torch.float64)


def bits(n):
    """Units that are all binary."""
    return Units.of(Layout((Real("x", n),)), torch.zeros(1, n), torch.ones(1), "bernoulli")


def machine_of(units, n_hidden, *, k=0, scale=1.0, seed=0):
    """A machine with random parameters, float64."""
    rng = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return scale * torch.randn(*shape, generator=rng, dtype=torch.float64)

    base = normal(units.width)
    base[units.normal] = 0.0
    return Boltzmann(
        units=units,
        weights=normal(units.width, n_hidden),
        visible_bias=normal(units.width) - scale,
        hidden_bias=normal(n_hidden) - scale,
        label_weights=normal(k, n_hidden),
        log_variance=0.3 * normal(units.n_normal),
        base=base,
    )


def exact(machine, y=None):
    """All visible states of a binary machine and the logs of their probabilities."""
    machine, v = machine.to("cpu", torch.float64), all_hidden(machine.units.width)
    y = NO_LABELS(1) if y is None else y[None]
    log = -machine.free_energy(v, y.expand(len(v), -1))
    return v, log - log.logsumexp(0)
