"""The command line: one file per command."""

from clustomer.cli.app import main

__all__ = ["main"]
