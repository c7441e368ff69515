"""What the columns of an encoded array mean, and how likely values are under a network.

An encoded array is (n, ``Layout.width``). ``NaN`` is an unobserved cell: it adds nothing
to a likelihood. Densities are in encoded space: counting measure on codes, Lebesgue
measure on reals; ``codec.log_jacobian`` turns them into the units of the data.

Networks speak three dialects of a block, each with its own width:

- *encoded*, ``width``: what a codec makes, one column a choice;
- *expanded*, ``n_inputs``: what a network reads, and what a generator emits;
- *raw parameters*, ``n_params``: what a likelihood needs from a network.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

MAX_SOFTMAX = 1000  # beyond this many categories a softmax is factorised
SMALLEST_SCALE = 1e-3  # a normal likelihood may not spike on repeated values
_LOG_2PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Block(ABC):
    """Adjacent encoded columns that describe one variable."""

    name: str

    @property
    @abstractmethod
    def width(self) -> int:
        """Number of encoded columns."""

    @property
    @abstractmethod
    def n_inputs(self) -> int:
        """Number of expanded columns."""

    @property
    @abstractmethod
    def n_params(self) -> int:
        """Number of raw network outputs that the likelihood needs."""

    @abstractmethod
    def expand(self, x: Tensor) -> Tensor:
        """Turn encoded columns into network inputs, (n, n_inputs)."""

    @abstractmethod
    def collapse(self, expanded: Tensor) -> Tensor:
        """Turn expanded columns back into encoded ones, (n, width)."""

    @abstractmethod
    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Turn raw outputs (n, n_inputs) into expanded values, differentiably."""

    @abstractmethod
    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:
        """Log-likelihood of encoded columns in nats, (n,)."""

    @abstractmethod
    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Draw encoded columns from the likelihood, (n, width)."""

    @abstractmethod
    def mean(self, raw: Tensor) -> Tensor:
        """Mean of the real columns, most likely code of the others, (n, width)."""


@dataclass(frozen=True)
class Real(Block):
    """``columns`` adjacent real columns, normal given the network.

    ``cell`` is the encoded width of a rounding step, a value a column; 0 is continuous.
    """

    columns: int = 1
    cell: tuple[float, ...] = (0.0,)

    def beside(self, other: "Real") -> "Real":
        """Make one block of two neighbours."""
        columns = self.columns + other.columns
        return Real(f"{self.name}, {other.name}", columns, self.cell + other.cell)

    @property
    def width(self) -> int:  # noqa: D102
        return self.columns

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.columns

    @property
    def n_params(self) -> int:  # noqa: D102
        return 2 * self.columns

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return x.nan_to_num(nan=0.0)

    def collapse(self, expanded: Tensor) -> Tensor:  # noqa: D102
        return expanded

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return raw

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        mean, scale = self._normal(raw)
        return observed_sum(normal_log_prob(mean, scale, x.nan_to_num(nan=0.0)), x)

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        mean, scale = self._normal(raw)
        return mean + scale * noise_like(mean, rng)

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        return self._normal(raw)[0]

    def _normal(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        mean, spread = raw.chunk(2, -1)
        floor = spread.new_tensor(self.cell).div(2).clamp(min=SMALLEST_SCALE)
        return mean, F.softplus(spread) + floor


@dataclass(frozen=True)
class Choice(Block):
    """One column of codes 0 .. ``n_categories`` - 1, categorical given the network.

    Beyond ``MAX_SOFTMAX`` categories a code is a pair (group, member), and the softmax of
    the members starts from the training ``frequencies`` of their group, so that a network
    needs only about 2 sqrt(n) outputs and keeps the margin exact.
    """

    n_categories: int = 1
    frequencies: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def width(self) -> int:  # noqa: D102
        return 1

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return sum(self._sizes)

    @property
    def n_params(self) -> int:  # noqa: D102
        return sum(self._sizes)

    @cached_property
    def _sizes(self) -> tuple[int, ...]:
        if self.n_categories <= MAX_SOFTMAX:
            return (self.n_categories,)
        members = math.ceil(math.sqrt(self.n_categories))
        return (math.ceil(self.n_categories / members), members)

    @cached_property
    def _log_members(self) -> Tensor:
        """Log-frequency of each member within its group, (groups, members)."""
        groups, members = self._sizes
        mass = np.zeros(groups * members)
        counts = np.ones(self.n_categories) if self.frequencies is None else self.frequencies
        mass[: self.n_categories] = np.maximum(counts, 1e-12)
        grouped = mass.reshape(groups, members)
        with np.errstate(divide="ignore"):
            return torch.from_numpy(np.log(grouped / grouped.sum(1, keepdims=True))).float()

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        code, seen = x[:, 0].nan_to_num(nan=0.0).long(), ~x[:, 0].isnan()
        parts = [
            one_hot(digit, n) for digit, n in zip(self._digits(code), self._sizes, strict=True)
        ]
        return torch.cat(parts, -1).to(x.dtype) * seen[:, None]

    def collapse(self, expanded: Tensor) -> Tensor:  # noqa: D102
        digits = [part.argmax(-1) for part in expanded.split(self._sizes, -1)]
        return self._code(digits)[:, None].to(expanded.dtype)

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        if len(self._sizes) == 1:
            return gumbel_one_hot(raw, rng)
        groups, members = raw.split(self._sizes, -1)
        group = gumbel_one_hot(groups, rng)
        prior = self._log_members.to(raw.device)[group.argmax(-1)]
        return torch.cat([group, gumbel_one_hot(members + prior, rng)], -1)

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        code = x[:, 0].nan_to_num(nan=0.0).long()
        digits = self._digits(code)
        logits = self._logits(raw, digits[0])
        chosen = zip(logits, digits, strict=True)
        parts = [part.log_softmax(-1).gather(1, d[:, None]) for part, d in chosen]
        return observed_sum(torch.stack(parts).sum(0), x)

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return self._pick(raw, lambda logits: (logits + gumbel_like(logits, rng)).argmax(-1))

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        return self._pick(raw, lambda logits: logits.argmax(-1))

    def _pick(self, raw: Tensor, pick: Callable[[Tensor], Tensor]) -> Tensor:
        first = pick(raw[:, : self._sizes[0]])
        rest = [pick(part) for part in self._logits(raw, first)[1:]]
        return self._code([first, *rest])[:, None].to(raw.dtype)

    def _logits(self, raw: Tensor, group: Tensor) -> list[Tensor]:
        parts = list(raw.split(self._sizes, -1))
        if len(parts) == 2:
            parts[1] = parts[1] + self._log_members.to(raw.device)[group]
        return parts

    def _digits(self, code: Tensor) -> list[Tensor]:
        if len(self._sizes) == 1:
            return [code]
        members = self._sizes[1]
        return [code.div(members, rounding_mode="floor"), code % members]

    def _code(self, digits: Sequence[Tensor]) -> Tensor:
        code = digits[0] if len(digits) == 1 else digits[0] * self._sizes[1] + digits[1]
        return code.clamp(max=self.n_categories - 1)


@dataclass(frozen=True)
class Mixed(Block):
    """Two columns [code, value]: code 0 is a number, in ``value``; others are atoms.

    An atom (a value that occurs often, or a missing one) leaves ``value`` unobserved.
    """

    n_codes: int = 1
    cell: float = 0.0
    frequencies: np.ndarray | None = field(default=None, repr=False, compare=False)

    @property
    def width(self) -> int:  # noqa: D102
        return 2

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.code.n_inputs + 1

    @property
    def n_params(self) -> int:  # noqa: D102
        return self.code.n_params + 2

    @cached_property
    def code(self) -> Choice:
        """The block of the first column."""
        return Choice(self.name, self.n_codes, self.frequencies)

    @cached_property
    def value(self) -> Real:
        """The block of the second column."""
        return Real(self.name, 1, (self.cell,))

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return torch.cat([self.code.expand(x[:, :1]), self.value.expand(x[:, 1:])], -1)

    def collapse(self, expanded: Tensor) -> Tensor:  # noqa: D102
        return self._masked(self.code.collapse(expanded[:, :-1]), expanded[:, -1:])

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        code = self.code.relax(raw[:, :-1], rng)
        return torch.cat([code, raw[:, -1:] * code[:, :1]], -1)

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        # an atom's value is NaN, so the value's likelihood counts for numbers only
        code, value = raw[:, :-2], raw[:, -2:]
        return self.code.log_prob(code, x[:, :1]) + self.value.log_prob(value, x[:, 1:])

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        code, value = raw[:, :-2], raw[:, -2:]
        return self._masked(self.code.sample(code, rng), self.value.sample(value, rng))

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        return self._masked(self.code.mean(raw[:, :-2]), self.value.mean(raw[:, -2:]))

    def _masked(self, code: Tensor, value: Tensor) -> Tensor:
        return torch.cat([code, value.masked_fill(code != 0, math.nan)], -1)


@dataclass(frozen=True)
class Image(Block):
    """An image, channel-first and flattened, in [0, 1].

    With ``levels`` a pixel is logistic, integrated over its grey level (Salimans et al.
    2017, arXiv:1701.05517); the outermost levels take the tails. Without, it is normal.
    """

    channels: int = 1
    height: int = 1
    width_px: int = 1
    levels: int | None = 256

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of one image."""
        return self.channels, self.height, self.width_px

    @property
    def width(self) -> int:  # noqa: D102
        return self.channels * self.height * self.width_px

    @property
    def n_inputs(self) -> int:  # noqa: D102
        return self.width

    @property
    def n_params(self) -> int:  # noqa: D102
        return 2 * self.width

    @property
    def cell(self) -> float:
        """Encoded width of one grey level; 0 when continuous."""
        return 1 / (self.levels - 1) if self.levels else 0.0

    def expand(self, x: Tensor) -> Tensor:  # noqa: D102
        return (2 * x - 1).nan_to_num(nan=0.0)

    def collapse(self, expanded: Tensor) -> Tensor:  # noqa: D102
        return ((expanded + 1) / 2).clamp(0, 1)

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return raw.tanh()

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:  # noqa: D102
        mean, scale = self._location(raw)
        pixel = x.nan_to_num(nan=0.0)
        if not self.levels:
            return observed_sum(normal_log_prob(mean, scale, pixel), x)
        mass = logistic_cell_log_prob(mean, scale, pixel, self.cell)
        return observed_sum(mass - math.log(self.cell), x)

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        mean, scale = self._location(raw)
        draw = logistic_like if self.levels else noise_like
        return (mean + scale * draw(mean, rng)).clamp(0, 1)

    def mean(self, raw: Tensor) -> Tensor:  # noqa: D102
        return self._location(raw)[0].clamp(0, 1)

    def _location(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        mean, spread = raw.chunk(2, -1)
        shared = F.softplus(spread.mean(-1, keepdim=True) - 2)
        return (mean + 1) / 2, shared + max(self.cell / 8, SMALLEST_SCALE)


@dataclass(frozen=True)
class Layout:
    """The blocks of an encoded array, in column order.

    Neighbouring real blocks are worked on as one: thirty numbers cost what one costs.
    """

    blocks: tuple[Block, ...]

    @cached_property
    def _merged(self) -> tuple[Block, ...]:
        merged: list[Block] = []
        for block in self.blocks:
            if isinstance(block, Real) and merged and isinstance(merged[-1], Real):
                merged[-1] = merged[-1].beside(block)
            else:
                merged.append(block)
        return tuple(merged)

    @cached_property
    def width(self) -> int:
        """Number of encoded columns."""
        return sum(block.width for block in self.blocks)

    @cached_property
    def n_inputs(self) -> int:
        """Number of expanded columns."""
        return sum(block.n_inputs for block in self.blocks)

    @cached_property
    def n_params(self) -> int:
        """Number of raw network outputs that the likelihood needs."""
        return sum(block.n_params for block in self.blocks)

    @property
    def image(self) -> Image | None:
        """The image, when the layout is nothing else."""
        block = self.blocks[0] if len(self.blocks) == 1 else None
        return block if isinstance(block, Image) else None

    def expand(self, x: Tensor) -> Tensor:
        """Turn encoded rows into network inputs, (n, n_inputs)."""
        return self._join("expand", "width", x)

    def collapse(self, expanded: Tensor) -> Tensor:
        """Turn expanded rows back into encoded ones, (n, width)."""
        return self._join("collapse", "n_inputs", expanded)

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Turn raw outputs (n, n_inputs) into expanded rows, differentiably."""
        return self._join("relax", "n_inputs", raw, rng)

    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Draw encoded rows from the likelihood, (n, width)."""
        return self._join("sample", "n_params", raw, rng)

    def mean(self, raw: Tensor) -> Tensor:
        """Mean of the real columns, most likely code of the others, (n, width)."""
        return self._join("mean", "n_params", raw)

    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:
        """Log-likelihood of encoded rows in nats, (n,)."""
        parts = zip(self._merged, self._split(raw, "n_params"), self._split(x), strict=True)
        return torch.stack([block.log_prob(r, v) for block, r, v in parts]).sum(0)

    def _split(self, x: Tensor, by: str = "width") -> tuple[Tensor, ...]:
        return x.split([getattr(block, by) for block in self._merged], dim=-1)

    def _join(self, verb: str, by: str, x: Tensor, *context: torch.Generator) -> Tensor:
        parts = zip(self._merged, self._split(x, by), strict=True)
        return torch.cat([getattr(block, verb)(part, *context) for block, part in parts], -1)


def observed_sum(values: Tensor, x: Tensor) -> Tensor:
    """Sum a value a column over the observed cells of ``x``, (n,)."""
    return values.masked_fill(x.isnan(), 0.0).sum(-1)


def normal_log_prob(mean: Tensor, scale: Tensor, x: Tensor) -> Tensor:
    """Log-density of a normal in nats, elementwise."""
    return -0.5 * ((x - mean) / scale).square() - scale.log() - 0.5 * _LOG_2PI


def standard_normal_log_prob(x: Tensor) -> Tensor:
    """Log-density of N(0, 1) in nats, elementwise."""
    return -0.5 * (x.square() + _LOG_2PI)


def logistic_cell_log_prob(mean: Tensor, scale: Tensor, x: Tensor, cell: float) -> Tensor:
    """Log-mass of a logistic between x - cell/2 and x + cell/2; tails go to 0 and 1."""
    upper = (x + cell / 2 - mean) / scale
    lower = (x - cell / 2 - mean) / scale
    # log(sigmoid(b) - sigmoid(a)) without cancellation, for b > a
    inside = F.logsigmoid(upper) + F.logsigmoid(-lower) + (-torch.expm1(lower - upper)).log()
    at_top = torch.where(x > 1 - cell / 2, F.logsigmoid(-lower), inside)
    return torch.where(x < cell / 2, F.logsigmoid(upper), at_top)


def one_hot(code: Tensor, n: int) -> Tensor:
    """Float one-hot rows of integer codes, (n_rows, n)."""
    return torch.zeros(len(code), n, device=code.device).scatter_(1, code[:, None], 1.0)


def noise_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Standard normal noise from a local generator."""
    return torch.randn(x.shape, generator=rng, device=x.device, dtype=x.dtype)


def logistic_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Standard logistic noise from a local generator."""
    return _open_uniform_like(x, rng).logit()


def gumbel_like(x: Tensor, rng: torch.Generator) -> Tensor:
    """Standard Gumbel noise from a local generator."""
    return -(-_open_uniform_like(x, rng).log()).log()


def gumbel_one_hot(logits: Tensor, rng: torch.Generator, tau: float = 0.5) -> Tensor:
    """Straight-through one-hot draw (Jang et al. 2017, arXiv:1611.01144)."""
    soft = ((logits + gumbel_like(logits, rng)) / tau).softmax(-1)
    hard = one_hot(soft.argmax(-1), logits.shape[-1])
    return hard + soft - soft.detach()


def _open_uniform_like(x: Tensor, rng: torch.Generator) -> Tensor:
    uniform = torch.rand(x.shape, generator=rng, device=x.device, dtype=x.dtype)
    edge = torch.finfo(x.dtype).eps / 2
    return uniform.clamp(edge, 1 - edge)
