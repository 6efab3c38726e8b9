"""Which one-byte encoding makes words of the bytes beyond ASCII: a score, not a proof.

Each candidate decodes the words of a text that hold such bytes. A character gets points for what it
is and where it stands: an accented small letter within a word of small letters is likely, a capital
there is not, a sign between two letters hardly ever. The candidate with the best mean wins if it is
likely at all and ahead of every other reading.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from typing import Final

AHEAD: Final = {"cp1252": 0.2, "cp850": 0.0, "mac-roman": 0.0, "cp1250": -0.1}
"""Points that an encoding has ahead: nearly all such files are of cp1252."""

LEAST: Final = 0.15
"""Points that a reading must have, and be ahead of every other one."""

SURE: Final = 3
"""From so many different words on the choice counts as seen, not assumed."""

_WORDS: Final = 4000
_TIMES: Final = 50
_WORD = re.compile(rb"[^\x80-\xff]?[A-Za-z'-]*[\x80-\xff][A-Za-z'\x80-\xff-]*[^\x80-\xff]?")
_HIGH = re.compile(rb"[\x80-\xff]+")
_LETTERS: Final = frozenset("éäöüèàáíóñçãõêåøßúôâî")
_MORE_LETTERS: Final = frozenset("ëïûùìòæœýÿ")
_CENTRAL: Final = frozenset("łąęśżźćńčřžšěůťďňőűțşăđľĺŕ")
_WITH_NUMBERS: Final = frozenset("€£¥¢°²³½¼¾±×µ§")
_TYPOGRAPHIC: Final = frozenset("–—’‘“”„…\u00a0")
_MONEY: Final = frozenset("€£¥¢")
_SIGNS: Final = frozenset("€£•×®©™°²³½·«»¿¡§ªº")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a text is taken for.

    `encoding` is "" where no reading is likely and ahead; `sure` tells whether enough words were
    seen; `readings` is a word as each candidate reads it, for a person to judge.
    """

    encoding: str
    sure: bool
    readings: tuple[tuple[str, str], ...] = ()


def words_in(text: bytes) -> Counter[bytes]:
    """Words that hold a byte beyond ASCII, with the characters beside them, and how often."""
    found: Counter[bytes] = Counter(_WORD.findall(text))
    return Counter(dict(found.most_common(_WORDS)))


def choose(words: Counter[bytes]) -> Choice:
    """Choose among the one-byte encodings and Shift-JIS.

    Latin-1 is not told apart: cp1252 reads all of its letters alike.

    Examples
    --------
    >>> choose(Counter({"Müller".encode("cp850"): 1, "Jürgen".encode("cp850"): 1})).encoding
    'cp850'
    """
    if _is_japanese(words):
        return Choice("cp932", sure=True)
    scores = {name: _score(words, name) + ahead for name, ahead in AHEAD.items()}
    best = max(AHEAD, key=lambda name: scores[name])
    rivals = [name for name in AHEAD if _reads_otherwise(words, best, name)]
    ahead = all(scores[best] >= scores[name] + LEAST for name in rivals)
    shown = next(iter(words), b"")
    readings = tuple((name, shown.decode(name, "replace").strip()) for name in AHEAD)
    if scores[best] < LEAST or not ahead or _is_not_western(words):
        return Choice("", sure=False, readings=readings)
    return Choice(best, len(words) >= SURE, readings)


def _score(words: Counter[bytes], encoding: str) -> float:
    """Mean points of the characters beyond ASCII."""
    points = total = 0.0
    for word, count in words.items():
        times = min(count, _TIMES)
        text = word.decode(encoding, "replace")
        for at, character in enumerate(text):
            if character > "\x7f":
                before = text[at - 1] if at else " "
                after = text[at + 1] if at + 1 < len(text) else " "
                points += times * _points(character, before, after)
                total += times
    return points / total if total else 0.0


def _points(character: str, before: str, after: str) -> float:
    """Points of one character between its neighbours, from -3 to 1."""
    if character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cf"}:
        return -3.0
    if character.isalpha() and character not in "ªºµƒ":
        return _letter_points(character, before, after)
    return 0.5 if character in _TYPOGRAPHIC else _sign_points(character, before, after)


def _sign_points(character: str, before: str, after: str) -> float:
    if before.isalpha() and after.isalpha():
        return -1.0
    if character in _WITH_NUMBERS and (before.isdigit() or after.isdigit()):
        return 0.7
    if character in _MONEY and (before.isalpha() or after.isalpha()):
        return -0.5
    return 0.3 if character in _SIGNS else -1.0


def _letter_points(character: str, before: str, after: str) -> float:
    small = character.lower()
    known = 1.0 if small in _LETTERS else 0.6 if small in _CENTRAL else 0.5
    if small not in _LETTERS | _MORE_LETTERS | _CENTRAL:
        known = -0.5
    beside = [one for one in (before, after) if one.isalpha()]
    if not beside:
        digits = before.isdigit() or after.isdigit()
        return -0.5 if digits else 0.3 * known if character == small else 0.1 * known
    if character == small:
        if after.isupper() and not before.isupper():
            return -0.5
        capitals = all(one.isupper() for one in beside) and (before.isupper() and after != " ")
        return -1.0 if capitals and len(beside) == 2 else known
    return -1.0 if before.islower() else 0.8 * known


def _reads_otherwise(words: Counter[bytes], one: str, other: str) -> bool:
    return any(word.decode(one, "replace") != word.decode(other, "replace") for word in words)


def _is_not_western(words: Counter[bytes]) -> bool:
    """Whether most such bytes stand three and more in a row, as in Cyrillic, Greek or Chinese."""
    runs = [len(run) for word in words for run in _HIGH.findall(word)]
    return sum(runs) >= 4 and 2 * sum(run for run in runs if run >= 3) > sum(runs)


def _is_japanese(words: Counter[bytes]) -> bool:
    """Whether Shift-JIS reads nearly all, and what it reads stands in runs with kana or kanji."""
    text = b"\n".join(words)
    decoded = text.decode("cp932", "surrogateescape")
    wide = [_is_wide(one) for one in decoded]
    strange = sum("\udc80" <= one <= "\udcff" for one in decoded)
    count = sum(wide)
    if count < 2 or strange > 0.05 * count:
        return False
    runs = sum(
        flag and ((at > 0 and wide[at - 1]) or (at + 1 < len(wide) and wide[at + 1]))
        for at, flag in enumerate(wide)
    )
    return runs > 0.7 * count and _kana_or_common(decoded) > 0.2 * count


def _is_wide(character: str) -> bool:
    return "\u3000" <= character <= "\u9fff" or "\uff00" <= character <= "\uffef"


def _kana_or_common(text: str) -> int:
    """Kana, and kanji of the first level, which Japanese texts are made of."""
    count = 0
    for one in text:
        if "\u3040" <= one <= "\u30ff" or "\uff66" <= one <= "\uff9f":
            count += 1
        elif "\u4e00" <= one <= "\u9fff":
            lead = one.encode("cp932", "replace")[0]
            count += 0x88 <= lead <= 0x97
    return count
