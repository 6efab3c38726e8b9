"""Numbers that were written for people: words, separators, currency, percent, "75k".

A text that a computer would write (``12``, ``-0.5``, ``1e5``) is read as it stands. Everything else
is taken apart by `NumberRepair.one`. The whole column decides whether a comma is a decimal mark;
``1,234`` alone says nothing. Numbers of `LIMIT` or more, infinities and NaN are refused: they
become blank under a rule of their own, never a silent zero.

``12%`` is 0.12, unless the column also holds plain numbers and these are of the size of 12 rather
than of 0.12: then the sign says nothing that they do not, and it is 12. A unit beside a number is
read by `units`. Limits and words for a blank come from the recipe alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from clustomer.cleaning import units
from clustomer.cleaning.limits import NO_LIMITS, Limits
from clustomer.cleaning.missing import BLANK_WORDS
from clustomer.cleaning.values import BLANK, BLANK_WORD, WHITE, Repaired, trimmed

Mark = Literal[".", ","]
Percent = Literal["share", "as-written"]
Evidence = Literal[".", ",", "?", ""]

LIMIT: Final = 1e15
"""Numbers this large or larger are refused: beyond it doubles no longer hold cents."""

UNREADABLE: Final = "unreadable"
OTHER_UNIT: Final = "other-unit"
PERCENT_SIGN: Final = "percent-sign"
REFUSED: Final = ("out-of-range", "not-a-number")

_PLAIN = re.compile(r" *[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)? *")
_NOT_NUMBERS = frozenset(("nan", "inf", "infinity", "∞"))
_TIMES: Final = {
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "mio": 1_000_000,
    "million": 1_000_000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
    "hundred": 100,
    "dozen": 12,
}
_CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|INR|AUD|CAD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|RON|BRL|MXN|ZAR|TRY|ILS|KRW|"
    "SGD|HKD|THB|IDR|MYR|PHP|AED|SAR|RUB|UAH|dollars?|euros?|US\\$|R\\$|A\\$|C\\$|kr\\.?|zł|Rs\\.?|Fr\\."
)
_SIGNS = "$€£¥₹₽₩₺₪฿₴₫₱¢"
_FORM = re.compile(
    rf"(?P<sign>[+-])? ?(?P<before>{_CODES}|[{_SIGNS}])? ?(?P<inner>[+-])? ?"
    r"(?P<body>[0-9][0-9.,' ]*|[.,][0-9]+)"
    rf" ?(?P<times>{'|'.join(sorted(_TIMES, key=len, reverse=True))})?"
    rf" ?(?P<percent>%)? ?(?P<after>{_CODES}|[{_SIGNS}])?(?P<trailing> ?-)?",
    re.IGNORECASE,
)
_LAYOUTS: Final[tuple[tuple[re.Pattern[str], tuple[str, Mark]], ...]] = (
    (re.compile(r"[0-9]+"), ("", ".")),
    (re.compile(r"[0-9]*[.][0-9]+|[0-9]+[.]"), ("", ".")),
    (re.compile(r"[0-9]*,[0-9]+"), ("", ",")),
    (re.compile(r"[0-9]{1,3}(?: [0-9]{3})+(?:[.][0-9]+)?"), (" ", ".")),
    (re.compile(r"[0-9]{1,3}(?: [0-9]{3})+,[0-9]+"), (" ", ",")),
    (re.compile(r"[0-9]{1,3}(?:'[0-9]{3})+(?:[.][0-9]+)?"), ("'", ".")),
    (re.compile(r"[0-9]{1,3}(?:'[0-9]{3})+,[0-9]+"), ("'", ",")),
    # Indian grouping too: 1,23,456.00
    (re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{2,3})*,[0-9]{3}(?:[.][0-9]+)?"), (",", ".")),
    (re.compile(r"[1-9][0-9]{0,2}(?:[.][0-9]{3})+(?:,[0-9]+)?"), (".", ",")),
)
"""How digits may be laid out: pattern, thousands separator, decimal mark."""

_METRES = re.compile("(?<=[0-9]) ?m$")
"""Millions, but not in a column of lengths."""

_AMBIGUOUS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_WORDS = re.compile(
    "(?P<minus>minus |negative )?(?P<words>(?!minus |negative )[a-z -]*?)(?P<dozen> ?\\bdozens?)?"
)
_SAME = str.maketrans(
    dict.fromkeys(WHITE, " ") | {"\u2019": "'", "\u2212": "-", "\u2013": "-", "％": "%"}
)


@dataclass(frozen=True, slots=True)
class NumberRepair:
    """How one number column is read.

    Parameters
    ----------
    decimal
        Decimal mark of the column.
    decided
        Whether the column showed which mark is the decimal mark; without evidence it is the point.
    percent
        Whether ``12%`` is 0.12 or, where the other numbers of the column are of that size, 12.
    unit
        The unit that numbers are given in, "" where the fit met none.
    limits
        What the recipe allows.
    missing
        Texts that the recipe says mean a blank, such as "-999": in small letters, plain numbers
        compared as numbers.
    """

    decimal: Mark = "."
    decided: bool = False
    percent: Percent = "share"
    unit: str = ""
    limits: Limits = NO_LIMITS
    missing: tuple[str, ...] = ()

    def one(self, raw: str) -> Repaired:
        """Read one raw text.

        >>> NumberRepair().one("1,234.50").value, NumberRepair().one("three").value
        (1234.5, 3.0)
        >>> NumberRepair(decimal=",").one("1,234").value
        1.234
        >>> NumberRepair().one("1e308")
        Repaired(value=None, rule='out-of-range')
        """
        read = self._read(raw)
        if not isinstance(read.value, float):
            return read
        return Repaired(None, BLANK_WORD) if read.value in self.blanks else self.limits.held(read)

    @property
    def blanks(self) -> tuple[float, ...]:
        """The numbers among the texts that mean a blank."""
        return tuple(float(word) for word in self.missing if _PLAIN.fullmatch(word))

    def _read(self, raw: str) -> Repaired:
        if _PLAIN.fullmatch(raw) and (self.decimal == "." or "." not in raw):
            return _within(float(raw), "")
        text = _simple(raw)
        if not text:
            return Repaired(None, BLANK)
        lowered = text.casefold()
        if lowered in BLANK_WORDS or lowered in self.missing:
            return Repaired(None, BLANK_WORD)
        if lowered.lstrip("+-") in _NOT_NUMBERS:
            return Repaired(None, "not-a-number")
        if _PLAIN.fullmatch(text) and (self.decimal == "." or "." not in text):
            return _within(float(text), "space")
        if units.is_length(self.unit):
            text = _METRES.sub(" metre", text)
        return self._spelt(text) or self._measured(text) or Repaired(None, UNREADABLE)

    def _spelt(self, text: str) -> Repaired | None:
        return self._written(text) or _from_words(text.casefold())

    def _measured(self, text: str) -> Repaired | None:
        """A number with a unit; blank where it cannot be given in the column's unit."""
        found = units.parts(text)
        if found is None:
            return None
        plain = _PLAIN.fullmatch(found.number) and (self.decimal == "." or "." not in found.number)
        number = Repaired(float(found.number)) if plain else self._spelt(found.number)
        if number is None or not isinstance(number.value, float):
            return None
        times = units.factor(found.unit, self.unit or found.unit.name)
        if times is None:
            return Repaired(None, OTHER_UNIT)
        steps = [number.rule] if number.rule else []
        steps += ["unit"] if times == 1 else ["unit-converted"]
        steps += ["remark"] if found.remark else []
        return _within(number.value * times, " + ".join(steps))

    def many(self, raws: list[str]) -> list[Repaired]:
        """Read each raw text."""
        return [self.one(raw) for raw in raws]

    def _written(self, text: str) -> Repaired | None:
        bracketed = text.startswith("(") and text.endswith(")")
        form = _FORM.fullmatch(text[1:-1].strip() if bracketed else text)
        if form is None:
            return None
        signs = [sign.strip() for sign in form.group("sign", "inner", "trailing") if sign]
        body = _body(form["body"].strip(), self.decimal)
        if body is None or len(signs) + bracketed > 1:
            return None
        number, steps = body
        if form["before"] or form["after"]:
            steps.append("currency")
        if form["times"]:
            number *= _TIMES[form["times"].lower()]
            steps.append("multiplier")
        if form["percent"]:
            steps.append("percent" if self.percent == "share" else PERCENT_SIGN)
            number /= 100 if self.percent == "share" else 1
        if bracketed or "-" in signs:
            number = -number
            if bracketed or form["trailing"]:
                steps.append("negative")
        return _within(float(number), " + ".join(steps) or "space")


