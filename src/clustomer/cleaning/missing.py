"""What people write where there is no value, and when that is not what they mean.

In a number or a date column any of these words can only mean a blank. Among categories a word may
be a level: no extras ("None"), North America ("NA"), a log's "Error". So there only what can hardly
be a level counts without being asked (`MARKERS`), a plain word of these only where it is one value
among others (`PLAIN`), and what is a level as often as a blank (`DOUBTFUL`) not at all: it is
reported, and a recipe decides. In keys and text no word counts unless the recipe names it: NA is a
surname.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

MARKERS: Final = frozenset(
    (
        *("n/a", "#n/a", "n.a.", "n/d", "null", "(null)", "<null>", "\\n", "nan", "<na>", "#na"),
        *("-", "--", "---", "–", "—", "?", "??", "???", ".", "..", "...", "_", "(blank)", "#null!"),
        *("#ref!", "#value!", "#name?", "#div/0!", "#error!", "#num!", "not available", "no data"),
        *("undefined", "unspecified", "not specified", "not provided", "not given", "no value"),
    )
)
"""Normal keys that are hardly ever a level."""

PLAIN: Final = frozenset(("unknown", "missing", "error", "err"))
"""Words that mean a blank unless much of a column says so."""

DOUBTFUL: Final = frozenset(("none", "na", "nil", "not applicable", "nothing", "void", "empty"))
"""Words that are a level as often as a blank."""

BLANK_WORDS: Final = (MARKERS | PLAIN | DOUBTFUL | frozenset(("tbd", "tba", "#"))) - {"nan"}
"""What means a blank in a number or date column; NaN is told apart there."""

SHARE: Final = 0.2
AT_LEAST: Final = 10
"""Share and number of the rows from which a plain word is taken for a level."""


def markers(
    counts: Mapping[str, int], levels: frozenset[str], *, names: bool = False
) -> tuple[str, ...]:
    """Find the words that mean a blank in a column of categories.

    Parameters
    ----------
    counts
        Normal key of each value, with its rows.
    levels
        Normal keys that the recipe names as values; they are none.
    names
        Whether the values are names rather than categories; then no plain word is one.

    >>> markers({"yes": 90, "n/a": 3, "unknown": 5, "none": 9}, frozenset())
    ('n/a', 'unknown')
    >>> markers({"ok": 60, "error": 40, "n/a": 3}, frozenset(("n/a",)))
    ()
    """
    rows = sum(counts.values())
    plain = frozenset() if names else PLAIN
    return tuple(
        sorted(
            key
            for key, count in counts.items()
            if key not in levels
            and (key in MARKERS or (key in plain and (count < AT_LEAST or count < SHARE * rows)))
        )
    )


def doubtful(key: str) -> bool:
    """Whether a normal key is a level as often as a blank."""
    return key in DOUBTFUL
