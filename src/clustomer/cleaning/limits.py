"""Limits of a number column: what the recipe allows, and what becomes of the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from clustomer.cleaning.values import Repaired
from clustomer.names import Beyond

BELOW: Final = "below-limit"
ABOVE: Final = "above-limit"


@dataclass(frozen=True, slots=True)
class Limits:
    """Least and greatest value of a column, and what becomes of a value beyond them.

    Parameters
    ----------
    low, high
        Both are allowed themselves; None: no limit.
    action
        ``note``: the value stays and is reported; ``cap``: it becomes the limit; ``blank``.
    """

    low: float | None = None
    high: float | None = None
    action: Beyond = "note"

    @property
    def change(self) -> bool:
        """Whether a value beyond the limits is changed."""
        return self.action != "note" and (self.low is not None or self.high is not None)

    def held(self, read: Repaired) -> Repaired:
        """Hold a number that was read within the limits.

        >>> Limits(0, 120, "cap").held(Repaired(900.0))
        Repaired(value=120.0, rule='above-limit')
        >>> Limits(0, 120, "note").held(Repaired(900.0)).value
        900.0
        """
        if not self.change or not isinstance(read.value, float):
            return read
        if self.low is not None and read.value < self.low:
            return self._instead(read, self.low, BELOW)
        if self.high is not None and read.value > self.high:
            return self._instead(read, self.high, ABOVE)
        return read

    def _instead(self, read: Repaired, limit: float, rule: str) -> Repaired:
        steps = f"{read.rule} + {rule}" if read.rule else rule
        return Repaired(float(limit) if self.action == "cap" else None, steps)


NO_LIMITS: Final = Limits()
