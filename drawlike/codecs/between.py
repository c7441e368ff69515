"""Ranges of values, as a user writes them."""

from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from ..errors import SettingError

_INCLUSIVE = ("both", "left", "right", "neither")


@dataclass(frozen=True)
class Between:
    """Values from ``low`` to ``high``, for ``sample(given={column: Between(18, 65)})``.

    Missing values are not among them. A :class:`pandas.Interval` says the same.

    Parameters
    ----------
    low, high : number, date, time or text, optional
        Bounds; None is open. Dates may be written as "2024-01-31". Categories that a frame has in
        order lie between two of them, and others as words do.
    inclusive : {"both", "left", "right", "neither"}
        Which bounds are among the values, as in :meth:`pandas.Series.between`.

    Examples
    --------
    >>> import pandas as pd
    >>> from drawlike import Between, LatentClass
    >>> model = LatentClass(random_state=0).fit(pd.DataFrame({"age": range(20, 60)}))
    >>> drawn = model.sample(100, given={"age": Between(30, 40, inclusive="left")})
    >>> bool(drawn["age"].between(30, 39).all())
    True
    """

    low: Any = None
    high: Any = None
    inclusive: Literal["both", "left", "right", "neither"] = "both"

    def __post_init__(self) -> None:
        """Refuse what is no range."""
        if self.inclusive not in _INCLUSIVE:
            raise SettingError(
                f"inclusive={self.inclusive!r} is unknown; use one of {', '.join(_INCLUSIVE)}."
            )
        if self.low is None and self.high is None:
            raise SettingError("Between() has no bound; give low, high or both.")

    @classmethod
    def of(cls, interval: pd.Interval) -> "Between":
        """Read an interval of pandas."""
        return cls(interval.left, interval.right, interval.closed)

    @property
    def has_low(self) -> bool:
        """Whether the lower bound is among the values."""
        return self.inclusive in ("both", "left")

    @property
    def has_high(self) -> bool:
        """Whether the upper bound is among the values."""
        return self.inclusive in ("both", "right")

    def __str__(self) -> str:
        """Write it as mathematics does."""
        opens, closes = "[" if self.has_low else "(", "]" if self.has_high else ")"
        ends = ("" if end is None else str(end) for end in (self.low, self.high))
        return f"{opens}{', '.join(ends)}{closes}"
