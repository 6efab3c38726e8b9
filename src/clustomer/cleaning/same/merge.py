"""Merging customers: rows of the old id are set aside, and what names it names the other one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from clustomer.cleaning.audit import Action, AuditRow, audit_table
from clustomer.cleaning.clean import Cleaned
from clustomer.cleaning.same.find import Same
from clustomer.engines.base import Engine, quoted
from clustomer.names import ROW

REASON: Final = "the same customer as another row, merged into it"
SAME_CUSTOMER: Final = "same-customer"


def merge_customers(
    engine: Engine, cleaned: Cleaned, table: str, key: str, same: Same, *, customers: bool
) -> Cleaned:
    """Let one id stand for several in a clean table.

    Parameters
    ----------
    cleaned
        A clean table.
    table
        The recipe's name of it.
    key
        The column of customers' ids.
    same
        Which id stands for which.
    customers
        Whether it is the table of customers: there the rows of the old ids are set aside.
    """
    import pyarrow as pa

    if not same.merged or key not in engine.columns(cleaned.relation):
        return cleaned
    lookup, into = f"{cleaned.relation} ids", f"{cleaned.relation} merged"
    old = pa.array(list(same.merged), pa.string())
    new = pa.array(list(same.merged.values()), pa.string())
    engine.load(lookup, pa.table({"old": old, "new": new}))
    joined = f"{quoted(cleaned.relation)} AS t LEFT JOIN {quoted(lookup)} AS m"
    joined += f" ON t.{quoted(key)} = m.old"
    if customers:
        gone = engine.arrow(
            f"SELECT t.{ROW} AS {ROW} FROM {joined} WHERE m.old IS NOT NULL ORDER BY t.{ROW}"
        )
        engine.checkpoint(into, f"SELECT t.* FROM {joined} WHERE m.old IS NULL")
        engine.drop(lookup)
        drops = (Action(table, row, "drop", "", "", REASON) for row in gone[ROW].to_pylist())
        return replace(cleaned, relation=into, actions=(*cleaned.actions, *drops))
    counts = _counts(engine, joined)
    columns = ", ".join(
        f"coalesce(m.new, t.{quoted(name)}) AS {quoted(name)}"
        if name == key
        else f"t.{quoted(name)}"
        for name in engine.columns(cleaned.relation)
    )
    engine.checkpoint(into, f"SELECT {columns} FROM {joined}")
    engine.drop(lookup)
    rows = [
        AuditRow(table, key, one, same.merged[one], SAME_CUSTOMER, count, same.chance[one])
        for one, count in sorted(counts.items())
    ]
    audit = pa.concat_tables([cleaned.audit, audit_table(rows)])
    return replace(cleaned, relation=into, audit=audit)


def _counts(engine: Engine, joined: str) -> Mapping[str, int]:
    found = engine.arrow(
        f"SELECT m.old AS old, count(*) AS n FROM {joined} WHERE m.old IS NOT NULL GROUP BY m.old"
    )
    return dict(zip(found["old"].to_pylist(), found["n"].to_pylist(), strict=True))
