"""Canonical names and kinds for the columns of a draft; which are read, and which are left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clustomer.cleaning.orders import known_order
from clustomer.drafting.facts import Facts
from clustomer.drafting.guess import FEW, ColumnRole
from clustomer.drafting.keys import Looked, Reference
from clustomer.drafting.shape import Place, Shape
from clustomer.meanings import MEANINGS, Meaning, meanings_of, plain_words, singular, words_of
from clustomer.names import CUSTOMER, Kind, Measure, TableRole

_CANONICAL: Final[dict[ColumnRole, str]] = {
    "customer id": CUSTOMER,
    "order id": "order_id",
    "product id": "product_id",
    "order date": "order_date",
    "signup date": "signup_date",
    "quantity": "quantity",
    "unit price": "unit_price",
    "list price": "base_price",
    "amount": "line_total",
    "discount": "discount",
    "product category": "category",
    "gender": "gender",
}
"""Roles whose column has a name of its own in the recipe, once."""

_KINDS: Final[dict[ColumnRole, Kind]] = {
    "customer id": "key",
    "order id": "key",
    "product id": "key",
    "other key": "key",
    "order date": "date",
    "signup date": "date",
    "quantity": "number",
    "unit price": "number",
    "list price": "number",
    "amount": "number",
    "discount": "number",
    "number": "number",
    "flag": "number",
    "status": "category",
    "product category": "category",
    "category": "category",
    "ordinal": "category",
    "gender": "category",
    "place": "category",
    "outcome": "category",
}
"""How a column of a role is read; roles that are missing here are left out."""

_OF_LINES: Final[frozenset[ColumnRole]] = frozenset(
    (
        "customer id",
        "order id",
        "product id",
        "order date",
        "quantity",
        "unit price",
        "amount",
        "discount",
        "status",
        "product category",
        "category",
        "ordinal",
        "place",
        "gender",
    )
)
"""Roles that are read of order lines and their heads; what else they hold says nothing there."""

_OF_PRODUCTS: Final[frozenset[ColumnRole]] = frozenset(
    ("product id", "unit price", "list price", "product category", "category")
)


@dataclass(frozen=True, slots=True)
class DraftColumn:
    """One column of a source and what the draft makes of it.

    Parameters
    ----------
    source
        The source's name of the column.
    name, kind
        Its name in the recipe and how it is cleaned; "" and None where it is left out.
    role, confidence, reason
        What it seems to be for, how sure that is (0 to 1), and why.
    unit
        The unit of a number.
    order
        Values of an ordinal, lowest first.
    sensitive
        Whether it tells what should not make a segment: gender, age, marriage and the like.
    standing
        Whether it tells who a customer is rather than what they do.
    """

    source: str
    name: str
    kind: Kind | None
    role: ColumnRole
    confidence: float
    reason: str
    unit: Measure | None = None
    order: tuple[str, ...] = ()
    sensitive: bool = False
    standing: bool = False

    @property
    def read(self) -> bool:
        """Whether the recipe reads the column."""
        return self.kind is not None


def name_columns(tables: Sequence[Looked], shape: Shape) -> dict[str, tuple[DraftColumn, ...]]:
    """Name the columns of the tables that are used; a name stands for one thing in all tables."""
    keys = _key_names(tables, shape)
    taken: dict[str, str] = dict.fromkeys(keys.values(), "")
    named = {}
    for table in tables:
        place = shape.places[table.name]
        made = []
        for column in _best_first(table):
            name = keys.get((table.name, column), "")
            made.append(_column(table, column, place, name, taken))
        order = list(table.facts)
        named[table.name] = tuple(sorted(made, key=lambda one: order.index(one.source)))
    return named if "category" in taken else _with_category(tables, named, shape)


def _with_category(
    tables: Sequence[Looked], named: dict[str, tuple[DraftColumn, ...]], shape: Shape
) -> dict[str, tuple[DraftColumn, ...]]:
    """Call that category of products `category` of which the name, or its table's, says so."""
    products = [name for name, place in shape.places.items() if place.role == "products"]
    reached = list(products)
    for name in reached:
        reached += [ref.to for ref in shape.references if ref.table == name]
    stems = {table.name: table.stem for table in tables}
    fitting = [
        (_weak(column.source, stems[name]), _facts(tables, name, column.source).distinct, column)
        for name in dict.fromkeys(reached)
        for column in named[name]
        if column.kind == "category"
        and "category" in meanings_of(column.source) | meanings_of(stems[name])
        and _facts(tables, name, column.source).distinct > 1
    ]
    if not fitting:
        return named
    *_, chosen = min(fitting, key=lambda one: one[:2])
    return {
        name: tuple(replace(one, name="category") if one is chosen else one for one in columns)
        for name, columns in named.items()
    }


