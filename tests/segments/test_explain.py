"""One customer explained: the pulls add up, the reasons are true, strangers are told so."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import clustomer
from clustomer.clustering.contract import Assignment
from clustomer.errors import DataError
from clustomer.pipeline import Run
from clustomer.segments.reach import ALARM, reach_of, sureness

QUICK = {"base": "retail", "classifier": {"kind": "decision-tree", "folds": 2}}
"""The retail recipe with a classifier that learns in no time."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=900, seed=5)
    return folder


@pytest.fixture(scope="module")
def run(demo: Path) -> Run:
    return clustomer.fit(demo, recipe=QUICK, k=4)


def cards(rows: int = 300) -> pa.Table:
    rng = np.random.default_rng(3)
    heavy = np.arange(rows) % 2 == 0
    return pa.table(
        {
            "ID": [f"{n:05}" for n in range(rows)],
            "Money": np.where(heavy, 900.0, 100.0) + rng.normal(0, 30, rows),
            "visits": [f"{n}" for n in np.where(heavy, 3, 20) + rng.integers(0, 3, rows)],
            "town": ["Ely" if n % 3 else "Ayr" for n in range(rows)],
        }
    )


CARDS: dict[str, object] = {
    "name": "cards",
    "tables": {
        "people": {
            "role": "customers",
            "files": ["*"],
            "key": "customer_id",
            "columns": {
                "customer_id": {"kind": "key", "source": ["id"]},
                "money": {"kind": "number", "unit": "money", "says": "hold {}"},
                "visits": {"kind": "number", "unit": "count", "says": "come {} times"},
                "town": {"kind": "category", "says": "live in {}"},
            },
        }
    },
    "feature": [
        {
            "name": "per_visit",
            "sql": "money / visits",
            "over": "customer",
            "unit": "money",
            "says": "hold {} a visit",
        }
    ],
    "features": {"customer": {"segment_on": ["money", "visits", "town", "per_visit"]}},
    "clustering": {"k": 2},
    "classifier": {"kind": "decision-tree", "folds": 2},
}


@pytest.fixture(scope="module")
def people() -> Run:
    return clustomer.fit(cards(), recipe=CARDS)


def test_pulls_add_up_to_the_difference_of_the_squared_distances(run: Run) -> None:
    for one in run.model.explain(run.customers.slice(0, 40)):
        whole = one.runner_up_distance**2 - one.distance**2
        assert math.isclose(sum(pull.pull for pull in one.pulls), whole, rel_tol=1e-9, abs_tol=1e-9)
        assert [pull.pull for pull in one.pulls] == sorted(
            (pull.pull for pull in one.pulls), reverse=True
        )


def test_explained_as_placed(run: Run) -> None:
    part = run.customers.slice(100, 60)
    told = run.model.explain(part)
    assert [one.segment_id for one in told] == part["segment_id"].to_pylist()
    assert [one.runner_up_id for one in told] == part["runner_up_id"].to_pylist()
    assert [one.distance for one in told] == pytest.approx(part["distance"].to_pylist())


def test_a_dict_of_features_is_explained_as_its_row(run: Run) -> None:
    with run.model.placer() as placer:
        for row in run.customers.slice(0, 25).to_pylist():
            known = {name: row[name] for name in run.model.preparation.inputs}
            one = placer.explain(known)
            assert one.segment_id == row["segment_id"]
            assert one.distance == pytest.approx(row["distance"], abs=1e-9)


def test_reasons_are_told_with_values_and_units(run: Run) -> None:
    row = run.customers.slice(3, 1)
    (one,) = run.model.explain(row)
    strongest = one.pulls[0]
    assert isinstance(strongest.here, float)
    assert one.sentences[0] == f"{one.segment_name} ({one.segment_id})."
    assert one.sentences[1].startswith(f"Why, next to {one.runner_up_name}: ")
    assert "here usually" in one.sentences[1]
    assert f"Runner-up: {one.runner_up_name} ({one.runner_up_id})." in one.sentences
    assert any(text.startswith(f"How sure: {one.sure:.2f} of 1") for text in one.sentences)


def test_what_is_usual_is_the_centre_in_the_features_unit(run: Run) -> None:
    model = run.model
    for segment in model.segments:
        centre = {
            column.feature: column.plain(model.clusterer.centroids[segment.cluster][at])
            for at, column in enumerate(model.preparation.columns)
            if column.kind == "number"
        }
        one = model.explain(centre)
        assert one.segment_id == segment.id
        assert one.sure == pytest.approx(1.0)
        assert one.unlike_any is False


def test_a_stranger_is_told_and_few_others_are(run: Run) -> None:
    far = {"order_count": 4_000, "mean_order_value": 9e6, "days_since_last_order": 1}
    one = run.model.explain(far)
    assert one.unlike_any is True
    assert any(text.startswith("Unlike any segment") for text in one.sentences)
    everyone = run.model.explain(run.customers)
    told = sum(bool(other.unlike_any) for other in everyone)
    assert told <= math.ceil(2 * ALARM * len(everyone))


def test_new_customers_of_the_same_kind_are_seldom_called_strange(run: Run, tmp_path: Path) -> None:
    clustomer.write_demo(tmp_path, customers=900, seed=6)
    new = run.model.assign(tmp_path)
    told = sum(bool(one.unlike_any) for one in run.model.explain(new))
    assert told / new.num_rows <= 0.025


