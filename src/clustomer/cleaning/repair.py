"""The repairs of a table: one frozen function a column, kept as JSON in the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final, Literal, TypeVar, cast, get_args

from clustomer.cleaning import rules
from clustomer.cleaning.agreement import Agreement
from clustomer.cleaning.audit import DECIDED
from clustomer.cleaning.categories import FREQUENT, CategoryRepair
from clustomer.cleaning.dates import DateRepair
from clustomer.cleaning.decisions import read_value
from clustomer.cleaning.derive import Less, Relation
from clustomer.cleaning.keys import KeyRepair, TextRepair
from clustomer.cleaning.limits import Limits
from clustomer.cleaning.numbers import LIMIT, Mark, NumberRepair, Percent, evidence
from clustomer.cleaning.repeats import Choice
from clustomer.cleaning.runtogether import Split
from clustomer.cleaning.same.weigh import Weights
from clustomer.cleaning.serials import Serial
from clustomer.cleaning.style import Style
from clustomer.cleaning.values import Repaired, shown
from clustomer.names import KINDS, Beyond, DateOrder, Kind

Repair = KeyRepair | TextRepair | NumberRepair | CategoryRepair | DateRepair
Json = Mapping[str, object]
T = TypeVar("T")

VERSION: Final = 1

_EXACT: Final = 9e18
"""As in `sql`: whole numbers below it are written with all their digits."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a person decided for one raw value, as a repair.

    Parameters
    ----------
    repaired
        The clean value; the rule is ``accepted``, ``rejected`` or ``set``.
    rows
        Rows with the value at fit; a value of few rows is not kept in a model.
    """

    repaired: Repaired
    rows: int = 0


@dataclass(frozen=True, slots=True)
class ColumnRepair:
    """How one column is cleaned.

    Parameters
    ----------
    name
        Canonical name.
    kind
        What the recipe says the column is.
    repair
        The function learnt for it.
    sensitive
        Whether findings keep silent about its values.
    decided
        What a person decided for single raw values; it comes before the repair.
    """

    name: str
    kind: Kind
    repair: Repair
    sensitive: bool = False
    decided: Mapping[str, Decided] = field(default_factory=dict)

    def one(self, raw: object) -> Repaired:
        """Repair one raw value, as the batch path would.

        Numbers given to a key or category are written without a trailing ``.0``; None is blank.

        >>> ColumnRepair("customer_id", "key", KeyRepair()).one(17850.0).value
        '17850'
        >>> ColumnRepair("quantity", "number", NumberRepair()).one("five")
        Repaired(value=5.0, rule='words')
        """
        if raw is None or (self.kind != "number" and raw != raw):  # noqa: PLR0124 - NaN
            return Repaired(None)
        if self.decided and (said := self.decided.get(as_text(raw))):
            return said.repaired
        if self.kind == "number" and isinstance(raw, (bool, int, float)):
            number = float(raw)
            if abs(number) < LIMIT and isinstance(self.repair, NumberRepair):
                return self.repair.one(repr(number))
            return Repaired(None, "not-a-number" if number - number else "out-of-range")
        return self.repair.one(as_text(raw))

    def confidence(self, raw: str, repaired: Repaired) -> float:
        """How sure a repair of this column is: 0 to 1, see `rules`; 1 where nothing was repaired.

        >>> price = ColumnRepair("price", "number", NumberRepair())
        >>> price.confidence("five", price.one("five"))
        0.98
        >>> price.confidence("1,234", price.one("1,234"))
        0.5
        """
        sure = rules.confidence(repaired.rule)
        if repaired.rule in DECIDED:
            return sure
        if isinstance(self.repair, DateRepair) and not self.repair.decided:
            if repaired.rule == self.repair.order:
                return rules.BESIDE if self.repair.because else rules.OPEN
        elif isinstance(self.repair, NumberRepair) and not self.repair.decided:
            return rules.OPEN if repaired.rule and evidence(raw) == "?" else sure
        return sure


@dataclass(frozen=True, slots=True)
class TableRepairs:
    """The repairs of one table, in the order of its settings.

    Parameters
    ----------
    table
        The recipe's name of the table.
    columns
        One repair a column; a column that the table did not have at fit is not among them.
    relations
        Between which columns the data show a product, so that blanks of one follow from the others.
    repeats
        What becomes of rows that repeat an earlier one; "" where the fit met none.
    agreements, splits
        Columns that follow others, and columns that run together; see `cells`.
    same
        Of customers: how surely two rows that agree are one person.
    """

    table: str
    columns: tuple[ColumnRepair, ...]
    relations: tuple[Relation, ...] = ()
    repeats: Choice | Literal[""] = ""
    agreements: tuple[Agreement, ...] = ()
    splits: tuple[Split, ...] = ()
    same: Weights | None = None

    def of(self, name: str) -> ColumnRepair:
        """The repair of a column, by its canonical name; `KeyError` where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def to_json(self) -> dict[str, object]:
        """Turn into plain JSON values.

        Holds spellings of categories that are not rare, date orders and decimal marks; never a
        key, a number or a date of the data. Of decisions it holds those on values that stood on
        at least `FREQUENT` rows, in columns that are neither keys, text nor sensitive.
        """
        return {
            "version": VERSION,
            "table": self.table,
            "columns": [
                {
                    "name": column.name,
                    "kind": column.kind,
                    "sensitive": column.sensitive,
                    "repair": _plain(column.repair),
                    "decided": _plain_decided(column),
                }
                for column in self.columns
            ],
            "relations": [asdict(one) for one in self.relations],
            "repeats": self.repeats,
            "agreements": [asdict(one) for one in self.agreements],
            "splits": [asdict(one) for one in self.splits],
            "same": None if self.same is None else self.same.to_json(),
        }

    @classmethod
    def from_json(cls, stored: Json) -> TableRepairs:
        """Make again what `to_json` gave.

        Raises
        ------
        ValueError
            When a part is missing, of another type or of another version; the caller names the
            bundle.
        """
        if stored.get("version") != VERSION:
            raise ValueError(f"repairs of version {stored.get('version')!r}, not {VERSION}")
        columns = _typed(stored, "columns", list)
        whole = {
            "relations": [],
            "repeats": "",
            "agreements": [],
            "splits": [],
            "same": None,
            **stored,
        }
        return cls(
            _typed(stored, "table", str),
            tuple(_column(part) for part in columns),
            tuple(_relation(part) for part in _typed(whole, "relations", list)),
            cast("Choice", _among(whole, "repeats", ("", *get_args(Choice)))),
            tuple(
                Agreement(_named(one, "given"), _named(one, "column"))
                for one in _typed(whole, "agreements", list)
            ),
            tuple(
                Split(_named(one, "column"), _named(one, "into"))
                for one in _typed(whole, "splits", list)
            ),
            None if whole["same"] is None else Weights.from_json(whole["same"]),
        )


