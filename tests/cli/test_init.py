"""``clustomer init`` as typed."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from clustomer.cli.app import app
from clustomer.demo import write_demo


def test_init_drafts_a_recipe_beside_the_data(tmp_path: Path) -> None:
    write_demo(tmp_path / "shop", customers=150)
    (tmp_path / "shop" / "truth.csv").unlink()
    result = CliRunner().invoke(app, ["init", str(tmp_path / "shop")])
    assert result.exit_code == 0, result.output
    recipe = tmp_path / "shop" / "recipe.toml"
    assert recipe.read_text("utf-8").startswith("# A draft, made by looking at the tables.")
    assert "customer_id (key)" in result.output
    assert "sales.csv" in result.output
    assert "Customers with what the recipe needs: 1" in result.output
    assert f"--recipe {recipe} --out run" in result.output
    again = CliRunner().invoke(app, ["init", str(tmp_path / "shop")])
    assert "is there already" in str(again.exception)


def test_init_of_nothing(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert "has no data file" in str(result.exception)
