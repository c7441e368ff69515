"""What a report compares: samplers by name, each behind the same correction and tuning."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...errors import SettingError
from ...report import Text
from ..generation import Rebalancer
from ..samplers import SAMPLERS

NOTHING, UNCORRECTED = "nothing", "uncorrected"
METHODS: dict[str, Callable[[], Any]] = {
    NOTHING: lambda: None,
    "weights": lambda: "weights",
    **SAMPLERS,
    "rebalancer": Rebalancer,
}
_NAMES = f"some of {', '.join(METHODS)}, or a mapping of names to samplers"
TITLES = {
    NOTHING: Text("tuned threshold only", "仅调阈值"),
    "weights": Text("weights", "加权"),
    "over": Text("random over-sampling", "随机过采样"),
    "under": Text("random under-sampling", "随机欠采样"),
    "smote": Text("SMOTE", "SMOTE"),
    "borderline": Text("Borderline-SMOTE", "Borderline-SMOTE"),
    "adasyn": Text("ADASYN", "ADASYN"),
    "rebalancer": Text("drawn by a model (KDE)", "模型生成的行（KDE）"),
    UNCORRECTED: Text("over-sampling, uncorrected", "过采样，未校正"),
}


def title_of(method: str) -> Text:
    """The name of a method in words."""
    return TITLES.get(method, Text(method, method))


def as_samplers(methods: Any) -> dict[str, Any]:
    """Samplers by name, of names, or of a mapping of names to samplers; "nothing" comes first.

    Raises
    ------
    SettingError
        If a name is unknown.
    """
    if isinstance(methods, Mapping):
        named = {str(name): sampler for name, sampler in methods.items() if name != NOTHING}
    else:
        named = {name: _known(name) for name in _listed(methods) if name != NOTHING}
    if UNCORRECTED in named:
        raise SettingError(f"{UNCORRECTED!r} names the uncorrected row; set uncorrected=True.")
    return {NOTHING: None, **named}


def _listed(methods: Any) -> Iterable[Any]:
    if methods is None:
        return METHODS
    if isinstance(methods, str):
        return [methods]
    if isinstance(methods, Iterable):
        return methods
    raise SettingError(f"methods={methods!r}; give {_NAMES}.")


def _known(name: Any) -> Any:
    if not isinstance(name, str) or name not in METHODS:
        raise SettingError(f"method {name!r} is unknown; give {_NAMES}.")
    return METHODS[name]()
