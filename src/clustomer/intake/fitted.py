"""What a fit had and tables to be scored lack: taken for blank, it would move customers unseen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from clustomer.engines.tokens import TOKEN
from clustomer.errors import DataError, listed
from clustomer.features.feature import Feature
from clustomer.findings import Finding
from clustomer.intake.cleaned import CleanTable
from clustomer.recipe.settings import Recipe
from clustomer.tables.columns import match_columns
from clustomer.tables.read import RawTable


def check_fitted(
    recipe: Recipe,
    fitted: Mapping[str, Mapping[str, str]],
    features: Iterable[Feature],
    raw: Mapping[str, RawTable],
) -> list[Finding]:
    """Compare the columns of the tables with those of the fit.

    Parameters
    ----------
    fitted
        By table of the fit: canonical name to the source's name.
    features
        The features of the fit.
    raw
        The tables to be scored.

    Returns
    -------
    list of Finding
        Columns that are gone and on which no segment depends.

    Raises
    ------
    DataError
        When a column or table is gone of which a feature that makes the segments is made, or that
        tells what a line is worth.
    """
    makers = {
        one.name: _made_of(one) | (_worth(recipe) if one.over in _OF_LINES else frozenset())
        for one in features
        if one.name in recipe.choice.segment_on
    }
    gone = []
    for table, columns in fitted.items():
        there = (
            match_columns(raw[table].columns, recipe.tables[table], source=raw[table].source)
            if table in raw
            else {}
        )
        lacking = [column for column in columns if column not in there]
        if not lacking:
            continue
        names = listed(repr(columns[column]) for column in lacking)
        where = (
            f"{raw[table].source} has no column {names}"
            if table in raw
            else f"There is no table '{table}' (columns {names})"
        )
        made = [name for name, of in makers.items() if not of.isdisjoint(lacking)]
        if made:
            raise DataError(
                f"{where}, which the model was fitted with.",
                found=f"segments depend on it by {listed(made)}",
                remedy="give it as at the fit, its cells blank where nothing is known; "
                "or fit again without it",
            )
        text = f"{where}, which the model was fitted with; no segment depends on it."
        gone.append(Finding("column-gone", "warning", text, "give it as at the fit"))
    return gone


_OF_LINES: Final = ("lines", "orders", "history")


def _worth(recipe: Recipe) -> frozenset[str]:
    """Columns that tell what an order line is worth, when it was and of which order it is."""
    lines = recipe.lines
    told = (lines.amount, lines.sale, lines.money_back, lines.date, lines.order or "")
    return frozenset[str]().union(*map(_words, told))


def blank_findings(
    recipe: Recipe, features: Iterable[Feature], cleaned: Mapping[str, CleanTable]
) -> list[Finding]:
    """Columns without any value of which the fit made a feature, so that it had values there."""
    blank = {
        column: name
        for name, one in cleaned.items()
        for column in one.columns
        if one.cleaned.rows and one.cleaned.blanks.get(column, 0) == one.cleaned.rows
    }
    findings = []
    for column, table in blank.items():
        made = [one.name for one in features if column in one.needs]
        if made:
            vital = any(name in recipe.choice.segment_on for name in made)
            findings.append(
                Finding(
                    "column-blank",
                    "problem" if vital else "warning",
                    f"{table}: no row has a {column}, of which {listed(made)} "
                    f"{'is' if len(made) == 1 else 'are'} made; at the fit there were values.",
                    "look at how the table is exported",
                )
            )
    return findings


def _made_of(feature: Feature) -> frozenset[str]:
    return frozenset(feature.needs) | _words(feature.sql)


def _words(sql: str) -> frozenset[str]:
    """Names that may be columns; words of SQL are among them and do no harm."""
    found = (token for token in TOKEN.finditer(sql) if token.lastgroup in ("name", "word"))
    return frozenset(token.group().strip('"') for token in found)
