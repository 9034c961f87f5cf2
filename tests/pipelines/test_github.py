"""The workflows that `proxbox init` writes, run step by step as they stand in their files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoDisk, DemoGuest
from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.pipelines.github import BOT, EXAMPLE, GitHub, Run

NOT_CALLED = "#!/bin/sh\necho proxbox is called\n"
MARKER = "<!-- proxbox-plan: plan of lab -->"
DIGEST, OTHER = (f"sha256:{character * 64}" for character in "ab")
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
        commented = self.run("netbox-plan", "comment", **{"github.event.pull_request.base.sha": "main"})
        assert commented.code == 0, commented.out
        self.github.ended("netbox-plan", "change")
        return found

    def apply(self) -> Run:
        """Run the workflow of a merge; return the job that applies, if there is something to apply."""
        reviewed = self.run("netbox-apply", "reviewed")
        if reviewed.code or reviewed.outputs.get("plan.changes") != "yes":
            return reviewed
        digest = {"needs.reviewed.outputs.digest": reviewed.outputs["plan.digest"]}
        applied = self.run("netbox-apply", "apply", **digest)
        self.github.ended("netbox-apply")
        return applied

    def comments(self) -> list[str]:
        """Return the comments on the pull request."""
        return [comment["body"] for comment in self.github.forge["comments"].get("1", [])]

    def disk(self) -> int:
        """Return the size that NetBox has for the disk, in MiB."""
        disks = self.stage.netbox("virtualization/virtual-disks", name="scsi0")
        return int(next(disk["size"] for disk in disks if disk["virtual_machine"]["name"] == "app"))


@pytest.mark.slow
def test_from_pull_request_to_apply(set_up: SetUp, tmp_path: Path, proxbox: str) -> None:
    """One comment with the plan; after the merge exactly its changes, and then nothing is left to approve."""
    repository = Repository(tmp_path, set_up, proxbox)
    head = repository.propose()
    planned = repository.plan()
    assert planned.code == 0, planned.out
    (comment,) = repository.comments()
    assert "1 to update" in comment
    assert "[Run and full report](<https://github.com/acme/netbox/actions/runs/77>)" in comment
    repository.github.merge(1, head)
    reviewed = repository.run("netbox-apply", "reviewed")
    assert reviewed.code == 0, reviewed.out
    assert "1 to update" in reviewed.summary
    assert f"Reviewed changes: `{reviewed.outputs['plan.digest']}`" in comment
    assert repository.disk() == 8 * 1024
    applied = repository.apply()
    assert applied.code == 0, applied.out
    assert repository.disk() == 32 * 1024
    assert repository.stage.plan().changes == ()
    again = repository.run("netbox-apply", "reviewed")
    assert (again.code, again.outputs["plan.changes"]) == (0, "no"), again.out


def planning(digest: str, code: int = 0, changes: str = "[1]") -> str:
    """Return a `proxbox` whose plans have these changes."""
    plan = f'{{"changes": {changes}, "changes_digest": "{digest}"}}'
    return f"""#!/bin/sh
