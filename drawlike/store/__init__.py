"""Nested values and arrays in a folder, without pickle."""

from .loading import load
from .saving import save
from .tree import pack, unpack

__all__ = ["load", "pack", "save", "unpack"]
