"""The log of a command: off by default, on with an option or the environment, and never in the way."""

from __future__ import annotations

import io
import logging
import os
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from proxbox_plan.cli.main import run
from proxbox_plan.cli.terminal.log_output import LogOutput
from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.cli.terminal.progress import Display, ProgressBar
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.log import ROOT, get_logger
from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.demo.netbox.server import RequestRecord
from tests.end_to_end.conftest import SetUp, fake, set_up
from tests.end_to_end.stage import COMMAND, Stage

__all__ = ["fake", "set_up"]

Captured = pytest.CaptureFixture[str]
Fake = tuple[SetUp, FakeNetBoxThread]
STAMP = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
LINE = re.compile(rf"{STAMP} (DEBUG|INFO|WARNING|ERROR) ([a-z.]+): (.+)")


@pytest.fixture
def stage(fake: Fake) -> Stage:
    """Give a small cluster with a guest that is stopped."""
    return fake[0](ClusterDescription.seeded(1, guests=3, nodes=2, name="lab"))


@pytest.fixture
def output() -> Iterator[Output]:
    """Give an output whose log is closed afterwards."""
    made = Output()
    yield made
    made.close()


def records(text: str) -> list[tuple[str, str, str]]:
    """Return level, logger and message of every line; each must be a record."""
    found = [LINE.fullmatch(line) for line in text.splitlines()]
    assert all(found), text
    return [(match[1], match[2], match[3]) for match in found if match]


def test_quiet_by_default(stage: Stage) -> None:
    """A command says on stderr what it wrote, and no more."""
    assert stage.run("collect").err == "Wrote state.json.\n"
    assert stage.run("plan").err == "Wrote plan.json.\n"


def test_a_log_of_collect_and_plan(stage: Stage) -> None:
    """At debug: each request of both systems, each part that is incomplete, and the result of each stage."""
    said = stage.run("plan", "--log-level", "debug", "--log-file", "run.log")
    assert said.err == "Wrote plan.json.\n"
    found = records((stage.folder / "run.log").read_text())
    requests = r"GET {}/\S+ 200 \d+ ms [\d,]+ bytes try 1"
    for name, place in (("clients.netbox", "/api"), ("clients.proxmox", "lab:")):
        own = [message for level, logger, message in found if (level, logger) == ("DEBUG", name)]
        assert len(own) > 10
        assert [message for message in own if not re.fullmatch(requests.format(place), message)] == []
    told = [message for level, logger, message in found if level == "INFO" and logger != "shown"]
    assert "lab: lxc/100 addresses: incomplete (guest-stopped): lxc/100 is stopped" in told
    assert any(re.fullmatch(r"lab: read in [\d.]+ s; nodes: 2, guests: 3, incomplete parts: 1", line) for line in told)
    assert any(line.startswith("NetBox 4.7.3 at http://127.0.0.1:") for line in told)
    assert any(line.startswith("Plan: ") for line in told)


def test_a_log_on_stderr(stage: Stage) -> None:
    """At info by no means each request; what is said anyway is not said twice."""
    said = stage.run("--log-level", "INFO", "collect")
    *logged, wrote = said.err.splitlines()
    assert wrote == "Wrote state.json."
    assert {level for level, _, _ in records("\n".join(logged))} == {"INFO"}
    assert len(logged) == 3


def test_an_error_ends_the_log(stage: Stage) -> None:
    """With its traceback at debug, though the screen shows none."""
    (stage.folder / "proxbox.yaml").write_text("netbox: 3\n")
    said = stage.run("validate", "--log-level", "debug", "--log-file", "run.log")
    text = (stage.folder / "run.log").read_text()
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "\nTraceback (most recent call last):\n" in text
    assert " ERROR shown: " in text.splitlines()[-1]


@pytest.mark.covering
@pytest.mark.parametrize(
    ("variable", "arguments", "file", "level"),
    [
        ("info:run.log", (), "run.log", "INFO"),
        ("DEBUG:run.log", (), "run.log", "DEBUG"),
        ("info:run.log", ("--log-level", "debug"), "run.log", "DEBUG"),
        ("debug", ("--log-file", "other.log"), "other.log", "DEBUG"),
        ("debug:run.log", ("--log-level", "info", "--log-file", "other.log"), "other.log", "INFO"),
        ("", ("--log-file", "other.log"), "other.log", "INFO"),
    ],
)
def test_the_environment(stage: Stage, variable: str, arguments: tuple[str, ...], file: str, level: str) -> None:
    """It names a level, or a level and a file; an option wins over its half of it."""
    stage.environ["PROXBOX_LOG"] = variable
    stage.good("collect", *arguments)
    levels = {level for level, _, _ in records((stage.folder / file).read_text())}
    assert levels == {"INFO", level}


def test_the_environment_without_a_file(stage: Stage) -> None:
    """To stderr, as the option does."""
    stage.environ["PROXBOX_LOG"] = "debug"
    assert " DEBUG clients.proxmox: GET lab:/version 200 " in stage.run("collect").err


@pytest.mark.parametrize("value", ["loud", ":run.log", "debug:no/such/folder/run.log"])
def test_an_environment_that_is_wrong(stage: Stage, value: str) -> None:
    """A pipeline does not stop for its log: a warning, and the command goes on."""
    stage.environ["PROXBOX_LOG"] = value
    said = stage.run("collect")
    assert said.code == 0
    assert said.err.startswith("Warning: PROXBOX_LOG is ignored: ")
    assert said.err.count("\n") == 2


