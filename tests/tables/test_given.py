"""What is handed over as a table and is none, or is called what it is not."""

from __future__ import annotations

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from clustomer.engines.here import running
from clustomer.errors import ClustomerError, DataError
from clustomer.recipe.load import load_recipe
from clustomer.tables.read import read_source
from clustomer.tables.sources import at_rest, find_sources

CSV = "customer_id,order_date,quantity,unit_price\nC1,2025-01-01,1,2.5\nC2,2025-01-02,3,4\n"


def refusal(data: object) -> str:
    with pytest.raises(DataError) as caught:
        find_sources(at_rest(data), load_recipe("transactions"))  # type: ignore[arg-type]
    return str(caught.value)


def test_what_is_no_table() -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    assert "Found: None" in refusal(None)
    assert "a Series" in refusal(pandas.Series([1, 2]))
    assert "a Series" in refusal(polars.Series([1, 2]))
    assert "Array" in refusal(pa.array([1, 2]))
    assert "collect it first: .collect()" in refusal(polars.DataFrame({"a": [1]}).lazy())
    assert "1 as a name" in refusal({1: pa.table({"a": [1]})})
    assert "nothing was given" in refusal({})


@pytest.mark.parametrize("tail", ["\n", '"C3",2025-01-03,"1",2\n'])
def test_a_text_that_is_called_packed_and_is_not(tmp_path: Path, tail: str) -> None:
    plain, packed = tmp_path / "plain.csv.gz", tmp_path / "packed.csv.gz"
    plain.write_text(CSV + tail)
    packed.write_bytes(gzip.compress((CSV + tail).encode()))
    recipe = load_recipe("transactions")
    with running(None) as engine:
        rows = [
            read_source(engine, find_sources(path, recipe).sources[0]).read
            for path in (plain, packed)
        ]
    assert rows[0] == rows[1] >= 2


def test_utf_16_without_a_mark_is_told(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text(CSV)
    recipe = load_recipe({"base": "transactions", "tables": {"lines": {"encoding": "utf-16"}}})
    source = find_sources(tmp_path / "lines.csv", recipe).sources[0]
    with running(None) as engine, pytest.raises(ClustomerError, match="is not in utf-16") as error:
        read_source(engine, source)
    assert "utf-16-le" in error.value.remedy
