"""Conditionals of codes in any order, by a running sum of embeddings.

Neural autoregressive distribution estimator (Larochelle and Murray 2011), for any order (Uria,
Murray and Larochelle 2014, arXiv:1310.1757): one hidden layer sees the sum of the embeddings of
the codes so far, and gives a softmax of the next one.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ..layout import Choice
from . import chains as kernels
from .mlp import OneHotLinear
from .ordinal import OrdinalTable, softmaxes_of
from .told import ToldBefore
from .trees import trees_of, usual_code

_SPREAD = 0.3  # of the embeddings at the start: about 1 for a sum of ten
_NO_STEPS = np.empty((0, 11), np.int64)
_Ready: TypeAlias = tuple[kernels.Tables, np.ndarray, kernels.Start]


class Part(NamedTuple):
    """Adjacent rows of a step of training, and the order in which their variables are taken.

    The first ``n_given`` of the order tell the others, and are not asked for.
    """

    rows: slice
    order: Sequence[int]
    n_given: int = 0


class NADE(nn.Module):
    """Log-likelihoods of codes (n, v), each given those before it in an order.

    ``choices`` say how many codes there are of each variable, and which of them are ordered. A
    code among very many is a group and then a member, a softmax each; a softmax of many codes is one
    of their branches, and then of the leaves of one branch. It works on the CPU.
    """

    def __init__(
        self, choices: Sequence[Choice], n_cond: int, width: int, n_classes: int = 1
    ) -> None:
        super().__init__()
        self.choices = tuple(choices)
        softmaxes = [each for choice in self.choices for each in softmaxes_of(choice)]
        n_codes, self._trees = sum(size for size, _ in softmaxes), trees_of(self.choices)
        of_branches = [tree.softmax for tree in self._trees if tree]
        n_logits = n_codes + sum(size for size, _ in of_branches)
        self.embedding = OrdinalTable(softmaxes, width, _SPREAD)
        self.output = OrdinalTable([*softmaxes, *of_branches], width, 0.0)
        self.start = nn.Parameter(torch.empty(width))
        self.own = nn.Buffer(torch.empty(n_logits))
        self.told = nn.Parameter(torch.empty(len(softmaxes), n_logits))
        self.condition = OneHotLinear(n_cond, width, bias=False)
        self.classes = nn.Buffer(torch.empty(n_codes, n_classes))
        self.first_class = nn.Buffer(torch.empty(max(1, n_cond), n_classes))
        self._room: kernels.Room | None = None
        self._laid_out: tuple[Any, kernels.Wide] | None = None
        self._drawn_by: tuple[Any, _Ready] | None = None

    def begin_from(self, rng: torch.Generator) -> None:
        """Draw where the sum starts, and know one class, in which all codes are alike."""
        self.classes.fill_(1.0)
        self.first_class.zero_()
        self.told.zero_()
        self.start.normal_(0.0, _SPREAD, generator=rng)

    @torch.no_grad()
    def begin_at(
        self, shares: Sequence[Tensor], classes: Tensor | None = None, first: Tensor | None = None
    ) -> None:
        """Let each variable begin at its shares of codes, where nothing is known.

        What is known tells by classes, if there are any: ``classes`` (n_codes, n_classes) are
        probabilities of each code in each, and ``first`` (1, n_classes), or a row a condition,
        the log-shares of the classes.
        """
        if classes is not None and first is not None:
            self.classes.copy_(classes)
            self.first_class.copy_(first)
        known, at = self.classes.double() @ self.first_class.double().exp().mean(0), 0
        for choice, share in zip(self.choices, shares, strict=True):
            mix, usual = known[at : at + len(share)], usual_code(choice)
            logits = (share / mix).log()
            if usual >= 0:
                logits[usual] = share[usual].logit() - mix[usual].clamp(1e-7, 1 - 1e-7).logit()
            self.own[at : at + len(share)] = logits
            at += len(share)
        for tree in filter(None, self._trees):
            share = torch.cat(list(shares))[tree.codes].double()
            self.own[tree.logits] = (tree.summed(share) / tree.summed(known[tree.codes])).log()

    def biases(self, output: Tensor, *steps: np.ndarray, trust: float = 1.0) -> Tensor:
        """Biases of all logits, each at its step of an order, a row an order, (orders, n_logits).

        Where nothing is known, the logits are each variable's own law. Each variable that tells
        has biases for all others: without, a column's law would drift with what is known.
        """
        own = self.own.to(output) - output @ self.start.relu()
        told: Tensor = ToldBefore.apply(self.told, self._logits_of, steps)
        return own + trust * told

    def forward(
        self,
        codes: Tensor,
        cond: Tensor,
        parts: Sequence[Part],
        dropout: Tensor | None = None,
        each: kernels.Each = map,
    ) -> Tensor:
        """Log-probability of each code (n, v), given those before it in its rows' order, (n, v).

        Codes are -1 where unobserved. ``parts`` are adjacent rows, each with an order.
        ``dropout`` (n, width) multiplies the hidden units of a row. ``each(work, items)`` does two
        works at once, if it likes. Gradients are to be taken before the next call.
        """
        output, first = self.output(), self.start + self.condition(cond)
        first = _padded(first.expand(len(codes), -1))
        asked = [(part.rows, self.steps(part.order, part.n_given)) for part in parts]
        biases = self.biases(output, *(steps for _, steps in asked))
        chance, shares = torch.ones_like(first), kernels.shares_of(asked)
        chain = kernels.Chain(
            wide=self._wide(),
            digits=self.digits(codes).numpy(),
            shares=shares,
            chance=(chance if dropout is None else _padded(dropout)).numpy(),
            log_class=self._wide().log_shares(self._log_class().numpy())[_which(cond).numpy()],
            room=self._room_for(shares, first.shape[1]),
            each=each,
        )
        tables = _padded(self.embedding()), _padded(output)
        log_prob: Tensor = kernels.Climb.apply(*tables, biases, first, chain)
        return log_prob

    def _room_for(self, shares: Sequence[kernels.Share], width: int) -> kernels.Room:
        if self._room is None or not self._room.suits(shares, width):
            self._room = kernels.Room(shares, width)
        return self._room

    def score(
        self, codes: Tensor, cond: Tensor, order: Sequence[int], trust: float = 1.0
    ) -> Tensor:
        """Give what :meth:`forward` gives in one order, in the weights' own precision.

        What is learned changes the logits of the classes by a share ``trust`` of itself.
        """
        embedding, output = self.embedding(), trust * self.output()
        hidden = (self.start + self.condition(cond)).expand(len(codes), -1)
        digits, out = self.digits(codes), codes.new_zeros(codes.shape, dtype=hidden.dtype)
        belief = self._log_class()[_which(cond)].to(hidden)
        steps = self.steps(order)
        bias = self.biases(output, steps, trust=trust)[0]
        for step in steps.tolist():
            log = self._conditional(step, (hidden, belief), output, bias, digits)
            code = digits[step[kernels.DIGIT]]
            seen, code = (code >= 0).to(hidden), code.clamp(min=0)
            out[:, step[kernels.VARIABLE]] += log.gather(1, code[:, None])[:, 0] * seen
            hidden = hidden + embedding[_rows(step)][code] * seen[:, None]
            belief = belief + self.classes[_rows(step)][code].log() * seen[:, None]
        return out

    def _conditional(
        self, step: list[int], sums: tuple[Tensor, Tensor], output: Tensor, bias: Tensor, digits: Tensor
    ) -> Tensor:  # fmt: skip
        """Log-probability of each code of a step, given the sums of what is told, (n, k)."""
        hidden, belief = sums
        rows, usual, prior = _rows(step), step[kernels.USUAL], step[kernels.PRIOR]
        logits = hidden.relu() @ output[rows].T + bias[..., rows]
        mix = belief.softmax(1) @ self.classes[rows].to(belief).T
        size = rows.stop - rows.start
        if prior >= 0:
            members = torch.from_numpy(self._members[prior:]).to(logits)
            groups = digits[step[kernels.DIGIT] - 1].clamp(min=0)
            logits = logits + members[groups[:, None] * size + torch.arange(size)]
        tree = self._trees[step[kernels.DIGIT]]
        if tree is not None:
            return tree.log_prob(
                hidden.relu() @ output[tree.logits].T + bias[..., tree.logits], logits, mix
            )
        if usual < 0:
            return (logits + mix.log()).log_softmax(1)
        own = logits[:, usual, None] + mix[:, usual, None].clamp(1e-7, 1 - 1e-7).logit()
        others = (logits + mix.log()).index_fill(1, torch.tensor([usual]), -torch.inf)
        others = others.log_softmax(1) + nn.functional.logsigmoid(-own)
        return torch.where(torch.arange(size) == usual, nn.functional.logsigmoid(own), others)

    @torch.no_grad()
    def draw(  # noqa: PLR0917
        self,
        codes: Tensor,
        cond: Tensor,
        rng: torch.Generator,
        order: Sequence[int],
        n_given: int = 0,
        trust: float = 1.0,
    ) -> Tensor:
        """Draw all codes (n, v) after the first ``n_given`` of an order, a chain a row."""
        digits, steps = self.digits(codes), self.steps(order, n_given)
        level = torch.rand(len(steps), len(codes), generator=rng)
        tables, bias, start = self._ready(steps, trust)
        task = kernels.Task(digits.numpy(), steps, bias, level.numpy())
        kernels.draw(tables, task, start, _which(cond).numpy())
        return self._codes(digits)

    def _ready(self, steps: np.ndarray, trust: float) -> _Ready:
        """What draws read, kept for the next block of rows while no weight changes."""
        weights = [*self.parameters(), *self.buffers()]
        state = trust, steps.tobytes(), *((w.data_ptr(), w._version) for w in weights)
        kept = self._drawn_by
        if kept is None or kept[0] != state:
            output, wide = trust * self.output(), self._wide()
            tables = wide.tables(_padded(self.embedding()).numpy(), _padded(output).numpy())
            bias = wide.biases(self.biases(output, steps, trust=trust).numpy())
            n_cond = self.condition.in_features
            first = self.start + self.condition(torch.eye(n_cond)) if n_cond else self.start[None]
            log_shares = wide.log_shares(self._log_class().numpy())
            start = kernels.Start(_padded(first).numpy(), log_shares)
            kept = self._drawn_by = state, (tables, bias, start)
        return kept[1]

    @torch.no_grad()
    def likeliest(
        self,
        codes: Tensor,
        cond: Tensor,
        order: Sequence[int],
        n_given: int,
        trust: float = 1.0,
    ) -> Tensor:
        """Fill in the likeliest code of each variable given the first ``n_given`` of an order."""
        output, embedding, digits = trust * self.output(), self.embedding(), self.digits(codes)
        hidden = (self.start + self.condition(cond)).expand(len(codes), -1).clone()
        belief = self._log_class()[_which(cond)]
        steps = self.steps(order, n_given)
        steps[self._n_steps(order[:n_given]) :, kernels.IS_TOLD] = 0
        bias = self.biases(output, steps, trust=trust)[0]
        for step in steps.tolist():
            if not step[kernels.IS_ASKED]:
                hidden += embedding[_rows(step)][digits[step[kernels.DIGIT]]]
                belief += self.classes[_rows(step)][digits[step[kernels.DIGIT]]].log()
                continue
            log = self._conditional(step, (hidden, belief), output, bias, digits)
            digits[step[kernels.DIGIT]] = log.argmax(1)
        return self._codes(digits)

    @torch.no_grad()
    def log_marginals(
        self, codes: Tensor, cond: Tensor, variables: Sequence[int], trust: float = 1.0
    ) -> list[Tensor]:
        """Log-probability of each code of some variables, given the codes that are known, (n, k) each.

        -1 is unknown. What is known tells by sums, so that rows may know different variables.
        """
        embedding, output, digits = self.embedding(), trust * self.output(), self.digits(codes)
        told = trust * self.told
        hidden = (self.start + self.condition(cond)).expand(len(codes), -1).clone()
        belief = self._log_class()[_which(cond)].to(hidden, copy=True)
        bias = self.own - output @ self.start.relu() + (digits >= 0).to(output).T @ told
        for step in np.concatenate(self._steps_of).tolist():
            seen = digits[step[kernels.DIGIT]] >= 0
            known = digits[step[kernels.DIGIT]][seen]
            hidden[seen] += embedding[_rows(step)][known]
            belief[seen] += self.classes[_rows(step)][known].log()
        out = []
        for v in variables:
            first, *more = self._steps_of[v].tolist()
            log = self._conditional(first, (hidden, belief), output, bias, digits)
            if more:
                sums = hidden, belief, bias + told[first[kernels.DIGIT]]
                log = self._log_members(v, log, sums, embedding[_rows(first)], output)
            out.append(log)
        return out

    def _log_members(
        self, v: int, log_group: Tensor, sums: tuple[Tensor, ...], of_groups: Tensor, output: Tensor
    ) -> Tensor:
        """Log-probability of each code of a variable whose codes are groups and members, (n, k)."""
        hidden, belief, bias = sums
        first, step = self._steps_of[v].tolist()
        choice = self.choices[v]
        group, member = choice.digits(torch.arange(choice.n_categories))
        out = log_group.new_empty(len(log_group), choice.n_categories)
        digits = torch.full((step[kernels.DIGIT] + 1, len(log_group)), -1)
        for g in range(log_group.shape[1]):
            digits[first[kernels.DIGIT]] = g
            sums = hidden + of_groups[g], belief
            log = self._conditional(step, sums, output, bias, digits)
            codes = (group == g).nonzero()[:, 0]
            out[:, codes] = log_group[:, [g]] + log[:, member[codes]]
        return out

    def digits(self, codes: Tensor) -> Tensor:
        """Codes as what softmaxes choose: a group and a member where there are many, (d, n)."""
        if bool((codes < 0).all()):
            return torch.full((len(self._trees), len(codes)), -1)
        columns: list[Tensor] = []
        for choice, column in zip(self.choices, codes.unbind(1), strict=True):
            digits = choice.digits(column)
            is_pair = len(digits) > 1
            columns += [torch.where(column < 0, -1, d) for d in digits] if is_pair else digits
        return torch.stack(columns)

    def _codes(self, digits: Tensor) -> Tensor:
        out, at = [], 0
        for choice in self.choices:
            k = len(choice.sizes)
            out.append(choice.code(list(digits[at : at + k])) if k > 1 else digits[at])
            at += k
        return torch.stack(out, 1)

    def steps(self, order: Sequence[int], n_given: int = 0) -> np.ndarray:
        """Softmaxes in the order of the variables, as the kernels read them, (s, 11)."""
        found = np.concatenate([_NO_STEPS, *(self._steps_of[v] for v in order)])
        found[: self._n_steps(order[:n_given]), kernels.IS_ASKED] = 0
        found[-1:, kernels.IS_TOLD] = 0
        return found

    def _n_steps(self, order: Sequence[int]) -> int:
        return sum(len(self._steps_of[v]) for v in order)

    @cached_property
    def _steps_of(self) -> list[np.ndarray]:
        found, digit, row, prior, at = [], 0, 0, 0, 0
        for v, choice in enumerate(self.choices):
            steps = []
            for i, size in enumerate(choice.sizes):
                usual = usual_code(choice) if i == 0 else -1
                known, tree = prior if i else -1, self._trees[digit]
                leaves = tree.branches.leaves if tree else 0
                end = at + kernels.width_of(size, tree and tree.branches)
                steps.append((v, digit, row, row + size, usual, known, 1, 1, at, end, leaves))
                digit, row, at = digit + 1, row + size, end
            prior += choice.log_members.numel() if len(choice.sizes) > 1 else 0
            found.append(np.array(steps, np.int64))
        return found

    @cached_property
    def _logits_of(self) -> list[list[slice]]:
        """Logits of each softmax: those of its codes, and of its branches."""
        codes = [_rows(step) for steps in self._steps_of for step in steps.tolist()]
        trees = [[tree.logits] if tree else [] for tree in self._trees]
        return [[rows, *more] for rows, more in zip(codes, trees, strict=True)]

    @cached_property
    def _members(self) -> np.ndarray:
        """Log-frequencies of the members of all groups, one after the other."""
        many = [choice.log_members.flatten() for choice in self.choices if len(choice.sizes) > 1]
        return torch.cat([torch.zeros(1), *many]).clamp(min=-1e4).numpy()[1:].copy()

    def _log_class(self) -> Tensor:
        """Log-shares of the classes before any code is known, a row a condition."""
        return self.first_class.float().log_softmax(1)

    def _wide(self) -> kernels.Wide:
        """Tables as the kernels read them, made anew where the classes are others."""
        state = self.classes.data_ptr(), self.classes._version
        if self._laid_out is None or self._laid_out[0] != state:
            sizes = [size for choice in self.choices for size in choice.sizes]
            branches = [tree and tree.branches for tree in self._trees]
            wide = kernels.Wide(sizes, branches, self._members, self.classes.float().numpy())
            self._laid_out = state, wide
        return self._laid_out[1]


def survivors(n: int, width: int, dropout: float, rng: torch.Generator) -> Tensor:
    """Multiply hidden units of n rows by these, (n, width): 0 for a share ``dropout`` of them."""
    seeds = torch.randint(1, 2**31, (width,), generator=rng).numpy().astype(np.uint32)
    out = np.empty((n, width), np.float32)
    kernels.survivors(seeds, dropout, out)
    return torch.from_numpy(out)


def _which(cond: Tensor) -> Tensor:
    """Which condition a row has, 0 where there are none."""
    return cond.argmax(1) if cond.shape[1] else torch.zeros(len(cond), dtype=torch.long)


def _padded(table: Tensor) -> Tensor:
    """Columns of 0 up to a multiple of what products take at once."""
    more = -table.shape[1] % kernels.COLUMNS
    return nn.functional.pad(table, (0, more)) if more else table


def _rows(step: Sequence[int]) -> slice:
    return slice(step[kernels.FIRST], step[kernels.LAST])
