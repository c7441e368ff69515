"""Pictures of what a model has learned: a page, and files of what is on it."""

from .page import Shown, show

__all__ = ["Shown", "show"]
