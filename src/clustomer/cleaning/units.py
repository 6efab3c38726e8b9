"""Units of measure beside a number: "12.0 oz.", "0.5 l", "3 kg net".

A column has one unit, the one of most rows. Texts of another unit of the same kind are converted
(500 g are 0.5 kg); what cannot be converted (ounces into litres: of weight or of volume?) becomes
blank and is reported, for adding it up would be wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

_FACTORS: Final[dict[str, tuple[tuple[str, float, str], ...]]] = {
    "weight": (
        ("mg", 1e-6, "mg milligram milligrams"),
        ("g", 1e-3, "g gr gram grams gramme grammes"),
        ("kg", 1.0, "kg kgs kilo kilos kilogram kilograms"),
        ("t", 1e3, "tonne tonnes"),
        ("lb", 0.45359237, "lb lbs"),
    ),
    "ounces": (("oz", 1.0, "oz ozs ounce ounces"),),
    "fluid ounces": (("fl oz", 1.0, "floz"),),
    "volume": (
        ("ml", 1e-3, "ml millilitre millilitres milliliter milliliters"),
        ("cl", 1e-2, "cl centilitre centilitres centiliter centiliters"),
        ("l", 1.0, "l lt ltr litre litres liter liters"),
    ),
    "length": (
        ("mm", 1e-3, "mm millimetre millimetres millimeter millimeters"),
        ("cm", 1e-2, "cm centimetre centimetres centimeter centimeters"),
        ("m", 1.0, "metre metres meter meters"),
        ("km", 1e3, "km kms kilometre kilometres kilometer kilometers"),
        ("in", 0.0254, "inch inches"),
        ("ft", 0.3048, "ft foot feet"),
    ),
    "time": (
        ("min", 1.0, "min mins minute minutes"),
        ("h", 60.0, "h hr hrs hour hours"),
        ("day", 1440.0, "d day days"),
        ("week", 10080.0, "week weeks wk wks"),
    ),
    "long time": (
        ("month", 1.0, "month months mth mths mo"),
        ("year", 12.0, "y yr yrs year years"),
    ),
    "pieces": (("pcs", 1.0, "pc pcs piece pieces unit units ea each item items x"),),
    "packs": (("pack", 1.0, "pack packs packet packets pkt box boxes case cases"),),
    "energy": (("kWh", 1.0, "kwh"),),
    "points": (("pt", 1.0, "pt pts point points"),),
}


class Measure(NamedTuple):
    """A unit: its kind, how it is written here, and its size in the first unit of the kind."""

    kind: str
    name: str
    size: float


UNITS: Final[dict[str, Measure]] = {
    word: Measure(kind, name, size)
    for kind, units in _FACTORS.items()
    for name, size, words in units
    for word in words.split()
}
"""Small letters without a point -> the unit."""

_NAMES: Final = "|".join(sorted(UNITS, key=len, reverse=True))
_TEXT = re.compile(
    rf"(?P<number>.*?[0-9.)]|[a-z -]+?(?= )) ?(?P<unit>fl\.? ?oz|{_NAMES})(?![a-z])\.?"
    r"(?P<remark>[ ,;(][a-z .,;()/'-]*)?",
    re.IGNORECASE,
)


class Parts(NamedTuple):
    """A text taken apart; `remark` tells whether words stood behind the unit."""

    number: str
    unit: Measure
    remark: bool


def parts(text: str) -> Parts | None:
    """Take the unit off a text; None where it names no unit that is known.

    >>> parts("12.0 oz. Alumi-Tek")
    Parts(number='12.0', unit=Measure(kind='ounces', name='oz', size=1.0), remark=True)
    >>> parts("12 horses") is None, parts("75k") is None
    (True, True)
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    unit = UNITS[found["unit"].lower().replace(" ", "").replace(".", "")]
    return Parts(found["number"].strip(), unit, bool((found["remark"] or "").strip()))


def main_unit(counts: Mapping[str, int]) -> str:
    """The unit of most rows, the first by name of equals; "" where no text has one.

    >>> main_unit({"12 oz": 4, "0.5 l": 1, "7": 90})
    'oz'
    """
    rows: Counter[str] = Counter()
    for text, count in counts.items():
        if found := parts(text):
            rows[found.unit.name] += count
    return min(rows, key=lambda name: (-rows[name], name), default="")


def factor(unit: Measure, into: str) -> float | None:
    """What to multiply by to get another unit; None where the kinds differ.

    >>> factor(UNITS["grams"], "kg"), factor(UNITS["oz"], "l")
    (0.001, None)
    """
    target = next((one for one in UNITS.values() if one.name == into), None)
    if target is None or target.kind != unit.kind:
        return None
    return unit.size / target.size


def is_length(name: str) -> bool:
    """Whether a unit measures lengths: then "3 m" are metres."""
    return any(one.name == name and one.kind == "length" for one in UNITS.values())
