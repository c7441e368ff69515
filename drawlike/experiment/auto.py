"""The model that nobody has to name."""

from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from ..base import GenerativeModel, RandomState, check_known
from ..base.randomness import seed_of
from ..base.run import Hearing
from ..base.settings import is_amount
from ..datasets import Dataset, as_dataset
from ..errors import SettingError
from ..models import find
from .choose import choose
from .suited import suited

QUALITIES = ("fast", "default", "best")
_FAST = {
    "table": "latent-class",
    "array": "gaussian",
    "image": "gaussian",
    "sequence": "gaussian-hmm",
}
_DEFAULT = _FAST | {"table": "autoregressive", "array": "gaussian-mixture", "image": "gan"}
_BEST = {
    "table": ("autoregressive", "made", "gaussian-mixture"),
    "array": ("gaussian-mixture", "gan", "made"),
    "image": ("gan", "vae", "gaussian"),
    "sequence": ("gaussian-hmm",),
}
_FEW_ROWS = 1000  # of a table, of which a mixture learns as much in less time
_SECONDS_A_CELL = 2e-6  # of a table, in which the default model learns something


class Auto(BaseEstimator):
    """The model that suits the data, in the quality and the time that are asked for.

    After ``fit`` it draws, scores and is kept as the model that it chose, ``model_``, whose verbs
    it has; :func:`drawlike.load` gives that model.

    Parameters
    ----------
    quality : {"fast", "default", "best"}
        "fast" takes seconds. "best" fits several models to four fifths of the rows, and the one
        whose rows are most like the others to all of them.
    seconds : float, optional
        About how long a fit may take. The result then depends on the machine's speed.

    Attributes
    ----------
    model_ : GenerativeModel
        What was chosen, fitted.

    Examples
    --------
    >>> from drawlike import Auto
    >>> from drawlike.datasets import load_sample
    >>> model = Auto(quality="fast", random_state=0).fit(load_sample("wine"), listener=None)
    >>> model.model_, len(model.sample(5, random_state=0))
    (LatentClass(random_state=0), 5)
    """

    name = "auto"
    model_: GenerativeModel

    def __init__(
        self,
        *,
        quality: Literal["fast", "default", "best"] = "default",
        seconds: float | None = None,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.quality = quality
        self.seconds = seconds
        self.random_state = random_state
        self.device = device

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        label: str | None = None,
        kind: str | None = None,
        schema: Any = None,
        checkpoint: str | Path | None = None,
        listener: Hearing = "auto",
    ) -> Self:
        """Choose a model, and let it learn; all is as in :meth:`GenerativeModel.fit`."""
        self.__dict__.pop("model_", None)
        data = as_dataset(X, y, label=label, kind=kind, schema=schema)
        model = self.choice(data, listener=listener)
        self.model_ = model.fit(
            data, sample_weight=sample_weight, checkpoint=checkpoint, listener=listener
        )
        return self

    def choice(self, data: Dataset, *, listener: Hearing = "auto") -> GenerativeModel:
        """Give the model that suits the data, unfitted."""
        self._check()
        names = _BEST[data.kind]
        if self.quality == "best" and len(names) > 1:
            each = None if self.seconds is None else self.seconds / (len(names) + 1)
            seed = seed_of(self.random_state) % 2**31
            chosen = choose(data, names, seconds=each, random_state=seed, listener=listener)
            model = clone(chosen.model).set_params(random_state=self.random_state)
            return _limited(model, each).set_params(device=self.device)
        name = self._name(data)
        model = find(name)(random_state=self.random_state, device=self.device)
        return _limited(model.set_params(**suited(name, data)), self.seconds)

    def _name(self, data: Dataset) -> str:
        is_table, quick = data.kind == "table", self.quality == "fast"
        if is_table and self.seconds is not None:
            quick |= self.seconds < _SECONDS_A_CELL * np.prod(np.shape(data.X))
        if is_table and not quick and len(data) < _FEW_ROWS:
            return "gaussian-mixture"
        return (_FAST if quick else _DEFAULT)[data.kind]

    def _check(self) -> None:
        check_known(self, quality=QUALITIES)
        if self.seconds is not None and not (is_amount(self.seconds) and self.seconds):
            raise SettingError(f"seconds={self.seconds!r}; use a number above 0, or None.")

    def __getattr__(self, name: str) -> Any:
        """Do what the chosen model does."""
        if name.startswith("_") or "model_" not in self.__dict__:
            raise AttributeError(f"{type(self).__name__} has no {name!r}; fit it first.")
        return getattr(self.model_, name)

    def sample(self, *args: Any, **options: Any) -> Any:
        """Draw rows; all is as in :meth:`GenerativeModel.sample`."""
        check_is_fitted(self)
        return self.model_.sample(*args, **options)


def _limited(model: GenerativeModel, seconds: float | None) -> GenerativeModel:
    if seconds is not None and "max_seconds" in model.get_params():
        model.set_params(max_seconds=seconds)
    return model
