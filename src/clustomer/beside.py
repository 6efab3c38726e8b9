"""A process of its own beside a fit, for what another core can compute meanwhile.

Importing scikit-learn takes longer than most fits take for anything else, and it holds Python's
lock all the while; so do small steps of NumPy, of which evidence is made. So where scikit-learn is
not loaded yet, a process loads it while the tables are read. It computes what the clusters are held
against while they are looked for, and learns the classifier while they are named. What it answers
is the same as without it.

Here nothing heavy is imported, so that the process can start before anything else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import IO, TYPE_CHECKING, Final, Literal, TypeAlias

from clustomer.errors import ClustomerError
from clustomer.preload import begin

if TYPE_CHECKING:
    from clustomer.classifier.lesson import Lesson, Trained
    from clustomer.clustering.algorithms import Task
    from clustomer.clustering.references import Ground, Refer, References
    from clustomer.names import AlgorithmName

    Learn: TypeAlias = Callable[[Lesson], Callable[[], Trained]]
    """Begins to learn; what comes back waits for the end."""

_AHEAD: Final = (
    "clustomer.clustering.packing",
    "clustomer.classifier.lesson",
    "sklearn.ensemble",
    "sklearn.tree",
    "skops.io",
)
"""What the process loads while it waits to be asked."""

_SIZE: Final = 8
"""Bytes that tell the length of what follows."""

_Work = Literal[b"learn", b"refer"]


@dataclass(frozen=True, slots=True)
class Beside:
    """What can be computed beside the rest."""

    learn: Learn
    refer: Refer


@contextmanager
def beside() -> Iterator[Beside]:
    """Compute in a process of its own, or here where that would gain nothing.

    The process ends with the block, also when nothing was asked of it.
    """
    if not _worth_it():
        yield Beside(_learn_here, _refer_here)
        return
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(
            [sys.executable, "-P", "-m", "clustomer.beside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        ) as process,
        # One thread asks one thing after the other, so that no answer is taken for another's.
        ThreadPoolExecutor(1) as thread,
    ):

        def asked(work: _Work, data: bytes) -> Callable[[], bytes]:
            return thread.submit(_answered, process, said, work, data).result

        def learn(given: Lesson) -> Callable[[], Trained]:
            from clustomer.classifier.lesson import packed_lesson, unpacked_trained

            answer = asked(b"learn", packed_lesson(given))
            return lambda: unpacked_trained(answer())

        def refer(
            names: Sequence[AlgorithmName], ground: Ground, task: Task
        ) -> Callable[[], References]:
            from clustomer.clustering.packing import packed_ground, unpacked_references

            answer = asked(b"refer", packed_ground(names, ground, task))
            return lambda: unpacked_references(answer())

        try:
            yield Beside(learn, refer)
        finally:
            process.kill()


def _worth_it() -> bool:
    return "sklearn" not in sys.modules and (os.cpu_count() or 1) > 1


def _learn_here(given: Lesson) -> Callable[[], Trained]:
    from clustomer.classifier.lesson import learn

    return lambda: learn(given)


def _refer_here(
    names: Sequence[AlgorithmName], ground: Ground, task: Task
) -> Callable[[], References]:
    from clustomer.clustering.references import refer_here

    return refer_here(names, ground, task)


def _answered(process: subprocess.Popen[bytes], said: IO[bytes], work: _Work, data: bytes) -> bytes:
    """Ask the process for one thing, and wait for its answer."""
    assert process.stdin is not None  # noqa: S101  # both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        _write(process.stdin, work)
        _write(process.stdin, data)
        return _read(process.stdout)
    except (OSError, EOFError):
        process.wait()
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
        raise ClustomerError(
            f"The process that should {_SAYS[work]} ended before it had answered.",
            found=lines[-1] if lines else f"exit code {process.returncode}",
            remedy="see whether the machine has memory left, and try again",
        ) from None


_SAYS: Final[Mapping[_Work, str]] = {
    b"learn": "train the classifier",
    b"refer": "measure the clusters",
}


def _write(file: IO[bytes], data: bytes) -> None:
    file.write(len(data).to_bytes(_SIZE, "big") + data)
    file.flush()


def _read(file: IO[bytes]) -> bytes:
    size = file.read(_SIZE)
    data = file.read(int.from_bytes(size, "big"))
    if len(size) < _SIZE or len(data) < int.from_bytes(size, "big"):
        raise EOFError
    return data


def _learnt(data: bytes) -> bytes:
    from clustomer.classifier.lesson import learn, packed_trained, unpacked_lesson

    return packed_trained(learn(unpacked_lesson(data)))


def _referred(data: bytes) -> bytes:
    from clustomer.clustering.packing import packed_references, unpacked_ground
    from clustomer.clustering.parallel import one_blas_thread
    from clustomer.clustering.references import references

    with one_blas_thread():
        return packed_references(references(*unpacked_ground(data)))


_WORK: Final[Mapping[bytes, Callable[[bytes], bytes]]] = {b"learn": _learnt, b"refer": _referred}


def answer(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Do what is asked, one thing after the other, until nothing more is asked."""
    while True:
        try:
            work, data = _read(asked), _read(asked)
        except EOFError:
            return
        _write(answers, _WORK[work](data))


def _load() -> None:
    for module in _AHEAD:
        import_module(module)


def _main() -> None:
    # In the background, for what is asked first needs none of it.
    begin(_load)
    answer(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    _main()
