"""The chain rule on the codes of a table's columns."""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ...base import (
    ClassifierMixin,
    ConditionalMixin,
    DensityMixin,
    GenerativeModel,
    RandomState,
    Run,
    check_amounts,
    check_counts,
    check_known,
    torch_generator,
)
from ...errors import NotConditionalError, SettingError
from ...layout import Layout
from ...networks import NADE, Part, build, class_rows, survivors
from ...rows import Batch, Rows
from ...statistics.coding import Coding, known_first, patterns
from ...statistics.mixtures.products import Products
from ...statistics.threads import team
from ...training import (
    Balance,
    Clock,
    Player,
    Shuffled,
    to_numpy,
    to_torch,
    train,
    warm_cosine,
)
from .effort import passes_over, tell_if_long

_ROWS_OF_A_CLASS = 100
_ROWS_OF_A_UNIT, _LANES = 20, 16  # units come by sixteen
_PRIOR_ROWS = 2.0  # of the whole table's law, beside each class's own
_FEWEST_TOGETHER, _STEPS_OF_AN_EPOCH = 16, 50  # small tables are learned in smaller steps
_CODES_TOLD, _FEWEST_TOLD = 50_000, 4  # steps of wide tables take seconds, and tell of themselves
_TRUST = 0.5  # share of what the network says in an order that is not the own one
_ORDERS = ("any", "fixed")


