"""Names of months, in the languages that exports come in, and how to find one."""

from __future__ import annotations

import unicodedata
from typing import Final

_NAMES: Final = (
    # English, German, French, Spanish, Italian, Portuguese, Dutch; accents do not count
    "january januar janvier enero gennaio janeiro januari jan janv ene gen",
    "february februar fevrier febrero febbraio fevereiro februari feb fev fevr febr",
    "march marz mars marzo marco maart mar mrz mrt maerz",
    "april avril abril aprile apr avr abr",
    "may mai mayo maggio maio mei mag",
    "june juni juin junio giugno junho jun giu",
    "july juli juillet julio luglio julho jul juil lug",
    "august aout agosto augustus aug ago",
    "september septembre septiembre settembre setembro sep sept set",
    "october oktober octobre octubre ottobre outubro oct okt ott out",
    "november novembre noviembre novembro nov",
    "december dezember decembre diciembre dicembre dezembro dec dez dic",
)
_MONTH_OF: Final = {word: at for at, names in enumerate(_NAMES, 1) for word in names.split()}


def month_of(name: str) -> int:
    """Number of a month, 1 to 12; 0 where the word names none.

    >>> month_of("Sept"), month_of("März"), month_of("août"), month_of("soon")
    (9, 3, 8, 0)
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    return _MONTH_OF.get("".join(letter for letter in plain if letter.isalpha()), 0)
