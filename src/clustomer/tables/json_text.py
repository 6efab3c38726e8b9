"""JSON: one object a line, or one list of objects. Each object is a row.

An object inside an object becomes columns with dotted names (``address.city``), a list becomes a
text of JSON. A key that an object lacks is a blank, for exporters leave out what is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import numpy as np

from clustomer.errors import DataError, listed
from clustomer.tables.dialect import check_names
from clustomer.tables.made import Aside, Made, table_of, typed
from clustomer.tables.window import Sink, Window

if TYPE_CHECKING:
    import pyarrow as pa

NOT_JSON: Final = "not JSON"
NO_OBJECT: Final = "JSON, but not an object with names and values"
TWICE: Final = "a name that stands twice in one object"
BYTES: Final = "bytes that are not UTF-8"
INFINITE: Final = "a number that is infinite"

BATCH: Final = 20_000
_BOM: Final = b"\xef\xbb\xbf"
_DEEPEST: Final = 20

Row = dict[str, object]
Record = tuple[int, Row | str, bytes]
"""Line of a record, its values or the reason why it has none, and its bytes."""


def read_json(path: Path, name: str, sink: Sink | None = None) -> Made:
    """Read a file of JSON lines, or of one list of objects.

    Parameters
    ----------
    path
        The text, UTF-8.
    name
        What messages call the file.
    sink
        Sees every byte of the file, in order.

    Raises
    ------
    DataError
        When it is neither, holds no rows, or none that can be used.
    """
    with path.open("rb") as file:
        start = file.read(1 << 16).removeprefix(_BOM).lstrip()
    if not start:
        raise DataError(f"{name} is empty.", remedy="give a file with one JSON object a line")
    whole = start.startswith(b"[")
    records = _listed_records(path, name, sink) if whole else _line_records(path, sink)
    batches: list[dict[str, pa.Array]] = []
    rows: list[Row] = []
    sizes: list[int] = []
    lines: list[int] = []
    aside: list[Aside] = []
    for line, values, raw in records:
        if isinstance(values, str):
            aside.append(Aside(line, values, raw.decode("utf-8", "surrogateescape")))
            continue
        rows.append(values)
        lines.append(line)
        if len(rows) == BATCH:
            batches.append(_columns(rows))
            sizes.append(len(rows))
            rows = []
    batches.append(_columns(rows))
    sizes.append(len(rows))
    if not lines:
        _refuse_all(name, aside, whole=whole)
    table = table_of(batches, sizes)
    names = check_names(name, table.column_names)
    if not names:
        raise DataError(f"{name}: its objects have no names and values.")
    read_as = "JSON list" if whole else "JSON lines"
    return Made(
        table.rename_columns(list(names)), np.asarray(lines, np.int64), read_as, tuple(aside)
    )


def json_columns(start: bytes, name: str) -> tuple[str, ...]:
    """Return the columns that the first rows of a JSON file have.

    Parameters
    ----------
    start
        The first bytes of the file.

    Raises
    ------
    DataError
        When no row is found there.
    """
    text = start.removeprefix(_BOM).lstrip()
    if text.startswith(b"["):
        found = [values for _, values, _ in _elements(text, name, torn=True)]
    else:
        found = [_row(line) for line in text.splitlines()]
    rows = [row for row in found if not isinstance(row, str)]
    names = list(dict.fromkeys(key for row in rows for key in row))
    if not names:
        raise DataError(
            f"{name} holds no rows of JSON.",
            found=text[:80].decode("utf-8", "replace") or "an empty file",
            remedy='give one object a line: {"customer_id": 1, ...}',
        )
    return check_names(name, names)


def _line_records(path: Path, sink: Sink | None) -> Iterator[Record]:
    with path.open("rb") as file:
        window = Window(file, 1, sink)
        used = 0
        while window.advance(used):
            used = window.starts.size
            for at, (start, end) in enumerate(
                zip(window.starts.tolist(), window.ends.tolist(), strict=True)
            ):
                raw = window.data[start:end]
                line = window.line + at
                if line == 1:
                    raw = raw.removeprefix(_BOM)
                if raw.strip():
                    yield line, _row(raw), raw


def _listed_records(path: Path, name: str, sink: Sink | None) -> Iterator[Record]:
    text = path.read_bytes()
    if sink is not None:
        sink.update(text)
    return _elements(text, name)


def _elements(text: bytes, name: str, *, torn: bool = False) -> Iterator[Record]:
    """The elements of a JSON list; of a torn one those before the tear."""
    decoded = text.removeprefix(_BOM).decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant)
    at = decoded.index("[") + 1
    line, counted = 1, 0
    while True:
        at = _past(decoded, at, " \t\r\n")
        if at >= len(decoded) or decoded[at] == "]":
            break
        line += decoded.count("\n", counted, at)
        counted = at
        try:
            value, end = decoder.raw_decode(decoded, at)
        except (ValueError, RecursionError) as error:
            if torn:
                return
            _refuse_list(name, line, error)
        raw = decoded[at:end].encode("utf-8", "surrogateescape")
        yield line, _flat_or_reason(value, raw), raw
        at = _past(decoded, end, " \t\r\n")
        if decoded[at : at + 1] == ",":
            at += 1
        elif decoded[at : at + 1] != "]":
            if torn:
                return
            _refuse_list(name, line, None)
    if decoded[at : at + 1] != "]" and not torn:
        _refuse_list(name, line, None)


def _past(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _row(raw: bytes) -> Row | str:
    """The values of one line, or why it has none."""
    try:
        value = json.loads(raw.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError:
        return BYTES
    except (ValueError, RecursionError):
        return NOT_JSON
    return _flat_or_reason(value, raw)


def _flat_or_reason(value: object, raw: bytes) -> Row | str:
    if not isinstance(value, _Object):
        return NO_OBJECT
    try:
        raw.decode("utf-8")
        row: Row = {}
        _flatten(value, "", row, 0)
    except UnicodeDecodeError:
        return BYTES
    except _UnfitError as unfit:
        return str(unfit)
    return row


class _Object(list[tuple[str, object]]):
    """An object as its pairs, so that a name that stands twice is seen."""


class _UnfitError(Exception):
    """A row that cannot be used; carries the reason."""


def _object(pairs: list[tuple[str, object]]) -> _Object:
    return _Object(pairs)


def _constant(word: str) -> float:
    return float(word.replace("Infinity", "inf"))


def _flatten(pairs: _Object, before: str, row: Row, depth: int) -> None:
    for key, value in pairs:
        name = before + key
        if isinstance(value, _Object) and value and depth < _DEEPEST:
            _flatten(value, f"{name}.", row, depth + 1)
            continue
        if name in row:
            raise _UnfitError(TWICE)
        if isinstance(value, float) and value in {float("inf"), float("-inf")}:
            raise _UnfitError(INFINITE)
        row[name] = _as_json(value) if isinstance(value, list) else value


def _as_json(value: list[object]) -> str:
    return json.dumps(_as_dicts(value), ensure_ascii=False, separators=(", ", ": "))


def _as_dicts(value: object) -> object:
    if isinstance(value, _Object):
        return {key: _as_dicts(one) for key, one in value}
    return [_as_dicts(one) for one in value] if isinstance(value, list) else value


def _columns(rows: list[Row]) -> dict[str, pa.Array]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: typed([row.get(name) for row in rows]) for name in names}


def _refuse_all(name: str, aside: list[Aside], *, whole: bool) -> NoReturn:
    if not aside:
        raise DataError(f"{name} holds no rows.", found="an empty list")
    first = aside[0]
    raise DataError(
        f"{name}: none of its {len(aside)} {'elements' if whole else 'lines'} can be used.",
        found=f"line {first.line}: {first.reason}: {listed([first.raw[:80]])}",
        remedy='give one object a line: {"customer_id": 1, ...}',
    )


def _refuse_list(name: str, line: int, error: Exception | None) -> NoReturn:
    raise DataError(
        f"{name}: its list is broken after line {line}.",
        found=str(error) if error else "something other than a comma between two objects",
        remedy="export it again, best with one object a line (JSON lines)",
    ) from error
