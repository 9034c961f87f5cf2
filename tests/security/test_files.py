"""Files: readable by their owner only where they should be, and whole or untouched whatever happens to the disk."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.demo.netbox.server import RequestRecord
from tests.apply.test_full_disk import full_disk
from tests.cases import Cases
from tests.end_to_end.prepared import Prepared, prepared
from tests.end_to_end.stage import Said, Stage

PAGE = 4096
MACHINES = "virtualization.virtualmachine"
# Without its capabilities root is bound by permissions like anybody else.
POWERLESS = ("setpriv", "--bounding-set=-all", "--inh-caps=-all") if os.geteuid() == 0 else ()
needs_permissions = pytest.mark.skipif(
    bool(POWERLESS) and shutil.which("setpriv") is None, reason="root may write anywhere, and setpriv is not there"
)
needs_tmpfs = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting needs root"
)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    """Plan once."""
    cluster = ClusterDescription.seeded(1, guests=8, nodes=1, name="lab")
    with prepared(tmp_path_factory.mktemp("planned"), cluster) as found:
        yield found


@pytest.fixture
def ready(planned: Prepared, tmp_path: Path) -> tuple[Stage, FakeNetBoxThread]:
    """Give a stage with a state and a plan that was not applied."""
    stage = planned.fresh(tmp_path)
    stage.environ["PROXBOX_NETBOX_MAX_RETRIES"] = "0"
    return stage, planned.netbox


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Set the umask for a while."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def mode(path: Path) -> int:
    """Return the permissions of a file."""
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("mask", [0o000, *(pytest.param(mask, marks=pytest.mark.slow) for mask in (0o022, 0o077))])
def test_who_may_read_what(ready: tuple[Stage, FakeNetBoxThread], mask: int) -> None:
    """What names guests is for its owner, whatever the umask; a configuration is as the umask says."""
    stage, netbox = ready
    seen: dict[str, int] = {}

    def look(_: RequestRecord) -> None:
        seen.update({path.name: mode(path) for path in stage.folder.iterdir()})

    (stage.folder / "plan.json").chmod(0o666)  # an old one that was open to all
    with umask(mask):
        stage.good("init", "new")
        stage.good("collect")
        stage.good("plan", "--state", "state.json", "--save-inventory", "inventory.json")
        stage.good("drift", "--state", "state.json", "--out", "drift.json")
        netbox.fake.faults = look
        stage.good("apply", "plan.json")
    for name in ("state.json", "inventory.json", "plan.json", "plan.outcome.json", "drift.json"):
        assert mode(stage.folder / name) == 0o600, name
    for name in (".proxbox-apply.lock", "plan.journal.jsonl"):
        assert seen[name] == 0o600, name
    assert mode(stage.folder / "new/proxbox.yaml") == 0o644 & ~mask


WRITES: dict[str, tuple[tuple[str, ...], str]] = {
    "state": (("collect", "--out", "PLACE/state.json"), "state.json"),
    "plan": (("plan", "--state", "state.json", "--out", "PLACE/plan.json"), "plan.json"),
    "inventory": (("plan", "--state", "state.json", "--save-inventory", "PLACE/inventory.json"), "inventory.json"),
    "drift": (("drift", "--state", "state.json", "--out", "PLACE/drift.json"), "drift.json"),
    "outcome": (("apply", "plan.json", "--outcome", "PLACE/outcome.json"), "outcome.json"),
    "configuration": (("init", "PLACE"), "proxbox.yaml"),
}


def writing(what: str, place: Path) -> list[str]:
    """Return the command that writes this file into a folder."""
    return [part.replace("PLACE", str(place)) for part in WRITES[what][0]]


ALL_OF_THEM = """
import contextlib, io, json, sys
from proxbox_plan.cli.main import run
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(json.loads(line))
    print(json.dumps([code, out.getvalue(), err.getvalue()]))
