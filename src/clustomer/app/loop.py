"""The server's event loop: what is written is sent at once.

Streamlit hands asyncio a socket that it bound itself, and asyncio does not see that such a socket
speaks TCP: Nagle's algorithm stays on (https://github.com/Kludex/uvicorn/issues/3149). Each small
file of a page, and each small message, then waits about 40 ms until the browser has acknowledged
the one before it.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Any, Final

if sys.platform == "win32":
    from asyncio import ProactorEventLoop as Loop
else:
    from asyncio import SelectorEventLoop as Loop

INTERNET: Final = (socket.AF_INET, socket.AF_INET6)


class PromptLoop(Loop):
    """A loop whose servers send small pieces at once."""

    async def create_server(self, *given: Any, **named: Any) -> asyncio.Server:
        """Start a server as asyncio does; a socket given to it passes the option on."""
        bound: socket.socket | None = named.get("sock")
        if bound is not None and bound.family in INTERNET:
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return await super().create_server(*given, **named)


class PromptPolicy(asyncio.DefaultEventLoopPolicy):
    """Makes such loops."""

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """Make a loop."""
        return PromptLoop()
