"""A part of the panel, chosen by names."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ...errors import SettingError
from ..metric import Metric


def choose(panel: Sequence[Metric], names: Iterable[str], kind: str) -> tuple[Metric, ...]:
    """Give the metrics of these names, in the panel's order; an aspect's name means all of it.

    Raises
    ------
    SettingError
        If a name is unknown, listing close ones, or is no metric for this kind of data.
    """
    names = [names] if isinstance(names, str) else names
    fitting = [metric for metric in panel if kind in metric.kinds]
    wanted = {chosen.name for name in names for chosen in _named(name, panel, fitting, kind)}
    if not wanted:
        raise SettingError("metrics=[] leaves nothing to measure: name some, or give None for all.")
    return tuple(metric for metric in fitting if metric.name in wanted)


def _named(
    name: str, panel: Sequence[Metric], fitting: Sequence[Metric], kind: str
) -> list[Metric]:
    asked = _plain(name)
    found = [m for m in fitting if asked in (_plain(m.name), _plain(m.aspect))]
    if found:
        return found
    if any(asked == _plain(metric.name) for metric in panel):
        raise SettingError(
            f"metrics: {name!r} has no meaning for data of kind {kind!r}. Leave it out."
        )
    known = list(dict.fromkeys([*(m.name for m in fitting), *(m.aspect for m in fitting)]))
    close = get_close_matches(asked, map(_plain, known), n=4, cutoff=0.5)
    offered = sorted(
        (other for other in known if not close or _plain(other) in close),
        key=lambda other: close.index(_plain(other)) if close else 0,
    )
    raise SettingError(
        f"metrics: {name!r} is unknown. "
        f"{'Close to it' if close else 'There are'}: {', '.join(offered)}."
    )


def _plain(name: str) -> str:
    return name.strip().lower().replace("-", " ").replace("_", " ")
