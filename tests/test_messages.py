"""Messages are made alike: how the errors and findings in the source begin and end."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import clustomer

SOURCE = Path(clustomer.__file__).parent
ERRORS = {
    "ClustomerError",
    "RecipeError",
    "DataError",
    "OutputError",
    "BundleError",
    "MissingExtraError",
}


def calls(names: set[str]) -> Iterator[tuple[str, ast.Call]]:
    for file in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in names:
                yield f"{file.relative_to(SOURCE).as_posix()}:{node.lineno}", node


def ends(node: ast.expr | None) -> tuple[str, str]:
    """First and last literal part of a text; "" where it begins or ends with a value."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value, node.value
    if isinstance(node, ast.JoinedStr) and node.values:
        first, last = (ends(node.values[at])[side] for side, at in enumerate((0, -1)))
        return first, last
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return ends(node.left)[0], ends(node.right)[1]
    return "", ""


def remedy_of(call: ast.Call) -> ast.expr | None:
    return next((one.value for one in call.keywords if one.arg == "remedy"), None)


def test_what_is_wrong_is_a_sentence() -> None:
    """It begins with a capital letter, a name or a value, and ends with a full stop."""
    wrong = []
    for where, call in calls(ERRORS):
        begin, end = ends(call.args[0] if call.args else None)
        word = begin.split(" ", 1)[0]
        name = "." in word or "_" in word or len(word) == 1
        if (begin[:1].islower() and not name) or (end and end[-1] not in ".?!"):
            wrong.append(f"{where} {begin!r} ... {end!r}")
    assert not wrong, "\n".join(wrong)


def test_what_to_do_goes_on_in_the_line() -> None:
    """After "To do:" comes a small letter, a name or a value, and no full stop."""
    wrong = []
    for where, call in calls(ERRORS | {"Finding"}):
        given = remedy_of(call)
        if given is None and isinstance(call.func, ast.Name) and call.func.id == "Finding":
            given = call.args[3] if len(call.args) > 3 else None
        begin, end = ends(given)
        word = begin.split(" ", 1)[0]
        if (word[:1].isupper() and word[1:].islower()) or end.endswith("."):
            wrong.append(f"{where} {begin!r} ... {end!r}")
    assert not wrong, "\n".join(wrong)


def test_what_was_seen_ends_with_a_full_stop() -> None:
    wrong = []
    for where, call in calls({"Finding"}):
        _, end = ends(call.args[2] if len(call.args) > 2 else None)
        if end and end[-1] not in ".?!":
            wrong.append(f"{where} {end!r}")
    assert not wrong, "\n".join(wrong)