def as_text(raw: object) -> str:
    """Write a value as the engine's text of it: whole numbers without a point.

    >>> as_text(17850.0), as_text(0.5), as_text(True)
    ('17850', '0.5', 'true')
    """
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, float):
        return str(int(raw)) if abs(raw) < _EXACT and raw.is_integer() else repr(raw)
    return str(raw)


def _plain(repair: Repair) -> dict[str, object]:
    values = asdict(repair)
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def _relation(stored: object) -> Relation:
    if not isinstance(stored, dict):
        raise ValueError("a relation between columns is no object")
    return Relation(
        total=_typed(stored, "total", str),
        left=_typed(stored, "left", str),
        right=_typed(stored, "right", str),
        discount=_typed(stored, "discount", str),
        less=cast("Less", _among(stored, "less", get_args(Less))),
        cents=_typed(stored, "cents", bool),
        share=_typed(stored, "share", float),
    )


def _plain_decided(column: ColumnRepair) -> list[list[str]]:
    if column.sensitive or column.kind in ("key", "text"):
        return []
    return [
        [raw, shown(said.repaired.value), said.repaired.rule]
        for raw, said in column.decided.items()
        if said.rows >= FREQUENT
    ]


def _decided(kind: Kind, stored: list[object]) -> dict[str, Decided]:
    decided = {}
    for line in stored:
        if not isinstance(line, list) or len(line) != 3:
            raise ValueError("a decision of a repair is no list of three texts")
        raw, value, rule = (_text(part) for part in line)
        if rule not in DECIDED:
            raise ValueError(f"unknown decision {rule!r}")
        decided[raw] = Decided(Repaired(read_value(value, kind), rule), FREQUENT)
    return decided


