"""Starting the app: what it opens, and where it refuses to listen."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

from clustomer.app import launch
from clustomer.app.launch import (
    Launch,
    check_address,
    check_extra,
    serve,
    server,
    what_to_open,
)
from clustomer.app.loop import PromptPolicy
from clustomer.app.options import Options, read_options
from clustomer.app.passwords import hash_password, matches, read_hash
from clustomer.app.serve import make_ready
from clustomer.app.state import open_ahead
from clustomer.errors import ClustomerError, DataError, MissingExtraError
from clustomer.progress import silent


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_this_machine_needs_no_password(address: str) -> None:
    check_address(address, "")


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.2", "8.8.8.8"])
def test_others_are_refused_without_a_password(address: str) -> None:
    with pytest.raises(ClustomerError, match="without a password") as raised:
        check_address(address, "")
    assert "--hash-password" in raised.value.remedy
    check_address(address, hash_password("correct horse battery"))


def test_what_is_no_address_is_told() -> None:
    with pytest.raises(ClustomerError, match="is no address"):
        check_address("example", "x")


def test_a_password_is_known_by_its_hash_only(tmp_path: Path) -> None:
    file = tmp_path / "hash"
    hashed = hash_password("correct horse battery")
    file.write_text(hashed + "\n")
    assert "horse" not in hashed
    assert matches("correct horse battery", read_hash(file))
    assert not matches("correct horse batterx", read_hash(file))
    assert hashed != hash_password("correct horse battery")


def test_bad_passwords_and_files_are_told(tmp_path: Path) -> None:
    with pytest.raises(ClustomerError, match="too short"):
        hash_password("short")
    with pytest.raises(ClustomerError, match="cannot be read"):
        read_hash(tmp_path / "none")
    (tmp_path / "plain").write_text("correct horse battery")
    with pytest.raises(ClustomerError, match="hash cannot be read"):
        read_hash(tmp_path / "plain")


def test_a_missing_extra_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError) as raised:
        check_extra()
    assert raised.value.remedy == "install them with: pip install 'clustomer[app]'"


def test_the_server_sends_no_statistics_and_stays_on_this_machine(tmp_path: Path) -> None:
    made = server(Options(str(tmp_path)), "127.0.0.1", 8600)
    command = " ".join(made.command)
    assert "--browser.gatherUsageStats false" in command
    assert "--server.address 127.0.0.1" in command
    assert "--server.maxUploadSize 200" in command
    assert "--client.showErrorDetails none" in command


def test_the_open_run_is_ready_before_anyone_asks(demo: tuple[Path, Path], tmp_path: Path) -> None:
    options = Options(str(tmp_path), (str(demo[1]),))
    make_ready(options)
    assert open_ahead(demo[1]) is open_ahead(demo[1])
    assert "clustomer.app.serve" in server(options, "127.0.0.1", 8600).command
    # What is not there is told to whoever opens it, not here.
    make_ready(Options(str(tmp_path), (str(tmp_path / "none"),)))


def test_options_travel_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = Options(str(tmp_path), ("a", "b"), ("c",), demo=True, password="x")
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    assert read_options() == given


def test_a_folder_of_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="neither a run nor tables"):
        what_to_open(tmp_path, tmp_path / "ws", "", silent)
    with pytest.raises(DataError, match="is no folder"):
        what_to_open(tmp_path / "none", tmp_path / "ws", "", silent)


def test_a_run_and_a_folder_of_tables_are_told_apart(
    demo: tuple[Path, Path], tmp_path: Path
) -> None:
    tables, run = demo
    opened = what_to_open(run, tmp_path, "", silent)
    assert opened.runs == (str(run.resolve()),)
    assert opened.folders == ()
    given = what_to_open(tables, tmp_path, "", silent)
    assert given.runs == ()
    assert given.folders == (str(tables.resolve()),)
    both = what_to_open(run.parent, tmp_path, "", silent)
    assert both.runs == (str(run.resolve()),)


def test_the_server_ends_with_the_process_that_started_it() -> None:
    asleep = Launch((sys.executable, "-c", "import time; time.sleep(60)"), dict(os.environ))
    ask = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    ask.start()
    assert serve(asleep) == -signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) == before


def test_what_the_server_writes_is_sent_at_once() -> None:
    found = []

    class Seen(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            own = transport.get_extra_info("socket")
            found.append(own.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def visit() -> None:
        # As Streamlit binds it: without the number of its protocol.
        with socket.socket(socket.AF_INET) as bound:
            bound.bind(("127.0.0.1", 0))
            bound.listen()
            bound.setblocking(False)
            server = await asyncio.get_running_loop().create_server(Seen, sock=bound)
            reader, writer = await asyncio.open_connection(*bound.getsockname())
            await reader.read()
            writer.close()
            server.close()

    with asyncio.Runner(loop_factory=PromptPolicy().new_event_loop) as runner:
        runner.run(visit())
    assert len(found) == 1
    assert found[0] != 0
