"""The bundle: what was written comes back, or a clear refusal; never half of anything."""

from __future__ import annotations

import errno
import hashlib
import json
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clustomer import bundle
from clustomer.bundle import Bundle, read_bundle, write_bundle
from clustomer.errors import BundleError, OutputError
from clustomer.manifest import JsonValue, json_bytes

OLD: dict[str, JsonValue] = {"recipe": {"k": 3}, "same": [1, 2.5]}
NEW: dict[str, JsonValue] = {"recipe": {"k": 4}, "same": [1, 2.5], "more": "x"}
ABOUT = {"clustomer": "0.1.0"}


def save(folder: Path, documents: dict[str, JsonValue], blob: bytes = b"tree") -> None:
    write_bundle(folder, documents, {"classifier.skops": blob}, about=ABOUT)


def every_file(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def restate(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest and sum it up again, as whoever makes a bundle by hand can."""
    path = folder / "bundle.json"
    fields = json.loads(path.read_text())
    del fields["sha256"]
    change(fields)
    body = json_bytes(fields, indent=1)
    fields["sha256"] = hashlib.sha256(body).hexdigest()
    path.write_bytes(json_bytes(fields, indent=1))


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    save(tmp_path / "a" / "model", OLD)
    assert read_bundle(str(tmp_path / "a" / "model")) == Bundle(
        OLD, {"classifier.skops": b"tree"}, ABOUT
    )


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@settings(max_examples=30, deadline=None)
@given(value=json_values)
def test_values_survive_exactly(value: JsonValue, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(folder, {"value": value}, {}, about={})
    again = read_bundle(folder).documents["value"]
    assert repr(again) == repr(value) or again == value
    if isinstance(value, float):
        assert isinstance(again, float)
        assert math.copysign(1, again) == math.copysign(1, value)


def test_the_same_content_gives_the_same_bytes(tmp_path: Path) -> None:
    save(tmp_path / "a", OLD)
    save(tmp_path / "b", dict(reversed(OLD.items())))
    assert every_file(tmp_path / "a") == every_file(tmp_path / "b")


def test_a_save_replaces_the_bundle_and_removes_what_is_stale(tmp_path: Path) -> None:
    save(tmp_path, OLD)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "parts" / "mine.json").write_text("{}")
    save(tmp_path, NEW, b"other tree")
    assert read_bundle(tmp_path).documents == NEW
    names = [name.split(".")[0] for name in every_file(tmp_path)]
    assert names == [
        "bundle",
        "notes",
        *(f"parts{os.sep}{n}" for n in ("classifier", "mine", "more", "recipe", "same")),
    ]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), [1.0, -float("inf")]])
def test_numbers_that_json_cannot_say_are_refused(tmp_path: Path, value: JsonValue) -> None:
    with pytest.raises(OutputError, match="The part 'centroids' of the model holds a number"):
        write_bundle(tmp_path / "model", {"centroids": value}, {}, about={})
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "a.b.c", "a\\b", "x\n", "a" * 200])
def test_names_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a blob"):
        write_bundle(tmp_path, {}, {name: b""}, about={})


def test_no_bundle_is_told_plainly(tmp_path: Path) -> None:
    with pytest.raises(BundleError) as missing:
        read_bundle(tmp_path / "none")
    assert str(missing.value) == (
        f"There is no saved model at '{tmp_path / 'none'}'.\n"
        "  Found: no such folder\n"
        "  To do: give the OUT of a fit, or the folder 'model' in it"
    )
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match="Found: a file"):
        read_bundle(tmp_path / "file")
    with pytest.raises(BundleError, match=r"no file 'bundle\.json' in it"):
        read_bundle(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "null", '{"format": "zip"}', "[" * 100_000])
def test_another_bundle_json_is_not_a_bundle(tmp_path: Path, text: str) -> None:
    (tmp_path / "bundle.json").write_text(text)
    with pytest.raises(BundleError, match=r"is not a saved model|is damaged"):
        read_bundle(tmp_path)


def test_one_flipped_bit_anywhere_is_refused(tmp_path: Path) -> None:
    write_bundle(tmp_path, {"d": {"k": 0.25}}, {"b.bin": bytes(range(20))}, about=ABOUT)
    before = read_bundle(tmp_path)
    for name, data in every_file(tmp_path).items():
        for place in range(len(data)):
            for bit in range(8) if name != "bundle.json" else ((place * 3) % 8,):
                flipped = bytearray(data)
                flipped[place] ^= 1 << bit
                (tmp_path / name).write_bytes(flipped)
                with pytest.raises(BundleError):
                    read_bundle(tmp_path)
        (tmp_path / name).write_bytes(data)
    assert read_bundle(tmp_path) == before


def test_truncated_and_missing_parts_are_named(tmp_path: Path) -> None:
    save(tmp_path, OLD)
    (part,) = (tmp_path / "parts").glob("classifier.*")
    part.write_bytes(b"tre")
    with pytest.raises(BundleError, match="has 3 bytes instead of 4") as damaged:
        read_bundle(tmp_path)
    assert "fit it anew" in str(damaged.value)
    part.unlink()
    with pytest.raises(BundleError, match=rf"'{part.name}' is missing"):
        read_bundle(tmp_path)


@pytest.mark.parametrize("length", [0, 1, 40, -1])
def test_a_truncated_manifest_is_refused(tmp_path: Path, length: int) -> None:
    save(tmp_path, OLD)
    manifest = tmp_path / "bundle.json"
    manifest.write_bytes(manifest.read_bytes()[:length])
    with pytest.raises(BundleError, match="is damaged"):
        read_bundle(tmp_path)


def test_another_major_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    save(tmp_path, OLD)
    restate(tmp_path, lambda fields: fields.update(schema="2.0"))
    with pytest.raises(
        BundleError, match=r"bundle schema 2\.0; this release reads 1\.x"
    ) as refused:
        read_bundle(tmp_path)
    assert refused.value.remedy.startswith("load it with the release that wrote it")


def test_a_later_minor_version_is_read(tmp_path: Path) -> None:
    save(tmp_path, OLD)
    restate(tmp_path, lambda fields: fields.update(schema="1.9", extra="later"))
    assert read_bundle(tmp_path).documents == OLD


@pytest.mark.parametrize(
    "file", ["../secret.txt", "/etc/hosts", "..", "recipe.json", "a/b.0123456789abcdef.json", ""]
)
def test_a_manifest_cannot_point_out_of_the_folder(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "model"
    secret = b"secret"
    (tmp_path / "secret.txt").write_bytes(secret)
    save(folder, OLD)
    stated = {"file": file, "sha256": hashlib.sha256(secret).hexdigest(), "size": len(secret)}
    restate(folder, lambda fields: fields["parts"][0].update(stated))
    with pytest.raises(BundleError, match="names something that a bundle cannot hold"):
        read_bundle(folder)


@pytest.mark.parametrize("linked", ["part", "folder"])
def test_links_are_not_followed_out_of_the_folder(tmp_path: Path, linked: str) -> None:
    folder = tmp_path / "model"
    save(folder, OLD)
    path = folder / "parts"
    if linked == "part":
        (path,) = path.glob("classifier.*")
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BundleError, match="is not a plain file of this folder"):
        read_bundle(folder)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields.pop("parts"),
        lambda fields: fields.update(parts=[3]),
        lambda fields: fields["parts"][0].pop("size"),
        lambda fields: fields["parts"][0].update(kind="pickle"),
        lambda fields: fields.update(about=None),
        lambda fields: fields.update(schema="one"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    save(tmp_path, OLD)
    restate(tmp_path, change)
    with pytest.raises(BundleError, match="is damaged"):
        read_bundle(tmp_path)


class Killed(BaseException):
    """Ends a save at once, as the end of the process would: nothing is tidied up after it."""


@pytest.fixture
def fail_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, BaseException], list[str]]:
    """Make the n-th of a save's effects on the disk fail; the list names those that were tried."""

    def arm(nth: int, error: BaseException) -> list[str]:
        tried: list[str] = []

        def wrap(owner: object, name: str) -> None:
            real = getattr(owner, name)

            def effect(*given: Any, **named: Any) -> Any:
                tried.append(name)
                if len(tried) == nth or (len(tried) > nth and isinstance(error, Killed)):
                    raise error
                return real(*given, **named)

            monkeypatch.setattr(owner, name, effect)

        wrap(os, "replace")
        wrap(os, "fsync")
        wrap(Path, "open")
        wrap(Path, "unlink")
        wrap(Path, "mkdir")
        return tried

    return arm


STEPS = tuple(range(1, 26))


@pytest.mark.parametrize("nth", STEPS)
@pytest.mark.parametrize("old", [True, False])
def test_a_kill_at_any_moment_leaves_the_old_or_the_new(
    tmp_path: Path,
    fail_at: Callable[[int, BaseException], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    nth: int,
    old: bool,
) -> None:
    folder = tmp_path / "model"
    if old:
        save(folder, OLD)
    tried = fail_at(nth, Killed())
    killed = False
    try:
        save(folder, NEW, b"other tree")
    except Killed:
        killed = True
    monkeypatch.undo()
    assert killed == (len(tried) >= nth)
    if not killed:
        assert read_bundle(folder).documents == NEW
    elif old:
        assert read_bundle(folder).documents in (OLD, NEW)
    elif (folder / "bundle.json").exists():
        assert read_bundle(folder).documents == NEW
    save(folder, OLD)
    assert read_bundle(folder).documents == OLD
    assert len(every_file(folder)) == 4


@pytest.mark.parametrize("nth", STEPS)
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES])
def test_an_error_at_any_moment_is_told_and_leaves_nothing_half_written(
    tmp_path: Path,
    fail_at: Callable[[int, BaseException], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    nth: int,
    code: int,
) -> None:
    save(tmp_path, OLD)
    before = every_file(tmp_path)
    tried = fail_at(nth, OSError(code, os.strerror(code)))
    refused = None
    try:
        save(tmp_path, NEW, b"other tree")
    except OutputError as error:
        refused = error
    monkeypatch.undo()
    found = read_bundle(tmp_path).documents
    if refused is None:
        # What comes after the manifest is the tidying up, which may wait for the next save.
        assert found == NEW
        assert len(tried) < nth or tried[nth - 1] in ("open", "unlink")
    else:
        assert refused.found == os.strerror(code)
        assert found == NEW or every_file(tmp_path) == before


def test_a_first_save_that_fails_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError) as refused:
        save(tmp_path / "model", OLD)
    assert str(refused.value) == (
        f"The model cannot be saved to '{tmp_path / 'model'}'.\n"
        "  Found: No space left on device\n"
        "  To do: give a folder that may be written and has room; "
        "a model saved there before is untouched"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("mine")
    with pytest.raises(OutputError, match="cannot be saved"):
        save(tmp_path / "model", OLD)
    assert (tmp_path / "model").read_text() == "mine"


def test_two_cannot_save_to_one_folder_at_once(tmp_path: Path) -> None:
    pytest.importorskip("fcntl", reason="no file locks on this system")
    save(tmp_path, OLD)
    with (
        bundle._only_writer(tmp_path),
        pytest.raises(OutputError, match="another process is saving there"),
    ):
        save(tmp_path, NEW)
    assert read_bundle(tmp_path).documents == OLD


def test_a_reader_that_a_save_overtakes_reads_the_new_bundle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tmp_path, OLD)
    real = bundle._read_part
    overtaken: list[bool] = []

    def overtake(folder: Path, part: Any) -> bytes:
        if not overtaken:
            overtaken.append(True)
            save(tmp_path, NEW, b"other tree")
        return real(folder, part)

    monkeypatch.setattr(bundle, "_read_part", overtake)
    assert read_bundle(tmp_path).documents == NEW
