"""Multivariate normal."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from torch import Tensor

from ..base import (
    ClassifierMixin,
    ConditionalMixin,
    DensityMixin,
    GenerativeModel,
    IncrementalMixin,
    RandomState,
    RestorationMixin,
    Run,
    check_amounts,
    check_counts,
    check_known,
)
from ..base.labels import log_prior
from ..errors import SettingError
from ..layout import Layout, Region
from ..rows import Encoded, Rows
from ..statistics.columns import Columns
from ..statistics.loop import iterate
from ..statistics.mixtures.conditional import mean_given, sample_given
from ..statistics.mixtures.mixture import Mixture
from ..statistics.mixtures.outline import outline
from ..statistics.mixtures.state import from_state, to_state
from ..statistics.mixtures.within import draw_within, log_prob_within
from ..statistics.normals.closed_form import ClosedForm
from ..statistics.normals.shrinkage import shrunk_mixture
from ..statistics.restoring.normals import restored_by_mixture
from ..statistics.restoring.observation import Observation

_TYPES = {"full": "full", "diag": "diag", "tied": "shared"}


class Gaussian(
    IncrementalMixin,
    ConditionalMixin,
    RestorationMixin,
    ClassifierMixin,
    DensityMixin,
    GenerativeModel,
):
    r"""One multivariate normal, of each class if there are labels.

    .. math:: \log p(x) = -\tfrac12 (x-\mu)^\top \Sigma^{-1} (x-\mu)
              -\tfrac12 \log \det(2 \pi \Sigma)

    Mean and covariance are those of greatest likelihood, in closed form. Unobserved cells
    are marginalised; with a full covariance that takes EM (Little & Rubin 2002, chapter
    8). Codes of a table (categories, atoms, missing values) are independent of the
    numbers: a table of frequencies a column. ``partial_fit`` leads where one fit to all rows
    leads, to the last digits, unless cells of dependent columns are unobserved: these enter
    by what was known when they came (Neal & Hinton 1998). The density is exact, or a lower bound where
    values are rounded (whole numbers, grey levels).

    Parameters
    ----------
    covariance_type : {"full", "tied", "diag"}
        Own covariance for each class, as in quadratic discriminant analysis; one for all
        classes, as in linear; or independent columns.
    shrinkage : float, "ledoit-wolf" or None
        Share, from 0 to 1, of a multiple of the identity in each covariance, in the units
        of the columns; a better density where rows are few for the columns. Ledoit and
        Wolf's (2004) is estimated from the complete rows.
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
        Covariance, with the classes first when there are labels, unless it is tied.

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
        shrinkage: float | str | None = None,
        reg_covar: float = 1e-6,
        tol: float = 1e-6,
        max_iter: int = 200,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.covariance_type = covariance_type
        self.shrinkage = shrinkage
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
        covariances = self.mixture_.normals.covariances
        if self.covariance_type == "tied":
            return covariances[0].cpu().numpy()
        return self._shown(covariances, covariances.shape[1:])

    def _fit(self, data: Encoded, layout: Layout, run: Run) -> None:
        self._check_settings()
        columns = Columns.of(layout)
        batches = partial(data.batches, columns.batch_size)
        first = outline(columns, batches, data.n_classes, run.device, run.events)
        empty = ClosedForm.about(first, self._covariance)
        self._seen = empty.with_rows(batches, events=run.events)
        # one more pass tells the likelihood; only dependent columns with gaps need others
        repeats = self._seen.has_gaps and self.covariance_type != "diag"
        course = iterate(
            self._settled(),
            batches,
            max_iter=self.max_iter if repeats else 1,
            tol=self.tol,
            events=run.events,
        )
        if repeats:  # what is learned later goes on from what the gaps turned out to be
            self._seen = empty.with_rows(batches, course.model, run.events)
        self._learn_from(course.model)

    def _partial_fit(self, data: Rows, layout: Layout, run: Run) -> None:
        if not self.n_rows_:
            self._fit(data, layout, run)
            return
        self._check_settings()
        batches = partial(data.batches, self.mixture_.columns.batch_size)
        self._seen = self._seen.with_rows(batches, self._settled(), run.events)
        self._learn_from(self._settled())
        run.events.progress(1, 1, unit="chunks")

    def _settled(self) -> Mixture:
        return self._seen.settled(self._covariance, self.reg_covar)

    def _learn_from(self, mixture: Mixture) -> None:
        self.mixture_ = shrunk_mixture(mixture, self.shrinkage, self._seen.sums.quartics)

    @property
    def _covariance(self) -> str:
        return _TYPES[self.covariance_type]

    def _check_settings(self) -> None:
        check_known(self, covariance_type=_TYPES)
        check_counts(self, "max_iter")
        check_amounts(self, "reg_covar", "tol")
        amount = self.shrinkage
        if amount == "ledoit-wolf" and self.covariance_type == "diag":
            raise SettingError(
                "shrinkage='ledoit-wolf' is for covariances, and covariance_type='diag' has none; "
                "give a number, or another covariance_type."
            )
        if amount is None or amount == "ledoit-wolf":
            return
        if isinstance(amount, str) or not 0 <= amount <= 1:
            raise SettingError(
                f"shrinkage={amount!r}; use None, a number from 0 to 1, or 'ledoit-wolf'."
            )

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return self.mixture_.sample(cond.to(self.mixture_.device), rng)

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        device = self.mixture_.device
        return self.mixture_.log_prob(x.to(device), cond.to(device))

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return sample_given(self.mixture_, evidence, cond, rng)

    def _log_within(self, x: Tensor, cond: Tensor, regions: Sequence[Region]) -> Tensor:
        return log_prob_within(self.mixture_, x, cond, regions)

    def _draw_within(
        self, x: Tensor, cond: Tensor, regions: Sequence[Region], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor]:
        return draw_within(self.mixture_, x, cond, regions, rng)

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        return mean_given(self.mixture_, evidence, cond)

    def _restored(
        self, seen: Tensor, how: Observation, cond: Tensor | None, rng: np.random.Generator
    ) -> Tensor:
        prior = log_prior(self, cond, len(seen))
        return restored_by_mixture(self.mixture_, seen, how, prior)

    def _shown(self, values: Tensor, shape: tuple[int, ...]) -> np.ndarray:
        classes = (self.labels_.n_classes,) if self.labels_.n_classes else ()
        return values.reshape(classes + tuple(shape)).cpu().numpy()

    def _state(self) -> dict[str, Any]:
        return to_state(self.mixture_) | {"seen": self._seen.state()}

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self.mixture_ = from_state(state, layout, self._covariance)
        if "seen" in state:  # a model of the first version has only parameters
            seen, columns = state["seen"], self.mixture_.columns
            self._seen = ClosedForm.from_state(seen, columns, self._covariance)
