"""Probabilities of a classifier that learned from resampled rows, for rows as they come."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp
from sklearn.metrics import average_precision_score

_LEAST = 1e-12  # a probability of 0 says more than a classifier can know
_PULL = 1.0  # how strongly a calibration is drawn to change nothing, in rows


def corrected(proba: np.ndarray, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    r"""Probabilities (n, k) as they are where classes have the shares ``before``.

    .. math:: p'(c \mid x) \propto p(c \mid x) \pi_c / \rho_c

    with the shares rho ``after`` resampling, in which the classifier learned (Saerens et al. 2002,
    doi:10.1162/089976602753284446). It is exact where resampling changed nothing within a class.
    """
    odds = proba * (before / np.where(after > 0, after, 1))
    total = odds.sum(1, keepdims=True)
    return np.where(total > 0, odds / np.where(total > 0, total, 1), before)


class Calibration:
    """A slope and an offset a class on log-probabilities, fitted to rows that were left out.

    Vector scaling (Guo et al. 2017, arXiv:1706.04599), of two classes Platt's.

    Attributes
    ----------
    slope_ : float
    offset_ : ndarray, (k,)
    """

    def fit(self, proba: np.ndarray, codes: np.ndarray) -> "Calibration":
        """Learn from probabilities (n, k) and the classes (n,) of the rows."""
        logs, k = _logs(proba), proba.shape[1]
        start = np.concatenate([[0.0], np.zeros(k)])
        found = minimize(_loss, start, (logs, codes), jac=True, method="L-BFGS-B")
        self.slope_, self.offset_ = float(np.exp(found.x[0])), found.x[1:]
        return self

    def __call__(self, proba: np.ndarray) -> np.ndarray:
        """Give probabilities (n, k) as often right as they say."""
        calibrated: np.ndarray = np.exp(
            log_softmax(self.slope_ * _logs(proba) + self.offset_, axis=1)
        )
        return calibrated


def calibration_that_helps(
    proba: np.ndarray, codes: np.ndarray, folds: np.ndarray
) -> Calibration | None:
    """A calibration, or None where it does not raise the likelihood of folds it did not see.

    ``folds`` (n,) numbers the folds of the rows.
    """
    gains = np.zeros(len(codes))
    for fold in np.unique(folds):
        out = folds == fold
        fitted = Calibration().fit(proba[~out], codes[~out])
        gains[out] = _score(fitted(proba[out]), codes[out]) - _score(proba[out], codes[out])
    return Calibration().fit(proba, codes) if _is_sure(gains) else None


def tells_better(proba: np.ndarray, usual: np.ndarray, codes: np.ndarray) -> bool:
    """Whether probabilities (n, k) surely tell left-out rows better than usual ones.

    Their likelihood has to be higher by more than its own error, and no class may be ranked worse on
    average: weights may mend the scale of probabilities and still harm their order.
    """
    is_likelier = _is_sure(_score(proba, codes) - _score(usual, codes))
    return is_likelier and _precision(proba, codes) >= _precision(usual, codes)


def _precision(proba: np.ndarray, codes: np.ndarray) -> float:
    """Average precision, of two classes of the rarer one, of more the mean of each against the rest."""
    counts = np.bincount(codes, minlength=proba.shape[1])
    judged = [counts.argmin()] if len(counts) == 2 else np.flatnonzero(counts)
    return float(np.mean([average_precision_score(codes == c, proba[:, c]) for c in judged]))


def _is_sure(gains: np.ndarray) -> bool:
    """Whether a mean is more than its own error above 0."""
    return bool(gains.mean() > gains.std() / np.sqrt(len(gains)))


def _score(proba: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Log-probability of the true class, (n,)."""
    own: np.ndarray = _logs(proba)[np.arange(len(codes)), codes]
    return own


def _logs(proba: np.ndarray) -> np.ndarray:
    return np.log(np.clip(proba, _LEAST, None))


def _loss(parameters: np.ndarray, logs: np.ndarray, codes: np.ndarray) -> tuple[float, np.ndarray]:
    """Negative log-likelihood with a pull to slope 1 and offsets 0, and its gradient."""
    slope, offset = np.exp(parameters[0]), parameters[1:]
    raised = slope * logs + offset
    norm = logsumexp(raised, axis=1)
    rows = np.arange(len(codes))
    loss = (norm - raised[rows, codes]).sum() + _PULL / 2 * (parameters**2).sum()
    error = np.exp(raised - norm[:, None])
    error[rows, codes] -= 1
    gradient = np.concatenate([[slope * (error * logs).sum()], error.sum(0)])
    return loss, gradient + _PULL * parameters
