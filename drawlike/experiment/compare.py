"""Several models on the same rows, under the same budget, before the same judge."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..base import GenerativeModel
from ..base.run import Hearing, listening
from ..datasets import Dataset, as_dataset, split
from ..errors import SettingError
from ..evaluation import Judge
from ..models import find, registered
from .comparison import Comparison
from .suited import suited
from .trial import attempt

Models = Mapping[str, Any] | Iterable[Any] | None


def compare(
    data: Any,
    models: Models = None,
    *,
    seeds: Sequence[int] = (0,),
    seconds: float | None = None,
    label: str | None = None,
    kind: str | None = None,
    holdout: float = 0.2,
    schema: Any = None,
    random_state: int = 0,
    listener: Hearing = "auto",
    data_name: str | None = None,
) -> Comparison:
    """Fit models on the same training rows and judge what each draws.

    Each model draws as many rows as there are training rows. A model that fails is listed
    with its error.

    Parameters
    ----------
    data : Dataset, raw data, or a pair of them
        All rows, of which ``holdout`` is set aside first; or a pair (train, holdout).
    models : names, models, or a mapping of names to them, optional
        By default every registered one that learns this kind of data. A name stands for the
        model with settings that suit the number of rows; models are cloned, not changed.
    seeds : sequence of int
        Every model is fitted once a seed; the table tells means and spreads.
    seconds : float, optional
        Becomes ``max_seconds`` of the models that have it. The others take what they take,
        and the table tells it of all.
    label, kind, schema
        What the data are, as for ``fit``.
    random_state : int
        Seed of the hold-out and of the judge's draws.
    listener : callable, "auto" or None
        Hears the events; "auto" draws a bar on a terminal.
    data_name : str, optional
        What the report calls the data.

    Examples
    --------
    >>> from drawlike.datasets import load_sample
    >>> found = compare(load_sample("wine"), ["gaussian", "topk"], listener=None)
    >>> found.table["model"].tolist()
    ['gaussian', 'topk']
    """
    if not seeds:
        raise SettingError("seeds is empty; give at least one, as seeds=(0,).")
    train, held = _parts(data, holdout, random_state, label=label, kind=kind, schema=schema)
    chosen = as_models(models, train)
    judge = Judge(train, held, random_state=random_state)
    runs = [(name, model, seed) for name, model in chosen.items() for seed in seeds]
    trials = []
    with listening(listener, "compare") as (events, _):
        for step, (name, model, seed) in enumerate(runs):
            events.progress(step, len(runs), unit="fits")
            trials.append(
                attempt(name, model, judge, seed=seed, seconds=seconds, hear=events.listener)
            )
            if trials[-1].error:
                events.warning(f"{name} with seed {seed} failed: {trials[-1].error}")
        events.progress(len(runs), len(runs), unit="fits")
    name = data_name or str(train.source.get("path", "")) or f"{train.kind} data"
    return Comparison(tuple(trials), judge, name, seconds)


def as_models(models: Models, train: Dataset) -> dict[str, GenerativeModel]:
    """Give models by name, whatever form they are asked for in."""
    if models is None:
        models = models_for(train.kind)
    if isinstance(models, str | GenerativeModel):
        models = [models]
    if isinstance(models, Mapping):
        named = {str(name): _as_model(model, train) for name, model in models.items()}
    else:
        named = {}
        for model in models:
            made = _as_model(model, train)
            named[_fresh_name(made.name, named)] = made
    if not named:
        raise SettingError(f"models is empty; give some of {', '.join(registered())}.")
    return named


def models_for(kind: str) -> list[str]:
    """Name the registered models that learn a kind of data."""
    return [name for name, model in registered().items() if _is_for(model, kind)]


def _is_for(model: type[GenerativeModel], kind: str) -> bool:
    # a model of sequences takes an array as one of them, which a pile of rows is not
    is_sequential = model.kinds[0] == "sequence"
    return kind in model.kinds and (kind == "sequence" or not is_sequential)


def _as_model(model: Any, train: Dataset) -> GenerativeModel:
    if isinstance(model, str):
        return find(model)(**suited(model, train))
    if isinstance(model, GenerativeModel):
        return model
    raise SettingError(
        f"{model!r} is no model; give a name ({', '.join(registered())}) or a model, as VAE()."
    )


def _fresh_name(name: str, taken: Mapping[str, Any]) -> str:
    number = 1 + sum(other == name or other.startswith(f"{name} ") for other in taken)
    return name if number == 1 else f"{name} {number}"


def _parts(data: Any, holdout: float, random_state: int, **known: Any) -> tuple[Dataset, Dataset]:
    if isinstance(data, tuple) and len(data) == 2:
        train, held = (as_dataset(part, **known) for part in data)
        return train, held
    train, held = split(as_dataset(data, **known), holdout, random_state=random_state)
    return train, held
