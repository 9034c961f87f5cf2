"""The pipeline that `proxbox init --ci gitlab` writes, its jobs run as they stand in .gitlab-ci.yml."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.conftest import SetUp
from tests.pipelines.gitlab import ME, TOKEN, GitLab
from tests.pipelines.test_github import DIGEST, OTHER, planning, small_cluster

MARKER = "<!-- proxbox-plan: plan of lab -->"
NEXT = "next.yml"


def shown(digest: str) -> str:
    """Return a note that shows a plan with these changes."""
    return f"{MARKER}\nfine\n\nReviewed changes: `{digest}`\n"


@pytest.fixture
def gitlab(tmp_path: Path) -> Iterator[GitLab]:
    """Give a project whose `proxbox` is up to the test."""
    with GitLab(tmp_path / "gitlab", "") as found:
        yield found


def _proxbox(gitlab: GitLab, script: str) -> None:
    """Let `proxbox` be this script."""
    (gitlab.tools / "proxbox").write_text(f"#!/bin/sh\n{script}\n")


def _note(body: str, author: int = ME["id"]) -> dict[str, object]:
    return {"id": 1, "author": {"id": author}, "body": body, "state": ""}


@pytest.mark.slow
def test_from_merge_request_to_apply(fake: tuple[SetUp, FakeNetBoxThread], tmp_path: Path, proxbox: str) -> None:
    """The note shows the plan; after the merge exactly its changes are applied, and then nothing is to approve."""
    stage = fake[0](small_cluster())
    with GitLab(tmp_path / "gitlab", proxbox, (tmp_path / "proxbox.yaml").read_text()) as gitlab:
        gitlab.git("switch", "--quiet", "--create", "change")
        stage.good("collect", "--out", str(gitlab.work / "state.json"))
        head = gitlab.commit("everything")
        planned = gitlab.run("plan", NETBOX_READ_TOKEN=stage.netbox_token)
        assert planned.code == 0, planned.out
        assert "to create, 0 to update" in gitlab.notes[0]["body"]
        assert "[Job and full report](<https://gitlab.example.com/acme/netbox/-/jobs/23>)" in gitlab.notes[0]["body"]
        gitlab.merge(head)
        reviewed = gitlab.run("reviewed", NETBOX_READ_TOKEN=stage.netbox_token)
        assert reviewed.code == 0, reviewed.out
        assert "to create, 0 to update" in reviewed.out
        applied = gitlab.run("apply", file=NEXT, NETBOX_WRITE_TOKEN=stage.netbox_token)
        assert applied.code == 0, applied.out
        again = gitlab.run("reviewed", NETBOX_READ_TOKEN=stage.netbox_token)
        assert again.code == 0, again.out
        assert gitlab.run("nothing", file=NEXT).out == "NetBox is as it was merged.\n"
    assert [machine["name"] for machine in stage.netbox("virtualization/virtual-machines", name="app")] == ["app"]


@pytest.mark.covering
def test_every_push_updates_the_one_note(gitlab: GitLab) -> None:
    """Among others' notes; also when a limit refuses the plan, for then there is most to read."""
    gitlab.notes = [_note(MARKER, author=1), {**_note("hello"), "id": 2}, {**_note("hello"), "id": 3}]
    for code in (0, 3):
        _proxbox(gitlab, planning(DIGEST, code).removeprefix("#!/bin/sh\n"))
        assert gitlab.run("plan", NETBOX_READ_TOKEN="t").code == code
    assert len(gitlab.notes) == 4
    assert gitlab.notes[0]["body"] == MARKER
    assert gitlab.notes[3]["body"] == f"{MARKER}\nthe report\n\nReviewed changes: `{DIGEST}`\n"


