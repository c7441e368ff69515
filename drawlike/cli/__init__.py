"""The command line: a command is one call of the library, and the words around it."""

import sys
from typing import Annotated

import typer

from .. import __version__
from .balance import balance
from .compare import compare
from .demo import demo
from .discriminate import discriminate
from .faults import Commands, explain
from .fit import fit
from .impute import impute
from .judge import evaluate
from .look import info, models
from .restore import restore
from .sample import sample
from .screen import say
from .show import show
from .threads import use_threads

app = typer.Typer(
    cls=Commands,
    name="drawlike",
    help="Give it your data: it learns how they are distributed, draws more, and tells "
    "honestly how good the copy is.",
    epilog="Start with: drawlike demo",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_OF_DATA = (fit, sample, show, impute, restore, discriminate, balance, evaluate, compare)
for command in (demo, *_OF_DATA, models, info):
    app.command()(command)


def _show(version: bool) -> None:
    if version:
        sys.stdout.write(f"drawlike {__version__}\n")
        raise typer.Exit()


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_show, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show where errors arise.")] = False,
) -> None:
    """Hold what comes before a command; ``main`` looks for --debug by itself."""


def main(arguments: list[str] | None = None) -> None:
    """Run the program; it ends with exit code 0, 1 (failed) or 2 (wrong usage)."""
    words = sys.argv[1:] if arguments is None else arguments
    use_threads()
    try:
        app(words, prog_name="drawlike")
    except Exception as error:
        if "--debug" in words:
            raise
        say(f"error: {explain(error)}")
        sys.exit(1)
