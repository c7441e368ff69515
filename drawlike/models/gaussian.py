"""Multivariate normal."""

from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from ..base import (
    ClassifierMixin,
    ConditionalMixin,
    DensityMixin,
    GenerativeModel,
    RandomState,
    Run,
)
from ..errors import SettingError
from ..layout import Layout
from ..rows import Rows
from ..statistics.columns import Columns
from ..statistics.conditional import mean_given, sample_given
from ..statistics.covariance import COVARIANCES
from ..statistics.loop import accumulate, iterate
from ..statistics.outline import outline, single
from ..statistics.state import from_state, to_state

_TYPES = ("full", "diag")


class Gaussian(ConditionalMixin, ClassifierMixin, DensityMixin, GenerativeModel):
    r"""One multivariate normal, of each class if there are labels.

    .. math:: \log p(x) = -\tfrac12 (x-\mu)^\top \Sigma^{-1} (x-\mu)
              -\tfrac12 \log \det(2 \pi \Sigma)

    Mean and covariance are those of greatest likelihood, in closed form. Unobserved cells
    are marginalised; with a full covariance that takes EM (Little & Rubin 2002, chapter
    8). Codes of a table (categories, atoms, missing values) are independent of the
    numbers: a table of frequencies a column. The density is exact, or a lower bound where
    values are rounded (whole numbers, grey levels).

    Parameters
    ----------
    covariance_type : {"full", "diag"}
        Whether columns may depend on each other.
    reg_covar : float
        Added to each column's variance, as a share of it (for images, of the mean
        variance of pixels), so that a covariance of duplicated columns stays invertible; a
        constant column gets it as its variance. On images 0.01 gives a far better density
        of unseen ones.
    tol, max_iter : float, int
        EM for unobserved cells stops when an iteration gains less than ``tol`` nats a row.

    Attributes
    ----------
    mean_ : ndarray, (d,) or (n_classes, d)
        Means of the real columns, as the codec encodes them.
    covariance_ : ndarray, (d, d), or (d,) when diagonal
        Covariance, with the classes first when there are labels.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import Gaussian
    >>> rows = np.random.default_rng(0).normal([1.0, 5.0], [1.0, 0.1], (1000, 2))
    >>> model = Gaussian().fit(rows)
    >>> model.mean_.round(1)
    array([1., 5.])
    >>> model.sample(3, random_state=0).shape
    (3, 2)
    """

    name = "gaussian"
    streams = True

    def __init__(
        self,
        *,
        covariance_type: str = "full",
        reg_covar: float = 1e-6,
        tol: float = 1e-6,
        max_iter: int = 200,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.covariance_type = covariance_type
        self.reg_covar = reg_covar
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state
        self.device = device

    @property
    def density(self) -> str:
        """Whether ``score_samples`` is "exact", or a "lower bound" for rounded values."""
        fitted = getattr(self, "mixture_", None)
        return "exact" if fitted is None or fitted.is_exact else "lower bound"

    @property
    def mean_(self) -> np.ndarray:
        """Means of the real columns."""
        means = self.mixture_.normals.means
        return self._shown(means, means.shape[1:])

    @property
    def covariance_(self) -> np.ndarray:
        """Covariance, or variances."""
        d = self.mixture_.normals.means.shape[1]
        shape = COVARIANCES[self.covariance_type].shape(1, d)[1:]
        return self._shown(self.mixture_.normals.covariances, shape)

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        self._check_settings()
        columns = Columns.of(layout)
        batches = partial(data.batches, columns.batch_size)
        first = outline(columns, batches, data.n_classes, run.device, run.events)
        start = first.mixture(self.covariance_type, 1, self.reg_covar * first.unit.square())
        closed_form = start.update(accumulate(single(start), batches, run.events))
        # one more pass tells the likelihood; only dependent columns with gaps need others
        has_gaps = any(bool(columns.split(batch.x)[0].isnan().any()) for batch in batches())
        max_iter = self.max_iter if has_gaps and self.covariance_type == "full" else 1
        course = iterate(closed_form, batches, max_iter=max_iter, tol=self.tol, events=run.events)
        self.mixture_ = course.model

    def _check_settings(self) -> None:
        if self.covariance_type not in _TYPES:
            raise SettingError(
                f"covariance_type={self.covariance_type!r} is unknown; use one of {_TYPES}."
            )
        if not self.reg_covar >= 0:
            raise SettingError(f"reg_covar={self.reg_covar!r} is negative; use 0 or more.")

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return self.mixture_.sample(cond.to(self.mixture_.device), rng)

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        device = self.mixture_.device
        return self.mixture_.log_prob(x.to(device), cond.to(device))

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return sample_given(self.mixture_, evidence, cond, rng)

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        return mean_given(self.mixture_, evidence, cond)

    def _shown(self, values: Tensor, shape: tuple[int, ...]) -> np.ndarray:
        classes = (self.labels_.n_classes,) if self.labels_.n_classes else ()
        return values.reshape(classes + tuple(shape)).cpu().numpy()

    def _state(self) -> dict[str, Any]:
        return to_state(self.mixture_)

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self.mixture_ = from_state(state, layout, self.covariance_type)
