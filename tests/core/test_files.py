"""Files: bounded reads, no write through a symbolic link, no output in the place of an input."""

from __future__ import annotations

import io
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from proxbox_plan.core import files
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.files import UnfitFileError, Use
from scripts import opens


@pytest.mark.slow
def test_only_one_package_opens_files(tmp_path: Path) -> None:
    """So that what holds for one file holds for all: `./dev lint` says so, and finds who does not."""
    assert list(opens.findings()) == []
    (tmp_path / "bad.py").write_text(
        "import os\nopen('x')\nos.open('x', 0)\nPath('x').read_text()\nx.write_bytes(b'')\n"
    )
    assert [said.split(": ")[0].rpartition(":")[2] for said in opens.findings(tmp_path)] == ["2", "3", "4", "5"]


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/full"])
def test_a_device_is_not_read(device: str) -> None:
    """It may never end, or do something when it is opened."""
    with pytest.raises(UnfitFileError, match="it is a device, not a file"):
        files.read_bytes(device)


def test_a_folder_is_not_read(tmp_path: Path) -> None:
    """The kernel's own error."""
    with pytest.raises(IsADirectoryError):
        files.read_bytes(tmp_path)


def test_a_file_is_bounded(tmp_path: Path) -> None:
    """As large as allowed is read, a byte more is not."""
    path = tmp_path / "file"
    path.write_bytes(b"12345")
    assert files.read_bytes(path, most=5) == b"12345"
    with pytest.raises(UnfitFileError, match="it is larger than 4 bytes"):
        files.read_bytes(path, most=4)


def test_a_pipe_is_bounded(tmp_path: Path) -> None:
    """A pipe may be read, and one that never ends is given up."""
    path = tmp_path / "pipe"
    os.mkfifo(path)

    def endless() -> None:
        with path.open("wb", buffering=0) as pipe:
            try:
                while True:
                    pipe.write(b"x" * 65536)
            except BrokenPipeError:
                return

    writer = threading.Thread(target=endless)
    writer.start()
    with pytest.raises(UnfitFileError, match="it is larger than 1 MiB"):
        files.read_bytes(path, most=1024**2)
    writer.join()


def test_standard_input_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """As any pipe; one that is closed is an error."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"12345")))
    with pytest.raises(UnfitFileError, match="larger than 4 bytes"):
        files.read_bytes("-", most=4)
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnfitFileError, match="it is closed"):
        files.read_bytes("-")


def test_an_input_may_be_a_link(tmp_path: Path) -> None:
    """Kubernetes mounts secrets and configurations as links."""
    (tmp_path / "..data").mkdir()
    (tmp_path / "..data" / "token").write_text("\ufefftext")
    (tmp_path / "token").symlink_to("..data/token")
    assert files.read_text(tmp_path / "token") == "text"


WRITERS: dict[str, Callable[[Path], object]] = {
    "replace": lambda path: files.replace(path, ["x"], private=True),
    "append": lambda path: files.append(path, "x"),
    "stream": files.open_stream,
    "own": lambda path: files.open_own(path, os.O_RDWR | os.O_CREAT),
    "truncated": lambda path: files.open_own(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    "journal": files.read_own,
}


@pytest.mark.parametrize("how", WRITERS)
@pytest.mark.parametrize("exists", [True, False])
def test_nothing_is_written_through_a_link(how: str, tmp_path: Path, *, exists: bool) -> None:
    """Whoever may write into the folder could name any file of the user."""
    target, link = tmp_path / "target", tmp_path / "link"
    if exists:
        target.write_text("mine")
    link.symlink_to(target)
    with pytest.raises(UnfitFileError, match="it is a symbolic link") as caught:
        WRITERS[how](link)
    assert "Remove the link" in caught.value.hint
    assert link.is_symlink()
    assert (target.read_text() if exists else target.exists()) == ("mine" if exists else False)


@pytest.mark.parametrize("how", ["append", "own", "truncated", "journal"])
def test_a_file_of_our_own_is_a_regular_one(how: str, tmp_path: Path) -> None:
    """A pipe in its place is not waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnfitFileError, match="it is not a regular file"):
        WRITERS[how](tmp_path / "pipe")


