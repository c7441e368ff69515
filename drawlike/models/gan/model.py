"""Generative adversarial network."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from ...base import (
    GenerativeModel,
    PresetMixin,
    RandomState,
    Run,
    camera_of,
    check_known,
    choose_device,
    torch_generator,
)
from ...base.distance import Distance
from ...layout import Layout
from ...rows import Rows
from ...training import (
    SCHEDULES,
    Average,
    Balance,
    Clock,
    Player,
    Shuffled,
    check_stop,
    hold_back,
    to_numpy,
    to_torch,
    train,
)
from ...training.alarms import Alarm
from .attempts import Attempt, Beginning, attempts, best_of, changed
from .game import generate
from .judging import Calibration, JudgingMixin, calibrate
from .latents import Latent
from .noise import NoiseMixin
from .pair import Pair, begin_pair, make_pair
from .playing import LUCK, game_of, monitor_of, players_of
from .presets import PRESETS
from .remedies import ASKED
from .settings import Suited, check, suited
from .watching import Labels, begin_watch

_CALIBRATED_ROWS = 2000
_STEPS_OF_A_CRITIC = 300  # beside a mixture that is not trained


class GAN(PresetMixin, NoiseMixin, JudgingMixin, GenerativeModel):
    r"""A generator G that learns to fool a critic D, trained in turn.

    .. math:: \min_G \max_D E_x \log D(x) + E_z \log (1 - D(G(z)))

    for ``loss="minimax"``; with ``"non-saturating"`` the generator maximises
    E log D(G(z)) instead, whose gradient does not vanish while the critic wins.
    Goodfellow et al. 2014, arXiv:1406.2661.

    A GAN's loss does not tell how good its samples are. So training watches the energy
    distance between samples and validation rows, stops where it no longer falls (under a
    mixture or a plateau also once it is that of the training rows themselves), and keeps the
    best generator, a moving average of the weights. There is no density.

    A latent of normal numbers must bridge the gaps between modes, so that a plain GAN draws
    rows between them, loses some, and drifts in their weights. Real columns, up to 32 of
    them, are therefore learned from a *mixture* fitted first (``latent="auto"``): a row's
    latent is a component and a normal number a column, the generator moves them, and the
    critic is told the component and sees the row in its frame too.

    A table, unless all its columns are plain numbers, is learned as codes: categories, numbers that
    repeat, and bins of the others. There the mixture is one of latent classes, in which the columns
    are independent (Lazarsfeld 1950). A draw begins with a class and normal numbers, the generator
    corrects the class's law of every column, and codes are drawn from it straight-through (Jang et
    al. 2017, arXiv:1611.01144). The critic sees real and drawn rows of the same classes, as a
    conditional GAN that is trained by sampling (Xu et al. 2019, arXiv:1907.00503), by all columns
    at once.

    Settings left at None suit the data: under a mixture the non-saturating loss, lr=1e-3, betas
    (0, .99), 256 rows a step, 3,000 steps and a cosine; else relativistic pairs with R1 and R2 of
    weight 1 on every fourth step, 2e-3, (0, .99), 256, 5,000 and a cosine, of images of 12 pixels
    and more 4e-3, 64 and 10,000, of tables 3e-4 and 1,500. Another ``loss`` comes without
    penalties: 2e-4, (.5, .999), 128, 20,000 and a rate that falls when the distance no longer does.

    Parameters
    ----------
    loss : str, optional
        "non-saturating", "minimax", "least-squares", "hinge", "wasserstein" or "relativistic":
        what the players minimise. A Wasserstein critic needs a penalty or ``clip_weights``.
    penalty : mapping of str to float, optional
        Weights of penalties on the critic's slope: "r1", "r2", "gradient", "dragan".
    penalty_every : int, optional
        Charge penalties on every so many steps only, at so many times their weight.
    latent : {"auto", "normal", "mixture", "rows"}
        What a draw begins with; "rows" are training rows with noise on them, of which the
        model keeps a thousand.
    n_latent : int
        How many normal numbers a draw begins with, where there is no mixture of real columns.
    n_signs : int
        How many random signs stand beside them: a generator can leap between modes by them.
    hidden : sequence of int
        Widths of the hidden layers.
    network : {"auto", "dense", "conv", "dcgan", "sngan", "r3gan"}
        "auto" takes convolutions for images of 12 pixels and more; of other data all are dense.
        The last three are those of their papers, for images of any size.
    width : int, optional
        Channels of convolutions where they are fewest; more is finer and slower.
    activation : {"silu", "relu", "leaky-relu", "gelu", "tanh", "sigmoid"}, optional
        Between dense layers, by default "silu" in the generator and "leaky-relu" elsewhere.
    norm : {"none", "layer", "batch"}, optional
        Normalisation of a dense generator, by default "layer", under a mixture "none".
    critic_network, critic_hidden : optional
        Those of the critic, by default the same.
    optimizer : str
        "adam", "adamw", "rmsprop", "sgd", "momentum", "optimistic" or "extragradient".
    lr : float, optional
        Learning rate of the generator.
    critic_lr : float, optional
        That of the critic, by default the same (two time scales: Heusel et al. 2017,
        arXiv:1706.08500).
    betas : tuple of two floats, optional
        Decays of the optimizer's moments; the first is momentum's, .9 by default.
    schedule : {"cosine", "plateau"}, optional
        How the rates fall.
    critic_steps : int
        Steps of the critic for each of the generator.
    clip_gradients : float, optional
        The longest gradient of each player; longer ones are shortened.
    clip_weights : float, optional
        The largest weight of the critic (Arjovsky et al. 2017, arXiv:1701.07875).
    spectral_norm : bool
        Whether the critic's layers are divided by their largest singular value (Miyato et al.
        2018, arXiv:1802.05957), which bounds its slope.
    minibatch_std : bool
        Whether the critic is told how much the rows of a batch differ (Karras et al. 2018,
        arXiv:1710.10196), which shows it that modes were lost.
    augment : {"translation", "cutout", "colour", "flip", "affine"} or a list of these
        How real and drawn rows are moved before the critic sees them, so that few rows are not
        learned by heart, and draws do not look moved; "affine" turns, scales and slants; of
        columns "cutout" hides some.
    augment_rate : float, optional
        Probability of each move; by default it follows how sure the critic is of each label's
        rows, up to .8 (Karras et al. 2020, arXiv:2006.06676).
    instance_noise : float
        Standard deviation of noise on all rows at first; it is gone halfway.
    label_smoothing : float
        How unsure the critic should be of real rows, for losses of probabilities.
    packing : int
        How many rows the critic judges together.
    top_k : float
        Share of its rows, those that the critic likes best, that teach the generator.
    batch_size : int, optional
        Rows a step; larger is smoother and slower.
    class_sampling : {"auto", "data", "square-root", "balanced"} or float
        How often classes are learned from, whatever their share of the rows: as they come, or each
        alike, or between; a power from 0 to 1 says the same. "auto" takes "balanced" where a class
        is ten times as frequent as another, unless draws begin at a mixture. The learned
        frequencies stay those of the data.
    average : float
        Decay of the moving average of the generator's weights; 0 keeps the last weights.
    max_steps, max_seconds : int, float or None
        Upper limits, a mixture's fit not counted; a limit in seconds makes the result depend
        on the machine's speed.
    patience : int, optional
        Checks without improvement after which training ends, along a plateau after another
        such run at a lower rate; 5 under a mixture, else 20. Along a cosine they count once the
        rates have fallen by half, unless draws begin at a mixture.
    stop : mapping of str to float, optional
        Ends training at the first state that reaches all of these, and keeps it: "c2st", the
        area under the curve of small trees that tell drawn from validation rows (.5 is chance;
        it takes as long as some hundred steps); "energy", "frechet", distances in encoded
        columns. Without any the energy distance decides, and a mixture that is as near as
        training rows is not trained; {"frechet": 1e-9} is never reached and trains on.
    remedy : str
        What to do on an alarm (see ``alarms_``): "none", "auto", which tries up to three things
        that help against it, or one of "noise", "loss", "network", "clip", "regularise",
        "flatten", "optimizer", "rates". Steps and seconds are those of one training.
    validation_fraction : float
        Share of the rows that only decides when to stop, and calibrates the critic.
    truncation : float, optional
        Largest size of a latent number; larger ones are drawn again, which gives cleaner and
        less diverse samples (Brock et al. 2019, arXiv:1809.11096).
    refine : {"rejection", "resampling"}, optional
        Let the critic choose each row among ``tries`` draws: the first that it accepts, or one
        in proportion to its odds. Cleaner where it can tell draws from rows; so many times
        slower.
    tries : int
        How many draws ``refine`` chooses among. This and the two before may be changed after
        ``fit``.

    Examples
    --------
    >>> import numpy as np
    >>> from drawlike import GAN
    >>> rows = np.random.default_rng(0).normal(size=(200, 2))
    >>> GAN(max_steps=20, random_state=0).fit(rows).sample(3, random_state=0).shape
    (3, 2)
    """

    name = "gan"
    presets = PRESETS
    stops_by_itself = True
    drawn_by = ("truncation", "refine", "tries")
    array_numbers = "standard"
    table_numbers = "adaptive"
    dtype = torch.float32
    allows_missing = False

    generator_: nn.Module
    critic_: nn.Module
    latent_: Latent

    def __init__(
        self,
        *,
        loss: str | None = None,
        penalty: Mapping[str, float] | None = None,
        penalty_every: int | None = None,
        latent: Literal["auto", "normal", "mixture", "rows"] = "auto",
        n_latent: int = 16,
        n_signs: int = 0,
        hidden: Sequence[int] = (128, 128, 128),
        network: Literal["auto", "dense", "conv", "dcgan", "sngan", "r3gan"] = "auto",
        width: int | None = None,
        activation: str | None = None,
        norm: Literal["none", "layer", "batch"] | None = None,
        critic_network: str | None = None,
        critic_hidden: Sequence[int] | None = None,
        optimizer: str = "adam",
        lr: float | None = None,
        critic_lr: float | None = None,
        betas: tuple[float, float] | None = None,
        schedule: Literal["cosine", "plateau"] | None = None,
        critic_steps: int = 1,
        clip_gradients: float | None = None,
        clip_weights: float | None = None,
        spectral_norm: bool = False,
        minibatch_std: bool = False,
        augment: str | Sequence[str] = (),
        augment_rate: float | None = None,
        instance_noise: float = 0.0,
        label_smoothing: float = 0.0,
        packing: int = 1,
        top_k: float = 1.0,
        batch_size: int | None = None,
        class_sampling: str | float = "auto",
        average: float = 0.999,
        max_steps: int | None = None,
        max_seconds: float | None = None,
        patience: int | None = None,
        stop: Mapping[str, float] | None = None,
        remedy: str = "none",
        validation_fraction: float = 0.1,
        truncation: float | None = None,
        refine: Literal["rejection", "resampling"] | None = None,
        tries: int = 8,
        random_state: RandomState = None,
        device: str = "auto",
    ) -> None:
        self.loss = loss
        self.penalty = penalty
        self.penalty_every = penalty_every
        self.latent = latent
        self.n_latent = n_latent
        self.n_signs = n_signs
        self.hidden = hidden
        self.network = network
        self.width = width
        self.activation = activation
        self.norm = norm
        self.critic_network = critic_network
        self.critic_hidden = critic_hidden
        self.optimizer = optimizer
        self.lr = lr
        self.critic_lr = critic_lr
        self.betas = betas
        self.schedule = schedule
        self.critic_steps = critic_steps
        self.clip_gradients = clip_gradients
        self.clip_weights = clip_weights
        self.spectral_norm = spectral_norm
        self.minibatch_std = minibatch_std
        self.augment = augment
        self.augment_rate = augment_rate
        self.instance_noise = instance_noise
        self.label_smoothing = label_smoothing
        self.packing = packing
        self.top_k = top_k
        self.batch_size = batch_size
        self.class_sampling = class_sampling
        self.average = average
        self.max_steps = max_steps
        self.max_seconds = max_seconds
        self.patience = patience
        self.stop = stop
        self.remedy = remedy
        self.validation_fraction = validation_fraction
        self.truncation = truncation
        self.refine = refine
        self.tries = tries
        self.random_state = random_state
        self.device = device

    @property
    def contains_training_rows(self) -> bool:  # type: ignore[override]
        """Whether draws begin with training rows."""
        return self.latent == "rows"

    def _fit(self, data: Rows, layout: Layout, run: Run) -> None:
        check(self)
        check_known(self, remedy=ASKED)
        check_stop(self.stop)
        data = self._code(data, layout)
        layout = self.layout_
        chosen = suited(self, layout)
        begins_fitted = chosen.latent == "mixture"
        balance = Balance.of(self.class_sampling, data, begins_fitted=begins_fitted)
        parts = hold_back(data, self.validation_fraction, run.rngs["order"], balance)
        first = Beginning(self, run, chosen.max_steps)
        labels = Labels(balance, [str(label) for label in self.labels_.classes_])
        made = attempts(first, lambda at: at.model._attempt(parts, layout, labels, at))
        best = best_of(made)
        self.alarms_ = [alarm for attempt in made for alarm in attempt.alarms]
        self.remedies_, self.changes_ = made[-1].beginning.tried, dict(best.beginning.changes)
        self._become(best.pair, layout)
        self.film_ = best.film
        self.critic_.eval()
        self.calibration_ = self._calibrated(parts[1], run.rngs["sampling"])
        self._finish_likeness(parts[1], run)

    def _attempt(
        self, parts: tuple[Rows, Rows], layout: Layout, labels: Labels, beginning: Beginning
    ) -> Attempt:
        chosen, run, (rows, _) = suited(self, layout), beginning.run, parts
        sampler = Shuffled(rows, chosen.batch_size, run.seed("order"), labels.balance)
        noise = run.generator("noise")
        self._become(beginning.pair or begin_pair(self, chosen, rows, layout, run), layout)
        average = Average(self.generator_, self.average)
        average.shadow.eval()
        distance = Distance(layout, *labels.balance.seen(parts), run.seed("noise"))
        left, shape = beginning.left(beginning.seconds), SCHEDULES[chosen.schedule]
        clock = Clock(beginning.max_steps, left, shape, first=beginning.step)
        game = game_of(self, noise, clock, chosen)
        players = players_of(self, game, chosen)
        camera = camera_of(layout, rows.cond, partial(self._encoded_draw, average.shadow))
        monitor = monitor_of(self, distance, average.shadow, chosen, clock)
        monitor.from_start |= beginning.pair is not None
        seed, ends = run.seed("noise"), beginning.ends
        watch = begin_watch(game, players, parts, seed, ends, labels=labels)
        progress = train(
            players,
            sampler,
            clock=clock,
            noise=noise,
            phase=game.phase,
            average=average,
            camera=camera,
            monitor=monitor,
            watch=watch,
            every=max(100, sampler.steps_between_checks),
            checkpoint=run.open_checkpoint(),
            events=run.events,
        )
        if progress.done and not progress.step and not watch.alarms:  # it needs no training
            self._teach_critic(players[0], sampler, noise, chosen, run)
        pair = Pair(self.latent_, average.shadow, self.critic_)
        film = camera.film if camera else None
        found = monitor.kept_value, LUCK * monitor.margin
        return Attempt(beginning, chosen, pair, film, *found, progress, watch.alarms)

    def _teach_critic(
        self, critic: Player, sampler: Shuffled, noise: torch.Generator, chosen: Suited, run: Run
    ) -> None:
        """Let the critic learn what tells rows of a generator that stays as it is."""
        clock = Clock(min(_STEPS_OF_A_CRITIC, chosen.max_steps), self.max_seconds)
        train([critic], sampler, clock=clock, noise=noise, events=run.events.at("critic"))

    @torch.no_grad()
    def _calibrated(self, validation: Rows, rng: np.random.Generator) -> Calibration:
        """Logits of validation rows beside those of fresh draws of the same labels."""
        some = validation.subset(_CALIBRATED_ROWS, rng)
        fake = self._draw(some.cond, rng)
        return calibrate(self._realism(some.x, some.cond), self._realism(fake, some.cond))

    def _sample(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        check(self)
        if self.refine is None:
            return self._uncoded(self._draw(cond, rng), rng)
        choice = torch_generator(rng, "cpu")
        draw = partial(self._draw, cond, rng)
        return self._uncoded(self._refined(draw, cond, self.refine, self.tries, choice), rng)

    def _draw(self, cond: Tensor, rng: np.random.Generator) -> Tensor:
        device = next(self.generator_.parameters()).device
        return self._encoded_draw(self.generator_, cond.to(device), torch_generator(rng, device))

    def _encoded_draw(self, generator: nn.Module, cond: Tensor, rng: torch.Generator) -> Tensor:
        return self.layout_.collapse(self._expanded(generator, cond, rng))

    def _expanded(self, generator: nn.Module, cond: Tensor, rng: torch.Generator) -> Tensor:
        kinds = self.latent_.kinds(cond, rng)
        latent, layout = self.latent_, self.layout_
        return generate(generator, latent, layout, kinds, rng, truncation=self.truncation)

    def _become(self, pair: Pair, layout: Layout) -> None:
        self.layout_, self.latent_ = layout, pair.latent
        self.generator_, self.critic_ = pair.generator, pair.critic

    def _state(self) -> dict[str, Any]:
        return {
            "n_components": self.latent_.n_components,
            "weights": to_numpy(self.generator_.state_dict()),
            "critic": to_numpy(self.critic_.state_dict()),
            "calibration": asdict(self.calibration_),
            "changes": self.changes_,
            "remedies": list(self.remedies_),
            "alarms": [alarm.state() for alarm in self.alarms_],
            **self._coding_state(),
            **self._likeness_state(),
        }

    def _set_state(self, state: dict[str, Any], layout: Layout) -> None:
        n_components = state.get("n_components", 0)  # the first version had no mixtures
        changes = state.get("changes", {}).items()  # whose tuples are kept as lists
        self.changes_ = {n: tuple(v) if isinstance(v, list) else v for n, v in changes}
        self.remedies_ = tuple(state.get("remedies", ()))
        self.alarms_ = [Alarm(**alarm) for alarm in state.get("alarms", ())]
        layout = self._set_coding(state, layout)
        as_kept = changed(self, self.changes_)
        pair = make_pair(as_kept, layout, self.labels_.n_classes, n_components, torch.Generator())
        pair.generator.load_state_dict(to_torch(state["weights"]))
        if "critic" in state:  # folders of the first version have none
            pair.critic.load_state_dict(to_torch(state["critic"]))
        for net in (pair.generator, pair.critic):
            net.to(choose_device(self.device)).eval()
        self._become(pair, layout)
        if "critic" not in state:
            del self.critic_
        if "calibration" in state:  # as those before the critic was calibrated
            self.calibration_ = Calibration(**state["calibration"])
        self._set_likeness(state)
