"""Restricted Boltzmann machine."""

import math
from functools import cached_property
from typing import Any, Literal

import numpy as np
import torch
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from ..base import (
    ConditionalMixin,
    DensityMixin,
    GenerativeModel,
    IncrementalMixin,
    LatentMixin,
    RandomState,
    Run,
    check_counts,
    check_known,
    choose_device,
    torch_generator,
)
from ..base.labels import known as known_labels
from ..errors import DataError, SettingError
from ..layout import Layout
from ..networks.boltzmann import Boltzmann
from ..networks.tempering import tempered_means, tempered_states
from ..networks.units import VISIBLE, Units
from ..rows import Rows
from ..statistics.boltzmann.partition import EFFORTS, Effort, Partitions, log_mass
from ..training import to_numpy, to_torch
from ..training.contrastive import (
    SCHEDULES,
    Contrast,
    Course,
    Examples,
    Learner,
    Watched,
    carried,
    examples_of,
    initial_machine,
    learn,
    learner_for,
)

_FEWEST_STEPS, _FEWEST_EPOCHS, _MOST_EPOCHS = 1000, 10, 300
_MEAN_FIELD_SWEEPS = 10
_PLAIN_RATE, _ADAM_RATE = 0.05, 0.01
_TRAIN_TEMPERATURES = 5
_VARIANCES = ("learned", "unit")


def _has_density(model: Any) -> bool:
    return not getattr(model, "is_grey_", False)


