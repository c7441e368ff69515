"""Parameters of a fitted mixture under scikit-learn's names and in its shapes."""

from typing import Any

import numpy as np
from torch import Tensor

from ..normals.covariance import COVARIANCES
from .mixture import Mixture


class MixtureAttributes:
    """Of a model with ``mixture_``, ``covariance_type`` and ``labels_``.

    The classes come first in every array if there are labels.
    """

    mixture_: Mixture
    covariance_type: str
    labels_: Any

    @property
    def n_components_(self) -> int:
        """Number of components of each class."""
        return self.mixture_.n_components

    @property
    def weights_(self) -> np.ndarray:
        """Share of each component."""
        return self._shown(self.mixture_.weights, (self.mixture_.n_components,))

    @property
    def means_(self) -> np.ndarray:
        """Mean of each component."""
        means = self.mixture_.normals.means
        return self._shown(means, (self.mixture_.n_components, means.shape[1]))

    @property
    def covariances_(self) -> np.ndarray:
        """Covariance of each component."""
        return self._shown_shape(self.mixture_.normals.covariances)

    @property
    def precisions_(self) -> np.ndarray:
        """Inverse of each covariance."""
        return self._shown_shape(self.mixture_.normals.precisions)

    @property
    def precisions_cholesky_(self) -> np.ndarray:
        """Upper factor P of each precision P P'."""
        return self._shown_shape(self.mixture_.normals.precision_roots)

    def _shown_shape(self, values: Tensor) -> np.ndarray:
        d = len(self.mixture_.spread)
        shape = COVARIANCES[self.covariance_type].shape(self.mixture_.n_components, d)
        return self._shown(values, shape)

    def _shown(self, values: Tensor, shape: tuple[int, ...]) -> np.ndarray:
        classes = (self.labels_.n_classes,) if self.labels_.n_classes else ()
        return values.reshape(classes + shape).cpu().numpy()
