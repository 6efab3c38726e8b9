"""How values are checked when they are read, and written as JSON: one schema for each type."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@cache
def schema(kind: Any) -> TypeAdapter[Any]:
    """Make the schema of a type, once: it takes milliseconds, which no import should.

    >>> schema(tuple[int, ...]).validate_json("[1, 2]")
    (1, 2)
    """
    from pydantic import TypeAdapter

    return TypeAdapter(kind)
