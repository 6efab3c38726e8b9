"""The console on which values of the data can do nothing but be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.console import Console, ConsoleOptions, RenderableType

if TYPE_CHECKING:
    from rich.segment import Segment

HARMLESS: Final = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\n\t"
}
"""Characters that a terminal obeys instead of showing them, such as the beginning of a command that
changes its title or clears it: a customer's name may hold them."""


class Screen(Console):
    """A console that shows control characters instead of sending them."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as the console does, without control characters in texts."""
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isprintable():
                yield segment
            else:
                yield segment._replace(text=segment.text.translate(HARMLESS))
