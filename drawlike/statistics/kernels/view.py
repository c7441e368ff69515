"""Kernels seen in some of their columns: the densities of rows, in float32 where that is enough."""

import math
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from .sums import CentreSide, RowSide, exact_log_sums, log_sums

if TYPE_CHECKING:
    from .kernel import Kernels

_LOG_2PI = math.log(2 * math.pi)
_FAR = 1e20  # stands for -2 log 0 in float32
_CERTIFIED = 8  # rows of a call that float64 checks
_NATS, _STEPS = 5e-6, 2e-7  # what float32 may be off by, and as a share of the exponent
_BEYOND = 12.0  # nats below the centre of every kernel from where float64 takes over
_TILE = 1 << 20  # pairs at once in float64


class View:
    """The kernels in some of the columns without a gate, and in all others."""

    def __init__(self, kernels: "Kernels", kept: list[int]) -> None:
        self.kernels, self.kept = kernels, kept
        covariance = kernels.smoothing.covariance
        self.root = torch.linalg.cholesky(covariance[kept][:, kept])
        self.width = covariance.diagonal()[kernels.gated].sqrt()
        self.dense = self._whitened(kernels.reals)
        self.gated = kernels.reals[:, kernels.gated] / self.width
        # E log N(x + u) over the cell, u uniform: see normal.py
        precision = torch.cholesky_inverse(self.root).diagonal()
        self.log_norm = -float(
            self.root.diagonal().log().sum()
            + len(kept) / 2 * _LOG_2PI
            + precision @ kernels.cell[kept] / 2
        )

    @cached_property
    def centres(self) -> CentreSide:
        """The centres in float32, columns first."""
        return self._centres(np.float32)

    @cached_property
    def exact_centres(self) -> CentreSide:
        """The centres in float64, columns first."""
        return self._centres(np.float64)

    def _centres(self, dtype: type) -> CentreSide:
        codes, base = self.kernels.codes, -2 * self.kernels.weights.log()
        parts = self.dense.T, self.gated.T, codes.T, base
        return CentreSide(*(_plain(part, dtype) for part in parts))

    def log_prob(self, reals: Tensor, codes: Tensor) -> Tensor:
        """Log-density in the frame's units, (n,)."""
        rows, constant = self.prepared(reals, codes)
        return self._log_sum(rows) + constant

    def prepared(self, reals: Tensor, codes: Tensor) -> tuple["Prepared", Tensor]:
        """Rows ready to be compared with centres, and what to add to each row's log-sum."""
        kernels = self.kernels
        gated, shut, constant = self._against_gates(reals[:, kernels.gated])
        same, other = self._against_codes(codes)
        rows = Prepared(self._whitened(reals), gated, shut, codes, same, other)
        return rows, constant + self.log_norm

    def tile(self, rows: "Prepared") -> Tensor:
        """Log of each centre's kernel at each row but for a constant, (n, N), in float64."""
        total = torch.cdist(
            rows.dense, self.dense, compute_mode="donot_use_mm_for_euclid_dist"
        ).square_()
        for c in range(len(self.width)):
            square = (rows.gated[:, c, None] - self.gated[:, c]).square()
            closed = torch.where(rows.gated[:, c, None].isnan(), 0.0, rows.shut[:, c, None])
            total += torch.where(square.isnan(), closed, square)
        for c in range(rows.codes.shape[1]):
            same = rows.codes[:, c, None] == self.kernels.codes[:, c]
            total += torch.where(same, rows.same[:, c, None], rows.other[:, c, None])
        return total.div_(-2).add_(self.kernels.weights.log())

    def _log_sum(self, rows: "Prepared") -> Tensor:
        if rows.dense.device.type != "cpu":
            return self._exact(rows)
        fast, least = self._fast(rows)
        sure = (least < 2 * _BEYOND).nonzero()[:, 0]
        some = sure[:: max(1, len(sure) // _CERTIFIED)]
        allowed = _NATS + _STEPS * least[some] / 2
        if bool(((fast[some] - self._exact(rows.take(some))).abs() > allowed).any()):
            return self._exact(rows)
        far = (least >= 2 * _BEYOND).nonzero()[:, 0]
        fast[far] = self._exact(rows.take(far))
        return fast

    def _exact(self, rows: "Prepared") -> Tensor:
        if rows.dense.device.type == "cpu":
            log_sum = self._exact_compiled(rows)
        else:
            size = max(1, _TILE // max(1, len(self.dense)))
            log_sum = torch.cat([self.tile(part).logsumexp(1) for part in rows.split(size)])
        return log_sum.masked_fill_(log_sum < -_FAR / 4, -torch.inf)

    def _exact_compiled(self, rows: "Prepared") -> Tensor:
        out = np.empty(len(rows.dense))
        exact_log_sums(rows.plain(np.float64), self.exact_centres, out)
        return torch.from_numpy(out)

    def _fast(self, rows: "Prepared") -> tuple[Tensor, Tensor]:
        """Log-sums, and the least squares, in float32, (n,) each."""
        least, total = (np.empty(len(rows.dense)) for _ in "ab")
        log_sums(rows.plain(np.float32), self.centres, least, total)
        closest = torch.from_numpy(least)
        base = float(self.kernels.weights.max().log())
        return torch.from_numpy(total).log() - closest / 2, closest + 2 * base

    def _whitened(self, reals: Tensor) -> Tensor:
        return torch.linalg.solve_triangular(self.root, reals[:, self.kept].T, upper=False).T

    def _against_gates(self, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Values in widths of their kernels, their squares where a centre has none, a constant."""
        cell = self.kernels.cell[self.kernels.gated]
        # of the kernel, and of the column's normal, whose variance is 1
        norm = self.width.log() + _LOG_2PI / 2 + cell / self.width.square() / 2
        wide = values.square() + cell + _LOG_2PI
        return values / self.width, wide - 2 * norm, -(~values.isnan()).double() @ norm

    def _against_codes(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """-2 log of the kernel of a code where the centre has the same, and where another."""
        same, other = (
            torch.zeros(codes.shape, dtype=torch.float64, device=codes.device) for _ in "ab"
        )
        for c, margin in enumerate(self.kernels.margins):
            fresh = self.kernels.smoothing.redraw[c] * margin
            tables = (1 - self.kernels.smoothing.redraw[c] + fresh, fresh)
            for into, table in zip((same, other), tables, strict=True):
                # the last entry is for an unobserved code
                surprise = torch.cat([-2 * table.log(), table.new_zeros(1)]).clamp(max=_FAR)
                into[:, c] = surprise[codes[:, c]]
        return same, other


class Prepared(NamedTuple):
    """Rows as :class:`.sums.RowSide`, as tensors in float64."""

    dense: Tensor
    gated: Tensor
    shut: Tensor
    codes: Tensor
    same: Tensor
    other: Tensor

    def take(self, index: Tensor | slice) -> "Prepared":
        """Give some of the rows."""
        return Prepared(*(part[index] for part in self))

    def split(self, size: int) -> Iterator["Prepared"]:
        """Cut the rows into parts."""
        return (self.take(slice(i, i + size)) for i in range(0, len(self.dense), size))

    def plain(self, dtype: type) -> RowSide:
        """Give the rows as arrays of a floating type."""
        return RowSide(*(_plain(part, dtype) for part in self))


def _plain(values: Tensor, dtype: type) -> np.ndarray:
    """An array, in C order, of a floating type, or of int32 if it holds codes."""
    wanted = dtype if values.is_floating_point() else np.int32
    return np.ascontiguousarray(values.numpy(), wanted)
