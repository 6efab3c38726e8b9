"""The independent count of records, and where given records stand."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from clustomer.tables import window
from clustomer.tables.dialect import detect
from clustomer.tables.records import census, fetch_lines, locate

TEXT = 'a,b\r\n1,x\r\n\r\n2,"y\ny\r\n\r\n"\r\n3,"say ""z"""\r\n4,'


@pytest.fixture(params=[3, 8, 1 << 20])
def path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(window, "CHUNK", request.param)
    path = tmp_path / "t.csv"
    path.write_bytes(TEXT.encode())
    return path


def test_records_are_counted_and_hashed_in_one_pass(path: Path) -> None:
    digest = hashlib.sha256()
    found = census(path, detect(path), digest)
    assert (found.records, found.odd) == (4, "")
    assert digest.digest() == hashlib.sha256(TEXT.encode()).digest()


def test_records_are_found_by_their_position(path: Path) -> None:
    lines, spans, texts = locate(path, detect(path), [0, 1, 2, 3])
    assert lines.tolist() == [2, 4, 8, 9]
    assert spans.tolist() == [1, 4, 1, 1]
    assert texts == fetch_lines(path, lines, spans)
    assert locate(path, detect(path), [1])[0].tolist() == [4]
    with pytest.raises(IndexError, match="row 4 of a file with 4 records"):
        locate(path, detect(path), [2, 4])


def test_lines_are_fetched_as_they_stand(path: Path) -> None:
    texts = fetch_lines(path, np.array([1, 4, 9]), np.array([1, 4, 1]))
    assert texts == [b"a,b", b'2,"y\ny\r\n\r\n"', b"4,"]
    with pytest.raises(IndexError, match="line 10 is beyond"):
        fetch_lines(path, np.array([9]), np.array([2]))


@pytest.mark.parametrize(
    ("rest", "odd"),
    [
        (b"3\0,4\n", "a NUL character"),
        (b"3\xff,4\n", "bytes that are not UTF-8"),
        (b'"3,4\n5,6\n', "a quote that is not closed, or stands where none belongs"),
        (b'3" pipe,"4"\n', "a quote that is not closed, or stands where none belongs"),
        (b"3,4\r\n", "mixed line ends"),
        (b'"' + b"x" * (5 << 20) + b'",4\n', "a record of great length"),
    ],
)
def test_whatever_is_odd_is_said(tmp_path: Path, rest: bytes, odd: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"a,b\n1,2\n" + rest)
    assert census(path, detect(path)).odd == odd
