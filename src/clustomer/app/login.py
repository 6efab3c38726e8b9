"""The login: nothing is shown before the password, where one is set."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import streamlit as st

from clustomer.app import state
from clustomer.app.passwords import matches

MOST_TRIES: Final = 10
"""Wrong passwords a minute, of all sessions together, after which the login waits."""

HOURS: Final = 12


@dataclass(slots=True)
class Gate:
    """Who is in, and how often somebody was wrong of late."""

    _until: dict[str, float] = field(default_factory=dict)
    _wrong: list[float] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def is_in(self, token: str) -> bool:
        """Whether a session has given the password in the last `HOURS`."""
        return self._until.get(token, 0.0) > time.time()

    def waits(self) -> bool:
        """Whether too many were wrong in the last minute."""
        with self._lock:
            self._wrong = [at for at in self._wrong if at > time.time() - 60]
            return len(self._wrong) >= MOST_TRIES

    def enter(self, token: str, password: str, hashed: str) -> bool:
        """Try a password."""
        if not matches(password, hashed):
            with self._lock:
                self._wrong.append(time.time())
            return False
        self._until[token] = time.time() + HOURS * 3600
        return True


@st.cache_resource(show_spinner=False)
def _gate() -> Gate:
    return Gate()


def require_login(hashed: str) -> bool:
    """Whether the page may be shown; else the login is shown instead."""
    if not hashed:
        return True
    gate, token = _gate(), state.session().token
    if gate.is_in(token):
        return True
    st.navigation([st.Page(_nothing, title="Login")], position="hidden")
    st.title("Login")
    with st.form("login"):
        password = st.text_input("Password", type="password")
        sent = st.form_submit_button("Log in", type="primary")
    if sent and gate.waits():
        st.error("Too many wrong passwords. Wait a minute, then try again.")
    elif sent and gate.enter(token, password, hashed):
        st.rerun()
    elif sent:
        st.error("That is not the password.")
    return False


def _nothing() -> None:
    """No page."""
