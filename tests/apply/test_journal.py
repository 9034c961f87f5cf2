from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxbox_plan.apply.journal import Journal, JournalEntry, read_journal, remove_journal
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import DocumentError
from proxbox_plan.model.outcome import ChangeResult, Result
from proxbox_plan.model.plan import Action, Plan
from tests.builders import change, plan


def entry(number: int, result: Result = Result.DONE) -> JournalEntry:
    """Return what became of one change."""
    address = f"virtual-machine:lab/qemu/{number}"
    return JournalEntry(
        ChangeResult(
            address=Address(address),
            kind="virtual-machine",
            action=Action.CREATE,
            name="é",
            result=result,
            netbox_id=number,
        ),
        f"2026-01-02T03:04:{number:02}Z",
    )


@pytest.fixture
def made() -> Plan:
    """Return a plan."""
    return plan(changes=(change(),))


@contextmanager
def full_disk(size: int) -> Iterator[None]:
    """Let no file grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_is_not_followed(tmp_path: Path, made: Plan, *, exists: bool) -> None:
    """The file that it points to would be emptied, or made."""
    target, path = tmp_path / "target", tmp_path / "journal"
    if exists:
        target.write_text("mine")
    path.symlink_to(target)
    with pytest.raises(DocumentError, match="it is a symbolic link") as caught, Journal(path, made):
        pass
    assert "Remove the link" in caught.value.hint
    assert path.is_symlink()
    assert (target.read_text() if exists else "") == ("mine" if exists else "")
    assert target.exists() is exists


def test_what_landed_is_read_back(tmp_path: Path, made: Plan) -> None:
    """With the time stamp; what failed is tried again, so it is not among it."""
    path = tmp_path / "journal"
    with Journal(path, made) as journal:
        journal.record([entry(1), entry(2, Result.FAILED)])
        journal.record([entry(3)])
    found = read_journal(path)
    assert found.plan_digest == made.digest
    assert list(found.landed.values()) == [entry(1), entry(3)]
    assert path.stat().st_mode & 0o777 == 0o600


def test_every_record_is_on_disk_when_it_returns(tmp_path: Path, made: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written and synced, before anything else can be sent."""
    path = tmp_path / "journal"
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.fstat(descriptor).st_size))
    with Journal(path, made) as journal:
        for number in range(3):
            journal.record([entry(number)])
            assert synced[-1] == path.stat().st_size
            assert len(read_journal(path).landed) == number + 1


def test_a_journal_is_only_appended_to(tmp_path: Path, made: Plan) -> None:
    """A resumed run adds to it."""
    path = tmp_path / "journal"
    with Journal(path, made) as journal:
        journal.record([entry(1)])
    before = path.read_bytes()
    with Journal(path, made) as journal:
        journal.record([entry(2)])
    assert path.read_bytes().startswith(before)
    assert len(read_journal(path).landed) == 2


def test_a_crash_at_every_byte(tmp_path: Path, made: Plan) -> None:
    """Whole lines count, the one that was cut off does not, and what is appended afterwards is whole again."""
    path = tmp_path / "journal"
    with Journal(path, made) as journal:
        journal.record([entry(1)])
        journal.record([entry(2)])
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        before = read_journal(path)
        with Journal(path, made) as journal:
            journal.record([entry(3)])
        after = read_journal(path)
        assert after.plan_digest == made.digest
        assert list(after.landed.values()) == [*before.landed.values(), entry(3)], cut


def test_no_journal_and_another_plans(tmp_path: Path, made: Plan) -> None:
    """No file names no plan; a file names its own."""
    path = tmp_path / "journal"
    assert read_journal(path).plan_digest is None
    with Journal(path, made):
        pass
    assert read_journal(path).plan_digest == made.digest
    remove_journal(path)
    remove_journal(path)
    assert not path.exists()


def test_rubbish_is_no_journal(tmp_path: Path) -> None:
    """Nor are lines that say nothing."""
    path = tmp_path / "journal"
    for text in (b"", b"\x00\xff\n", b"[]\n", b"{}\n", b'{"plan_digest": 5}\n'):
        path.write_bytes(text)
        assert read_journal(path).plan_digest is None
    path.write_text(json.dumps({"plan_digest": "x"}) + '\n[]\n{"address": 1}\n\n')
    assert read_journal(path).landed == {}


def test_a_full_disk(tmp_path: Path, made: Plan) -> None:
    """Is said; half a line does not stay, so what was written is whole and the next record, too."""
    path = tmp_path / "journal"
    with Journal(path, made) as journal:
        journal.record([entry(1)])
        size = path.stat().st_size
        with full_disk(size + 40), pytest.raises(DocumentError, match=r"Cannot write the journal.*File too large"):
            journal.record([entry(2)])
        assert path.stat().st_size == size
        journal.record([entry(3)])
    assert list(read_journal(path).landed.values()) == [entry(1), entry(3)]


def test_a_folder_that_is_not_there(tmp_path: Path, made: Plan) -> None:
    """Is said before anything is sent."""
    with pytest.raises(DocumentError, match="Cannot write the journal"), Journal(tmp_path / "no" / "journal", made):
        pass
    (tmp_path / "folder").mkdir()
    with pytest.raises(DocumentError, match="Cannot read the journal"):
        read_journal(tmp_path / "folder")


def test_an_old_journal_that_cannot_be_removed(tmp_path: Path) -> None:
    """Is an error that names it, before anything is sent."""
    (tmp_path / "journal").mkdir()
    with pytest.raises(DocumentError, match=r"Cannot remove the old journal .*journal"):
        remove_journal(tmp_path / "journal")
