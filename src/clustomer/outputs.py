"""A run on disk: written beside its place first, put there when complete."""

from __future__ import annotations

import csv
import json
import math
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clustomer.clustering.contract import Evidence
from clustomer.errors import OutputError
from clustomer.export import neutralised
from clustomer.model import Model
from clustomer.report.ahead import prepare_report
from clustomer.results import Results, segment_table
from clustomer.runs import CUSTOMERS, ORDERS, RUN
from clustomer.schemas import schema
from clustomer.segments.migration import Migration
from clustomer.segments.segment import Segment
from clustomer.store import DOCUMENTS, save_model
from clustomer.tables.accounts import Quarantined
from clustomer.tables.read import RawTable

if TYPE_CHECKING:
    import pyarrow as pa

    from clustomer.report.content import ReportContent

REPORT: Final = "report.html"
MIGRATION: Final = "migration.csv"
"""Only a refit has it."""

EVIDENCE: Final = (
    "algorithm",
    "k",
    "inertia",
    "elbow",
    "gain",
    "gap",
    "gap_error",
    "silhouette",
    "silhouette_low",
    "silhouette_high",
    "davies_bouldin",
    "calinski_harabasz",
    "stability",
    "stability_low",
    "jaccard_low",
    "jaccard",
    "margin",
    "smallest_share",
    "likelihood",
)
"""Columns of choice.csv; see `Evidence`."""


def check_out(out: Path, *, overwrite: bool) -> None:
    """Refuse a place that cannot take a run, before any work is done.

    Raises
    ------
    OutputError
        When `out` is a file, holds something that is no run of clustomer, holds a run and
        `overwrite` is False, or cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise OutputError(f"'{out}' is a file; a run needs a folder.", remedy="give another --out")
    if out.is_dir() and any(out.iterdir()):
        if not (out / RUN).is_file():
            raise OutputError(
                f"The folder '{out}' is not empty and holds no run of clustomer.",
                found=", ".join(sorted(child.name for child in out.iterdir())[:5]),
                remedy="give a new folder as --out; nothing was changed",
            )
        if not overwrite:
            raise OutputError(
                f"The folder '{out}' holds an earlier run.",
                remedy="give another --out, or --overwrite to replace the run",
            )
    with _staging(out):
        pass


def prepare_run() -> None:
    """Make ahead what `write_run` needs, whatever the run: slow imports, a template, schemas."""
    prepare_report()
    for kind in (Segment, *DOCUMENTS):
        schema(kind)


def write_run(results: Results, out: Path, *, overwrite: bool = False) -> Path:
    """Write everything that a run leaves; returns the path of the report.

    A new run appears whole, by one rename. Over an earlier run, finished files replace the old
    ones one by one and the model is saved last, so that its bundle is the old or the new one at
    any moment.

    Raises
    ------
    OutputError
        As `check_out`, or when the disk is full.
    """
    check_out(out, overwrite=overwrite)
    with _staging(out) as staged:
        _write_files(results, staged, out)
        if out.is_dir() and any(out.iterdir()):
            _replace(staged, out)
            save_model(results.model, out / "model")
        else:
            save_model(results.model, staged / "model")
            if out.is_dir():
                out.rmdir()
            staged.rename(out)
    return out / REPORT


def rewrite_run(out: Path, model: Model, customers: pa.Table) -> None:
    """Write the files of a saved run again that hold names of segments, and its model.

    Finished files replace the old ones one by one; the model is saved last.

    Parameters
    ----------
    out
        The run's folder.
    model, customers
        Its model and customers, with the new names.

    Raises
    ------
    BundleError
        When the run was saved by an earlier release, which kept too little of its report.
    OutputError
        When a file cannot be written.
    """
    from clustomer.report.kept import content_again

    content = content_again(out, model, customers)
    moves = content.migration
    for segment in model.segments:
        moves = moves and moves.renamed(segment.id, segment.name)
    content = replace(content, migration=moves)
    with _staging(out) as staged:
        for name in _OWN_FOLDERS:
            (staged / name).mkdir()
        _write_named(model.segments, customers, content, staged)
        record = json.loads((out / RUN).read_text("utf-8"))
        record |= {"segments": _names(model.segments), "identity": _identity(moves)}
        _write_record(record, staged)
        _move(staged, out)
        save_model(model, out / "model")


def _write_named(
    segments: tuple[Segment, ...], customers: pa.Table, content: ReportContent, folder: Path
) -> None:
    """Write the files that hold names of segments, the report among them."""
    from clustomer.report.html import write_report
    from clustomer.report.kept import FILE, keep

    with _parquet_beside({folder / CUSTOMERS: customers}):
        write_csv(segment_table(segments), folder / "segments.csv")
        for segment in segments:
            (folder / "segments" / f"{segment.id}.json").write_bytes(segment_json(segment))
        if content.migration is not None:
            write_csv(content.migration.table(), folder / MIGRATION)
        if content.assessment is not None:
            by_cluster = sorted(segments, key=lambda segment: segment.cluster)
            names = tuple(one.name for one in by_cluster)
            write_csv(content.assessment.report_table(names), folder / "classifier" / "report.csv")
            confusion = content.assessment.confusion_table(names)
            write_csv(confusion, folder / "classifier" / "confusion.csv")
        (folder / FILE).write_text(keep(content) + "\n", "utf-8")
        write_report(content, folder)


@contextmanager
def _parquet_beside(tables: Mapping[Path, pa.Table]) -> Iterator[None]:
    """Write tables while the block runs: packing them does not hold Python's lock."""
    import pyarrow.parquet as pq

    with ThreadPoolExecutor(1) as pool:
        written = [pool.submit(pq.write_table, table, path) for path, table in tables.items()]
        yield
        for one in written:
            one.result()


