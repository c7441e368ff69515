"""``--given`` words of the command line, turned into what ``sample`` takes."""

import csv
from collections.abc import Callable, Iterable
from typing import Any

from ..errors import DataError, NotConditionalError, SettingError
from .words import some_of, value_of

_OPERATORS = (">=", "<=", ">", "<", "=")  # those that begin alike, the longer first


def wanted(model: Any, given: Iterable[str] | None) -> dict[str, Any]:
    """Turn words as ``column=value`` or ``column>=value`` into y, or given, or nothing.

    Commas part the values of a set, and words about one column go together. The label's values
    come in their own type.
    """
    words = list(given or ())
    if not words:
        return {}
    label, columns = model.label_ or "label", _columns(model)
    if len(words) == 1 and words[0].startswith(f"{label}=") and model.labels_.n_classes:
        value = _known(model, label, words[0].removeprefix(f"{label}="))
        return {"y": value} if not isinstance(value, frozenset) else {"given": {label: value}}
    if not columns:
        raise NotConditionalError(_refusal(model, label, words))
    by_column: dict[Any, dict[str, str]] = {}
    for word in words:
        column, operator, value = _cut(word, columns)
        if operator in by_column.setdefault(column, {}):
            raise SettingError(f"--given {word}: {column}{operator} is given twice; drop one.")
        by_column[column][operator] = value
    return {"given": {column: _asked(model, column, by) for column, by in by_column.items()}}


def _columns(model: Any) -> list[Any]:
    """Columns whose values can be asked for, by name or number."""
    if model.kind_ not in ("table", "array"):
        return []
    return list(getattr(model, "feature_names_in_", range(model.n_features_in_)))


def _cut(word: str, columns: list[Any]) -> tuple[Any, str, str]:
    """Cut a word into a column, the first operator after its name, and the rest."""
    for column in sorted(columns, key=lambda name: -len(str(name))):
        rest = word.removeprefix(str(column))
        operator = next((sign for sign in _OPERATORS if rest.startswith(sign)), None)
        if word.startswith(str(column)) and operator is not None:
            return column, operator, rest.removeprefix(operator)
    raise NotConditionalError(
        f"--given {word} names no column; write --given COLUMN=VALUE with one of "
        f"{some_of(columns)}."
    )


def _asked(model: Any, column: Any, by: dict[str, str]) -> Any:
    """A value, a set or a range of a column, by operators."""
    if "=" in by:
        if len(by) > 1:
            raise SettingError(f"--given {column}= and bounds of {column} do not go together.")
        return _known(model, column, by["="])
    if len(by.keys() & {">", ">="}) > 1 or len(by.keys() & {"<", "<="}) > 1:
        raise SettingError(f"--given has two bounds of {column} on one side; drop one.")
    from ..codecs import Between

    read = _reader(model, column)
    low, high = (
        next((read(by[sign]) for sign in signs if sign in by), None)
        for signs in ((">=", ">"), ("<=", "<"))
    )
    inclusive = {(True, True): "both", (True, False): "left", (False, True): "right"}
    ends = inclusive.get((">" not in by, "<" not in by), "neither")
    return Between(low, high, ends)  # type: ignore[arg-type]


def _known(model: Any, column: Any, text: str) -> Any:
    """A value, or a set where commas part several; a value that has commas may be known whole."""
    read = _reader(model, column)
    if "," not in text or text in _values(model, column):
        return read(text)
    return frozenset(read(value) for value in next(csv.reader([text], skipinitialspace=True)))


def _reader(model: Any, column: Any) -> Callable[[str], Any]:
    """What turns a text into a value of a column."""
    if model.labels_.n_classes and column == (model.label_ or "label"):
        return lambda text: _class(model, column, text)
    if model.kind_ == "array":
        return value_of
    return lambda text: text or None


def _values(model: Any, column: Any) -> set[str]:
    """Categories of a column as text, none where it has others."""
    if model.labels_.n_classes and column == (model.label_ or "label"):
        return set(map(str, model.labels_.classes_))
    try:
        return set(map(str, model.codec_.categories(column)))
    except DataError:
        return set()


def _refusal(model: Any, label: str, words: list[str]) -> str:
    if not model.labels_.n_classes:
        return (
            "The model was fitted without a label, so that nothing can be given. "
            "Fit it again with --label."
        )
    return (
        f"--given {' --given '.join(words)} is not possible: this model takes one "
        f"condition, --given {label}=VALUE with one of {some_of(list(model.labels_.classes_))}."
    )


def _class(model: Any, label: str, wanted: str) -> Any:
    classes = list(model.labels_.classes_)
    for value in classes:
        if str(value) == wanted:
            return value
    raise NotConditionalError(f"{label} has no value {wanted!r}; it has {some_of(classes)}.")
