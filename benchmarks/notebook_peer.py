"""The same work as a plain pandas and scikit-learn notebook, as a competent user writes it.

Usage: ``python benchmarks/notebook_peer.py DATA OUT``. DATA holds the demo files; OUT gets
customers.csv, choice.csv, classification_report.txt and result.json: seconds per stage, number of
segments and rows. ``python benchmarks/agreement.py DATA OUT`` then compares with the truth.

It is meant to be fast where a notebook can be: the groupbys are vectorised (no lambdas, no apply),
texts are cleaned with `map` over distinct values, only columns that are used are merged, the
silhouette is computed on a sample, and the forest uses every core.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START = time.perf_counter()

import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from sklearn.cluster import KMeans  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.metrics import classification_report, silhouette_score  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

SEGMENT_ON = [
    "order_count",
    "mean_order_value",
    "mean_basket_lines",
    "mean_unit_price",
    "days_since_last_order",
    "tenure_days",
    "discount_share",
]
"""The features that the built-in retail recipe clusters on, so that the segments compare."""

WORDS = {
    word: number
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
}
DELIVERY = {"delyd": "delayed", "delrd": "delivered"}
PAYMENT = {"bank transfr": "bank transfer"}
REGION = {"nrth": "north"}
GENDER = {"femle": "female"}
TIER = {"gld": "gold", "sllver": "silver", "brnze": "bronze"}

SECONDS: dict[str, float] = {}


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Take the time of a stage."""
    start = time.perf_counter()
    yield
    SECONDS[name] = round(time.perf_counter() - start, 3)


def categories(column: pd.Series, typing_errors: dict[str, str]) -> pd.Series:
    """Strip, ignore case, put known typing errors right: each distinct value once."""
    distinct = column.dropna().unique()
    clean = {raw: raw.strip().casefold() for raw in distinct}
    clean = {raw: typing_errors.get(value, value).title() for raw, value in clean.items()}
    return column.map(clean).astype("category")


def dates(column: pd.Series) -> pd.Series:
    """Read day-month-year."""
    return pd.to_datetime(column, format="%d-%m-%y", errors="coerce")


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Read the three files; what may hold words is read as text."""
    text = {"quantity": "str", "order_id": "str", "customer_id": "str", "product_id": "str"}
    return (
        pd.read_csv(folder / "sales.csv", dtype=text),
        pd.read_csv(folder / "customers.csv"),
        pd.read_csv(folder / "products.csv"),
    )


def clean(sales: pd.DataFrame, customers: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Put numbers, categories, dates and keys right."""
    numbers = pd.to_numeric(sales["quantity"], errors="coerce")
    sales["quantity"] = numbers.fillna(sales["quantity"].str.strip().str.lower().map(WORDS))
    sales["order_date"] = dates(sales["order_date"])
    sales["delivery_status"] = categories(sales["delivery_status"], DELIVERY)
    sales["payment_method"] = categories(sales["payment_method"], PAYMENT)
    sales["region"] = categories(sales["region"], REGION)
    customers["signup_date"] = dates(customers["signup_date"])
    customers["gender"] = categories(customers["gender"], GENDER)
    customers["region"] = categories(customers["region"], REGION)
    customers["loyalty_tier"] = categories(customers["loyalty_tier"], TIER)
    sales = sales.dropna(subset=["order_id", "customer_id", "quantity", "unit_price", "order_date"])
    customers = customers.dropna(subset=["customer_id"]).drop_duplicates("customer_id")
    return sales, customers