echo "proxbox $*"
[ "$1" = plan ] || exit 0
echo '{plan}' >plan.json
printf '%s\\nthe report\\n' '{MARKER}' >plan.md
exit {code}
"""


def _merged(folder: Path, proxbox: str, spoiled: str = "") -> GitHub:
    """Return a repository with a reviewed and merged plan, in which one thing is not as it should be."""
    github = GitHub(folder, "", proxbox)
    head = github.commit("reviewed")
    if spoiled == "pushed":
        github.commit("past the pull request")
    else:
        github.merge(1, head)
    said = f"{MARKER}\n\nReviewed changes: `{OTHER if spoiled == 'digest' else DIGEST}`\n"
    author = "mallory" if spoiled == "author" else BOT
    comment = {"id": 1, "user": {"login": author}, "body": "looks good" if spoiled == "comment" else said}
    number = "2" if spoiled == "number" else "1"
    github.save({**github.forge, "comments": {number: [{**comment, "body": "hello"}] * 2 + [comment]}})
    return github


@pytest.mark.covering
def test_what_was_reviewed_is_planned_again(tmp_path: Path) -> None:
    """By the code of main: whatever a pull request kept as an artifact, what is shown and applied is not that."""
    github = _merged(tmp_path, planning(DIGEST))
    evil = github.artifacts / "77" / "netbox-plan"
    evil.mkdir(parents=True)
    (evil / "plan.json").write_text('{"evil": true}')
    (evil / "plan.md").write_text("nothing to see here")
    found = github.run("netbox-apply", "reviewed", **{"secrets.NETBOX_READ_TOKEN": "t"})
    assert found.code == 0, found.out
    assert (found.outputs["plan.changes"], found.outputs["plan.digest"]) == ("yes", DIGEST)
    assert found.summary == f"{MARKER}\nthe report\n"
    applied = github.run(
        "netbox-apply", "apply", **{"needs.reviewed.outputs.digest": DIGEST, "secrets.NETBOX_WRITE_TOKEN": "t"}
    )
    assert f"proxbox apply plan.json --expect {DIGEST} --lock-timeout 3600" in applied.out
    assert DIGEST in (github.work / "plan.json").read_text()


@pytest.mark.covering
@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        ("pushed", "merged no pull request"),
        ("comment", "pull request #1 showed none"),
        ("author", "pull request #1 showed none"),
        ("number", "pull request #1 showed none"),  # the comment is that of another one from the same commit
        ("digest", f"pull request #1 showed {OTHER}"),
    ],
)
def test_nothing_but_the_reviewed_changes_is_applied(tmp_path: Path, spoiled: str, why: str) -> None:
    """Whatever is missing or is another: the job that may write does not begin, and an issue says so."""
    github = _merged(tmp_path, planning(DIGEST), spoiled)
    found = github.run("netbox-apply", "reviewed", **{"secrets.NETBOX_READ_TOKEN": "t"})
    assert found.code == 1
    assert "::error::Nothing is applied: " in found.out
    assert why in found.out
    assert "plan.changes" not in found.outputs
    number = "" if spoiled == "pushed" else "1"
    lost = github.run("netbox-apply", "lost", **{"needs.reviewed.outputs.number": number})
    assert lost.code == 0, lost.out
    (issue,) = github.forge["open issues"]
    assert issue["title"].startswith("Not applied: pull request #1" if number else "Not applied: ")
    assert "/acme/netbox/actions/runs/77" in issue["body"]


@pytest.mark.covering
def test_where_nothing_is_to_do_nothing_is_to_approve(tmp_path: Path) -> None:
    """A merge that changes no plan ends without waiting for anyone, also one that had no review."""
    github = _merged(tmp_path, planning(DIGEST, changes="[]"), "pushed")
    found = github.run("netbox-apply", "reviewed", **{"secrets.NETBOX_READ_TOKEN": "t"})
    assert (found.code, found.outputs["plan.changes"]) == (0, "no"), found.out


@pytest.mark.covering
@pytest.mark.parametrize(("code", "goes_on"), [(3, True), (1, False), (4, False)])
def test_a_plan_over_a_limit_goes_on_to_the_apply(tmp_path: Path, code: int, *, goes_on: bool) -> None:
    """There a label may permit it; any other error ends the run."""
    github = _merged(tmp_path, planning(DIGEST, code))
    found = github.run("netbox-apply", "reviewed", **{"secrets.NETBOX_READ_TOKEN": "t"})
    assert (found.code == 0) == goes_on
    assert ("plan.changes" in found.outputs) == goes_on


@pytest.mark.covering
def test_a_label_counts_if_a_maintainer_sets_it(tmp_path: Path) -> None:
    """Not one that a workflow's token sets, nor one of a person who may only push; and not one that was taken off."""
    github = _merged(tmp_path, planning(DIGEST))
    for name, who in (("by ada", "ada"), ("by bob", "bob"), ("by the bot", BOT), ("by bob, then ada", "bob")):
        github.label(name, who)
    github.label("by bob, then ada", "ada")
    found = github.run("netbox-apply", "reviewed", **{"secrets.NETBOX_READ_TOKEN": "t"})
    assert found.code == 0, found.out
    labels = (github.artifacts / "77" / "netbox-reviewed" / "labels.txt").read_text().splitlines()
    assert set(labels) == {"by ada", "by bob, then ada"}
    assert "::notice::The label by bob does not count" in found.out


@pytest.mark.covering
def test_what_was_refused_before_is_no_news(tmp_path: Path) -> None:
    """The last outcome that is kept goes into the next plan, that of a pull request as that of a merge."""
    github = _merged(tmp_path, planning(DIGEST))
    kept = github.artifacts / "77" / "netbox-outcome"
    kept.mkdir(parents=True)
    (kept / "plan.outcome.json").write_text("{}")
    github.ended("netbox-apply")
    github.ended("netbox-apply")  # one that was not applied keeps nothing
    for workflow, job in (("netbox-plan", "plan"), ("netbox-apply", "reviewed")):
        found = github.run(workflow, job, **{"secrets.NETBOX_READ_TOKEN": "t"})
        assert "--previous previous/plan.outcome.json" in found.out, found.out


