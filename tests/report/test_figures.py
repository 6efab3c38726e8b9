"""docs/figures.md: each function it names is there and names its source; no heading is missing."""

from __future__ import annotations

import inspect
import re
from html import unescape
from importlib import import_module
from pathlib import Path
from unicodedata import combining, normalize

import pytest

import clustomer

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "figures.md").read_text("utf-8")
TEMPLATE = Path(clustomer.__file__).parent / "report" / "template.html"
ROWS = re.findall(r"^\| ([^|]+?) \| `([\w.]+)` \| ([^|]+?) \|$", PAGE, re.MULTILINE)
HEADING = re.compile(r"<(?:h2|h3|h4|th scope=\"col\")[^>]*>([^<{]+)")
SOURCE = re.compile(r"((?:van |De)?[A-Z][\w’]+(?:, [A-Z][\w’]+)*) ((?:18|19|20)\d\d)")


def plain(text: str) -> str:
    """The text without accents and line ends."""
    apart = normalize("NFD", text)
    return " ".join("".join(one for one in apart if not combining(one)).split())


def words_of(name: str) -> str:
    """What a function, its class and its module say of themselves."""
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        try:
            module = import_module(f"clustomer.{'.'.join(parts[:cut])}")
        except ModuleNotFoundError:
            continue
        found, told = module, [inspect.getdoc(module) or ""]
        for part in parts[cut:]:
            found = getattr(found, part)
            told.append(inspect.getdoc(found) or "")
        return plain(" ".join(told))
    raise AssertionError(name)


def test_there_are_rows() -> None:
    assert len(ROWS) == len(re.findall(r"^\| .*`[\w.]+` \|", PAGE, re.MULTILINE)) > 50


@pytest.mark.parametrize(("name", "source"), [row[1:] for row in ROWS])
def test_a_function_names_its_source(name: str, source: str) -> None:
    said = words_of(name)
    found = SOURCE.findall(plain(source))
    assert found or source.startswith("by definition"), source
    for people, year in found:
        assert year in said, f"{name} does not name {year}"
        for one in people.split(", "):
            assert one in said, f"{name} does not name {one}"


@pytest.mark.parametrize(
    "heading",
    sorted({unescape(one).strip() for one in HEADING.findall(TEMPLATE.read_text("utf-8"))}),
)
def test_every_heading_of_the_report_is_told(heading: str) -> None:
    assert heading.lower() in PAGE.lower()