_KINDS_OF: Final = frozenset(("type", "kind", "class", "group", "brand"))


def _weak(*names: str) -> bool:
    """Whether names speak of categories only in words that may mean another sort of sorting."""
    words = {word for name in names for word in words_of(name)}
    return not (words & MEANINGS["category"]) - _KINDS_OF


def _facts(tables: Sequence[Looked], name: str, column: str) -> Facts:
    return next(table.facts[column] for table in tables if table.name == name)


def _best_first(table: Looked) -> list[str]:
    """Surest first, so that of two columns for one role the likelier gets its name."""
    return sorted(table.facts, key=lambda name: -table.guesses[name].confidence)


def _key_names(tables: Sequence[Looked], shape: Shape) -> dict[tuple[str, str], str]:
    """By table and column: the canonical name of each key, the same on both sides of a join."""
    names: dict[tuple[str, str], str] = {}
    for table in tables:
        place = shape.places[table.name]
        if place.key is not None:
            names[table.name, place.key] = _key_name(table, place)
    for ref in shape.references:
        if (ref.to, ref.key) in names and not _refers_already(names, ref, shape):
            names.setdefault((ref.table, ref.column), names[ref.to, ref.key])
    if not any(name == CUSTOMER for name in names.values()):
        names |= _customer_of_lines(tables, shape)
    return names


def _refers_already(names: Mapping[tuple[str, str], str], ref: Reference, shape: Shape) -> bool:
    """Whether another column of the table refers to the same key already."""
    name = names[ref.to, ref.key]
    return any(
        of == ref.table and known == name and column != shape.places[of].key
        for (of, column), known in names.items()
    )


def _customer_of_lines(tables: Sequence[Looked], shape: Shape) -> dict[tuple[str, str], str]:
    for table in tables:
        if shape.places[table.name].role in {"lines", "orders"}:
            for column in table.having("customer id"):
                return {(table.name, column): CUSTOMER}
    return {}


def _key_name(table: Looked, place: Place) -> str:
    fixed: dict[TableRole, str] = {
        "customers": CUSTOMER,
        "orders": "order_id",
        "products": "product_id",
    }
    if place.role in fixed:
        return fixed[place.role]
    words = plain_words(place.key or "")
    return words if len(words_of(words)) > 1 else f"{_one_of(table)}_{words}"


def _one_of(table: Looked) -> str:
    """What a row of a table is called, by the table's name: "town" of "towns"."""
    *before, last = plain_words(table.stem).split("_")
    return "_".join((*before, singular(last)))


def _column(
    table: Looked, column: str, place: Place, key: str, taken: dict[str, str]
) -> DraftColumn:
    facts, guess = table.facts[column], table.guesses[column]
    role = guess.role
    if place.role in {"lookup", "products"} and role == "name" and _few(facts):
        role = "category"
    means = meanings_of(column)
    kind = "key" if key else _kind(role, place, facts)
    name = key or (_name(table, column, role, place, taken) if kind else "")
    if kind and not name:
        kind = None
    order = _order(facts, means) if kind == "category" else ()
    return DraftColumn(
        column,
        name,
        "ordinal" if order else kind,
        role,
        guess.confidence,
        guess.reason,
        unit=_unit(facts, means, role) if kind == "number" else None,
        order=order,
        sensitive=role == "gender" or bool(means & {"gender", "personal_trait", "birth"}),
        standing=role in {"gender", "place"}
        or bool(means & {"gender", "personal_trait", "birth", "standing", "place"}),
    )


