"""The pipeline that `proxbox init --ci gitlab` writes, its jobs run as they stand in .gitlab-ci.yml."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.end_to_end.conftest import SetUp
from tests.pipelines.gitlab import ME, TOKEN, GitLab
from tests.pipelines.test_github import small_cluster

MARKER = "<!-- proxbox-plan: plan of lab -->"
PLAN = b"the plan"
SHOWN = f"{MARKER}\nfine\n\nPlan file: `sha256:{hashlib.sha256(PLAN).hexdigest()}`\n"


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
    """The note shows the plan; after the merge exactly that plan is applied."""
    stage = fake[0](small_cluster())
    with GitLab(tmp_path / "gitlab", proxbox, (tmp_path / "proxbox.yaml").read_text()) as gitlab:
        gitlab.git("switch", "--quiet", "--create", "change")
        stage.good("collect", "--out", str(gitlab.work / "state.json"))
        head = gitlab.commit("everything")
        planned = gitlab.run("plan", NETBOX_READ_TOKEN=stage.netbox_token)
        assert planned.code == 0, planned.out
        assert "to create, 0 to update" in gitlab.notes[0]["body"]
        gitlab.merge(head, (gitlab.work / "plan.json").read_bytes())
        applied = gitlab.run("apply", NETBOX_WRITE_TOKEN=stage.netbox_token)
    assert applied.code == 0, applied.out
    assert [machine["name"] for machine in stage.netbox("virtualization/virtual-machines", name="app")] == ["app"]


def test_every_push_updates_the_one_note(gitlab: GitLab) -> None:
    """Among others' notes; also when a limit refuses the plan, for then there is most to read."""
    gitlab.notes = [_note(MARKER, author=1), {**_note("hello"), "id": 2}, {**_note("hello"), "id": 3}]
    for code in (0, 3):
        _proxbox(gitlab, f"printf '{MARKER}\\nends {code}\\n' >plan.md; echo plan >plan.json; exit {code}")
        assert gitlab.run("plan", NETBOX_READ_TOKEN="t").code == code
    assert len(gitlab.notes) == 4
    assert gitlab.notes[0]["body"] == MARKER
    assert gitlab.notes[3]["body"].startswith(f"{MARKER}\nends 3\n\nPlan file: `sha256:")


@pytest.mark.parametrize(
    ("spoilt", "why"),
    [
        ("pushed", "merged no merge request"),
        pytest.param("run", "has no successful plan for its last commit", marks=pytest.mark.slow),
        pytest.param("note", "is not the one that is shown", marks=pytest.mark.slow),
        pytest.param("author", "is not the one that is shown", marks=pytest.mark.slow),
        pytest.param("artifact", "is not kept any more", marks=pytest.mark.slow),
        ("plan", "is not the one that is shown"),
        ("nothing", ""),
    ],
)
def test_nothing_but_the_reviewed_plan_is_applied(gitlab: GitLab, spoilt: str, why: str) -> None:
    """Whatever is missing or is another: it is refused before NetBox hears of it."""
    _proxbox(gitlab, 'echo "applying $(cat plan.json)"; printf "%s|" "$@"')
    head = gitlab.commit("reviewed")
    gitlab.merge(head, b"another" if spoilt == "plan" else PLAN, status="failed" if spoilt == "run" else "success")
    if spoilt == "artifact":
        gitlab.artifacts.clear()
    if spoilt == "pushed":
        gitlab.commit("past the merge request")
    gitlab.notes = [_note("hello" if spoilt == "note" else SHOWN, author=9 if spoilt == "author" else ME["id"])]
    found = gitlab.run("apply", NETBOX_WRITE_TOKEN="t")
    assert found.code == (0 if spoilt == "nothing" else 1)
    assert ("applying the plan" in found.out) == (spoilt == "nothing")
    assert ("apply|plan.json|--label|looked-at twice|--label|urgent|" in found.out) == (spoilt == "nothing")
    assert why in found.out


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
    """Its job fails, so that it cannot be taken for one that was planned."""
    found = gitlab.run("fork")
    assert found.code == 1
    assert "A merge request from a fork gets no token for NetBox, so there is no plan." in found.out
