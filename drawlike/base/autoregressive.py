"""Models that learn each variable given those before it, by gradients."""

import copy
from abc import abstractmethod
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import SettingError
from ..layout import Layout, Variables
from ..networks import build
from ..rows import Batch, Rows
from ..training import (
    OPTIMIZERS,
    SCHEDULES,
    Average,
    Balance,
    Clock,
    Half,
    Monitor,
    Player,
    Shuffled,
    hold_back,
    to_numpy,
    to_torch,
    train,
    weighted_mean,
)
from .continuing import ContinuingMixin
from .density import DensityMixin
from .model import GenerativeModel
from .randomness import torch_generator
from .rarity import tell_of_rare_classes
from .run import Run, choose_device
from .settings import check_counts, check_known, check_limits, is_amount

_GAIN = 1e-4  # nats a variable: less is not worth going on for
_WATCHED_ROWS, _TOGETHER = 2000, 500
_FIRST_ROWS = 10_000  # rows that the outputs' biases begin from
_ROWS_WITH_GAPS = 0.1  # share of a step's rows of which a part is hidden


class Autoregressive(ContinuingMixin, DensityMixin, GenerativeModel):
    """The chain rule, learned: log p(x) = sum_v log p(x_v | x_1 .. x_(v-1)).

    A subclass says what its network is (``_network``) and how rows are drawn from it
    (``_drawn_values``). The network maps inputs and conditions to raw outputs. Its settings
    are those that are read here: optimizer, lr, batch_size, class_sampling, schedule, average,
    max_steps, max_seconds, patience, validation_fraction, n_components.
    """

    stops_by_itself = True
    array_numbers = "standard"
    dtype = torch.float32
    scored_in: ClassVar[torch.dtype] = torch.float64  # a score does not depend on other rows
    wants_gpu: ClassVar[bool] = False  # then its steps on images are half precise, and recorded

    optimizer: str
    lr: float
    class_sampling: str | float
    average: float
    net_: Any
    variables_: Variables

    @abstractmethod
    def _network(self, variables: Variables, layout: Layout, n_cond: int) -> nn.Module:
        """Give an untrained network with a method ``begin_at(raw)``."""

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        self._check_settings()
        balance = Balance.of(self.class_sampling, data)
        parts = hold_back(data, self.validation_fraction, run.rngs["order"], balance)
        rows, validation = parts
        sampler = Shuffled(rows, self.batch_size, run.seed("order"), balance)
        noise = run.generator("noise")
        self._build(layout, data.cond.shape[1], run.cpu_generator("initialisation"))
        self._begin(rows, noise)
        self.net_.to(run.device)
        average = Average(self.net_, self.average)
        alike = self.wants_gpu and layout.image is not None
        half = Half(run.device, alike)
        train(
            [self._player(noise, half)],
            sampler,
            clock=Clock(self.max_steps, self.max_seconds, SCHEDULES[self.schedule]),
            noise=noise,
            phase=(lambda: half.is_on) if alike else None,
            average=average,
            monitor=self._monitor(average.shadow, validation, run, half),
            every=sampler.steps_between_checks,
            checkpoint=run.open_checkpoint(),
            events=run.events,
        )
        self.net_ = average.shadow
        self._tell_more(validation.take(slice(_WATCHED_ROWS)), run)
        fares = partial(self._fares, noise=run.generator("noise"))
        tell_of_rare_classes(parts, self.labels_.classes_, fares, run.events)

    @torch.no_grad()
    def _fares(self, rows: Rows, noise: torch.Generator) -> Tensor:
        """Log-likelihood of rows in the type of training, (n,)."""
        values = self.variables_.gather(self.layout_.realise(rows.x, noise))
        pairs = zip(values.split(_TOGETHER), rows.cond.split(_TOGETHER), strict=True)
        return torch.cat([self._in_own_order(self.net_, *pair) for pair in pairs])

    def _tell_more(self, validation: Rows, run: Run) -> None:
        """Tell of what was learned by validation rows; by default there is no more to tell."""

    def _check_settings(self) -> None:
        check_known(self, optimizer=OPTIMIZERS, schedule=SCHEDULES)
        check_counts(self, "batch_size", "max_steps", "n_components")
        check_limits(self)
        if not is_amount(self.lr) or not self.lr:
            raise SettingError(f"lr={self.lr!r}; use a number above 0.")
        if not is_amount(self.average) or self.average > 1:
            raise SettingError(f"average={self.average!r}; use a decay from 0 to 1.")

    def _build(self, layout: Layout, n_cond: int, rng: torch.Generator) -> None:
        self.layout_ = layout
        self.variables_ = Variables.of(layout, self.n_components)
        self.net_ = build(lambda: self._network(self.variables_, layout, n_cond), rng)

    def _begin(self, rows: Rows, noise: torch.Generator) -> None:
        """Let the network begin at the law of each variable by itself."""
        some = rows.take(slice(_FIRST_ROWS))
        values = self.variables_.gather(self.layout_.realise(some.x, noise))
        self._begin_at(values, some.weight)

    def _begin_at(self, values: Tensor, weight: Tensor) -> None:
        self.net_.begin_at(self.variables_.initial(values, weight).cpu())

    def _player(self, noise: torch.Generator, half: Half) -> Player:
        def loss(net: nn.Module, batch: Batch) -> Tensor:
            values = self.variables_.gather(self.layout_.realise(batch.x, noise))
            if self._learns_gaps:
                values = _with_gaps(values, self.variables_, noise)
            with half():
                return -self._learned(net, values, batch.cond, noise)

        return Player("nats", self.net_, loss, self.lr, betas=(0.9, 0.99), method=self.optimizer)

    @property
    def _learns_gaps(self: Any) -> bool:
        """Whether a variable may have to be told from some of those before it, and not all."""
        return self.kind_ == "array"

    def _learned(
        self, net: nn.Module, values: Tensor, cond: Tensor, noise: torch.Generator
    ) -> Tensor:
        """Log-likelihood that a step of training climbs, (n,)."""
        return self._in_own_order(net, values, cond)

    def _in_own_order(self, net: nn.Module, values: Tensor, cond: Tensor) -> Tensor:
        raw = net(self.variables_.expand(values), cond).to(values)
        return self.variables_.log_prob(raw, values).sum(1)

    def _monitor(self, net: nn.Module, validation: Rows, run: Run, half: Half) -> Monitor:
        watched = validation.take(slice(_WATCHED_ROWS))
        fixed = torch.Generator(run.device).manual_seed(run.seed("noise"))
        x = self.layout_.realise(watched.x, fixed)
        values = self.variables_.gather(x)

        @torch.no_grad()
        def mean() -> float:
            parts = zip(values.split(_TOGETHER), watched.cond.split(_TOGETHER), strict=True)
            losses = [-self._in_own_order(net, v, cond) for v, cond in parts]
            return float(weighted_mean(torch.cat(losses), watched.weight))

        def nats(step: int) -> float:
            exact = mean()
            if half.is_on:
                with half():
                    half.probe(mean(), exact, run.events)
            return exact

        return Monitor(
            "validation nats",
            nats,
            [net],
            self.patience,
            reductions=2 if self.schedule == "plateau" else 0,
            margin=_GAIN * len(self.variables_),
        )

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        net, device = self.net_, self._device
        if self.scored_in != self.dtype:
            net = copy.deepcopy(net).to(self.scored_in)
        values = self.variables_.gather(x).to(device, self.scored_in)
        return self._log_prob_of(net, values, cond.to(device, self.scored_in))

    def _log_prob_of(self, net: nn.Module, values: Tensor, cond: Tensor) -> Tensor:
        """Log-likelihood of values under a network in the type of scores, (n,)."""
        return self._in_own_order(net, values, cond)

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        nothing = torch.full((len(cond), self.layout_.width), torch.nan, device=self._device)
        noise = torch_generator(rng, self._device)
        drawn = self._drawn_values(self.net_, nothing, cond.to(self._device), noise)
        return self.variables_.scatter(drawn)

    @property
    def _device(self) -> torch.device:
        return next(self.net_.parameters()).device

    def _state(self) -> dict[str, Any]:
        return {"weights": to_numpy(self.net_.state_dict())}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self._build(layout, self.labels_.n_classes, torch.Generator())
        self.net_.load_state_dict(to_torch(state["weights"]))
        self.net_.to(choose_device(self.device))


def _with_gaps(values: Tensor, variables: Variables, noise: torch.Generator) -> Tensor:
    """Values of which some rows lack variables at random, each row a share of its own.

    What is left has its marginal law, since what lacks does not depend on it.
    """
    device = noise.device
    n, v = len(values), len(variables)
    share, has_gaps = torch.rand(2, n, 1, generator=noise, device=device)
    lacks = torch.rand(n, v, generator=noise, device=device) < share
    widths = torch.tensor([family.width for family in variables.of_each], device=device)
    gaps = (lacks & (has_gaps < _ROWS_WITH_GAPS)).repeat_interleave(widths, 1)
    return values.masked_fill(gaps, torch.nan)
