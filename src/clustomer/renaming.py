"""Renaming: a person's name for a segment, in a run in memory or in every file of a saved one."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from clustomer.errors import ClustomerError, listed, nearest
from clustomer.model import Model
from clustomer.outputs import rewrite_run
from clustomer.results import Results, segment_table
from clustomer.runs import open_run
from clustomer.segments.segment import Segment

if TYPE_CHECKING:
    import pyarrow as pa

AnyResults = TypeVar("AnyResults", bound=Results)

LONGEST: Final = 60
"""Characters that a name may have."""


def rename(run: str | Path, segment: str, name: str) -> Segment:
    """Give a segment of a saved run another name, in all of its files.

    The name stays with the segment: in the report, ``segments.csv``, ``customers.parquet``, in
    what the model places, and in refits with ``previous``. Finished files replace the old ones one
    by one and the model comes last; after a kill in between, the same call ends the work.

    Parameters
    ----------
    run
        The run's folder.
    segment
        Its id, or the name that it has.
    name
        The new name: up to 60 characters, like no other segment's.

    Returns
    -------
    Segment
        The segment with its new name.

    Raises
    ------
    ClustomerError
        When there is no such segment, the name cannot be one, or a file cannot be read or written.
    """
    opened = open_run(run)
    model, renamed = renamed_model(opened.model, segment, name)
    rewrite_run(opened.folder, model, renamed_table(opened.customers(), renamed))
    return renamed


def renamed_run(run: AnyResults, segment: str, name: str) -> AnyResults:
    """Give a segment of a run in memory another name; see `rename`.

    Returns
    -------
    The same run with the name everywhere; `run` itself stays as it is.
    """
    model, renamed = renamed_model(run.model, segment, name)
    moves = run.migration
    return replace(
        run,
        model=model,
        customers=renamed_table(run.customers, renamed),
        segments=segment_table(model.segments),
        migration=None if moves is None else moves.renamed(renamed.id, renamed.name),
    )


def renamed_model(model: Model, segment: str, name: str) -> tuple[Model, Segment]:
    """Give a segment of a model another name.

    Raises
    ------
    ClustomerError
        When there is no such segment, or the name cannot be one.
    """
    old = _find(model, segment)
    new = replace(old, name=_checked(name, old, model), named_by="person")
    segments = tuple(new if one.id == old.id else one for one in model.segments)
    return replace(model, segments=segments), new


def renamed_table(customers: pa.Table, segment: Segment) -> pa.Table:
    """Put a segment's name into a table of placed customers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    place = customers.column_names.index("segment_name")
    theirs = pc.equal(customers["segment_id"], segment.id)
    names = pc.if_else(theirs, pa.scalar(segment.name, pa.string()), customers["segment_name"])
    return customers.set_column(place, "segment_name", names)


def _find(model: Model, segment: str) -> Segment:
    wanted = segment.strip().casefold()
    for one in model.segments:
        if wanted in (one.id.casefold(), one.name.casefold()):
            return one
    known = [text for one in model.segments for text in (one.id, one.name)]
    hint = nearest(segment, known)
    raise ClustomerError(
        f"The run has no segment '{segment}'.",
        found=listed(f"{one.id} {one.name}" for one in model.segments)
        + (f"; {hint}" if hint else ""),
        remedy="give a segment's id or its name",
    )


def _checked(name: str, segment: Segment, model: Model) -> str:
    tidy = " ".join(name.split())
    if not tidy or len(tidy) > LONGEST or any(_is_control(one) for one in tidy):
        raise ClustomerError(
            f"A segment cannot be called '{''.join(c for c in name if not _is_control(c))}'.",
            found=f"{len(tidy)} characters" if tidy else "an empty name",
            remedy=f"give a name of 1 to {LONGEST} characters in one line",
        )
    for one in model.segments:
        taken = tidy.casefold() in (one.name.casefold(), one.id.casefold())
        if one.id != segment.id and taken:
            raise ClustomerError(
                f"'{tidy}' is the name of {one.id} already.",
                found=f"{one.id} {one.name}",
                remedy="give a name that no other segment has",
            )
    return tidy


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