@pytest.mark.covering
def test_a_server_of_ones_own(tmp_path: Path) -> None:
    """GitHub Enterprise Server: gh asks that one, with its token."""
    github = _merged(tmp_path, planning(DIGEST))
    github.server = "https://git.acme.example"
    found = github.run("netbox-apply", "reviewed", **{"secrets.NETBOX_READ_TOKEN": "t"})
    assert found.code == 0, found.out
    assert "wants its own token" not in found.out


def test_what_is_installed_has_hashes() -> None:
    """Of each dependency of the package, in the versions that its tests run with."""
    root = Path(__file__).parents[2]
    ours = (root / "requirements.lock").read_text()
    theirs = (EXAMPLE / ".github" / "proxbox" / "requirements.lock").read_text()
    names = re.findall(r"^([a-z0-9-]+)==([^ ]+)", theirs, re.MULTILINE)
    assert {"aiohttp", "click", "hatchling", "jinja2", "netbox-sdk", "proxmoxer", "pydantic"} <= {
        name for name, _ in names
    }
    assert [f"{name}=={version}" for name, version in names if f"\n{name}=={version} " not in ours] == []
    assert theirs.count("--hash=sha256:") > len(names)


@pytest.mark.slow
def test_labels_are_what_checks_require(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """A check that requires a label takes it from the labels of the pull request, and from nothing else."""
    repository = Repository(tmp_path, fake[0], proxbox, rest=REQUIRED)
    head = repository.propose()
    assert repository.plan().code == 0
    repository.github.merge(1, head)
    for label, code in (("urgent", 3), ("looked at", 0)):
        repository.github.label(label, "ada")
        found = repository.apply()
        assert found.code == code, found.out


@pytest.mark.slow
def test_a_refused_plan_is_shown_and_not_applied(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """The comment says which limit or check refuses it, and so does the apply."""
    repository = Repository(tmp_path, fake[0], proxbox, rest=CHECK)
    head = repository.propose()
    assert repository.plan().code == 3
    assert "REFUSED: denied by the check nothing grows" in repository.comments()[0]
    repository.github.merge(1, head)
    assert repository.apply().code == 3
    assert repository.disk() == 8 * 1024


@pytest.mark.slow
def test_routine_changes_need_no_person(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """The nightly job applies what is `auto`; the pull request shows what is left."""
    rules = """mapping: {create_sites: true}
review: [{when: {kind: virtual-disk, field: size}, class: auto}]
"""
    repository = Repository(tmp_path, fake[0], proxbox, rest=rules)
    repository.propose()
    found = repository.run("netbox-auto", "auto")
    assert found.code == 0, found.out
    assert "Applied 1 of 1 change" in found.summary
    assert repository.disk() == 32 * 1024
    repository.plan()
    assert "No changes" in repository.comments()[0]


@pytest.mark.slow
def test_every_push_updates_the_one_comment(tmp_path: Path) -> None:
    """Among others' comments, however many; it names the file it shows."""
    github = GitHub(tmp_path, "", NOT_CALLED)
    others = [{"id": number, "user": {"login": "ada"}, "body": f"{MARKER}\nmine"} for number in (1, 2, 3)]
    github.save({**github.forge, "comments": {"1": others}})
    for verdict in ("first", "second"):
        kept = github.artifacts / "77" / "netbox-plan"
        kept.mkdir(parents=True, exist_ok=True)
        (kept / "plan.json").write_text(f'{{"changes_digest": "{DIGEST}"}}')
        (kept / "plan.md").write_text(f"{MARKER}\n{verdict}\n")
        found = github.run("netbox-plan", "comment", **{"github.event.pull_request.base.sha": "main"})
        assert found.code == 0, found.out
    comments = github.forge["comments"]["1"]
    assert comments[:3] == others
    assert [comment["body"] for comment in comments[3:]] == [f"{MARKER}\nsecond\n\nReviewed changes: `{DIGEST}`\n"]


@pytest.mark.slow
def test_drift_is_one_issue(fake: Fake, tmp_path: Path, proxbox: str) -> None:
    """It is opened, kept current, and closed when both agree again."""
    repository = Repository(tmp_path, fake[0], proxbox)
    github, last = repository.github, "Open, update or close the issue"
    repository.stage.edit("virtualization/virtual-machines", "app", memory=64)
    assert repository.run("netbox-drift", "drift").code == 0
    assert "<code>64 MiB</code>" in github.forge["open issues"][0]["body"]
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


def test_a_fork_or_dependabot_gets_no_plan_and_is_told_why(tmp_path: Path) -> None:
    """It ends green, without a token: what it changes in NetBox is not applied without a plan that was reviewed."""
    github = GitHub(tmp_path, "", NOT_CALLED)
    found = github.run("netbox-plan", "no-plan")
    assert found.code == 0
    assert "::notice::This pull request gets no token for NetBox, so there is no plan." in found.out
