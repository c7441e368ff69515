"""Numbers as people read them: four digits, thousands apart, words for what is not finite."""

import math
from collections.abc import Callable

import numpy as np

from drawlike.report.document import Text, Value, Words

NOTHING = "–"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_WORDS = {
    True: Text("yes", "是"),
    False: Text("no", "否"),
    math.inf: Text("infinite", "无穷大"),
    -math.inf: Text("minus infinite", "负无穷大"),
}
_NOT_A_NUMBER = Text("not a number", "非数值")

_SMALLEST = 1e-300


def short(value: Value) -> Words:
    """Write a value with four significant digits, three below 1; in words where not finite."""
    if value is None:
        return NOTHING
    if isinstance(value, str | Text):
        return value
    if isinstance(value, bool | np.bool_) or math.isinf(value):
        return _WORDS[value]
    if math.isnan(value):
        return _NOT_A_NUMBER
    return _integer(int(value)) if _is_integer(value) else _decimal(float(value))


def plain_short(value: Value) -> str:
    """Write as :func:`short` does, in English where it takes words."""
    text = short(value)
    return text.en if isinstance(text, Text) else text


def exact(value: Value) -> Words:
    """Write a value with all its digits."""
    if isinstance(value, float | np.floating) and math.isfinite(value):
        return repr(float(value))
    return short(value)


def percent(share: float) -> str:
    """Write a share of 1 in per cent, such as ``12.3 %``."""
    if not math.isfinite(share):
        return NOTHING
    if 0 < share < 0.0005:
        return "<0.1 %"
    return f"{100 * share:.1f} %"


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Give round numbers between two ends, at most ``most`` of them."""
    if not low < high:
        return [low]
    if (high - low) / most < _SMALLEST:  # beyond it a step is no number
        return [low, high]
    magnitude = 10.0 ** math.floor(math.log10((high - low) / most))
    steps = (factor * magnitude for factor in (1, 2, 2.5, 5, 10, 20, 25))
    for step in steps:
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return [index * step for index in range(first, last + 1)]
    return [low, high]


def log_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Give powers of ten between two positive ends; round numbers where there is only one."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    if last - first < 1:
        return [tick for tick in ticks(low, high, most) if tick > 0]
    stride = -(-(last - first + 1) // most)
    return [10.0**power for power in range(first, last + 1, stride)]


def compact(value: float) -> str:
    """Write a tick's label in as few characters as tell it from its neighbours."""
    if value == 0:
        return "0"
    for size, suffix in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size <= abs(value) < 1e12:
            scaled = value / (1e3 if suffix == "k" else size)
            return _signed(f"{scaled:.4g}") + suffix
    if abs(value) < 1e-3 or abs(value) >= 1e12:
        return _power(value, 3)
    return _signed(f"{value:.4g}")


def moment(value: np.datetime64 | np.timedelta64, span: float) -> str:
    """Write a date, time or duration as finely as a span of so many seconds needs."""
    if isinstance(value, np.timedelta64):
        return _duration(float(value / np.timedelta64(1, "s")))
    for least, unit in ((3e8, "Y"), (4e7, "M"), (2e5, "D")):
        if span >= least:
            return np.datetime_as_string(value, unit=unit)  # type: ignore[call-overload]
    return str(np.datetime_as_string(value, unit="m")).replace("T", " ")


def labels(values: np.ndarray, write: Callable[[float], str]) -> list[str]:
    """Write sorted values: numbers by ``write``, dates and durations as fine as they need."""
    if values.dtype.kind not in "Mm":
        return [write(float(value)) for value in values]
    span = float((values[-1] - values[0]) / np.timedelta64(1, "s"))
    return [moment(value, span) for value in values]


def _is_integer(value: float) -> bool:
    return isinstance(value, int | np.integer)


def _integer(value: int) -> str:
    return _signed(f"{value:,}") if abs(value) < 10**15 else _power(value, 4)


def _decimal(value: float) -> str:
    size = abs(value)
    if value and not 1e-3 <= size < 1e9:
        return _power(value, 3)
    if size >= 1000 or value == round(value):
        return _signed(f"{value:,.0f}")
    if size >= 1:
        return _signed(f"{value:.4g}")
    # Zeros at the end stay, so that a column of shares lines up.
    return _signed(f"{value:.{min(4, 2 - math.floor(math.log10(size)))}f}")


def _power(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return _signed(mantissa) + "×10" + str(int(exponent)).translate(_SUPERSCRIPTS)


def _signed(digits: str) -> str:
    return digits.replace("-", "−")


def _duration(seconds: float) -> str:
    for size, unit in ((86400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if abs(seconds) >= size:
            return f"{_signed(f'{seconds / size:.3g}')} {unit}"
    return f"{_signed(f'{seconds:.3g}')} s"
