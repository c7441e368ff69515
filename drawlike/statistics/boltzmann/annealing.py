"""Log-partition of a Boltzmann machine: counted where that is possible, else estimated."""

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from ...events import SILENT, Emitter
from ...networks.boltzmann import Boltzmann, Given

MOST_COUNTED = 14  # this many hidden units have 16,384 states
_COUNTED_TOGETHER, _ROWS_TOGETHER = 4096, 512
_CACHED = 150_000  # numbers that the states of chains side by side may take


class Partition(NamedTuple):
    """Log-partitions in nats and their standard errors, one a condition, (q,)."""

    log: Tensor
    error: Tensor


def counted_partition(machine: Boltzmann, y: Tensor) -> Partition:
    """Sum over all states of the hidden units, exactly, for each condition (q, k)."""
    machine = machine.to(machine.base.device, torch.float64)
    y, total = y.to(machine.base), []
    for states in _all_states(machine.n_hidden).split(_COUNTED_TOGETHER):
        h = states.to(machine.base)
        field = machine.hidden_bias + y @ machine.label_weights
        total.append((machine.log_visible_sum(h)[:, None] + h @ field.T).logsumexp(0))
    log = torch.stack(total).logsumexp(0).cpu()
    return Partition(log, torch.zeros_like(log))


def counted_density(machine: Boltzmann, y: Tensor, given: tuple[Tensor, Tensor]) -> Tensor:
    """Log of the unnormalised density of the given units alone, exactly, nats, (n,).

    The others are summed over for every state of the hidden units.
    """
    states = _all_states(machine.n_hidden).to(machine.base)
    logs = []
    for rows in torch.arange(len(y), device=y.device).split(_ROWS_TOGETHER):
        v, known = (part[rows] for part in given)
        parts = [
            machine.log_known_sum(v, known, y[rows], h).logsumexp(1)
            for h in states.split(_COUNTED_TOGETHER)
        ]
        logs.append(torch.stack(parts).logsumexp(0))
    return torch.cat(logs)


def annealed_partition(
    machine: Boltzmann,
    y: Tensor,
    rng: torch.Generator,
    *,
    n_chains: int,
    n_temperatures: int,
    events: Emitter = SILENT,
) -> Partition:
    """Annealed importance sampling from independent units, for each condition (q, k).

    The estimate is the log of a mean of weights, so its standard error, by the delta
    method, is that of the weights over their mean (Neal 2001; Salakhutdinov & Murray 2008).
    """
    parts: list[tuple[Tensor, Tensor]] = []
    together = max(_CACHED // (machine.units.width + machine.n_hidden), 100)
    for label in y:
        logs = []
        for start in range(0, n_chains, together):
            n = min(together, n_chains - start)
            logs.append(anneal(machine, label.expand(n, -1), rng, n_temperatures).log_weight)
            done = len(parts) * n_chains + start + n
            events.progress(done, len(y) * n_chains, unit="chains")
        parts.append(_mean_of(torch.cat(logs)))
    base = machine.log_base_partition()
    return Partition(
        torch.stack([log + base for log, _ in parts]), torch.stack([error for _, error in parts])
    )


class Annealed(NamedTuple):
    """Where chains arrive (n, D), and the logs of their importance weights (n,)."""

    v: Tensor
    log_weight: Tensor


def anneal(
    machine: Boltzmann,
    y: Tensor,
    rng: torch.Generator,
    n_temperatures: int,
    given: Given = None,
) -> Annealed:
    """Take chains from independent visible units to the machine, one a row of ``y``.

    ``given`` holds the values and the mask, (n, D) each, of visible units that stay as
    they are.
    """
    betas = ladder(n_temperatures)
    v = machine.sample_base(len(y), rng, given)
    log_weight = torch.zeros(len(v), dtype=torch.float64, device=v.device)
    for before, after in pairwise(betas):
        log_weight += machine.energy_step(v, y, before, after)
        v = machine.sweep(v, y, rng, after, given)
    return Annealed(v, log_weight)


def ladder(n: int) -> list[float]:
    """Inverse temperatures from 0 to 1, half of them above 0.9.

    The proportions are Salakhutdinov & Murray's.
    """
    ends, shares = (0.0, 0.5, 0.9, 1.0), (0.1, 0.4, 0.5)
    betas = [0.0]
    for low, high, share in zip(ends, ends[1:], shares, strict=False):
        steps = max(round(share * n), 1)
        betas += [low + (high - low) * (i + 1) / steps for i in range(steps)]
    return betas


def log_mean(log_weight: Tensor, dim: int = 0) -> Tensor:
    """Log of the mean of weights given by their logs."""
    return log_weight.logsumexp(dim) - math.log(log_weight.shape[dim])


def _mean_of(log_weight: Tensor) -> tuple[Tensor, Tensor]:
    weight = (log_weight - log_weight.max()).exp()
    error = weight.std() / weight.mean() / math.sqrt(len(weight)) if len(weight) > 1 else math.inf
    return log_mean(log_weight).cpu(), torch.as_tensor(error, dtype=torch.float64).cpu()


def annealed_density(
    machine: Boltzmann,
    y: Tensor,
    given: tuple[Tensor, Tensor],
    rng: torch.Generator,
    *,
    n_chains: int,
    n_temperatures: int,
) -> Tensor:
    """Log of the unnormalised density of the given units alone, nats, (n,).

    The others are summed over by annealed importance sampling, in chains for each row.
    """
    values, known = (part.repeat_interleave(n_chains, 0) for part in given)
    chains = anneal(machine, y.repeat_interleave(n_chains, 0), rng, n_temperatures, (values, known))
    log = log_mean(chains.log_weight.view(-1, n_chains), 1)
    return log + machine.log_base_density(*given) + machine.log_base_partition()


def _all_states(n: int) -> Tensor:
    """All binary vectors of length n, (2^n, n)."""
    return (torch.arange(2**n)[:, None] >> torch.arange(n)) & 1
