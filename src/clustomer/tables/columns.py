"""Matching the columns of a source with the canonical columns of a recipe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clustomer.errors import DataError, listed, nearest
from clustomer.findings import Finding
from clustomer.recipe.settings import ColumnSettings, TableSettings
from clustomer.tables.search import DELIMITERS


def plain_name(name: str) -> str:
    """Bring a name to the form in which names are compared.

    >>> plain_name("Customer-ID"), plain_name("customer_id")
    ('customerid', 'customerid')
    """
    return "".join(c for c in name.casefold() if not c.isspace() and c not in "-_")


def match_columns(
    raw_columns: Iterable[str], table_settings: TableSettings, *, source: str
) -> dict[str, str]:
    """Match canonical columns with the source's, by name.

    A name spelt alike comes first, then one that is the canonical name but for case, spaces,
    hyphens and underscores, then the names that the recipe lists, in their order. A column of the
    source serves one canonical column. A column that the recipe names ``exactly`` is found under
    that name alone, and before all others.

    Parameters
    ----------
    raw_columns
        Names in the source.
    source
        What messages call the source.

    Returns
    -------
    dict
        Canonical name to the source's name, in the recipe's order; optional columns that are not
        there are left out.

    Raises
    ------
    DataError
        When a required column is missing, or the recipe's delimiter leaves a single one.
    """
    raw = tuple(raw_columns)
    matched = _match(raw, table_settings)
    _check_apart(raw, table_settings, source)
    for canonical, column in table_settings.columns.items():
        if column.required and canonical not in matched:
            left = [name for name in raw if name not in matched.values()]
            raise _missing(source, raw, left, canonical, table_settings)
    return matched


def _missing(
    source: str, raw: tuple[str, ...], left: list[str], canonical: str, settings: TableSettings
) -> DataError:
    column = settings.columns[canonical]
    accepted = accepted_names(canonical, column)
    near = (nearest(plain_name(name), map(plain_name, left)) for name in accepted)
    hint = next((text for text in near if text), "")
    if column.exactly:
        text = f"{source} has no column '{column.exactly}', as which the recipe reads {canonical}."
        remedy = (
            f'correct exactly = "{column.exactly}", or leave it out: the column\'s usual names '
            "are then looked for"
        )
    elif settings.header is False:
        text = f"{source} has no column '{canonical}': the recipe says that it has no header."
        remedy = (
            "name its columns in the recipe, header = [...], or leave header = false out where the "
            "first line holds their names"
        )
    else:
        text = f"{source} has no column '{canonical}'."
        remedy = f"name it {_either(accepted)} (case, spaces, - and _ do not matter)"
    return DataError(
        text,
        found=f"columns {listed(raw, 40)}",
        remedy=remedy + (f"; {_as_spelt(hint, left)}" if hint else ""),
    )


def _check_apart(raw: tuple[str, ...], settings: TableSettings, source: str) -> None:
    """Refuse a table that the recipe's own delimiter leaves in one column, where another would not.

    The missing column that would be told otherwise is there, and its name right.
    """
    if len(raw) != 1 or settings.delimiter is None:
        return
    counts = {word: raw[0].count(mark) for mark, word in DELIMITERS.items()}
    word, count = max(counts.items(), key=lambda one: one[1])
    if count:
        raise DataError(
            f"{source} is one single column when it is read with the recipe's delimiter "
            f"'{settings.delimiter}'.",
            found=f"the name '{raw[0]}'",
            remedy=f'set delimiter = "{word}" for this table, or leave it out: it is found out',
        )


def accepted_names(canonical: str, column: ColumnSettings) -> tuple[str, ...]:
    """Names that a column may have in a file."""
    if column.exactly:
        return (column.exactly,)
    return tuple(dict.fromkeys((canonical, *column.source)))


def missing_columns(raw_columns: Iterable[str], table_settings: TableSettings) -> tuple[str, ...]:
    """Return the required canonical columns that a source does not hold."""
    matched = _match(tuple(raw_columns), table_settings)
    return tuple(
        canonical
        for canonical, column in table_settings.columns.items()
        if column.required and canonical not in matched
    )


def rivals(
    raw_columns: Iterable[str],
    table_settings: TableSettings,
    matched: Mapping[str, str],
    *,
    source: str,
) -> tuple[Finding, ...]:
    """Report columns that would also have matched a canonical column that another one serves."""
    findings = []
    for canonical, used in matched.items():
        names = accepted_names(canonical, table_settings.columns[canonical])
        accepted = {plain_name(name) for name in names}
        others = [
            name
            for name in raw_columns
            if plain_name(name) in accepted and name not in matched.values()
        ]
        if others:
            text = (
                f"{source}: '{used}' is read as {canonical}; "
                f"{listed(repr(name) for name in others)} would have fitted too and is left aside."
            )
            findings.append(Finding("rival-columns", "note", text))
    return tuple(findings)


def _match(raw: tuple[str, ...], settings: TableSettings) -> dict[str, str]:
    by_plain: dict[str, list[str]] = {}
    for name in raw:
        by_plain.setdefault(plain_name(name), []).append(name)
    open_ = {name: one for name, one in settings.columns.items() if one.exactly is None}
    fixed = {name: one.exactly for name, one in settings.columns.items() if one.exactly}
    matched = {name: found for name, found in fixed.items() if found in raw}
    for canonical in open_:
        _take(matched, canonical, [name for name in raw if name == canonical])
    for canonical in open_:
        _take(matched, canonical, by_plain.get(plain_name(canonical), ()))
    for canonical, column in open_.items():
        for accepted in column.source:
            spelt = by_plain.get(plain_name(accepted), [])
            exact = [name for name in spelt if name == accepted]
            _take(matched, canonical, exact + spelt)
    return {name: matched[name] for name in settings.columns if name in matched}


def _take(matched: dict[str, str], canonical: str, candidates: Iterable[str]) -> None:
    if canonical in matched:
        return
    free = [name for name in candidates if name not in matched.values()]
    if free:
        matched[canonical] = free[0]


def _either(names: tuple[str, ...]) -> str:
    shown = [f"'{name}'" for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"


def _as_spelt(hint: str, names: Iterable[str]) -> str:
    """Put the source's own spelling into a hint made from plain names."""
    spelt = {f"'{plain_name(name)}'": f"'{name}'" for name in names}
    for plain, name in spelt.items():
        hint = hint.replace(plain, name)
    return hint