def test_scoring_tells_when_many_are_unlike_any_segment(run: Run, demo: Path) -> None:
    from clustomer.scoring import score

    codes = {one.code for one in score(run.model, demo).findings}
    assert "unlike-any-segment" not in codes
    short = tuple(
        replace(one, reach=replace(one.reach, limit=0.5)) if one.reach else one
        for one in run.model.segments
    )
    found = score(replace(run.model, segments=short), demo).findings
    (told,) = (one for one in found if one.code == "unlike-any-segment")
    assert "unlike any segment" in told.text


def test_raw_values_are_repaired_and_computed_as_in_a_table(people: Run) -> None:
    table, run = cards(), people
    placed = dict(
        zip(run.customers["ID"].to_pylist(), run.customers["segment_id"].to_pylist(), strict=True)
    )
    with run.model.placer() as placer:
        assert [one.name for one in placer.inputs] == ["money", "visits", "town", "per_visit"]
        for row in table.slice(0, 20).to_pylist():
            one = placer.explain(row)
            assert one.segment_id == placed[row["ID"]]
        typed = placer.explain({"MONEY": "1,850.50", "visits": " five ", "Town": "ayr "})
    values = {pull.feature: pull.value for pull in typed.pulls}
    assert values == {
        "money": 1850.5,
        "visits": 5.0,
        "town": "Ayr",
        "per_visit": pytest.approx(370.1),
    }
    assert "Not known" not in typed.text


def test_values_that_cannot_be_read_and_values_left_out_are_told(people: Run) -> None:
    one = people.model.explain({"money": 500, "visits": "plenty", "town": "Rome"})
    assert one.not_known == ("visits", "per_visit")
    assert "Not known, and so taken as usual: visits and per_visit." in one.sentences
    assert "visits could not be read and counts as not known." in one.sentences
    assert any(text.startswith("town has a value that the model was not") for text in one.sentences)


def test_unknown_names_and_empty_customers_are_refused(people: Run) -> None:
    model = people.model
    with pytest.raises(DataError, match=r"'mony' is nothing that the model knows of customers"):
        model.explain({"mony": 3})
    with pytest.raises(DataError, match="did you mean 'money'"):
        model.explain({"mony": 3})
    with pytest.raises(DataError, match="Nothing is known of this customer"):
        model.explain({"money": None, "visits": ""})


def test_a_feature_that_is_no_number_is_refused(run: Run) -> None:
    with pytest.raises(DataError, match="order_count must be a number"):
        run.model.explain({"order_count": "many"})


def test_the_unit_row_takes_the_values_of_one_order_line(tmp_path: Path) -> None:
    clustomer.write_demo(tmp_path, customers=120, seed=5)
    run = clustomer.fit(tmp_path, recipe=QUICK, unit="row", k=3)
    assert "order lines it had not seen" in run.assessment.says
    with run.model.placer() as placer:
        for row in run.customers.slice(0, 12).to_pylist():
            given = {
                name: row[name]
                for name in ("quantity", "unit_price", "gender", "delivery_region", "loyalty_tier")
            } | {"category": row["category"]}
            one = placer.explain(given)
            assert one.segment_id == row["segment_id"]
            assert one.distance == pytest.approx(row["distance"], abs=1e-9)


def test_one_customer_takes_little_time(run: Run) -> None:
    given = {"order_count": 3, "mean_order_value": 40, "days_since_last_order": 400}
    with run.model.placer() as placer:
        placer.explain(given)
        start = time.process_time()
        for _ in range(50):
            placer.explain(given)
        assert (time.process_time() - start) / 50 < 0.02


def test_a_model_without_reach_says_nothing_of_strangers(run: Run) -> None:
    old = replace(run.model, segments=tuple(replace(one, reach=None) for one in run.model.segments))
    (one,) = old.explain(run.customers.slice(0, 1))
    assert (one.unlike_any, one.less_sure, one.limit) == (None, None, None)
    assert "are less sure" not in one.text


def test_the_limit_is_a_conformal_quantile() -> None:
    distance = np.arange(1.0, 1000.0)
    zeros = np.zeros(999, np.int32)
    reach = reach_of(Assignment(zeros, distance, zeros + 1, distance * 2), 0)
    assert reach is not None
    assert reach.limit == math.ceil(1000 * (1 - ALARM))
    assert reach.alarm == ALARM
    assert reach.less_sure(0.5) == 0.0
    few = reach_of(Assignment(zeros[:9], distance[:9], zeros[:9] + 1, distance[:9] * 2), 0)
    assert few is not None
    assert (few.limit, few.alarm) == (9.0, 0.1)
    assert reach_of(Assignment(zeros, distance, zeros, distance), 3) is None


def test_sureness_at_its_ends() -> None:
    assert sureness(np.array([0.0, 0.0, 2.0]), np.array([0.0, 5.0, 2.0])).tolist() == [0, 1, 0]


def test_the_command_finds_a_customer(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from typer.testing import CliRunner

    from clustomer.cli.app import app

    run.save(tmp_path / "run")
    key = run.customers.column(0)[7].as_py()
    (expected,) = run.model.explain(run.customers.slice(7, 1))
    done = CliRunner().invoke(app, ["explain", str(tmp_path / "run"), key])
    assert done.output == expected.text + "\n"
    told = json.loads(
        CliRunner().invoke(app, ["explain", str(tmp_path / "run" / "model"), key, "--json"]).output
    )
    assert told["segment_id"] == expected.segment_id
    assert len(told["pulls"]) == len(expected.pulls)
    with pytest.raises(DataError, match="has no customer_id 'C'"):
        CliRunner().invoke(app, ["explain", str(tmp_path / "run"), "C"], catch_exceptions=False)
