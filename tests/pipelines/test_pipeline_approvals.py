"""Approvals in the pipelines that `proxbox init` writes: committed on the pull request, shown there, counted later.

Something else is edited in NetBox between the pull request and its merge, as happens: what is planned then is another
plan, with the same changes.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.pipelines.github import AUTHOR
from tests.pipelines.gitlab import GitLab
from tests.pipelines.test_github import Repository, small_cluster
from tests.ssh_keys import new_key, public

pytestmark = pytest.mark.slow
RULES = """mapping: {create_sites: true}
apply: {require_approvals: 1, allowed_signers: allowed_signers}
"""
LOGINS = {"alice": "alice", "bob": AUTHOR}
REQUIRED = "The plan requires 1 approval, and"
Fake = tuple[SetUp, FakeNetBoxThread]


class People:
    """Who may approve: each with a key, a name, and the name that the forge knows them by."""

    def __init__(self, folder: Path, stage: Stage) -> None:
        """Make the keys, and the file beside the configuration of the stage."""
        self.folder, self.stage = folder, stage
        self.folder.mkdir()
        lines = [f"{name}@example.com,{login} {public(new_key(folder, name))}\n" for name, login in LOGINS.items()]
        (stage.folder / "allowed_signers").write_text("".join(lines))

    def approve(self, name: str, plan: Path, repository: Path, *options: str) -> None:
        """Sign the plan that the pipeline kept, and put that beside the configuration."""
        shutil.copy(plan, self.stage.folder / "kept.json")
        (repository / "approvals").mkdir(exist_ok=True)
        out = repository / "approvals" / f"1-{name}.json"
        self.stage.good("approve", "kept.json", "--key", str(self.folder / name), "-o", str(out), *options)


@pytest.mark.parametrize(
    ("approver", "options", "shown", "why"),
    [
        ("", (), f"{REQUIRED} 0 count", f"{REQUIRED} 0 count"),
        (
            "bob",
            ("--changes",),
            "does not count: <code>bob\\@<!-- -->example.com made the plan",
            "bob@example.com made the plan",
        ),
        ("alice", (), f"{REQUIRED} 1 counts", "is for another plan with the same changes"),
        ("alice", ("--changes",), f"{REQUIRED} 1 counts (alice\\@<!-- -->example.com)", ""),
    ],
    ids=["none", "by the author", "of the plan", "of the changes"],
)
def test_github(
    fake: Fake, tmp_path: Path, proxbox: str, approver: str, options: tuple[str, ...], shown: str, why: str
) -> None:
    """The apply after the merge takes place with an approval of the changes by another person than the author."""
    repository = Repository(tmp_path, fake[0], proxbox, rest=RULES)
    github, stage = repository.github, repository.stage
    people = People(tmp_path / "keys", stage)
    shutil.copy(stage.folder / "allowed_signers", github.work)
    github.commit("who may approve")
    repository.propose()
    assert repository.plan().code == 0
    assert f"{REQUIRED} 0 count." in repository.comments()[0]
    if approver:
        people.approve(approver, github.artifacts / "1" / "netbox-plan" / "plan.json", github.work, *options)
        github.commit("approve")
        assert repository.plan().code == 0
    (comment,) = repository.comments()
    assert shown in comment
    stage.edit("dcim/sites", "DC1", description="another edit")
    github.merge(1, github.git("rev-parse", "change"))
    applied = repository.apply()
    assert (applied.code == 0) == (not why), applied.out
    assert why in applied.out
    assert repository.disk() == (8 if why else 32) * 1024


@pytest.mark.parametrize(("approver", "code"), [("bob", 3), ("alice", 0)])
def test_gitlab(fake: Fake, tmp_path: Path, proxbox: str, approver: str, code: int) -> None:
    """The same there."""
    stage = fake[0](small_cluster())
    stage.configure(rest=RULES)
    people = People(tmp_path / "keys", stage)
    with GitLab(tmp_path / "gitlab", proxbox, (stage.folder / "proxbox.yaml").read_text()) as gitlab:
        shutil.copy(stage.folder / "allowed_signers", gitlab.work)
        gitlab.git("switch", "--quiet", "--create", "change")
        stage.good("collect", "--out", str(gitlab.work / "state.json"))
        gitlab.commit("everything")
        assert gitlab.run("plan", NETBOX_READ_TOKEN=stage.netbox_token).code == 0
        assert f"{REQUIRED} 0 count." in gitlab.notes[0]["body"]
        people.approve(approver, gitlab.work / "plan.json", gitlab.work, "--changes")
        head = gitlab.commit("approve")
        assert gitlab.run("plan", NETBOX_READ_TOKEN=stage.netbox_token).code == 0
        assert f"{REQUIRED} {'1 counts' if code == 0 else '0 count'}" in gitlab.notes[0]["body"]
        gitlab.merge(head)
        reviewed = gitlab.run("reviewed", NETBOX_READ_TOKEN=stage.netbox_token)
        assert reviewed.code == 0, reviewed.out
        applied = gitlab.run("apply", file="next.yml", NETBOX_WRITE_TOKEN=stage.netbox_token)
        assert applied.code == code, applied.out
        assert ("made the plan" in applied.out) == (code == 3)
