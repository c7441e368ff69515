"""A density of each class is a classifier: which class makes a row likeliest (Bayes' rule)."""

from typing import Any

import numpy as np
import torch
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from .chunks import chunks


def _knows_classes(model: Any) -> bool:
    labels = getattr(model, "labels_", None)
    return labels is None or bool(labels.n_classes)


class ClassifierMixin:
    """Verbs of a model with a density a class, fitted with labels; absent without labels.

    p(y | x) is p(x | y) p(y), normalised. Models whose density is a bound or an estimate leave
    them out: it need not rank classes rightly.
    """

    @property
    def classes_(self: Any) -> np.ndarray:
        """Classes, sorted, (k,)."""
        if not self.labels_.n_classes:
            raise AttributeError(f"{type(self).__name__} was fitted without labels")
        return self.labels_.classes_

    @available_if(_knows_classes)
    def predict_proba(self: Any, X: Any) -> np.ndarray:
        """Probability of each class given the row, (n, k), in the order of ``classes_``."""
        check_is_fitted(self)
        return self._class_posterior(self._encoded(X)[1])

    @available_if(_knows_classes)
    def predict(self: Any, X: Any) -> np.ndarray:
        """Most probable class of each row, (n,)."""
        best = self.predict_proba(X).argmax(1)
        return self.labels_.classes_[best]

    @torch.no_grad()
    def _class_posterior(self: Any, encoded: torch.Tensor) -> np.ndarray:
        parts = chunks(encoded, None, self.scored_together)
        return torch.cat([self._log_classes(x).double().softmax(1) for x, _ in parts]).numpy()
