"""``name=value`` words of the command line, turned into values and checked early."""

import ast
import json
import re
import secrets
from collections.abc import Iterable
from typing import Any

from ..errors import SettingError
from ..events import Listener
from .screen import Screen

_PYTHON = {"True": True, "False": False, "None": None}
_PYTHON_BEGINS = ("{", "[", "(", ".", "-.")
_TYPES = {
    "number": ("float", "int"),
    "truth": ("bool",),
    "list": ("array", "list"),
    "mapping": ("dict",),
}
_OWN_OPTIONS = ("random_state", "device")  # set by --seed and --device


def fresh(seed: int | None) -> int:
    """Give a seed, a new one where none was asked for."""
    return secrets.randbits(31) if seed is None else seed


def pairs(given: Iterable[str] | None, option: str) -> dict[str, Any]:
    """Parse ``name=value`` words; values are JSON or Python's where they can be, else text."""
    parsed = {}
    for word in given or ():
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise SettingError(f"{option} {word} is no NAME=VALUE; write {option} name=value.")
        parsed[name.strip()] = value_of(value)
    return parsed


def suit(model: Any, given: dict[str, Any], train: Any, screen: Screen) -> None:
    """Fill settings that suit the rows in, unless some of them were given, and say which."""
    from ..experiment import suited

    fitting = suited(model.name, train)
    if fitting and not fitting.keys() & given.keys():
        model.set_params(**fitting)
        chosen = " ".join(f"--set {key}={value}" for key, value in fitting.items())
        screen.note(f"{model.name} for {len(train):,} rows: {chosen}")


def make_model(name: str, settings: dict[str, Any], seed: int, device: str) -> Any:
    """Make a model of its name; settings that it does not have are refused with a list.

    ``preset`` names the classic to start from, where the model has such.
    """
    from ..base import PresetMixin
    from ..experiment import Auto
    from ..models import find

    found: Any = Auto if name == Auto.name else find(name)
    if "preset" in settings and issubclass(found, PresetMixin):
        model = found.preset(settings["preset"])
        settings = {k: v for k, v in settings.items() if k != "preset"}
    else:
        model = found()
    _check(model, settings, _known(model), f"{name} has no setting")
    return model.set_params(**settings, random_state=seed, device=device)


def make_sampler(name: str, settings: dict[str, Any], seed: int, hear: Listener) -> Any:
    """Make a sampler of its name, or one that draws from the model of that name.

    Settings that the latter does not have are the model's.
    """
    from ..balancing import SAMPLERS, Rebalancer
    from ..models import registered

    if name in SAMPLERS:
        sampler = SAMPLERS[name](random_state=seed)
        _check(sampler, settings, _known(sampler), f"{name} has no setting")
        return sampler.set_params(**settings)
    if name not in registered():
        names = ", ".join([*SAMPLERS, *registered()])
        raise SettingError(f"--by {name} is neither a sampler nor a model; use one of {names}.")
    by_model = Rebalancer(random_state=seed, listener=hear)
    known = {k: v for k, v in _known(by_model).items() if k not in ("model", "listener")}
    own = {k: v for k, v in settings.items() if k in known}
    _check(by_model, own, known, "")
    rest = {k: v for k, v in settings.items() if k not in known}
    return by_model.set_params(**own, model=make_model(name, rest, seed, "auto"))


def _known(estimator: Any) -> dict[str, Any]:
    """Settings that are not set by options of their own, and their values."""
    settings = estimator.get_params(deep=False)
    return {name: value for name, value in settings.items() if name not in _OWN_OPTIONS}


def change(model: Any, given: Iterable[str] | None) -> Any:
    """Change a fitted model's settings of drawing; those of its fit stay as they are."""
    settings = pairs(given, "--set")
    known = {name: getattr(model, name) for name in model.drawn_by}
    _check(model, settings, known, f"a fitted {model.name} draws by no setting")
    return model.set_params(**settings)


def _check(model: Any, settings: dict[str, Any], known: dict[str, Any], refusal: str) -> None:
    """Refuse settings that are not among the known ones, or not of their sort."""
    for setting, value in settings.items():
        if setting not in known:
            has = ", ".join(f"{k}={_shown(v)}" for k, v in known.items())
            raise SettingError(f"{refusal} {setting!r}. It has: {has or 'none'}")
        if not _fits(model, setting, known[setting], value):
            raise SettingError(
                f"{setting}={_shown(value)} of {_name(model)} should be like "
                f"{_shown(known[setting])}, its default."
            )


def _name(estimator: Any) -> str:
    return getattr(estimator, "name", type(estimator).__name__)


def listed(words: str, option: str) -> list[str]:
    """Cut ``a,b,c`` into words."""
    found = [word.strip() for word in words.split(",") if word.strip()]
    if not found:
        raise SettingError(f"{option} is empty; give names with commas between.")
    return found


def whole_numbers(words: str, option: str) -> list[int]:
    """Cut ``0,1,2`` into numbers."""
    found = listed(words, option)
    if not all(word.isdigit() for word in found):
        raise SettingError(f"{option} {words} is no list of whole numbers; write {option} 0,1,2.")
    return [int(word) for word in found]


def value_of(text: str) -> Any:
    """Read JSON, or what Python writes, or else a text."""
    if text in _PYTHON:
        return _PYTHON[text]
    try:
        return json.loads(text)
    except ValueError:
        return _python(text)


def _python(text: str) -> Any:
    """Read ``.55`` or ``{'c2st': .55}`` as Python does; what is no such value is text."""
    if not text.startswith(_PYTHON_BEGINS):
        return text
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _sort(value: Any) -> str | None:
    """Sort of a setting's value: number, text, truth, list, mapping; None when it may be any."""
    if isinstance(value, bool):
        return "truth"
    sorts = {int: "number", float: "number", str: "text", list: "list", tuple: "list"}
    sorts[dict] = "mapping"
    return sorts.get(type(value))


def _fits(model: Any, setting: str, default: Any, value: Any) -> bool:
    """Tell whether a value is of the default's sort, or named by the setting's docstring."""
    if value is None or _sort(default) in (None, _sort(value)):
        return True
    line = re.search(
        rf"^ +(?:\w+, )*{setting}(?:, \w+)* : (.*)$", model.__doc__ or "", re.MULTILINE
    )
    declared = re.sub(r" of \w+", "", line[1]) if line else ""
    words = _TYPES.get(_sort(value) or "", ()) if not isinstance(value, str) else (_shown(value),)
    return any(word in declared for word in words)


def _shown(value: Any) -> str:
    return json.dumps(value, default=str)


def some_of(values: list[Any]) -> str:
    """List the first values."""
    return ", ".join(map(str, values[:20])) + (", ..." if len(values) > 20 else "")
