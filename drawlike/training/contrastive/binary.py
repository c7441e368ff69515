"""Learning with binary visible units on the CPU, in compiled loops."""

from typing import Any

import numpy as np
import scipy.linalg  # noqa: F401  # numba calls its BLAS: load it before threads are limited
import torch
from torch import Tensor

from ...networks.boltzmann import Boltzmann
from . import kernels
from .contrast import Contrast, Examples, chain_labels
from .random import seeded


class BinaryLearner:
    """Follows the likelihood's gradient with plain stochastic steps."""

    def __init__(
        self,
        machine: Boltzmann,
        examples: Examples,
        contrast: Contrast,
        rng: np.random.Generator,
    ) -> None:
        self._start, self._contrast = machine, contrast
        self._data = _data(examples)
        self._weights = _weights(machine, examples, contrast.momentum > 0)
        self._chains = _chains(examples, contrast, machine.n_hidden, rng)

    @property
    def machine(self) -> Boltzmann:
        """The machine as it is now, in arrays that later steps change."""
        w, n_visible = self._weights, len(self._weights.visible)
        return Boltzmann(
            units=self._start.units,
            weights=torch.from_numpy(w.visible),
            visible_bias=torch.from_numpy(w.visible_bias[:n_visible]),
            hidden_bias=torch.from_numpy(w.hidden_bias),
            label_weights=torch.from_numpy(w.all[n_visible:]),
            log_variance=self._start.log_variance,
            base=self._start.base,
        )

    @property
    def hidden_states(self) -> Tensor:
        """Hidden states of the chains, (c, m)."""
        return torch.from_numpy(self._chains.hidden)

    def climb(self, order: np.ndarray, rate: float) -> None:
        """Take a step on each batch of the rows in ``order``."""
        c = self._contrast
        rule = kernels.Rule(
            np.float32(rate),
            np.float32(c.momentum),
            np.float32(c.weight_decay),
            c.batch_size,
            c.n_gibbs,
            c.persistent,
            c.centered,
        )
        kernels.climb(self._data, self._chains, self._weights, rule, order)

    def state(self) -> dict[str, Any]:
        """Everything that changes."""
        tree = {
            "weights": self._weights.all,
            "chains": self._chains.hidden,
            "draws": self._chains.random,
        }
        tree |= {name: getattr(self._weights, name) for name in _CHANGING}
        if len(self._data.missing):
            tree["filled"] = self._data.x
        return {name: torch.from_numpy(array.copy()) for name, array in tree.items()}

    def load(self, state: dict[str, Any]) -> None:
        """Become what :meth:`state` gave."""
        into = {
            "weights": self._weights.all,
            "chains": self._chains.hidden,
            "draws": self._chains.random,
        }
        into |= {name: getattr(self._weights, name) for name in _CHANGING}
        into["filled"] = self._data.x
        for name, value in state.items():
            into[name][...] = value.cpu().numpy()


_CHANGING = (
    "visible_bias",
    "hidden_bias",
    "hidden_center",
    "velocity",
    "visible_velocity",
    "hidden_velocity",
)


def _data(examples: Examples) -> kernels.Data:
    n, width = examples.v.shape
    unknown = np.zeros((0, 0), np.uint8)
    x = _floats(examples.v)
    if examples.known is not None:
        unknown = (~examples.known).numpy().astype(np.uint8)
        x = x.copy()  # the cells that are missing will be drawn into it
    has_labels = examples.y.shape[1] > 0
    label = width + examples.y.argmax(1).numpy() if has_labels else np.full(n, -1)
    return kernels.Data(x, unknown, label, _floats(examples.scaled_weight), examples.grey)


def _weights(machine: Boltzmann, examples: Examples, moves: bool) -> kernels.Weights:
    every = _floats(torch.cat([machine.weights, machine.label_weights])).copy()
    n_units, n_hidden = every.shape
    center = torch.cat([examples.mean(part.double()) for part in (examples.v, examples.y)])
    bias = np.zeros(n_units, np.float32)
    bias[: len(machine.visible_bias)] = _floats(machine.visible_bias)
    size = (n_units, n_hidden) if moves else (0, 0)
    return kernels.Weights(
        every,
        every[: len(machine.visible_bias)],
        bias,
        _floats(machine.hidden_bias).copy(),
        _floats(center),
        np.full(n_hidden, 0.5, np.float32),
        np.zeros(n_hidden, np.float32),
        np.zeros(size, np.float32),
        np.zeros(size[0], np.float32),
        np.zeros(size[1], np.float32),
    )


def _chains(
    examples: Examples, contrast: Contrast, n_hidden: int, rng: np.random.Generator
) -> kernels.Chains:
    frequencies = examples.mean(examples.y.double()).numpy()
    n = contrast.n_chains if contrast.persistent else contrast.batch_size
    label, weight = chain_labels(frequencies, n)
    unit = examples.v.shape[1] + label if len(frequencies) else np.full(len(label), -1)
    hidden = (rng.random((len(label), n_hidden)) < 0.5).astype(np.float32)
    if not contrast.persistent:
        hidden, unit, weight = hidden[:n], unit[:n], weight[:n]
    return kernels.Chains(hidden, unit, weight.astype(np.float32), seeded(rng))


def _floats(values: Tensor) -> np.ndarray:
    return np.ascontiguousarray(values.cpu().numpy(), np.float32)
