"""Tables of codes as products read them."""

from collections.abc import Sequence

import numpy as np

from .octets import EIGHT
from .parts import Slopes, Tables
from .products import COLUMNS

_NEVER, _FAR = -1e30, -1e4


class Wide:
    """Rows of nothing after the codes of each softmax, up to a multiple of 16.

    ``sizes`` are how many codes each softmax has, ``members`` the log-frequencies of members, and
    ``classes`` (n_codes, k) the probabilities of codes in classes.
    """

    def __init__(self, sizes: Sequence[int], members: np.ndarray, classes: np.ndarray) -> None:
        widths = [_up(size, COLUMNS) for size in sizes]
        self.starts = np.cumsum([0, *widths])
        self.n_rows = int(self.starts[-1])
        first = np.cumsum([0, *sizes])[:-1]
        shift = np.repeat(self.starts[:-1] - first, sizes)
        self._place = np.arange(sum(sizes)) + shift
        self._members = members
        k = classes.shape[1]
        self._more_classes = _up(k, EIGHT) - k
        more = ((0, 0), (0, self._more_classes))
        self._log_classes = np.pad(np.log(classes), more)
        self._classes = np.pad(classes, more)
        self._class_panels = self._panels(self._rows(self._classes))

    def tables(self, embedding: np.ndarray, output: np.ndarray) -> Tables:
        """What a pass reads, of embeddings and outputs (n_codes, width)."""
        output = self._rows(output)
        return Tables(
            embedding=embedding,
            members=self._members,
            log_classes=self._log_classes,
            classes=self._classes,
            output=output,
            panels=self._panels(output),
            class_panels=self._class_panels,
        )

    def biases(self, biases: np.ndarray) -> np.ndarray:
        """Biases of each step (s, n_codes) as a pass reads them: what is no code never comes."""
        wide = np.full((len(biases), self.n_rows), _NEVER, np.float32)
        wide[:, self._place] = biases
        return wide

    def log_shares(self, log_class: np.ndarray) -> np.ndarray:
        """Log-shares of classes (n, k), and of those that are none."""
        return np.pad(log_class, ((0, 0), (0, self._more_classes)), constant_values=_FAR)

    def slopes(self, slopes: Slopes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gradients of embeddings, outputs and biases of the codes."""
        return slopes.embedding, slopes.output[self._place], slopes.bias[:, self._place]

    def _rows(self, table: np.ndarray) -> np.ndarray:
        wide = np.zeros((self.n_rows, table.shape[1]), np.float32)
        wide[self._place] = table
        return wide

    @staticmethod
    def _panels(rows: np.ndarray) -> np.ndarray:
        """Panels of 16 rows, transposed, one below the other."""
        panels = rows.reshape(-1, COLUMNS, rows.shape[1]).transpose(0, 2, 1)
        return np.ascontiguousarray(panels).reshape(-1, COLUMNS)


def _up(n: int, of: int) -> int:
    return -(-n // of) * of
