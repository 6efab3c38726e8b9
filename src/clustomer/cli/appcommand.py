"""``clustomer app``: the web app on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def app(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="OUT_OR_DIR", help="A run, or a folder of runs or tables."),
    ] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    password_file: Annotated[
        Path | None, typer.Option(help="File with the hash of the password.")
    ] = None,
    hash_password: Annotated[
        bool, typer.Option("--hash-password", help="Ask for a password, print its hash and end.")
    ] = False,
    workspace: Annotated[
        Path | None, typer.Option(help="Folder for uploads and runs of the app's sessions.")
    ] = None,
) -> None:
    """Open the web app on a run, on tables, or on the demo when nothing is given."""
    from clustomer.app.launch import check_address, check_extra, serve, server, what_to_open
    from clustomer.app.options import default_workspace
    from clustomer.app.passwords import hash_password as hashed
    from clustomer.app.passwords import read_hash
    from clustomer.cli.screen import console, progress

    if hash_password:
        typer.echo(hashed(typer.prompt("Password", hide_input=True, confirmation_prompt=True)))
        return
    check_extra()
    password = read_hash(password_file)
    check_address(address, password)
    screen = console()
    place = (workspace or default_workspace()).absolute()
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    with progress(screen, 11) as tell:
        options = what_to_open(folder, place, password, tell)
    shown = f"[{address}]" if ":" in address else address
    typer.echo(f"clustomer app: http://{shown}:{port}  (end it with Ctrl+C)")
    raise typer.Exit(serve(server(options, address, port)))
