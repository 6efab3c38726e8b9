"""One effect of an engine at a time, whichever threads ask for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import isfunction
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    from threading import RLock


class _Turned(Protocol):
    _turn: RLock


Given = ParamSpec("Given")
Returned = TypeVar("Returned")
Kind = TypeVar("Kind", bound=type[_Turned])


def in_turn(kind: Kind) -> Kind:
    """Let the public methods of a class wait for its lock, `_turn`, one of which each object has.

    Relations are replaced while they are used, and a connection answers one query at a time.
    """
    for name, member in list(vars(kind).items()):
        if isfunction(member) and not name.startswith("_"):
            setattr(kind, name, _waiting(member))
    return kind


def _waiting(
    method: Callable[Concatenate[_Turned, Given], Returned],
) -> object:
    @wraps(method)
    def wait(self: _Turned, *args: Given.args, **kwargs: Given.kwargs) -> Returned:
        with self._turn:
            return method(self, *args, **kwargs)

    return wait
