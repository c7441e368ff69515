r"""A kernel around every row: a normal for numbers, a chance of redrawing for codes.

    p(x) = sum_j w_j N(x; r_j, H) prod_c ((1 - l_c) [x_c = r_jc] + l_c q_c(x_c))

where q_c are the frequencies of column c. Smoothing codes towards their frequencies, not towards
equal chances (Aitchison & Aitken 1976), keeps every column's frequencies as they are, and
rare categories rare. A number beside a code (its gate) exists where the code is 0. Where the
row has one and the centre has none, its density is the column's normal.

An unobserved cell of a row is marginalised: a kernel without that column. Values that were
rounded to cells of width c are bounded from below as in :mod:`.normal`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..columns import CodeColumn, Columns
from ..mixtures.categorical import cumulative, pick
from ..threads import in_threads
from .view import View

_STRAND = 2048  # rows that one thread takes


class Smoothing(NamedTuple):
    """Covariance (d, d) of the normal, and the chance (m,) that a code is redrawn.

    Columns with a gate are independent of the others.
    """

    covariance: Tensor
    redraw: Tensor


class Frame(NamedTuple):
    """Mean and unit of each number, (d,); the kernels are in these units."""

    center: Tensor
    unit: Tensor


@dataclass(frozen=True, eq=False)
class Kernels:
    """Kernels of equal shape around N centres.

    ``reals`` (N, d) are in the units of ``frame``, NaN behind a shut gate; ``codes`` are
    (N, m), ``weights`` (N,) sum to 1, ``margins`` are frequencies (n_categories,), a table
    a code column.
    """

    columns: Columns
    frame: Frame
    reals: Tensor
    codes: Tensor
    weights: Tensor
    margins: tuple[Tensor, ...]
    smoothing: Smoothing

    @cached_property
    def gates(self) -> list[int]:
        """Number of the code column before each real one that has a gate, else -1."""
        codes, gates = -1, []
        for column in self.columns.columns:
            if isinstance(column, CodeColumn):
                codes += 1
            else:
                gates.append(codes if column.gated else -1)
        return gates

    @cached_property
    def dense(self) -> list[int]:
        """Numbers of the real columns without a gate."""
        return [i for i, gate in enumerate(self.gates) if gate < 0]

    @cached_property
    def gated(self) -> list[int]:
        """Numbers of the real columns with a gate."""
        return [i for i, gate in enumerate(self.gates) if gate >= 0]

    @cached_property
    def cell(self) -> Tensor:
        """Variance of the noise that undoes rounding, in the frame's units, (d,)."""
        return self.columns.cell_variance.to(self.frame.unit) / self.frame.unit.square()

    def split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Cut encoded rows into reals, in the frame's units, and codes."""
        reals, codes = self.columns.split(x.double())
        codes = codes.clone()
        for real in self.gated:  # who has a value has an open gate
            codes[~reals[:, real].isnan(), self.gates[real]] = 0
        return (reals - self.frame.center) / self.frame.unit, codes

    def join(self, reals: Tensor, codes: Tensor) -> Tensor:
        """Put reals and codes back into encoded rows, (n, width)."""
        return self.columns.join(reals * self.frame.unit + self.frame.center, codes)

    def smoothed(self, smoothing: Smoothing) -> "Kernels":
        """Give the same centres with other kernels."""
        return replace(self, smoothing=smoothing)

    def log_prob(self, x: Tensor) -> Tensor:
        """Log-density of encoded rows in nats, (n,); NaN is marginalised."""
        if x.device.type != "cpu" or not len(x):
            return self._log_prob(x)
        return torch.cat(list(in_threads(self._log_prob, x.split(_STRAND))))

    def _log_prob(self, x: Tensor) -> Tensor:
        reals, codes = self.split(x)
        out = reals.new_empty(len(x))
        for rows, view in self.views(reals):
            out[rows] = view.log_prob(reals[rows], codes[rows])
        return out - (~reals.isnan()).double() @ self.frame.unit.log()

    def views(self, reals: Tensor) -> Iterator[tuple[Tensor, View]]:
        """Rows (numbers) with the same observed columns, and the kernels in these columns."""
        seen = ~reals[:, self.dense].isnan()
        if bool(seen.all()):
            yield torch.arange(len(reals), device=reals.device), self.whole
            return
        patterns, place = seen.unique(dim=0, return_inverse=True)
        for number, pattern in enumerate(patterns):
            kept = [real for real, here in zip(self.dense, pattern.tolist(), strict=True) if here]
            yield (place == number).nonzero()[:, 0], View(self, kept)

    @cached_property
    def whole(self) -> "View":
        """The kernels in all columns."""
        return View(self, self.dense)

    @cached_property
    def _root(self) -> Tensor:
        return torch.linalg.cholesky(self.smoothing.covariance)

    @cached_property
    def _cumulative(self) -> Tensor:
        return cumulative(self.weights[None])

    def sample(self, n: int, rng: np.random.Generator) -> Tensor:
        """Draw encoded rows, (n, width)."""
        uniform = torch.from_numpy(rng.random(n)).to(self.weights)
        centre = pick(self._cumulative, torch.zeros_like(uniform, dtype=torch.long), uniform)
        noise = self._noise((n, len(self.gates)), rng)
        codes = self.redrawn(centre, rng)
        reals = self.reals[centre] + noise @ self._root.T
        return self.join(self.opened(reals, noise), codes)

    def redrawn(self, centre: Tensor, rng: np.random.Generator) -> Tensor:
        """Codes of the centres, (n, m), some of them drawn anew."""
        codes = self.codes[centre].clone()
        chance, place = (torch.from_numpy(rng.random(codes.shape)).to(self.weights) for _ in "ab")
        first = torch.zeros(len(centre), dtype=torch.long, device=codes.device)
        for c, margin in enumerate(self.margins):
            fresh = pick(cumulative(margin[None]), first, place[:, c])
            codes[:, c] = torch.where(chance[:, c] < self.smoothing.redraw[c], fresh, codes[:, c])
        return codes

    def opened(self, reals: Tensor, noise: Tensor) -> Tensor:
        """Draw values that their centres lack from the column's normal."""
        return torch.where(reals.isnan(), noise, reals)

    def _noise(self, shape: tuple[int, int], rng: np.random.Generator) -> Tensor:
        return torch.from_numpy(rng.standard_normal(shape)).to(self.weights)


def to_state(kernels: Kernels) -> dict[str, Any]:
    """Centres and widths as arrays."""
    tensors = {name: getattr(kernels, name) for name in ("reals", "codes", "weights")}
    tensors |= kernels.frame._asdict() | kernels.smoothing._asdict()
    arrays = {name: value.cpu().contiguous().numpy() for name, value in tensors.items()}
    return arrays | {"margins": [margin.cpu().numpy() for margin in kernels.margins]}


def from_state(state: dict[str, Any], columns: Columns) -> Kernels:
    """Rebuild kernels on the CPU."""
    margins = tuple(torch.from_numpy(margin) for margin in state["margins"])
    tensors = {name: torch.from_numpy(v) for name, v in state.items() if name != "margins"}
    return Kernels(
        columns=columns,
        frame=Frame(*(tensors.pop(name) for name in Frame._fields)),
        smoothing=Smoothing(*(tensors.pop(name) for name in Smoothing._fields)),
        margins=margins,
        **tensors,
    )