def _orders(results: Results, folder: Path) -> dict[Path, pa.Table]:
    orders = results.intake.orders
    if orders is None:
        return {}
    _, *others = orders.column_names
    return {folder / ORDERS: orders.rename_columns([results.customers.column_names[0], *others])}


def _write_record(record: Mapping[str, object], folder: Path) -> None:
    text = json.dumps(record, indent=2, ensure_ascii=False, default=str)
    (folder / RUN).write_text(text + "\n", "utf-8")


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    """Make a folder beside `out`, and remove what is left of it afterwards."""
    try:
        parent = out.absolute().parent
        parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=parent))
        staged.chmod(0o755)
    except OSError as error:
        raise _cannot_write(out, error) from error
    try:
        yield staged
    except OSError as error:
        raise _cannot_write(out, error) from error
    finally:
        shutil.rmtree(staged, ignore_errors=True)


def _cannot_write(out: Path, error: OSError) -> OutputError:
    return OutputError(
        f"'{out}' cannot be written.",
        found=error.strerror or str(error),
        remedy="give a folder that may be written and has room; nothing was left half-written",
    )


def _replace(staged: Path, out: Path) -> None:
    new = {path.relative_to(staged) for path in staged.rglob("*") if path.is_file()}
    old = {path.relative_to(out) for path in out.rglob("*") if path.is_file()}
    _move(staged, out)
    for path in old - new:
        if path.parts[0] in (*_OWN_FOLDERS, ORDERS, MIGRATION):
            (out / path).unlink()


def _move(staged: Path, out: Path) -> None:
    """Put finished files in the place of the old ones, one by one."""
    for path in sorted(one for one in staged.rglob("*") if one.is_file()):
        place = out / path.relative_to(staged)
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)


_OWN_FOLDERS: Final = ("explore", "segments", "cleaning", "classifier")


def _write_files(results: Results, folder: Path, out: Path) -> None:
    # Only who saves a run pays for importing the report.
    from clustomer.report.fill import report_content

    for name in _OWN_FOLDERS:
        (folder / name).mkdir()
    _write_rows(
        folder / "choice.csv",
        EVIDENCE,
        (evidence_row(one) for one in results.choice.evidence),
    )
    with _parquet_beside(_orders(results, folder)):
        record = results.intake.record
        for name, table in (
            ("audit", record.audit),
            ("rows", record.actions),
            ("columns", record.readings),
            ("duplicates", results.intake.proposals),
        ):
            _write_rows(
                folder / "cleaning" / f"{name}.csv",
                table.column_names,
                zip(*(column.to_pylist() for column in table.columns), strict=True),
            )
        write_quarantine(results.intake.quarantined, folder / "cleaning" / "quarantine.csv")
        _write_named(results.model.segments, results.customers, report_content(results), folder)
    _write_record(run_record(results, out), folder)


