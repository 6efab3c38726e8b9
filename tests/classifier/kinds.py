"""The kinds of classifier."""

from __future__ import annotations

from typing import Final, get_args

from clustomer.recipe.settings import ClassifierKind

KINDS: Final[tuple[ClassifierKind, ...]] = get_args(ClassifierKind)
