"""The whole fit on demo data: truth found, same again, scored alike, read back."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from sklearn.metrics import adjusted_rand_score

import clustomer
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.pipeline import Run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=1500, seed=3)
    return folder


@pytest.fixture(scope="module")
def run(demo: Path) -> Run:
    return clustomer.fit(demo, recipe="retail")


@pytest.fixture(scope="module")
def saved(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    run.save(out)
    return out


def placed(table: pa.Table) -> dict[str, str]:
    ids = table.column(table.column_names[0]).to_pylist()
    return dict(zip(ids, table.column("segment_id").to_pylist(), strict=True))


def same(one: pa.Table, other: pa.Table) -> bool:
    """Alike to the last bit: sums depend neither on threads nor on the order of rows."""
    return bool(one.equals(other))


def against_truth(run: Run, folder: Path) -> float:
    truth = pyarrow.csv.read_csv(folder / "truth.csv")
    known = dict(zip(truth["customer_id"].to_pylist(), truth["segment"].to_pylist(), strict=True))
    found = {key: segment for key, segment in placed(run.customers).items() if key in known}
    return float(adjusted_rand_score([known[key] for key in found], [found[key] for key in found]))


def test_the_planted_segments_are_found(run: Run, demo: Path) -> None:
    assert len(run.model.segments) == 5
    assert against_truth(run, demo) >= 0.85


@pytest.mark.parametrize("seed", range(5))
def test_planted_truth_at_twenty_thousand(seed: int, tmp_path: Path) -> None:
    clustomer.write_demo(tmp_path, customers=20_000, seed=seed)
    run = clustomer.fit(tmp_path, recipe="retail")
    assert against_truth(run, tmp_path) >= 0.85


def test_row_accounts_add_up(run: Run, demo: Path) -> None:
    for account in run.intake.accounts:
        with (demo / f"{account.table}.csv").open() as file:
            assert account.read == sum(1 for _ in file) - 1
        assert account.read == account.used + account.quarantined


def test_same_seed_same_segments(run: Run, demo: Path) -> None:
    again = clustomer.fit(demo, recipe="retail")
    assert same(again.customers, run.customers)


@pytest.mark.parametrize("threads", [1, 2])
def test_shuffled_rows_and_threads_change_nothing(run: Run, demo: Path, threads: int) -> None:
    tables = {}
    for name in ("sales", "customers", "products"):
        table = pyarrow.csv.read_csv(
            demo / f"{name}.csv",
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={
                    column: pa.string()
                    for column in pyarrow.csv.open_csv(demo / f"{name}.csv").schema.names
                },
                strings_can_be_null=True,
                null_values=[""],
            ),
        )
        if name == "sales":
            shuffled = pc.sort_indices(
                pc.utf8_reverse(pc.fill_null(table.column("order_id"), "")).combine_chunks()
            )
            table = table.take(shuffled)
        tables[name] = table
    engine = DuckDBEngine(threads=threads)
    try:
        again = clustomer.fit(tables, recipe="retail", engine=engine)
    finally:
        engine.close()
    assert same(again.customers, run.customers)
    assert [one.name for one in again.model.segments] == [one.name for one in run.model.segments]


def test_scoring_the_fitted_tables_gives_the_fitted_segments(
    run: Run, saved: Path, demo: Path
) -> None:
    model = clustomer.load(saved)
    scored = model.assign(demo)
    assert same(scored, run.customers)


def test_scoring_with_as_of_given_at_fit(demo: Path, tmp_path: Path) -> None:
    from datetime import date

    run = clustomer.fit(demo, recipe="retail", k=3, as_of=date(2025, 3, 1))
    reasons = dict(run.intake.accounts[0].reasons)
    assert reasons["order_date is not before as_of (2025-03-01)"] > 0
    run.save(tmp_path / "run")
    assert placed(clustomer.load(tmp_path / "run").assign(demo)) == placed(run.customers)


def test_a_run_leaves_what_the_design_says(saved: Path, run: Run) -> None:
    for name in (
        "report.html",
        "segments.csv",
        "customers.parquet",
        "choice.csv",
        "cleaning/audit.csv",
        "cleaning/quarantine.csv",
        "classifier/report.csv",
        "classifier/confusion.csv",
        "classifier/confusion.png",
        "explore/choice.png",
        "explore/pca_map.png",
        "explore/distributions.png",
        "explore/correlation.png",
        "segments/profiles.png",
        "model/bundle.json",
        "run.json",
    ):
        assert (saved / name).stat().st_size > 0, name
    record = json.loads((saved / "run.json").read_text("utf-8"))
    for rows in record["rows"].values():
        assert rows["read"] == rows["used"] + rows["quarantined"]
    assert record["k"] == 5
    assert pq.read_table(saved / "customers.parquet").equals(run.customers)
    table = pyarrow.csv.read_csv(saved / "segments.csv")
    assert table.column_names[:6] == [
        "segment_id",
        "name",
        "customers",
        "share",
        "spend_share",
        "description",
    ]
    assert sum(table.column("customers").to_pylist()) == run.customers.num_rows
    assert len(pyarrow.csv.read_csv(saved / "choice.csv")) == 9


def test_no_customer_is_in_the_bundle(saved: Path, run: Run) -> None:
    ids = [key for key in run.customers.column(0).to_pylist() if key]
    for part in (saved / "model").rglob("*.json"):
        text = part.read_text("utf-8")
        assert not any(f'"{key}"' in text for key in ids)


def test_overwrite_replaces_the_run(demo: Path, saved: Path, tmp_path: Path) -> None:
    import shutil

    out = tmp_path / "run"
    shutil.copytree(saved, out)
    (out / "explore" / "stale.png").write_bytes(b"old")
    clustomer.fit(demo, recipe="retail", k=3).save(out, overwrite=True)
    assert len(clustomer.load(out).segments) == 3
    assert not (out / "explore" / "stale.png").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_one_bit_more_is_refused(saved: Path, tmp_path: Path) -> None:
    import shutil

    model = tmp_path / "model"
    shutil.copytree(saved / "model", model)
    part = next(path for path in (model / "parts").iterdir() if "clusterer" in path.name)
    changed = bytearray(part.read_bytes())
    changed[40] ^= 1
    part.write_bytes(changed)
    with pytest.raises(clustomer.ClustomerError) as error:
        clustomer.load(model)
    assert str(model) in str(error.value)


def test_pandas_and_polars_give_the_same(demo: Path, run: Run) -> None:
    import pandas as pd
    import polars as pl

    names = ("sales", "customers", "products")
    from_pandas = {name: pd.read_csv(demo / f"{name}.csv", dtype=str) for name in names}
    from_polars = {name: pl.read_csv(demo / f"{name}.csv", infer_schema=False) for name in names}
    for tables in (from_pandas, from_polars):
        again = clustomer.fit(tables, recipe="retail")
        assert placed(again.customers) == placed(run.customers)
    assert list(run.segments.to_pandas()["segment_id"]) == ["S1", "S2", "S3", "S4", "S5"]


def test_a_feature_of_the_recipes_own(demo: Path, tmp_path: Path) -> None:
    recipe = {
        "base": "retail",
        "name": "mine",
        "feature": [
            {
                "name": "big_order_share",
                "sql": "avg(case when amount > 100 then 1.0e0 else 0.0e0 end)",
                "over": "orders",
                "unit": "share",
                "says": "made {} of orders above 100",
            }
        ],
        "features": {"customer": {"describe_with": ["spend", "big_order_share"]}},
    }
    run = clustomer.fit(demo, recipe=recipe, k=3)
    shares = run.customers.column("big_order_share")
    assert 0 <= pc.min(shares).as_py() < pc.max(shares).as_py() <= 1
    run.save(tmp_path / "run")
    assert same(clustomer.load(tmp_path / "run").assign(demo), run.customers)


def test_wrong_sql_names_the_feature(demo: Path) -> None:
    recipe = {
        "base": "retail",
        "feature": [
            {"name": "odd", "sql": "avg(amont)", "over": "orders", "unit": "money", "says": "{}"}
        ],
        "features": {"customer": {"segment_on": ["spend", "odd"]}},
    }
    with pytest.raises(clustomer.ClustomerError) as error:
        clustomer.fit(demo, recipe=recipe)
    assert "The feature 'odd' of the recipe is not valid SQL: avg(amont)" in str(error.value)


def test_sql_of_a_recipe_cannot_read_files(demo: Path) -> None:
    secret = demo / "truth.csv"
    recipe = {
        "base": "retail",
        "feature": [
            {
                "name": "stolen",
                "sql": f"(select count(*) from read_csv('{secret}'))",
                "over": "orders",
                "unit": "count",
                "says": "{}",
            }
        ],
        "features": {"customer": {"segment_on": ["spend", "stolen"]}},
    }
    with pytest.raises(clustomer.ClustomerError, match="stolen"):
        clustomer.fit(demo, recipe=recipe)


def test_unknown_feature_names_the_nearest(demo: Path) -> None:
    recipe = {"base": "retail", "features": {"customer": {"segment_on": ["spent"]}}}
    with pytest.raises(clustomer.ClustomerError) as error:
        clustomer.fit(demo, recipe=recipe)
    assert "names 'spent', which nothing defines" in str(error.value)
    assert "did you mean 'spend'?" in str(error.value)
