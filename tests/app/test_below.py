"""What the app shows comes from these functions: placing, lists, drift, spend, objections."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clustomer
from clustomer.app import feature_charts, fit_charts, map_charts, segment_charts
from clustomer.app.charts import Theme
from clustomer.app.view import view_of
from clustomer.campaign import as_bytes, choose
from clustomer.drifting import drift
from clustomer.errors import BundleError, DataError
from clustomer.features.feature import Feature
from clustomer.form import questions_of
from clustomer.intake.objections import without
from clustomer.runs import list_runs, orders_of, read_run
from clustomer.spending import spending

THEMES: tuple[Theme, ...] = ("light", "dark")


def test_a_run_is_read_as_it_was_fitted(demo: tuple[Path, Path]) -> None:
    run = read_run(demo[1])
    assert run.customers.num_rows == sum(one.customers for one in run.model.segments)
    assert run.k == 5
    assert {"k", "silhouette"} <= set(run.evidence[0])
    assert run.accounts[0].read == run.accounts[0].used + run.accounts[0].quarantined
    orders = orders_of(run)
    assert orders is not None
    counted = orders.group_by("customer_id").aggregate([("amount", "sum"), ("amount", "count")])
    found = {row["customer_id"]: row for row in counted.to_pylist()}
    for row in run.customers.slice(0, 50).to_pylist():
        assert found[row["customer_id"]]["amount_count"] == row["order_count"]
        assert found[row["customer_id"]]["amount_sum"] == pytest.approx(row["spend"])
    assert list_runs(demo[1].parent) == [demo[1]]


def test_a_folder_without_a_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="There is no run of clustomer"):
        read_run(tmp_path)


def test_a_form_places_every_customer_where_the_fit_did(demo: tuple[Path, Path]) -> None:
    run = read_run(demo[1])
    asked = [one.name for one in questions_of(run.model, run.customers)]
    assert asked == list(run.model.preparation.inputs)
    for row in run.customers.slice(0, 60).to_pylist():
        found = run.model.placer().explain({name: row[name] for name in asked})
        assert found.segment_id == row["segment_id"]
        assert found.runner_up_id == row["runner_up_id"]
        assert found.distance == pytest.approx(row["distance"], abs=1e-9)


def test_a_form_refuses_what_the_model_does_not_ask(demo: tuple[Path, Path]) -> None:
    model = read_run(demo[1]).model
    with pytest.raises(DataError, match="'shoe_size' is nothing that the model knows"):
        model.explain({"shoe_size": 43.0})
    with pytest.raises(DataError, match="must be a number"):
        model.explain({"order_count": "many"})


def test_the_retail_form_of_rows_answers_with_the_seeds_names(
    real_data: Callable[[str], Path],
) -> None:
    run = clustomer.fit(real_data("retail_seed"), recipe="retail-rows")
    names = {one.name for one in run.model.segments}
    assert names == {"High-Value Customers", "Occasional Buyers", "New / Churn-Risk Customers"}
    inputs = {one.name: one for one in questions_of(run.model, run.customers)}
    wanted = {"quantity", "unit_price", "base_price", "gender", "payment_method"}
    wanted |= {"delivery_region", "category", "loyalty_tier"}
    assert set(inputs) == wanted
    answers = {name: one.default for name, one in inputs.items()}
    with run.model.placer() as placer:
        placed = placer.place({**answers, "quantity": 5.0, "unit_price": 49.0})
        cheap = placer.place({**answers, "base_price": 1.0})
        dear = placer.place({**answers, "base_price": 1000.0})
    assert placed.explanation.segment_name == "High-Value Customers"
    assert set(placed.derived) == {"total_price", "price_tier"}
    assert placed.features["total_price"] == pytest.approx(245.0)
    assert (cheap.features["price_tier"], dear.features["price_tier"]) == ("Budget", "Luxury")


def test_the_credit_card_form_asks_for_seventeen_values(
    real_data: Callable[[str], Path],
) -> None:
    run = clustomer.fit(real_data("cc_general"), recipe="credit-card", k=4)
    inputs = questions_of(run.model, run.customers)
    assert len(inputs) == 17
    for row in run.customers.slice(0, 20).to_pylist():
        found = run.model.explain({one.name: row[one.name] for one in inputs})
        assert found.segment_id == row["segment_id"]


def _customers() -> pa.Table:
    return pa.table(
        {
            "id": [f"C{n:02}" for n in range(30)],
            "note": ["=1+1", "@x", "-2", "plain"] * 7 + ["+a", "\tb"],
            "spend": [float(n) - 3 for n in range(30)],
            "segment_id": ["S1"] * 20 + ["S2"] * 10,
        }
    )


def test_a_list_is_safe_to_open() -> None:
    found = choose(_customers(), segments=["S1"], columns=["note", "spend"]).customers
    assert found.column_names == ["id", "note", "spend"]
    text = as_bytes(found, "csv").decode()
    assert '"\'=1+1"' in text
    assert ",-3" in text
    with zipfile.ZipFile(io.BytesIO(as_bytes(found, "xlsx"))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet
    assert "&#39;=1+1" in texts or "'=1+1" in texts
    assert pq.read_table(io.BytesIO(as_bytes(found, "parquet"))).equals(found)


def test_who_objected_is_on_no_list_and_few_are_no_list() -> None:
    found = choose(_customers(), segments=["S1"], columns=[], objections={"C00", "C25", "C77"})
    assert found.objected == 1
    assert "C00" not in found.customers.column("id").to_pylist()
    with pytest.raises(DataError, match="too few customers for a list"):
        choose(_customers(), segments=["S2"], columns=[], objections={"C25"})


def test_objections_hold_at_fit_and_at_scoring(demo: tuple[Path, Path], tmp_path: Path) -> None:
    gone = read_run(demo[1]).customers.column(0).to_pylist()[:4]
    listed = tmp_path / "objections.txt"
    listed.write_text("\n".join(gone))
    recipe = {"base": "retail", "privacy": {"objections": str(listed)}}
    run = clustomer.fit(demo[0], recipe=recipe, k=3)
    assert not set(gone) & set(run.customers.column(0).to_pylist())
    assert next(one.text for one in run.findings if one.code == "objected").startswith("4 of ")
    assert not set(gone) & set(run.model.assign(demo[0]).column(0).to_pylist())
    orders = run.intake.orders
    assert orders is not None
    assert not set(gone) & set(orders.column(0).to_pylist())
    listed.unlink()
    with pytest.raises(DataError, match="list of objections"):
        run.model.assign(demo[0])


def test_ids_of_objections_are_compared_without_white_space() -> None:
    table = pa.table({"id": [" C1", "C2", None]})
    assert without(table, {"C1"}).column(0).to_pylist() == ["C2", None]


def test_spend_is_summed_by_month_and_segment() -> None:
    orders = pa.table(
        {
            "id": ["a", "a", "b", "b", "x"],
            "order_date": pa.array(["2025-01-05", "2025-03-01", "2025-01-31", None, None]).cast(
                pa.timestamp("us")
            ),
            "amount": [10.0, 5.0, 2.0, 7.0, 100.0],
        }
    )
    customers = pa.table({"id": ["a", "b"], "segment_id": ["S2", "S1"]})
    found = spending(orders, customers, ("S1", "S2"))
    assert found.months == ("2025-01-01", "2025-02-01", "2025-03-01")
    assert found.spend.tolist() == [[2.0, 0.0, 0.0], [10.0, 0.0, 5.0]]
    assert found.undated == 7.0


def test_drift_is_nothing_for_the_same_and_clear_for_a_shift() -> None:
    features = (
        Feature("spend", "", "orders", "money", "spent {}"),
        Feature("region", "", "customer", "category", "from {}"),
    )
    before = pa.table({"spend": [float(n) for n in range(200)], "region": ["N", "S"] * 100})
    assert [one.size for one in drift(before, before, features)] == ["none", "none"]
    now = pa.table({"spend": [float(n + 150) for n in range(200)], "region": ["N", "E"] * 100})
    found = drift(before, now, features)
    assert {one.feature: one.size for one in found} == {"spend": "clear", "region": "clear"}
    assert next(one for one in found if one.feature == "spend").now == 249.5


def test_every_chart_is_one_that_plotly_takes(demo: tuple[Path, Path]) -> None:
    import plotly.graph_objects as go

    view = view_of(read_run(demo[1]))
    run = view.run
    some = run.model.preparation.inputs[0]
    for theme in THEMES:
        charts = [
            map_charts.segment_map(view, theme),
            map_charts.segment_map(view, theme, 3),
            segment_charts.profile_heatmap(view.segments, theme),
            segment_charts.snake(view.segments, theme),
            fit_charts.evidence(run.evidence, "silhouette", run.k, theme),
            fit_charts.confusion(run.confusion, view.segments, theme),
            feature_charts.distribution(view, some, theme),
            feature_charts.correlations(view, run.model.preparation.inputs, theme),
            feature_charts.categories(view, "region", theme),
            feature_charts.blanks(view, ["gender"], theme),
        ]
        own = feature_charts.segment_distribution(view, some, 0, theme)
        charts.append(feature_charts.marked(own, view, some, 3.0, theme))
        charts.append(
            map_charts.marked_map(charts[0], view.on_map(view.matrix.values[0]), 0, theme)
        )
        for chart in charts:
            go.Figure(data=list(chart.data), layout=dict(chart.layout))
            assert chart.says.strip()
            assert chart.figure().to_dict()["layout"]["height"] > 100
