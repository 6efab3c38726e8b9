"""The command ``clustomer``: its commands, and how an error looks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import typer

from clustomer.cli.appcommand import app as web_app
from clustomer.cli.audit import audit
from clustomer.cli.demo import demo
from clustomer.cli.explain import explain
from clustomer.cli.export import export
from clustomer.cli.fit import fit
from clustomer.cli.init import init
from clustomer.cli.rename import rename
from clustomer.cli.score import score
from clustomer.cli.validate import validate
from clustomer.errors import ClustomerError

DUCKDB_INTERRUPTED = "Query interrupted"
"""What DuckDB raises where Ctrl-C stops a query: no error of its own, but RuntimeError."""

app = typer.Typer(
    help="Raw sales, customer and product tables in; named customer segments out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _first_line(command: Callable[..., None]) -> str:
    """What a command does, whole: the list of commands would cut it off after a few words."""
    return (command.__doc__ or "").strip().partition("\n")[0]


for command in (demo, init, fit, audit, score, explain, rename, validate, export):
    app.command(short_help=_first_line(command))(command)
app.command(short_help=_first_line(web_app))(web_app)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"clustomer {version('clustomer')}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(
        False, "--version", help="Show the version.", callback=_version, is_eager=True
    ),
) -> None:
    pass


def main() -> None:
    """Run the command line; an error that the user can mend is one message and exit code 2."""
    try:
        app()
    except ClustomerError as error:
        from clustomer.cli.terminal import HARMLESS

        typer.echo(f"Error: {error}".translate(HARMLESS), err=True)
        sys.exit(2)
    except BrokenPipeError:
        # Whoever read the output has seen enough, as in: clustomer audit OUT | head.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except RuntimeError as error:
        if str(error) != DUCKDB_INTERRUPTED:
            raise
        typer.echo("Aborted!", err=True)
        sys.exit(130)
