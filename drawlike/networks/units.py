"""Visible units of a Boltzmann machine: binary, normal, or one of several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import torch
from torch import Tensor
from torch.nn import functional as F

from ..errors import UnsupportedError
from ..layout import Choice, Image, Layout, Mixed, Real


@dataclass(frozen=True)
class Units:
    """Which unit stands for which encoded column; the units are binary, normal, choices.

    A state v (n, D) holds a bit for each binary unit, a standardised number for each normal
    one, and a one-hot code for each choice. ``gate`` names, for each normal unit, the
    choice whose code 0 lets it exist, or is -1.
    """

    binary_columns: tuple[int, ...]
    normal_columns: tuple[int, ...]
    code_columns: tuple[int, ...]
    sizes: tuple[int, ...]
    gate: tuple[int, ...]
    center: tuple[float, ...]
    spread: tuple[float, ...]

    @classmethod
    def of(cls, layout: Layout, x: Tensor, weight: Tensor, visible: str) -> Self:
        """Choose units for encoded rows; columns that are only 0 and 1 are binary.

        ``visible`` "bernoulli" or "gaussian" settles it for all columns of numbers.
        """
        binary, normal, codes, sizes, gate = [], [], [], [], []
        at = 0
        for block in layout.blocks:
            columns = range(at, at + block.width)
            at += block.width
            if isinstance(block, Mixed | Choice):
                codes.append(at - block.width)
                sizes.append(block.n_codes if isinstance(block, Mixed) else block.n_categories)
            if isinstance(block, Mixed):
                normal.append(at - 1)
                gate.append(len(codes) - 1)
            elif isinstance(block, Real | Image):
                is_image = isinstance(block, Image) and visible == "auto"
                bits = is_image or _ARE_BITS[visible](x[:, columns.start : columns.stop])
                chosen = torch.as_tensor(bits).expand(block.width).tolist()
                binary += [c for c, bit in zip(columns, chosen, strict=True) if bit]
                reals = [c for c, bit in zip(columns, chosen, strict=True) if not bit]
                normal += reals
                gate += [-1] * len(reals)
            elif not isinstance(block, Choice):
                raise UnsupportedError(f"No visible unit is known for {type(block).__name__}.")
        center, spread = _standard(x[:, normal], weight)
        lists: tuple[list[Any], ...] = (binary, normal, codes, sizes, gate, center, spread)
        return cls(*(tuple(part) for part in lists))

    @property
    def n_binary(self) -> int:
        """Number of binary units."""
        return len(self.binary_columns)

    @property
    def all_binary(self) -> bool:
        """Whether there are no others."""
        return self.n_binary == self.width

    @property
    def n_normal(self) -> int:
        """Number of normal units."""
        return len(self.normal_columns)

    @property
    def widths(self) -> tuple[int, int, int]:
        """How many entries of a state are bits, numbers, and parts of one-hot codes."""
        return self.n_binary, self.n_normal, sum(self.sizes)

    @property
    def width(self) -> int:
        """Length D of a state."""
        return sum(self.widths)

    @property
    def normal(self) -> slice:
        """Where the numbers stand in a state."""
        return slice(self.n_binary, self.n_binary + self.n_normal)

    @property
    def codes(self) -> slice:
        """Where the one-hot codes stand in a state."""
        return slice(self.n_binary + self.n_normal, None)

    @cached_property
    def gated(self) -> dict[int, list[int]]:
        """Normal units of each choice that gates some."""
        groups = sorted({group for group in self.gate if group >= 0})
        return {g: [i for i, group in enumerate(self.gate) if group == g] for g in groups}

    @cached_property
    def by_column(self) -> list[int]:
        """Where in a state the units of the encoded columns stand, column after column."""
        singles = (*self.binary_columns, *self.normal_columns)
        of = {column: [at] for at, column in enumerate(singles)}
        for column, start, size in zip(self.code_columns, self._starts, self.sizes, strict=True):
            first = len(singles) + start
            of[column] = list(range(first, first + size))
        return [at for column in sorted(of) for at in of[column]]

    @cached_property
    def _starts(self) -> list[int]:
        """Where each one-hot code starts among the codes."""
        return [sum(self.sizes[:i]) for i in range(len(self.sizes))]

    @cached_property
    def _indices(self) -> dict[torch.device, "_Indices"]:
        return {}

    def indices(self, device: torch.device) -> "_Indices":
        """Positions of codes and gates, as tensors."""
        if device not in self._indices:
            self._indices[device] = _Indices.of(self.sizes, self._starts, self.gate, device)
        return self._indices[device]

    def gates(self, codes: Tensor) -> Tensor:
        """Tell which normal units exist, 1 or 0, given one-hot codes, (n, G)."""
        if not self.gated:
            return codes.new_ones((len(codes), self.n_normal))
        return F.pad(codes, (0, 1), value=1.0)[:, self.indices(codes.device).gate]

    def by_choice(self, codes: Tensor, fill: float) -> Tensor:
        """Entries of the codes, (n, choices, most categories), filled up."""
        padded = F.pad(codes, (0, 1), value=fill)[:, self.indices(codes.device).padded]
        return padded.view(len(codes), len(self.sizes), -1)

    def side_by_side(self, choices: Tensor) -> Tensor:
        """Turn the entries that :meth:`by_choice` gave back into codes."""
        return choices.flatten(1)[:, self.indices(choices.device).flat]

    def gated_state(self, v: Tensor) -> Tensor:
        """Put 0 for the numbers that do not exist."""
        if not self.gated:
            return v
        bits, numbers, codes = v.split(self.widths, 1)
        return torch.cat([bits, numbers * self.gates(codes), codes], 1)

    def expand(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """States of encoded rows, and which of their entries are known, each (n, D)."""
        bits = x[:, list(self.binary_columns)]
        numbers = (x[:, list(self.normal_columns)] - self._tensor("center", x)) / (
            self._tensor("spread", x)
        )
        known, codes = [~bits.isnan(), ~numbers.isnan()], []
        for group, (column, size) in enumerate(zip(self.code_columns, self.sizes, strict=True)):
            code = x[:, column].clone()
            members = self.gated.get(group, [])
            # a number that is there tells that the code is 0; a code tells that none is there
            code[known[1][:, members].any(1) & code.isnan()] = 0.0
            known[1][:, members] |= (code > 0)[:, None]
            seen = ~code.isnan()
            codes.append(_one_hot(code.nan_to_num(nan=0.0), size) * seen[:, None])
            known.append(seen[:, None].expand(-1, size))
        return torch.cat([bits, numbers, *codes], 1).nan_to_num(nan=0.0), torch.cat(known, 1)

    def collapse(self, v: Tensor) -> Tensor:
        """Turn states (n, D) back into encoded rows."""
        bits, numbers, codes = v.split(self.widths, 1)
        width = len(self.binary_columns + self.normal_columns + self.code_columns)
        x = v.new_empty((len(v), width))
        x[:, list(self.binary_columns)] = bits
        x[:, list(self.normal_columns)] = numbers * self._tensor("spread", v) + (
            self._tensor("center", v)
        )
        for group, part in enumerate(codes.split(self.sizes, 1) if self.sizes else ()):
            code = part.argmax(1)
            x[:, self.code_columns[group]] = code.to(v)
            for member in self.gated.get(group, ()):
                x[code != 0, self.normal_columns[member]] = float("nan")
        return x

    def log_scale(self, known: Tensor) -> Tensor:
        """Log of the spreads of the numbers that rows hold, nats, (n,).

        ``known`` (n, G) tells which numbers are there.
        """
        return known.double() @ torch.tensor(self.spread, dtype=torch.float64).log().to(
            known.device
        )

    def state(self) -> dict[str, Any]:
        """Everything, as lists."""
        return {name: list(value) for name, value in vars(self).items() if name in _FIELDS}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """Rebuild the units of :meth:`state`."""
        return cls(**{name: tuple(state[name]) for name in _FIELDS})

    def _tensor(self, name: str, like: Tensor) -> Tensor:
        return torch.tensor(getattr(self, name), dtype=like.dtype, device=like.device)


@dataclass(frozen=True)
class _Indices:
    """Where entries of one-hot codes stand."""

    padded: Tensor  # among the codes, for each choice and category; the last for none
    flat: Tensor  # among the padded entries
    gate: Tensor  # the code 0 that each normal unit needs; the last for none
    gated: Tensor  # which normal units need one

    @classmethod
    def of(
        cls,
        sizes: Sequence[int],
        starts: Sequence[int],
        gate: Sequence[int],
        device: torch.device,
    ) -> Self:
        most, none = max(sizes, default=0), sum(sizes)
        padded = [
            start + i if i < size else none
            for start, size in zip(starts, sizes, strict=True)
            for i in range(most)
        ]
        flat = [group * most + i for group, size in enumerate(sizes) for i in range(size)]
        needed = [starts[group] if group >= 0 else none for group in gate]
        gated = [i for i, group in enumerate(gate) if group >= 0]
        lists = (padded, flat, needed, gated)
        return cls(*(torch.tensor(part, dtype=torch.long, device=device) for part in lists))


_FIELDS = tuple(Units.__dataclass_fields__)
VISIBLE = ("auto", "bernoulli", "gaussian")


def _only_bits(x: Tensor) -> Tensor:
    return ((x == 0) | (x == 1) | x.isnan()).all(0)


_ARE_BITS: dict[str, Callable[[Tensor], Any]] = {
    "auto": _only_bits,
    "bernoulli": lambda x: True,
    "gaussian": lambda x: False,
}


def _one_hot(code: Tensor, size: int) -> Tensor:
    rows = code.new_zeros((len(code), size))
    return rows.scatter_(1, code.long()[:, None], 1.0)


def _standard(x: Tensor, weight: Tensor) -> tuple[list[float], list[float]]:
    """Weighted mean and standard deviation of the numbers that are there; 1 if all are equal."""
    x, weight = x.double(), weight.double()
    center, spread = [], []
    for column in x.T:
        seen = ~column.isnan()
        values, w = column[seen], weight[seen]
        if not len(values):
            values, w = column.new_zeros(1), weight.new_ones(1)
        # counted from the first value, a mean far from 0 costs no digits
        mean = values[0] + ((values - values[0]) * w).sum() / w.sum()
        largest = float((values - mean).abs().max()) or 1.0
        deviation = (((values - mean) / largest).square() * w).sum() / w.sum()
        is_constant = bool((values == values[0]).all())
        center.append(float(values[0]) if is_constant else float(mean))
        spread.append(1.0 if is_constant else largest * float(deviation.sqrt()))
    return center, spread