def merge(sales: pd.DataFrame, customers: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """One row per order line, with what is known of its customer and product."""
    customers = customers.drop(columns="email").rename(columns={"region": "home_region"})
    products = products[["product_id", "category", "base_price"]]
    lines = sales.merge(customers, on="customer_id", how="left", validate="many_to_one")
    return lines.merge(products, on="product_id", how="left", validate="many_to_one")


def features(lines: pd.DataFrame) -> pd.DataFrame:
    """One row per customer."""
    as_of = lines["order_date"].max() + pd.Timedelta(days=1)
    lines = lines.assign(
        amount=lines["quantity"] * lines["unit_price"],
        cancelled=lines["delivery_status"].eq("Cancelled"),
        delayed=lines["delivery_status"].eq("Delayed"),
        discounted=lines["discount_applied"].gt(0).where(lines["discount_applied"].notna()),
    )
    states = lines.groupby("customer_id").agg(
        cancelled_share=("cancelled", "mean"),
        delayed_share=("delayed", "mean"),
        signup_date=("signup_date", "first"),
        gender=("gender", "first"),
        home_region=("home_region", "first"),
        loyalty_tier=("loyalty_tier", "first"),
    )
    sold = lines[~lines["cancelled"] & lines["quantity"].gt(0) & lines["unit_price"].gt(0)]
    sold = sold.assign(discounted=sold["discounted"].astype("float64"))
    table = sold.groupby("customer_id").agg(
        order_count=("order_id", "nunique"),
        line_count=("amount", "size"),
        spend=("amount", "sum"),
        units=("quantity", "sum"),
        mean_unit_price=("unit_price", "mean"),
        distinct_categories=("category", "nunique"),
        discount_share=("discounted", "mean"),
        first_order=("order_date", "min"),
        last_order=("order_date", "max"),
    )
    table = states.join(table, how="left")
    table["mean_order_value"] = table["spend"] / table["order_count"]
    table["mean_basket_lines"] = table["line_count"] / table["order_count"]
    table["days_since_last_order"] = (as_of - table["last_order"]).dt.days
    table["first_to_last_days"] = (table["last_order"] - table["first_order"]).dt.days
    table["tenure_days"] = (as_of - table["signup_date"]).dt.days
    gaps = (table["order_count"] - 1).where(table["order_count"] > 1)
    table["mean_days_between_orders"] = table["first_to_last_days"] / gaps
    counts = sold.groupby(["customer_id", "category"]).size().unstack(fill_value=0)
    shares = counts.div(counts.sum(axis=1), axis=0)
    return table.join(shares.add_prefix("share_"))


def prepare(table: pd.DataFrame) -> np.ndarray:
    """Impute by the median, log what is skewed, standardise."""
    numbers = table[SEGMENT_ON].astype("float64")
    numbers = numbers.fillna(numbers.median())
    skewed = [name for name in SEGMENT_ON if numbers[name].skew() > 1 and numbers[name].min() >= 0]
    numbers[skewed] = np.log1p(numbers[skewed])
    return np.asarray(StandardScaler().fit_transform(numbers))


def sweep(matrix: np.ndarray) -> pd.DataFrame:
    """Try 2 to 10 segments; the silhouette is that of 10,000 customers drawn at random."""
    rows = []
    for k in range(2, 11):
        fitted = KMeans(k, n_init=10, random_state=0).fit(matrix)
        silhouette = silhouette_score(matrix, fitted.labels_, sample_size=10_000, random_state=0)
        rows.append((k, fitted.inertia_, silhouette))
    return pd.DataFrame(rows, columns=["k", "inertia", "silhouette"])


def choose(tried: pd.DataFrame) -> int:
    """Take the best silhouette of 3 to 10: two groups are rarely what was asked for."""
    enough = tried[tried["k"] >= 3]
    return int(enough.loc[enough["silhouette"].idxmax(), "k"])


def classify(matrix: np.ndarray, labels: np.ndarray) -> str:
    """Learn the segments and report on customers held out."""
    train, test, learnt, hidden = train_test_split(
        matrix, labels, test_size=0.25, random_state=0, stratify=labels
    )
    forest = RandomForestClassifier(100, random_state=0, n_jobs=-1).fit(train, learnt)
    return str(classification_report(hidden, forest.predict(test)))


def main(data: Path, out: Path) -> None:
    """Run the notebook from top to bottom."""
    out.mkdir(parents=True, exist_ok=True)
    SECONDS["import"] = round(time.perf_counter() - START, 3)
    with stage("read"):
        sales, customers, products = read(data)
    read_rows = len(sales)
    with stage("clean"):
        sales, customers = clean(sales, customers)
    with stage("merge"):
        lines = merge(sales, customers, products)
    with stage("features"):
        table = features(lines)
    with stage("prepare"):
        matrix = prepare(table)
    with stage("choose k"):
        tried = sweep(matrix)
        k = choose(tried)
    with stage("cluster"):
        table["segment"] = KMeans(k, n_init=10, random_state=0).fit_predict(matrix)
    with stage("classify"):
        report = classify(matrix, table["segment"].to_numpy())
    with stage("write"):
        table.to_csv(out / "customers.csv")
        tried.to_csv(out / "choice.csv", index=False)
        (out / "classification_report.txt").write_text(report, encoding="utf-8")
    result = {
        "seconds": {**SECONDS, "total": round(time.perf_counter() - START, 3)},
        "k": k,
        "lines": read_rows,
        "customers": len(table),
    }
    (out / "result.json").write_text(json.dumps(result, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
