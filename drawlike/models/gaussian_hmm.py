"""Hidden Markov model whose states emit normals."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ..base import (
    ClassifierMixin,
    DensityMixin,
    GenerativeModel,
    IncrementalMixin,
    RandomState,
    Run,
    SequenceMixin,
    check_counts,
    check_known,
    is_amount,
)
from ..base.chains import ATTRIBUTES, ChainParameters
from ..base.states import DECODERS, ChainVerbs
from ..errors import SettingError
from ..layout import Layout
from ..rows import Sequences
from ..statistics.columns import Columns
from ..statistics.hidden_markov.chain import PARAMETERS, Chain
from ..statistics.hidden_markov.fitting import Part, Plan, fit_chain
from ..statistics.hidden_markov.left_out import leave_out
from ..statistics.hidden_markov.priors import NormalPrior, normal_prior
from ..statistics.hidden_markov.selection import CRITERIA, Fitted, Selection, choose_states
from ..statistics.hidden_markov.starting import GUESSES
from ..statistics.hidden_markov.state import from_state, to_state
from ..statistics.hidden_markov.stepwise import stepped
from ..statistics.loop import Course
from ..statistics.normals.covariance import COVARIANCES

_LETTERS = dict(zip("stwmc", PARAMETERS, strict=True))
_MOST_STATES = 12  # where the number of states is chosen


@dataclass(frozen=True)
class Monitor:
    """The course of EM: log-likelihood of all data before each update, nats."""

    history: tuple[float, ...]
    converged: bool

    @property
    def iter(self) -> int:
        """Number of iterations."""
        return len(self.history)


class GaussianHMM(
    ChainParameters,
    ChainVerbs,
    SequenceMixin,
    ClassifierMixin,
    IncrementalMixin,
    DensityMixin,
    GenerativeModel,
):
    r"""Hidden Markov model whose states emit normals; one for each class if there are labels.

    .. math:: p(x) = \sum_s \pi_{s_1} b_{s_1}(x_1) \prod_{t>1} A_{s_{t-1} s_t} b_{s_t}(x_t)

    Fitted by EM (Baum, Petrie, Soules & Weiss 1970). Names, arguments and attributes are
    hmmlearn's, and the same start leads to the same parameters. Beyond that: cells and steps
    that are not observed (NaN) are marginalised, sequences have weights and labels,
    transitions may have a structure, a state may emit a mixture, and the number of states can
    be chosen. A 2-d array is one sequence; several are a list of them, an array (m, T, d), or
    a 2-d array with ``lengths=``.

    It differs from hmmlearn in this: ``score`` is a mean and ``score_samples`` are
    log-likelihoods (posteriors are ``predict_proba``), ``lengths`` are given by name, the
    variances have no prior by default (hmmlearn's ``covars_prior`` is 0.01), and ``n_iter`` is
    100 by default.

    Parameters
    ----------
    n_components : int, "auto" or sequence of int
        Number of states, of each class if there are labels; or numbers to choose from, by
        ``criterion``. "auto" is 1 to 12.
    covariance_type : {"diag", "full", "tied", "spherical"}
        Independent columns, own covariance for each state, one for all, or one variance.
    min_covar : float
        Variances stay above this share of the column's variance over all steps, so that no
        state shrinks onto a single value; full and tied covariances get it added. With 0 the
        log-likelihood never falls.
    startprob_prior, transmat_prior : float or array
        Parameters of Dirichlet priors; 1 is no prior. EM then raises the sum of
        log-likelihood and log-prior, of all priors.
    means_prior, means_weight : float or array
        Mean of a normal prior of ``means_``, (d,) or (S, d), and how many steps it counts as,
        of each state if (S,); a weight of 0 is no prior.
    covars_prior : float or array
        Scatter that is added to that of each state: of each column, or a matrix (d, d) for full
        and tied covariances, a number being one on its diagonal (hmmlearn adds it to every
        element); the state may come first. 0 is no prior.
    covars_weight : float
        That scatter is of so many steps less 1; for full and tied covariances, less d.
    algorithm : {"viterbi", "map"}
        Whether ``predict`` and ``decode`` give the most probable path, or the most probable
        state of each step.
    n_iter : int
        Iterations of one start at most.
    tol : float
        EM stops when an iteration gains less, nats in all.
    params, init_params : str
        What is learned, and what is guessed at the start: "s" for ``startprob_``, "t" for
        ``transmat_``, "m" for ``means_``, "c" for ``covars_``, "w" for ``weights_``. What is
        not guessed is taken from the attributes, as they are set or as they were learned.
    n_mix : int
        Number of normals of each state.
    transitions : {"full", "left-right", "cyclic", "banded"} or array (S, S)
        Which state may follow which; where an array is 0 there is never a transition. A
        "left-right" chain begins in its first state.
    reach : int
        How many states a transition of such a structure goes on at most.
    n_init : int
        Number of starts, of which the best is kept.
    criterion : {"bic", "aic", "validation"}
        Chooses the number of states: penalised likelihood, or that of a fifth of the sequences
        left out. Of a single sequence it is the last fifth of its steps, given those before.
        The chosen number is then learned from all.
    start_method : {"kmeans", "k-means++", "random_from_data", "random", "segments"}
        How a start guesses the states of steps: by value, or ("segments") by cutting each
        sequence into equal parts, which a left-right chain always does.

    Attributes
    ----------
    startprob_, transmat_, means_, covars_, weights_ : ndarray
        (S,), (S, S), (S, d), (S, d, d) and (S, n_mix); the class comes first if there are
        labels, and a mixture's axis after the states.
    n_components_ : int
    criteria_ : dict
        The value of the criterion for each number of states that was tried; empty where
        "validation" had one number, and so nothing to leave sequences out for.
    monitor_ : Monitor
        ``history`` of log-likelihoods in nats, ``converged`` and ``iter``.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import GaussianHMM
    >>> rng = np.random.default_rng(0)
    >>> level = np.repeat([0.0, 5.0, 0.0, 5.0], 100)
    >>> model = GaussianHMM(2, random_state=0).fit(level[:, None] + rng.normal(size=(400, 1)))
    >>> sorted(model.means_[:, 0].round())
    [np.float64(-0.0), np.float64(5.0)]
    >>> len(set(model.predict(level[:, None])[:100]))
    1
    """

    name = "gaussian-hmm"
    kinds = ("sequence",)
    streams = True

    def __init__(
        self,
        n_components: Any = 1,
        *,
        covariance_type: str = "diag",
        min_covar: float = 1e-6,
        startprob_prior: float | ArrayLike = 1.0,
        transmat_prior: float | ArrayLike = 1.0,
        means_prior: float | ArrayLike = 0.0,
        means_weight: float | ArrayLike = 0.0,
        covars_prior: float | ArrayLike = 0.0,
        covars_weight: float = 1.0,
        algorithm: str = "viterbi",
        random_state: RandomState = None,
        n_iter: int = 100,
        tol: float = 1e-2,
        params: str = "stmcw",
        init_params: str = "stmcw",
        n_mix: int = 1,
        transitions: Any = "full",
        reach: int = 1,
        n_init: int = 1,
        criterion: str = "bic",
        start_method: str = "kmeans",
        device: str = "auto",
    ) -> None:
        self.n_components = n_components
        self.covariance_type = covariance_type
        self.min_covar = min_covar
        self.startprob_prior = startprob_prior
        self.transmat_prior = transmat_prior
        self.means_prior = means_prior
        self.means_weight = means_weight
        self.covars_prior = covars_prior
        self.covars_weight = covars_weight
        self.algorithm = algorithm
        self.random_state = random_state
        self.n_iter = n_iter
        self.tol = tol
        self.params = params
        self.init_params = init_params
        self.n_mix = n_mix
        self.transitions = transitions
        self.reach = reach
        self.n_init = n_init
        self.criterion = criterion
        self.start_method = start_method
        self.device = device

    @property
    def density(self) -> str:
        """Whether ``score_samples`` is "exact", or a "lower bound" for rounded values."""
        chains = getattr(self, "chains_", [])
        return "exact" if all(chain.emissions.is_exact for chain in chains) else "lower bound"

    def _fit(self, data: Any, layout: Layout, run: Run) -> None:
        self._check_settings()
        columns = Columns.of(layout)
        # a class that is only announced is like all until it comes
        parts = [
            part if len(part.data) else part._replace(data=data)
            for part in _of_classes(data, columns)
        ]
        self._warn_of_set(run)

        found, stopped = self._search(parts, float(data.lengths.sum()), run)
        courses = found.best.model
        if self._validates and not stopped:
            courses = self._courses(found.n_states, parts, run)
        self._keep(courses, parts)
        self.n_components_, self.criteria_ = found.n_states, found.values
        if not (self.monitor_.converged or stopped):
            run.events.warning(
                f"EM did not converge in {self.n_iter} iterations; raise n_iter or tol"
            )

    def _search(
        self, parts: list[Part], n_steps: float, run: Run
    ) -> tuple[Selection[list[Course[Chain]]], bool]:
        """Fit every number of states; tells, too, whether the user stopped it."""
        rng, validates = run.rngs["initialisation"], self._validates
        left = [leave_out(part, rng) for part in parts] if validates else []
        learned = [one.learned for one in left] or parts
        stopped: list[int] = []

        def fit(n_states: int) -> Fitted[list[Course[Chain]]]:
            courses = self._courses(n_states, learned, run)
            if any(course.interrupted for course in courses):
                stopped.append(n_states)
            total = sum(map(_total_of, courses, learned))
            n_free = sum(course.model.n_free for course in courses)
            judged = sum(one.log_prob(c.model) for one, c in zip(left, courses, strict=validates))
            return Fitted(courses, total, n_free, n_steps, judged if validates else None)

        if self.criterion == "validation" and not validates:
            (only,) = self._numbers
            return Selection(fit(only), only, {}), bool(stopped)
        numbers = takewhile(lambda _: not stopped, self._numbers)
        return choose_states(fit, numbers, self.criterion), bool(stopped)

    def _courses(self, n_states: int, parts: list[Part], run: Run) -> list[Course[Chain]]:
        plan = self._plan(n_states, len(parts[0].columns.reals), len(parts))
        rng = run.rngs["initialisation"]
        return [fit_chain(part, n_states, plan, rng, run.events) for part in parts]

    def _partial_fit(self, data: Any, layout: Layout, run: Run) -> None:
        if not self.n_rows_:
            self._fit(data, layout, run)
            return
        self._check_settings()
        columns = Columns.of(layout)
        parts, share = _of_classes(data, columns), 1 + self.n_rows_ / len(data)
        plan = self._plan(self.n_components_, len(columns.reals), len(parts))
        for c, part in enumerate(parts):
            if len(part.data):
                self.chains_[c] = self._moved(part, plan, share, run)
        self.n_chunks_ += 1
        run.events.progress(1, 1, unit="chunks")

    def _moved(self, part: Part, plan: Plan, share: float, run: Run) -> Chain:
        """Take a step with more sequences of a class, or begin with its first ones."""
        if self.labels_.n_classes and not self.labels_.mass_[part.label]:
            n, rng = self.n_components_, run.rngs["initialisation"]
            return fit_chain(part, n, plan, rng, run.events).model
        chain, (batch,) = plan.going_on(self.chains_[part.label]), part.data.batches(1 << 62)
        chain, objective = stepped(chain, batch, self.n_chunks_ - 1, share * part.n_steps)
        run.events.metric("log_likelihood", objective, self.n_chunks_, unit="nats a step")
        for note in chain.notes:
            run.events.warning(note)
        return chain

    def _keep(self, courses: list[Course[Chain]], parts: list[Part]) -> None:
        self.chains_ = [course.model for course in courses]
        self.__dict__.pop("_set", None)
        self.monitor_ = _monitor(courses, parts)
        self.n_chunks_ = 1

    @property
    def _validates(self) -> bool:
        """Whether sequences are left out; one number of states needs none."""
        return self.criterion == "validation" and len(self._numbers) > 1

    @property
    def _numbers(self) -> Sequence[int]:
        """Numbers of states to choose from."""
        if isinstance(self.n_components, str):
            return range(1, _MOST_STATES + 1)
        if isinstance(self.n_components, int | np.integer):
            return [int(self.n_components)]
        return list(map(int, self.n_components))

    def _plan(self, n_states: int, d: int, n_classes: int) -> Plan:
        needed = self.params + ("w" if self.n_mix == 1 else "")
        return Plan(
            covariance=self.covariance_type,
            n_mixture=self.n_mix,
            structure=self.transitions,
            width=self.reach,
            guess=self.start_method,
            floor=self.min_covar,
            pseudo_start=_pseudo(self.startprob_prior),
            pseudo_transitions=_pseudo(self.transmat_prior),
            prior=self._prior(n_states, d),
            learned=tuple(name for letter, name in _LETTERS.items() if letter in needed),
            n_init=self.n_init,
            max_iter=self.n_iter,
            tol=self.tol,
            given=self._given(n_states, d, n_classes),
        )

    def _prior(self, n_states: int, d: int) -> NormalPrior | None:
        """Prior of the normals of every class; None if there is none."""
        return normal_prior(
            self.means_prior,
            self.means_weight,
            self.covars_prior,
            self.covars_weight,
            shape=(n_states, self.n_mix, d),
            covariance=self.covariance_type,
        )

    def _warn_of_set(self, run: Run) -> None:
        for letter, name in ATTRIBUTES.items():
            if letter in self.init_params and name in self.__dict__.get("_set", {}):
                run.events.warning(
                    f"{name} is set, and is guessed anew since init_params names {letter!r}; leave "
                    "that letter out of init_params"
                )

    def _check_settings(self) -> None:
        check_known(
            self,
            covariance_type=COVARIANCES,
            algorithm=DECODERS,
            start_method=GUESSES,
            criterion=CRITERIA,
        )
        check_counts(self, "n_mix", "n_iter", "n_init", "reach")
        if not _are_counts(self.n_components):
            raise SettingError(
                f"n_components={self.n_components!r}; use a whole number from 1 on, several to "
                "choose from, or 'auto'."
            )
        for name, (is_right, said) in _SENSIBLE.items():
            if not is_right(getattr(self, name)):
                raise SettingError(f"{name}={getattr(self, name)!r}; use {said}.")

    def _step_log_prob(self, data: Sequences, label: int) -> Tensor:
        chain = self.chains_[label]
        return chain.step_log_prob(data.x.to(chain.device), data.lengths)

    def _sample_steps(
        self, label: int, lengths: Tensor, rng: np.random.Generator, last: Any
    ) -> tuple[Tensor, Any]:
        chain = self.chains_[label]
        start = None if last is None else chain.transitions[last]
        x, states = chain.sample(lengths, rng, start)
        return x.cpu(), states[lengths.cumsum(0).to(states.device) - 1]

    def _state(self) -> dict[str, Any]:
        return {
            "chains": [to_state(chain) for chain in self.chains_],
            "n_chunks": self.n_chunks_,
            "lengths": self.lengths_,
            "length_counts": self.length_counts_,
            "criteria": [[k, v] for k, v in self.criteria_.items()],
            "history": list(self.monitor_.history),
            "converged": self.monitor_.converged,
        }

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        kind = self.covariance_type
        self.chains_ = [from_state(chain, layout, kind) for chain in state["chains"]]
        self.n_components_, self.n_chunks_ = self.chains_[0].n_states, state["n_chunks"]
        self.lengths_, self.length_counts_ = state["lengths"], state["length_counts"]
        self.criteria_ = {int(k): float(v) for k, v in state["criteria"]}
        self.monitor_ = Monitor(tuple(state["history"]), state["converged"])


def _of_classes(data: Sequences, columns: Columns) -> list[Part]:
    if not data.n_classes:
        return [Part(data, columns)]
    chosen = data.cond.cpu() > 0
    return [Part(data.take(chosen[:, c]), columns, c) for c in range(data.n_classes)]


def _total_of(course: Course[Chain], part: Part) -> float:
    return course.objectives[-1] * part.n_steps if course.objectives else float("-inf")


def _monitor(courses: list[Course[Chain]], parts: list[Part]) -> Monitor:
    """Sum the courses of all classes; one that has ended stays where it is."""
    length = max(len(course.objectives) for course in courses)
    history = np.zeros(length)
    for course, part in zip(courses, parts, strict=True):
        values = np.array(course.objectives) * part.n_steps
        history += np.pad(values, (0, length - len(values)), mode="edge")
    return Monitor(tuple(history.tolist()), all(course.converged for course in courses))


def _pseudo(prior: Any) -> Any:
    """Counts that a Dirichlet prior adds."""
    counts = np.asarray(prior, np.float64) - 1
    return float(counts) if counts.ndim == 0 else torch.from_numpy(counts)


def _are_counts(numbers: Any) -> bool:
    if isinstance(numbers, str):
        return numbers == "auto"
    each = np.atleast_1d(np.asarray(numbers))
    return each.ndim == 1 and each.size > 0 and each.dtype.kind in "iu" and bool((each >= 1).all())


def _are_letters(value: Any) -> bool:
    return set(value) <= set(_LETTERS)


def _is_prior(value: Any) -> bool:
    return bool((np.asarray(value) >= 1).all())


_SENSIBLE: dict[str, tuple[Callable[[Any], bool], str]] = {
    "min_covar": (is_amount, "a number, 0 or more"),
    "tol": (is_amount, "a number, 0 or more"),
    "params": (_are_letters, "letters of 'stmcw'"),
    "init_params": (_are_letters, "letters of 'stmcw'"),
    "startprob_prior": (_is_prior, "1 (no prior) or more"),
    "transmat_prior": (_is_prior, "1 (no prior) or more"),
    "means_weight": (lambda value: bool((np.asarray(value) >= 0).all()), "0 (no prior) or more"),
    "covars_weight": (lambda value: value >= 0, "0 or more"),
}
