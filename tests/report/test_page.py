"""The page: complete, self-contained, escaped, discreet."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from fake import content

from clustomer.classifier.train import Kind
from clustomer.clustering.contract import Choice
from clustomer.findings import Finding
from clustomer.matrix.matrix import Matrix
from clustomer.names import AlgorithmName
from clustomer.report.content import JoinMade, RepairSummary, ReportContent
from clustomer.report.html import (
    LEARNERS,
    columns_of,
    headline,
    importances,
    lead,
    render,
    write_report,
)
from clustomer.report.plots import drawings
from clustomer.report.style import segment_colour
from clustomer.segments.segment import ProfileCategory

EVIL = "<script>alert('x')</script>"
VOID = {"meta", "br", "rect", "path", "circle", "link", "img", "hr"}


class Outline(HTMLParser):
    """Checks that tags nest, and gathers what a test asks about."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.seen if name == tag]


@pytest.mark.parametrize(
    ("algorithm", "exact"),
    [("k-means", True), ("ward", True), ("gaussian-mixture", False), ("rules", False)],
)
def test_the_nearest_centroid_is_exact_only_where_it_places(
    algorithm: AlgorithmName, exact: bool
) -> None:
    made = content()
    evidence = tuple(replace(one, algorithm=algorithm) for one in made.choice.evidence)
    choice = replace(made.choice, algorithm=algorithm, evidence=evidence)
    text = page(replace(made, choice=choice))
    assert ("at the nearest centroid, which is exact" in text) == exact
    assert (f"by the clustering itself ({algorithm}), never by the classifier" in text) != exact


@pytest.mark.parametrize("kind", LEARNERS)
def test_the_classifier_is_told_by_its_kind(kind: Kind) -> None:
    made = content()
    assert made.assessment is not None
    text = page(replace(made, assessment=replace(made.assessment, kind=kind)))
    assert f"<p>{LEARNERS[kind]} learns the segments" in text


def page(made: ReportContent) -> str:
    return render(made, drawings(made))


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    return parser


@pytest.fixture(scope="module")
def made() -> ReportContent:
    return content()


@pytest.fixture(scope="module")
def text(made: ReportContent) -> str:
    return page(made)


def test_tells_the_result_first(text: str, made: ReportContent) -> None:
    assert headline(made) == "3,000 customers in 5 segments"
    assert lead(made) == (
        "High-Value Customers are 14\u00a0% of customers and bring 49\u00a0% of spend. "
        "The largest segment is Churn-Risk, with 28\u00a0% of customers."
    )
    assert text.index(headline(made)) < text.index("The segments")


def test_holds_every_section_and_segment(text: str, made: ReportContent) -> None:
    for heading in (
        "The segments",
        "How the segments differ",
        "Why 5 segments",
        "What was read and repaired",
        "The features",
        "The classifier",
        "Findings",
        "Appendix",
    ):
        assert f"<h2>{heading}</h2>" in text
    for segment in made.segments:
        assert f"<h3>{segment.name}</h3>" in text
    assert made.choice.space in text
    assert "agreement with the clustering, not a forecast" in text


