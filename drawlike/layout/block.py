"""The contract of a block."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor


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

    def realise(self, x: Tensor, rng: torch.Generator) -> Tensor:
        """Draw what encoded columns leave to chance, (n, width); by default nothing is."""
        return x

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
    def emit(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Draw expanded columns from the likelihood, (n, n_inputs), differentiably."""

    @abstractmethod
    def log_prob(self, raw: Tensor, x: Tensor) -> Tensor:
        """Log-likelihood of encoded columns in nats, (n,)."""

    @abstractmethod
    def sample(self, raw: Tensor, rng: torch.Generator) -> Tensor:
        """Draw encoded columns from the likelihood, (n, width)."""

    @abstractmethod
    def mean(self, raw: Tensor) -> Tensor:
        """Mean of the real columns, most likely code of the others, (n, width)."""