"""


def powerless(stage: Stage, *commands: Sequence[str]) -> list[Said]:
    """Run commands in one process without privileges."""
    done = subprocess.run(
        [*POWERLESS, sys.executable, "-c", ALL_OF_THEM],
        cwd=stage.folder,
        env=stage.environ,
        input="".join(f"{json.dumps(command)}\n" for command in commands),
        capture_output=True,
        text=True,
        check=True,
    )
    return [Said(*json.loads(line)) for line in done.stdout.splitlines()]


def check_untouched(said: Said, place: Path, name: str, old: bytes | None) -> None:
    """Check that a failed write is told in words, and left everything as it was."""
    assert said.code == 1, said
    assert "Traceback" not in said.err
    assert "bug" not in said.err
    assert "Error: " in said.err
    assert "Hint: " in said.err
    assert name in said.err
    assert not [path for path in place.iterdir() if path.suffix == ".tmp"]
    path = place / name
    assert (path.read_bytes() if path.exists() else None) == old


@pytest.mark.slow
@needs_permissions
def test_a_folder_that_cannot_be_written(ready: tuple[Stage, FakeNetBoxThread], tmp_path: Path) -> None:
    """Said with the name of the file; an old one stays; without lock and journal nothing is sent."""
    stage, netbox = ready
    place = tmp_path / "locked"
    place.mkdir()
    old = {WRITES[what][1]: b"old" for what in WRITES if what not in {"configuration", "outcome"}}
    for name, text in old.items():
        (place / name).write_bytes(text)
    shutil.copy(stage.folder / "plan.json", place / "given.json")
    place.chmod(0o555)
    try:
        applied, *said = powerless(stage, ["apply", f"{place}/given.json"], *(writing(what, place) for what in WRITES))
    finally:
        place.chmod(0o755)
    check_untouched(applied, place, ".proxbox-apply.lock", None)
    with Cases() as case:
        for what, each in zip(WRITES, said, strict=True):
            with case(what):
                name = WRITES[what][1]
                check_untouched(each, place, name, old.get(name))
    made = [record.path for record in netbox.fake.requests if record.method == "POST"]
    assert made.count("/api/virtualization/clusters/") == 1  # by the one whose outcome alone could not be written


@pytest.mark.parametrize("what", ["state", "plan", "inventory", "drift"])
def test_a_file_that_may_not_grow(ready: tuple[Stage, FakeNetBoxThread], tmp_path: Path, what: str) -> None:
    """The write fails half-way: the old file is whole, and no draft is left. Needs no privileges."""
    stage, _ = ready
    place, name = tmp_path / "small", WRITES[what][1]
    place.mkdir()
    (place / name).write_bytes(b"old")
    with full_disk(512):
        said = stage.run(*writing(what, place))
    check_untouched(said, place, name, b"old")


@contextmanager
def small_disk(folder: Path, pages: int) -> Iterator[Path]:
    """Mount a disk of that many pages on a folder."""
    folder.mkdir(exist_ok=True)
    options = f"size={pages * PAGE},nr_inodes=64"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill the disk but for some pages; return the file that does."""
    filler = folder / "filler"
    free = os.statvfs(folder)
    filler.write_bytes(b"x" * PAGE * max(0, free.f_bfree - leave))
    return filler


@needs_tmpfs
@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=() if what == "plan" else pytest.mark.slow) for what in WRITES]
)
@pytest.mark.parametrize("leave", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_full_disk(ready: tuple[Stage, FakeNetBoxThread], tmp_path: Path, what: str, leave: int) -> None:
    """A clear error, the old file intact, no draft left: with no page free, and with too few."""
    stage, _ = ready
    if what in {"configuration", "inventory"} and leave:
        pytest.skip("it fits into one page")
    with small_disk(tmp_path / "small", 64) as place:
        name = WRITES[what][1]
        old = None if what in {"configuration", "outcome"} else b"old"
        if old:
            (place / name).write_bytes(old)
        fill(place, leave)
        said = stage.run(*writing(what, place))
        check_untouched(said, place, name, old)


@needs_tmpfs
@pytest.mark.parametrize("leave", [0, *(pytest.param(pages, marks=pytest.mark.slow) for pages in range(1, 8))])
def test_a_disk_that_fills_up_during_an_apply(
    ready: tuple[Stage, FakeNetBoxThread], tmp_path: Path, leave: int
) -> None:
    """Lock, journal, outcome: whichever does not fit, nothing is lost; with room again the apply is finished."""
    stage, netbox = ready
    with small_disk(tmp_path / "small", 256) as place:
        plan = place / "plan.json"
        shutil.copy(stage.folder / "plan.json", plan)
        filler = fill(place, leave)
        said = stage.run("apply", str(plan))
        assert "bug" not in said.err, said
        assert "Traceback" not in said.err
        sent = len(netbox.fake.rows(MACHINES))
        filler.unlink()
        if said.code:
            assert "Error: " in said.err
            assert any(words in said.err for words in ("No space left", "no space left")), said
            again = stage.run("apply", str(plan), "--resume")
            assert again.code == 0, (again, sent)
        else:
            assert sent
        assert sorted(path.name for path in place.iterdir()) == ["plan.json", "plan.outcome.json"]
    assert stage.plan().changes == ()
