"""Parameters of chains as hmmlearn names them: to be read, and to be set."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..errors import SettingError
from ..statistics.hidden_markov.chain import Chain
from ..statistics.hidden_markov.starting import with_parameters
from ..statistics.normals.covariance import COVARIANCES

_NAMES = {
    "startprob_": "start",
    "transmat_": "transitions",
    "weights_": "weights",
    "means_": "means",
    "covars_": "covariances",
}
ATTRIBUTES = dict(zip("stwmc", _NAMES, strict=True))  # by hmmlearn's letters


def _parameter(name: str, doc: str) -> Any:
    def read(model: Any) -> np.ndarray:
        if hasattr(model, "chains_"):
            return model._shown(_READ[name])
        if name not in model.__dict__.get("_set", {}):
            raise AttributeError(f"{type(model).__name__} has no {name} yet: fit it, or set it.")
        return model._set[name]

    def put(model: Any, value: Any) -> None:
        array = np.array(value, np.float64)
        if hasattr(model, "chains_"):
            model._replace(name, array)
        else:
            model.__dict__.setdefault("_set", {})[name] = array

    return property(read, put, doc=doc)


class ChainParameters:
    """The parameters of ``chains_``, a class first if there are labels.

    Set before ``fit``, they are where it starts from, unless ``init_params`` names them.
    """

    startprob_ = _parameter("startprob_", "Probability of each state at the first step, (S,).")
    transmat_ = _parameter("transmat_", "Probability of each state after each, (S, S).")
    weights_ = _parameter("weights_", "Shares of the normals of each state, (S, n_mix).")
    means_ = _parameter("means_", "Means of each state, (S, d), or (S, n_mix, d).")
    covars_ = _parameter(
        "covars_",
        "Covariance matrices of each state, (S, d, d), or (S, n_mix, d, d). It may be set to "
        "these, or to what is free in them: (S, d) if diagonal, (d, d) if tied, (S,) if spherical.",
    )

    def get_stationary_distribution(self: Any) -> np.ndarray:
        """Share of steps in each state in the long run, (S,); the class first if there is one."""
        shares = [_stationary(chain.transitions.cpu().numpy()) for chain in self.chains_]
        return np.stack(shares) if self.labels_.n_classes else shares[0]

    def _shown(self: Any, read: Any) -> np.ndarray:
        each = np.stack([read(chain).cpu().numpy() for chain in self.chains_])
        return each if self.labels_.n_classes else each[0]

    def _replace(self: Any, name: str, value: np.ndarray) -> None:
        chain = self.chains_[0]
        d = chain.emissions.normals.means.shape[1]
        values = self._as_tensors(name, value, chain.n_states, d, len(self.chains_))
        self.chains_ = [
            with_parameters(chain, **{_NAMES[name]: part})
            for chain, part in zip(self.chains_, values, strict=True)
        ]

    def _given(self: Any, n_states: int, d: int, n_classes: int) -> dict[str, Tensor]:
        """Parameters that a fit starts from: those set, or those of the last fit."""
        found = self.__dict__.get("_set", {})
        if hasattr(self, "chains_"):
            found = {name: self._shown(_READ[name]) for name in _NAMES}
        given = {}
        for (letter, name), short in zip(ATTRIBUTES.items(), _NAMES.values(), strict=True):
            if letter in self.init_params or (letter == "w" and name not in found):
                continue
            if name not in found:
                raise SettingError(
                    f"init_params={self.init_params!r} leaves out {letter!r}, and {name} is not "
                    f"set: set it before fit, or let init_params name it."
                )
            given[short] = self._as_tensors(name, found[name], n_states, d, n_classes)
        return given

    def _as_tensors(
        self: Any, name: str, value: np.ndarray, n_states: int, d: int, n_classes: int
    ) -> Tensor:
        """Values of the chains' own shapes, a class first; without a class axis for all."""
        s, m = n_states, self.n_mix
        mixed = (s, m) if m > 1 else (s,)
        if name == "covars_":
            return self._as_covariances(value, s * m, mixed, d, n_classes)
        shape, own = {
            "startprob_": ((s,), (s,)),
            "transmat_": ((s, s), (s, s)),
            "weights_": ((s, m), (s * m,)),
            "means_": ((*mixed, d), (s * m, d)),
        }[name]
        if value.shape not in (shape, (n_classes, *shape)):
            raise SettingError(f"{name} has shape {value.shape}; expected {shape}.")
        if name == "means_":
            if not np.isfinite(value).all():
                raise SettingError("means_ must hold finite numbers.")
        elif not ((value >= 0).all() and np.allclose(value.sum(-1), 1, atol=1e-6)):
            raise SettingError(f"{name} must hold probabilities that sum to 1 in each row.")
        whole = np.broadcast_to(value, (n_classes, *shape))
        return torch.from_numpy(whole.reshape(-1, *own).copy())

    def _as_covariances(
        self: Any, value: np.ndarray, k: int, mixed: tuple[int, ...], d: int, n_classes: int
    ) -> Tensor:
        """Read what is free in covariances, or whole matrices."""
        kind = self.covariance_type
        free = COVARIANCES[kind].shape(k, d)
        short = free if kind == "tied" else (*mixed, *free[1:])
        whole = (*mixed, d, d)
        if value.shape in (whole, (n_classes, *whole)) and value.shape != short:
            value = _FREE[kind](value.reshape(-1, k, d, d))
        if value.shape not in (short, (n_classes, *short)) and value.shape != (len(value), *free):
            raise SettingError(f"covars_ has shape {value.shape}; expected {short} or {whole}.")
        own = {"tied": (1, d, d), "spherical": (k, 1)}.get(kind, free)
        values = torch.from_numpy(np.ascontiguousarray(value.reshape(-1, *own)))
        if not _is_positive(values):
            raise SettingError("covars_ must be positive definite; add to their diagonals.")
        return values.expand(n_classes, *own)


