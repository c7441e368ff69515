"""A layout as variables in a row, each likely given those before it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import ClassVar

import torch
from torch import Tensor

from .block import Block
from .choice import Choice, Mixed
from .columns import Layout
from .families import Bits, Codes, Family, Gated, Mixture
from .image import BinaryImage, Image
from .real import Real


@dataclass(frozen=True)
class Variables:
    """What a network of conditionals p(x_v | earlier x) models, variable by variable.

    A variable is a column of a table or an array, or a pixel with all its channels. Inputs
    and raw outputs stand variable after variable; ``columns`` are their encoded columns.
    """

    families: tuple[Family, ...]
    columns: tuple[int, ...]
    draws_alone: ClassVar[bool] = True  # from a network's outputs, and nothing else

    @classmethod
    def of(cls, layout: Layout, n_components: int) -> "Variables":
        """Variables of a layout; a number has a mixture of so many components."""
        families: list[Family] = []
        columns: list[int] = []
        for block in layout.blocks:
            found, places = _SORTS[type(block)](block, n_components)
            start = len(columns)
            columns += [start + place for place in places]
            families += found
        return cls(tuple(families), tuple(columns))

    def __len__(self) -> int:
        """Number of variables."""
        return sum(family.count for family in self.families)

    @cached_property
    def of_each(self) -> tuple[Family, ...]:
        """Family of each variable."""
        return tuple(family for family in self.families for _ in range(family.count))

    @cached_property
    def n_inputs(self) -> int:
        """Number of columns that a network reads."""
        return sum(family.n_inputs for family in self.of_each)

    @cached_property
    def n_params(self) -> int:
        """Number of raw outputs that the likelihood needs."""
        return sum(family.n_params for family in self.of_each)

    @cached_property
    def places(self) -> tuple[slice, ...]:
        """Where each variable's values stand in a row of values."""
        return _slices([family.width for family in self.of_each])

    @cached_property
    def inputs(self) -> tuple[slice, ...]:
        """Where each variable's inputs stand."""
        return _slices([family.n_inputs for family in self.of_each])

    @cached_property
    def params(self) -> tuple[slice, ...]:
        """Where each variable's raw outputs stand."""
        return _slices([family.n_params for family in self.of_each])

    @cached_property
    def _is_in_order(self) -> bool:
        return self.columns == tuple(range(len(self.columns)))

    def gather(self, x: Tensor) -> Tensor:
        """Encoded rows as values that stand variable after variable, (n, width)."""
        return x if self._is_in_order else x[:, self._index(x)]

    def scatter(self, values: Tensor) -> Tensor:
        """Undo :meth:`gather`."""
        if self._is_in_order:
            return values
        return torch.empty_like(values).index_copy_(1, self._index(values), values)

    def expand(self, values: Tensor) -> Tensor:
        """Turn values into network inputs, (n, n_inputs)."""
        parts = self._parts(values, lambda family: family.width)
        expanded = [f.expand(x).flatten(1) for f, x in zip(self.families, parts, strict=True)]
        return expanded[0] if len(expanded) == 1 else torch.cat(expanded, 1)

    def known(self, values: Tensor) -> Tensor:
        """Tell what is observed of each variable, (n, v): 1 all, 0 nothing, else a part."""
        parts = self._parts(values, lambda family: family.width)
        return torch.cat([f.known(x) for f, x in zip(self.families, parts, strict=True)], 1)

    def log_prob(self, raw: Tensor, values: Tensor) -> Tensor:
        """Log-likelihood of each variable in nats, (n, v)."""
        of = self._parts(raw, lambda family: family.n_params)
        parts = self._parts(values, lambda family: family.width)
        each = zip(self.families, of, parts, strict=True)
        return torch.cat([family.log_prob(r, x) for family, r, x in each], 1)

    def center(self, values: Tensor, weight: Tensor) -> Tensor:
        """Where inputs are best counted from, (n_inputs,)."""
        parts = self._parts(values, lambda family: family.width)
        each = zip(self.families, parts, strict=True)
        return torch.cat([family.center(x, weight).flatten() for family, x in each])

    def initial(self, values: Tensor, weight: Tensor) -> Tensor:
        """Raw outputs under which each variable has about its marginal law, (n_params,)."""
        parts = self._parts(values, lambda family: family.width)
        begun = [f.initial(x, weight) for f, x in zip(self.families, parts, strict=True)]
        return torch.cat([raw.flatten() for raw in begun])

    def draw(
        self, variable: int, raw: Tensor, known: Tensor | None, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Draw a variable's values (n, width) where they are not known, and their inputs."""
        family = self.of_each[variable]
        drawn = family.sample(raw[:, None], None if known is None else known[:, None], rng)
        return drawn[:, 0], family.expand(drawn)[:, 0]

    def _parts(self, x: Tensor, size: Callable[[Family], int]) -> list[Tensor]:
        """Cut rows into families, (n, variables, size) each."""
        split = x.split([family.count * size(family) for family in self.families], 1)
        pairs = zip(self.families, split, strict=True)
        return [part.unflatten(1, (family.count, size(family))) for family, part in pairs]

    @cached_property
    def _indices(self) -> dict[torch.device, Tensor]:
        return {}

    def _index(self, like: Tensor) -> Tensor:
        if like.device not in self._indices:
            self._indices[like.device] = torch.tensor(self.columns, device=like.device)
        return self._indices[like.device]


def _slices(sizes: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(a, b) for a, b in pairwise(accumulate(sizes, initial=0)))


_Found = tuple[list[Family], Sequence[int]]


def _of_image(block: Image, n_components: int) -> _Found:
    """Pixels row by row, all channels of one together."""
    n_pixels = block.height * block.width_px
    family: Family
    if block.levels == 2:
        family = Bits(n_pixels, block.channels)
    else:
        family = Mixture(n_pixels, block.channels, n_components, block.levels, block.cell)
    places = torch.arange(block.width).view(block.channels, n_pixels).T.flatten().tolist()
    return [family], places


def _of_real(block: Real, n_components: int) -> _Found:
    each = [Mixture(1, 1, n_components, None, cell) for cell in block.cell]
    same = len(set(block.cell)) == 1  # alike columns are worked on as one
    one: list[Family] = [Mixture(block.columns, 1, n_components, None, block.cell[0])]
    return one if same else [*each], range(block.columns)


def _of_choice(block: Choice, n_components: int) -> _Found:
    return [Codes(1, block)], [0]


def _of_mixed(block: Mixed, n_components: int) -> _Found:
    value = Mixture(1, 1, n_components, None, block.cell)
    return [Gated(1, Codes(1, block.code), value)], [0, 1]


_SORTS: dict[type[Block], Callable[..., _Found]] = {
    Image: _of_image,
    BinaryImage: _of_image,
    Real: _of_real,
    Choice: _of_choice,
    Mixed: _of_mixed,
}
