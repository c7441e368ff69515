"""The E step over rows of one class, and the sums that it leaves."""

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from ..normals.missing import Reals
from ..normals.normal import Moments
from ..normals.precision import agree, sample
from ..normals.products import Blockwise

if TYPE_CHECKING:
    from .mixture import Mixture, Sums

_LOG2_E = 1 / math.log(2)
_LEAST = {torch.float32: -60.0, torch.float64: -600.0}  # log of the smallest share


class Cells(NamedTuple):
    """Real columns and codes (n, m) of some rows."""

    reals: Reals
    codes: Tensor

    def at(self, rows: Tensor | slice) -> "Cells":
        """Some of the rows."""
        return Cells(Reals(self.reals.x[rows]), self.codes[rows])


def expect(mixture: "Mixture", cells: Cells, weight: Tensor) -> "Sums":
    """Sums of a mixture of one class, in the fastest way that proves exact enough."""
    for dtype in mixture.normals.fast(cells.reals):
        gaps = not cells.reals.complete
        products = mixture.normals.products(dtype, mixture.log_weights, gaps=gaps)
        sums, checked = _by_products(mixture, products, cells, weight)
        if not bool(sums.log_likelihood.isfinite()):
            continue
        if products.is_exact or _agrees(mixture, products, cells.at(torch.cat(checked))):
            return sums
    return _exactly(mixture, cells, weight)


def _by_products(
    mixture: "Mixture", products: Blockwise, cells: Cells, weight: Tensor
) -> tuple["Sums", list[Tensor]]:
    """Sums, and the numbers of rows to check."""
    sums, checked, weight = mixture.zeros(), [], weight.to(products.dtype)
    blocks = products.blocks(len(weight))
    if not cells.codes.shape[1]:  # then a whole pass may be one loop
        log_prob = products.add_all(cells.reals.x, weight)
        if log_prob is not None:
            sums.log_likelihood.add_(log_prob @ weight)
            blocks = iter(())
    for rows in blocks:
        some = cells.at(rows)
        joint = _joint(mixture, products, some)
        log_prob = _share(joint, weight[rows])
        sums.log_likelihood.add_(log_prob.double() @ weight[rows].double())
        products.add(joint)
        mixture.tables.add_counts(some.codes, joint, mixture.all, sums.counts)
        checked.append(sample(log_prob) + rows.start)
    mass, *moments = products.moments()
    sums = sums._replace(mass=mass, moments=Moments(*moments), weight=weight.double().sum())
    return sums, checked


def _joint(mixture: "Mixture", products: Blockwise, cells: Cells) -> Tensor:
    joint = products.log_prob(cells.reals.x)
    mixture.tables.add_log_prob(cells.codes, mixture.all, joint)
    return joint


def _share(joint: Tensor, weight: Tensor) -> Tensor:
    """Log-densities (n,); responsibilities times weights take the place of (k, n)."""
    if joint.is_cpu and joint.dtype == torch.float64:
        from ..normals.shares import share

        return share(joint, weight)
    top = joint.amax(0)
    # a base of 2 is the fastest, and denormal numbers are slow in every product
    joint.sub_(top).clamp_(min=_LEAST[joint.dtype]).mul_(_LOG2_E).exp2_()
    total = joint.sum(0)
    joint.mul_(weight / total)
    return total.log().add_(top)


def _agrees(mixture: "Mixture", products: Blockwise, cells: Cells) -> bool:
    joint = _joint(mixture, products, cells)
    return agree(joint, mixture.exact_joint(cells), products.dtype)


def _exactly(mixture: "Mixture", cells: Cells, weight: Tensor) -> "Sums":
    weight = weight.double()
    total = mixture.zeros()
    size = mixture.columns.exact_size
    for start in range(0, len(weight), size):
        rows = slice(start, start + size)
        some = cells.at(rows)
        joint = mixture.exact_joint(some)
        log_prob = joint.logsumexp(0)
        shares = joint.sub_(log_prob).exp_().mul_(weight[rows])
        total.log_likelihood.add_(weight[rows] @ log_prob)
        total.weight.add_(weight[rows].sum())
        total.mass.add_(shares.sum(1))
        mixture.normals.add_exact_moments(some.reals.double(), shares, total.moments)
        mixture.tables.add_counts(some.codes, shares, mixture.all, total.counts)
    return total
