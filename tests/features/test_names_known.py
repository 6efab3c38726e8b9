"""Names of segments and their share of spend go by features that something defines."""

from __future__ import annotations

import pyarrow as pa
import pytest

import clustomer
from clustomer.errors import RecipeError


@pytest.mark.parametrize(
    "segments",
    [{"spend": "spnd"}, {"names": [{"name": "A", "when": {"spnd": "high"}}]}],
)
def test_a_feature_that_nothing_defines(segments: dict[str, object]) -> None:
    table = pa.table(
        {
            "customer_id": [f"C{at % 20}" for at in range(60)],
            "order_date": [f"2025-01-{1 + at % 28:02}" for at in range(60)],
            "quantity": [1 + at % 3 for at in range(60)],
            "unit_price": [5.0] * 60,
        }
    )
    with pytest.raises(RecipeError) as caught:
        clustomer.fit(table, recipe={"base": "transactions", "segments": segments})
    assert "goes by 'spnd', which nothing defines" in str(caught.value)
    assert "did you mean 'spend'?" in str(caught.value)
