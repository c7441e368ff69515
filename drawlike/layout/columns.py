"""All blocks of an encoded array."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from .block import Block
from .image import Image
from .real import Real


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

    def realise(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Draw what encoded rows leave to chance, (n, width), afresh at every call."""
        return self.image.realise(x, rng) if self.image else x

    def expand(self, x: Tensor) -> Tensor:
        """Turn encoded rows into network inputs, (n, n_inputs)."""
        return self._join("expand", "width", x)

    def collapse(self, expanded: Tensor) -> Tensor:
        """Turn expanded rows back into encoded ones, (n, width)."""
        return self._join("collapse", "n_inputs", expanded)

    def relax(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Turn raw outputs (n, n_inputs) into expanded rows, differentiably."""
        return self._join("relax", "n_inputs", raw, rng)

    def emit(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Draw expanded rows from the likelihood, (n, n_inputs), differentiably."""
        return self._join("emit", "n_params", raw, rng)

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
