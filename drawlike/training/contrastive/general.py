"""Learning with any visible units, on any device."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...layout import draw_bits
from ...networks.boltzmann import Boltzmann
from ...networks.tempering import Ensembles
from ..optimizers import AdamW, Momentum, Optimizer
from ..state import copied
from .contrast import CENTER_PACE, Contrast, Examples, chain_labels

_SMALLEST_SPREAD, _LARGEST_SPREAD = 0.02, 2.0  # of a normal unit, in its standard deviations


class GeneralLearner:
    """Follows the likelihood's gradient: plain steps for bits, Adam's for other units."""

    def __init__(
        self,
        machine: Boltzmann,
        examples: Examples,
        contrast: Contrast,
        rng: torch.Generator,
        *,
        learns_variance: bool = True,
    ) -> None:
        self._start, self._contrast, self._rng = machine, contrast, rng
        v = examples.v.clone() if examples.known is not None else examples.v
        self._examples = replace(examples, v=v, weight=examples.scaled_weight)
        y = examples.y
        k = y.shape[1]
        # a step moves weights and means of a normal unit by so many of its deviations
        self._unit = torch.ones(machine.units.width + k).to(y)
        self._unit[machine.units.normal] = machine.scale
        self._weights = torch.cat([machine.weights, machine.label_weights]) / self._unit[:, None]
        self._visible_bias = torch.cat([machine.visible_bias, y.new_zeros(k)]) / self._unit
        self._hidden_bias = machine.hidden_bias.clone()
        self._log_variance = machine.log_variance.clone()
        self._learns_variance = learns_variance and machine.units.n_normal > 0
        mean = torch.cat([examples.mean(part.double()) for part in (examples.v, y)]).float()
        mean[machine.units.normal] = 0.0
        self._visible_center = mean
        self._hidden_center = torch.full_like(self._hidden_bias, 0.5)
        self._chains, self._chain_weight = self._begin_chains(machine)
        self._optimizers = self._make_optimizers()

    def _begin_chains(self, machine: Boltzmann) -> tuple[Ensembles, Tensor]:
        """Chains that begin at rows of their classes, and the weight of each in a mean."""
        examples, contrast = self._examples, self._contrast
        y, device = examples.y, examples.v.device
        labels, weight = chain_labels(examples.mean(y.double()).cpu().numpy(), contrast.n_chains)
        index = torch.from_numpy(labels).to(device)
        k = y.shape[1]
        of_chain = torch.eye(k, device=device)[index] if k else y.new_zeros((len(labels), 0))
        chains = Ensembles.begin(machine, of_chain, self._rng, contrast.n_temperatures)
        of_row = y.argmax(1) if k else torch.zeros(len(y), dtype=torch.long, device=device)
        for label in index.unique():
            at, rows = (index == label).nonzero()[:, 0], (of_row == label).nonzero()[:, 0]
            if not len(rows):
                continue  # these weigh 0, and stay where the machine drew them
            weights = examples.weight[rows].double().cumsum(0)
            size = len(at), contrast.n_temperatures
            uniform = torch.rand(size, generator=self._rng, device=device, dtype=torch.float64)
            drawn = torch.searchsorted(weights, uniform * weights[-1])
            chosen = examples.v[rows[drawn.clamp(max=len(rows) - 1)]]
            chains.v[at] = self._as_bits(chosen)
        return chains, torch.from_numpy(weight).to(examples.v)

    @property
    def machine(self) -> Boltzmann:
        """The machine as it is now, in tensors that later steps change."""
        width = self._start.units.width
        return Boltzmann(
            units=self._start.units,
            weights=self._weights[:width] * self._unit[:width, None],
            visible_bias=self._visible_bias[:width] * self._unit[:width],
            hidden_bias=self._hidden_bias,
            label_weights=self._weights[width:],
            log_variance=self._log_variance,
            base=self._start.base,
        )

    @property
    def hidden_states(self) -> Tensor:
        """Hidden probabilities of the chains, (c, m)."""
        return self.machine.hidden_input(self._chains.coldest, self._chains.y).sigmoid()

    @torch.no_grad()
    def climb(self, order: np.ndarray, rate: float) -> None:
        """Take a step on each batch of the rows in ``order``."""
        for optimizer in self._optimizers:
            optimizer.lr = rate
        rows = torch.from_numpy(order).to(self._weights.device)
        for index in rows.split(self._contrast.batch_size):
            self._step(index)

    def _step(self, index: Tensor) -> None:
        machine, examples = self.machine, self._examples
        y, share = examples.y[index], examples.weight[index] / len(index)
        v = self._visit(machine, index)
        odds = machine.hidden_input(v, y)
        rows = _Side(v, y, odds.sigmoid(), share.to(v))
        self._follow(machine, rows, self._own_side(machine, rows))

    def _visit(self, machine: Boltzmann, index: Tensor) -> Tensor:
        """States of some rows; what is missing moves one Gibbs sweep on."""
        v = self._as_bits(self._examples.v[index])
        if self._examples.known is None:
            return v
        known = self._examples.known[index]
        filled = machine.sweep(v, self._examples.y[index], self._rng, given=(v, known))
        self._examples.v[index] = torch.where(known, self._examples.v[index], filled)
        return filled

    def _as_bits(self, v: Tensor) -> Tensor:
        """Draw the binary units of states (..., D) where these are probabilities."""
        if not self._examples.grey:
            return v
        n = self._start.units.n_binary
        return torch.cat([draw_bits(v[..., :n], self._rng), v[..., n:]], -1)

    def _own_side(self, machine: Boltzmann, rows: "_Side") -> "_Side":
        """States of the machine itself, a few Gibbs sweeps further."""
        if self._contrast.persistent:
            self._chains.machine = machine
            self._chains.sweep(self._contrast.n_gibbs)
            v, y, share = self._chains.coldest, self._chains.y, self._chain_weight
        else:
            v, y, share = rows.v, rows.y, rows.share
            for _ in range(self._contrast.n_gibbs):
                v = machine.sweep(v, y, self._rng)
        return _Side(v, y, machine.hidden_input(v, y).sigmoid(), share)

    def _follow(self, machine: Boltzmann, rows: "_Side", own: "_Side") -> None:
        """Take a step along the (centred) gradient."""
        weights = rows.weights(machine) - own.weights(machine)
        visible = rows.visible(machine) - own.visible(machine)
        hidden = rows.hidden() - own.hidden()
        if self._contrast.centered:
            pace = CENTER_PACE * (rows.h.mean(0) - self._hidden_center)
            self._hidden_center += pace
            weights -= torch.outer(self._visible_center, hidden)
            weights -= torch.outer(visible, self._hidden_center)
            visible -= weights @ self._hidden_center
            hidden -= self._visible_center @ weights
        if self._learns_variance:
            self._log_variance.grad = own.variances(machine) - rows.variances(machine)
        self._weights.grad = -weights * self._unit[:, None]
        self._visible_bias.grad = -visible * self._unit
        self._hidden_bias.grad = -hidden
        for optimizer in self._optimizers:
            optimizer.step()
        low, high = (2 * np.log(end) for end in (_SMALLEST_SPREAD, _LARGEST_SPREAD))
        self._log_variance.clamp_(low, high)

    def _make_optimizers(self) -> list[Optimizer]:
        """One of the weights, which decay, and one of all that does not."""
        free = [self._visible_bias, self._hidden_bias]
        if self._learns_variance:
            free.append(self._log_variance)
        betas = (self._contrast.momentum, 0.999)
        make = Momentum if self._start.units.all_binary else AdamW
        decays = ([self._weights], self._contrast.weight_decay), (free, 0.0)
        return [make(tensors, 0.0, betas, decay) for tensors, decay in decays]

    def state(self) -> dict[str, Any]:
        """Everything that changes."""
        tensors = {name: getattr(self, name) for name in _CHANGING} | {"chains": self._chains.v}
        if self._examples.known is not None:
            tensors["filled"] = self._examples.v
        rest = {
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "draws": self._rng.get_state(),
            "n_sweeps": self._chains.n_sweeps,
        }
        return {"tensors": copied(tensors)} | rest

    def load(self, state: dict[str, Any]) -> None:
        """Become what :meth:`state` gave."""
        self._unit.fill_(1.0)  # of states kept before there was one
        for name, value in state["tensors"].items():
            large = {"filled": self._examples.v, "chains": self._chains.v}
            into = large[name] if name in large else getattr(self, name)
            into.copy_(value)
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        if "draws" in state:
            self._rng.set_state(state["draws"])
        self._chains.n_sweeps = state["n_sweeps"]


_CHANGING = (
    "_unit",
    "_weights",
    "_visible_bias",
    "_hidden_bias",
    "_log_variance",
    "_hidden_center",
)


class _Side:
    """Visible states, labels, hidden probabilities and weights of rows or of chains."""

    def __init__(self, v: Tensor, y: Tensor, h: Tensor, share: Tensor) -> None:
        self.v, self.y, self.h, self.share = v, y, h, share

    def weights(self, machine: Boltzmann) -> Tensor:
        """Mean of the statistic times the hidden units, (D + k, m)."""
        return self._statistic(machine).T @ (self.h * self.share[:, None])

    def visible(self, machine: Boltzmann) -> Tensor:
        """Mean of the statistic, (D + k,)."""
        return self.share @ self._statistic(machine)

    def hidden(self) -> Tensor:
        """Mean of the hidden units, (m,)."""
        return self.share @ self.h

    def variances(self, machine: Boltzmann) -> Tensor:
        """Mean derivative of -E by the log-variance of each normal unit, (G,)."""
        units = machine.units
        v, mean = self.v[:, units.normal], machine.visible_input(self.h)[:, units.normal]
        center = machine.visible_bias[units.normal]
        squares = (v.square() + center.square() - 2 * v * mean) * (-machine.log_variance).exp()
        exists = units.gates(self.v[:, units.codes])
        return self.share @ (0.5 * (squares - 1) * exists)

    def _statistic(self, machine: Boltzmann) -> Tensor:
        return torch.cat([self.v * machine.precisions, self.y], 1)
