"""Restricted Boltzmann machine."""

import math
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ...base import (
    ConditionalMixin,
    DensityMixin,
    GenerativeModel,
    IncrementalMixin,
    LatentMixin,
    RandomState,
    check_known,
    choose_device,
)
from ...errors import DataError
from ...layout import Layout
from ...networks.boltzmann import Boltzmann
from ...networks.units import Units
from ...statistics.boltzmann.partition import EFFORTS, Effort, Partitions, log_density
from ...training import to_numpy, to_torch
from .drawing import Drawing
from .learning import Learning
from .weights import Weights


def _has_density(model: Any) -> bool:
    return not getattr(model, "is_grey_", False)


class RBM(
    Learning,
    Drawing,
    Weights,
    ConditionalMixin,
    DensityMixin,
    LatentMixin,
    IncrementalMixin,
    GenerativeModel,
):
    r"""Restricted Boltzmann machine: visible units v, binary hidden units h.

    .. math:: p(v) = \frac{1}{Z} \sum_h e^{b'v + c'h + v'Wh}

    for binary v (Smolensky 1986). Columns of 0 and 1 are binary units, other numbers are
    standardised normal units with mean b + Wh, and columns of codes are softmax groups; a
    number with atoms is a softmax and a normal unit that exists where the code says so.
    Learning begins at the normal distribution of the numbers, as far as there are hidden
    units to hold it: each direction takes some, whose softplus functions add up to its parabola.
    Labels y shift the hidden units' biases: the machine learns p(v | y).

    Grey images are probabilities of ink: what is learned is the distribution of the images
    whose pixels are drawn with these probabilities, afresh at each visit. It has a density
    for black-and-white images only, so grey ones leave ``score_samples`` out, and a drawn
    image shows the pixels' probabilities given the hidden units.

    Training follows the gradient by contrastive divergence (Hinton 2002), by default with
    persistent chains (Tieleman 2008) and centred (Melchior, Fischer & Wiskott 2016).
    Samples come from parallel tempering. The density needs log Z: up to 14 hidden units it
    is counted, beyond that it is estimated by annealed importance sampling (Salakhutdinov &
    Murray 2008), once, when the first density is asked for. Missing cells are summed over:
    exactly where log Z is counted, or where they are bits and codes of 1,024 states at most,
    else by a short annealing for each such row, which is off by some tenths of a nat.

    Parameters
    ----------
    n_components : int
        Number of hidden units.
    visible : {"auto", "bernoulli", "gaussian"}
        What columns of numbers are; "bernoulli" takes values in [0, 1] as probabilities.
    variance : {"learned", "unit"}
        Whether a normal unit's variance given the hidden units is learned, or that of its
        column.
    learning_rate : float, optional
        Of plain gradient steps where all visible units are binary (by default .05), of
        Adam's where some are not (.01, or a tenth of the smallest variance of a normal
        unit given the hidden ones, if that is less).
    schedule : {"linear", "constant"}
        Whether the rate falls to 0. At a constant rate chains lag behind the weights and
        the density is a good deal worse.
    n_iter : int, optional
        Epochs; by default 10, or up to 300 where there are few rows.
    max_seconds : float, optional
        Upper limit of training; the rate then falls to 0 by its end, and the result depends
        on the machine's speed.
    batch_size, n_chains : int
        Rows and persistent chains in a step.
    class_sampling : {"auto", "data", "square-root", "balanced"} or float
        How often classes are learned from, whatever their share of the rows: as they come, or each
        alike, or between; a power from 0 to 1 says the same. The learned frequencies stay those of
        the data. What rare classes gain, frequent ones lose: hidden units are few.
    n_gibbs : int
        Gibbs sweeps of the chains a step, the k of CD-k.
    persistent : bool
        Whether chains go on from step to step, or begin at the rows.
    centered : bool
        Whether the gradient is that of units less their means; faster, and the same for
        data and their negative.
    momentum, weight_decay : float
        Of the steps.
    n_temperatures, n_sweeps : int
        Of parallel tempering in ``sample``; one temperature is plain Gibbs sampling.
    train_temperatures : int, optional
        The same for the chains of training; by default 1 where all visible units are
        binary, else 5. Chains without it get the weights of modes far apart wrong.
    partition : {"auto", "counted", "annealed"}
        How log Z comes; may be changed after ``fit``.
    ais_chains, ais_temperatures : int
        Of annealed importance sampling. More of either lower its standard error.

    Attributes
    ----------
    components_ : ndarray, (n_components, D)
        Weights of the D visible units, in the order of the encoded columns; the units of a
        category stand side by side. ``filters()`` has the shape of the data.
    intercept_hidden_, intercept_visible_ : ndarray, (n_components,), (D,)
    log_partition_, log_partition_error_ : float, or ndarray (k,) with labels
        log Z in nats and its standard error, of the standardised data.
    n_iter_ : int
        Epochs, one that ``max_seconds`` cut short included.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import RBM
    >>> rows = np.repeat([[1, 1, 0, 0], [0, 0, 1, 1]], 50, axis=0)
    >>> model = RBM(4, batch_size=10, n_iter=300, random_state=0).fit(rows)
    >>> bool(np.exp(model.score_samples(rows)).min() > 0.3)
    True
    """

    name = "rbm"
    keeps_single = True

    def __init__(
        self,
        n_components: int = 256,
        *,
        visible: str = "auto",
        variance: str = "learned",
        learning_rate: float | None = None,
        schedule: Literal["linear", "constant"] = "linear",
        n_iter: int | None = None,
        max_seconds: float | None = None,
        batch_size: int = 100,
        class_sampling: str | float = "data",
        n_chains: int = 100,
        n_gibbs: int = 1,
        persistent: bool = True,
        centered: bool = True,
        momentum: float = 0.0,
        weight_decay: float = 1e-4,
        n_temperatures: int = 10,
        n_sweeps: int = 100,
        train_temperatures: int | None = None,
        partition: str = "auto",
        ais_chains: int = 200,
        ais_temperatures: int = 1000,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.n_components = n_components
        self.visible = visible
        self.variance = variance
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.n_iter = n_iter
        self.max_seconds = max_seconds
        self.batch_size = batch_size
        self.class_sampling = class_sampling
        self.n_chains = n_chains
        self.n_gibbs = n_gibbs
        self.persistent = persistent
        self.centered = centered
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.n_temperatures = n_temperatures
        self.n_sweeps = n_sweeps
        self.train_temperatures = train_temperatures
        self.partition = partition
        self.ais_chains = ais_chains
        self.ais_temperatures = ais_temperatures
        self.random_state = random_state
        self.device = device

    @property
    def density(self) -> str:
        """Whether ``score_samples`` is "exact", or an "estimate" as log Z is."""
        return "exact" if self._effort.counts(self.n_components) else "estimate"

    @property
    def log_partition_(self) -> Any:
        """Log Z in nats; an estimate takes a while when it is first asked for."""
        return self._shown(self._partitions.each(self._effort).log)

    @property
    def log_partition_error_(self) -> Any:
        """Standard error of ``log_partition_``, nats; 0 where it is counted."""
        return self._shown(self._partitions.each(self._effort).error)

    @available_if(_has_density)
    def score_samples(self, X: Any, y: Any = None) -> np.ndarray:
        """Log-likelihood of each row in nats, in the units of the data, shape (n,).

        As for other models; its standard error is ``log_partition_error_``, shared by all
        rows. Absent after a fit on grey images or other probabilities.
        """
        return super().score_samples(X, y)

    @available_if(_has_density)
    def score(self, X: Any, y: Any = None) -> float:
        """Mean log-likelihood per row, nats."""
        return super().score(X, y)

    @torch.no_grad()
    def free_energy(self, X: Any, y: Any = None) -> np.ndarray:
        """Minus the log of the unnormalised density of standardised rows, nats, (n,).

        Raises
        ------
        DataError
            If a cell is missing: the others' density is no free energy.
        """
        check_is_fitted(self)
        v, known, cond = self._states(X, y)
        if not known.all():
            raise DataError("free_energy needs complete rows; drop those with missing cells.")
        return self.machine_.free_energy(v, cond).cpu().numpy()

    @torch.no_grad()
    def reconstruct(self, X: Any, y: Any = None) -> Any:
        """Rows as the hidden units remember them, in the kind of data that ``fit`` got.

        Means of numbers and of binary units, most likely categories; given the mean of the
        hidden units given the row. Missing cells are filled in.
        """
        check_is_fitted(self)
        v, known, cond = self._states(X, y)
        hidden = self._hidden_means(v, known, cond)
        x = self.machine_.units.collapse(self.machine_.mean_visible(hidden))
        rng = np.random.default_rng(0)
        return self._decode(x.double().cpu().numpy(), self.labels_.decode(cond.cpu().numpy()), rng)

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        machine = self.machine_.to(self._device, torch.float64)
        cells, y = x.to(self._device).double(), cond.to(self._device).double()
        log = log_density(machine, cells, y, self._partitions, self._effort)
        return (log - self._log_pixels).to(x.device)

    @property
    def _log_pixels(self) -> float:
        """Log of the encoded volume of one level a pixel, which a mass must not have."""
        image = self.codec_.layout_.image
        if image is None or not self.machine_.units.n_binary or not image.cell:
            return 0.0
        return image.width * math.log(image.cell)

    @property
    def _effort(self) -> Effort:
        check_known(self, partition=EFFORTS)  # may have been changed since the fit
        return Effort(self.partition, self.ais_chains, self.ais_temperatures)

    @cached_property
    def _partitions(self) -> Partitions:
        return Partitions(self.machine_, self.labels_.n_classes, self.seed_)

    def _shown(self, values: Tensor) -> Any:
        return values.numpy() if self.labels_.n_classes else float(values)

    @property
    def n_latent_(self) -> int:
        """Number of hidden units."""
        return self.machine_.n_hidden

    def _state(self) -> dict[str, Any]:
        return {
            "units": self.machine_.units.state(),
            "machine": to_numpy(self.machine_.tensors()),
            "is_grey": self.is_grey_,
            "n_iter": self.n_iter_,
            "learned": to_numpy(self._learned),
        }

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        units = Units.from_state(state["units"])
        machine = Boltzmann(units, **to_torch(state["machine"]))
        self.machine_ = machine.to(choose_device(self.device), torch.float32)
        self.is_grey_, self.n_iter_ = state["is_grey"], state["n_iter"]
        self._learned = to_torch(state.get("learned"))  # absent from models kept before
