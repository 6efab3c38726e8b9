"""A validation on disk: a page, a plot and tables."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from clustomer.errors import OutputError
from clustomer.outputs import write_csv
from clustomer.report.style import number, percent, score
from clustomer.validation.result import Margin, Validation

HERE: Final = Path(__file__).parent
PAGE: Final = "validation.html"
RECORD: Final = "validation.json"
Row = tuple[str, ...]


def check_folder(out: Path, *, overwrite: bool) -> None:
    """Refuse a place that cannot take a validation, before any work is done.

    Raises
    ------
    OutputError
        When `out` is a file, holds something that is no validation, holds one and `overwrite` is
        False, or cannot be written.
    """
    if out.is_file():
        raise OutputError(
            f"'{out}' is a file; a validation needs a folder.", remedy="correct --out"
        )
    if out.is_dir() and any(out.iterdir()):
        if not (out / RECORD).is_file():
            raise OutputError(
                f"The folder '{out}' is not empty and holds no validation of clustomer.",
                found=", ".join(sorted(child.name for child in out.iterdir())[:5]),
                remedy="give a new folder as --out; nothing was changed",
            )
        if not overwrite:
            raise OutputError(
                f"The folder '{out}' holds an earlier validation.",
                remedy="give another --out, or --overwrite to replace it",
            )
    with _staging(out):
        pass


def write_validation(made: Validation, out: Path, *, overwrite: bool = False) -> Path:
    """Write validation.html, validation.png, methods.csv, segments.csv and validation.json.

    Files are written beside `out` first and moved there when complete.

    Returns
    -------
    Path of the page.

    Raises
    ------
    OutputError
        As `check_folder`, or when the disk is full.
    """
    import pyarrow as pa

    from clustomer.report.drawing import headed, stacked
    from clustomer.report.png import png
    from clustomer.validation.drawings import explained, futures

    check_folder(out, overwrite=overwrite)
    with _staging(out) as staged:
        write_csv(
            pa.Table.from_pylist([asdict(one) for one in made.scores]), staged / "methods.csv"
        )
        write_csv(
            pa.Table.from_pylist([asdict(one) for one in made.segments]), staged / "segments.csv"
        )
        both = stacked(explained(made), futures(made), 30.0)
        heading = f"What came in the {made.horizon} days after {made.until:%Y-%m-%d}"
        (staged / "validation.png").write_bytes(png(headed(both, heading)))
        record = {**asdict(made), "above": made.above, "says": made.says}
        text = json.dumps(record, indent=2, ensure_ascii=False, default=str)
        (staged / RECORD).write_text(text + "\n", "utf-8")
        (staged / PAGE).write_text(render(made), "utf-8")
        out.mkdir(parents=True, exist_ok=True)
        for path in sorted(staged.iterdir()):
            path.replace(out / path.name)
    return out / PAGE


def render(made: Validation) -> str:
    """Write the page, every text escaped."""
    from clustomer.report.environment import environment
    from clustomer.validation.drawings import explained, futures

    return (
        environment(HERE)
        .get_template("template.html")
        .render(
            made=made,
            table=_table,
            explained=explained(made),
            futures=futures(made),
            segment_rows=segment_rows(made),
            method_rows=method_rows(made),
            margin_rows=margin_rows(made),
        )
    )


def _table(rows: Sequence[Row]) -> str:
    from markupsafe import Markup

    head, *body = rows
    cell = Markup('<td class="n">{}</td>')
    lines = [
        Markup("<table><thead><tr>"),
        Markup('<th scope="col">{}</th>').format(head[0]),
        *(Markup('<th scope="col" class="n">{}</th>').format(text) for text in head[1:]),
        Markup("</tr></thead><tbody>"),
    ]
    for row in body:
        lines.append(Markup('<tr><th scope="row">{}</th>').format(row[0]))
        lines += [cell.format(text) for text in row[1:]]
        lines.append(Markup("</tr>"))
    return Markup("").join([*lines, Markup("</tbody></table>")])


def segment_rows(made: Validation) -> list[Row]:
    """Head and rows of the table of segments, as text."""
    told = any(one.expected_spend is not None for one in made.segments)
    head = ("Segment", made.noun.capitalize(), "Spent before", "Ordered again", "Orders", "Spent")
    rows = [(*head, *(("Expected",) if told else ()), "Of all spend")]
    rows += [
        (
            f"{one.segment_id} {one.name}",
            f"{one.customers:,}",
            number(one.past_spend),
            percent(one.active),
            number(one.orders),
            number(one.spend),
            *((number(one.expected_spend),) if told else ()),
            percent(one.spend_share),
        )
        for one in made.segments
    ]
    return rows


def method_rows(made: Validation) -> list[Row]:
    """Head and rows of the table of groupings, as text."""
    head = ("Share explained", "Groups", "Log spend", "Ordered", "Raw spend", "Kendall", "Spearman")
    return [
        head,
        *(
            (
                one.method,
                str(one.groups),
                score(one.spend),
                score(one.active),
                score(one.raw_spend),
                score(one.kendall),
                score(one.spearman),
            )
            for one in made.scores
        ),
    ]


def margin_rows(made: Validation) -> list[Row]:
    """Head and rows of the table of differences, as text."""
    return [
        ("Against", "Log spend", "95 % interval", "Ordered", "95 % interval"),
        *(_margin_row(one) for one in made.margins),
    ]


def _margin_row(one: Margin) -> Row:
    def signed(value: float) -> str:
        return f"{value:+.3f}".replace("-", "−")

    return (
        one.method,
        signed(one.spend),
        " to ".join(signed(end) for end in one.spend_interval),
        signed(one.active),
        " to ".join(signed(end) for end in one.active_interval),
    )


@contextmanager
def _staging(out: Path) -> Iterator[Path]:
    try:
        parent = out.absolute().parent
        parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=parent))
        try:
            yield staged
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"'{out}' cannot be written.",
            found=error.strerror or str(error),
            remedy="give a folder that may be written and has room",
        ) from error
