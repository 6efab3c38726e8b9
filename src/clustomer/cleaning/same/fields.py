"""Which columns describe a person, and the plain form in which their values are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Final, Literal, get_args

from clustomer.cleaning.dates import DateRepair
from clustomer.tables.columns import plain_name

Field = Literal[
    "given_name",
    "surname",
    "full_name",
    "email",
    "phone",
    "birth_date",
    "identifier",
    "address",
    "house_number",
    "postcode",
    "city",
    "state",
]
FIELDS: Final = get_args(Field)

PLACE: Final[tuple[Field, ...]] = ("address", "house_number", "postcode", "city", "state")
"""Fields of one address: they agree together, in a household too, so they are weighed as one."""

_NAMES: Final[dict[Field, tuple[str, ...]]] = {
    "given_name": ("givenname", "firstname", "forename", "first", "vorname", "prenom"),
    "surname": ("surname", "lastname", "familyname", "last", "nachname"),
    "full_name": ("fullname", "name", "customername", "clientname", "contactname"),
    "email": ("email", "emailaddress", "mail", "customeremail"),
    "phone": ("phone", "phonenumber", "telephone", "mobile", "mobilephone", "cell", "tel"),
    "birth_date": ("birthdate", "dateofbirth", "dob", "birthday", "born"),
    "identifier": ("ssn", "socsecid", "socialsecuritynumber", "nationalid", "taxid", "passport"),
    "address": ("address", "address1", "addressline1", "street", "streetaddress", "streetname"),
    "house_number": ("housenumber", "streetnumber", "houseno", "streetno"),
    "postcode": ("postcode", "postalcode", "zip", "zipcode", "plz"),
    "city": ("city", "town", "suburb", "place", "locality"),
    "state": ("state", "province", "county"),
}


def guess_fields(columns: Iterable[str]) -> dict[Field, str]:
    """Guess from their names which columns of a source describe a person.

    >>> guess_fields(["customer_id", "First Name", "e-mail", "ZIP"])
    {'given_name': 'First Name', 'email': 'e-mail', 'postcode': 'ZIP'}
    """
    by_plain = {plain_name(name): name for name in reversed(list(columns))}
    return {
        field: next(by_plain[name] for name in names if name in by_plain)
        for field, names in _NAMES.items()
        if any(name in by_plain for name in names)
    }


def enough(fields: Mapping[Field, str]) -> bool:
    """Whether the fields can tell persons apart: one that names a person, and another one."""
    telling = {"surname", "full_name", "email", "phone", "identifier"} & set(fields)
    return bool(telling) and len(fields) > 1


def plain_values(field: Field, raw: Iterable[object]) -> list[str]:
    """Bring the values of a field to the form in which they are compared; blanks are empty.

    >>> plain_values("surname", [" O'Brien-Śmith ", None]), plain_values("phone", ["+44 20 7946"])
    (['obriensmith', ''], ['44207946'])
    >>> plain_values("birth_date", ["1980-07-06", "19800706", "6 Jul 1980"])
    ['19800706', '19800706', '19800706']
    """
    form = _FORMS[field]
    done: dict[object, str] = {None: ""}
    found = []
    for value in raw:
        if value not in done:
            done[value] = form(value)
        found.append(done[value])
    return found


_BLANK: Final = frozenset(("na", "nan", "none", "null", "unknown", "missing", "test"))


def _letters(value: object) -> str:
    """Letters and digits only, without accents, in small letters."""
    split = unicodedata.normalize("NFKD", str(value)).casefold()
    text = "".join(c for c in split if c.isalnum())
    return "" if text in _BLANK else text


def _words(value: object) -> str:
    split = unicodedata.normalize("NFKD", str(value)).casefold()
    text = "".join(c for c in split if c.isalnum() or c.isspace())
    words = text.split()
    return "" if "".join(words) in _BLANK else " ".join(words)


def _email(value: object) -> str:
    text = str(value).strip().casefold()
    return text if "@" in text.strip("@") else ""


def _digits(value: object) -> str:
    digits = re.sub(r"\D", "", str(value)).lstrip("0")
    return digits if len(digits) >= 5 else ""


def _day(value: object) -> str:
    if isinstance(value, (date, datetime)):
        return f"{value:%Y%m%d}"
    text = str(value).strip()
    if re.fullmatch(r"[0-9]{8}", text):
        return text
    read = DateRepair().one(text).value
    return f"{read:%Y%m%d}" if isinstance(read, datetime) else _letters(value)


_FORMS: Final[dict[Field, Callable[[object], str]]] = {
    **dict.fromkeys(FIELDS, _letters),
    "full_name": _words,
    "address": _words,
    "email": _email,
    "phone": _digits,
    "birth_date": _day,
}
