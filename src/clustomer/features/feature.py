"""A feature: a number or category of a customer, with its SQL, its unit and its sentence."""

from __future__ import annotations

from dataclasses import dataclass

from clustomer.names import Measure, Over


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature, complete in one place.

    Parameters
    ----------
    name
        Column name in every result.
    sql
        Portable SQL over the columns of `over`; an aggregate for ``lines`` and ``orders``, an
        expression of one row for ``customer`` and ``row``.
    over
        The rows that the SQL runs over.
    unit
        The unit in which it is shown.
    says
        A sentence part with ``{}`` for the value: "spent {}".
    needs
        Canonical columns that must be there; a feature whose columns are absent is left out.
    """

    name: str
    sql: str
    over: Over
    unit: Measure
    says: str
    needs: tuple[str, ...] = ()
