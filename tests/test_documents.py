"""Document files: what is written can be read, and nothing else can."""

from __future__ import annotations

import errno
import io
import json
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.core.errors import DocumentError, ProxboxError
from proxbox_plan.documents import DOCUMENTS, read_any, read_document, write_document, write_text
from proxbox_plan.model.base import Document, digest_of
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.state import NodeInterface, State
from proxbox_plan.plan.drift import make_drift
from tests.builders import busy_plan, lint, outcome, state
from tests.plan.lab import lab, nic, node, vm

INVENTORY = Inventory.make(
    url="https://netbox.example.com",
    netbox_version="4.7.3",
    clusters=("lab",),
    kinds={"site": (Row(id=1, name="DC1"),)},
)
EVERY_KIND = [
    state(),
    INVENTORY,
    busy_plan(),
    outcome(*Result),
    make_drift(busy_plan(), "2026-11-21T07:30:00Z"),
    lint(),
]


@pytest.mark.parametrize("document", EVERY_KIND, ids=lambda document: document.KIND)
def test_what_is_written_is_read_back(document: Document, tmp_path: Path) -> None:
    """Every kind survives the way through a file, by name and by looking."""
    write_document(document, tmp_path / "file.json")
    assert read_document(tmp_path / "file.json", type(document)) == document
    assert read_any(tmp_path / "file.json") == document


