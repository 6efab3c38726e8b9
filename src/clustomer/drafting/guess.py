"""What a column is for, guessed from its name and its values, with the reason and a confidence.

Confidences are judgements, not probabilities: about 0.95 where name and values agree, 0.7 where
one of them speaks and the other does not contradict, 0.5 or less where it is a best guess.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from clustomer.drafting.facts import Facts
from clustomer.meanings import MEANINGS, Meaning, meanings_of, words_of
from clustomer.rounding import percent

ColumnRole = Literal[
    "customer id",
    "order id",
    "product id",
    "line id",
    "other key",
    "order date",
    "signup date",
    "birth date",
    "other date",
    "quantity",
    "unit price",
    "list price",
    "amount",
    "discount",
    "number",
    "flag",
    "status",
    "product category",
    "category",
    "ordinal",
    "gender",
    "place",
    "name",
    "personal",
    "free text",
    "outcome",
    "constant",
    "empty",
]
"""What a column may be for."""

ROLES: Final = get_args(ColumnRole)

SURE, LIKELY, MAYBE = 0.95, 0.7, 0.45

FEW: Final = 60
"""Most distinct values of a category."""

_FEW_CODES: Final = 12
_ID_FIRST: Final = frozenset(("id", "code", "no", "nr", "key"))
_SCORES: Final = frozenset(("score", "index", "rating", "points"))
_TRADE_NUMBERS: Final = frozenset(("sku", "asin", "upc", "ean"))
_GENDERS: Final = frozenset(
    (
        "m",
        "f",
        "male",
        "female",
        "man",
        "woman",
        "men",
        "women",
        "boy",
        "girl",
        "other",
        "divers",
        "mann",
        "frau",
        "homme",
        "femme",
    )
)
_POSTAL: Final = frozenset(("zip", "postcode", "postal", "plz"))
_CODED: Final = frozenset(
    (
        "channel",
        "region",
        "type",
        "class",
        "category",
        "code",
        "group",
        "segment",
        "sector",
        "area",
        "territory",
        "zone",
        "store",
        "branch",
        "plan",
        "contract",
        "tier",
        "level",
        "status",
    )
)
_FLAGS: Final = frozenset(("0", "1"))
_PERSONAL_PLACES: Final = frozenset(("address", "street", "strasse"))


@dataclass(frozen=True, slots=True)
class Guess:
    """A role, how sure, and why in a few words."""

    role: ColumnRole
    confidence: float
    reason: str


def guess(facts: Facts) -> Guess:
    """Guess what a column is for.

    >>> from clustomer.drafting.facts import facts
    >>> guess(facts("cust_no", "text", ["A1", "A2", "A1"], rows=3, filled=3, distinct=2)).role
    'customer id'
    """
    seen = _Seen(facts, meanings_of(facts.name), frozenset(words_of(facts.name)))
    found = next(found for rule in _RULES if (found := rule(seen)) is not None)
    if facts.constant and facts.rows > 1 and found.role in _TELL_BY_DIFFERENCE:
        return Guess("constant", SURE, "the same value in every row")
    return found


def are_mails(facts: Facts) -> bool:
    """Whether values are e-mail addresses."""
    mails = sum("@" in value for value in facts.sample)
    return mails > 0 and mails >= 0.5 * len(facts.sample)


@dataclass(frozen=True, slots=True)
class _Seen:
    facts: Facts
    means: frozenset[Meaning]
    words: frozenset[str]

    @property
    def number(self) -> bool:
        return self.facts.numeric >= 0.9 and not self.facts.padded

    @property
    def code(self) -> bool:
        """Whether the values may be keys: no fractions, no long texts with spaces, no dates."""
        facts = self.facts
        spaced = sum(" " in value for value in facts.sample) > 0.3 * len(facts.sample)
        whole = facts.numeric < 0.9 or facts.whole >= 0.98
        return facts.stored in {"text", "number"} and whole and not spaced and facts.length < 40

    @property
    def key_named(self) -> bool:
        """Whether the name says that the column holds a key, as "order_no" does."""
        words = words_of(self.facts.name)
        return bool(words) and (words[-1] in MEANINGS["id"] or words[0] in _ID_FIRST)

    @property
    def few(self) -> bool:
        facts = self.facts
        return facts.distinct <= FEW and facts.distinct <= max(2, 0.5 * facts.filled)


def _nothing(seen: _Seen) -> Guess | None:
    if not seen.facts.filled or not seen.facts.sample:
        return Guess("empty", SURE, "no row has a value")
    return None


def _date(seen: _Seen) -> Guess | None:
    facts, means = seen.facts, seen.means
    if facts.dated < 0.9 or (facts.numeric >= 0.9 and "date" not in means):
        return None
    values = "all values are dates" if facts.dated == 1 else f"{percent(facts.dated)} are dates"
    if "birth" in means:
        return Guess("birth date", SURE, f"its name, and {values}")
    if "order" in means:
        return Guess("order date", SURE, f"its name, and {values}")
    if "shipping" in means:
        return Guess("other date", SURE, f"its name, and {values}")
    if "signup" in means:
        return Guess("signup date", SURE, f"its name, and {values}")
    return Guess("order date", LIKELY if "date" in means else MAYBE, values)


def _line(seen: _Seen) -> Guess | None:
    counts = "line" in seen.means and seen.facts.whole >= 0.9 and seen.code
    return Guess("line id", SURE, "its name, and whole numbers") if counts else None


def _key(seen: _Seen) -> Guess | None:
    means, words = seen.means, seen.words
    if words & _POSTAL or not seen.code:
        return None
    if words & _TRADE_NUMBERS:
        return Guess("product id", LIKELY, "its name")
    category = bool(words & _CODED) and seen.few and not words & {"id", "key"}
    named = seen.key_named and not category
    digits = sum(any(c.isdigit() for c in value) for value in seen.facts.sample)
    coded = seen.facts.distinct > FEW or digits >= 0.9 * len(seen.facts.sample)
    alone = len(words) == 1 and coded and not seen.number
    subjects = () if "category" in means and "customer" not in means else _SUBJECTS
    role = next((role for meaning, role in subjects if meaning in means), None)
    if role and (named or alone):
        return Guess(role, SURE if named else LIKELY, "its name, and values that are codes")
    if named and not means & {"name", "contact"}:
        return Guess("other key", LIKELY, "its name, and values that are codes")
    return None


_SUBJECTS: Final[tuple[tuple[Meaning, ColumnRole], ...]] = (
    ("customer", "customer id"),
    ("order", "order id"),
    ("product", "product id"),
)


def _gender(seen: _Seen) -> Guess | None:
    values = seen.facts.values
    known = sum(count for value, count in values.items() if value in _GENDERS)
    by_values = len(_GENDERS & set(values)) >= 2 and known >= 0.8 * sum(values.values())
    if by_values:
        named = "gender" in seen.means
        return Guess("gender", SURE if named else LIKELY, "its values" + " and name" * named)
    return Guess("gender", LIKELY, "its name") if "gender" in seen.means and seen.few else None


def _outcome(seen: _Seen) -> Guess | None:
    if "outcome" not in seen.means or seen.facts.distinct > 10 or "category" in seen.means:
        return None
    return Guess("outcome", LIKELY, "its name: what became of a customer, not what they do")


def _personal(seen: _Seen) -> Guess | None:
    facts, means = seen.facts, seen.means
    if are_mails(facts):
        return Guess("personal", SURE, "values are e-mail addresses")
    if "contact" in means or seen.words & (_PERSONAL_PLACES | _POSTAL):
        return Guess("personal", SURE, "its name")
    if "name" in means and not seen.number:
        if "category" in means and "product" not in means:
            return Guess("category", LIKELY, "its name")
        role: ColumnRole = "free text" if "product" in means else "name"
        return Guess(role, LIKELY, "its name")
    return None


def _text(seen: _Seen) -> Guess | None:
    facts = seen.facts
    if seen.number or (seen.few and "text" not in seen.means):
        return None
    if "text" in seen.means and facts.distinct > _FEW_CODES:
        return Guess("free text", LIKELY, "its name")
    if facts.length > 40:
        return Guess("free text", LIKELY, f"values of {facts.length:.0f} characters on average")
    return None


def _number(seen: _Seen) -> Guess | None:
    """Numbers: the first line of the table whose condition holds."""
    facts, means, words = seen.facts, seen.means, seen.words
    if not seen.number:
        return None
    counted = "quantity" in means or {"number", "of"} <= words
    pieces = counted and facts.whole >= 0.9 and not means & {"customer", "standing"}
    coded = bool(words & _CODED) and facts.whole == 1 and facts.distinct <= _FEW_CODES
    standing = means & {"standing", "cost", "mean", "count", "days", "months", "share"}
    total = "amount" in means and not standing and not words & _SCORES
    table: tuple[tuple[bool, ColumnRole, float, str], ...] = (
        ("position" in means, "place", LIKELY, "its name"),
        (set(facts.values) == _FLAGS, "flag", SURE, "values are 0 and 1"),
        ("discount" in means and "count" not in means, "discount", SURE, "its name, and numbers"),
        ({"price", "list"} <= means, "list price", SURE, "its name, and numbers"),
        ("price" in means, "unit price", SURE, "its name, and numbers"),
        (pieces, "quantity", SURE if "quantity" in means else LIKELY, "its name, whole numbers"),
        (coded, "category", LIKELY, f"its name, and only {facts.distinct} different numbers"),
        (total, "amount", LIKELY, "its name, and numbers"),
        (True, "number", LIKELY, "its values are numbers"),
    )
    return next(Guess(role, sure, why) for holds, role, sure, why in table if holds)


def _category(seen: _Seen) -> Guess | None:
    """Texts that repeat: the first meaning in the table that the name has."""
    means, shown = seen.means, f"{seen.facts.distinct} different values"
    if "place" in means and "category" not in means:
        return Guess("place", LIKELY, "its name")
    if not seen.few:
        return None
    role = next((role for meaning, role in _CATEGORIES if meaning in means), None)
    return (
        Guess(role, LIKELY, f"its name, and {shown}") if role else Guess("category", LIKELY, shown)
    )


_CATEGORIES: Final[tuple[tuple[Meaning, ColumnRole], ...]] = (
    ("personal_trait", "category"),
    ("status", "status"),
    ("tier", "ordinal"),
    ("category", "product category"),
)


def _rest(seen: _Seen) -> Guess | None:
    return Guess("free text", MAYBE, f"{seen.facts.distinct:,} different texts")


_TELL_BY_DIFFERENCE: Final = frozenset(
    (
        "number",
        "flag",
        "category",
        "product category",
        "ordinal",
        "gender",
        "place",
        "status",
        "outcome",
        "free text",
        "other key",
        "list price",
        "discount",
    )
)
"""Roles in which a column is of use only where its values differ."""

_RULES: Final[tuple[Callable[[_Seen], Guess | None], ...]] = (
    _nothing,
    _date,
    _gender,
    _outcome,
    _line,
    _key,
    _personal,
    _text,
    _number,
    _category,
    _rest,
)
"""Looked at in order; the first that answers decides."""
