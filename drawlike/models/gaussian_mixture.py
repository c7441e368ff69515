"""Mixture of normals."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..base import (
    ClassifierMixin,
    ConditionalMixin,
    DensityMixin,
    GenerativeModel,
    RandomState,
    Run,
    check_counts,
    check_known,
)
from ..errors import SettingError
from ..layout import Layout
from ..rows import Rows
from ..statistics.columns import Columns
from ..statistics.conditional import mean_given, sample_given
from ..statistics.covariance import COVARIANCES
from ..statistics.loop import Batches, Course, iterate
from ..statistics.mixture import Mixture
from ..statistics.outline import Outline, outline
from ..statistics.starting import STARTS, Start, begin, start_at
from ..statistics.state import from_state, to_state

_LOOKED_AT = 100_000  # rows of a stream that the first centres are chosen from


class GaussianMixture(ConditionalMixin, ClassifierMixin, DensityMixin, GenerativeModel):
    r"""Mixture of multivariate normals, one for each class if there are labels.

    .. math:: p(x) = \sum_j w_j N(x; \mu_j, \Sigma_j)

    Fitted by EM (Dempster, Laird & Rubin 1977) from several starts. The constructor and
    the fitted attributes are scikit-learn's, and the same start leads to the same
    parameters. Beyond that: unobserved cells (NaN) are marginalised in fitting and
    scoring, sample weights count as repeated rows, and each component of a table has a
    table of frequencies a column of codes. A component that loses its rows is re-seeded,
    once, with a warning event. The density is exact, or a lower bound where values are
    rounded (whole numbers, grey levels).

    Parameters
    ----------
    n_components : int
        Number of normals, of each class if there are labels.
    covariance_type : {"full", "tied", "diag", "spherical"}
        Own covariance for each component, one for all of a class, independent columns,
        or one variance.
    tol : float
        EM stops when an iteration gains less, nats a row.
    reg_covar : float
        Added to the diagonal of covariances. With 0 the log-likelihood never falls; on
        images 0.001 gives a far better density of unseen ones.
    max_iter, n_init : int
        Iterations of one start, and number of starts, of which the best is kept.
    init_params : {"kmeans", "k-means++", "random_from_data", "random"}
        How rows are first given to components: to the nearest centre of k-means, to the
        nearest of rows chosen far apart or by chance, or at random. Distances are in units
        of each column's standard deviation.
    weights_init, means_init, precisions_init : array, optional
        Start from these, of the shapes of the attributes. Rows go to the nearest of
        ``means_init``, for what is not given.
    warm_start : bool
        Whether ``fit`` goes on from the last fit.

    Attributes
    ----------
    weights_ : ndarray, (k,)
    means_ : ndarray, (k, d)
    covariances_, precisions_, precisions_cholesky_ : ndarray
        Of shape (k, d, d), (d, d), (k, d) or (k,), by the covariance type. The classes
        come first in these arrays if there are labels.
    converged_ : bool
    n_iter_ : int
    lower_bound_, lower_bounds_ : float, list of float
        Mean log-likelihood before the last, before every update, nats a row; with codes
        it includes the log-prior of the tables.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import GaussianMixture
    >>> rng = np.random.default_rng(0)
    >>> rows = np.concatenate([rng.normal(-5, 1, (500, 1)), rng.normal(5, 1, (500, 1))])
    >>> model = GaussianMixture(2, random_state=0).fit(rows)
    >>> sorted(model.means_[:, 0].round())
    [np.float64(-5.0), np.float64(5.0)]
    """

    name = "gaussian-mixture"
    streams = True

    def __init__(
        self,
        n_components: int = 1,
        *,
        covariance_type: str = "full",
        tol: float = 1e-3,
        reg_covar: float = 1e-6,
        max_iter: int = 100,
        n_init: int = 1,
        init_params: str = "kmeans",
        weights_init: ArrayLike | None = None,
        means_init: ArrayLike | None = None,
        precisions_init: ArrayLike | None = None,
        random_state: RandomState = None,
        warm_start: bool = False,
        device: str = "auto",
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.tol = tol
        self.reg_covar = reg_covar
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.precisions_init = precisions_init
        self.random_state = random_state
        self.warm_start = warm_start
        self.device = device

    @property
    def density(self) -> str:
        """Whether ``score_samples`` is "exact", or a "lower bound" for rounded values."""
        fitted = getattr(self, "mixture_", None)
        return "exact" if fitted is None or fitted.is_exact else "lower bound"

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

    def fit_predict(self, X: Any, y: Any = None, **fit_params: Any) -> np.ndarray:
        """Fit, and tell the component (or class) of each row, (n,)."""
        return self.fit(X, y, **fit_params).predict(X)

    def predict(self, X: Any) -> np.ndarray:
        """Most probable component of each row, or class if fitted with labels, (n,)."""
        best = self.predict_proba(X).argmax(1)
        return self.labels_.classes_[best] if self.labels_.n_classes else best

    @torch.no_grad()
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each component, or class if fitted with labels, (n, k)."""
        check_is_fitted(self)
        if self.labels_.n_classes:
            return super().predict_proba(X)
        _, encoded = self._encoded(X)
        parts = encoded.split(self.mixture_.columns.batch_size)
        return torch.cat([self._component_posterior(x).cpu() for x in parts]).numpy()

    def bic(self, X: Any, y: Any = None) -> float:
        """Bayesian information criterion of rows, the lower the better (Schwarz 1978)."""
        n = len(X)
        return -2 * n * self.score(X, y) + self.mixture_.n_free * float(np.log(n))

    def aic(self, X: Any, y: Any = None) -> float:
        """Akaike's information criterion of rows, the lower the better (Akaike 1974)."""
        return -2 * len(X) * self.score(X, y) + 2 * self.mixture_.n_free

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        self._check_settings()
        columns = Columns.of(layout)
        batches = partial(data.batches, columns.batch_size)
        first = outline(columns, batches, data.n_classes, run.device, run.events)
        template = first.mixture(self.covariance_type, self.n_components, self.reg_covar)
        last = getattr(self, "mixture_", None) if self.warm_start else None
        warm = last and template.continuing(last)
        begun = partial(self._start, template, first, data, run)
        course = self._best([lambda: warm] if warm else [begun] * self.n_init, batches, run)
        self.mixture_, self.converged_ = course.model, course.converged
        self._set_course(course.objectives)
        if not (course.converged or course.interrupted):
            run.events.warning(
                f"EM did not converge in {self.max_iter} iterations; raise max_iter or tol"
            )

    def _best(
        self, starts: Sequence[Callable[[], Mixture]], batches: Batches, run: Run
    ) -> Course[Mixture]:
        """Go from every start; keep the course with the best last objective."""
        best: Course[Mixture] | None = None
        for start in starts:
            course = iterate(
                start(), batches, max_iter=self.max_iter, tol=self.tol, events=run.events
            )
            if best is None or course.objectives[-1:] > best.objectives[-1:]:
                best = course
            if course.interrupted:
                break
        assert best is not None
        return best

    def _start(self, template: Mixture, first: Outline, data: Rows, run: Run) -> Mixture:
        """Give rows to components, and take the parameters that this implies."""
        batches = partial(data.batches, first.columns.batch_size)
        start = begin(template, self._assignment(first, data, run), batches, run.events)
        return self._with_given(start)

    def _assignment(self, first: Outline, data: Rows, run: Run) -> Start:
        if self.means_init is not None:
            shape = (first.n_classes, self.n_components, len(first.spread))
            return start_at(self._given("means_init", shape).to(first.center).flatten(0, 1), first)
        rng = run.rngs["initialisation"]
        looked_at = data.subset(_LOOKED_AT, rng) if data.streamed else data
        return STARTS[self.init_params](looked_at, first, self.n_components, rng, run.events)

    def _with_given(self, start: Mixture) -> Mixture:
        """Put the user's weights, means and precisions into a start."""
        normals, weights = start.normals, start.weights
        lead, k, d = (start.n_classes,), self.n_components, len(start.spread)
        if self.means_init is not None:
            means = self._given("means_init", (*lead, k, d)).reshape(normals.means.shape)
            normals = replace(normals, means=means.to(weights))
        if self.precisions_init is not None:
            shape = lead + COVARIANCES[self.covariance_type].shape(k, d)
            precisions = self._given("precisions_init", shape).reshape(normals.covariances.shape)
            normals = normals.with_precisions(precisions.to(weights))
        if self.weights_init is not None:
            weights = self._given("weights_init", (*lead, k)).flatten().to(weights)
        return replace(start, normals=normals, weights=weights, notes=())

    def _given(self, name: str, shape: tuple[int, ...]) -> Tensor:
        """Read an array of the settings; without the class axis it is for all classes."""
        value = np.asarray(getattr(self, name), np.float64)
        if value.shape not in (shape, shape[1:]):
            raise SettingError(f"{name} has shape {value.shape}; expected {shape[1:]}.")
        return torch.from_numpy(np.broadcast_to(value, shape).copy())

    def _check_settings(self) -> None:
        check_known(self, covariance_type=COVARIANCES, init_params=STARTS)
        check_counts(self, "n_components", "max_iter", "n_init")
        for name in ("reg_covar", "tol"):
            if not getattr(self, name) >= 0:
                raise SettingError(f"{name}={getattr(self, name)!r} is negative; use 0 or more.")

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return self.mixture_.sample(cond.to(self.mixture_.device), rng)

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        device = self.mixture_.device
        return self.mixture_.log_prob(x.to(device), cond.to(device))

    def _component_posterior(self, x: Tensor) -> Tensor:
        x = x.to(self.mixture_.device)
        return self.mixture_.responsibilities(x, x[:, :0])

    def _shown_shape(self, values: Tensor) -> np.ndarray:
        d = len(self.mixture_.spread)
        shape = COVARIANCES[self.covariance_type].shape(self.mixture_.n_components, d)
        return self._shown(values, shape)

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return sample_given(self.mixture_, evidence, cond, rng)

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        return mean_given(self.mixture_, evidence, cond)

    def _shown(self, values: Tensor, shape: tuple[int, ...]) -> np.ndarray:
        classes = (self.labels_.n_classes,) if self.labels_.n_classes else ()
        return values.reshape(classes + shape).cpu().numpy()

    def _state(self) -> dict[str, Any]:
        course = {"converged": self.converged_, "lower_bounds": self.lower_bounds_}
        return to_state(self.mixture_) | course

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        self.mixture_ = from_state(state, layout, self.covariance_type)
        self.converged_ = state["converged"]
        self._set_course(state["lower_bounds"])

    def _set_course(self, objectives: Sequence[float]) -> None:
        self.lower_bounds_, self.n_iter_ = list(objectives), len(objectives)
        # Ctrl-C in the first iteration leaves none
        self.lower_bound_ = self.lower_bounds_[-1] if self.lower_bounds_ else float("-inf")
