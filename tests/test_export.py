"""Exports: each file is opened by its own library in a fresh interpreter without clustomer."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustomer.classifier.train import Kind, Surrogate, train
from clustomer.clustering.contract import Clusterer
from clustomer.clustering.kmeans import fit_kmeans
from clustomer.errors import DataError, OutputError
from clustomer.export import (
    neutralised,
    plain_preparation,
    write_classifier_sav,
    write_customers_csv,
    write_kmeans_joblib,
    write_model_pickle,
)
from clustomer.matrix.prepare import Preparation, fit_preparation
from clustomer.recipe.settings import ClassifierKind, ClassifierSettings, MatrixSettings

ROWS = 600
NAMES = {0: "High-Value Customers", 1: "Occasional Buyers", 2: "New / Churn-Risk"}

WITHOUT_CLUSTOMER = """
import sys
sys.modules["clustomer"] = None  # importing it now fails
import numpy as np
import pandas as pd
"""


def made_table() -> pa.Table:
    rng = np.random.default_rng(11)
    region = rng.choice(["North", "South", "East, far"], ROWS).tolist()
    tier = rng.choice(["Bronze", "Silver", "Gold"], ROWS).tolist()
    spend = rng.lognormal(3, 1.2, ROWS).tolist()
    region[3] = tier[4] = spend[5] = None
    return pa.table(
        {
            "tier": pa.array(tier, pa.string()),
            "spend__total": pa.array(spend, pa.float64()),
            "age": rng.normal(40, 9, ROWS),
            "region": pa.array(region, pa.string()),
            "always": pa.array([1.0] * ROWS),
        }
    )


FEATURES = ("spend__total", "region", "age", "always", "tier")


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return made_table()


@pytest.fixture(scope="module")
def new() -> pa.Table:
    """Customers with every oddity that a scikit-learn pipeline takes."""
    return pa.table(
        {
            "region": pa.array(["North", "Mars", None, "South"], pa.string()),
            "age": [1e308, -1e308, None, 30.0],
            "spend__total": [None, -4.0, 1e200, 0.0],
            "tier": pa.array([None, "Tin", "Gold", "Bronze"], pa.string()),
        }
    )


@pytest.fixture(scope="module")
def preparation(table: pa.Table) -> Preparation:
    chosen = MatrixSettings(fewest=1, category_weight=0.7)
    return fit_preparation(table, FEATURES, chosen, {"tier": ("Bronze", "Silver", "Gold")})


@pytest.fixture(scope="module")
def clusterer(preparation: Preparation, table: pa.Table) -> Clusterer:
    return fit_kmeans(preparation.transform(table).values, 3, seed=0, starts=3)


def surrogate_of(
    preparation: Preparation, clusterer: Clusterer, table: pa.Table, kind: Kind
) -> Surrogate:
    matrix = preparation.transform(table)
    labels = clusterer.assign(matrix.values).labels
    chosen = ClassifierSettings(kind=kind, trees=7)
    return train(matrix, labels, np.arange(ROWS), chosen, seed=0)


def elsewhere(folder: Path, script: str) -> None:
    """Run a script in a fresh interpreter that cannot import clustomer; warnings are errors."""
    code = WITHOUT_CLUSTOMER + dedent(script)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def save_frames(folder: Path, table: pa.Table, new: pa.Table) -> None:
    pyarrow.parquet.write_table(table, folder / "fitted.parquet")
    pyarrow.parquet.write_table(new, folder / "new.parquet")


def test_model_pickle_places_dataframes_as_we_do(
    tmp_path: Path, preparation: Preparation, clusterer: Clusterer, table: pa.Table, new: pa.Table
) -> None:
    save_frames(tmp_path, table, new)
    write_model_pickle(tmp_path / "model.pkl", preparation, clusterer, NAMES)
    for name, frame in (("fitted", table), ("new", new)):
        labels = clusterer.assign(preparation.transform(frame).values).labels
        np.save(tmp_path / f"{name}.npy", labels)
    elsewhere(
        tmp_path,
        """
        import pickle
        from pathlib import Path
        model = pickle.loads(Path("model.pkl").read_bytes())
        for name in ("fitted", "new"):
            frame = pd.read_parquet(name + ".parquet")
            expected = np.load(name + ".npy")
            assert (model.predict(frame) == expected).all()
            assert (model.predict(frame[frame.columns[::-1]].iloc[::-1]) == expected[::-1]).all()
            plain = frame.astype(object).where(frame.notna(), None)
            assert (model.predict(plain) == expected).all()
        assert model.segments_[0] == "High-Value Customers"
        modules = {type(step).__module__.split(".")[0] for _, step in model.steps}
        assert modules == {"sklearn"}
        """,
    )


def test_kmeans_joblib_places_prepared_columns_as_we_do(
    tmp_path: Path, preparation: Preparation, clusterer: Clusterer, table: pa.Table
) -> None:
    values = preparation.transform(table).values
    np.savez(tmp_path / "rows.npz", values=values, labels=clusterer.assign(values).labels)
    write_kmeans_joblib(tmp_path / "kmeans.joblib", clusterer)
    elsewhere(
        tmp_path,
        f"""
        import joblib
        kmeans = joblib.load("kmeans.joblib")
        rows = np.load("rows.npz")
        assert (kmeans.predict(rows["values"]) == rows["labels"]).all()
        assert type(kmeans).__name__ == "KMeans"
        assert kmeans.inertia_ == {clusterer.inertia!r}
        assert kmeans.cluster_centers_.tolist() == {clusterer.centroids.tolist()!r}
        """,
    )


@pytest.mark.parametrize("kind", get_args(ClassifierKind))
def test_final_model_sav_classifies_dataframes_as_we_do(
    tmp_path: Path,
    preparation: Preparation,
    clusterer: Clusterer,
    table: pa.Table,
    new: pa.Table,
    kind: Kind,
) -> None:
    surrogate = surrogate_of(preparation, clusterer, table, kind)
    save_frames(tmp_path, table, new)
    write_classifier_sav(tmp_path / "final_model.sav", preparation, surrogate, NAMES)
    for name, frame in (("fitted", table), ("new", new)):
        np.save(tmp_path / f"{name}.npy", surrogate.predict(preparation.transform(frame).values))
    elsewhere(
        tmp_path,
        """
        import pickle
        from pathlib import Path
        model = pickle.loads(Path("final_model.sav").read_bytes())
        for name in ("fitted", "new"):
            frame = pd.read_parquet(name + ".parquet")
            assert (model.predict(frame) == np.load(name + ".npy")).all()
        assert model.segments_[2] == "New / Churn-Risk"
        """,
    )


def test_the_plain_preparation_gives_our_values(
    preparation: Preparation, table: pa.Table, new: pa.Table
) -> None:
    plain = plain_preparation(preparation)
    for frame in (table, new):
        np.testing.assert_allclose(
            plain.transform(frame.to_pandas()),
            preparation.transform(frame).values,
            rtol=1e-12,
            atol=1e-12,
        )


@settings(deadline=None, max_examples=25)
@given(
    ages=st.lists(
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        min_size=1,
        max_size=4,
    )
)
def test_the_plain_preparation_agrees_on_any_finite_number(ages: list[float | None]) -> None:
    table = made_table().select(["age", "spend__total"])
    fitted = fit_preparation(table, table.column_names, MatrixSettings(fewest=1), {})
    both = pa.array(ages, pa.float64())
    rows = pa.table({"age": both, "spend__total": both})
    np.testing.assert_allclose(
        plain_preparation(fitted).transform(rows.to_pandas()),
        fitted.transform(rows).values,
        rtol=1e-12,
        atol=1e-12,
    )


HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "Ann = B", "", None]


def test_csv_cannot_run_in_a_spreadsheet_and_numbers_stay_numbers(tmp_path: Path) -> None:
    customers = pa.table(
        {
            "customer_id": pa.array(HOSTILE),
            "kind": pa.array(["=x"] * len(HOSTILE)).dictionary_encode(),
            "balance": [-5.5] * len(HOSTILE),
            "since": [date(2024, 1, 31)] * len(HOSTILE),
            "=cmd": [1] * len(HOSTILE),
        }
    )
    pyarrow.parquet.write_table(customers, tmp_path / "customers.parquet", row_group_size=4)
    write_customers_csv(tmp_path / "customers.csv", tmp_path / "customers.parquet")

    with (tmp_path / "customers.csv").open(newline="", encoding="utf-8") as stream:
        header, *rows = csv.reader(stream)
    assert header == ["customer_id", "kind", "balance", "since", "'=cmd"]
    assert [row[0] for row in rows] == [
        *("'" + text for text in HOSTILE[:8] if text),
        "Ann = B",
        "",
        "",
    ]
    assert {tuple(row[1:]) for row in rows} == {("'=x", "-5.5", "2024-01-31", "1")}


def test_csv_is_read_by_pandas(
    tmp_path: Path, preparation: Preparation, clusterer: Clusterer, table: pa.Table
) -> None:
    placed = clusterer.assign(preparation.transform(table).values)
    ids = pa.array([f"C{row:05}" for row in range(ROWS)])
    segments = pa.array([f"S{label + 1}" for label in placed.labels])
    customers = pa.table({"id": ids, "segment_id": segments, "distance": placed.distance})
    pyarrow.parquet.write_table(customers, tmp_path / "customers.parquet")
    write_customers_csv(tmp_path / "customers.csv", tmp_path / "customers.parquet")
    read = pd.read_csv(tmp_path / "customers.csv")
    pd.testing.assert_frame_equal(read, customers.to_pandas(), rtol=1e-15)


def test_no_rows_still_have_a_header(tmp_path: Path) -> None:
    empty = pa.table({"id": pa.array([], pa.string()), "spend": pa.array([], pa.float64())})
    pyarrow.parquet.write_table(empty, tmp_path / "customers.parquet")
    write_customers_csv(tmp_path / "out.csv", tmp_path / "customers.parquet")
    assert (tmp_path / "out.csv").read_text() == '"id","spend"\n'


def test_neutralising_leaves_harmless_tables_as_they_are() -> None:
    table = pa.table({"name": ["Ann", None], "spend": [-1.0, 2.0]})
    assert neutralised(table).equals(table)


def test_a_run_without_customers_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.parquet").write_text("not parquet")
    for missing in ("none.parquet", "text.parquet"):
        with pytest.raises(DataError, match="customers of the run cannot be read") as caught:
            write_customers_csv(tmp_path / "out.csv", tmp_path / missing)
        assert "customers.parquet beside" in caught.value.remedy
    assert not (tmp_path / "out.csv").exists()


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, clusterer: Clusterer) -> None:
    with pytest.raises(OutputError, match=r"kmeans\.joblib' cannot be written") as caught:
        write_kmeans_joblib(tmp_path / "absent" / "kmeans.joblib", clusterer)
    assert caught.value.found == "No such file or directory"


def test_a_failure_leaves_the_file_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clusterer: Clusterer
) -> None:
    target = tmp_path / "kmeans.joblib"
    target.write_text("old")

    def full(*_: object) -> Callable[[], None]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("joblib.dump", full)
    with pytest.raises(OutputError, match="cannot be written"):
        write_kmeans_joblib(target, clusterer)
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["kmeans.joblib"]