def test_an_option_that_is_wrong(tmp_path: Path, capsys: Captured) -> None:
    """Refused before any work."""
    assert run(["collect", "--log-level", "loud"]) == 1
    assert run(["collect", "--log-file", str(tmp_path / "no" / "run.log")]) == 1
    assert "run.log: No such file or directory" in capsys.readouterr().err


def test_a_symbolic_link_is_refused(tmp_path: Path, output: Output) -> None:
    """Whoever may write into the folder cannot have the log written elsewhere; nor is a pipe waited for."""
    target = tmp_path / "target"
    target.write_text("mine\n")
    (tmp_path / "link.log").symlink_to(target)
    (tmp_path / "dangling.log").symlink_to(tmp_path / "new")
    os.mkfifo(tmp_path / "pipe.log")
    for name, why in (("link", "symbolic link"), ("dangling", "symbolic link"), ("pipe", "not a regular file")):
        with pytest.raises(UsageError, match=why):
            output.log.begin(file=str(tmp_path / f"{name}.log"))
    with pytest.raises(UsageError, match="not a regular file"):
        output.log.begin(file="/dev/null")
    assert target.read_text() == "mine\n"
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_of_another_user_is_refused(tmp_path: Path, output: Output) -> None:
    """Its owner could read what is logged."""
    file = tmp_path / "run.log"
    file.touch()
    os.chown(file, 12345, 12345)
    with pytest.raises(UsageError, match="belongs to another user"):
        output.log.begin(file=str(file))


def test_a_file_is_private_and_appended_to(tmp_path: Path) -> None:
    """Also one that was open to all before."""
    file = tmp_path / "run.log"
    file.write_text("before\n")
    file.chmod(0o666)
    for number in (1, 2):
        output = Output()
        output.log.begin(level="info", file=str(file))
        output.begin()
        get_logger("proxbox_plan.test").info("run %d", number)
        get_logger("proxbox_plan.test").debug("too much")
        output.close()
    lines = file.read_text().splitlines()
    assert lines[0] == "before"
    assert [line.partition("INFO test: ")[2] for line in lines[1:] if "INFO test" in line] == ["run 1", "run 2"]
    assert "too much" not in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_after_the_command_the_loggers_are_as_before(tmp_path: Path) -> None:
    """A program that calls `run` keeps its own logging."""
    logger = logging.getLogger(ROOT)
    before = (list(logger.handlers), logger.level, logger.propagate)
    assert run(["schema", "state", "--log-level", "debug", "--log-file", str(tmp_path / "run.log")]) == 0
    assert (list(logger.handlers), logger.level, logger.propagate) == before


@pytest.mark.covering
def test_a_full_disk_stops_nothing(stage: Stage) -> None:
    """It is said once, and the command goes on without a log."""
    line = 'ulimit -f 0; exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", line, "sh", *COMMAND, "validate", "--log-level", "debug", "--log-file", "run.log"],
        cwd=stage.folder,
        env=stage.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "Warning: The log is no longer written to run.log: File too large\n"


def test_a_closed_stderr_stops_nothing(monkeypatch: pytest.MonkeyPatch, output: Output) -> None:
    """The reader of the log is gone."""
    output.log.begin(level="info")
    stream = io.StringIO()
    stream.close()
    monkeypatch.setattr(sys, "stderr", stream)
    get_logger("proxbox_plan.test").info("x")


def test_a_log_that_is_closed_drops_what_comes_late(tmp_path: Path) -> None:
    """A thread of a collection may still be at work."""
    warned: list[str] = []
    log = LogOutput(warned.append)
    log.begin(file=str(tmp_path / "run.log"))
    (handler,) = logging.getLogger(ROOT).handlers[-1:]
    log.close()
    log.close()
    handler.handle(logging.LogRecord("proxbox_plan.test", logging.INFO, __file__, 1, "late", (), None))
    assert "late" not in (tmp_path / "run.log").read_text()
    assert warned == []


@pytest.mark.slow
def test_a_wait_is_said_in_a_pipe(fake: Fake, stage: Stage) -> None:
    """A NetBox that restarts during a plan, and one that has not come back."""
    seen: list[str] = []

    def restarting(record: RequestRecord) -> Fault | None:
        seen.append(record.path)
        return Fault(status=503) if len(seen) < 3 else None

    fake[1].fake.faults = restarting
    said = stage.run("plan")
    assert said.err == "Waiting for NetBox: answered 503; try 2 of 4 in 0 s.\nWrote plan.json.\n"
    fake[1].fake.faults = lambda _: Fault(status=503)
    said = stage.run("apply", "plan.json")
    assert said.err.startswith("Waiting for NetBox: answered 503; try 2 of 4 in 0 s.\nError: NetBox answered 503")
    said = stage.run("unlock", "x")
    assert "Waiting for NetBox: answered 503; try 2 of 4 in 0 s.\n" in said.err


def test_a_wait_is_said_in_the_bar() -> None:
    """In place of what was done last; gone when it is over."""
    display = Display()
    display.bars.live.console = Console(file=io.StringIO(), width=160, force_terminal=True)
    with ProgressBar("Reading NetBox", display) as bar:
        bar.waiting("NetBox: connection refused; try 2 of 6 in 10 s")
        assert label(display) == "waiting for NetBox: connection refused; try 2 of 6 in 10 s"
        bar.waiting("")
        assert label(display) == ""


def label(display: Display) -> str:
    """Return what a bar says beside its number."""
    (task,) = display.bars.tasks
    return str(task.fields["label"])
