"""Hidden Markov models and their EM (Baum, Petrie, Soules & Weiss 1970).

    p(x_1 .. x_T) = sum over s_1 .. s_T of start_s1 b_s1(x_1) prod_t P_{s_t-1 s_t} b_st(x_t)

Each state emits by a mixture of its own. A step of which no cell is observed says nothing
about its state; single missing cells are marginalised.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...rows import SequenceBatch
from ..mixtures.mixture import Mixture, Sums
from ..normals.normal import positive
from .drawing import draw_states
from .emitting import cells_of, exact_densities, sums_of, write_densities
from .priors import NormalPrior, folded
from .scaling import FLOOR, transpose, write_relative
from .smoothing import (
    Densities,
    Filtered,
    Law,
    Smoothed,
    decode,
    run_filter,
    smooth,
    sums_of_sequences,
)
from .steps import Sampler

_EMPTY = 1e-10  # share of all steps below which a state is empty
PARAMETERS = ("start", "transitions", "weights", "means", "covariances")


class ChainSums(NamedTuple):
    """What one pass over the sequences leaves; sums of parts add up.

    ``weight`` is that of all sequences, ``steps`` that of all their steps.
    """

    start: Tensor
    transitions: Tensor
    emissions: Sums
    log_likelihood: Tensor
    weight: Tensor
    steps: Tensor


@dataclass(frozen=True, eq=False)
class Chain:
    """A chain of S states; ``emissions`` is a mixture with S classes, one a state.

    Where ``allowed`` (S, S) is False there is no transition, ever; a state that cannot
    begin a sequence has a ``start`` (S,) of 0. ``pseudo_start`` and ``pseudo_transitions``
    are counts of a Dirichlet prior that are added to those of the data (hmmlearn's priors
    less 1), and ``prior`` is that of the normals. Updates leave alone what is not named in
    ``learned``. ``mended`` counts how often a state was re-seeded, and ``notes`` says what the
    last update mended.
    """

    start: Tensor
    transitions: Tensor
    emissions: Mixture
    allowed: Tensor
    pseudo_start: Tensor | float = 0.0
    pseudo_transitions: Tensor | float = 0.0
    prior: NormalPrior | None = None
    learned: tuple[str, ...] = PARAMETERS
    mended: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def n_states(self) -> int:
        """Number of states."""
        return len(self.start)

    @property
    def n_free(self) -> int:
        """Number of free parameters."""
        begins, moves = int((self.start > 0).sum()), int(self.allowed.sum())
        return begins - 1 + moves - self.n_states + self.emissions.n_free

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.start.device

    @cached_property
    def law(self) -> Law:
        """How states begin and follow each other, as arrays."""
        return Law.of(self.start, self.transitions)

    def statistics(self, batch: SequenceBatch) -> ChainSums:
        """E step: expected counts and moments, and the log-likelihood."""
        weight, bounds = batch.weight.double().cpu().numpy(), bounds_of(batch.lengths)
        each = batch.step_weight
        found = smooth(self._densities(batch.x, each), bounds, weight, self.law)
        shares = found.posterior if each is None else found.posterior * each.cpu().numpy()[:, None]
        return self._sums(batch, found, sums_of(self.emissions, batch.x, shares))

    def update(self, sums: ChainSums) -> "Chain":
        """M step; a state that lost its steps starts again beside the heaviest one."""
        begins = sums.start + self.pseudo_start * (self.start > 0)
        moves = sums.transitions + self.pseudo_transitions * self.allowed
        moving, moments = "means" in self.learned, sums.emissions.moments
        moments = folded(self.prior, self.emissions.normals, moments, moving=moving)
        updated = replace(
            self,
            start=_normalised(begins[None], self.start[None])[0],
            transitions=_normalised(moves, self.transitions),
            emissions=self.emissions.update(
                sums.emissions._replace(moments=moments), "state", self.emissions.n_components
            ),
            notes=(),
        )
        return self._keeping(updated)._mend(sums)

    def objective(self, sums: ChainSums) -> float:
        """Mean of log-likelihood and log-prior, nats a step."""
        prior = torch.xlogy(self.pseudo_start * (self.start > 0), self.start).sum()
        prior = prior + torch.xlogy(self.pseudo_transitions * self.allowed, self.transitions).sum()
        prior = prior + self.emissions.tables.log_prior()
        if self.prior is not None:
            prior = prior + self.prior.log_prob(self.emissions.normals)
        return float((sums.log_likelihood + prior) / positive(sums.steps))

    def log_prob(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Log-density of each sequence in nats, (m,)."""
        steps = self._filter(x, lengths).step_log_prob
        return self._tensor(sums_of_sequences(steps, bounds_of(lengths)))

    def step_log_prob(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Log-density of each step given those before it in its sequence, nats, (N,)."""
        return self._tensor(self._filter(x, lengths).step_log_prob)

    def posteriors(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Probability of each state at each step given the whole sequence, (N, S)."""
        return self._tensor(self._smooth(x, lengths).posterior)

    def filtered(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Probability of each state at the last step of each sequence, (m, S).

        An empty sequence tells nothing; its row is NaN.
        """
        bounds = bounds_of(lengths)
        state, last = self._filter(x, lengths).state, bounds[1:] - 1
        empty = np.diff(bounds) == 0
        out = state[np.where(empty, 0, last)] if len(state) else np.empty((len(last), 1))
        return self._tensor(np.where(empty[:, None], np.nan, out).reshape(len(last), -1))

    def viterbi(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probability of each sequence's most probable path, (m,), and the path, (N,)."""
        log_prob, states = decode(self._log_densities(x), bounds_of(lengths), self.law)
        return self._tensor(log_prob), self._tensor(states)

    def map_states(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Most probable state of each step by itself, (N,)."""
        return self.posteriors(x, lengths).argmax(1)

    def sample(
        self, lengths: Tensor, rng: np.random.Generator, start: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Draw a sequence a length: encoded steps (N, width), and their states (N,).

        ``start`` (m, S) are probabilities of each sequence's first state.
        """
        bounds = bounds_of(lengths)
        begins = self.start.expand(len(lengths), -1) if start is None else start
        states = self._tensor(draw_states(begins.cpu().numpy(), self.law.transitions, bounds, rng))
        return self._sampler.draw(states, rng), states

    @cached_property
    def _sampler(self) -> Sampler:
        return Sampler(self.emissions)

    def _smooth(self, x: Tensor, lengths: Tensor) -> Smoothed:
        return smooth(self._densities(x), bounds_of(lengths), np.ones(len(lengths)), self.law)

    def _filter(self, x: Tensor, lengths: Tensor) -> Filtered:
        return run_filter(self._densities(x), bounds_of(lengths), self.law)

    def _densities(self, x: Tensor, each: Tensor | None = None) -> Densities:
        """Densities of steps in each state, to the power of their weights ``each`` (N,)."""
        each = None if each is None else each.double().cpu()
        relative, top = np.empty((len(x), self.n_states)), np.empty(len(x))

        def write(rows: slice, values: Tensor) -> None:
            values = values if each is None else values.mul_(each[rows])
            write_relative(values, top[rows], relative[rows])

        def exact(steps: slice) -> np.ndarray:
            logs = self._exact_logs(x[steps])
            return logs if each is None else logs * each[steps, None].numpy()

        write_densities(self.emissions, x, write)
        return Densities(relative, top, exact)

    def _log_densities(self, x: Tensor) -> np.ndarray:
        """Log-density of steps in each state, (N, S)."""
        out = np.empty((len(x), self.n_states))

        def write(rows: slice, values: Tensor) -> None:
            transpose(values.clamp_(min=FLOOR).numpy(), out[rows])

        write_densities(self.emissions, x, write)
        return out

    def _exact_logs(self, x: Tensor) -> np.ndarray:
        logs = exact_densities(self.emissions, cells_of(self.emissions, x))
        return np.ascontiguousarray(logs.T.cpu().numpy())

    def _sums(self, batch: SequenceBatch, found: Smoothed, emissions: Sums) -> ChainSums:
        weight = batch.weight.to(self.start)
        log_prob = sums_of_sequences(found.step_log_prob, bounds_of(batch.lengths))
        return ChainSums(
            start=self._tensor(found.start),
            transitions=self._tensor(found.moves),
            emissions=emissions,
            log_likelihood=weight @ self._tensor(log_prob),
            weight=weight.sum(),
            steps=weight @ batch.lengths.to(weight),
        )

    def _keeping(self, updated: "Chain") -> "Chain":
        """Take back what must not change."""
        kept = {name for name in PARAMETERS if name not in self.learned}
        old, new = self.emissions, updated.emissions
        normals = (old if "covariances" in kept else new).normals
        means = (old if "means" in kept else new).normals.means
        if not torch.equal(means, normals.means):  # new normals forget the roots they know
            normals = replace(normals, means=means)
        weights = old.weights if "weights" in kept else new.weights
        fixed = {name: getattr(self, name) for name in kept & {"start", "transitions"}}
        return replace(updated, emissions=replace(new, normals=normals, weights=weights), **fixed)

    def _mend(self, sums: ChainSums) -> "Chain":
        """Re-seed empty states, once each, where every state may follow every other."""
        mass = sums.emissions.mass.view(self.n_states, -1).sum(1)
        chain, notes = self, self.emissions.notes
        for j in (mass < _EMPTY * sums.steps).nonzero()[:, 0].tolist():
            if chain._may_split(j):
                chain = chain._split(int(mass.argmax()), j)
                notes += (f"state {j} had lost its steps: it takes half of those of the heaviest",)
            else:
                notes += (f"state {j} has no steps: its parameters stay as they are",)
        return replace(chain, notes=notes)

    def _may_split(self, j: int) -> bool:
        free = self.learned == PARAMETERS and bool(self.allowed.all() and (self.start >= 0).all())
        return free and len(self.emissions.spread) > 0 and j not in self.mended

    def _split(self, source: int, target: int) -> "Chain":
        """Halve a state; ``target`` becomes the other half."""
        m, transitions, start = self.emissions.n_components, *map(_copy, self._motion)
        transitions[:, source] /= 2
        start[source] /= 2
        transitions[:, target], start[target] = transitions[:, source], start[source]
        transitions[target] = transitions[source]
        each = torch.arange(len(self.emissions.weights), device=self.device)
        each[target * m : (target + 1) * m] = each[source * m : (source + 1) * m].clone()
        normals = self.emissions.normals
        for i in range(m):
            normals = normals.split(source * m + i, target * m + i, self.emissions.spread)
        emissions = replace(
            self.emissions,
            weights=self.emissions.weights[each],
            normals=normals,
            tables=self.emissions.tables.take(each),
        )
        moved = replace(self, start=start, transitions=transitions, emissions=emissions)
        return replace(moved, mended=(*self.mended, target))

    @property
    def _motion(self) -> tuple[Tensor, Tensor]:
        return self.transitions, self.start

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.from_numpy(values).to(self.device)


def bounds_of(lengths: Tensor) -> np.ndarray:
    """Where each sequence begins, and where the last one ends, (m + 1,)."""
    return np.concatenate([[0], np.cumsum(lengths.cpu().numpy())]).astype(np.int64)


def _normalised(mass: Tensor, old: Tensor) -> Tensor:
    """Rows that sum to 1; a row without mass stays what it was."""
    total = mass.sum(1, keepdim=True)
    return torch.where(total > 0, mass / positive(total), old)


def _copy(values: Tensor) -> Tensor:
    return values.clone()
