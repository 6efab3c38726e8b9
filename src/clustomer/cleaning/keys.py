"""Keys and text: what is hardly touched.

A key is trimmed and nothing else: its case, its leading zeros, ``1e5`` and the surname ``NA`` stay.
Text is not even trimmed; only text that is nothing but white space becomes blank.
"""

from __future__ import annotations

from dataclasses import dataclass

from clustomer.cleaning.values import BLANK, Repaired, trimmed


@dataclass(frozen=True, slots=True)
class KeyRepair:
    """Trim a key; nothing about it is learnt."""

    def one(self, raw: str) -> Repaired:
        """Repair one raw value.

        >>> KeyRepair().one(" 00017 ")
        Repaired(value='00017', rule='trimmed')
        """
        key = trimmed(raw)
        if not key:
            return Repaired(None, BLANK)
        return Repaired(key, "" if key == raw else "trimmed")

    def many(self, raws: list[str]) -> list[Repaired]:
        """Repair each raw value."""
        return [self.one(raw) for raw in raws]


@dataclass(frozen=True, slots=True)
class TextRepair:
    """Leave text as it is; only white space alone becomes blank."""

    def one(self, raw: str) -> Repaired:
        """Repair one raw value.

        >>> TextRepair().one(" NA "), TextRepair().one("  ")
        (Repaired(value=' NA ', rule=''), Repaired(value=None, rule='blank'))
        """
        return Repaired(raw) if trimmed(raw) else Repaired(None, BLANK)

    def many(self, raws: list[str]) -> list[Repaired]:
        """Repair each raw value."""
        return [self.one(raw) for raw in raws]
