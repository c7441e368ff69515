"""The energy of a restricted Boltzmann machine, whatever its visible units."""

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional as F

from ..layout import draw_bits, normal_log_prob, standard_normal_log_prob
from .units import Units

Beta = float | Tensor  # an inverse temperature, or one a row (n, 1)
Given = tuple[Tensor, Tensor] | None  # values of visible units and which are held to them


@dataclass(frozen=True, eq=False)
class Boltzmann:
    r"""Visible units v, binary hidden units h, and a condition y that is always given.

    .. math:: -E(v, h | y) = b't + h'(c + W't + U'y) - \sum_g (v_g^2 + b_g^2) / 2\sigma_g^2

    where t is v for binary units and one-hot choices, and v / sigma^2 for normal ones, so
    that a normal unit has mean b + W h given h (Cho, Ilin & Raiko 2011). A normal unit that
    a choice gates exists where the choice has code 0.

    Every method takes an inverse temperature ``beta``: 1 is the machine, 0 are independent
    visible units with the biases ``base``, and between them the logs of both are mixed
    (Salakhutdinov & Murray 2008). Normal units have variance 1 in the base, which is that of
    the data: where the machine's own is small, they cross between its modes on the way.
    """

    units: Units
    weights: Tensor  # (D, m)
    visible_bias: Tensor  # (D,)
    hidden_bias: Tensor  # (m,)
    label_weights: Tensor  # (k, m)
    log_variance: Tensor  # (G,)
    base: Tensor  # (D,)

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return len(self.hidden_bias)

    def to(self, device: torch.device | str, dtype: torch.dtype) -> Self:
        """Give the same machine elsewhere, in another floating type."""
        moved = {name: value.to(device, dtype) for name, value in self.tensors().items()}
        return type(self)(self.units, **moved)

    def tensors(self) -> dict[str, Tensor]:
        """All parameters by name."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "units"}

    def hidden_input(self, v: Tensor, y: Tensor, beta: Beta = 1.0) -> Tensor:
        """Log-odds of each hidden unit, (n, m)."""
        return beta * (self.hidden_bias + self._statistic(v) @ self.weights + self._of(y))

    def visible_input(self, h: Tensor, beta: Beta = 1.0) -> Tensor:
        """Log-odds, logits and means of the visible units, (n, D)."""
        field = beta * (h @ self.weights.T) + self._bias(beta)
        if _is_1(beta) or not self.units.n_normal:
            return field
        own, at = self.precisions[self.units.normal], self.units.normal
        pull = (1 - own) * (1 - beta) * self.base[at]
        field[:, at] = (own * field[:, at] + pull) / self._precision(beta)
        return field

    def free_energy(self, v: Tensor, y: Tensor, beta: Beta = 1.0) -> Tensor:
        """Minus the log of the unnormalised density of v, nats, (n,)."""
        return -self._visible_term(v, beta) - _sum(F.softplus(self.hidden_input(v, y, beta)))

    def energy_step(self, v: Tensor, y: Tensor, before: float, after: float) -> Tensor:
        """Free energy at one temperature less that at another, for the same v, nats, (n,)."""
        field = self.hidden_input(v, y)
        hidden = F.softplus(after * field) - F.softplus(before * field)
        return self._visible_term(v, after) - self._visible_term(v, before) + _sum(hidden)

    def sample_hidden(self, v: Tensor, y: Tensor, rng: torch.Generator, beta: Beta = 1.0) -> Tensor:
        """Draw hidden units, (n, m)."""
        return draw_bits(self.hidden_input(v, y, beta).sigmoid(), rng)

    def sample_visible(
        self, h: Tensor, rng: torch.Generator, beta: Beta = 1.0, given: Given = None
    ) -> Tensor:
        """Draw visible units, (n, D); those that are given keep their values."""
        field = self.visible_input(h, beta)
        binary, normal, logits = self._parts(field, beta)
        bits = draw_bits(binary.sigmoid(), rng)
        noise = torch.randn(normal.shape, generator=rng, device=h.device, dtype=h.dtype)
        numbers = normal + noise * self._precision(beta).rsqrt()
        v = torch.cat([bits, numbers, self._draw_codes(logits, rng)], 1)
        held = v if given is None else torch.where(given[1], given[0], v)
        return self.units.gated_state(held)

    def mean_visible(self, h: Tensor, beta: Beta = 1.0) -> Tensor:
        """Probabilities and means of the visible units given the hidden ones, (n, D)."""
        binary, normal, logits = self._parts(self.visible_input(h, beta), beta)
        shares = logits
        if self.units.sizes:
            choices = self.units.by_choice(logits, -math.inf).softmax(2)
            shares = self.units.side_by_side(choices)
        return torch.cat([binary.sigmoid(), normal, shares], 1)

    def sweep(
        self,
        v: Tensor,
        y: Tensor,
        rng: torch.Generator,
        beta: Beta = 1.0,
        given: Given = None,
    ) -> Tensor:
        """Draw h given v, then v given h, (n, D)."""
        return self.sample_visible(self.sample_hidden(v, y, rng, beta), rng, beta, given)

    def sample_base(self, n: int, rng: torch.Generator, given: Given = None) -> Tensor:
        """Draw visible units at inverse temperature 0, (n, D)."""
        return self.sample_visible(self.base.new_zeros((n, self.n_hidden)), rng, 0.0, given)

    def log_base_density(self, v: Tensor, known: Tensor) -> Tensor:
        """Log-density of the known units at inverse temperature 0, nats, (n,)."""
        units, log = self.units, torch.zeros_like(v)
        bits, base = slice(0, units.n_binary), self.base
        log[:, bits] = v[:, bits] * base[bits] - F.softplus(base[bits])
        log[:, units.normal] = standard_normal_log_prob(v[:, units.normal] - base[units.normal])
        log[:, units.normal] *= units.gates(v[:, units.codes])
        if units.sizes:
            choices = units.by_choice(base[None, units.codes], -math.inf).log_softmax(2)
            log[:, units.codes] = v[:, units.codes] * units.side_by_side(choices)
        return _sum(log * known)

    def log_base_partition(self) -> float:
        """Log-partition at inverse temperature 0, nats."""
        zero = self.base.new_zeros((1, self.n_hidden))
        return float(self.log_visible_sum(zero, 0.0)) + self.n_hidden * math.log(2)

    def log_visible_sum(self, h: Tensor, beta: Beta = 1.0) -> Tensor:
        """Log of the sum over all v of exp(-E(v, h)) without the hidden biases, nats, (n,)."""
        binary, normal, logits = self._parts(self.visible_input(h, beta), beta)
        gated = self.units.indices(h.device).gated
        log = _sum(F.softplus(binary)) + _sum(
            self._completion(normal, beta).index_fill(1, gated, 0)
        )
        if not self.units.sizes:
            return log
        return log + _sum(self.units.by_choice(logits, -math.inf).logsumexp(2))

    def log_known_sum(self, v: Tensor, known: Tensor, y: Tensor, h: Tensor) -> Tensor:
        """Log of the sum of exp(-E(v, h)) over what is not known of v, for each h, nats, (n, s).

        ``v`` and ``known`` (n, D) are what :meth:`Units.expand` gives, ``h`` is (s, m).
        """
        units = self.units
        bits, numbers, codes = known.split(units.widths, 1)
        exists = units.gates(v[:, units.codes])
        counted = torch.cat([bits, numbers & exists.bool(), codes], 1)
        field = self.hidden_bias + self._statistic(v * counted) @ self.weights + self._of(y)
        binary, normal, logits = self._parts(self.visible_input(h), 1.0)
        log = self._known_term(v, counted)[:, None] + field @ h.T
        log = log + (~bits).to(v) @ F.softplus(binary).T
        # where a code is not known, its own sum holds the numbers that it gates
        log = log + (~numbers).to(v) * exists @ self._completion(normal, 1.0).T
        if not units.sizes:
            return log
        open_choices = ~units.by_choice(codes, False)[:, :, 0]
        return log + open_choices.to(v) @ units.by_choice(logits, -math.inf).logsumexp(2).T

    def _known_term(self, v: Tensor, known: Tensor) -> Tensor:
        """What the known units give by themselves, nats, (n,)."""
        at, log = self.units.normal, v * self.visible_bias
        log[:, at] = normal_log_prob(self.visible_bias[at], self.scale, v[:, at])
        return _sum(log * known)

    @cached_property
    def scale(self) -> Tensor:
        """Standard deviation of each normal unit given the hidden ones, (G,)."""
        return (0.5 * self.log_variance).exp()

    @cached_property
    def precisions(self) -> Tensor:
        """Factor that turns visible units into their statistic t, (D,)."""
        ones = torch.ones_like(self.visible_bias)
        ones[self.units.normal] = (-self.log_variance).exp()
        return ones

    def _of(self, y: Tensor) -> Tensor | float:
        return y @ self.label_weights if y.shape[1] else 0.0

    def _bias(self, beta: Beta) -> Tensor:
        if _is_1(beta):
            return self.visible_bias
        return self.base + beta * (self.visible_bias - self.base)

    def _precision(self, beta: Beta) -> Tensor:
        """One over the variance of each normal unit given the hidden ones, (G,) or (n, G)."""
        own = self.precisions[self.units.normal]
        return own if _is_1(beta) else beta * own + (1 - beta)

    def _statistic(self, v: Tensor) -> Tensor:
        return v * self.precisions if self.units.n_normal else v

    def _visible_term(self, v: Tensor, beta: Beta) -> Tensor:
        bits, numbers, codes = v.split(self.units.widths, 1)
        bit_bias, _, code_bias = self._bias(beta).split(self.units.widths, -1)
        linear = _sum(bits * bit_bias) + _sum(codes * code_bias)
        if not self.units.n_normal:
            return linear
        center, base = self.visible_bias[self.units.normal], self.base[self.units.normal]
        log = beta * normal_log_prob(center, self.scale, numbers)
        if not _is_1(beta):
            log = log + (1 - beta) * standard_normal_log_prob(numbers - base)
        return linear + _sum(log * self.units.gates(codes))

    def _completion(self, normal: Tensor, beta: Beta) -> Tensor:
        """Log of the integral over each normal unit, given its mean, (n, G)."""
        at, precision = self.units.normal, self._precision(beta)
        own, center = self.precisions[at], self.visible_bias[at]
        log = 0.5 * (precision * normal.square() - beta * own * center.square())
        if _is_1(beta):
            return log
        rest = (1 - beta) * self.base[at].square() + beta * self.log_variance + precision.log()
        return log - 0.5 * rest

    def _parts(self, field: Tensor, beta: Beta) -> tuple[Tensor, Tensor, Tensor]:
        """Binary log-odds, normal means, and logits of the codes with their gates' part."""
        binary, normal, logits = field.split(self.units.widths, 1)
        if self.units.gated:
            at = self.units.indices(field.device)
            gain = self._completion(normal, beta)[:, at.gated]
            logits = logits.index_add(1, at.gate[at.gated], gain)
        return binary, normal, logits

    def _draw_codes(self, logits: Tensor, rng: torch.Generator) -> Tensor:
        """One-hot codes, each the category with the largest logit and Gumbel noise."""
        if not self.units.sizes:
            return logits
        choices = self.units.by_choice(logits, -math.inf)
        noise = torch.empty_like(choices).exponential_(generator=rng).log_()
        best = (choices - noise).argmax(2, keepdim=True)
        return self.units.side_by_side(torch.zeros_like(choices).scatter_(2, best, 1.0))


def _is_1(beta: Beta) -> bool:
    return isinstance(beta, float) and beta == 1.0


def _sum(values: Tensor) -> Tensor:
    """Sum a value a unit in float64, (n,)."""
    return values.sum(-1, dtype=torch.float64)
