"""Where the templates of pages are found, and what each of them can use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from clustomer.report.style import (
    DARK,
    LIGHT,
    duration,
    exact_percent,
    label,
    number,
    percent,
    score,
    segment_colour,
    text_on,
)
from clustomer.report.svg import draw

if TYPE_CHECKING:
    from jinja2 import Environment

HERE: Final = Path(__file__).parent


def environment(folder: Path) -> Environment:
    """Make the environment of the templates in a folder; every text that they show is escaped.

    They can import from ``parts.html`` what all pages share.
    """
    # Jinja is slow to import: only who writes a page pays for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader((folder, HERE)),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Optimising a template takes longer than it saves.
        optimized=False,
    )
    made.filters |= {
        "percent": percent,
        "number": number,
        "label": label,
        "duration": duration,
        "score": score,
        "exact": exact_percent,
    }
    made.globals |= {
        "segment_colour": segment_colour,
        "text_on": text_on,
        "draw": draw,
        "light": LIGHT,
        "dark": DARK,
        "style": (HERE / "page.css").read_text("utf-8").rstrip(),
    }
    return made
