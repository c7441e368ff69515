"""How an RBM learns: where it begins, the course it takes, and what is kept of it."""

from functools import partial
from typing import Any

import torch

from ...base import Run
from ...layout import Layout
from ...networks.boltzmann import Boltzmann
from ...networks.units import Units
from ...rows import Rows
from ...training import Balance
from ...training.contrastive import (
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
from . import settings


class Learning:
    """What an RBM does with rows; its machine is kept in single precision."""

    machine_: Boltzmann
    is_grey_: bool
    _learned: dict[str, Any] | None

    def _fit(self: Any, data: Rows, layout: Layout, run: Run) -> None:
        epochs = settings.epochs(self, len(data))
        self._begin_with(data, layout, run, epochs, self.schedule)

    def _partial_fit(self: Any, data: Rows, layout: Layout, run: Run) -> None:
        if not self.n_rows_:
            self._begin_with(data, layout, run, 1, "constant")
            return
        examples = self._examples(self.machine_.units, data, run)
        self._train(self.machine_, examples, run, 1, "constant")

    def _begin_with(
        self: Any, data: Rows, layout: Layout, run: Run, epochs: int, schedule: str
    ) -> None:
        settings.check(self)
        self._learned = None
        units = Units.of(layout, data.x, data.weight, self.visible)
        examples = self._examples(units, data, run)
        rng = run.cpu_generator("initialisation")
        learned = self.variance == "learned"
        start = initial_machine(examples, units, self.n_components, rng, variance=learned)
        self._train(start, examples, run, epochs, schedule)

    def _examples(self: Any, units: Units, data: Rows, run: Run) -> Examples:
        balance = Balance.of(self.class_sampling, data)
        examples = examples_of(units, data, run.generator("codec"), balance)
        self.is_grey_ = examples.grey
        return examples

    def _train(
        self: Any, machine: Boltzmann, examples: Examples, run: Run, epochs: int, schedule: str
    ) -> None:
        contrast = settings.contrast(self, machine.units, len(examples.v))
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
            rate=settings.rate(self, machine),
            schedule=schedule,
            batch_size=contrast.batch_size,
            seed=seed,
            watch=Watched(examples.v, examples.y, learner, seed, run.events),
            draw_order=partial(examples.balance.order, examples.y),
            max_seconds=self.max_seconds,
            checkpoint=run.open_checkpoint(),
            events=run.events,
        )
        self._keep(learner, course)

    def _keep(self: Any, learner: Learner, course: Course) -> None:
        """Take the machine from a learner, and what a ``partial_fit`` needs to go on."""
        machine = learner.machine
        self.machine_ = machine.to(machine.base.device, torch.float32)
        self.n_iter_ = course.epoch
        self.__dict__.pop("_partitions", None)
        self._learned = carried(learner.state(), persistent=self.persistent)
