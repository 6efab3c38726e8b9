"""A process of its own beside a fit, for what another core can compute meanwhile.

Importing scikit-learn takes longer than most fits take for anything else, and it holds Python's
lock all the while; so do small steps of NumPy, of which evidence is made. So where scikit-learn is
not loaded yet, a process loads it while the tables are read. It computes what the clusters are held
against while they are looked for, and what is left of that then is shared by both; it learns the
classifier while they are named. What it answers is the same as without it.

Here nothing heavy is imported, so that the process can start before anything else.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from typing import IO, TYPE_CHECKING, Final, Literal, TypeAlias

from clustomer.collector import uncollected
from clustomer.errors import ClustomerError
from clustomer.preload import begin

if TYPE_CHECKING:
    from clustomer.classifier.lesson import Lesson, Trained
    from clustomer.clustering.algorithms import Task
    from clustomer.clustering.references import Answer, Ground, Part, Refer, References
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

        def answered(work: _Work, *data: bytes) -> bytes:
            return _answered(process, said, work, data)

        def learn(given: Lesson) -> Callable[[], Trained]:
            from clustomer.classifier.lesson import packed_lesson, unpacked_trained

            answer = thread.submit(answered, b"learn", packed_lesson(given))
            return lambda: unpacked_trained(answer.result())

        def refer(
            names: Sequence[AlgorithmName], ground: Ground, task: Task
        ) -> Callable[[], References]:
            from clustomer.clustering.packing import packed_ground, packed_part, unpacked_answer
            from clustomer.clustering.references import part_of, parts_of, together

            left = deque(parts_of(names, ground))
            data = packed_ground(ground, task)
            answers: dict[Part, Answer] = {}

            def there() -> None:
                for part in _taken(left.popleft):
                    answers[part] = unpacked_answer(answered(b"refer", packed_part(part), data))

            asked = thread.submit(there)

            def shared() -> References:
                for part in _taken(left.pop):
                    answers[part] = part_of(part, ground, task)
                asked.result()
                return together(names, ground, answers)

            return shared

        try:
            yield Beside(learn, refer)
        finally:
            process.kill()


def _taken(take: Callable[[], Part]) -> Iterator[Part]:
    """Take one part after the other until none is left; both processes take from one list."""
    while True:
        try:
            part = take()
        except IndexError:
            return
        yield part


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


def _answered(
    process: subprocess.Popen[bytes], said: IO[bytes], work: _Work, data: Sequence[bytes]
) -> bytes:
    """Ask the process for one thing, and wait for its answer."""
    assert process.stdin is not None  # noqa: S101  # both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        for each in (work, *data):
            _write(process.stdin, each)
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


def _learnt(asked: IO[bytes]) -> bytes:
    from clustomer.classifier.lesson import learn, packed_trained, unpacked_lesson

    return packed_trained(learn(unpacked_lesson(_read(asked))))


def _referred(asked: IO[bytes]) -> bytes:
    from clustomer.clustering.packing import packed_answer, unpacked_part
    from clustomer.clustering.parallel import one_blas_thread
    from clustomer.clustering.references import part_of

    part, ground = unpacked_part(_read(asked)), _ground(_read(asked))
    with one_blas_thread():
        return packed_answer(part_of(part, *ground))


@lru_cache(maxsize=1)
def _ground(data: bytes) -> tuple[Ground, Task]:
    """Read what all parts are computed from once."""
    from clustomer.clustering.packing import unpacked_ground

    return unpacked_ground(data)


_WORK: Final[Mapping[bytes, Callable[[IO[bytes]], bytes]]] = {
    b"learn": _learnt,
    b"refer": _referred,
}


def answer(asked: IO[bytes], answers: IO[bytes]) -> None:
    """Do what is asked, one thing after the other, until nothing more is asked."""
    while True:
        try:
            work = _read(asked)
        except EOFError:
            return
        _write(answers, _WORK[work](asked))


def _load() -> None:
    for module in _AHEAD:
        import_module(module)


def _main() -> None:
    with uncollected():
        # In the background, for what is asked first needs none of it.
        begin(_load)
        answer(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    _main()
