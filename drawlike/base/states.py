"""States of sequences over time: decoded, and carried on into the future."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..codecs import ArrayCodec
from ..codecs.sequence import cut, lengths_of
from ..datasets import Dataset
from ..errors import SettingError, UnsupportedError
from ..rows import Sequences
from ..statistics.hidden_markov.chain import Chain
from ..statistics.hidden_markov.forecasting import Forecast as Ahead
from ..statistics.hidden_markov.forecasting import forecast
from .randomness import RandomState, seed_of


@dataclass(frozen=True, eq=False)
class Forecast:
    """What comes after a prefix.

    ``mean`` (steps, d), the values ``bands`` (q, steps, d) below which a step lies with the
    probabilities ``quantiles`` (q,), and drawn continuations ``paths`` (n, steps, d). Of
    several prefixes each is a list.
    """

    mean: Any
    bands: Any
    quantiles: np.ndarray
    paths: Any


class ChainVerbs:
    """What the chains of a model of sequences, ``chains_``, tell of states."""

    def predict(self: Any, X: Any, *, lengths: Any = None) -> Any:
        """State of each step, or class of each sequence, (m,), if fitted with labels.

        States have the form of ``X``: (T,) for one sequence, a list, (m, T), or (N,) with
        ``lengths``. Steps without an observed cell have states too.
        """
        if getattr(self, "labels_", None) is not None and self.labels_.n_classes:
            return self.labels_.classes_[self.predict_proba(X, lengths=lengths).argmax(1)]
        return self.decode(X, lengths)[1]

    def predict_proba(self: Any, X: Any, *, lengths: Any = None) -> Any:
        """Probability of each state at each step given its whole sequence.

        Of the form that ``predict`` gives, with one more axis; or the probability of each
        class of each sequence, (m, k), if fitted with labels.
        """
        check_is_fitted(self)
        _, data, _ = self._read(X, lengths)
        if self.labels_.n_classes:
            each = self._log_each(data).numpy() + self._log_prior
            return np.exp(each - np.logaddexp.reduce(each, axis=1)[:, None])
        return self._like(X, lengths, self._posteriors(data).numpy())

    def decode(
        self: Any, X: Any, lengths: Any = None, algorithm: str | None = None
    ) -> tuple[float, Any]:
        """Log-probability and states of the most probable path of all sequences together.

        States have the form of ``predict``. With "map" they are the most probable ones of
        each step by itself, and the first value is how many of them are expected to be right.
        In a model of classes each sequence is decoded by the class that is most probable.
        """
        check_is_fitted(self)
        chosen = algorithm or self.algorithm
        if chosen not in DECODERS:
            raise SettingError(f"algorithm={chosen!r} is unknown; use viterbi or map.")
        raw, data, _ = self._read(X, lengths)
        states, value = np.empty(len(data.x), np.int64), 0.0
        for part, chain, steps in self._by_class(data):
            one, path = DECODERS[chosen](chain, part)
            value, states[steps] = value + one, path.cpu().numpy()
        if chosen == "viterbi":
            value += float(self.codec_.log_jacobian(raw).sum())
        return value, self._like(X, lengths, states)

    def continue_from(
        self: Any,
        prefix: Any,
        steps: int,
        *,
        n: int = 100,
        quantiles: Sequence[float] = (0.05, 0.5, 0.95),
        lengths: Any = None,
        random_state: RandomState = None,
    ) -> Forecast:
        """Forecast the next steps of sequences: means, bands and drawn paths.

        Parameters
        ----------
        prefix : array
            One sequence or several, arrays of numbers.
        steps : int
            How many steps ahead.
        n : int
            Number of paths to draw.
        quantiles : sequence of float
            The bands' probabilities.
        random_state : int, Generator or None
            For the paths; means and bands are computed.
        """
        check_is_fitted(self)
        if not isinstance(self._steps_codec, ArrayCodec):
            raise UnsupportedError("continue_from needs a model of arrays; give sample(n) a try.")
        if min(steps, n) < 1 or not all(0 < q < 1 for q in quantiles):
            raise SettingError("steps and n must be 1 or more, and quantiles between 0 and 1.")
        _, data, one = self._read(prefix, lengths)
        rng = np.random.default_rng(seed_of(random_state))
        found = []
        for i in range(len(data)):
            part, chain, _ = next(self._by_class(data.take(np.array([i]))))
            ahead = forecast(chain, part.x, part.lengths, steps)
            levels = [ahead.quantile(q)[0].cpu().numpy() for q in quantiles]
            paths = self._paths(ahead, n, rng)
            found.append((ahead.means[0].cpu().numpy(), np.stack(levels), paths))
        mean, bands, paths = found[0] if one else map(list, zip(*found, strict=True))
        return Forecast(mean, bands, np.array(quantiles), paths)

    def bic(self: Any, X: Any, y: Any = None, *, lengths: Any = None) -> float:
        """Bayesian information criterion, the lower the better (Schwarz 1978)."""
        total, n = self._total(X, y, lengths)
        return -2 * total + self._n_free * float(np.log(n))

    def aic(self: Any, X: Any, y: Any = None, *, lengths: Any = None) -> float:
        """Akaike's information criterion, the lower the better (Akaike 1974)."""
        return -2 * self._total(X, y, lengths)[0] + 2 * self._n_free

    @torch.no_grad()
    def _posteriors(self: Any, data: Sequences) -> Tensor:
        chain = self.chains_[0]
        return chain.posteriors(data.x.to(chain.device), data.lengths).cpu()

    def _by_class(self: Any, data: Sequences) -> Iterator[tuple[Sequences, Chain, Any]]:
        """Sequences of each class, the most probable one of each, and where their steps are."""
        if not self.labels_.n_classes:
            yield data.to(self.chains_[0].device), self.chains_[0], slice(None)
            return
        labels = (self._log_each(data).numpy() + self._log_prior).argmax(1)
        each = np.repeat(labels, data.lengths)
        for c in np.unique(labels):
            chain = self.chains_[c]
            yield data.take(labels == c).to(chain.device), chain, each == c

    @torch.no_grad()
    def _paths(self: Any, ahead: Ahead, n: int, rng: np.random.Generator) -> Any:
        steps = ahead.states.shape[1]
        begins = ahead.states[0, :1].expand(n, -1)
        x, _ = ahead.chain.sample(torch.full((n,), steps), rng, begins)
        return self._steps_codec.decode(x.cpu().numpy()).reshape(n, steps, -1)

    def _total(self: Any, X: Any, y: Any, lengths: Any) -> tuple[float, int]:
        """Log-likelihood and number of all steps."""
        total = float(np.sum(self.score_samples(X, y, lengths=lengths)))
        return total, int(self._read(X, lengths)[1].lengths.sum())

    @property
    def _steps_codec(self: Any) -> Any:
        codec: Any = self.codec_
        return codec.steps_

    @property
    def _n_free(self: Any) -> int:
        return sum(chain.n_free for chain in self.chains_) + max(0, self.labels_.n_classes - 1)

    @staticmethod
    def _like(X: Any, lengths: Any, values: np.ndarray) -> Any:
        """Cut values of steps as ``X`` is cut."""
        raw = X.X if isinstance(X, Dataset) else X
        if lengths is None and isinstance(raw, list | tuple) and np.ndim(raw[0]) == 2:
            return cut(values, lengths_of(list(raw)))
        if getattr(raw, "ndim", 2) == 3:
            return values.reshape(*raw.shape[:2], *values.shape[1:])
        return values


def _viterbi(chain: Chain, data: Sequences) -> tuple[float, Tensor]:
    log_prob, states = chain.viterbi(data.x, data.lengths)
    return float(log_prob.sum()), states


def _map(chain: Chain, data: Sequences) -> tuple[float, Tensor]:
    best = chain.posteriors(data.x, data.lengths).max(1)
    return float(best.values.sum()), best.indices


DECODERS = {"viterbi": _viterbi, "map": _map}
