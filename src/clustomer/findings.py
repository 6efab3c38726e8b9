"""Findings: what a run noticed about the data or the segments, with a stable code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["note", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should know about a run.

    Parameters
    ----------
    code
        Stable kebab-case name such as ``blank-key``; documented in docs/findings.md.
    severity
        ``note`` (good to know), ``warning`` (may change what the segments mean) or
        ``problem`` (do not act on the segments before it is mended).
    text
        What was seen, with its numbers, in the user's words.
    remedy
        What to do about it; empty where nothing needs doing.
    """

    code: str
    severity: Severity
    text: str
    remedy: str = ""

    @property
    def advice(self) -> str:
        """What to do, as a sentence of its own; empty where nothing needs doing.

        >>> Finding("blank-key", "warning", "Two keys are blank.", "fill them in").advice
        'Fill them in.'
        """
        return f"{self.remedy[0].upper()}{self.remedy[1:]}." if self.remedy else ""
