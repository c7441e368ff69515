"""Masked autoencoder for distribution estimation."""

import math
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from ...base import (
    ConditionalMixin,
    RandomState,
    Run,
    check_counts,
    check_known,
    check_widths,
    torch_generator,
)
from ...base.autoregressive import Autoregressive
from ...codecs import Codec, TableCodec
from ...errors import NotConditionalError
from ...layout import Layout, Variables
from ...layout.draws import Common
from ...networks import MaskedNet, draw_masked
from ...rows import Rows
from ...training import weighted_mean
from .orders import Order, Orders, Pattern, by_pattern

_ORDERS = ("auto", "any", "fixed")
_MEAN_DRAWS, _MEANT_TOGETHER = 200, 5  # as many as are drawn side by side
_TOLD_ORDERS = 4


class MADE(ConditionalMixin, Autoregressive):
    r"""One network, masked so that it gives all conditionals of a chain at once.

    .. math:: \log p(x) = \sum_v \log p(x_v \mid x_1, \dots, x_{v-1})

    Variables are columns, or pixels with all their channels: bits are Bernoulli, categories
    and atoms have a softmax, grey levels a mixture of discretised logistics, other numbers a
    mixture of normals. Germain et al. 2015, arXiv:1502.03509; residual layers and direct
    connections beside them. Training stops when the likelihood of validation rows no longer
    rises, and keeps the best moving average of the weights.

    ``score_samples`` is exact for complete rows, in the variables' own order; cells that lack
    (NaN) are marginalised as the network has learned it. With ``order="any"`` half of the
    steps are taken in that order and half in others, so that any values can be given; the
    density in another order differs a little, by as many nats as ``history_`` tells.

    Samples cost as much as one pass of the network: hidden units stand by how many variables
    they know, and each is computed once.

    Parameters
    ----------
    hidden : sequence of int
        Widths of the hidden layers.
    order : {"auto", "any", "fixed"}
        Whether to learn all orders of the variables or only their own; "auto" learns any,
        but for images.
    n_orders : int, optional
        Learn so many orders instead of a new one at every step.
    ensemble : int
        Orders over which ``score_samples`` averages the density; may be changed after
        ``fit``.
    n_components : int
        Components in the mixture of a number, or of a pixel's grey level.
    pixels : {"auto", "binary"}
        "binary" learns two-valued images from grey ones: a pixel's grey level is the
        probability that it is white, drawn anew at every visit. Scores are then those of
        two-valued images: grey ones score -inf, so draw them black and white first.
    optimizer : str
        "adam", "adamw", "rmsprop", "sgd", "momentum", "optimistic" or "extragradient".
    lr : float
        Its learning rate at the start.
    batch_size : int
        Rows a step; larger is smoother and slower.
    class_sampling : {"auto", "data", "square-root", "balanced"} or float
        How often classes are learned from, whatever their share of the rows: as they come, or each
        alike, or between; a power from 0 to 1 says the same. "auto" takes "balanced" where a class
        is ten times as frequent as another. The learned frequencies stay those of the data.
    schedule : {"plateau", "cosine"}
        How the rate falls: when the likelihood no longer rises, or along a cosine to the
        last step or second.
    average : float
        Decay of the moving average of the weights; 0 keeps the last weights.
    max_steps, max_seconds : int, float or None
        Upper limits; a limit in seconds makes the result depend on the machine's speed.
    patience : int
        Checks without improvement before the learning rate falls, and in the end stops.
    validation_fraction : float
        Share of the rows that only decides when to stop.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import MADE
    >>> rows = np.random.default_rng(0).normal(size=(200, 2))
    >>> MADE(max_steps=20, random_state=0).fit(rows).sample(3, random_state=0).shape
    (3, 2)
    """

    name = "made"
    net_: MaskedNet

    def __init__(
        self,
        *,
        hidden: Sequence[int] = (512, 512),
        order: Literal["auto", "any", "fixed"] = "auto",
        n_orders: int | None = None,
        ensemble: int = 1,
        n_components: int = 10,
        pixels: Literal["auto", "binary"] = "auto",
        optimizer: str = "adamw",
        lr: float = 3e-3,
        batch_size: int = 128,
        class_sampling: str | float = "auto",
        schedule: Literal["plateau", "cosine"] = "plateau",
        average: float = 0.999,
        max_steps: int = 50_000,
        max_seconds: float | None = None,
        patience: int = 6,
        validation_fraction: float = 0.1,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.hidden = hidden
        self.order = order
        self.n_orders = n_orders
        self.ensemble = ensemble
        self.n_components = n_components
        self.pixels = pixels
        self.optimizer = optimizer
        self.lr = lr
        self.batch_size = batch_size
        self.class_sampling = class_sampling
        self.schedule = schedule
        self.average = average
        self.max_steps = max_steps
        self.max_seconds = max_seconds
        self.patience = patience
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.device = device

    def _check_settings(self) -> None:
        super()._check_settings()
        check_known(self, order=_ORDERS)
        check_counts(self, "ensemble", *(() if self.n_orders is None else ("n_orders",)))
        check_widths("hidden", self.hidden, least=1)

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        self.orders_ = self._orders(layout, run.rngs["initialisation"])
        super()._fit(data, layout, run)

    def _orders(self, layout: Layout, rng: np.random.Generator) -> Orders:
        n = len(Variables.of(layout, 1))
        learns_any = self.order == "any" or (self.order == "auto" and not layout.image)
        return Orders.drawn(n, self.n_orders, rng) if learns_any else Orders(n, False)

    def _network(self, variables: Variables, layout: Layout, n_cond: int) -> MaskedNet:
        return MaskedNet(variables, n_cond, tuple(self.hidden))

    def _begin_at(self, values: Tensor, weight: Tensor) -> None:
        super()._begin_at(values, weight)
        self.net_.center.copy_(self.variables_.center(values, weight))

    @property
    def _learns_gaps(self) -> bool:
        # in an order of its own choice a row's gaps come last, and tell nothing
        return not self.orders_.learns_any and not self.layout_.image

    def _learned(
        self, net: nn.Module, values: Tensor, cond: Tensor, noise: torch.Generator
    ) -> Tensor:
        return self._in_order(net, values, cond, self.orders_.next(noise))

    def _in_order(self, net: nn.Module, values: Tensor, cond: Tensor, order: Order) -> Tensor:
        """Log-likelihood of the observed cells, each given those before it in an order, (n,)."""
        raw = net(self.variables_.expand(values), cond, order)
        return self.variables_.log_prob(raw, values).sum(1)

    @torch.no_grad()
    def _tell_more(self, validation: Rows, run: Run) -> None:
        """Tell how much worse the columns are known in other orders than in their own."""
        own, *others = self.orders_.first(1 + _TOLD_ORDERS)
        if not others:
            return
        x = self.layout_.realise(validation.x, run.generator("noise"))
        values, weight = self.variables_.gather(x), validation.weight

        def nats(order: Order) -> float:
            log_prob = self._in_order(self.net_, values, validation.cond, order)
            return -float(weighted_mean(log_prob, weight))

        gap = float(np.mean([nats(order) for order in others])) - nats(own)
        run.events.metric("nats more in other orders", gap)

    def _log_prob_of(self, net: nn.Module, values: Tensor, cond: Tensor) -> Tensor:
        if not values.isnan().any():
            orders = self.orders_.first(self.ensemble)
            each = [self._in_order(net, values, cond, order) for order in orders]
            return torch.stack(each).logsumexp(0) - math.log(len(each))
        out = values.new_empty(len(values))
        for rows, order, _, _ in by_pattern(self.variables_, values):
            # of one order the cells before a gap tell about those behind it as in training
            order = order if self.orders_.learns_any else None
            out[rows] = self._in_order(net, values[rows], cond[rows], order)
        return out

    def _drawn_values(self, net: Any, values: Tensor, cond: Tensor, rng: torch.Generator) -> Tensor:
        return draw_masked(net, values, cond, rng)

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        """Draw the cells that are NaN, in an order with the others first."""
        noise = torch_generator(rng, self._device)
        values = self.variables_.gather(evidence).to(self._device)
        cond, out = cond.to(self._device), torch.empty_like(values)
        for pattern in self._patterns(values):
            rows = pattern.rows
            out[rows] = self._drawn_given(pattern, values[rows], cond[rows], noise)
        return self.variables_.scatter(out)

    def _patterns(self, values: Tensor) -> Iterator[Pattern]:
        """Rows that know the same, if what they know can be given."""
        for pattern in by_pattern(self.variables_, values):
            if pattern.order is not None or pattern.n_partly:
                self._refuse_other_orders()
            yield pattern

    def _drawn_given(
        self, pattern: Pattern, values: Tensor, cond: Tensor, noise: torch.Generator
    ) -> Tensor:
        order, n_given = pattern.order, pattern.n_known
        return draw_masked(self.net_, values, cond, noise, order=order, n_given=n_given)

    def _refuse_other_orders(self) -> None:
        if not self.orders_.learns_any:
            raise NotConditionalError(
                "The model knows its columns in one order, and can be given only the first ones; "
                "fit it with order='any' to give others."
            )

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        """Means of numbers over draws, the same ones for every row; likeliest codes."""
        values = self.variables_.gather(evidence).to(self._device)
        cond, mean = cond.to(self._device), torch.empty_like(evidence)
        for pattern in self._patterns(values):
            for rows in pattern.rows.split(_MEANT_TOGETHER):
                many, conds = (t[rows].repeat_interleave(_MEAN_DRAWS, 0) for t in (values, cond))
                noise = Common(_MEAN_DRAWS, self._device)
                drawn = self.variables_.scatter(self._drawn_given(pattern, many, conds, noise))
                mean[rows] = self._mean_of(drawn.unflatten(0, (len(rows), -1)).cpu()).to(mean)
        return torch.where(evidence.isnan(), mean, evidence)

    def _mean_of(self, drawn: Tensor) -> Tensor:
        """Means of numbers and likeliest codes of draws (n, times, width)."""
        mean = drawn.double().nanmean(1)
        for place, n_codes in _choices(self.codec_):
            codes = drawn[:, :, place].long()
            mean[:, place] = one_hot(codes, n_codes).sum(1).argmax(1).to(mean)
        return mean

    def _state(self) -> dict[str, Any]:
        others = self.orders_.others
        kept = {"any": self.orders_.learns_any, "others": others}
        return super()._state() | {"orders": kept}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        super()._set_state(state, layout)
        orders = state["orders"]
        self.orders_ = Orders(len(self.variables_), orders["any"], orders["others"])


def _choices(codec: Codec) -> list[tuple[int, int]]:
    """Encoded columns of codes, and how many codes each has."""
    return list(codec.choices()) if isinstance(codec, TableCodec) else []
