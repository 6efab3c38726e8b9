"""Bad input: one clear message, exit code 2, no traceback, nothing half-written."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import clustomer

Refuse = Callable[..., str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    clustomer.write_demo(folder, customers=120, seed=1)
    return folder


@pytest.fixture(scope="module")
def run_folder(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    clustomer.fit(demo, recipe="retail", k=3).save(out)
    return out


@pytest.fixture
def refused(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """Run the command line in this process and return its error message."""
    from clustomer.cli import main

    def run(*arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["clustomer", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        assert stop.value.code == 2
        shown = capfd.readouterr()
        assert "Traceback" not in shown.err + shown.out
        return shown.err

    return run


def untouched(folder: Path) -> bool:
    return not any(folder.iterdir())


def lines(**columns: list[object]) -> pa.Table:
    return pa.table(columns)


def test_a_name_cannot_command_the_terminal(
    refused: Refuse, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from clustomer.cli.screen import console

    file = tmp_path / "lines.csv"
    file.write_text("\x1b]0;mine\x07id,order_date\nC1,2025-01-01\n")
    text = refused("fit", file, "--recipe", "transactions", "--out", tmp_path / "out")
    assert "\x1b" not in text
    assert "]0;mine" in text
    capfd.readouterr()
    console().print("sehr gut\x1b[31m\u00e4\x9b\n\t1", markup=False)
    assert capfd.readouterr().out.split() == ["sehr", "gut\ufffd[31m\u00e4\ufffd", "1"]


def test_no_such_file(refused: Refuse, tmp_path: Path) -> None:
    text = refused("fit", tmp_path / "nothing", "--recipe", "retail", "--out", tmp_path / "out")
    assert "nothing" in text
    assert untouched(tmp_path)


def test_empty_file(refused: Refuse, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text("")
    text = refused("fit", file, "--recipe", "transactions", "--out", tmp_path / "out")
    assert "lines.csv" in text
    assert "empty" in text
    assert not (tmp_path / "out").exists()


def test_missing_column(refused: Refuse, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text("customer_id,order_date,quantity,unit_prce\nC1,2025-01-01,1,2.5\n")
    text = refused("fit", file, "--recipe", "transactions", "--out", tmp_path / "out")
    assert "lines.csv" in text
    assert "unit_price" in text
    assert "unit_prce" in text


def test_all_blank(refused: Refuse, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text("customer_id,order_date,quantity,unit_price\n" + ",,,\n" * 20)
    text = refused("fit", file, "--recipe", "transactions", "--out", tmp_path / "out")
    assert "No order line is a sale" in text


def test_one_customer(refused: Refuse, tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(
        "customer_id,order_date,quantity,unit_price\nC1,2025-01-01,1,2.5\nC1,2025-02-01,1,3.5\n"
    )
    text = refused("fit", file, "--recipe", "transactions", "--out", tmp_path / "out")
    assert "too few customers" in text


def test_k_above_the_customers(refused: Refuse, tmp_path: Path) -> None:
    file = tmp_path / "lines.parquet"
    pq.write_table(
        pa.table(
            {
                "customer_id": ["C1", "C2", "C3"],
                "order_date": ["2025-01-01", "2025-02-01", "2025-03-01"],
                "quantity": [1, 2, 3],
                "unit_price": [1.0, 5.0, 9.0],
            }
        ),
        file,
    )
    text = refused("fit", file, "--recipe", "transactions", "--k", "9", "--out", tmp_path / "out")
    assert "k is 9, but there are only 3 customers" in text


@pytest.mark.parametrize("k", ["1", "0", "-3", "three", "2.5"])
def test_senseless_k(refused: Refuse, demo: Path, tmp_path: Path, k: str) -> None:
    text = refused("fit", demo, "--recipe", "retail", f"--k={k}", "--out", tmp_path / "out")
    assert "--k must be a whole number of at least 2, or auto" in text


def test_unwritable_out(refused: Refuse, demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    text = refused("fit", demo, "--recipe", "retail", "--out", file / "out")
    assert "cannot be written" in text
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_out_is_a_file(refused: Refuse, demo: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x")
    text = refused("fit", demo, "--recipe", "retail", "--out", file)
    assert "is a file; a run needs a folder" in text


def test_an_earlier_run_is_refused_without_overwrite(
    refused: Refuse, demo: Path, run_folder: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")}
    text = refused("fit", demo, "--recipe", "retail", "--out", run_folder)
    assert "holds an earlier run" in text
    assert "--overwrite" in text
    assert {path: path.stat().st_mtime_ns for path in run_folder.rglob("*")} == before


def test_a_folder_of_something_else_is_refused_even_with_overwrite(
    refused: Refuse, demo: Path, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("dear")
    text = refused("fit", demo, "--recipe", "retail", "--out", tmp_path, "--overwrite")
    assert "is not empty and holds no run of clustomer" in text
    assert (tmp_path / "thesis.txt").read_text() == "dear"


def test_truncated_bundle(refused: Refuse, demo: Path, run_folder: Path, tmp_path: Path) -> None:
    import shutil

    model = tmp_path / "model"
    shutil.copytree(run_folder / "model", model)
    part = max((model / "parts").iterdir(), key=lambda path: path.stat().st_size)
    part.write_bytes(part.read_bytes()[:-10])
    text = refused("score", model, demo, "--out", tmp_path / "placed.csv")
    assert "model" in text
    assert not (tmp_path / "placed.csv").exists()


def test_no_model(refused: Refuse, demo: Path, tmp_path: Path) -> None:
    text = refused("score", tmp_path / "none", demo, "--out", tmp_path / "placed.csv")
    assert "none" in text


def test_score_with_a_missing_column(refused: Refuse, run_folder: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "sales.csv").write_text("order_id,customer_id\nO1,C1\n")
    text = refused("score", run_folder, data, "--out", tmp_path / "placed.csv")
    assert "sales.csv" in text or "sales" in text


@pytest.mark.parametrize(
    ("name", "expected"),
    [("placed.xlsx", "does not say in which format"), ("no/placed.csv", "does not exist")],
)
def test_senseless_score_file(
    refused: Refuse, demo: Path, run_folder: Path, tmp_path: Path, name: str, expected: str
) -> None:
    assert expected in refused("score", run_folder, demo, "--out", tmp_path / name)


def test_unknown_export(refused: Refuse, run_folder: Path) -> None:
    text = refused("export", run_folder, "--to", "pikle")
    assert "did you mean 'pickle'?" in text


def test_no_recipe_fits(refused: Refuse, tmp_path: Path) -> None:
    file = tmp_path / "weather.csv"
    file.write_text("day,rain\n2025-01-01,3\n")
    text = refused("fit", file, "--out", tmp_path / "out")
    assert "No built-in recipe fits these tables." in text
    for name in ("retail", "credit-card", "transactions"):
        assert name in text


@pytest.mark.parametrize(
    "words",
    [
        ("fit", "data", "--as-of", "yesterday", "--out", "out"),
        ("score", "model", "data", "--as-of", "2025-02-30", "--out", "out.csv"),
        ("validate", "data", "--until", "30.06.2025"),
    ],
)
def test_a_day_that_is_none_is_told(refused: Refuse, words: tuple[str, ...]) -> None:
    option = next(word for word in words if word in ("--as-of", "--until"))
    text = refused(*words)
    assert f"Error: {option} must be a day such as 2025-06-30." in text
    assert f"To do: correct {option}" in text


@pytest.mark.parametrize("words", [("explain", "{}", "C1"), ("score", "{}", "d", "--out", "a.csv")])
def test_a_folder_without_a_model_is_told(
    refused: Refuse, tmp_path: Path, words: tuple[str, ...]
) -> None:
    text = refused(*(word.format(tmp_path) for word in words))
    assert "To do: give the OUT of a fit, or the folder 'model' in it" in text


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['clustomer', '--help']\n"
        "from clustomer.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pyarrow', 'duckdb', 'sklearn', 'matplotlib', 'pandas', 'pydantic'}\n"
        "sys.exit(len(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_such_file_without_a_recipe_is_told_once(refused: Refuse, tmp_path: Path) -> None:
    text = refused("fit", tmp_path / "nothing", "--out", tmp_path / "out")
    assert text.startswith("Error: There is no file or folder")
    assert "built-in recipe" not in text


def test_what_each_recipe_lacks_stands_in_a_line_of_its_own(
    refused: Refuse, tmp_path: Path
) -> None:
    file = tmp_path / "truth.csv"
    file.write_text("customer_id,segment\nC1,1\nC2,2\n")
    text = refused("fit", file, "--out", tmp_path / "out")
    assert "\n         transactions (one table of order lines" in text
    assert "truth.csv has no column" in text


def test_a_device_is_no_folder(refused: Refuse, demo: Path) -> None:
    assert "is a file; a run needs a folder" in refused("fit", demo, "--out", "/dev/null")


def test_lines_that_are_no_sales_are_counted(tmp_path: Path) -> None:
    table = lines(
        customer_id=["A", "B", "C"],
        order_date=["2025-01-01"] * 3,
        quantity=[-2, -1, None],
        unit_price=[2.0, 3.0, 4.0],
    )
    with pytest.raises(clustomer.ClustomerError) as caught:
        clustomer.fit(table, recipe="transactions")
    assert "quantity filled in 2 (-2 to -1)" in str(caught.value)
    assert "customer_id filled in 3" in str(caught.value)


def test_a_text_is_no_amount(refused: Refuse, demo: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "shop.toml"
    recipe.write_text('base = "retail"\n[lines]\namount = "\'abc\'"\n')
    text = refused("fit", demo, "--recipe", recipe, "--out", tmp_path / "out")
    assert "not valid SQL over the order lines: cast('abc' AS double)" in text


def test_an_open_date_does_not_make_everybody_lapsed() -> None:
    days = [f"2025-{1 + at % 6:02}-{1 + at % 28:02}" for at in range(400)]
    days[7] = "9999-12-31"
    table = lines(
        customer_id=[f"C{at % 40}" for at in range(400)],
        order_date=list[object](days),
        quantity=[1 + at % 7 for at in range(400)],
        unit_price=[5.0] * 400,
    )
    run = clustomer.fit(table, recipe="transactions", k=2)
    assert str(run.model.learnt.as_of) == "2025-06-29 00:00:00"
    (account,) = run.intake.accounts
    assert (account.read, account.used) == (400, 399)
    assert {"implausible-date", "after-as-of"} <= {one.code for one in run.findings}
    every = table.set_column(1, "order_date", pa.array(["9999-12-31"] * 400))
    with pytest.raises(clustomer.ClustomerError, match="the last date there is"):
        clustomer.fit(every, recipe="transactions", k=2)


def test_a_reader_that_has_seen_enough_is_no_error(run_folder: Path) -> None:
    shell = f"{sys.executable} -m clustomer audit '{run_folder}' --all | head -1"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert done.stdout


@pytest.mark.parametrize("stops", [KeyboardInterrupt(), RuntimeError("Query interrupted")])
def test_ctrl_c_is_no_traceback(
    stops: BaseException, monkeypatch: pytest.MonkeyPatch, demo: Path, tmp_path: Path
) -> None:
    from clustomer.cli import main

    def stop(*_: object, **__: object) -> None:
        raise stops

    monkeypatch.setattr("clustomer.fitting.fit", stop)
    monkeypatch.setattr(sys, "argv", ["clustomer", "fit", str(demo), "--out", str(tmp_path / "o")])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 130
