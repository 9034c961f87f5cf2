from __future__ import annotations

import errno
import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from proxbox_plan.apply.locks.file_lock import FileLock, read_file_lock, unlock_file
from proxbox_plan.apply.locks.holder import Holder, holder
from proxbox_plan.core.errors import DocumentError, LockedError


def who(lock_id: str = "abc", plan: str = "plan1") -> Holder:
    """Describe this process."""
    return holder(lock_id, plan, lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))


def left(path: Path) -> FileLock:
    """Leave a lock as a dead process does: the file stays, the kernel's lock goes."""
    lock = FileLock(path)
    lock.take(who())
    lock.release(keep=True)
    return lock


def test_the_file_says_who_holds_it(tmp_path: Path) -> None:
    """Id, plan, user, host, process, time; only its owner may read it; it is gone with the lock."""
    path = tmp_path / "lock"
    lock = FileLock(path)
    lock.take(who())
    found = read_file_lock(path)
    assert found == who()
    assert (found.pid, found.since) == (os.getpid(), "2026-01-02T03:04:05Z")
    assert path.stat().st_mode & 0o777 == 0o600
    lock.release()
    assert not path.exists()


def test_a_second_apply_is_refused(tmp_path: Path) -> None:
    """Also when it wants to resume: the first one lives."""
    path = tmp_path / "lock"
    first = FileLock(path)
    first.take(who())
    for resume in (False, True):
        with pytest.raises(LockedError, match=f"Another apply holds the lock: .*process {os.getpid()}"):
            FileLock(path).take(who("other"), resume=resume)
    first.release()
    FileLock(path).take(who("other"))


def test_a_lock_left_behind_is_explained_and_not_broken(tmp_path: Path) -> None:
    """It stays as it is; both remedies are named."""
    path = tmp_path / "lock"
    left(path)
    before = path.read_bytes()
    lock = FileLock(path)
    with pytest.raises(LockedError, match="left from an apply that no longer runs") as caught:
        lock.take(who("other"))
    assert "--resume" in caught.value.hint
    assert "proxbox unlock abc" in caught.value.hint
    assert path.read_bytes() == before
    assert lock.left == who()


@pytest.mark.parametrize("lock_id", ["", "$(id)", "`id`", "a; id", "-rf", "a\nb", "x" * 65])
def test_what_is_no_id_of_ours_is_no_command(lock_id: str, tmp_path: Path) -> None:
    """Whoever may write into the folder wrote it, and the user would paste it into a shell."""
    path = tmp_path / "lock"
    path.write_text(who(lock_id).model_dump_json())
    with pytest.raises(LockedError) as caught:
        FileLock(path).take(who("other"))
    assert caught.value.hint == f"Finish it with `proxbox apply --resume`, or remove the file {path}"
    assert not unlock_file(path, lock_id)
    assert path.exists()


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_is_not_followed(tmp_path: Path, *, exists: bool) -> None:
    """The file that it points to would be emptied, or made."""
    target, path = tmp_path / "target", tmp_path / "lock"
    if exists:
        target.write_text("mine")
    path.symlink_to(target)
    with pytest.raises(DocumentError, match="it is a symbolic link") as caught:
        FileLock(path).take(who())
    assert "Remove the link" in caught.value.hint
    assert read_file_lock(path) is None
    assert not unlock_file(path, "abc")
    assert path.is_symlink()
    assert (target.read_text() if exists else "") == ("mine" if exists else "")
    assert target.exists() is exists


def test_a_resumed_apply_of_the_same_plan_goes_on_with_its_id(tmp_path: Path) -> None:
    """So that the lock on NetBox is known as its own; another plan is refused."""
    path = tmp_path / "lock"
    left(path)
    with pytest.raises(LockedError):
        FileLock(path).take(who("other", plan="plan2"), resume=True)
    lock = FileLock(path)
    assert lock.take(who("other"), resume=True).id == "abc"
    assert lock.resumed
    found = read_file_lock(path)
    assert found is not None
    assert found.id == "abc"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"id": 1}'])
def test_a_file_that_names_nobody(tmp_path: Path, content: bytes) -> None:
    """Was left by a crash before anything was sent, or is not ours: no run holds it, so it is taken."""
    path = tmp_path / "lock"
    path.write_bytes(content)
    FileLock(path).take(who())
    assert read_file_lock(path) == who()


def test_unlock_needs_the_id_and_a_dead_process(tmp_path: Path) -> None:
    """A lock that is held is not removed, whoever asks."""
    path = tmp_path / "lock"
    assert not unlock_file(path, "abc")
    live = FileLock(path)
    live.take(who())
    with pytest.raises(LockedError, match="is running"):
        unlock_file(path, "abc")
    live.release(keep=True)
    assert not unlock_file(path, "other")
    assert unlock_file(path, "abc")
    assert not path.exists()


def test_no_folder_to_write_to(tmp_path: Path) -> None:
    """Is an error of its own, not a lock."""
    with pytest.raises(DocumentError, match="Cannot create the lock file"):
        FileLock(tmp_path / "no" / "lock").take(who())


def test_a_full_disk(tmp_path: Path) -> None:
    """Leaves no lock behind."""
    if not os.access("/dev/full", os.W_OK):
        pytest.skip("no /dev/full here")
    path = tmp_path / "lock"
    lock = FileLock(path)
    lock._descriptor = os.open("/dev/full", os.O_RDWR)
    with pytest.raises(DocumentError, match="Cannot write the lock file"):
        lock._write(who(), fresh=True)
    assert not path.exists()


def test_a_user_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under some number."""

    def nameless() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")

    monkeypatch.setattr("proxbox_plan.apply.locks.holder.getuser", nameless)
    assert who().user == "unknown"


def test_a_run_that_ends_just_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It removes the file that was opened already: the lock is taken on the new one, which all others see."""
    path = tmp_path / "lock"
    first, flock = FileLock(path), fcntl.flock
    first.take(who())

    def late(descriptor: int, operation: int) -> None:
        first.release()
        monkeypatch.setattr("fcntl.flock", flock)
        flock(descriptor, operation)

    monkeypatch.setattr("fcntl.flock", late)
    FileLock(path).take(who("other"))
    found = read_file_lock(path)
    assert found is not None
    assert found.id == "other"
    with pytest.raises(LockedError):
        FileLock(path).take(who("third"))


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is an error that says so, not a lock that excludes no other run."""

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(DocumentError, match=r"Cannot lock the file .*No locks available") as refused:
        FileLock(tmp_path / "lock").take(who())
    assert "file system that knows locks" in refused.value.hint
