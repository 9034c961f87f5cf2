"""The workflows that `proxbox init` writes, run step by step as they stand in their files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoDisk, DemoGuest
from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.pipelines.github import BOT, GitHub, Run

PLAN = "the plan"
NOT_CALLED = "#!/bin/sh\necho proxbox is called\n"
MARKER = "<!-- proxbox-plan: plan of lab -->"
DIGEST = hashlib.sha256(PLAN.encode()).hexdigest()
CHECK = """mapping: {create_sites: true}
checks: [{name: nothing grows, when: change.action == "update"}]
"""
REQUIRED = CHECK.replace("}]", ", severity: require, label: looked at}]")
Fake = tuple[SetUp, FakeNetBoxThread]


def small_cluster() -> ClusterDescription:
    """Return a cluster with one machine that has one disk."""
    cluster = ClusterDescription.seeded(3, guests=1, nodes=1, name="lab")
    disk = DemoDisk("local-lvm", "vm-900-disk-0", "8G")
    cluster.add_guest(
        DemoGuest(
            "qemu",
            900,
            "pve1",
            "app",
            "90000000-0000-4000-8000-000000000900",
            "91000000-0000-4000-8000-000000000900",
            disks={"scsi0": disk},
        )
    )
    return cluster


class Repository:
    """A repository on GitHub whose main branch agrees with NetBox."""

    def __init__(self, folder: Path, set_up: SetUp, proxbox: str, rest: str = "") -> None:
        """Collect and apply everything once."""
        self.cluster = small_cluster()
        self.stage: Stage = set_up(self.cluster)
        self.stage.plan()
        self.stage.apply()
        if rest:
            self.stage.configure(rest=rest)
        self.github = GitHub(folder / "github", (folder / "proxbox.yaml").read_text(), proxbox)
        self.secrets = {
            "secrets.NETBOX_READ_TOKEN": self.stage.netbox_token,
            "secrets.NETBOX_WRITE_TOKEN": self.stage.netbox_token,
            "secrets.PVE_TOKEN": self.stage.proxmox.token_secret,
        }
        self.agree()

    def agree(self) -> None:
        """Commit the state to main."""
        self.stage.good("collect", "--out", str(self.github.work / "state.json"))
        self.github.commit("state")

    def run(self, workflow: str, job: str, **context: str) -> Run:
        """Run one job with this repository's secrets."""
        return self.github.run(workflow, job, **self.secrets, **context)

    def propose(self) -> str:
        """Resize a disk, and commit the new state on a branch; return its head."""
        self.cluster.resize_disk(900, "scsi0", "32G")
        self.github.git("switch", "--quiet", "--create", "change")
        self.stage.good("collect", "--out", str(self.github.work / "state.json"))
        return self.github.commit("a larger disk")

    def plan(self) -> Run:
        """Run the workflow of a pull request for the branch that is checked out."""
        found = self.run("netbox-plan", "plan")
        self.github.finished("netbox-plan", self.github.git("rev-parse", "HEAD"), ok=not found.code)
        return found

    def comments(self) -> list[str]:
        """Return the comments on the pull request."""
        return [comment["body"] for comment in self.github.forge["comments"].get("1", [])]

    def disk(self) -> int:
        """Return the size that NetBox has for the disk, in MiB."""
        disks = self.stage.netbox("virtualization/virtual-disks", name="scsi0")
        return int(next(disk["size"] for disk in disks if disk["virtual_machine"]["name"] == "app"))


@pytest.mark.slow
def test_from_pull_request_to_apply(set_up: SetUp, tmp_path: Path, proxbox: str) -> None:
    """One comment with the plan; after the merge exactly that plan, and then nothing is left."""
    repository = Repository(tmp_path, set_up, proxbox)
    head = repository.propose()
    planned = repository.plan()
    assert planned.code == 0, planned.out
    (comment,) = repository.comments()
    assert "1 to update" in comment
    repository.github.merge(1, head)
    reviewed = repository.run("netbox-apply", "reviewed")
    assert reviewed.code == 0, reviewed.out
    assert "1 to update" in reviewed.summary
    digest = reviewed.outputs["fetch.digest"]
    assert f"`sha256:{digest}`" in comment
    assert repository.disk() == 8 * 1024
    applied = repository.run("netbox-apply", "apply", **{"needs.reviewed.outputs.digest": digest})
    assert applied.code == 0, applied.out
    assert repository.disk() == 32 * 1024
    assert repository.stage.plan().changes == ()