def learn_numbers(
    unclean: Mapping[str, int],
    with_point: int,
    usual: float | None = None,
    *,
    limits: Limits | None = None,
    missing: tuple[str, ...] = (),
    given: Mark | None = None,
) -> NumberRepair:
    """Decide the decimal mark of a column, its unit, and what its per cent signs mean.

    Parameters
    ----------
    unclean
        Raw texts that are not plain numbers, with the number of rows of each.
    with_point
        Rows of plain numbers whose point can only be a decimal mark (``12.5``, not ``1.234``).
    usual
        Median size of the plain numbers; None where there are none.
    limits, missing, given
        What the recipe says; `given` is the decimal mark.

    Returns
    -------
    NumberRepair
        With a decimal comma where more rows show a decimal comma than a decimal point.
    """
    rows = {",": 0, ".": with_point}
    for raw, count in unclean.items():
        shown = evidence(raw)
        if shown in rows:
            rows[shown] += count
    decimal: Mark = given or ("," if rows[","] > rows["."] else ".")
    # No currency has three decimals in prices: "$1,234" can only be thousands.
    open_ones = [raw for raw in unclean if evidence(raw) == "?"]
    money = bool(open_ones) and all("," in raw and currency(raw) for raw in open_ones)
    simple: Counter[str] = Counter()
    for raw, count in unclean.items():
        simple[_simple(raw)] += count
    return NumberRepair(
        decimal,
        given is not None or money or rows[","] + rows["."] > 0,
        _percent_of(simple, decimal, usual),
        units.main_unit(simple),
        limits or NO_LIMITS,
        tuple(_simple(word).casefold() for word in missing),
    )