def _column(stored: object) -> ColumnRepair:
    if not isinstance(stored, dict):
        raise ValueError("a column's repair is no object")
    kind = _typed(stored, "kind", str)
    if kind not in KINDS:
        raise ValueError(f"unknown kind of column {kind!r}")
    repair = _repair(kind, _typed(stored, "repair", dict))
    name, sensitive = _typed(stored, "name", str), _typed(stored, "sensitive", bool)
    said = _typed({"decided": [], **stored}, "decided", list)
    of = cast("Kind", kind)
    return ColumnRepair(name, of, repair, sensitive, _decided(of, said))


def _repair(kind: str, stored: Json) -> Repair:
    if kind == "key":
        return KeyRepair()
    if kind == "text":
        return TextRepair()
    if kind == "number":
        mark = _among(stored, "decimal", get_args(Mark))
        return NumberRepair(
            cast("Mark", mark),
            _typed(stored, "decided", bool),
            cast("Percent", _among({"percent": "share", **stored}, "percent", get_args(Percent))),
            _typed({"unit": "", **stored}, "unit", str),
            _limits(_typed({"limits": {}, **stored}, "limits", dict)),
            _texts({"missing": [], **stored}, "missing"),
        )
    if kind == "date":
        order = cast("DateOrder", _among(stored, "order", get_args(DateOrder)))
        whole = {**asdict(DateRepair()), **stored}
        return DateRepair(
            order,
            _typed(stored, "decided", bool),
            _typed(stored, "because", str),
            _typed(whole, "shown", bool),
            cast("Serial", _among(whole, "serial", get_args(Serial))),
        )
    spelling = _typed(stored, "spelling", dict)
    whole = {**asdict(CategoryRepair()), **stored}
    return CategoryRepair(
        spelling={_text(at): _text(canonical) for at, canonical in spelling.items()},
        vocabulary=_texts(whole, "vocabulary"),
        frequent=_texts(whole, "frequent"),
        closed=_typed(whole, "closed", bool),
        names=_typed(whole, "names", bool),
        rare=_typed(whole, "rare", bool),
        cautious=_typed(whole, "cautious", bool),
        order=_texts(whole, "order"),
        missing=_texts(whole, "missing"),
        synonyms=_texts(whole, "synonyms"),
        exceptions=_texts(whole, "exceptions"),
        style=cast("Style", _among(whole, "style", get_args(Style))),
    )


def _named(stored: object, name: str) -> str:
    if not isinstance(stored, dict):
        raise ValueError("a part of the repairs is no object")
    return _typed(stored, name, str)


def _limits(stored: Json) -> Limits:
    whole = {**asdict(Limits()), **stored}
    ends = [whole["low"], whole["high"]]
    if not all(end is None or isinstance(end, (int, float)) for end in ends):
        raise ValueError("a limit of a repair is no number")
    low, high = cast("list[float | None]", ends)
    return Limits(low, high, cast("Beyond", _among(whole, "action", get_args(Beyond))))


def _texts(stored: Json, name: str) -> tuple[str, ...]:
    values = stored.get(name)
    if not isinstance(values, (list, tuple)):
        raise ValueError(f"'{name}' of a repair is not a list")
    return tuple(_text(value) for value in values)


def _typed(stored: Json, name: str, kind: type[T]) -> T:
    value = stored.get(name)
    if not isinstance(value, kind):
        raise ValueError(f"'{name}' of a repair is not a {kind.__name__}")
    return value


def _among(stored: Json, name: str, known: tuple[str, ...]) -> str:
    value = _typed(stored, name, str)
    if value not in known:
        raise ValueError(f"'{name}' of a repair is {value!r}, not one of {', '.join(known)}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a spelling of a repair is no text")
    return value