def _is_positive(covariances: Tensor) -> bool:
    if covariances.ndim < 4:
        return bool((covariances > 0).all())
    return bool(torch.linalg.cholesky_ex(covariances).info.eq(0).all())


def _means(chain: Chain) -> Tensor:
    return _mixed(chain, chain.emissions.normals.means)


def _weights(chain: Chain) -> Tensor:
    return chain.emissions.weights.view(chain.n_states, -1)


def _matrices(chain: Chain) -> Tensor:
    normals: Any = chain.emissions.normals
    if normals.covariances.ndim == 3:
        return _mixed(chain, normals.covariances[list(normals.owner)])
    return _mixed(chain, torch.diag_embed(normals.variances))


def _mixed(chain: Chain, values: Tensor) -> Tensor:
    m = chain.emissions.n_components
    return values.view(chain.n_states, m, *values.shape[1:]) if m > 1 else values


def _stationary(transitions: np.ndarray) -> np.ndarray:
    """Solve p P = p with p summing to 1, by least squares."""
    n = len(transitions)
    system = np.vstack([transitions.T - np.eye(n), np.ones(n)])
    shares = np.linalg.lstsq(system, np.r_[np.zeros(n), 1.0], rcond=None)[0]
    return np.clip(shares, 0, None) / np.clip(shares, 0, None).sum()


_READ = {
    "startprob_": lambda chain: chain.start,
    "transmat_": lambda chain: chain.transitions,
    "weights_": _weights,
    "means_": _means,
    "covars_": _matrices,
}
_FREE = {
    "full": lambda whole: whole,
    "tied": lambda whole: whole[:, 0],
    "diag": lambda whole: np.diagonal(whole, axis1=2, axis2=3),
    "spherical": lambda whole: np.diagonal(whole, axis1=2, axis2=3).mean(2),
}
