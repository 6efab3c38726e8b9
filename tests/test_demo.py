"""The demo data: the same bytes every time, the planted dirt, and a truth that can be found."""

from __future__ import annotations

import csv
import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from clustomer.demo import DemoFiles, planted, write_demo
from clustomer.engines.duckdb import DuckDBEngine
from clustomer.errors import ClustomerError, OutputError

CUSTOMERS = 2000
SALES = (
    "order_id,customer_id,product_id,quantity,unit_price,order_date,delivery_status,"
    "payment_method,region,discount_applied"
)
HEADERS = {
    "sales": SALES,
    "customers": "customer_id,email,signup_date,gender,region,loyalty_tier",
    "products": "product_id,product_name,category,launch_date,base_price,supplier_code",
    "truth": "customer_id,segment,segment_name",
}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo(tmp_path_factory.mktemp("demo"), customers=CUSTOMERS)


@pytest.fixture(scope="module")
def tables(demo: DemoFiles) -> dict[str, list[dict[str, str]]]:
    return {name: rows(demo.folder / f"{name}.csv") for name in HEADERS}


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def values(table: list[dict[str, str]], column: str) -> Counter[str]:
    return Counter(row[column] for row in table)


def bytes_of(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.csv")
    }


def day(text: str) -> date:
    day, month, year = text.split("-")
    return date.fromisoformat(f"20{year}-{month}-{day}")


def share(count: int, table: list[dict[str, str]]) -> float:
    return count / len(table)


@pytest.mark.parametrize(
    ("threads", "memory"), [(None, "3GB"), (1, "3GB"), (2, "150MB"), (4, "1GB")]
)
def test_same_seed_same_bytes(
    demo: DemoFiles, tmp_path: Path, threads: int | None, memory: str
) -> None:
    engine = DuckDBEngine(threads=threads, memory=memory)
    write_demo(tmp_path, customers=CUSTOMERS, engine=engine)
    engine.close()
    assert bytes_of(tmp_path) == bytes_of(demo.folder)


def test_bytes_are_those_of_several_threads_and_row_groups(tmp_path: Path) -> None:
    """Large enough for DuckDB to share the work out (a row group has 122,880 rows)."""
    for threads in (1, 3):
        engine = DuckDBEngine(threads=threads)
        write_demo(tmp_path / str(threads), customers=25_000, engine=engine)
        engine.close()
    assert bytes_of(tmp_path / "1") == bytes_of(tmp_path / "3")


def test_another_seed_gives_other_data(demo: DemoFiles, tmp_path: Path) -> None:
    write_demo(tmp_path, customers=CUSTOMERS, seed=1)
    ours, others = bytes_of(demo.folder), bytes_of(tmp_path)
    assert ours.keys() == others.keys()
    assert all(ours[name] != others[name] for name in ours)


def test_an_engine_that_is_given_stays_open_and_clean(tmp_path: Path) -> None:
    engine = DuckDBEngine()
    engine.view("customers", "SELECT 1 AS mine")
    write_demo(tmp_path, customers=5, engine=engine)
    left = engine.arrow("SELECT table_name FROM information_schema.tables").to_pylist()
    assert left == [{"table_name": "customers"}]
    engine.close()


def test_digests_are_plain_md5() -> None:
    """The draws must not change with the engine's release."""
    text = "0:line:1:2:3"
    expected = int.from_bytes(hashlib.md5(text.encode()).digest(), "little")
    engine = DuckDBEngine()
    table = engine.arrow(f"SELECT CAST(md5_number('{text}') AS VARCHAR) AS digest")
    engine.close()
    assert table.to_pylist() == [{"digest": str(expected)}]


def test_headers_line_ends_and_row_counts(
    demo: DemoFiles, tables: dict[str, list[dict[str, str]]]
) -> None:
    for name, header in HEADERS.items():
        content = (demo.folder / f"{name}.csv").read_bytes()
        assert content.startswith(f"{header}\n".encode())
        assert content.endswith(b"\n")
        assert b"\r" not in content
        assert demo.rows[name] == len(tables[name])


def test_headers_are_those_of_the_real_tables(
    real_data: Callable[[str], Path], demo: DemoFiles
) -> None:
    seed = real_data("retail_seed")
    for ours, theirs in (
        (demo.sales, "sales_data.csv"),
        (demo.customers, "customer_info.csv"),
        (demo.products, "product_info.csv"),
    ):
        assert ours.read_text().partition("\n")[0] == (seed / theirs).read_text().split("\n")[0]


