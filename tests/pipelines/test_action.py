"""The composite action: its steps, run as they stand in action.yml."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.conftest import SetUp
from tests.pipelines.github import RUN, GitHub, Run
from tests.pipelines.test_github import Repository

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))


def _run(github: GitHub, shared: dict[str, str], **inputs: str) -> Run:
    """Run the action with these inputs; nothing is installed, because the runner has proxbox."""
    defaults = {name: said.get("default", "") for name, said in ACTION["inputs"].items()}
    known = {f"inputs.{name}": value for name, value in {**defaults, "token": "gh-token", **inputs}.items()}
    shared = {**shared, "GITHUB_ACTION_PATH": str(ROOT)}
    known["inputs.source || github.action_path"] = ""
    steps = [
        step for step in ACTION["runs"]["steps"] if "inputs.comment" not in step.get("if", "") or "comment" in inputs
    ]
    return github.steps(steps, shared, **known)


@pytest.mark.slow
def test_a_plan_is_shown_and_kept(fake: tuple[SetUp, FakeNetBoxThread], tmp_path: Path, proxbox: str) -> None:
    """On the pull request, and as an artifact; that there are changes is said by the exit code, and no failure."""
    repository = Repository(tmp_path, fake[0], proxbox)
    repository.propose()
    args = "--state\nstate.json\n--detailed-exitcode\n"
    secrets = {"NETBOX_TOKEN": repository.stage.netbox_token}
    found = _run(repository.github, secrets, command="plan", args=args, artifact="netbox-plan")
    assert found.code == 0, found.out
    assert found.outputs == {"run.exit-code": "2"}
    kept = repository.github.artifacts / RUN / "netbox-plan"
    assert {"plan.json", "plan.md", "plan.html"} <= {path.name for path in kept.iterdir()}
    assert _run(repository.github, {}, command="show", args="plan.json", comment="true").code == 0
    assert "1 to update" in repository.comments()[0]


@pytest.mark.covering
def test_no_argument_is_read_by_a_shell(tmp_path: Path, proxbox: str) -> None:
    """One line is one argument, whatever is in it; and an error of proxbox is one of the step."""
    found = _run(GitHub(tmp_path, "", proxbox), {}, command="show", args="$(touch broken); `touch broken`\n")
    assert found.code == 1
    assert "$(touch broken); `touch broken`: the file does not exist" in found.out
    assert not list(tmp_path.rglob("broken"))