class Autoregressive(ConditionalMixin, ClassifierMixin, DensityMixin, GenerativeModel):
    r"""Each column of a table given those before it, in any order.

    .. math:: \log p(x) = \sum_v \log p(x_v \mid x_1, \dots, x_{v-1})

    All columns are codes: categories; numbers that repeat, and bins of the others, in which a
    number is spread as the rows are; ways of missing. Latent classes, in which columns are
    independent, give a first law of each column given any others. It is corrected by a network:
    a hidden layer sees the sum of the embeddings of the codes so far (NADE: Uria et al. 2014,
    arXiv:1310.1757), and adds to the logits of the next one. Codes of numbers share what their
    order tells; a number is told as a bin, and then as a piece of it. Of 48 codes or more a branch
    of at most 16 neighbours is told first, and then the code (Goodman 2001, arXiv:cs/0108006). A
    column that says what another one says is derived from it.

    Columns are drawn from the one of fewest codes to the one of most. Half of the rows of a step
    learn this order and half a random one, so that values of any columns can be given: those
    come first, and the others follow, nearer to the classes than in the own order.
    ``score_samples`` is exact in the model's own order, and cells that lack are marginalised.

    It learns and draws on the CPU.

    Parameters
    ----------
    width : int
        Hidden units; at most one for 20 rows, since more learn the rows of a small table by heart.
    order : {"any", "fixed"}
        "fixed" learns the one order only, in less time; then only its first columns can be given.
    n_classes : int
        Latent classes that the network corrects; at most one for 100 rows.
    epochs : float
        How often each row is seen, as far as ``max_steps`` goes.
    max_steps : int
        Most steps: rows of a large table are seen less often, so that its steps take no longer than
        those of some 100,000 rows. 1,500 steps of 300 columns take 20 minutes of one core.
    lr : float
        AdamW's largest learning rate: it rises over a tenth of the steps, stays, and falls to 0
        along a cosine.
    batch_size : int
        Rows a step, at most; a small table has 50 steps an epoch.
    class_sampling : {"auto", "data", "square-root", "balanced"} or float
        How often classes are learned from, whatever their share of the rows: as they come, or each
        alike, or between; a power from 0 to 1 says the same. The learned frequencies stay those of
        the data. Rare classes begin at latent classes, which all share, and gained nothing by it.
    dropout : float
        Share of hidden units that a row does without, in training.
    weight_decay : float
        How fast weights shrink, in units of the learning rate.
    max_seconds : float, optional
        Upper limit, over which the rate falls; the result then depends on the machine's speed.

    Examples
    --------
    >>> import pandas as pd
    >>> from drawlike import Autoregressive
    >>> table = pd.DataFrame({"size": [1.5, 2.5, 3.5, 9.0] * 10, "sort": ["a", "a", "b", "b"] * 10})
    >>> model = Autoregressive(random_state=0).fit(table)
    >>> model.sample(3, given={"sort": "b"}, random_state=0)["sort"].tolist()
    ['b', 'b', 'b']
    """

    name = "autoregressive"
    kinds = ("table",)
    table_numbers = "bins"
    dtype = torch.float32
    draws_in_threads = True
    net_: NADE
    coding_: Coding

    def __init__(
        self,
        *,
        width: int = 256,
        order: Literal["any", "fixed"] = "any",
        n_classes: int = 256,
        epochs: float = 8,
        max_steps: int = 1500,
        lr: float = 5e-3,
        batch_size: int = 512,
        class_sampling: str | float = "data",
        dropout: float = 0.1,
        weight_decay: float = 1.0,
        max_seconds: float | None = None,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.width = width
        self.order = order
        self.n_classes = n_classes
        self.epochs = epochs
        self.max_steps = max_steps
        self.lr = lr
        self.batch_size = batch_size
        self.class_sampling = class_sampling
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.max_seconds = max_seconds
        self.random_state = random_state
        self.device = device

    def _check_settings(self) -> None:
        check_known(self, order=_ORDERS)
        check_counts(self, "width", "n_classes", "batch_size", "max_steps")
        check_amounts(self, "epochs", "lr", "weight_decay", "dropout")
        if self.dropout >= 1:
            raise SettingError(f"dropout={self.dropout!r}; use a share below 1.")

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        self._check_settings()
        data = data.to("cpu")
        self.coding_ = Coding.of(layout).with_twins(data.x)
        codes = self.coding_.narrow_codes(data.x, run.events.at("codes"))
        width = min(self.width, _LANES * max(1, len(codes) // (_ROWS_OF_A_UNIT * _LANES)))
        n_classes = min(self.n_classes, 1 + len(codes) // _ROWS_OF_A_CLASS)
        self._build(data.cond.shape[1], width, n_classes, run.cpu_generator("initialisation"))
        few = max(_FEWEST_TOGETHER, len(codes) // _STEPS_OF_AN_EPOCH)
        together = min(self.batch_size, few, len(codes))
        n_steps = min(max(1, round(self.epochs * len(codes) / together)), self.max_steps)
        limit, events = self.max_seconds, run.events
        tell_if_long(self.net_, codes, n_steps, together, max_seconds=limit, events=events)
        self._begin(codes, data, run)
        rows = Rows(codes, data.cond, data.weight)
        balance = Balance.of(self.class_sampling, data)
        sampler = Shuffled(rows, together, run.seed("order"), balance)
        noise = run.cpu_generator("noise")
        n_told = max(_FEWEST_TOLD, _CODES_TOLD // len(self.net_.own))
        with team() as each:
            train(
                [self._player(noise, each)],
                sampler,
                clock=Clock(n_steps, self.max_seconds, warm_cosine),
                noise=noise,
                every=min(sampler.steps_between_checks, n_told),
                checkpoint=run.open_checkpoint(),
                events=run.events,
            )

    def _build(self, n_cond: int, width: int, n_classes: int, rng: torch.Generator) -> None:
        choices = self.coding_.choices
        self.net_ = build(lambda: NADE(choices, n_cond, width, n_classes), rng)
        self.own_order_ = sorted(range(len(choices)), key=lambda v: choices[v].sizes[0])

    def _begin(self, codes: Tensor, data: Rows, run: Run) -> None:
        """Let the network begin at what latent classes tell, the label among their columns."""
        found = Products.fit(
            self.coding_.choices,
            self.coding_.groups_of(codes, run.events.at("groups")).numpy(),
            data,
            run.rngs["initialisation"],
            n_classes=self.net_.classes.shape[1],
            prior_rows=_PRIOR_ROWS,
            passes=passes_over(codes),
            events=run.events.at("classes"),
        )
        shares, tables = map(torch.from_numpy, (found.shares, found.tables))
        own = _shares(codes, data.weight, self.coding_)
        self.net_.begin_at(own, class_rows(self.coding_.choices, tables), shares.log())

    def _player(self, noise: torch.Generator, each: Callable[..., Iterator[Any]]) -> Player:
        width = len(self.net_.start)

        def loss(net: nn.Module, batch: Batch) -> Tensor:
            n = len(batch.x)
            kept, parts = survivors(n, width, self.dropout, noise), self._parts(n, noise)
            return -net(batch.x.long(), batch.cond, parts, kept, each).sum(1)

        return Player(
            "nats", self.net_, loss, lr=self.lr, betas=(0.9, 0.99), method="adamw",
            decay=self.weight_decay, clip_gradients=1.0,
        )  # fmt: skip

    def _parts(self, n: int, noise: torch.Generator) -> list[Part]:
        """Rows of a step, and the order that they learn: the own one, or any."""
        own, half = self.own_order_, n // 2
        if self.order == "fixed" or n < 2 or len(own) < 2:
            return [Part(slice(0, n), own)]
        other = torch.randperm(len(own), generator=noise).tolist()
        return [Part(slice(0, half), own), Part(slice(half, n), other)]

    @torch.no_grad()
    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        net, codes = copy.deepcopy(self.net_).double(), self.coding_.codes(x)
        out = self.coding_.of_twins(x)
        for rows, known in patterns(codes):
            order = known_first(self.own_order_, known)
            some = codes[rows], cond[rows].double()
            out[rows] += net.score(*some, order, self._trust(order)).sum(1)
        return out

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        noise, order = torch_generator(rng, "cpu"), self.own_order_
        nothing = torch.full((len(cond), len(order)), -1)
        codes = self.net_.draw(nothing, cond, noise, order)
        return self.coding_.fresh_rows(codes, noise, self.dtype)

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        noise, codes = torch_generator(rng, "cpu"), self.coding_.codes(evidence)
        for rows, known in patterns(codes):
            order = self._order_with_first(known)
            some, trust = (codes[rows], cond[rows]), self._trust(order)
            codes[rows] = self.net_.draw(*some, noise, order, len(known), trust)
        return self.coding_.rows(codes, evidence, noise)

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        """Give each column's likeliest code by itself, given the known ones."""
        codes = self.coding_.codes(evidence)
        for rows, known in patterns(codes):
            order = self._order_with_first(known)
            some, trust = (codes[rows], cond[rows]), self._trust(order)
            codes[rows] = self.net_.likeliest(*some, order, len(known), trust)
        return self.coding_.rows(codes, evidence, torch.Generator())

    def _log_marginals(self, evidence: Tensor, cond: Tensor, places: Sequence[int]) -> list[Tensor]:
        codes = self.coding_.codes(evidence)
        is_told = codes[:, self.own_order_] >= 0
        is_foreign = (is_told[:, 1:] & ~is_told[:, :-1]).any(1)
        if bool(is_foreign.any()):
            self._refuse_if_fixed()
        parts = [((~is_foreign).nonzero()[:, 0], 1.0), (is_foreign.nonzero()[:, 0], _TRUST)]

        def log_of_kept(kept: list[int]) -> list[Tensor]:
            told = [self.net_.log_marginals(codes[r], cond[r], kept, trust) for r, trust in parts]
            back = torch.cat([rows for rows, _ in parts]).argsort()
            return [torch.cat(logs)[back] for logs in zip(*told, strict=True)]

        return self.coding_.log_marginals(evidence, places, log_of_kept)

    def _trust(self, order: list[int]) -> float:
        return 1.0 if order == self.own_order_ else _TRUST

    def _order_with_first(self, known: list[int]) -> list[int]:
        order = known_first(self.own_order_, known)
        if order != self.own_order_:
            self._refuse_if_fixed()
        return order

    def _refuse_if_fixed(self) -> None:
        if self.order == "fixed":
            raise NotConditionalError(
                "The model knows its columns in one order, from the fewest codes to the most, and "
                "can be given only the first ones; fit it with order='any' to give others."
            )

    def _state(self) -> dict[str, Any]:
        return {"weights": to_numpy(self.net_.state_dict()), **self.coding_.state()}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self.coding_ = Coding.from_state(state, layout)
        weights = state["weights"]
        width, n_classes = len(weights["start"]), weights["classes"].shape[1]
        self._build(self.labels_.n_classes, width, n_classes, torch.Generator())
        self.net_.load_state_dict(to_torch(state["weights"]))


def _shares(codes: Tensor, weight: Tensor, coding: Coding) -> list[Tensor]:
    """Shares of the codes of each column, or of its groups, none of them 0; members begin alike."""
    shares = []
    for choice, column in zip(coding.choices, codes.T, strict=True):
        seen, n_groups = column >= 0, choice.sizes[0]
        group = choice.digits(column[seen].long())[0]
        mass = torch.bincount(group, weight[seen].double(), n_groups) + 0.5
        alike = [torch.full((size,), 1 / size) for size in choice.sizes[1:]]
        shares.append(torch.cat([(mass / mass.sum()).float(), *alike]))
    return shares