def _few(facts: Facts) -> bool:
    return facts.distinct <= FEW


def _kind(role: ColumnRole, place: Place, facts: Facts) -> Kind | None:
    if role in {"other key", "product id", "order id", "customer id"} and not _own_key(role, place):
        return None
    if role not in _ROLES_READ.get(place.role, _KINDS):
        return None
    kind = _KINDS.get(role)
    if kind == "category" and facts.numeric >= 0.9 and role == "outcome":
        return "number"
    return None if kind == "category" and not _few(facts) else kind


_ROLES_READ: Final[Mapping[TableRole, frozenset[ColumnRole]]] = {
    "lines": _OF_LINES,
    "orders": _OF_LINES - {"amount", "quantity", "unit price", "discount"},
    "products": _OF_PRODUCTS,
}
"""What is read of a table; an order's total would count once a line."""


def _own_key(role: ColumnRole, place: Place) -> bool:
    """Whether order lines keep this id though no table explains it."""
    return place.role in {"lines", "orders"} and role != "other key"


def _name(table: Looked, column: str, role: ColumnRole, place: Place, taken: dict[str, str]) -> str:
    """A name that no other column has; "" where the role's one name is given away in the table."""
    wished = _CANONICAL.get(role)
    ids = {"customer id", "order id", "product id"}
    if wished and wished in taken and (role in ids or role in {"order date", "quantity"}):
        return ""
    if place.role == "customers" and role in {"amount", "unit price", "quantity", "discount"}:
        wished = None
    plain = plain_words(column)
    if place.role == "lookup" and len(words_of(plain)) == 1 and "name" in meanings_of(plain):
        plain = f"{_one_of(table)}_{plain}"
    prefix = "delivery" if role == "place" and place.role in {"lines", "orders"} else ""
    choices = (wished, plain, f"{prefix or plain_words(table.stem)}_{plain}", f"{plain}_2")
    name = next((one for one in choices if one and one not in taken and one not in _RESERVED), "")
    if name:
        taken[name] = table.name
    return name


_RESERVED: Final = frozenset(
    (
        *("row", "source_row", "amount", "sale", "money_back", "order_key", "basket_lines"),
        *("segment_id", "segment_name", "distance", "runner_up_id", "probability"),
        *("units", "spend", CUSTOMER),
    )
)
"""Names that the pipeline gives itself."""


def _unit(facts: Facts, means: frozenset[Meaning], role: ColumnRole) -> Measure:
    low, high = facts.low or 0.0, facts.high or 0.0
    if role in {"unit price", "list price"} or means & {"price", "cost"}:
        return "price"
    if role == "quantity":
        return "units"
    within = low >= 0 and high <= 1
    if role in {"discount", "flag"} or (within and facts.whole < 1):
        return "share" if within else "score"
    counted = "count" in means and words_of(facts.name)[0] in {"num", "number", "count", "total"}
    table: tuple[tuple[bool, Measure], ...] = (
        ("months" in means, "months"),
        ("days" in means and "count" not in means, "days"),
        (counted and facts.whole == 1, "count"),
        ("amount" in means and role != "number", "money"),
        (
            "amount" in means
            and not means & {"count", "mean"}
            and "score" not in words_of(facts.name),
            "money",
        ),
    )
    return next((unit for holds, unit in table if holds), "score")


_MONEYED: Final = MEANINGS["amount"] - {"total", "value", "gross", "net", "purchases", "payments"}


def _order(facts: Facts, means: frozenset[Meaning]) -> tuple[str, ...]:
    """The known order of the column's values; M and S are no sizes where marriage is told."""
    return () if means & {"personal_trait", "gender"} else known_order(Counter(facts.sample))
