"""Identity: what goes on keeps its id, and splits, mergers, new and retired segments are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clustomer
from clustomer.errors import BundleError, DataError
from clustomer.pipeline import Run
from clustomer.segments.identity import FEWEST, Kind, Matching, match, overlap
from clustomer.segments.migration import Side, flows, told

QUICK = {"base": "retail", "classifier": {"kind": "decision-tree", "folds": 2}}
"""The retail recipe with a classifier that learns in no time."""


def links(found: Matching) -> list[tuple[int, int, str]]:
    return [(link.before, link.now, link.by) for link in found.links]


def changes(found: Matching) -> set[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    return {(one.kind, one.before, one.now) for one in found.changes}


def counts(*rows: list[int]) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    return np.array(rows, dtype=np.int64)


def line(*places: float) -> tuple[np.ndarray, np.ndarray]:
    """Old centres on a line and how far each is from its nearest neighbour."""
    old = np.array(places, dtype=np.float64)
    between = np.abs(old[:, None] - old[None])
    np.fill_diagonal(between, np.inf)
    return old, between.min(axis=1)


@settings(max_examples=60, deadline=None)
@given(order=st.permutations(range(5)), noise=st.integers(0, 20))
def test_permuted_labels_keep_every_segment(order: list[int], noise: int) -> None:
    before = np.repeat(np.arange(5), [50, 120, 60, 300, 90])
    now = np.array(order)[before]
    now[:noise] = order[3]
    found = match(overlap(before, now, 5, 5))
    assert links(found) == sorted(
        ((old, new, "members") for old, new in enumerate(order)), key=lambda link: link[1]
    )
    assert changes(found) == {("goes on", (old,), (new,)) for old, new in enumerate(order)}


def test_a_split_is_told_and_the_larger_part_goes_on() -> None:
    found = match(counts([620, 380, 0], [0, 5, 500]))
    assert links(found) == [(0, 0, "members"), (1, 2, "members")]
    assert changes(found) == {("split", (0,), (0, 1)), ("goes on", (1,), (2,))}


def test_a_merger_is_told_and_the_larger_part_goes_on() -> None:
    found = match(counts([400, 3], [250, 0], [0, 500]))
    assert links(found) == [(0, 0, "members"), (2, 1, "members")]
    assert changes(found) == {("merged", (0, 1), (0,)), ("goes on", (2,), (1,))}


def test_parts_too_small_for_a_segment_are_no_split() -> None:
    found = match(counts([900, 60], [0, 500]))
    assert changes(found) == {("goes on", (0,), (0,)), ("goes on", (1,), (1,))}


def test_scattered_members_retire_a_segment_and_make_a_new_one() -> None:
    found = match(counts([500, 0, 40], [0, 500, 40], [100, 100, 100]))
    assert links(found) == [(0, 0, "members"), (1, 1, "members")]
    assert {("retired", (2,), ()), ("new", (), (2,))} <= changes(found)


def test_where_much_moves_the_centre_decides() -> None:
    old, spacing = line(0.0, 10.0)
    stays = np.abs(old[:, None] - np.array([0.2, 9.9])[None])
    leaves = np.abs(old[:, None] - np.array([0.2, 3.0])[None])
    assert (1, 1, "members and centres") in links(
        match(counts([900, 600], [0, 380]), stays, spacing)
    )
    assert (1, 1, "members and centres") not in links(
        match(counts([900, 600], [0, 380]), leaves, spacing)
    )


def test_without_common_customers_centres_decide() -> None:
    old, spacing = line(0.0, 10.0, 30.0)
    distances = np.abs(old[:, None] - np.array([29.0, 0.5, 100.0])[None])
    found = match(np.zeros((3, 3), np.int64), distances, spacing)
    assert links(found) == [(2, 0, "centres"), (0, 1, "centres")]
    assert {("new", (), (2,)), ("retired", (1,), ())} <= changes(found)
    assert match(np.zeros((3, 3), np.int64)).links == ()


def test_centres_do_not_overrule_members() -> None:
    old, spacing = line(0.0, 10.0)
    distances = np.abs(old[:, None] - np.array([0.0, 10.0])[None])
    found = match(counts([0, 500], [500, 0]), distances, spacing)
    assert links(found) == [(1, 0, "members"), (0, 1, "members")]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.integers(0, 400), min_size=4, max_size=4), min_size=1, max_size=6))
def test_every_segment_is_told_of_once_as_going_on_or_not(rows: list[list[int]]) -> None:
    shared = counts(*rows)
    found = match(shared)
    assert len({link.before for link in found.links}) == len(found.links)
    assert len({link.now for link in found.links}) == len(found.links)
    assert {old for one in found.changes for old in one.before} == set(range(len(rows)))
    assert {new for one in found.changes for new in one.now} == set(range(4))
    linked = {link.now for link in found.links}
    assert all(one.now[0] not in linked for one in found.changes if one.kind == "new")


@pytest.mark.parametrize(
    ("kind", "before", "now", "text"),
    [
        ("new", (), (("S6", "B"),), "S6 B is new."),
        ("retired", (("S2", "A"),), (), "S2 A is retired: no segment of this run goes on from it."),
        ("goes on", (("S2", "A"),), (("S2", "A"),), "S2 A goes on."),
        ("goes on", (("S2", "A"),), (("S2", "C"),), "S2 A goes on as S2 C."),
        (
            "merged",
            (("S1", "A"), ("S2", "B")),
            (("S1", "A"),),
            "S1 A and S2 B were merged into S1 A.",
        ),
    ],
)
def test_what_became_of_a_segment_is_a_sentence(
    kind: Kind,
    before: tuple[tuple[str, str], ...],
    now: tuple[tuple[str, str], ...],
    text: str,
) -> None:
    assert told(kind, before, now) == text


def test_flows_count_everybody_and_add_up_their_spend() -> None:
    before = Side(("S1", "S2"), ("A", "B"), np.array([0] * 12 + [1] * 3), np.full(15, 2.0))
    now = Side(("S1", "S3"), ("A", "C"), np.array([0] * 11 + [1] * 3 + [1]), np.full(15, 5.0))
    rows = (np.arange(13), np.r_[np.arange(11), 11, 12])
    found = {(f.from_id, f.to_id): f for f in flows(before, now, rows)}
    assert {pair: flow.customers for pair, flow in found.items()} == {
        ("S1", "S1"): 11,
        ("S1", "S3"): 1,
        ("S2", "S3"): 1,
        ("S2", None): 2,
        (None, "S3"): 2,
    }
    assert (found["S1", "S1"].spend_before, found["S1", "S1"].spend_now) == (22.0, 55.0)
    assert found["S1", "S3"].spend_now is None, "fewer than ten: somebody's spend"
    assert found["S1", "S1"].share_of_from == pytest.approx(11 / 12)
    assert FEWEST == 10


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=1200, seed=3)
    return folder


@pytest.fixture(scope="module")
def run(demo: Path) -> Run:
    return clustomer.fit(demo, recipe=QUICK, k=5)


@pytest.fixture(scope="module")
def merged(demo: Path, run: Run) -> Run:
    return clustomer.fit(demo, recipe=QUICK, k=4, previous=run)


def ids(run: Run) -> dict[str, str]:
    return dict(
        zip(
            run.customers.column(0).to_pylist(),
            run.customers["segment_id"].to_pylist(),
            strict=True,
        )
    )


def text_tables(folder: Path) -> dict[str, pa.Table]:
    options = pyarrow.csv.ConvertOptions(strings_can_be_null=True, null_values=[""])
    found = {}
    for name in ("sales", "customers", "products"):
        names = pyarrow.csv.open_csv(folder / f"{name}.csv").schema.names
        texts = pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            strings_can_be_null=options.strings_can_be_null,
            null_values=options.null_values,
        )
        found[name] = pyarrow.csv.read_csv(folder / f"{name}.csv", convert_options=texts)
    return found


def test_a_bootstrap_of_the_customers_keeps_their_ids(demo: Path, run: Run) -> None:
    tables = text_tables(demo)
    everyone = run.customers.column(0).to_pylist()
    drawn = np.random.default_rng(1).choice(len(everyone), len(everyone))
    kept = {everyone[place] for place in drawn}
    again = [everyone[place] for place in np.unique(drawn) if np.sum(drawn == place) > 1]
    sales = tables["sales"]
    mine = sales.filter(pc.is_in(sales["customer_id"], pa.array(sorted(kept))))
    twice = sales.filter(pc.is_in(sales["customer_id"], pa.array(sorted(again))))
    twins = [f"{one}-b" for one in twice["customer_id"].to_pylist()]
    orders = [None if one is None else f"{one}-b" for one in twice["order_id"].to_pylist()]
    place, order = sales.column_names.index("customer_id"), sales.column_names.index("order_id")
    twice = twice.set_column(place, "customer_id", pa.array(twins)).set_column(
        order, "order_id", pa.array(orders)
    )
    tables["sales"] = pa.concat_tables([mine, twice])
    refit = clustomer.fit(tables, recipe=QUICK, previous=run)
    assert refit.migration is not None
    before, now = ids(run), ids(refit)
    shared = [one for one in now if one in before]
    assert refit.migration.in_both == len(shared) > 0.55 * len(everyone)
    same = sum(now[one] == before[one] for one in shared)
    assert same / len(shared) >= 0.95
    assert {one.id: one.name for one in refit.model.segments} == {
        one.id: one.name for one in run.model.segments
    }


def test_the_same_again_keeps_everything(demo: Path, run: Run) -> None:
    again = clustomer.fit(demo, recipe=QUICK, k=5, previous=run)
    assert ids(again) == ids(run)
    assert again.customers["segment_name"].equals(run.customers["segment_name"])
    assert again.migration is not None
    assert again.migration.moved == 0
    assert {relation.kind for relation in again.migration.relations} == {"goes on"}


def test_a_merger_and_then_a_split_never_give_an_id_twice(
    demo: Path, run: Run, merged: Run, tmp_path: Path
) -> None:
    old = {one.id for one in run.model.segments}
    assert {one.id for one in merged.model.segments} < old
    assert "segments-merged" in {finding.code for finding in merged.findings}
    assert merged.model.issued == 5
    merged.save(tmp_path / "merged")
    split = clustomer.fit(demo, recipe=QUICK, k=5, previous=tmp_path / "merged")
    new = {one.id for one in split.model.segments} - {one.id for one in merged.model.segments}
    assert new == {"S6"}
    assert "segment-split" in {finding.code for finding in split.findings}
    split.save(tmp_path / "merged", overwrite=True)
    assert clustomer.load(tmp_path / "merged").issued == 6
    assert (tmp_path / "merged" / "migration.csv").is_file()
    page = (tmp_path / "merged" / "report.html").read_text("utf-8")
    assert "Since the run before" in page
    assert "was split into" in page
    run.save(tmp_path / "merged", overwrite=True)
    assert not (tmp_path / "merged" / "migration.csv").exists()


def test_the_migration_adds_up(run: Run, merged: Run) -> None:
    moves = merged.migration
    assert moves is not None
    before, now = ids(run), ids(merged)
    assert moves.moved == sum(before[one] != now[one] for one in now)
    assert sum(flow.customers for flow in moves.flows) == len(now)
    table = moves.table()
    assert table.column_names == [
        "from_id", "from_name", "to_id", "to_name", "customers", "share_of_from",
        "spend_before", "spend_now",
    ]  # fmt: skip
    large = [flow for flow in moves.flows if flow.customers >= 10]
    for flow in large:
        whom = [one for one in now if (before[one], now[one]) == (flow.from_id, flow.to_id)]
        rows = merged.customers.filter(pc.is_in(merged.customers.column(0), pa.array(whom)))
        assert flow.spend_now == pytest.approx(pc.sum(rows["spend"]).as_py())


def test_names_that_a_person_gave_go_on(demo: Path, run: Run) -> None:
    mine = replace(run.model.segments[2], name="The ones I like", named_by="person")
    segments = tuple(mine if one.id == mine.id else one for one in run.model.segments)
    before = replace(run, model=replace(run.model, segments=segments))
    refit = clustomer.fit(demo, recipe=QUICK, k=5, previous=before)
    (kept,) = (one for one in refit.model.segments if one.id == mine.id)
    assert (kept.name, kept.named_by) == ("The ones I like", "person")


def test_other_customers_are_matched_by_their_centres(run: Run, tmp_path: Path) -> None:
    clustomer.write_demo(tmp_path, customers=1200, seed=9)
    tables = text_tables(tmp_path)
    for name in ("sales", "customers"):
        at = tables[name].column_names.index("customer_id")
        other = [
            None if one is None else f"X{one}" for one in tables[name]["customer_id"].to_pylist()
        ]
        tables[name] = tables[name].set_column(at, "customer_id", pa.array(other))
    refit = clustomer.fit(tables, recipe=QUICK, k=5, previous=run)
    assert "no-common-customers" in {finding.code for finding in refit.findings}
    assert {one.id: one.name for one in refit.model.segments} == {
        one.id: one.name for one in run.model.segments
    }
    assert refit.migration is not None
    assert {relation.by for relation in refit.migration.relations} == {"centres"}
    assert refit.migration.flows != ()


def test_two_saved_runs_are_compared_as_they_are(run: Run, merged: Run, tmp_path: Path) -> None:
    run.save(tmp_path / "a")
    merged.save(tmp_path / "b")
    for first, second in ((run, merged), (tmp_path / "a", tmp_path / "b")):
        found = clustomer.compare(first, second)
        assert set(found.goes_on.items()) <= {(one, one) for one in found.goes_on}
        assert len(found.goes_on) == 4
        assert found.migration.moved == merged.migration.moved if merged.migration else False
        assert found.migration.flows == merged.migration.flows if merged.migration else False


def test_what_is_no_run_or_another_unit_is_refused(demo: Path, run: Run, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        clustomer.fit(demo, recipe=QUICK, previous=tmp_path)
    with pytest.raises(DataError, match="do not segment the same"):
        clustomer.fit(demo, recipe=QUICK, unit="row", previous=run)
