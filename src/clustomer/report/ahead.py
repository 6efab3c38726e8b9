"""What a report needs before its first content: slow imports, and the page's template."""

from __future__ import annotations


def prepare_report() -> None:
    """Load what draws, and compile the template."""
    import matplotlib.backends.backend_agg  # noqa: F401

    from clustomer.report.html import template

    template()