def test_every_kind_of_document_is_tried_here() -> None:
    """A new kind of document needs its line above."""
    assert {document.KIND for document in EVERY_KIND} == set(DOCUMENTS)


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    """One trailing newline, sorted keys, no time stamp."""
    write_document(state(), tmp_path / "a.json")
    write_document(read_document(tmp_path / "a.json", State), tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert (tmp_path / "a.json").read_text().endswith("}\n")


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("document", [state(), INVENTORY, busy_plan(), outcome()])
def test_documents_are_for_their_owner_only(document: Document, tmp_path: Path) -> None:
    """Each holds names and notes; even when an older file of that name was open to all."""
    path = tmp_path / "file.json"
    path.touch(mode=0o666)
    before = os.umask(0o022)
    try:
        write_document(document, path)
    finally:
        os.umask(before)
    assert _mode(path) == 0o600


def test_the_umask_is_respected(tmp_path: Path) -> None:
    """A file for others is never more open than the user's umask says."""
    before = os.umask(0o077)
    try:
        write_text(tmp_path / "metrics.prom", "", private=False)
    finally:
        os.umask(before)
    assert _mode(tmp_path / "metrics.prom") == 0o600


def test_a_device_is_written_to_and_not_replaced() -> None:
    """`--out /dev/null` must not turn /dev/null into a file."""
    write_text("/dev/null", "{}")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_full_device_is_an_error() -> None:
    """The kernel's words, and no traceback."""
    with pytest.raises(DocumentError, match="/dev/full: cannot be written: no space left on device"):
        write_text("/dev/full", "{}")


@contextmanager
def _no_file_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_write_that_stops_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    """The old content is whole and no temporary file stays behind."""
    path = tmp_path / "state.json"
    path.write_text("old")
    with _no_file_larger_than(4096), pytest.raises(DocumentError) as caught:
        write_text(path, "x" * 100_000)
    assert caught.value.message == f"{path}: cannot be written: {os.strerror(errno.EFBIG).lower()}"
    assert "is unchanged" in caught.value.hint
    assert path.read_text() == "old"
    assert _names(tmp_path) == ["state.json"]


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    """On a real file system that is full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("needs root and the right to mount a tmpfs")
    try:
        (disk / "plan.json").write_text("old")
        with pytest.raises(DocumentError, match="no space left on device"):
            write_text(disk / "plan.json", "x" * 1_000_000, private=True)
        assert _names(disk) == ["plan.json"]
        assert (disk / "plan.json").read_text() == "old"
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize(
    ("place", "reason", "hint"),
    [
        ("missing/state.json", "no such file or directory", "Create its folder"),
        ("", "is a directory", "Name a file"),
        ("file/state.json", "not a directory", "Create its folder"),
    ],
)
def test_where_nothing_can_be_written(place: str, reason: str, hint: str, tmp_path: Path) -> None:
    """Each place that cannot hold a file is named, with the remedy."""
    (tmp_path / "file").touch()
    with pytest.raises(DocumentError, match=reason) as caught:
        write_text(tmp_path / place, "{}")
    assert hint in caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to(tmp_path: Path) -> None:
    """The remedy is another folder."""
    tmp_path.chmod(0o500)
    with pytest.raises(DocumentError, match="permission denied"):
        write_text(tmp_path / "state.json", "{}")


def test_text_that_is_no_unicode_is_refused(tmp_path: Path) -> None:
    """Half of a surrogate pair cannot be in a file."""
    with pytest.raises(DocumentError, match="not valid Unicode"):
        write_text(tmp_path / "state.json", "\ud800")
    assert _names(tmp_path) == []


def _sealed(**changes: Any) -> dict[str, Any]:
    """Return a state's file content with changes, under a digest that is right for them."""
    data = state().model_dump(mode="json") | changes
    content = {key: value for key, value in data.items() if key not in State.UNSEALED}
    return data | {"digest": digest_of(content)}


def _error(tmp_path: Path, content: bytes | dict[str, Any]) -> DocumentError:
    path = tmp_path / "state.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(DocumentError) as caught:
        read_document(path, State)
    assert str(path) in caught.value.message
    return caught.value


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Named, with a hint."""
    with pytest.raises(DocumentError, match="the file does not exist"):
        read_document(tmp_path / "state.json", State)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """Said in those words."""
    with pytest.raises(DocumentError, match="is a folder"):
        read_document(tmp_path, State)


def test_a_name_that_no_file_can_have() -> None:
    """A NUL in the name is an error like any other."""
    with pytest.raises(DocumentError, match="cannot be read"):
        read_document("a\0b", State)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe", "byte 1 is not UTF-8"),
        (b"hello", ":1:1: is not valid JSON"),
        (b'{"a": 1,}', ":1:9: is not valid JSON"),
        (b'{"a":\n {"b": [1, 2', "is truncated"),
        (b'{"a": "b', "is truncated"),
        (b"[1, 2]", "holds no object"),
        (b"3", "holds no object"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "a number that no document can hold"),
        (b"[" * 100_000, "nested too deeply"),
        (b"{}", "it declares no kind"),
        (b'{"kind": "recipe"}', 'its kind is "recipe"'),
        (b'{"kind": ["state"]}', 'its kind is ["state"]'),
        (b'{"kind": "state"}', "format_version is missing"),
        (b'{"kind": "state", "format_version": "one"}', "is not MAJOR.MINOR"),
        (b'{"kind": "state", "format_version": 1.0}', "is not MAJOR.MINOR"),
    ],
)
def test_files_that_are_no_documents(content: bytes, words: str, tmp_path: Path) -> None:
    """Each is refused in its own words."""
    assert words in _error(tmp_path, content).message


def test_a_truncated_document_says_where_it_ends(tmp_path: Path) -> None:
    """Wherever it is cut, the words for that are used."""
    whole = state().to_json().encode()
    for length in range(1, len(whole) - 2, 7):
        assert "is truncated" in _error(tmp_path, whole[:length]).message


def test_another_kind_of_document_says_what_it_is(tmp_path: Path) -> None:
    """And which command reads it."""
    error = _error(tmp_path, busy_plan().to_json().encode())
    assert "is a document of kind 'plan', not 'state'" in error.message
    assert "`proxbox apply` reads it" in error.hint


def test_a_newer_major_version_is_refused(tmp_path: Path) -> None:
    """Its fields may mean something else."""
    error = _error(tmp_path, _sealed(format_version="2.0"))
    assert "has format 2.0 of 'state', this version reads up to 1.x" in error.message
    assert "Upgrade proxbox-plan" in error.hint


def test_a_newer_minor_version_is_read(tmp_path: Path) -> None:
    """Fields we do not know are omitted, also deep inside."""
    clusters = state().model_dump(mode="json")["clusters"]
    clusters[0]["guests"][0]["color"] = "blue"
    path = tmp_path / "state.json"
    path.write_text(json.dumps(_sealed(format_version="1.99", clusters=clusters, mood="good")))
    assert read_document(path, State).clusters == state().clusters


def test_a_plan_of_a_newer_minor_version_is_refused(tmp_path: Path) -> None:
    """What this version would omit is part of what was reviewed; an outcome is only read, and may be newer."""
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(_resealed(busy_plan(), format_version="1.99", mood="good")))
    with pytest.raises(DocumentError, match=r"has format 1\.99 of 'plan', this version reads 1\.0") as refused:
        read_document(plan, Plan)
    assert "plan again with this version" in refused.value.hint
    path = tmp_path / "outcome.json"
    path.write_text(json.dumps(_resealed(outcome(), format_version="1.99", mood="good")))
    assert read_document(path, Outcome).results == outcome().results


def _resealed(document: Document, **changes: Any) -> dict[str, Any]:
    """Return a document with changes, as another version would write it."""
    data = document.model_dump(mode="json") | changes
    return data | {"digest": digest_of({key: value for key, value in data.items() if key not in document.UNSEALED})}


def test_an_unknown_field_of_our_own_version_is_refused(tmp_path: Path) -> None:
    """Only we write that version."""
    assert ": mood: extra inputs are not permitted" in _error(tmp_path, _sealed(mood="good")).message


def test_a_wrong_value_is_named_by_its_path(tmp_path: Path) -> None:
    """As people write it."""
    clusters = state().model_dump(mode="json")["clusters"]
    clusters[0]["guests"][1]["vmid"] = "many"
    assert (
        ": clusters[0].guests[1].vmid: input should be a valid integer"
        in _error(tmp_path, _sealed(clusters=clusters)).message
    )


@pytest.mark.parametrize(
    ("place", "path"),
    [
        ("guest 100, net0", ("guests", 0, "nics", 0, "addresses", 0)),
        ("guest 100, inside", ("guests", 0, "addresses", 0, "address")),
        ("node pve1, vmbr0", ("nodes", 0, "interfaces", 0, "addresses", 0)),
    ],
)
def test_what_is_no_address_is_refused_at_the_door(place: str, path: tuple[Any, ...], tmp_path: Path) -> None:
    """Planner and lint calculate with addresses; a redacted state, which hides them, is never planned."""
    bridge = NodeInterface(name="vmbr0", type="bridge", addresses=("10.0.0.1/24",))
    sound = lab(vm(nics=(nic(100, addresses=("10.0.0.2/24",)),)), nodes=(node("pve1", interfaces=(bridge,)),))
    clusters = sound.model_dump(mode="json")["clusters"]
    at = clusters[0]
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = "999.1.1.1/24"
    assert f": {place}: '999.1.1.1/24' is no IP address" in _error(tmp_path, _sealed(clusters=clusters)).message
    (tmp_path / "file.json").write_text(json.dumps(_sealed(clusters=clusters, redacted=True)))
    assert read_document(tmp_path / "file.json", State).redacted


def test_many_wrong_values_are_not_all_listed(tmp_path: Path) -> None:
    """The first ten, and how many more."""
    lines = _error(tmp_path, _sealed(clusters=[1] * 50)).message.splitlines()
    assert len(lines) == 11
    assert lines[-1].endswith("and 40 more")


@pytest.mark.parametrize("digest", ["", "sha256:00", None])
def test_a_changed_document_is_refused(digest: str | None, tmp_path: Path) -> None:
    """Documents are not edited by hand."""
    data = _sealed()
    data["clusters"][0]["guests"][0]["name"] = "other"
    if digest is not None:
        data["digest"] = digest
    assert "was edited or damaged" in _error(tmp_path, data).message


def test_infinity_in_disguise_is_refused(tmp_path: Path) -> None:
    """1e999 is JSON, and no number."""
    text = json.dumps(_sealed()).replace('"vcpus": 2.0', '"vcpus": 1e999')
    assert "no document can hold" in _error(tmp_path, text.encode()).message


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads it."""
    stdin = io.TextIOWrapper(io.BytesIO(state().to_json().encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    assert read_any("-") == state()


def _values() -> st.SearchStrategy[Any]:
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner))


@given(st.binary(max_size=200))
def test_any_bytes_are_an_error_and_no_crash(content: bytes) -> None:
    """Whatever is in a file, we say something about it."""
    _read_somehow(content)


@given(st.sampled_from(EVERY_KIND), st.data())
def test_any_wrong_field_is_an_error_and_no_crash(document: Document, data: st.DataObject) -> None:
    """A sound document with one value exchanged, under a digest that fits."""
    content = document.model_dump(mode="json")
    place: Any = content
    while True:
        key = data.draw(st.sampled_from(sorted(place)) if isinstance(place, dict) else st.integers(0, len(place) - 1))
        inner = place[key]
        if not (isinstance(inner, (dict, list)) and inner and data.draw(st.booleans())):
            break
        place = inner
    place[key] = data.draw(_values())
    _read_somehow(json.dumps(content).encode("utf-8", "surrogatepass"))


def _read_somehow(content: bytes) -> None:
    read_end, write_end = os.pipe()
    os.write(write_end, content[:60_000])
    os.close(write_end)
    said = "nothing wrong"
    try:
        read_any(f"/dev/fd/{read_end}")
    except ProxboxError as error:
        said = error.message
    finally:
        os.close(read_end)
    assert said


def test_a_plan_can_be_read_with_values_of_any_shape(tmp_path: Path) -> None:
    """Fields of a plan are whatever NetBox holds; they come back as they were."""
    write_document(busy_plan(), tmp_path / "plan.json")
    assert read_document(tmp_path / "plan.json", Plan).id == busy_plan().id
