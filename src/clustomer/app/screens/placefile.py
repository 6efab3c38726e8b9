"""Place a file of customers: upload, place in the background, see the mix, download."""

from __future__ import annotations

import streamlit as st

from clustomer.app.view import View


def place_file(view: View) -> None:
    """Show the part of the page that places many."""
    st.write("soon", view.noun)
