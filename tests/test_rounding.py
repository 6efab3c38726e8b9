"""Per cent: one way to write it, and never nothing for a little or all for almost all."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import clustomer
from clustomer.report.style import exact_percent
from clustomer.report.style import percent as shown_percent
from clustomer.rounding import percent, rounded
from clustomer.segments.describe import format_value

NONE = ("0 %", "0.0 %")
ALL = ("100 %", "100.0 %")


@pytest.mark.parametrize("digits", [0, 1])
def test_a_little_is_not_nothing_and_almost_all_is_not_all(digits: int) -> None:
    shares = np.concatenate([np.geomspace(1e-9, 0.5, 400), 1 - np.geomspace(1e-9, 0.5, 400)])
    for share in shares.tolist():
        told = percent(share, digits)
        assert told not in NONE, share
        assert told not in ALL, share
    assert percent(0.0, digits) in NONE
    assert percent(1.0, digits) in ALL


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.0004, "under 0.1 %"),
        (0.0006, "0.1 %"),
        (0.0042, "0.4 %"),
        (0.125, "13 %"),
        (0.9904, "99 %"),
        (0.9993, "99.9 %"),
        (0.9996, "over 99.9 %"),
        (2.5, "250 %"),
        (-0.125, "-13 %"),
    ],
)
def test_sentences_and_pages_write_the_same(share: float, told: str) -> None:
    assert percent(share) == told
    assert format_value(share, "share") == told
    assert shown_percent(share).replace("\u00a0", " ") == told


def test_pages_never_break_between_a_number_and_its_sign() -> None:
    assert shown_percent(0.42) == "42\u00a0%"
    assert exact_percent(0.99993) == "over 99.9\u00a0%"
    assert exact_percent(None) == exact_percent(float("nan")) == "–"


def test_rounding_is_half_away_from_zero() -> None:
    assert [rounded(v, 0) for v in (0.5, 1.5, 2.5, -0.5, -0.4)] == ["1", "2", "3", "-1", "0"]
    assert rounded(1e16, 0) == "1e+16"


def test_nobody_else_makes_per_cent_of_shares() -> None:
    """A format of Python's or Plotly's own would write 99.96 % as 100."""
    own = re.compile(r"\.\d%[\}\"]|\* 100:\.\df?\}|%\.\df %%")
    root = Path(clustomer.__file__).parent
    found = [
        f"{path.relative_to(root)}: {line.strip()}"
        for path in sorted(root.rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if own.search(line)
    ]
    assert found == []
