"""What classes know of ordered codes, shared with neighbours as far as rows left out bear it out.

A class of a hundred rows has seen few of sixty bins, and would be sure that the others do not
come. Kernel smoothing of tables of ordered categories: Simonoff 1996, Smoothing Methods in
Statistics, chapter 6.
"""

from collections.abc import Sequence

import numpy as np

_WIDTHS = (0.01, 0.02, 0.04, 0.08, 0.16)  # standard deviations, in ranks from 0 to 1
_FEWEST = 6  # ordered codes
_ROUNDS = 50  # of scaling


def sharing(law: np.ndarray, width: float) -> np.ndarray:
    """Share of each of the ordered codes that goes to each, (m, m); columns sum to 1.

    Codes near in rank share, in proportion to the ``law`` (m,) of the column, which stays as it
    is. A code that very many rows have is far from all others, and keeps what it has.
    """
    law = np.maximum(law / law.sum(), 1e-12)
    rank = np.cumsum(law) - law / 2
    near = np.exp(-0.5 * np.square((rank[:, None] - rank) / width))
    scale = np.ones(len(law))
    for _ in range(_ROUNDS):  # Sinkhorn's, of a symmetric matrix
        scale = np.sqrt(scale / (near @ (law * scale)))
    share = (law * scale)[:, None] * near * scale
    found: np.ndarray = share / share.sum(0)
    return found


class Neighbours:
    """How far codes of each column share with their neighbours, in all classes alike.

    ``law`` (n_codes,) has the columns one after the other, of ``sizes`` codes each, of which the
    first ``n_ordered`` stand in the order of their values. At first none share.
    """

    def __init__(self, law: np.ndarray, sizes: Sequence[int], n_ordered: Sequence[int]) -> None:
        starts = np.cumsum([0, *sizes[:-1]]).tolist()
        self.law = law
        self.places = {
            v: slice(start, start + n)
            for v, (start, n) in enumerate(zip(starts, n_ordered, strict=False))
            if n >= _FEWEST
        }
        self._shares: dict[int, np.ndarray] = {}

    def spread(self, tables: np.ndarray) -> np.ndarray:
        """Let the codes of tables (n_codes, k) share, in place."""
        for v, share in self._shares.items():
            tables[self.places[v]] = share @ tables[self.places[v]]
        return tables

    def choose(
        self, places: np.ndarray, mass: np.ndarray, shares: np.ndarray, tables: np.ndarray
    ) -> None:
        """Choose what makes rows likeliest that the classes have not seen, column by column.

        ``places`` (n, d) are the rows of ``tables`` (n_codes, k) that hold their codes, -1 where
        unobserved; ``mass`` (n,) is what they weigh, and ``shares`` (k,) are those of the classes.
        """
        told = np.log(shares) + np.zeros((len(places), 1))
        for column in places.T:
            told[column >= 0] += np.log(tables[column[column >= 0]])
        for v, place in self.places.items():
            some = (places[:, v] >= place.start) & (places[:, v] < place.stop)
            code, table = places[some, v] - place.start, tables[place]
            others = told[some] - np.log(table[code])
            odds = np.exp(others - others.max(1, keepdims=True))
            best = _likelihood(odds, table[code], mass[some])
            for width in _WIDTHS:
                share = sharing(self.law[place], width)
                spread = (share @ table)[code]
                likelihood = _likelihood(odds, spread, mass[some])
                if likelihood <= best:
                    break
                best, self._shares[v], told[some] = likelihood, share, others + np.log(spread)


def _likelihood(odds: np.ndarray, probability: np.ndarray, mass: np.ndarray) -> float:
    """Log-likelihood of codes, but for a constant, by odds (n, k) and probabilities of classes."""
    return float(mass @ np.log(np.einsum("nk,nk->n", odds, probability)))
