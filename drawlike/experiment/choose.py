"""The model that does best on rows of its own data."""

from dataclasses import dataclass, field
from typing import Any

from ..base import GenerativeModel
from ..base.run import Hearing
from ..errors import TrainingError
from .compare import Models, compare
from .comparison import Comparison


@dataclass(frozen=True, eq=False)
class Choice:
    """A fitted model, and the comparison that it won."""

    model: GenerativeModel
    comparison: Comparison = field(repr=False)


def choose(
    data: Any,
    models: Models = None,
    *,
    seconds: float | None = None,
    label: str | None = None,
    kind: str | None = None,
    schema: Any = None,
    validation: float = 0.2,
    random_state: int = 0,
    listener: Hearing = "auto",
) -> Choice:
    """Fit models and give the one whose rows are most like fresh rows.

    A ``validation`` part of ``data`` judges them: keep a hold-out away before. The chosen
    model has learned from the other rows only, so that the comparison's figures are its own;
    they are a little too good, since it was chosen by them. To learn from all rows, fit
    ``sklearn.base.clone(choice.model)`` on them. Models that copy are never chosen.

    Raises
    ------
    TrainingError
        If no model could be fitted without copying.

    Examples
    --------
    >>> from drawlike.datasets import load_sample
    >>> choose(load_sample("wine"), ["gaussian", "topk"], listener=None).model
    Gaussian(random_state=0)
    """
    comparison = compare(
        data,
        models,
        seeds=(random_state,),
        seconds=seconds,
        label=label,
        kind=kind,
        holdout=validation,
        schema=schema,
        random_state=random_state,
        listener=listener,
    )
    best = comparison.best
    if best is None:
        errors = [f"{trial.name}: {trial.error or 'copies'}" for trial in comparison.trials]
        raise TrainingError(f"No model can be chosen. {'; '.join(errors)}. Give other models.")
    return Choice(comparison.models[best], comparison)
