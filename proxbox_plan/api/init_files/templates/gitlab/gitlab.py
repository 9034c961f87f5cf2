"""The calls of .gitlab-ci.yml to GitLab: plan note, reviewed plan, drift issue, merge request.

Usage: gitlab.py comment REPORT PLAN | apply PLAN | drift REPORT | propose
It needs Python's standard library, git and proxbox. PROXBOX_GITLAB_TOKEN opens GitLab's API.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

MARKER = "<!-- proxbox-plan: plan"
DIGEST = re.compile(r"^Plan file: `sha256:([0-9a-f]{64})`\r?$", re.MULTILINE)
LABEL, TITLE = "netbox-drift", "NetBox and Proxmox differ"
BRANCH, PROPOSAL = "netbox/state", "The state of Proxmox"
ABSENT = 404
CHANGES = 2  # proxbox drift --detailed-exitcode
HELPER = '!f() { echo username=proxbox; echo "password=$PROXBOX_GITLAB_TOKEN"; }; f'  # git runs it: no token in sight

Row = dict[str, Any]


def comment(report: str, plan: str) -> None:
    """Write the report as a note on the merge request, in place of the one that is there."""
    text = Path(report).read_text(encoding="utf-8")
    body = f"{text}\nPlan file: `sha256:{_digest(Path(plan).read_bytes())}`\n"
    notes = f"/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
    mine = [note for note in _own_notes(notes) if note["body"].startswith(text.partition("\n")[0])]
    if mine:
        _ask("PUT", f"{notes}/{mine[0]['id']}", {"body": body})
    else:
        _ask("POST", notes, {"body": body})


def apply(plan: str) -> None:
    """Apply the plan that was reviewed; the labels of its merge request are those that checks require."""
    command = ["proxbox", "apply", plan, *(word for label in _fetch(plan) for word in ("--label", label))]
    sys.exit(subprocess.run(command, check=False).returncode)


def _fetch(plan: str) -> list[str]:
    """Fetch the plan of the merge request that this push merged, and return its labels; another plan is refused."""
    commit = os.environ["CI_COMMIT_SHA"]
    merged = [one for one in _all(f"/repository/commits/{commit}/merge_requests") if _merged_as(one, commit)]
    if not merged:
        _refuse(f"{commit} merged no merge request, so no plan was reviewed")
    iid, head = merged[0]["iid"], merged[0]["sha"]
    runs = [
        one for one in _all(f"/merge_requests/{iid}/pipelines") if one["sha"] == head and one["status"] == "success"
    ]
    jobs = [job for run in runs[:1] for job in _all(f"/pipelines/{run['id']}/jobs") if job["name"] == "plan"]
    if not jobs:
        _refuse(f"merge request !{iid} has no successful plan for its last commit {head}")
    content = _get(f"/jobs/{jobs[0]['id']}/artifacts/plan.json")
    if content is None:
        _refuse(f"the plan of merge request !{iid} is not kept any more; open another one")
    notes = _own_notes(f"/merge_requests/{iid}/notes")
    said = {found for note in notes if note["body"].startswith(MARKER) for found in DIGEST.findall(note["body"])}
    if _digest(content) not in said:
        _refuse(f"the plan of job {jobs[0]['id']} is not the one that is shown on merge request !{iid}")
    Path(plan).write_bytes(content)
    print(f"The plan of merge request !{iid}, job {jobs[0]['id']}, sha256:{_digest(content)}", flush=True)
    labels: list[str] = merged[0]["labels"]
    return labels


def drift(report: str) -> None:
    """Compare Proxmox with NetBox, and keep one open issue while they differ. An error stays an error."""
    command = ("proxbox", "drift", "--detailed-exitcode", "--out", "drift.json", "--report", f"markdown={report}")
    code = subprocess.run(command, check=False).returncode
    if code not in {0, CHANGES}:
        sys.exit(code)
    found = _all(f"/issues?labels={LABEL}&state=opened")
    if code == CHANGES:
        text = Path(report).read_text(encoding="utf-8")
        _put("/issues", found, {"title": TITLE, "labels": LABEL, "description": text})
    elif found:
        _ask("PUT", f"/issues/{found[0]['iid']}", {"state_event": "close"})


def propose() -> None:
    """Propose the collected state.json as a merge request; nothing to do when it is as before."""
    before = _said("git", "show", "HEAD:state.json", check=False)
    Path("before.json").write_text(before, encoding="utf-8")
    show = ("diff", "before.json", "state.json") if before else ("show", "state.json")
    text = _said("proxbox", *show, "--markdown")
    _said("git", "add", "state.json")
    if not _said("git", "diff", "--cached", "--name-only"):
        print("Proxmox is as it was.")
        return
    who = ("-c", "user.name=proxbox", "-c", "user.email=proxbox@noreply.invalid")
    _said("git", *who, "commit", "--quiet", "--message", PROPOSAL)
    there = f"{os.environ['CI_PROJECT_URL']}.git"
    helper = ("-c", "credential.helper=", "-c", f"credential.helper={HELPER}")
    _said("git", *helper, "push", "--quiet", "--force", there, f"HEAD:refs/heads/{BRANCH}")
    found = _all(f"/merge_requests?source_branch={urllib.parse.quote(BRANCH, safe='')}&state=opened")
    target = {"source_branch": BRANCH, "target_branch": os.environ["CI_DEFAULT_BRANCH"]}
    _put("/merge_requests", found, {"title": PROPOSAL, "description": text, **({} if found else target)})


def _merged_as(one: Row, commit: str) -> bool:
    commits = (one.get("merge_commit_sha"), one.get("squash_commit_sha"), one["sha"])
    return one["state"] == "merged" and commit in commits


def _own_notes(path: str) -> list[Row]:
    """Return the notes that this token wrote: anybody may write one that looks like ours."""
    me = json.loads(_get("/user", project=False) or b"{}")["id"]
    return [note for note in _all(path) if note["author"]["id"] == me]


def _put(path: str, found: list[Row], body: Row) -> None:
    """Update what was found, or make it."""
    _ask("PUT" if found else "POST", f"{path}/{found[0]['iid']}" if found else path, body)


def _all(path: str) -> list[Row]:
    """Return every page of a list."""
    rows: list[Row] = []
    page = "1"
    while page:
        mark = "&" if "?" in path else "?"
        with _open("GET", f"{path}{mark}per_page=100&page={page}") as answer:
            rows += json.load(answer)
            page = answer.headers.get("X-Next-Page", "")
    return rows


def _get(path: str, *, project: bool = True) -> bytes | None:
    try:
        with _open("GET", path, project=project) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        if error.code == ABSENT:
            return None
        raise


def _ask(method: str, path: str, body: Row) -> None:
    _open(method, path, json.dumps(body).encode()).close()


def _open(method: str, path: str, data: bytes | None = None, *, project: bool = True) -> Any:
    start = f"/projects/{os.environ['CI_PROJECT_ID']}" if project else ""
    request = urllib.request.Request(f"{os.environ['CI_API_V4_URL']}{start}{path}", data, method=method)
    request.add_header("Content-Type", "application/json")
    request.add_unredirected_header("PRIVATE-TOKEN", os.environ["PROXBOX_GITLAB_TOKEN"])  # artifacts lie elsewhere
    return urllib.request.urlopen(request, timeout=60)


def _said(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, check=check, stdout=subprocess.PIPE, text=True)
    return done.stdout if done.returncode == 0 else ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _refuse(why: str) -> NoReturn:
    sys.exit(f"Nothing is applied: {why}.")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["comment", report, plan]:
            comment(report, plan)
        case ["apply", plan]:
            apply(plan)
        case ["drift", report]:
            drift(report)
        case ["propose"]:
            propose()
        case _:
            sys.exit(__doc__)