def _merged(folder: Path, spoilt: str) -> GitHub:
    """Return a repository with a reviewed and merged plan, in which one thing is not as it should be."""
    github = GitHub(folder, "", NOT_CALLED)
    head = github.commit("reviewed")
    if spoilt != "artifact":
        kept = github.artifacts / "1" / "netbox-plan"
        kept.mkdir(parents=True)
        (kept / "plan.json").write_text("another plan" if spoilt == "plan" else PLAN)
        (kept / "plan.md").write_text("the report")
    github.finished("netbox-plan", head, ok=spoilt != "run")
    if spoilt == "pushed":
        github.commit("past the pull request")
    else:
        github.merge(1, head)
    said = f"{MARKER}\n\nPlan file: `sha256:{DIGEST}`\n"
    author = "mallory" if spoilt == "author" else BOT
    body = "looks good" if spoilt == "comment" else said
    comment = {"id": 1, "user": {"login": author}, "body": body}
    github.save({**github.forge, "comments": {"1": [{**comment, "body": "hello"}] * 2 + [comment]}})
    return github


def test_the_reviewed_plan_is_fetched(tmp_path: Path) -> None:
    """It is shown to whoever lets it through, and named by its digest."""
    github = _merged(tmp_path, "")
    found = github.run("netbox-apply", "reviewed")
    assert found.code == 0, found.out
    assert found.outputs == {"fetch.digest": DIGEST}
    assert found.summary == "the report"
    assert (github.work / "plan.json").read_text() == PLAN


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ("pushed", "merged no pull request"),
        pytest.param("run", "has no successful plan for its last commit", marks=pytest.mark.slow),
        pytest.param("comment", "has no comment that shows its plan", marks=pytest.mark.slow),
        pytest.param("author", "has no comment that shows its plan", marks=pytest.mark.slow),
        pytest.param("artifact", "is not kept any more", marks=pytest.mark.slow),
        ("plan", "is not the one that is shown"),
    ],
)
def test_nothing_but_the_reviewed_plan_is_applied(tmp_path: Path, spoilt: str, why: str) -> None:
    """Whatever is missing or is another: it is refused before NetBox hears of it."""
    github = _merged(tmp_path, spoilt)
    found = github.run("netbox-apply", "reviewed")
    assert found.code == 1
    assert "::error::Nothing is applied: " in found.out
    assert why in found.out
    assert not (github.work / "plan.json").exists()


def test_another_plan_than_the_one_let_through_is_refused(tmp_path: Path) -> None:
    """Between the approval and the apply nothing may be exchanged; proxbox is not even started."""
    github = _merged(tmp_path, "")
    digest = {"needs.reviewed.outputs.digest": "0" * 64, "secrets.NETBOX_WRITE_TOKEN": "none"}
    found = github.run("netbox-apply", "apply", **digest)
    assert found.code == 1
    assert "is not the one that was let through" in found.out
    assert found.out.count("proxbox is called") == 1  # for its version


