"""Classics by name."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from ..errors import SettingError


class PresetMixin:
    """Models of which some settings are known by a paper's name.

    A subclass says what its ``presets`` are; the command line takes them as ``--set preset=``.
    """

    presets: ClassVar[Mapping[str, Mapping[str, Any]]]

    @classmethod
    def preset(cls, name: str, **settings: Any) -> Self:
        """Give a classic by name, with further settings that win over its own."""
        if name not in cls.presets:
            raise SettingError(f"There is no preset {name!r}; use one of {', '.join(cls.presets)}.")
        return cls(**{**cls.presets[name], **settings})
