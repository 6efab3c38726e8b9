"""The process of one job: ``python -m clustomer.app.worker FOLDER``.

It calls the same public functions as the command line, writes a line for each stage, and ends with
``result.json`` or ``error.json``. It ends itself when the app that started it is gone.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from clustomer.app.workspace import read_json, write_json
from clustomer.errors import ClustomerError, DataError
from clustomer.progress import Stages, Tell
from clustomer.rounding import percent

if TYPE_CHECKING:
    from clustomer.cleaning.decisions import Decision
    from clustomer.tables.accounts import Account

MOST_MEMORY: Final = 8 * 2**30
"""Bytes that a job may hold."""

MOST_REPAIRS: Final = 2_000

Asked = Mapping[str, Any]
Result = dict[str, object]


def main() -> None:
    """Do the job of the folder that is named on the command line."""
    folder = Path(sys.argv[1])
    _limit_memory()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    told = read_json(folder / "job.json")
    asked = told.get("asked")
    try:
        work = KINDS[str(told.get("kind"))]
        result = work(asked if isinstance(asked, dict) else {}, folder, _teller(folder))
    except ClustomerError as error:
        _failed(folder, error.what, error.found, error.remedy)
    except MemoryError:
        _failed(
            folder,
            "There is not enough memory for these tables.",
            f"a job may hold {MOST_MEMORY / 2**30:.0f} GB",
            "take fewer rows or columns, or use the command line on a larger machine",
        )
    else:
        write_json(folder / "result.json", result or {"done": True})


def _failed(folder: Path, what: str, found: str, remedy: str) -> None:
    write_json(folder / "error.json", {"what": what, "found": found, "remedy": remedy})


def _limit_memory() -> None:
    try:
        import resource  # not there on Windows
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


def _end_with_parent() -> None:
    """End when the app has ended: nobody would see the result."""
    parent = int(os.environ.get("CLUSTOMER_APP_PARENT", "0"))
    while parent and os.getppid() == parent:
        time.sleep(1.0)
    if parent:
        os._exit(1)


def _teller(folder: Path) -> Tell:
    def tell(stage: str) -> None:
        with (folder / "progress.txt").open("a", encoding="utf-8") as file:
            file.write(f"{stage}\n")

    return tell


def look(asked: Asked, folder: Path, tell: Tell) -> Result:  # noqa: ARG001
    """Read, clean and relate the tables, and say what was seen; nothing is segmented."""
    from clustomer.cleaning.audit import worst_first as doubtful_first
    from clustomer.engines.here import running
    from clustomer.intake.intake import take_in
    from clustomer.recipe.load import load_recipe
    from clustomer.results import worst_first

    data = Path(str(asked["data"]))
    tell("look for a recipe")
    chosen, why, drafted = _chosen(data, asked, tell)
    recipe = load_recipe(chosen)
    with running(None) as engine:
        intake = take_in(
            engine,
            data,
            recipe,
            stages=Stages(tell),
            as_of=recipe.as_of,
            decisions=_decisions(asked),
        )
    audit = doubtful_first(intake.audit)
    return {
        "recipe": chosen,
        "settled": recipe.model_dump(mode="json"),
        "why": why,
        "drafted": drafted,
        "tables": {
            name: {
                "source": raw.source,
                "read_as": raw.read_as,
                "columns": list(raw.columns),
                "used": dict(intake.learnt.columns[name]),
            }
            for name, raw in intake.raw.items()
        },
        "accounts": [_account(one) for one in intake.accounts],
        "joins": [asdict(join) for join in intake.joins],
        "findings": [asdict(finding) for finding in worst_first(intake.findings)],
        "repairs": audit.slice(0, MOST_REPAIRS).to_pylist(),
        "repairs in all": audit.num_rows,
        "customers": intake.customers.num_rows,
        "as_of": None if intake.learnt.as_of is None else intake.learnt.as_of.date().isoformat(),
    }


def _chosen(data: Path, asked: Asked, tell: Tell) -> tuple[Any, str, Result]:
    """The recipe asked for; or the built-in one that fits; or a draft. With the reason."""
    from clustomer.drafting import look_at, recipe_of, settle
    from clustomer.recipe.load import load_recipe
    from clustomer.suggest import suggest_recipe

    if asked["recipe"] is not None:
        return asked["recipe"], "", {}
    if not asked.get("draft"):
        try:
            suggestion = suggest_recipe(data)
        except DataError:
            # No built-in recipe fits: what the columns are is guessed instead, and told.
            tell("guess what the columns are")
        else:
            name = suggestion.recipe
            return {"base": name, "name": name}, suggestion.says, {}
    roles = {
        (table, column): role
        for table, columns in asked.get("roles", {}).items()
        for column, role in columns.items()
    }
    draft = settle(look_at(data, tell), roles)
    told: Result = {
        "tables": {
            table.name: {
                "source": table.source,
                "place": f"{table.place.role}: {table.place.reason}",
                "columns": [
                    {
                        "column": one.source,
                        "name": one.name,
                        "role": one.role,
                        "sure": one.confidence,
                        "reason": one.reason,
                    }
                    for one in table.columns
                ],
            }
            for table in draft.tables
        },
        "joins": [
            f"{one.table}.{one.column} is found in {one.to}.{one.key}: "
            f"{percent(one.matched, 1)} of rows"
            for one in draft.joins
        ],
        "aside": [f"{name}: {why}" for name, why in draft.aside.items()],
        "needs": list(draft.needs),
    }
    settings = load_recipe(recipe_of(draft)).model_dump(mode="json")
    return settings, "What the columns are was guessed from names and values.", told


def _decisions(asked: Asked) -> tuple[Decision, ...]:
    from clustomer.cleaning.decisions import read_decisions

    file = Path(str(asked.get("decisions", "")))
    return read_decisions(file) if file.is_file() else ()


def _account(one: Account) -> dict[str, object]:
    return {
        "table": one.table,
        "source": one.source,
        "read": one.read,
        "used": one.used,
        "reasons": one.reasons,
    }


def fit(asked: Asked, folder: Path, tell: Tell) -> Result:  # noqa: ARG001
    """Fit a run and save it."""
    from clustomer.fitting import fit as fit_run

    previous = asked.get("previous")
    run = fit_run(
        Path(str(asked["data"])),
        asked["recipe"],
        k=_number(asked.get("k")),
        decisions=_decisions(asked),
        previous=Path(str(previous)) if previous else None,
        tell=tell,
    )
    tell("write the report")
    run.save(Path(str(asked["out"])))
    return {"k": run.choice.k, "customers": run.customers.num_rows}


def _number(k: object) -> int | Literal["auto"] | None:
    if k == "auto":
        return "auto"
    return k if isinstance(k, int) else None


def score(asked: Asked, folder: Path, tell: Tell) -> Result:
    """Place the customers of uploaded tables with the model of a run."""
    from clustomer.scoring import score as score_tables
    from clustomer.scoring import segment_mix, write_scored
    from clustomer.store import load_model

    model = load_model(Path(str(asked["run"])))
    scored = score_tables(model, Path(str(asked["data"])), tell=tell)
    write_scored(scored, folder / "placed.parquet", features=True)
    return {
        "mix": [list(one) for one in segment_mix(scored, model)],
        "customers": scored.customers.num_rows,
        "findings": [asdict(finding) for finding in scored.findings],
        "accounts": [_account(one) for one in scored.intake.accounts],
    }


def adopt(asked: Asked, folder: Path, tell: Tell) -> Result:  # noqa: ARG001
    """Check a run that came from elsewhere, and write its tables anew by our own hand."""
    import pyarrow.parquet as pq

    from clustomer.outputs import REPORT
    from clustomer.runs import CUSTOMERS, ORDERS, orders_of, read_run

    tell("check the run")
    run = read_run(Path(str(asked["run"])))
    orders = orders_of(run)
    tell("keep its tables")
    # A page from elsewhere may hold scripts; its figures are in the files that are kept.
    (run.folder / REPORT).unlink(missing_ok=True)
    pq.write_table(run.customers.replace_schema_metadata(None), run.folder / CUSTOMERS)
    if orders is not None:
        pq.write_table(orders.replace_schema_metadata(None), run.folder / ORDERS)
    run.folder.rename(Path(str(asked["out"])))
    return {"k": run.k, "customers": run.customers.num_rows}


KINDS: Final[Mapping[str, Callable[[Asked, Path, Tell], Result]]] = {
    "look": look,
    "fit": fit,
    "score": score,
    "adopt": adopt,
}

if __name__ == "__main__":
    main()
