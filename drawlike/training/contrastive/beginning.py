"""Where learning begins: the states of rows, and a machine that knows their margins."""

from dataclasses import replace

import torch

from ...errors import DataError
from ...networks.boltzmann import Boltzmann
from ...networks.units import Units
from ...rows import Rows
from ..balance import AS_THEY_COME, Balance
from .contrast import Examples
from .staircase import Stairs


def initial_machine(
    examples: Examples, units: Units, n_hidden: int, rng: torch.Generator, *, variance: bool = True
) -> Boltzmann:
    """Give a machine that knows the margins, and how numbers vary together.

    Its biases, which are also those of inverse temperature 0, are the log-odds of the
    (slightly smoothed) frequencies; normal units are standardised, so theirs are 0. Some
    hidden units give normal ones their covariance, if they learn their ``variance``; the
    others have small random weights.
    """
    mean = examples.mean(examples.v.double())
    n = len(examples.v)
    share = (mean * n + 0.5) / (n + 1)
    base = torch.zeros_like(mean)
    base[: units.n_binary] = share[: units.n_binary].logit()
    base[units.codes] = share[units.codes].log()
    k = examples.y.shape[1]
    device, width = examples.v.device, units.width
    weights = torch.randn((width + k, n_hidden), generator=rng) * 0.01
    weights = weights.to(device)
    center = torch.cat([mean, examples.mean(examples.y.double())]).float()
    machine = Boltzmann(
        units=units,
        weights=weights[:width],
        visible_bias=base.float(),
        hidden_bias=-(center @ weights),
        label_weights=weights[width:],
        log_variance=torch.zeros(units.n_normal, device=device),
        base=base.float(),
    )
    has_free = variance and -1 in units.gate
    return _with_stairs(machine, examples) if has_free else machine


def _with_stairs(machine: Boltzmann, examples: Examples) -> Boltzmann:
    """Put the covariance of the normal units that always exist into the first hidden units."""
    units = machine.units
    free = [i for i, group in enumerate(units.gate) if group < 0]
    rows = [units.n_binary + i for i in free]
    stairs = Stairs.of(examples.v[:, rows], examples.y, examples.weight, machine.n_hidden)
    n = len(stairs.bias)
    made = {name: tensor.clone() for name, tensor in machine.tensors().items()}
    variance = stairs.log_variance.exp().float()
    made["weights"][rows] *= variance[:, None]  # the statistics are v / sigma^2
    made["weights"][:, :n] = 0.0
    made["weights"][rows, :n] = stairs.weights.float()
    made["hidden_bias"][:n] = stairs.bias.float()
    made["label_weights"][:, :n] = stairs.label_weights.float()
    made["log_variance"][free] = stairs.log_variance.float()
    return Boltzmann(units, **made)


def examples_of(
    units: Units, rows: Rows, rng: torch.Generator, balance: Balance = AS_THEY_COME
) -> Examples:
    """Give the states of encoded rows, with what is missing drawn from the margins.

    Raises
    ------
    DataError
        If a binary unit would have to be something else than a probability.
    """
    v, known = units.expand(rows.x)
    bits = v[:, : units.n_binary]
    if bits.numel() and (bits.min() < 0 or bits.max() > 1):
        raise DataError(
            "A binary unit takes values from 0 to 1, and the data hold "
            f"{float(bits.min()):.4g} to {float(bits.max()):.4g}. Scale them, or use "
            "visible='gaussian'."
        )
    is_grey = bool(((bits != 0) & (bits != 1)).any())
    examples = Examples(v.float(), None, rows.cond.float(), rows.weight.float(), is_grey, balance)
    if known.all():
        return examples
    margins = initial_machine(examples, units, 1, torch.Generator())
    drawn = margins.sample_base(len(v), rng, (examples.v, known))
    return replace(examples, v=drawn, known=known)
