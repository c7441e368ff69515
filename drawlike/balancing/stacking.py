"""Classifiers that vote together, each with the share that tells left-out rows best."""

from collections.abc import Sequence

import numpy as np

_ROUNDS = 200
_PRIOR = 1.0  # row, shared by all
_LEAST = 0.01  # share of one that is asked at all
_TINY = np.finfo(float).tiny


def shares_of(probas: Sequence[np.ndarray], codes: np.ndarray) -> np.ndarray:
    r"""Shares (m,) of m classifiers in a mixture, from probabilities (n, k) of left-out rows.

    .. math:: \max_w \sum_i \log \sum_m w_m \, p_m(y_i \mid x_i)

    by EM (stacking of predictive distributions, Yao et al. 2018, arXiv:1704.02030). Of classifiers
    that say nearly the same each keeps its part, so that luck does not choose between them.
    """
    own = np.stack([proba[np.arange(len(codes)), codes] for proba in probas]) + _TINY
    shares = np.full(len(own), 1 / len(own))
    for _ in range(_ROUNDS):
        joint = shares[:, None] * own
        shares = (joint / joint.sum(0)).sum(1) + _PRIOR / len(own)
        shares /= shares.sum()
    shares[shares < _LEAST] = 0
    return shares / shares.sum()