def test_links_of_the_system_are_followed(tmp_path: Path) -> None:
    """`/dev/stdout` and what a shell makes of `>(...)` are links."""
    with (tmp_path / "file").open("wb") as stream:
        files.replace(f"/proc/self/fd/{stream.fileno()}", ["text"], private=True)
    assert (tmp_path / "file").read_text() == "text"


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no folder for all below /dev")
def test_links_below_dev_that_anyone_can_make_are_not_followed() -> None:
    """`/dev/shm` is a folder for all, like `/tmp`."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        link = Path(folder) / "link"
        link.symlink_to(Path(folder) / "target")
        for write in (WRITERS["replace"], WRITERS["stream"]):
            with pytest.raises(UnfitFileError, match="it is a symbolic link"):
                write(link)
        assert [path.name for path in Path(folder).iterdir()] == ["link"]


def test_a_stream_is_for_its_owner_only(tmp_path: Path) -> None:
    """Also an older file, which is emptied."""
    path = tmp_path / "events"
    path.write_text("old")
    path.chmod(0o666)
    os.close(files.open_stream(path))
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("", 0o600)


def spellings(folder: Path) -> list[str]:
    """Return ways to name `folder/file`."""
    os.link(folder / "file", folder / "hard")
    (folder / "there").symlink_to(folder)
    return [str(folder / name) for name in ("file", "./file", "x/../file", "there/file", "hard")]


@pytest.mark.parametrize("use", [Use.WRITTEN, Use.BOTH])
def test_an_output_is_no_input(use: Use, tmp_path: Path) -> None:
    """However it is spelled, in whichever order they are named."""
    (tmp_path / "file").touch()
    (tmp_path / "x").mkdir()
    for spelling in spellings(tmp_path):
        with files.claims() as claims:
            claims.add(tmp_path / "file", Use.READ, "--state")
            with pytest.raises(UsageError, match=r"^--out .* is the same file as --state "):
                claims.add(spelling, use, "--out")
        with files.claims() as claims:
            claims.add(spelling, use, "--out")
            with pytest.raises(UsageError, match=r"^--out .* is the same file as --state "):
                claims.add(tmp_path / "file", Use.READ, "--state")


def test_files_that_do_not_exist_yet(tmp_path: Path) -> None:
    """Are compared by their place."""
    (tmp_path / "x").mkdir()
    with files.claims() as claims:
        claims.add(tmp_path / "new", Use.WRITTEN, "--out")
        claims.add(tmp_path / "other", Use.WRITTEN, "--events")
        with pytest.raises(UsageError, match=r"--report .* is the same file as --out"):
            claims.add(tmp_path / "x" / ".." / "new", Use.WRITTEN, "--report")


def test_what_is_opened_is_compared_too(tmp_path: Path) -> None:
    """An included file and a secret are known only when they are read."""
    (tmp_path / "included").write_text("text")
    with files.claims() as claims:
        claims.add(tmp_path / "included", Use.WRITTEN, "--out")
        with pytest.raises(UsageError, match=r"--out .* is the same file as the file "):
            files.read_text(tmp_path / "included")
    with files.claims():
        files.read_text(tmp_path / "included")
        with pytest.raises(UsageError, match=r"The file .* is the same file as the file "):
            files.replace(tmp_path / "included", ["x"], private=True)
    assert (tmp_path / "included").read_text() == "text"


def test_what_may_be_the_same(tmp_path: Path) -> None:
    """Two inputs, a cache that is read and written, devices, and what is opened as it was claimed."""
    path = tmp_path / "file"
    path.touch()
    with files.claims() as claims:
        claims.add(path, Use.READ, "--state")
        claims.add(path, Use.READ, "--inventory")
        claims.add("/dev/null", Use.WRITTEN, "--out")
        claims.add("/dev/null", Use.WRITTEN, "--report")
        claims.add("-", Use.WRITTEN, "--out")
        claims.add(tmp_path / "cache", Use.BOTH, "--inventory-cache")
        with files.claims():
            files.replace(f"{tmp_path}/./cache", ["x"], private=True)
            files.read_bytes(tmp_path / "cache")
        files.replace(tmp_path / "cache", ["y"], private=True)


def test_standard_input_may_be_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`proxbox plan --state - --out state.json < state.json`."""
    path = tmp_path / "state.json"
    path.touch()
    with path.open() as stream, files.claims() as claims:
        monkeypatch.setattr(sys, "stdin", stream)
        claims.add("-", Use.READ, "--state")
        with pytest.raises(UsageError, match="is the same file as --state -"):
            claims.add(path, Use.WRITTEN, "--out")


def test_a_link_is_refused_before_any_work(tmp_path: Path) -> None:
    """When the output is claimed, not when it is written."""
    (tmp_path / "link").symlink_to("nowhere")
    with files.claims() as claims, pytest.raises(UsageError, match=r"^--out .*/link: it is a symbolic link$"):
        claims.add(tmp_path / "link", Use.WRITTEN, "--out")


def test_an_output_that_has_no_place_is_claimed(tmp_path: Path) -> None:
    """What is wrong with its folder is said when it is written, in the words of the kernel."""
    (tmp_path / "file").touch()
    with files.claims() as claims:
        claims.add(tmp_path / "file" / "plan.json", Use.WRITTEN, "--out")
        with pytest.raises(NotADirectoryError):
            files.replace(tmp_path / "file" / "plan.json", ["x"], private=True)


def test_a_stream_in_the_place_of_one_that_is_closed_fails() -> None:
    """When it is used, not before: who never uses it never notices."""
    source, target = files.open_failing("r"), files.open_failing("w")
    try:
        with pytest.raises(OSError, match="Bad file descriptor"):
            source.read()
        target.write("x")
        with pytest.raises(OSError, match="Bad file descriptor"):
            target.flush()
    finally:
        for stream in (source, target):
            os.close(stream.fileno())
