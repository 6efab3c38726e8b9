"""What a report needs before its first content: slow imports, and the page's template."""

from __future__ import annotations

from clustomer.schemas import schema


def prepare_report() -> None:
    """Load what draws, compile the template, and make the schemas of what is kept."""
    import matplotlib.backends.backend_agg  # noqa: F401

    from clustomer.report.html import template
    from clustomer.report.kept import KEPT

    template()
    for kind in KEPT.values():
        schema(kind)
