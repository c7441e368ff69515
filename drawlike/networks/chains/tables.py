"""Tables of codes as products read them."""

from collections.abc import Sequence

import numpy as np

from .branches import Branches
from .octets import EIGHT
from .parts import Slopes, Tables
from .products import COLUMNS

_NEVER, _FAR = -1e30, -1e4


class Wide:
    """Rows of nothing after the codes of each softmax, up to a multiple of 16.

    ``sizes`` are how many codes each softmax has, ``branches`` which of them share one,
    ``members`` the log-frequencies of members, and ``classes`` (n_codes, k) the probabilities of
    codes in classes. What has a row a *logit* has one for each code, and after all codes one for
    each branch.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        branches: Sequence[Branches | None],
        members: np.ndarray,
        classes: np.ndarray,
    ) -> None:
        self._members = members
        self._lay_out(sizes, branches)
        k, first = classes.shape[1], np.cumsum([0, *sizes])
        self._more_classes = _up(k, EIGHT) - k
        more = ((0, 0), (0, self._more_classes))
        self._log_classes = np.pad(np.log(classes), more)
        self._classes = np.pad(classes, more)
        sums = [
            each.summed(self._classes[a : a + n])
            for each, a, n in zip(branches, first, sizes, strict=False)
            if each
        ]
        self._class_panels = self._panels(self._rows(np.concatenate([self._classes, *sums])))

    def _lay_out(self, sizes: Sequence[int], branches: Sequence[Branches | None]) -> None:
        widths = [width_of(n, b) for n, b in zip(sizes, branches, strict=True)]
        self.starts = np.cumsum([0, *widths])
        self.n_rows = int(self.starts[-1])
        each, none = list(zip(self.starts, branches, sizes, strict=False)), np.arange(0)
        places = [a + (b.places if b else np.arange(n)) for a, b, n in each]
        self._places = np.concatenate([none, *places])
        of_branches = [a + np.arange(b.n) for a, b, _ in each if b]
        self._of_logits = np.concatenate([self._places, *of_branches])
        self._codes = np.full(self.n_rows, -1)
        self._codes[self._places] = np.concatenate([none, *map(np.arange, sizes)])

    def tables(self, embedding: np.ndarray, output: np.ndarray) -> Tables:
        """What a pass reads, of embeddings (n_codes, width) and outputs (n_logits, width)."""
        output = self._rows(output)
        return Tables(
            embedding=embedding,
            members=self._members,
            log_classes=self._log_classes,
            classes=self._classes,
            output=output,
            panels=self._panels(output),
            class_panels=self._class_panels,
            places=self._places,
            codes=self._codes,
        )

    def biases(self, biases: np.ndarray) -> np.ndarray:
        """Biases (parts, n_logits) as a pass reads them: what is no code never comes."""
        wide = np.full((len(biases), self.n_rows), _NEVER, np.float32)
        wide[:, self._of_logits] = biases
        return wide

    def log_shares(self, log_class: np.ndarray) -> np.ndarray:
        """Log-shares of classes (n, k), and of those that are none."""
        return np.pad(log_class, ((0, 0), (0, self._more_classes)), constant_values=_FAR)

    def slopes(self, slopes: Slopes) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Gradients of embeddings, outputs and biases of the logits."""
        return slopes.embedding, slopes.output[self._of_logits], slopes.bias[:, self._of_logits]

    def _rows(self, table: np.ndarray) -> np.ndarray:
        wide = np.zeros((self.n_rows, table.shape[1]), np.float32)
        wide[self._of_logits] = table
        return wide

    @staticmethod
    def _panels(rows: np.ndarray) -> np.ndarray:
        """Panels of 16 rows, transposed, one below the other."""
        panels = rows.reshape(-1, COLUMNS, rows.shape[1]).transpose(0, 2, 1)
        return np.ascontiguousarray(panels).reshape(-1, COLUMNS)


def width_of(size: int, branches: Branches | None) -> int:
    """Rows that the codes of a softmax have in what is wide."""
    return branches.width if branches else _up(size, COLUMNS)


def _up(n: int, of: int) -> int:
    return -(-n // of) * of
