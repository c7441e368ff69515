"""What a user asks of rows: values, sets and ranges of columns, and tests of whole rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..codecs import Admitted, Between
from ..errors import DataError, NotConditionalError, SettingError
from .accepting import ruled
from .given import REGIONS, key_of, label_of

_KINDS = ("table", "array")
Predicate = Callable[[Any], Any]


@dataclass(frozen=True)
class Asked:
    """Conditions on rows.

    ``values`` are equalities, one for all rows or an array of them; ``regions`` are sets and
    ranges; ``allowed`` (k,) are classes that a row may have, None for all; ``tests`` take drawn
    rows, and tell which are wanted.
    """

    values: Mapping[Any, Any]
    y: Any
    regions: tuple[Admitted, ...] = ()
    allowed: np.ndarray | None = None
    tests: tuple[Predicate, ...] = ()

    def holds(self, model: Any, drawn: Any) -> np.ndarray:
        """Tell which drawn rows have what is asked, but for their values and classes, (n,).

        They keep the constraints of a table, too.
        """
        inside = np.ones(len(drawn), bool)
        for region in self.regions:
            inside &= model.codec_.holds(drawn, region)
        for test in self.tests:
            inside &= _answers(test, drawn)
        return inside & ~model.codec_.broken(drawn) if ruled(model) else inside


def is_more_than_values(model: Any, given: Any) -> bool:
    """Tell whether something other than values of columns that the model takes is given."""
    if given is None or model.kind_ not in _KINDS:
        return False
    if not isinstance(given, Mapping):
        return True
    if any(_is_region(value) for value in given.values()):
        return True
    return not hasattr(model, "condition") and any(name != label_of(model) for name in given)


def read_asked(model: Any, given: Any, y: Any) -> Asked:
    """Read what a user gives.

    Raises
    ------
    NotConditionalError
        If there is no such column or label.
    DataError
        If a value cannot be in its column.
    """
    values: dict[Any, Any] = {}
    regions: list[Admitted] = []
    tests: list[Predicate] = []
    allowed, named = None, set[Any]()
    for name, wanted in _flat(given, tests):
        if name in named:
            raise SettingError(
                f"{name!r} is given twice; put what is wanted of it into one set or range."
            )
        named.add(name)
        if label_of(model) is not None and name == label_of(model):
            if _is_region(wanted):
                allowed = _allowed(model, wanted)
            else:
                y = _agreed(y, wanted, given)
        elif _is_region(wanted) or not hasattr(model, "condition"):
            regions.append(model.codec_.admitted(key_of(model, name), _region(name, wanted)))
        else:
            values[name] = wanted
    return Asked(values, y, tuple(regions), allowed, tuple(tests))


def _flat(given: Any, tests: list[Predicate]) -> Iterator[tuple[Any, Any]]:
    """Columns and what is wanted of them; tests are put aside."""
    if isinstance(given, Mapping):
        yield from given.items()
    elif callable(given):
        tests.append(given)
    elif isinstance(given, Sequence) and not isinstance(given, str):
        for each in given:
            yield from _flat(each, tests)
    else:
        raise SettingError(
            f"given={given!r}; give a mapping, {{column: value}}, a test of rows, or both in a list."
        )


def _is_region(wanted: Any) -> bool:
    return isinstance(wanted, REGIONS)


def _region(name: Any, wanted: Any) -> Between | frozenset[Any]:
    if isinstance(wanted, pd.Interval):
        return Between.of(wanted)
    if isinstance(wanted, Between):
        return wanted
    if isinstance(wanted, set | frozenset):
        if not wanted:
            raise SettingError(f"The set given for {name!r} is empty; put values into it.")
        return frozenset(wanted)
    if np.ndim(wanted):
        raise NotConditionalError(
            f"The model takes one value of {name!r} for all rows, and {np.shape(wanted)[0]} are "
            "given; call sample for each, or take a conditional model such as LatentClass."
        )
    return frozenset([wanted])


def _allowed(model: Any, wanted: Any) -> np.ndarray:
    """Classes in a set or a range, (k,)."""
    classes, region = model.labels_.classes_, _region(model.label_, wanted)
    if isinstance(region, Between):
        inside = np.ones(len(classes), bool)
        if region.low is not None:
            inside &= classes >= region.low if region.has_low else classes > region.low
        if region.high is not None:
            inside &= classes <= region.high if region.has_high else classes < region.high
    else:
        inside = np.zeros(len(classes), bool)
        inside[model.labels_.codes(np.array(list(region)), len(region))] = True
    if not inside.any():
        raise NotConditionalError(f"No class of {model.label_!r} is in {region}.")
    return inside


def _agreed(y: Any, label: Any, given: Any) -> Any:
    if y is not None and not np.array_equal(y, label):
        raise SettingError(f"y={y!r} and given={given!r} disagree; give one of them.")
    return label


def _answers(test: Predicate, drawn: Any) -> np.ndarray:
    """What a test says of rows, (n,)."""
    found = np.array(test(drawn))
    if found.shape != (len(drawn),) or found.dtype.kind not in "bO":
        raise DataError(
            f"The test of rows gave {found.dtype} of shape {found.shape} for {len(drawn)} rows; "
            "it should give True or False for each."
        )
    found[pd.isna(found)] = False
    return found.astype(bool)
