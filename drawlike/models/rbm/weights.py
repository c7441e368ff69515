"""What an RBM has learned, as scikit-learn names it, and as pictures."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ...codecs import ImageCodec
from ...errors import UnsupportedError
from ...networks.boltzmann import Boltzmann


class Weights:
    """Weights and biases, whose visible units stand in the order of the encoded columns."""

    machine_: Boltzmann

    @property
    def components_(self) -> np.ndarray:
        """Weights of each hidden unit, (n_components, D)."""
        return self.machine_.weights.T.cpu().numpy()[:, self.machine_.units.by_column]

    @property
    def intercept_hidden_(self) -> np.ndarray:
        """Biases of the hidden units, (n_components,)."""
        return self.machine_.hidden_bias.cpu().numpy()

    @property
    def intercept_visible_(self) -> np.ndarray:
        """Biases of the visible units, (D,)."""
        return self.machine_.visible_bias.cpu().numpy()[self.machine_.units.by_column]

    def filters(self: Any) -> np.ndarray:
        """Weights of each hidden unit in the shape of the data, (n_components, ...).

        An image each, (h, w) with its channels where the data have them; else a number a
        column, (columns,), which are in standard deviations where a column is no bit.

        Raises
        ------
        UnsupportedError
            If a column of a table has several units, as a category does; ``components_``
            has them side by side.
        """
        check_is_fitted(self)
        if self.machine_.units.sizes:
            raise UnsupportedError(
                f"{len(self.machine_.units.sizes)} columns of these rows have several visible "
                "units each, one a category, so that no filter is as wide as a row: take "
                "components_, where they stand side by side."
            )
        if isinstance(self.codec_, ImageCodec):
            return self.codec_.shaped(self.components_)
        return self.components_
