"""Docs tell what the code does: findings, commands, public names."""

from __future__ import annotations

import re
from pathlib import Path

from typer.main import get_command

import clustomer
from clustomer.cli.app import app

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "src" / "clustomer").rglob("*.py"))


def test_every_finding_is_documented_and_no_other() -> None:
    code = re.compile(r'Finding\(\s*"([a-z-]+)"')
    raised = {found for path in SOURCES for found in code.findall(path.read_text("utf-8"))}
    documented = set(
        re.findall(r"^\| `([a-z-]+)` \|", (ROOT / "docs" / "findings.md").read_text("utf-8"), re.M)
    )
    assert raised == documented


def test_every_command_and_option_is_documented() -> None:
    told = (ROOT / "docs" / "commands.md").read_text("utf-8")
    commands = getattr(get_command(app), "commands")  # noqa: B009
    for name, command in commands.items():
        assert f"## clustomer {name}" in told
        section = told.split(f"## clustomer {name}")[1].split("\n## ")[0]
        for parameter in command.params:
            for option in parameter.opts:
                if option.startswith("--"):
                    assert f"`{option}" in section, (name, option)


def test_public_names_are_there_and_few() -> None:
    assert len(clustomer.__all__) <= 10
    for name in clustomer.__all__:
        assert getattr(clustomer, name).__doc__


def test_every_recipe_setting_is_documented() -> None:
    from clustomer.recipe import settings

    told = (ROOT / "docs" / "recipes.md").read_text("utf-8")
    for model in vars(settings).values():
        if isinstance(model, type) and issubclass(model, settings.Settings):
            for field in model.model_fields:
                assert f"`{field}`" in told, (model.__name__, field)