def test_the_planted_dirt_is_there(tables: dict[str, list[dict[str, str]]]) -> None:
    sales, customers = tables["sales"], tables["customers"]
    expected = {
        "delivery_status": {"delivered", " DELAYED", " Cancelled ", "delrd", "delyd", ""},
        "payment_method": {"credit card", "bank transfr", ""},
        "region": {"nrth"},
        "quantity": {"three", ""},
        "order_id": {""},
        "customer_id": {""},
        "product_id": {""},
        "unit_price": {""},
        "order_date": {""},
        "discount_applied": {""},
    }
    for column, spellings in expected.items():
        assert spellings <= values(sales, column).keys(), column
    described = {
        "gender": {"FEMALE", "male", "femle", ""},
        "loyalty_tier": {"GOLD", " gold ", "bronze", "gld", "brnze", "sllver", ""},
        "region": {""},
        "email": {""},
        "signup_date": {""},
        "customer_id": {""},
    }
    for column, spellings in described.items():
        assert spellings <= values(customers, column).keys(), column
    ids = values(customers, "customer_id")
    assert any(count > 1 for name, count in ids.items() if name)


def test_dirt_is_small(tables: dict[str, list[dict[str, str]]]) -> None:
    sales = tables["sales"]
    words = sum(1 for row in sales if row["quantity"].isalpha())
    assert share(words, sales) == pytest.approx(0.001, abs=0.0006)
    for column in ("order_id", "customer_id", "product_id", "quantity", "unit_price", "order_date"):
        assert 0 < share(values(sales, column)[""], sales) < 0.002, column
    delivery = values(sales, "delivery_status")
    assert share(delivery["delrd"] + delivery["delyd"], sales) < 0.01
    assert 0.3 < delivery["delivered"] / (delivery["delivered"] + delivery["Delivered"]) < 0.5


def test_lines_of_an_order_agree(tables: dict[str, list[dict[str, str]]]) -> None:
    orders: dict[tuple[str, str], list[dict[str, str]]] = {}
    for row in tables["sales"]:
        if row["order_id"] and row["customer_id"]:
            orders.setdefault((row["order_id"], row["customer_id"]), []).append(row)
    sizes = Counter(len(lines) for lines in orders.values())
    assert set(sizes) == {1, 2, 3, 4, 5, 6}
    for lines in orders.values():
        for column in ("order_date", "payment_method"):
            assert len({line[column] for line in lines if line[column]}) <= 1, lines
        statuses = {line["delivery_status"].strip().lower()[:5] for line in lines} - {"", "delrd"}
        assert len(statuses - {"delyd"}) <= 1, lines
    shared = Counter(order for order, _ in orders)
    assert 0 < sum(1 for count in shared.values() if count > 1) < 0.002 * len(shared)


def test_dates_are_day_month_year_and_end_in_june_2025(
    tables: dict[str, list[dict[str, str]]],
) -> None:
    days = [day(row["order_date"]) for row in tables["sales"] if row["order_date"]]
    assert days == sorted(days)
    assert date(2023, 7, 1) <= days[0] < date(2023, 7, 5)
    assert date(2025, 6, 28) < days[-1] <= date(2025, 6, 30)


def test_nobody_orders_before_signing_up(tables: dict[str, list[dict[str, str]]]) -> None:
    signed = {
        row["customer_id"]: day(row["signup_date"])
        for row in tables["customers"]
        if row["customer_id"] and row["signup_date"]
    }
    ordered = [row for row in tables["sales"] if row["order_date"] and row["customer_id"] in signed]
    assert all(signed[row["customer_id"]] <= day(row["order_date"]) for row in ordered)


def test_most_goes_to_the_home_region(tables: dict[str, list[dict[str, str]]]) -> None:
    home = {row["customer_id"]: row["region"] for row in tables["customers"]}
    pairs = [
        (home[row["customer_id"]], row["region"])
        for row in tables["sales"]
        if home.get(row["customer_id"]) and row["region"] != "nrth"
    ]
    same = sum(one == other for one, other in pairs)
    assert 0.9 < same / len(pairs) < 0.97


def test_truth_is_of_every_customer_with_an_order(
    tables: dict[str, list[dict[str, str]]],
) -> None:
    truth = [row["customer_id"] for row in tables["truth"]]
    assert len(truth) == len(set(truth))
    assert set(values(tables["sales"], "customer_id")) - {""} <= set(truth)
    listed = set(values(tables["customers"], "customer_id")) - {""}
    without = listed - set(truth)
    assert 0.003 < len(without) / CUSTOMERS < 0.02
    names = {(int(row["segment"]), row["segment_name"]) for row in tables["truth"]}
    assert names == {(place, s.name) for place, s in enumerate(planted.SEGMENTS, start=1)}
    sizes = values(tables["truth"], "segment")
    for place, segment in enumerate(planted.SEGMENTS, start=1):
        assert sizes[str(place)] / len(truth) == pytest.approx(segment.share, abs=0.03)


def test_about_a_dozen_lines_a_customer(demo: DemoFiles) -> None:
    assert 9 < demo.rows["sales"] / CUSTOMERS < 14


def test_products_are_known_and_priced_like_their_sales(
    tables: dict[str, list[dict[str, str]]],
) -> None:
    prices = {row["product_id"]: float(row["base_price"]) for row in tables["products"]}
    assert len(prices) == len(tables["products"]) == 72
    assert len(values(tables["products"], "category")) == 6
    for row in tables["sales"]:
        if row["product_id"] and row["unit_price"]:
            assert float(row["unit_price"]) / prices[row["product_id"]] == pytest.approx(
                1, abs=0.05
            )


