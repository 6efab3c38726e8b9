"""What a person feels in the app, and what ten people at once do to it.

``python benchmarks/app_sessions.py [--customers N] [--seconds S] [--sessions N]``

Three parts: what the first visitor of a fresh server waits for; the seconds that each interaction
costs the server (AppTest, one session, CPU and wall); and a server with several sessions at once,
each a websocket that asks for page after page: errors, reruns, and the server's memory at the start
and at the end.
"""

from __future__ import annotations

import argparse
import os
import resource
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from websockets.typing import Origin, Subprotocol

import clustomer
from clustomer.app.launch import server
from clustomer.app.options import Options

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

PAGES = ("segments", "explore", "place", "customers", "runs", "data")


def main() -> None:
    """Run both parts and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--sessions", type=int, default=10)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        options = prepared(Path(folder), given.customers)
        print(f"demo of {given.customers:,} customers")
        first_visit(options)
        interactions(options)
        together(options, given.sessions, given.seconds)


def prepared(folder: Path, customers: int) -> Options:
    """Write and fit the demo."""
    tables, run = folder / "tables", folder / "run"
    clustomer.write_demo(tables, customers=customers)
    (tables / "truth.csv").unlink()
    clustomer.fit(tables, recipe="retail").save(run)
    (folder / "workspace").mkdir()
    return Options(str(folder / "workspace"), (str(run),), (str(tables),), demo=True)


def interactions(options: Options) -> None:
    """Time each interaction of one session, warm: the median of five."""
    os.environ |= options.environment()
    from streamlit.testing.v1 import AppTest

    at = AppTest.from_file(str(Path(clustomer.__file__).parent / "app" / "main.py"))
    at.default_timeout = 120
    began = time.perf_counter()
    at.run()
    print(f"first page, imports included: {time.perf_counter() - began:.2f} s")
    views = {
        "segments": ("segments view", ["Overview", "Map", "Profiles", "One segment", "Classifier"]),
        "explore": ("explore view", ["Distributions", "Together", "Missing", "Spend over time"]),
        "customers": ("customers what", ["Find one", "List for a campaign"]),
    }
    for page in PAGES[:-1]:
        at.switch_page(f"routes/{page}.py").run()
        key, kinds = views.get(page, ("", [""]))
        for kind in kinds:
            if key:
                at.session_state[key] = kind
            at.run()
            told(f"{page} {kind}".strip(), at.run)
    at.switch_page("routes/place.py").run()

    def answer() -> None:
        one = at.number_input[0]
        one.set_value((one.value or 0) + 1).run()

    told("place: one answer changed", answer)


def told(name: str, act: Callable[[], object]) -> None:
    """Print the median wall and CPU milliseconds of five times."""
    walls, cpus = [], []
    for _ in range(5):
        wall, cpu = time.perf_counter(), time.process_time()
        act()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    wall, cpu = statistics.median(walls) * 1000, statistics.median(cpus) * 1000
    print(f"{name:32} {wall:6.0f} ms   {cpu:6.0f} ms CPU")


def first_visit(options: Options) -> None:
    """CPU seconds of a fresh server for the first page that it shows, and for the second."""
    with served(options) as (process, port):
        time.sleep(8.0)
        for visitor in ("first", "second"):
            before = spent(process.pid)
            visited(port, 1, 0.0)
            print(f"{visitor} visitor, Segments: {spent(process.pid) - before:.2f} s CPU")


def together(options: Options, sessions: int, seconds: float) -> None:
    """Let sessions look at page after page for a while."""
    with served(options) as (process, port):
        counts, errors = visited(port, sessions, 3.0)
        before = memory(process.pid)
        counts, errors = visited(port, sessions, seconds)
        after = memory(process.pid)
    print(
        f"{sessions} sessions for {seconds:.0f} s: {counts:,} pages, {errors} errors, memory "
        f"{before:.0f} MiB after a first round, {after:.0f} MiB at the end"
    )


@contextmanager
def served(options: Options) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A server of its own, and its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = server(options, "127.0.0.1", port)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            launch.command, env=dict(launch.environment), stdout=log, stderr=log
        )
        try:
            wait(f"http://127.0.0.1:{port}/_stcore/health")
            yield process, port
        finally:
            process.terminate()
            process.wait(timeout=20)


def spent(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait(url: str) -> None:
    """Wait until the server answers."""
    for _ in range(300):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the server did not answer")


def memory(pid: int) -> float:
    """Resident MiB of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def visited(port: int, sessions: int, seconds: float) -> tuple[int, int]:
    """Pages that came and errors in them, over all sessions."""
    end = time.time() + seconds
    counts, errors = [0] * sessions, [0] * sessions

    def session(at: int) -> None:
        from websockets.sync.client import connect

        address = f"ws://127.0.0.1:{port}/_stcore/stream"
        origin = Origin(f"http://127.0.0.1:{port}")
        protocol = Subprotocol("streamlit")
        with connect(address, origin=origin, subprotocols=[protocol], max_size=None) as link:
            turn = at
            while turn == at or time.time() < end:
                counts[at] += 1
                errors[at] += page(link, PAGES[turn % len(PAGES)])
                turn += 1

    threads = [threading.Thread(target=session, args=(at,)) for at in range(sessions)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), sum(errors)


def page(link: ClientConnection, name: str) -> int:
    """Ask for a page and wait until its script has run; returns the errors shown on it."""
    from streamlit.proto.BackMsg_pb2 import BackMsg
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

    asked = BackMsg()
    asked.rerun_script.page_name = name
    link.send(asked.SerializeToString())
    errors = 0
    while True:
        raw = link.recv(timeout=120)
        told = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
        kind = told.WhichOneof("type")
        if kind == "delta" and told.delta.new_element.HasField("exception"):
            errors += 1
        if kind == "script_finished":
            return errors


if __name__ == "__main__":
    main()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of the measuring process: {peak:.0f} MiB")