class RBM(ConditionalMixin, DensityMixin, LatentMixin, IncrementalMixin, GenerativeModel):
    r"""Restricted Boltzmann machine: visible units v, binary hidden units h.

    .. math:: p(v) = \frac{1}{Z} \sum_h e^{b'v + c'h + v'Wh}

    for binary v (Smolensky 1986). Columns of 0 and 1 are binary units, other numbers are
    standardised normal units with mean b + Wh, and columns of codes are softmax groups; a
    number with atoms is a softmax and a normal unit that exists where the code says so.
    Labels y shift the hidden units' biases: the machine learns p(v | y).

    Grey images are probabilities of ink: what is learned is the distribution of the images
    whose pixels are drawn with these probabilities, afresh at each visit. It has a density
    for black-and-white images only, so grey ones leave ``score_samples`` out, and a drawn
    image shows the pixels' probabilities given the hidden units.

    Training follows the gradient by contrastive divergence (Hinton 2002), by default with
    persistent chains (Tieleman 2008) and centred (Melchior, Fischer & Wiskott 2016).
    Samples come from parallel tempering. The density needs log Z: up to 14 hidden units it
    is counted, beyond that it is estimated by annealed importance sampling (Salakhutdinov &
    Murray 2008), once, when the first density is asked for. Where a binary cell or a code
    is missing, a row's density is an estimate too.

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
        Adam's where some are not (.01).
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
        Weights. The D visible units are the binary ones, the normal ones, then the codes.
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

    machine_: Boltzmann
    is_grey_: bool
    _learned: dict[str, Any] | None

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
    def components_(self) -> np.ndarray:
        """Weights of each hidden unit."""
        return self.machine_.weights.T.cpu().numpy()

    @property
    def intercept_hidden_(self) -> np.ndarray:
        """Biases of the hidden units."""
        return self.machine_.hidden_bias.cpu().numpy()

    @property
    def intercept_visible_(self) -> np.ndarray:
        """Biases of the visible units."""
        return self.machine_.visible_bias.cpu().numpy()

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

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        epochs = self.n_iter or self._enough_epochs(len(data))
        self._begin_with(data, layout, run, epochs, self.schedule)

    def _partial_fit(self, data: Rows, layout: Layout, run: Run) -> None:
        if not self.n_rows_:
            self._begin_with(data, layout, run, 1, "constant")
            return
        examples = self._examples(self.machine_.units, data, run)
        self._train(self.machine_, examples, run, 1, "constant")

    def _begin_with(self, data: Rows, layout: Layout, run: Run, epochs: int, schedule: str) -> None:
        self._check_settings()
        self._learned = None
        units = Units.of(layout, data.x, data.weight, self.visible)
        examples = self._examples(units, data, run)
        rng = run.cpu_generator("initialisation")
        start = initial_machine(examples, units, self.n_components, rng)
        self._train(start, examples, run, epochs, schedule)

    def _train(
        self, machine: Boltzmann, examples: Examples, run: Run, epochs: int, schedule: str
    ) -> None:
        contrast = self._contrast(machine.units, len(examples.v))
        learner = learner_for(
            machine,
            examples,
            contrast,
            run.rngs["noise"],
            learns_variance=self.variance == "learned",
        )
        if self._learned is not None:
            learner.load(self._learned)  # chains and momentum of the rows that came before
        seed = run.seed("order")
        course = learn(
            learner,
            len(examples.v),
            epochs=epochs,
            rate=self._rate(machine.units),
            schedule=schedule,
            batch_size=contrast.batch_size,
            seed=seed,
            watch=Watched(examples.v, examples.y, learner, seed, run.events),
            max_seconds=self.max_seconds,
            checkpoint=run.open_checkpoint(),
            events=run.events,
        )
        self._keep(learner, course)

    def _keep(self, learner: Learner, course: Course) -> None:
        """Take the machine from a learner, and what a ``partial_fit`` needs to go on."""
        machine = learner.machine
        self.machine_ = machine.to(machine.base.device, torch.float32)
        self.n_iter_ = course.epoch
        self.__dict__.pop("_partitions", None)
        self._learned = carried(learner.state(), persistent=self.persistent)

    def _check_settings(self) -> None:
        check_counts(
            self, "n_components", "batch_size", "n_chains", "n_gibbs", "n_temperatures", "n_sweeps"
        )
        check_counts(self, "ais_chains", "ais_temperatures")
        optional = [n for n in ("n_iter", "train_temperatures") if getattr(self, n) is not None]
        check_counts(self, *optional)
        check_known(
            self,
            visible=VISIBLE,
            variance=_VARIANCES,
            schedule=SCHEDULES,
            partition=EFFORTS,
        )
        if self.learning_rate is not None and not self.learning_rate > 0:
            raise SettingError(f"learning_rate={self.learning_rate!r}; use more than 0, or None.")
        if self.max_seconds is not None and not self.max_seconds > 0:
            raise SettingError(f"max_seconds={self.max_seconds!r}; use more than 0, or None.")
        for name in ("momentum", "weight_decay"):
            if not 0 <= getattr(self, name) < 1:
                raise SettingError(f"{name}={getattr(self, name)!r}; use 0 or more, below 1.")

    def _examples(self, units: Units, data: Rows, run: Run) -> Examples:
        examples = examples_of(units, data, run.generator("codec"))
        self.is_grey_ = examples.grey
        return examples

    def _contrast(self, units: Units, n_rows: int) -> Contrast:
        usual = 1 if units.n_binary == units.width else _TRAIN_TEMPERATURES
        return Contrast(
            batch_size=min(self.batch_size, n_rows),
            n_chains=self.n_chains,
            n_gibbs=self.n_gibbs,
            persistent=self.persistent,
            centered=self.centered,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            n_temperatures=self.train_temperatures or usual,
        )

    def _rate(self, units: Units) -> float:
        usual = _PLAIN_RATE if units.n_binary == units.width else _ADAM_RATE
        return usual if self.learning_rate is None else self.learning_rate

    def _enough_epochs(self, n_rows: int) -> int:
        steps = math.ceil(n_rows / self.batch_size)
        return int(np.clip(math.ceil(_FEWEST_STEPS / steps), _FEWEST_EPOCHS, _MOST_EPOCHS))

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        torch_rng = torch_generator(rng, self._device)
        v = tempered_states(
            self.machine_,
            cond.to(self._device).float(),
            torch_rng,
            n_temperatures=self.n_temperatures,
            n_sweeps=self.n_sweeps,
        )
        if self.is_grey_:
            hidden = self.machine_.sample_hidden(v, cond.to(v), torch_rng)
            bits = slice(0, self.machine_.units.n_binary)
            v[:, bits] = self.machine_.mean_visible(hidden)[:, bits]
        return self.machine_.units.collapse(v)

    def _sample_given(self, evidence: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        x, y = evidence.to(self._device), cond.to(self._device).float()
        v, known = self.machine_.units.expand(x)
        drawn = tempered_states(
            self.machine_,
            y,
            torch_generator(rng, self._device),
            n_temperatures=self.n_temperatures,
            n_sweeps=self.n_sweeps,
            given=(v.float(), known),
        )
        return self._beside(x, drawn)

    def _mean_given(self, evidence: Tensor, cond: Tensor) -> Tensor:
        x, y = evidence.to(self._device), cond.to(self._device).float()
        v, known = self.machine_.units.expand(x)
        means = tempered_means(
            self.machine_,
            y,
            torch.Generator(self._device).manual_seed(0),
            n_temperatures=self.n_temperatures,
            n_sweeps=self.n_sweeps,
            given=(v.float(), known),
        )
        return self._beside(x, means)

    def _beside(self, x: Tensor, v: Tensor) -> Tensor:
        """Known cells of encoded rows, and states for the others."""
        filled = self.machine_.units.collapse(v).to(x)
        return torch.where(x.isnan(), filled, x)

    def _log_prob(self, x: Tensor, cond: Tensor) -> Tensor:
        machine = self.machine_.to(self._device, torch.float64)
        y = cond.to(self._device).double()
        log_z = self._partitions.of_rows(y, self._effort)
        return (log_mass(machine, x.to(self._device).double(), y) - self._log_pixels - log_z).to(
            x.device
        )

    @property
    def _log_pixels(self) -> float:
        """Log of the encoded volume of one level a pixel, which a mass must not have."""
        image = self.codec_.layout_.image
        if image is None or not self.machine_.units.n_binary or not image.cell:
            return 0.0
        return image.width * math.log(image.cell)

    @property
    def _effort(self) -> Effort:
        return Effort(self.partition, self.ais_chains, self.ais_temperatures)

    @cached_property
    def _partitions(self) -> Partitions:
        return Partitions(self.machine_, self.labels_.n_classes, self.seed_)

    def _shown(self, values: Tensor) -> Any:
        return values.numpy() if self.labels_.n_classes else float(values)

    def _to_latent(self, x: Tensor, cond: Tensor) -> Tensor:
        v, known = self.machine_.units.expand(x.to(self._device))
        return self._hidden_means(v.float(), known, cond.to(self._device).float())

    def _from_latent(self, z: Tensor, cond: Tensor, rng: np.random.Generator) -> Tensor:
        hidden = z.to(self._device).float()
        v = self.machine_.sample_visible(hidden, torch_generator(rng, self._device))
        if self.is_grey_:
            bits = slice(0, self.machine_.units.n_binary)
            v[:, bits] = self.machine_.mean_visible(hidden)[:, bits]
        return self.machine_.units.collapse(v)

    @property
    def n_latent_(self) -> int:
        """Number of hidden units."""
        return self.machine_.n_hidden

    def _hidden_means(self, v: Tensor, known: Tensor, y: Tensor) -> Tensor:
        """Means of the hidden units; missing visible ones are at their own means."""
        v = torch.where(
            known, v, self.machine_.mean_visible(y.new_zeros(len(v), self.n_latent_), 0)
        )
        hidden = self.machine_.hidden_input(v, y).sigmoid()
        for _ in range(0 if known.all() else _MEAN_FIELD_SWEEPS):
            v = torch.where(known, v, self.machine_.mean_visible(hidden))
            hidden = self.machine_.hidden_input(v, y).sigmoid()
        return hidden

    def _states(self, X: Any, y: Any) -> tuple[Tensor, Tensor, Tensor]:
        """States of raw rows, which entries are known, and their labels."""
        X, x = self._encoded(X)
        cond, _ = known_labels(self, X, y)
        if cond is None:
            raise DataError("This model was fitted with labels; give y= to these rows.")
        v, known = self.machine_.units.expand(x.to(self._device))
        return v.float(), known, cond.to(self._device).float()

    @property
    def _device(self) -> torch.device:
        return self.machine_.base.device

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
