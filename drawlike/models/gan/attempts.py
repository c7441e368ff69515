"""One training after another, each with a remedy for what went wrong in the one before."""

import copy
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from ...base import Run
from ...errors import TrainingError
from ...training import Film, Progress
from ...training.alarms import Alarm
from .pair import Pair
from .remedies import REMEDIES, remedy_for
from .settings import Suited

_MOST_REMEDIES = 3
_LATE = 0.75  # share of an attempt after which an alarm only tells
_SOON = 1 / 3  # share of an attempt until which little is lost by beginning anew
_OF_NETWORKS = {
    "network",
    "critic_network",
    "hidden",
    "critic_hidden",
    "activation",
    "norm",
    "spectral_norm",
}


@dataclass(frozen=True, eq=False)
class Beginning:
    """Where an attempt starts, and by which settings.

    ``changes`` are those of ``model`` that are not what the user asked for; ``pair`` are
    networks to go on with, unless it makes its own. It has the steps from ``step`` to
    ``max_steps``, and ``seconds`` are spent.
    """

    model: Any
    run: Run
    max_steps: int
    changes: Mapping[str, Any] = field(default_factory=dict)
    tried: tuple[str, ...] = ()
    step: int = 0
    seconds: float = 0.0
    pair: Pair | None = None

    def remedy(self, alarm: Alarm) -> str | None:
        """Name what to try about an alarm, if there is anything left and time for it."""
        is_late = self.share(alarm.step) > _LATE
        if is_late or len(self.tried) == _MOST_REMEDIES:
            return None
        return remedy_for(alarm.name, self.model.remedy, self.tried)

    def ends(self, alarm: Alarm) -> bool:
        """Tell whether an alarm ends the attempt."""
        return self.remedy(alarm) is not None

    def left(self, spent: float) -> float | None:
        """Seconds that are left of the model's limit, if it has one."""
        limit = self.model.max_seconds
        return None if limit is None else max(0.0, limit - spent)

    def share(self, step: int) -> float:
        """Share of the attempt that is over at a step."""
        return (step - self.step) / max(1, self.max_steps - self.step)


class Attempt(NamedTuple):
    """A training that came to its end or to an alarm.

    ``distance`` is its best state's; ``luck`` what two of them may differ by, so few are the
    rows that it is measured to.
    """

    beginning: Beginning
    chosen: Suited
    pair: Pair
    film: Film | None
    distance: float
    luck: float
    progress: Progress
    alarms: list[Alarm]


def attempts(first: Beginning, train: Callable[[Beginning], Attempt]) -> list[Attempt]:
    """Train, and after an alarm again with a remedy, as long as there are any.

    A remedy that fails altogether ends this; only if none before came to a state is it an error.
    """
    made = [train(first)]
    while (following := _following(made[-1])) is not None:
        try:
            made.append(train(following))
        except TrainingError as error:
            if not any(math.isfinite(attempt.distance) for attempt in made):
                raise
            message = f"{following.tried[-1]} failed, and what was learned before is kept: {error}"
            first.run.events.warning(message, "remedy", step=following.step)
            break
    return made


def best_of(made: list[Attempt]) -> Attempt:
    """Give the last, which alone no alarm has ended, unless another came clearly nearer."""
    last = made[-1]
    nearest = min(made, key=lambda attempt: attempt.distance)
    return nearest if last.distance > nearest.distance + last.luck else last


def changed(model: Any, changes: Mapping[str, Any]) -> Any:
    """Give a model of the same settings, save for some."""
    return type(model)(**{**model.get_params(deep=False), **changes}) if changes else model


def _following(attempt: Attempt) -> Beginning | None:
    before, step = attempt.beginning, attempt.progress.step
    if attempt.progress.interrupted:
        return None
    seconds = before.seconds + attempt.progress.seconds
    found = ((alarm, before.remedy(alarm)) for alarm in attempt.alarms)
    alarm, name = next((pair for pair in found if pair[1]), (None, None))
    if alarm is None or name is None or before.left(seconds) == 0:
        return None
    change = REMEDIES[name](before.model, attempt.chosen)
    pair = _taken_on(attempt) if _goes_on(before.share(step), before.model, change) else None
    told = _in_words(change, _settings(attempt))
    how = "beginning anew" if pair is None else "going on from the best state"
    message = f"{name} as a remedy for {alarm.name}, {how} at step {step}: {told}"
    before.run.events.warning(message, "remedy", step=step)
    tried = (*before.tried, name)
    return replace(
        before,
        model=changed(before.model, change),
        run=_with_own_checkpoint(before.run, len(tried)),
        changes={**before.changes, **change},
        tried=tried,
        step=step,
        seconds=seconds,
        pair=pair,
    )


def _settings(attempt: Attempt) -> dict[str, Any]:
    """Settings that an attempt went by: the model's, and those that suited the data."""
    return {**attempt.beginning.model.get_params(deep=False), **attempt.chosen._asdict()}


def _in_words(change: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    others = (f"{name}={value!r}" for name, value in change.items() if before[name] != value)
    return ", ".join(others)


def _goes_on(share: float, model: Any, change: Mapping[str, Any]) -> bool:
    of_networks = (name for name in change if name in _OF_NETWORKS)
    same = all(getattr(model, name) == change[name] for name in of_networks)
    return same and share > _SOON


def _taken_on(attempt: Attempt) -> Pair:
    """Copy the best generator and the critic: the attempt itself may turn out the best."""
    generator, critic = (copy.deepcopy(net).train() for net in attempt.pair[1:])
    return Pair(attempt.pair.latent, generator.requires_grad_(True), critic)


def _with_own_checkpoint(run: Run, number: int) -> Run:
    if run.checkpoint is None:
        return run
    return replace(run, checkpoint=_first_folder(run.checkpoint) / f"remedy-{number}")


def _first_folder(folder: Path) -> Path:
    return folder.parent if folder.name.startswith("remedy-") else folder
