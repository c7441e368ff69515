"""Errors as a paragraph that says what to do; a traceback only for ``--debug``."""

import errno
import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from ..errors import DrawlikeError
from .screen import say

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class Commands(TyperGroup):
    """The commands; Ctrl-C ends one with a sentence."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            with _warnings_as_notes():
                return super().invoke(ctx)
        except KeyboardInterrupt:
            say("Interrupted: nothing more was written.")
            raise typer.Exit(1) from None


def explain(error: BaseException) -> str:
    """Say in one paragraph what went wrong and what to do, in the words of the command line."""
    for kinds, words in _ADVICE:
        if isinstance(error, kinds):
            return _as_options(" ".join(words(error).split()))
    return (
        f"Unexpected {type(error).__name__}: {' '.join(str(error).split())[:500]}. This is a fault "
        "of drawlike, not yours: run the same with `drawlike --debug ...` and report what it shows."
    )


def _as_options(text: str) -> str:
    """Turn what the library calls its arguments into what the program calls its options."""
    for argument, option in _OPTIONS:
        text = re.sub(argument, option, text)
    return text


def _about_files(error: OSError) -> str:
    where = f" {error.filename}" if error.filename else ""
    if error.errno in _DISK_FULL:
        return f"The disk is full, so that not all{where} could be written. Free some space."
    reason = error.strerror or str(error)
    return f"Cannot open or write{where}: {reason}. Check the path and your rights to it."


def _about_values(error: ValueError) -> str:
    # scikit-learn says in the lines that follow what a learner of labels would do
    first, *_ = str(error).splitlines()
    return f"{first} Give other data, settings or another model: `drawlike models` lists them."


_OPTIONS = (
    (r"\boverwrite=True", "--overwrite"),
    (r"\b(kind|label|holdout|device)=(?!['\"\w])", r"--\1"),
    (r"\b(kind|label|holdout|device)=(['\"]?)([\w.]+)\2", r"--\1 \3"),
    (r"\b(header|delimiter|key|size|mode|labels)=(['\"]?)([\w.]*)\2", r"--read \1=\3"),
)


_ADVICE: tuple[tuple[type[BaseException], Any], ...] = (
    (DrawlikeError, str),
    (
        MemoryError,
        lambda error: (
            "Not enough memory. Give fewer rows or columns, a smaller model "
            "(`--set`), or a machine with more."
        ),
    ),
    (OSError, _about_files),
    (ValueError, _about_values),
)


@contextmanager
def _warnings_as_notes() -> Iterator[None]:
    """Show the package's own warnings as a line, and no others."""

    def show(message: Warning | str, *where: Any, **more: Any) -> None:
        say(f"note: {message}")

    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
            warnings.filterwarnings("always", category=UserWarning, module=r"drawlike\b")
        warnings.showwarning = show
        yield
