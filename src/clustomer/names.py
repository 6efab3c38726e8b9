"""The field's vocabulary: kinds of columns, roles of tables, units of features."""

from __future__ import annotations

from typing import Final, Literal, get_args

Kind = Literal["key", "number", "category", "ordinal", "date", "text"]
"""How a column is cleaned. A key keeps its leading zeros; text is left as it is."""

TableRole = Literal["lines", "orders", "customers", "products", "lookup"]
"""What a row of a table is: an order line, an order (the head that its lines share, with customer
and date), a customer, a product, or what a key in one of the others stands for."""

Unit = Literal["customer", "row"]
"""What is segmented: customers, or the rows of the table as they are."""

Measure = Literal[
    "money", "price", "count", "units", "days", "months", "share", "score", "category"
]
"""The unit in which a feature is shown."""

Over = Literal["lines", "orders", "customer", "row", "history"]
"""The rows that a feature's SQL runs over.

``lines`` and ``orders`` are aggregated to one value a customer; ``customer`` is an expression over
a customer's own attributes; ``row`` is an expression over one row of the table. ``history`` is no
SQL: a feature that the value model gives."""

SqlOver = Literal["lines", "orders", "customer", "row"]
"""The rows that a feature of a recipe's own can run over."""

DateOrder = Literal["day-month-year", "month-day-year", "year-month-day"]
"""In which order a date of numbers only, such as ``06-07-25``, is written."""

Beyond = Literal["note", "cap", "blank"]
"""What becomes of a number beyond the limits of its column."""

AlgorithmName = Literal[
    "k-means",
    "bisecting-k-means",
    "ward",
    "gaussian-mixture",
    "k-prototypes",
    "hdbscan",
    "rules",
]
"""How customers are put into segments."""

KINDS: Final = get_args(Kind)
MEASURES: Final = get_args(Measure)
ALGORITHMS: Final = get_args(AlgorithmName)

ROW: Final = "source_row"
"""Name of the column that carries a row's position in its source: 0 for the first data row."""

CUSTOMER: Final = "customer_id"
"""Canonical name of the customer key, whatever the source calls it."""
