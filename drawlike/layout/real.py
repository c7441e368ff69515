"""Numbers."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from .block import Block
from .densities import normal_log_prob, observed_sum
from .draws import noise_like

SMALLEST_SCALE = 1e-3  # a normal likelihood may not spike on repeated values


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

    def emit(self, raw: Tensor, rng: torch.Generator) -> Tensor:  # noqa: D102
        return self.sample(raw, rng)

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
