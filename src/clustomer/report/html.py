"""The page: content and drawings put into the template, every text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from clustomer.classifier.assess import SegmentAgreement
from clustomer.classifier.train import Kind
from clustomer.cleaning.rules import PLAIN_READINGS, reads_column
from clustomer.clustering.centroids import BY_CENTRE
from clustomer.matrix.matrix import Matrix
from clustomer.report.cards import card
from clustomer.report.content import RepairSummary, ReportContent
from clustomer.report.environment import environment
from clustomer.report.migration_plot import moves_table
from clustomer.report.plots import Plots, drawings, written
from clustomer.report.style import percent

if TYPE_CHECKING:
    from jinja2 import Template

HERE: Final = Path(__file__).parent
REPAIRS_SHOWN: Final = 20
IMPORTANCES_SHOWN: Final = 8
LEARNERS: Final[Mapping[Kind, str]] = {
    "random-forest": "A random forest",
    "decision-tree": "A decision tree",
    "gradient-boosting": "Gradient boosting",
    "logistic-regression": "A logistic regression",
}
SEVERITIES: Final = ("problem", "warning", "note")


@cache
def template() -> Template:
    """The page's template, compiled once in a process."""
    return environment(HERE).get_template("template.html")


def render(content: ReportContent, plots: Plots) -> str:
    """Write the page.

    Parameters
    ----------
    content
        The run.
    plots
        Its drawings, from `plots.drawings`.

    Returns
    -------
    HTML that needs nothing beside it: styles and drawings are in the page, and it has no script.
    """
    findings = sorted(content.findings, key=lambda f: SEVERITIES.index(f.severity))
    repairs = sorted(content.repairs, key=_doubtable_first)
    return template().render(
        content=content,
        plots=plots,
        customers=len(content.labels),
        headline=headline(content),
        lead=lead(content),
        cards=[card(content, position) for position in range(len(content.segments))],
        findings=findings,
        pressing=[f for f in findings if f.severity == "problem"],
        repairs=repairs[:REPAIRS_SHOWN],
        repairs_left=max(len(repairs) - REPAIRS_SHOWN, 0),
        cells_repaired=cells_repaired(content.repairs),
        rows_read=sum(s.account.read for s in content.sources),
        rows_quarantined=sum(s.account.quarantined for s in content.sources),
        slowest=max((seconds for _, seconds in content.seconds), default=0.0),
        columns_of=columns_of(content.matrix),
        several=len({one.algorithm for one in content.choice.evidence}) > 1,
        sampled=any(one.silhouette_low is not None for one in content.choice.evidence),
        scores=scores(content),
        importances=importances(content),
        learner=LEARNERS[content.assessment.kind] if content.assessment else "",
        by_centre=content.choice.algorithm in BY_CENTRE,
        moves=None if content.migration is None else moves_table(content.migration),
    )


def _doubtable_first(repair: RepairSummary) -> tuple[bool, int, str, str, str]:
    """Order repairs as the audit does: how a column is read, which fills it whole, comes last."""
    return reads_column(repair.rule), -repair.cells, repair.table, repair.column, repair.rule


def cells_repaired(repairs: Iterable[RepairSummary]) -> int:
    """Count the cells that were changed, without dates that were only read.

    Every date is on record, most of them with the order in which they are written; only where more
    was done, such as moving one to UTC, is it a repair.
    """
    return sum(repair.cells for repair in repairs if repair.rule not in PLAIN_READINGS)


def columns_of(matrix: Matrix) -> dict[str, list[str]]:
    """Give each feature's columns in the matrix: feature -> names."""
    columns: dict[str, list[str]] = {}
    for name, feature in zip(matrix.names, matrix.features, strict=True):
        columns.setdefault(feature, []).append(name)
    return columns


def scores(content: ReportContent) -> list[SegmentAgreement]:
    """Give the classifier's agreement by segment, in the order of the segments."""
    if content.assessment is None:
        return []
    by_cluster = {score.cluster: score for score in content.assessment.segments}
    return [by_cluster[segment.cluster] for segment in content.segments]


def importances(content: ReportContent) -> list[tuple[str, float]]:
    """Give the features by falling importance to the classifier, over all of their columns."""
    if content.assessment is None:
        return []
    feature_of = dict(zip(content.matrix.names, content.matrix.features, strict=True))
    added: dict[str, float] = {}
    for column, importance in content.assessment.importances:
        feature = feature_of.get(column, column)
        added[feature] = added.get(feature, 0.0) + importance
    return sorted(added.items(), key=lambda item: (-item[1], item[0]))[:IMPORTANCES_SHOWN]


def headline(content: ReportContent) -> str:
    """Say the result in one line: "20,000 customers in 5 segments"."""
    return f"{len(content.labels):,} {content.noun} in {len(content.segments)} segments"


def lead(content: ReportContent) -> str:
    """Say what matters most about the segments, in a sentence or two."""
    segments = content.segments
    if not segments:
        return ""
    largest = max(segments, key=lambda s: s.customers)
    paying = [s for s in segments if s.spend_share is not None]
    parts = []
    if paying:
        best = max(paying, key=lambda s: s.spend_share or 0.0)
        parts.append(
            f"{best.name} are {percent(best.share)} of {content.noun} and bring "
            f"{percent(best.spend_share)} of spend."
        )
        if best is largest:
            return parts[0]
    parts.append(
        f"The largest segment is {largest.name}, with {percent(largest.share)} of {content.noun}."
    )
    return " ".join(parts)


def write_report(content: ReportContent, folder: Path) -> Path:
    """Write report.html and the plots into a run's folder.

    Parameters
    ----------
    content
        The run.
    folder
        The run's folder; it and the folders of the plots are made where they are missing.

    Returns
    -------
    Path of report.html.

    Raises
    ------
    OSError
        When a file cannot be written. Who calls knows what the user calls the folder.
    """
    page = folder / "report.html"
    folder.mkdir(parents=True, exist_ok=True)
    plots = drawings(content)
    for name, image in written(plots).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(image)
    # The page comes last: where it stands, the run is complete.
    page.write_text(render(content, plots), encoding="utf-8")
    return page
