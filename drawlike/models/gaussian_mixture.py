"""Mixture of normals."""

from collections.abc import Callable, Sequence
from dataclasses import fields
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
    IncrementalMixin,
    RandomState,
    RestorationMixin,
    Run,
    check_amounts,
    check_counts,
    check_known,
    check_truths,
)
from ..base.labels import log_prior
from ..errors import SettingError
from ..layout import Layout, Region
from ..rows import Encoded, Rows
from ..statistics.columns import Columns
from ..statistics.loop import Course
from ..statistics.mixtures.attributes import MixtureAttributes
from ..statistics.mixtures.conditional import mean_given, sample_given
from ..statistics.mixtures.mixture import Mixture
from ..statistics.mixtures.outline import outline
from ..statistics.mixtures.recipe import ALGORITHMS, GIVEN, Recipe
from ..statistics.mixtures.selection import CRITERIA
from ..statistics.mixtures.starting import STARTS
from ..statistics.mixtures.state import from_state, to_state
from ..statistics.mixtures.stepwise import walked, with_classes
from ..statistics.mixtures.within import draw_within, log_prob_within
from ..statistics.normals.covariance import COVARIANCES
from ..statistics.restoring.normals import restored_by_mixture
from ..statistics.restoring.observation import Observation


class GaussianMixture(
    MixtureAttributes,
    IncrementalMixin,
    ConditionalMixin,
    RestorationMixin,
    ClassifierMixin,
    DensityMixin,
    GenerativeModel,
):
    r"""Mixture of multivariate normals, one for each class if there are labels.

    .. math:: p(x) = \sum_j w_j N(x; \mu_j, \Sigma_j)

    Fitted by EM (Dempster, Laird & Rubin 1977) from several starts. The constructor and
    the fitted attributes are scikit-learn's, and the same start leads to the same
    parameters, but for ``reg_covar``. Beyond that: unobserved cells (NaN) are marginalised
    in fitting and scoring, sample weights count as repeated rows, and each component of a
    table has a table of frequencies a column of codes. A component that loses its rows is
    re-seeded, once, with a warning event. The density is exact, or a lower bound where
    values are rounded (whole numbers, grey levels).

    Parameters
    ----------
    n_components : int or "auto"
        Number of normals, of each class if there are labels. "auto" starts with one, and
        goes on by splitting while ``criterion`` gets better; it looks at 20,000 rows.
    covariance_type : {"full", "tied", "diag", "spherical"}
        Own covariance for each component, one for all of a class, independent columns,
        or one variance.
    tol : float
        EM stops when an iteration gains less, nats a row.
    reg_covar : float
        Added to the diagonal of covariances, like noise of that variance in each value. EM
        never lowers the mean log-likelihood over the noise, in which a component's rows pay
        half of it times the trace of its precision. 0.001 suits unseen images far better.
    max_iter, n_init : int
        Iterations of one start, and number of starts, of which the best is kept.
    init_params : {"kmeans", "k-means++", "random_from_data", "random"}
        How rows are first given to components: to the nearest centre of k-means, to the
        nearest of rows chosen far apart or by chance, or at random. Distances are in units
        of each column's standard deviation.
    weights_init, means_init, precisions_init : array, optional
        Start from these, of the attributes' shapes. For what is not given, rows go to the
        nearest of ``means_init``.
    warm_start : bool
        Whether ``fit`` goes on from the last fit.
    criterion : {"bic", "aic", "icl", "validation"}
        What "auto" makes best: the likelihood less a penalty, which for "icl" also counts
        how unsure the components are of their rows; or that of a fifth of the rows left out.
    max_components : int
        The most that "auto" tries.
    algorithm : {"em", "stepwise"}
        "stepwise" moves the parameters after every ``batch_size`` rows: few passes are
        enough for many rows (Cappe & Moulines 2009). So does ``partial_fit``, always.
    batch_size : int
        Rows of a step.

    Attributes
    ----------
    weights_ : ndarray, (k,)
    means_ : ndarray, (k, d)
    covariances_, precisions_, precisions_cholesky_ : ndarray
        Of shape (k, d, d), (d, d), (k, d) or (k,), by the covariance type. The classes
        come first in these arrays if there are labels.
    n_components_ : int
        Number of normals, of each class if there are labels.
    converged_ : bool
    n_iter_ : int
    lower_bound_, lower_bounds_ : float, list of float
        Mean log-likelihood over the noise before the last, before every update, nats a
        row; with codes it includes the log-prior of the tables.

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
    keeps_single = True
    streams = True

    def __init__(
        self,
        n_components: int | str = 1,
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
        criterion: str = "bic",
        max_components: int = 50,
        algorithm: str = "em",
        batch_size: int = 4096,
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
        self.criterion = criterion
        self.max_components = max_components
        self.algorithm = algorithm
        self.batch_size = batch_size
        self.device = device

    @property
    def density(self) -> str:
        """Whether ``score_samples`` is "exact", or a "lower bound" for rounded values."""
        fitted = getattr(self, "mixture_", None)
        return "exact" if fitted is None or fitted.is_exact else "lower bound"

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

    def _fit(self, data: Encoded, layout: Layout, run: Run) -> None:
        self._check_settings()
        columns = Columns.of(layout)
        batches = partial(data.batches, columns.batch_size)
        first = outline(columns, batches, data.n_classes, run.device, run.events)
        last = getattr(self, "mixture_", None) if self.warm_start else None
        rng, recipe = run.rngs["initialisation"], self._recipe()
        starts = recipe.starts(first, data, rng, last, run.events)
        course = self._best(recipe, starts, data, run)
        self.mixture_, self.converged_ = course.model, course.converged
        self._set_course(course.objectives)
        if not (course.converged or course.interrupted):
            run.events.warning(
                f"EM did not converge in {self.max_iter} iterations; raise max_iter or tol"
            )

    def _partial_fit(self, data: Rows, layout: Layout, run: Run) -> None:
        if not self.n_rows_:
            self._fit(data, layout, run)
            return
        self._check_settings()
        done, total = -(-self.n_rows_ // self.batch_size), float(self.n_rows_ + len(data))
        batches = data.batches(self.batch_size)
        self.mixture_, objective, _ = walked(
            self._with_new_classes(data, run), batches, total, done, run.events
        )
        self._set_course([*self.lower_bounds_, objective])
        run.events.metric("log_likelihood", objective, len(self.lower_bounds_), unit="nats a row")
        run.events.progress(1, 1, unit="chunks")

    def _with_new_classes(self, data: Rows, run: Run) -> Mixture:
        """Start the classes of which no row has come before on the rows of now."""
        arrived = (data.cond.cpu().numpy() * data.weight[:, None].cpu().numpy()).sum(0) > 0
        new = np.flatnonzero(arrived & (np.asarray(self.labels_.mass_) == 0)).tolist()
        if not new:
            return self.mixture_
        columns, rng = self.mixture_.columns, run.rngs["initialisation"]
        batches = partial(data.batches, columns.batch_size)
        first = outline(columns, batches, data.n_classes, run.device, run.events)
        fresh = self._recipe().begun_on(data, first, self.n_components_, rng, run.events)
        return with_classes(self.mixture_, fresh, new)

    def _recipe(self) -> Recipe:
        names = [field.name for field in fields(Recipe) if field.name != "given"]
        settings = {name: getattr(self, name) for name in names}
        return Recipe(given={name: getattr(self, name) for name in GIVEN}, **settings)

    def _best(
        self, recipe: Recipe, starts: Sequence[Callable[[], Mixture]], data: Encoded, run: Run
    ) -> Course[Mixture]:
        """Go from every start; keep the course with the best last objective."""
        best: Course[Mixture] | None = None
        for start in starts:
            course = recipe.course(start(), data, run.rngs["order"], run.events)
            if best is None or course.objectives[-1:] > best.objectives[-1:]:
                best = course
            if course.interrupted:
                break
        assert best is not None
        return best

    def _check_settings(self) -> None:
        check_known(self, covariance_type=COVARIANCES, init_params=STARTS)
        check_known(self, criterion=CRITERIA, algorithm=ALGORITHMS)
        check_counts(self, "max_iter", "n_init", "max_components", "batch_size")
        if self.n_components != "auto":
            check_counts(self, "n_components")
        elif any(getattr(self, name) is not None for name in GIVEN):
            raise SettingError(f"n_components='auto' starts by itself; leave out {list(GIVEN)}.")
        check_amounts(self, "reg_covar", "tol")
        check_truths(self, "warm_start")

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        return self.mixture_.sample(cond.to(self.mixture_.device), rng)

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        return self.mixture_.log_prob(x.to(self.mixture_.device), cond.to(self.mixture_.device))

    def _component_posterior(self, x: Tensor) -> Tensor:
        return self.mixture_.responsibilities(x.to(self.mixture_.device), x[:, :0])

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