@pytest.mark.slow
def test_labels_are_what_checks_require(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """A check that requires a label takes it from the labels of the pull request, and from nothing else."""
    repository = Repository(tmp_path, fake[0], proxbox, rest=REQUIRED)
    head = repository.propose()
    assert repository.plan().code == 0
    repository.github.merge(1, head)
    for labels, code in (([], 3), (["urgent", "looked at"], 0)):
        forge = repository.github.forge
        forge["pulls"][0]["labels"] = [{"name": label} for label in labels]
        repository.github.save(forge)
        found = repository.run("netbox-apply", "apply", **{"needs.reviewed.outputs.digest": ""})
        assert found.code == code, found.out


@pytest.mark.slow
def test_a_refused_plan_is_shown_and_not_applied(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """The comment says which limit or check refuses it; the job fails, so that the apply finds no plan."""
    repository = Repository(tmp_path, fake[0], proxbox, rest=CHECK)
    head = repository.propose()
    assert repository.plan().code == 3
    assert "nothing grows" in repository.comments()[0]
    repository.github.merge(1, head)
    assert "has no successful plan" in repository.run("netbox-apply", "reviewed").out


@pytest.mark.slow
def test_every_push_updates_the_one_comment(tmp_path: Path) -> None:
    """Among others' comments, however many; it names the file it shows."""
    github = GitHub(tmp_path, "", NOT_CALLED)
    others = [{"id": number, "user": {"login": "ada"}, "body": f"{MARKER}\nmine"} for number in (1, 2, 3)]
    github.save({**github.forge, "comments": {"1": others}})
    (github.work / "plan.json").write_text(PLAN)
    for verdict in ("first", "second"):
        (github.work / "plan.md").write_text(f"{MARKER}\n{verdict}\n")
        found = github.run("netbox-plan", "plan", only="Comment")
        assert found.code == 0, found.out
    comments = github.forge["comments"]["1"]
    assert comments[:3] == others
    assert [comment["body"] for comment in comments[3:]] == [f"{MARKER}\nsecond\n\nPlan file: `sha256:{DIGEST}`\n"]


@pytest.mark.slow
def test_drift_is_one_issue(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """It is opened, kept current, and closed when both agree again."""
    repository = Repository(tmp_path, fake[0], proxbox)
    github, last = repository.github, "Open, update or close the issue"
    repository.stage.edit("virtualization/virtual-machines", "app", memory=64)
    assert repository.run("netbox-drift", "drift").code == 0
    assert "<code>64</code>" in github.forge["open issues"][0]["body"]
    (github.work / "drift.md").write_text("something else")
    assert github.run("netbox-drift", "drift", only=last, **{"steps.compare.outputs.drift": "yes"}).code == 0
    (issue,) = github.forge["open issues"]
    assert (issue["state"], issue["body"]) == ("open", "something else")
    repository.stage.plan()
    repository.stage.apply()
    assert repository.run("netbox-drift", "drift").code == 0
    (issue,) = github.forge["open issues"]
    assert (issue["state"], issue["labels[]"]) == ("closed", "netbox-drift")
    assert repository.comments() == ["NetBox agrees with Proxmox again."]


@pytest.mark.slow
def test_an_error_is_no_drift(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """When Proxmox cannot be read the job fails, and the issue stays as it is."""
    repository = Repository(tmp_path, fake[0], proxbox)
    repository.stage.proxmox.faults.add("*", status=401)
    found = repository.run("netbox-drift", "drift")
    assert found.code == 1
    assert repository.github.forge["open issues"] == []


@pytest.mark.slow
def test_the_nightly_state_is_one_pull_request(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """With the difference as its text; none when nothing changed, and the same one while it is open."""
    repository = Repository(tmp_path, fake[0], proxbox)
    github, last = repository.github, "Open or update the pull request"
    assert "Proxmox is as it was." in repository.run("netbox-collect", "collect", only=last).out
    assert github.forge["open pulls"] == []
    for size in ("32G", "64G"):
        repository.cluster.resize_disk(900, "scsi0", size)
        github.git("switch", "--quiet", "main")
        found = repository.run("netbox-collect", "collect")
        assert found.code == 0, found.out
    (pull,) = github.forge["open pulls"]
    assert (pull["head"], pull["base"]) == ("netbox/state", "main")
    assert str(64 * 2**30) in pull["body"]
    pushed = github.git("--git-dir", str(github.remote), "show", "netbox/state:state.json")
    assert str(64 * 2**30) in pushed
    assert github.git("log", "--format=%an", "-1", "netbox/state") == BOT


def test_a_runner_without_proxbox_says_so(tmp_path: Path) -> None:
    """The first step ends with a sentence, not with `command not found` in the fourth."""
    github = GitHub(tmp_path, "", NOT_CALLED)
    github.lose_proxbox()
    found = github.run("netbox-plan", "plan")
    assert found.code == 1
    assert "::error::There is no proxbox on this runner" in found.out


def test_a_fork_gets_no_plan_and_is_told_why(tmp_path: Path) -> None:
    """Its job needs no token, not even one that reads, and it fails: a check that was skipped counts as passed."""
    github = GitHub(tmp_path, "", NOT_CALLED)
    found = github.run("netbox-plan", "fork")
    assert found.code == 1
    assert "::error::A pull request from a fork gets no token for NetBox, so there is no plan." in found.out
