"""What the examples say is what the commands take, and what they are made of is pinned."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from proxbox_plan.cli.main import cli, run
from scripts.lint import SCRIPTS, WORKFLOWS, lint_scripts, lint_workflows
from tests.builders import state
from tests.cases import Cases

ROOT = Path(__file__).parent.parent
PYTHON = {".py", ".pyc"}  # whose commands are not typed by people
EXAMPLES = sorted(path for path in (ROOT / "examples").rglob("*") if path.is_file() and path.suffix not in PYTHON)
FILES = [*EXAMPLES, ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml", *sorted((ROOT / "docs").glob("*.md"))]
RUNS = re.compile(r"(?:^|[\s/`\"(])proxbox ((?:%s)\b[^\n`#;|>&)]*)" % "|".join(cli.list_commands(click.Context(cli))))  # noqa: UP031 - braces of the expression itself
GITLAB = yaml.safe_load((ROOT / "examples" / "gitlab" / ".gitlab-ci.yml").read_text(encoding="utf-8"))


def _commands() -> list[tuple[Path, str]]:
    return [(file, line.strip()) for file in FILES for line in RUNS.findall(file.read_text(encoding="utf-8"))]


def test_every_option_exists() -> None:
    """A command that is shown can be typed."""
    with Cases() as case:
        for file, line in _commands():
            with case(file.name, line):
                name, *rest = shlex.split(line.replace('"', "").replace("\\", ""))
                command = cli.get_command(click.Context(cli), name)
                while isinstance(command, click.Group) and rest and not rest[0].startswith(("-", "[")):
                    command = command.get_command(click.Context(command), rest.pop(0))
                assert command is not None, file
                known = {option for parameter in command.params for option in parameter.opts}
                asked = {word.partition("=")[0] for word in rest if word.startswith("--")}
                assert asked <= {*known, "--help"}, file


@pytest.mark.covering
def test_workflows_and_scripts_are_sound() -> None:
    """Least permissions, actions by their commits, no expression inside a script, no credentials left behind."""
    assert lint_workflows(*WORKFLOWS) == ""
    assert lint_scripts(*SCRIPTS, *(ROOT / "examples").rglob("*.sh")) == ""


@pytest.mark.parametrize(
    "file", sorted((ROOT / "examples/github/.github/workflows").glob("*.yml")), ids=lambda f: f.stem
)
def test_every_step_is_one_short_call(file: Path) -> None:
    """What is longer is in a script that can be read, linted and tested; no event gives a fork our secrets."""
    workflow = yaml.safe_load(file.read_text(encoding="utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert [step["run"] for step in steps if "\n" in step.get("run", "") or "${{" in step.get("run", "")] == []
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow[True]  # YAML 1.1 reads `on` as a truth


def test_gitlab_jobs_are_whole() -> None:
    """Every job has a stage that exists, a rule that says when, and a script or a child; one gets the write token."""
    words = {"image", "stages", "workflow", "variables"}
    jobs = {name: job for name, job in GITLAB.items() if name not in words}
    assert jobs.keys() == {"plan", "fork", "reviewed", "approve", "lost", "drift", "collect", "auto"}
    for job in jobs.values():
        assert job["stage"] in {*GITLAB["stages"], ".post"}
        assert all(rule["if"] for rule in job["rules"])
        assert ("script" in job) != ("trigger" in job)
        assert all(isinstance(line, str) for line in job.get("script", ()))
    assert [name for name, job in jobs.items() if "NETBOX_WRITE_TOKEN" in json.dumps(job)] == ["auto"]
    assert jobs["auto"]["environment"] == "netbox-auto"


def test_the_child_that_applies_is_the_one_with_the_write_token() -> None:
    """Behind an environment, with the plan of its parent; the other child does nothing."""
    folder = ROOT / "examples/gitlab/.gitlab/proxbox"
    apply = yaml.safe_load((folder / "apply.yml").read_text(encoding="utf-8"))["apply"]
    assert apply["variables"] == {"NETBOX_TOKEN": "$NETBOX_WRITE_TOKEN"}
    assert apply["environment"] == "netbox"
    assert apply["needs"] == [{"pipeline": "$PARENT_PIPELINE_ID", "job": "reviewed"}]
    assert GITLAB["approve"]["variables"] == {"PARENT_PIPELINE_ID": "$CI_PIPELINE_ID"}
    assert "NETBOX" not in (folder / "nothing.yml").read_text(encoding="utf-8")


def test_the_hooks_of_pre_commit_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the file as their last argument, on a good one and on a broken one."""
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    good = {"proxbox-validate": (ROOT / "examples/github/proxbox.yaml").read_text(), "proxbox-state": state().to_json()}
    for name, text in good.items():
        file = tmp_path / "file"
        entry = [*hooks[name]["entry"].split()[1:], str(file)]
        file.write_text(text)
        assert run(entry) == 0
        file.write_text(f"nothing: [{text}")
        assert run(entry) == 1
    assert capsys.readouterr().err.count("Error: ") == len(good)


def test_a_unit_has_a_time_and_a_cage() -> None:
    """It is started as no particular user, and takes drift for no failure."""
    unit = (ROOT / "examples/systemd/proxbox-drift.service").read_text(encoding="utf-8")
    assert "\nDynamicUser=yes\n" in unit
    assert "\nSuccessExitStatus=2\n" in unit
    assert "\nOnCalendar=" in (ROOT / "examples/systemd/proxbox-drift.timer").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Every line of them, with a program that is there."""
    for name in ("proxbox-drift.service", "proxbox-drift.timer"):
        text = (ROOT / "examples/systemd" / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text.replace("/usr/local/bin/proxbox", sys.executable))
    units = [str(tmp_path / name) for name in ("proxbox-drift.service", "proxbox-drift.timer")]
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "proxbox-drift" in line]
    assert (done.returncode, ours) == (0, []), done.stderr


def test_the_image_runs_as_nobody_and_copies_no_more_than_it_needs() -> None:
    """Every file that is copied exists and passes .dockerignore."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (.+) \./$", text, re.MULTILINE)
    assert len(copied) == 2  # the lock, which changes less often than what is built
    allowed = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for name in (*(name for line in copied for name in line.split()), "proxbox_plan"):
        assert (ROOT / name).exists()
        assert f"!{name.partition('/')[0]}" in allowed  # with a folder goes what is in it
    assert text.index("\nUSER 10001:10001\n") > text.rindex("\nRUN ")
