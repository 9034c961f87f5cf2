"""Files that a command names: no output takes the place of an input, of another output, or of what a link points to."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest

from proxbox_plan.cli.main import cli, run
from proxbox_plan.cli.registry import COMMANDS
from proxbox_plan.cli.terminal.files import FileParameter
from proxbox_plan.documents import write_document
from tests.builders import busy_plan, outcome, state

Captured = pytest.CaptureFixture[str]

CONFIG = """netbox:
  url: http://127.0.0.1:9
  token: {file: netbox.token}
  ca_file: netbox.pem
include: [rules.yaml]
clusters:
  - name: lab
    host: 127.0.0.1
    port: 9
    token: {id: "a@pve!b", secret: {file: proxmox.token}}
    ca_file: proxmox.pem
    site: DC1
"""
NAMES = ("proxbox.yaml", "rules.yaml", "netbox.token", "netbox.pem", "proxmox.token", "proxmox.pem")


@dataclass
class Folder:
    """A folder with a configuration and documents, in which nothing may change."""

    path: Path
    target: Path

    def __post_init__(self) -> None:
        """Note what is in it."""
        self.before = self.content()

    def content(self) -> dict[str, bytes | str]:
        """Return every file, where every link leads, and the file that the links lead to."""
        found = {path.name: str(path.readlink()) if path.is_symlink() else path.read_bytes() for path in self.paths}
        return {**found, "": self.target.read_bytes()}

    @property
    def paths(self) -> tuple[Path, ...]:
        """Everything in it."""
        return tuple(self.path.iterdir())

    def link(self, name: str) -> None:
        """Make a link to a file of the user that is not to be touched."""
        (self.path / name).symlink_to(self.target)
        self.before = self.content()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Folder]:
    """Work in the folder."""
    place = tmp_path / "work"
    place.mkdir()
    for name in NAMES:
        (place / name).write_text("rules: []\n")
    (place / "proxbox.yaml").write_text(CONFIG)
    write_document(state(), place / "state.json")
    write_document(busy_plan(), place / "plan.json")
    write_document(outcome(), place / "outcome.json")
    (tmp_path / "target").write_text("mine")
    with contextlib.chdir(place):
        yield Folder(place, tmp_path / "target")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("show plan.json --report markdown=plan.json", "--report plan.json is the same file as FILE plan.json"),
        ("show plan.json state.json --report html=state.json", "--report state.json is the same file as FILE"),
        ("show plan.json --report html=x --report junit=./x", "--report x is the same file as --report x"),
        ("show plan.json --log-file plan.json", "The log plan.json is the same file as FILE plan.json"),
        ("--log-file plan.json show plan.json", "The log plan.json is the same file as FILE plan.json"),
        ("collect -o proxbox.yaml", "--out proxbox.yaml is the same file as --config proxbox.yaml"),
        ("collect -o rules.yaml", "--out rules.yaml is the same file as the file rules.yaml"),
        ("collect -o netbox.token", "--out netbox.token is the same file as the file netbox.token"),
        ("collect -o netbox.pem", "--out netbox.pem is the same file as the file netbox.pem"),
        ("collect -o proxmox.token", "--out proxmox.token is the same file as the file proxmox.token"),
        ("collect -o proxmox.pem", "--out proxmox.pem is the same file as the file proxmox.pem"),
        ("collect --events proxbox.yaml", "--events proxbox.yaml is the same file as --config proxbox.yaml"),
        ("collect --events x --report html=x", "is the same file as"),
        ("plan --state state.json --events state.json", "--events state.json is the same file as --state state.json"),
        ("plan --state state.json -o state.json", "--out state.json is the same file as --state state.json"),
        ("plan --state state.json --save-inventory state.json", "is the same file as --state state.json"),
        ("plan --state state.json --inventory-cache state.json", "is the same file as --state state.json"),
        ("plan --inventory-cache plan.json", "is the same file as"),
        ("plan --save-inventory plan.json", "is the same file as"),
        ("plan --split . -o auto.json", "The plan of the class auto auto.json is the same file as --out auto.json"),
        ("apply plan.json --outcome plan.json", "--outcome plan.json is the same file as PLAN plan.json"),
        ("apply plan.json --outcome proxbox.yaml", "--outcome proxbox.yaml is the same file as --config"),
        ("apply --yes --outcome plan.json", "The plan plan.json is the same file as --outcome plan.json"),
        ("apply plan.json --outcome .proxbox-apply.lock", "The lock .proxbox-apply.lock is the same file as --outcome"),
        ("apply plan.json --events plan.journal.jsonl", "The journal plan.journal.jsonl is the same file as --events"),
        ("apply plan.json --report html=plan.outcome.json", "The outcome plan.outcome.json is the same file as"),
        ("undo outcome.json -o outcome.json", "--out outcome.json is the same file as OUTCOME outcome.json"),
        ("drift --state state.json -o state.json", "--out state.json is the same file as --state state.json"),
        ("diff state.json plan.json --report html=plan.json", "--report plan.json is the same file as AFTER plan.json"),
        ("validate --junit proxbox.yaml", "--junit proxbox.yaml is the same file as --config proxbox.yaml"),
        ("validate --junit rules.yaml", "--junit rules.yaml is the same file as the file rules.yaml"),
    ],
)
def test_an_output_takes_no_place(line: str, words: str, folder: Folder, capsys: Captured) -> None:
    """Refused before any work, with both names."""
    assert run(line.split()) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert words in captured.err
    assert "Hint: Name another file" in captured.err
    assert folder.content() == folder.before


@pytest.mark.parametrize("name", ["proxbox.yaml", "plan.json"])
def test_a_log_of_a_wrong_command_line(name: str, folder: Folder, capsys: Captured) -> None:
    """Which files the command would use is not known, so nothing is appended to what is no log."""
    assert run(["--log-file", name, "show", "--no-such-option"]) == 1
    assert "No such option" in capsys.readouterr().err
    assert folder.content() == folder.before


def test_a_log_of_the_environment(folder: Folder, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """`PROXBOX_LOG` names a file as well as an option does."""
    monkeypatch.setenv("PROXBOX_LOG", "debug:plan.json")
    assert run(["show", "plan.json"]) == 1
    assert "The log plan.json is the same file as FILE plan.json" in capsys.readouterr().err
    assert folder.content() == folder.before


@pytest.mark.parametrize(
    "line",
    [
        "show plan.json --report html=LINK",
        "show plan.json --log-file LINK",
        "collect -o LINK",
        "collect --events LINK",
        "plan --state state.json -o LINK",
        "plan --state state.json --save-inventory LINK",
        "plan --state state.json --inventory-cache LINK",
        "apply plan.json --outcome LINK",
        "undo outcome.json -o LINK",
        "drift --state state.json -o LINK",
        "validate --junit LINK",
    ],
)
def test_no_output_goes_through_a_link(line: str, folder: Folder, capsys: Captured) -> None:
    """Refused before any work; whoever may write into the folder could name any file."""
    folder.link("link")
    assert run(line.replace("LINK", "link").split()) == 1
    assert "link: it is a symbolic link" in capsys.readouterr().err
    assert folder.content() == folder.before


@pytest.mark.parametrize("name", [".proxbox-apply.lock", "plan.journal.jsonl", "plan.outcome.json"])
def test_no_file_beside_a_plan_is_a_link(name: str, folder: Folder, capsys: Captured) -> None:
    """Their names are known to everyone."""
    folder.link(name)
    assert run(["apply", "plan.json"]) == 1
    assert f"{name}: it is a symbolic link" in capsys.readouterr().err
    assert folder.content() == folder.before


@pytest.mark.parametrize(
    "line",
    ["apply /dev/zero", "show /dev/zero", "validate -c /dev/zero", "diff /dev/zero state.json", "undo /dev/zero"],
)
def test_a_device_is_no_input(line: str, capsys: Captured) -> None:
    """It would be read until memory ends."""
    assert run(line.split()) == 1
    assert "/dev/zero: cannot be read: it is a device, not a file" in capsys.readouterr().err


@pytest.mark.parametrize("line", ["apply /", "apply .", "show .", "validate -c ."])
def test_a_folder_is_no_input(line: str, capsys: Captured) -> None:
    """Said in words."""
    assert run(line.split()) == 1
    assert "is a folder" in (said := capsys.readouterr().err) or "is a directory" in said


def test_every_parameter_says_what_it_does_with_its_file() -> None:
    """So that a new option cannot be forgotten. Folders, globs and what the output itself notes are named here."""
    others = {"folder", "split", "reports", "events", "log_file"}
    names = ("FILE", "PLAN", "OUTCOME", "BEFORE", "AFTER", "PATH")
    with click.Context(cli) as context:
        commands = [command for name in COMMANDS if (command := cli.get_command(context, name)) is not None]
        groups = [command for command in commands if isinstance(command, click.Group)]
        commands += [command for group in groups for command in group.commands.values()]
        said = {
            (command.name, parameter.name)
            for command in commands
            for parameter in command.params
            if not isinstance(parameter.type, FileParameter) and parameter.name not in others
            if any(word in parameter.make_metavar(context) for word in names) or isinstance(parameter.type, click.Path)
        }
    assert said == set()
