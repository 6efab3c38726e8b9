"""Merging customers: rows of the old id are set aside, and what names it names the other one."""

from __future__ import annotations

from collections import Counter
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
    lookup = f"{cleaned.relation} ids"
    old = pa.array(list(same.merged), pa.string())
    new = pa.array(list(same.merged.values()), pa.string())
    engine.load(lookup, pa.table({"old": old, "new": new}))
    found = engine.arrow(
        f"SELECT t.{ROW} AS {ROW}, m.old AS old, m.new AS value"
        f" FROM {quoted(cleaned.relation)} AS t JOIN {quoted(lookup)} AS m"
        f" ON t.{quoted(key)} = m.old ORDER BY t.{ROW}"
    )
    engine.drop(lookup)
    if customers:
        into = f"{cleaned.relation} merged"
        engine.without(into, cleaned.relation, found[ROW].combine_chunks())
        drops = (Action(table, row, "drop", "", "", REASON) for row in found[ROW].to_pylist())
        return replace(cleaned, relation=into, actions=(*cleaned.actions, *drops))
    engine.patch(cleaned.relation, {key: found.select([ROW, "value"])})
    counts = Counter(found["old"].to_pylist())
    rows = [
        AuditRow(table, key, one, same.merged[one], SAME_CUSTOMER, count, same.chance[one])
        for one, count in sorted(counts.items())
    ]
    audit = pa.concat_tables([cleaned.audit, audit_table(rows)])
    return replace(cleaned, audit=audit)