def test_no_text_could_be_taken_for_a_formula_or_a_real_address(
    tables: dict[str, list[dict[str, str]]],
) -> None:
    address = re.compile(r"[a-z]+[0-9]+@example\.(com|org|net)|")
    assert all(address.fullmatch(row["email"]) for row in tables["customers"])
    assert not any(
        value[:1] in "=+-@" and value for row in tables["sales"] for value in row.values()
    )


@pytest.mark.parametrize("customers", [1, 10])
def test_a_handful_of_customers(tmp_path: Path, customers: int) -> None:
    files = write_demo(tmp_path / "new" / "folder", customers=customers)
    assert files.rows["customers"] >= customers
    assert files.rows["sales"] == len(rows(files.sales)) > 0
    assert len(rows(files.truth)) <= customers
    assert sorted(path.name for path in files.folder.iterdir()) == [
        "customers.csv",
        "products.csv",
        "sales.csv",
        "truth.csv",
    ]


def test_files_that_are_there_are_kept_unless_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text("mine")
    with pytest.raises(OutputError) as caught:
        write_demo(tmp_path, customers=3)
    assert str(caught.value) == (
        f"The folder '{tmp_path}' holds data already.\n"
        "  Found: sales.csv\n"
        "  To do: give another folder, or overwrite (--overwrite)"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["sales.csv"]
    write_demo(tmp_path, customers=3, overwrite=True)
    assert (tmp_path / "sales.csv").read_text().startswith("order_id,")


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match=r"'.*taken'\.\n  Found: a file of that name"):
        write_demo(tmp_path / "taken", customers=3)
    with pytest.raises(OutputError, match="cannot be written") as caught:
        write_demo(tmp_path / "taken" / "below", customers=3)
    assert "To do: give a folder that can be written" in str(caught.value)


def test_a_failure_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class FullDisk(DuckDBEngine):
        def write_csv(self, sql: str, path: Path) -> int:
            if "truth" in path.name:
                raise OSError(28, "No space left on device")
            return super().write_csv(sql, path)

    engine = FullDisk()
    (tmp_path / "products.csv").write_text("mine")
    with pytest.raises(OutputError, match="No space left on device"):
        write_demo(tmp_path, customers=3, engine=engine, overwrite=True)
    engine.close()
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"products.csv": "mine"}


@pytest.mark.parametrize("given", [{"customers": 0}, {"customers": 10**7}, {"seed": -1}])
def test_out_of_range(tmp_path: Path, given: dict[str, int]) -> None:
    [(name, value)] = given.items()
    with pytest.raises(ClustomerError) as caught:
        write_demo(tmp_path, customers=given.get("customers", 3), seed=given.get("seed", 0))
    assert f"'{name}' is out of range" in str(caught.value)
    assert f"Found: {value:,}" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_orders_follow_poissons_law() -> None:
    """The mean of a Poisson number that is not 0 is m / (1 - exp(-m))."""
    table = planted.order_steps().to_pydict()
    steps: dict[int, list[float]] = {}
    for step, below in zip(table["step"], table["below"], strict=True):
        steps.setdefault(step, []).append(below)
    for step, below in steps.items():
        mean = math.exp(step * planted.GRID)
        assert below[0] == 0
        assert below == sorted(below)
        assert sum(1 - b for b in below) == pytest.approx(mean / (1 - math.exp(-mean)), rel=1e-3)


def test_the_planted_segments_can_be_found(tables: dict[str, list[dict[str, str]]]) -> None:
    """K-means on plain standardised features comes near the planted segments, not upon them."""
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from sklearn.preprocessing import StandardScaler

    truth = {row["customer_id"]: int(row["segment"]) for row in tables["truth"]}
    signed = {row["customer_id"]: row["signup_date"] for row in tables["customers"]}
    end = date(2025, 7, 1)
    lines: dict[str, list[dict[str, str]]] = {}
    for row in tables["sales"]:
        if all(row[name] for name in ("customer_id", "order_id", "unit_price", "order_date")):
            lines.setdefault(row["customer_id"], []).append(row)
    usable = [name for name in lines if signed.get(name)]
    table = []
    for name in usable:
        own = lines[name]
        orders = len({row["order_id"] for row in own})
        table.append(
            (
                np.log(orders),
                len(own) / orders,
                np.log(np.mean([float(row["unit_price"]) for row in own])),
                (end - max(day(row["order_date"]) for row in own)).days,
                np.mean([row["discount_applied"] not in {"", "0"} for row in own]),
                (end - day(signed[name])).days,
            )
        )
    matrix = StandardScaler().fit_transform(np.array(table))
    labels = KMeans(5, n_init=5, random_state=0).fit_predict(matrix)
    score = adjusted_rand_score([truth[name] for name in usable], labels)
    assert 0.88 < score < 0.99