@pytest.mark.covering
@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        ("pushed", "merged no merge request"),
        ("note", "merge request !1 showed none"),
        ("author", "merge request !1 showed none"),
        ("digest", f"merge request !1 showed {OTHER}"),
        ("nothing", ""),
    ],
)
def test_nothing_but_the_reviewed_changes_is_applied(gitlab: GitLab, spoiled: str, why: str) -> None:
    """Whatever is missing or is another: the job that may write does not begin, and an issue says so."""
    _proxbox(gitlab, planning(DIGEST).removeprefix("#!/bin/sh\n"))
    gitlab.merge(gitlab.commit("reviewed"), "looked-at twice", "urgent", "by the token")
    for label, user in (("looked-at twice", 1), ("urgent", 2), ("by the token", ME["id"])):
        gitlab.label(label, user)
    if spoiled == "pushed":
        gitlab.commit("past the merge request")
    body = {"note": "hello", "digest": shown(OTHER)}.get(spoiled, shown(DIGEST))
    gitlab.notes = [_note(body, author=9 if spoiled == "author" else ME["id"])]
    found = gitlab.run("reviewed", NETBOX_READ_TOKEN="t")
    assert found.code == (0 if spoiled == "nothing" else 1), found.out
    assert why in found.out
    assert (gitlab.work / NEXT).exists() == (spoiled == "nothing")
    if spoiled == "nothing":
        applied = gitlab.run("apply", file=NEXT, NETBOX_WRITE_TOKEN="t").out
        assert (
            f"proxbox apply plan.json --expect {DIGEST} --lock-timeout 3600 --author bob --label looked-at twice\n"
            in applied
        )
    else:
        assert gitlab.run("lost").code == 0
        assert gitlab.issues[0]["title"].startswith("Not applied: ")


@pytest.mark.covering
def test_what_was_refused_before_is_no_news(gitlab: GitLab) -> None:
    """The last outcome that is kept goes into the next plan, that of a merge request as that of a merge."""
    _proxbox(gitlab, planning(DIGEST).removeprefix("#!/bin/sh\n"))
    gitlab.applied(b"{}")
    gitlab.applied(None)
    for job in ("plan", "reviewed"):
        assert "--previous previous/plan.outcome.json" in gitlab.run(job, NETBOX_READ_TOKEN="t").out


@pytest.mark.slow
def test_drift_is_one_issue(gitlab: GitLab) -> None:
    """It is opened, kept current, and closed when both agree again; an error of proxbox is one of the job."""
    for code, state in ((2, "opened"), (2, "opened"), (1, "opened"), (0, "closed")):
        _proxbox(gitlab, f"echo 'drift {code}' >drift.md; exit {code}")
        assert gitlab.run("drift", NETBOX_READ_TOKEN="t").code == code % 2
        (issue,) = gitlab.issues
        assert (issue["state"], issue["description"], issue["labels"]) == (state, "drift 2\n", "netbox-drift")


@pytest.mark.slow
def test_the_nightly_state_is_one_merge_request(gitlab: GitLab) -> None:
    """With the difference as its text; none when nothing changed, and the same one while it is open."""
    (gitlab.work / "state.json").write_text("same")
    gitlab.commit("state")
    for state, proposals in (("same", 0), ("new", 1), ("newer", 1)):
        _proxbox(gitlab, f"test $1 = collect && printf {state} >state.json || printf 'what is {state}'")
        gitlab.git("switch", "--quiet", "main")
        found = gitlab.run("collect")
        assert found.code == 0, found.out
        assert TOKEN not in found.out
        assert len(gitlab.proposals) == proposals
        gitlab.git("reset", "--quiet", "--hard", "HEAD" if not proposals else "HEAD~1")
    (proposal,) = gitlab.proposals
    assert (proposal["source_branch"], proposal["target_branch"]) == ("netbox/state", "main")
    assert proposal["description"] == "what is newer"
    assert gitlab.git("--git-dir", "../netbox.git", "show", "netbox/state:state.json") == "newer"


def test_a_fork_gets_no_plan_and_is_told_why(gitlab: GitLab) -> None:
    """It ends green, without a token."""
    found = gitlab.run("fork")
    assert found.code == 0
    assert "A merge request from a fork gets no token for NetBox, so there is no plan." in found.out