def test_is_well_formed_and_readable_aloud(text: str) -> None:
    found = outline(text)
    assert found.open == []
    assert found.wrong == []
    assert found.all("html")[0]["lang"] == "en"
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in found.all("svg"))
    assert all(head.get("scope") in ("col", "row") for head in found.all("th"))
    assert len(found.all("h1")) == 1
    ids = [attributes["id"] for _, attributes in found.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = [a["href"] for a in found.all("a")]
    assert all(href and href[0] == "#" and href[1:] in ids for href in targets)


def test_needs_no_network_and_runs_no_script(text: str) -> None:
    found = outline(text)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", text)
    assert found.all("script") == found.all("link") == found.all("img") == []
    policy = next(m for m in found.all("meta") if m.get("http-equiv"))
    assert policy["content"] == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_every_text_is_escaped(made: ReportContent) -> None:
    evil = replace(
        content(region=EVIL),
        title=EVIL,
        noun=EVIL,
        recipe=EVIL,
        segments=tuple(replace(s, name=EVIL, description=EVIL, id=EVIL) for s in made.segments),
        findings=(Finding("evil", "problem", EVIL, EVIL),),
        repairs=(RepairSummary(EVIL, EVIL, EVIL, 1, 1, EVIL, EVIL),),
        joins=(JoinMade(EVIL, 1, 1, None, None, 1.0, 0),),
        choice=replace(made.choice, reason=EVIL, space=EVIL),
        settings=((EVIL, EVIL),),
        versions=((EVIL, EVIL),),
        seconds=((EVIL, 1.0),),
    )
    text = page(evil)
    assert "<script" not in text
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in text
    assert outline(text).wrong == []


def test_a_segment_has_one_colour_everywhere(text: str, made: ReportContent) -> None:
    for position in range(len(made.segments)):
        assert f"--s{position}: {segment_colour(position)};" in text
    assert "var(--s4)" in text
    assert "--s5" not in text


def test_same_content_same_page(text: str) -> None:
    assert page(content()) == text


def test_small_groups_are_not_shown(text: str, made: ReportContent) -> None:
    assert "Atlantis" not in text
    assert "<span>other <strong>" in text
    few = replace(made.segments[0], customers=9, name="Tiny Segment")
    small = page(replace(made, segments=(few, *made.segments[1:])))
    assert "Fewer than 10 customers: no details are shown" in small
    tiny = small[small.index("<h3>Tiny Segment") : small.index("</article>")]
    assert "<table>" not in tiny


def test_a_category_too_small_everywhere_leaves_no_trace(made: ReportContent) -> None:
    rare = ProfileCategory("region", (("Xanadu", 0.001, 0.001), ("North", 0.999, 0.999)))
    odd = tuple(replace(s, categories=(rare,)) for s in made.segments)
    assert "Xanadu" not in page(replace(made, segments=odd))


def test_problems_stand_at_the_top(made: ReportContent) -> None:
    problem = Finding("giant-segment", "problem", "One segment holds 97% of customers.", "Log it.")
    text = page(replace(made, findings=(*made.findings, problem)))
    assert text.index("One segment holds 97%") < text.index("<h2>The segments</h2>")
    chips = re.findall(r'class="chip (problem|warning|note)"', text)
    assert chips == ["problem", "warning", "note", "note"]


def test_no_clear_structure_is_said(made: ReportContent) -> None:
    unclear = replace(made, choice=replace(made.choice, clear=False))
    assert "<strong>No clear structure.</strong>" in page(unclear)


def test_repairs_worst_first_and_twenty_at_most(made: ReportContent) -> None:
    many = tuple(RepairSummary("t", f"c{i:02}", "trim", 1, i, "a ", "a") for i in range(1, 31))
    text = page(replace(made, repairs=many))
    shown = re.findall(r'<th scope="row">t\.(c\d\d)</th>', text)
    assert shown == [f"c{i:02}" for i in range(30, 10, -1)]
    assert "10 more are in cleaning/audit.csv" in text


def test_how_a_column_is_read_comes_after_what_can_be_doubted(made: ReportContent) -> None:
    repairs = (
        RepairSummary("t", "price", "decimal-comma", 900, 59_880, "3,5", "3.5"),
        RepairSummary("t", "region", "typing-error", 1, 2, "Nroth", "North"),
    )
    text = page(replace(made, repairs=repairs))
    assert text.index("Nroth") < text.index("59,880")


def test_dates_that_were_only_read_are_no_repairs_but_stay_on_record(made: ReportContent) -> None:
    repairs = (
        RepairSummary("sales", "order_date", "day-month-year", 900, 59_880, "06-07-25"),
        RepairSummary("sales", "order_date", "to-utc", 3, 17),
        RepairSummary("sales", "quantity", "words", 2, 402, "three", "3"),
    )
    text = page(replace(made, repairs=repairs))
    assert "<dt>cells repaired, all on record</dt><dd>419</dd>" in text
    assert "59,880" in text


def test_personal_examples_are_left_out(text: str) -> None:
    row = text[text.index("sales.customer_id") :][:300]
    assert "not shown: personal" in row


def test_a_join_that_lost_revenue_is_called_out(made: ReportContent) -> None:
    lost = JoinMade("sales with products", 10, 10, 5.00, 4.99, 1.0, 0)
    assert not lost.kept
    assert '<span class="chip problem">differs</span>' in page(replace(made, joins=(lost,)))
    assert JoinMade("a with b", 10, 10, 0.1 + 0.2, 0.3, 1.0, 0).kept
    assert not JoinMade("a with b", 10, 12, 5.0, 5.0, 1.0, 0).kept


def test_a_run_with_the_least_content_renders() -> None:
    full = content(60)
    bare = replace(
        full,
        as_of=None,
        sources=(),
        joins=(),
        repairs=(),
        findings=(),
        versions=(),
        seconds=(),
        settings=(),
        assessment=None,
        segments=tuple(
            replace(s, spend_share=None, categories=(), numbers=()) for s in full.segments
        ),
        choice=Choice(5, (), given=True, clear=True, reason="Five, as asked for.", space="none"),
        features=full.features[:1],
        table=pa.table({"order_count": pa.nulls(60, pa.float64())}),
        matrix=Matrix(np.zeros((60, 1)), ("order_count",), ("order_count",)),
    )
    text = page(bare)
    assert outline(text).wrong == []
    assert "Nothing had to be repaired" in text
    assert "The classifier" not in text
    assert "nan" not in text.lower().replace("tenancy", "")


def test_importances_are_added_up_by_feature(made: ReportContent) -> None:
    matrix = Matrix(np.zeros((2, 2)), ("region = A", "region = B"), ("region", "region"))
    assert columns_of(matrix) == {"region": ["region = A", "region = B"]}
    assert made.assessment is not None
    both = replace(made.assessment, importances=(("region = A", 0.6), ("region = B", 0.4)))
    assert importances(replace(made, matrix=matrix, assessment=both)) == [("region", 1.0)]


def test_writes_page_and_plots(tmp_path: Path, made: ReportContent) -> None:
    written = write_report(made, tmp_path / "out")
    assert written == tmp_path / "out" / "report.html"
    files = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.*")}
    assert files == {
        "report.html",
        "explore/distributions.png",
        "explore/correlation.png",
        "explore/pca_map.png",
        "explore/choice.png",
        "segments/sizes.png",
        "segments/profiles.png",
        "segments/snake.png",
        "classifier/confusion.png",
    }


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path, made: ReportContent) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OSError, match="exists"):
        write_report(made, tmp_path / "out")