def run_record(results: Results, out: Path) -> dict[str, object]:
    """What run.json holds: recipe, inputs, row accounts, joins, choice, findings, seconds.

    The file of decisions is named as seen from `out`, the run's folder.
    """
    intake = results.intake
    return {
        "recipe": results.model.recipe.model_dump(mode="json"),
        "as_of": intake.learnt.as_of,
        "as_of_given": intake.learnt.as_of_given,
        "seed": results.model.recipe.seed,
        "inputs": {
            name: {**_told(raw), "parts": [_told(part) for part in raw.parts]}
            for name, raw in intake.raw.items()
        },
        "rows": {
            one.table: {
                "read": one.read,
                "used": one.used,
                "quarantined": one.quarantined,
                "reasons": dict(one.reasons),
            }
            for one in intake.accounts
        },
        "joins": [asdict(join) for join in intake.joins],
        "decisions": {
            "file": _seen_from(out, results.obeyed.file),
            "obeyed": len(results.obeyed.decisions),
        },
        "customers": results.customers.num_rows,
        "algorithm": results.choice.algorithm,
        "k": results.choice.k,
        "k_given": results.choice.given,
        "clear_structure": results.choice.clear,
        "reason": results.choice.reason,
        "baseline": None if results.baseline is None else asdict(results.baseline),
        "second_choice": results.choice.second,
        "rule": results.choice.rule,
        "space": results.choice.space,
        "inertia": results.model.clusterer.inertia,
        "agreement": results.assessment.says,
        "early": None
        if results.early is None
        else {"says": results.early.says, **asdict(results.early)},
        "segments": _names(results.model.segments),
        "identity": _identity(results.migration),
        "findings": [asdict(finding) for finding in results.findings],
        "seconds": dict(results.seconds),
        "versions": dict(results.model.about),
    }


def _told(raw: RawTable) -> dict[str, object]:
    return {"source": raw.source, "read_as": raw.read_as, "read": raw.read, "sha256": raw.sha256}


def _seen_from(folder: Path, file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return Path(os.path.relpath(file, folder)).as_posix()
    except ValueError:  # another drive
        return file.absolute().as_posix()


def segment_json(segment: Segment) -> bytes:
    """Everything that is known of a segment, as JSON."""
    return schema(Segment).dump_json(segment, indent=2) + b"\n"


def _names(segments: tuple[Segment, ...]) -> list[dict[str, str]]:
    return [{"id": one.id, "name": one.name, "named_by": one.named_by} for one in segments]


def _identity(moves: Migration | None) -> dict[str, object] | None:
    """What became of the segments of the run before; None at a first fit."""
    if moves is None:
        return None
    return {
        "previous": moves.previous,
        "relations": [asdict(relation) for relation in moves.relations],
        "in_both": moves.in_both,
        "moved": moves.moved,
        "came": moves.came,
        "gone": moves.gone,
        "spend_moved": moves.spend_moved,
    }


def evidence_row(one: Evidence) -> list[object]:
    """One line of choice.csv, in the order of `EVIDENCE`; blank where something is not known."""
    values = {**asdict(one), "jaccard": " ".join(f"{each:.4f}" for each in one.jaccard)}
    values["gain"] = None if math.isnan(one.gain) else one.gain
    values["jaccard_low"] = one.jaccard_low
    return [values[name] for name in EVIDENCE]


def write_csv(table: pa.Table, path: Path) -> None:
    """Write a table as CSV; texts that a spreadsheet would run as a formula are neutralised."""
    from pyarrow import csv as arrow_csv

    arrow_csv.write_csv(neutralised(table), path)


def write_quarantine(lines: Sequence[Quarantined], path: Path) -> None:
    """Write quarantined lines as they stand in their source, byte for byte."""
    rows = ((one.table, one.source, one.line, one.reason, one.raw) for one in lines)
    _write_rows(path, ["table", "file", "line", "reason", "raw"], rows)


def _write_rows(path: Path, header: Sequence[str], rows: Iterable[Iterable[object]]) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