def _percent_of(texts: Mapping[str, int], decimal: Mark, usual: float | None) -> Percent:
    """Whether numbers with a per cent sign are nearer to the others as shares or as written."""
    if not usual:
        return "share"
    reader = NumberRepair(decimal, percent="as-written")
    sizes = sorted(
        (abs(read.value), count)
        for text, count in texts.items()
        if PERCENT_SIGN in (read := reader.one(text)).rule
        if isinstance(read.value, float) and read.value
    )
    half = sum(count for _, count in sizes) / 2
    for size, count in sizes:
        half -= count
        if half <= 0:
            # On a scale of ratios 1/10 lies half-way between a number and a hundredth of it.
            return "as-written" if size / usual < 10 else "share"
    return "share"


def evidence(raw: str) -> Evidence:
    """Tell which decimal mark a text shows: the mark, "?" for either, "" for none.

    >>> evidence("1.234,50"), evidence("1,234,567"), evidence("€ 1,5"), evidence("1,234")
    (',', '.', ',', '?')
    """
    form = _FORM.fullmatch(_simple(raw).strip("()"))
    body = form["body"].strip() if form else ""
    if _AMBIGUOUS.fullmatch(body):
        return "?"
    marks = _marks(body, ".")
    if marks is None:
        return ""
    groups, mark = marks
    return mark if groups in (",", ".") or mark in body else ""


def currency(raw: str) -> str:
    """Find the currency that a text names, or "".

    >>> currency("3 €"), currency("usd 12"), currency("12")
    ('€', 'USD', '')
    """
    form = _FORM.fullmatch(_simple(raw).strip("()"))
    return (form["before"] or form["after"] or "").upper() if form else ""


def _simple(raw: str) -> str:
    text = raw.translate(_SAME)
    if not text.isascii():
        text = "".join(_digit(letter) for letter in text)
    return re.sub(" +", " ", trimmed(text))


def _digit(letter: str) -> str:
    value = unicodedata.decimal(letter, None)
    return letter if value is None else str(value)


def _within(number: float, rule: str) -> Repaired:
    return Repaired(number, rule) if abs(number) < LIMIT else Repaired(None, "out-of-range")


def _body(body: str, decimal: Mark) -> tuple[Decimal, list[str]] | None:
    """Digits with their marks as a number, and what was odd about them; None where none fits."""
    marks = _marks(body, decimal)
    if marks is None:
        return None
    groups, mark = marks
    digits = body.replace(groups, "") if groups else body
    steps = ["thousands"] if groups else []
    if mark == "," and mark in digits:
        steps.append("decimal-comma")
    elif decimal == "," and mark in digits:
        steps.append("decimal-point")
    return Decimal(digits.replace(",", ".")), steps


def _marks(body: str, decimal: Mark) -> tuple[str, Mark] | None:
    """The thousands separator (or "") and the decimal mark of a number."""
    if _AMBIGUOUS.fullmatch(body):
        return ("", decimal) if decimal in body else ("," if "," in body else ".", decimal)
    return next((marks for layout, marks in _LAYOUTS if layout.fullmatch(body)), None)


def _from_words(lowered: str) -> Repaired | None:
    found = _WORDS.fullmatch(lowered)
    if found is None:
        return None
    words = found["words"].strip()
    if found["dozen"] and words in ("", "a"):
        words = "one"
    number = _word_number(words)
    if number is None:
        return None
    return _within(number * (12 if found["dozen"] else 1) * (-1 if found["minus"] else 1), "words")


def _word_number(words: str) -> float | None:
    from text_to_num import text2num

    if words in ("half a", "half"):
        return 0.5
    try:
        return float(text2num(re.sub("^an? ", "one ", words), "en"))
    except ValueError:
        return None
