"""The calls of .gitlab-ci.yml to GitLab: plan, note, what was reviewed, apply, drift issue, merge request.

Usage: gitlab.py plan | comment REPORT PLAN | reviewed | apply | lost | drift REPORT | propose
It needs Python's standard library, git and proxbox. PROXBOX_NOTE_TOKEN writes notes, PROXBOX_GITLAB_TOKEN the rest.
"""

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
DIGEST = re.compile(r"^Reviewed changes: `(sha256:[0-9a-f]{64})`\r?$", re.MULTILINE)
LABEL, TITLE = "netbox-drift", "NetBox and Proxmox differ"
LOST = "netbox-not-applied"
NOTE_TOKEN, TOKEN = "PROXBOX_NOTE_TOKEN", "PROXBOX_GITLAB_TOKEN"
HERE = Path(__file__).parent
REFUSED = 3  # proxbox plan: over a limit or denied; a label may permit it, or the apply refuses
MAINTAINER = 40
APPROVALS = "approvals"  # the folder where people commit what `proxbox approve --changes` wrote
BRANCH, PROPOSAL = "netbox/state", "The state of Proxmox"
ABSENT = 404
CHANGES = 2  # proxbox drift --detailed-exitcode
SAFE = ("-c", "safe.directory=*")  # the user of the image is not the one who owns the checkout
HELPER = '!f() { echo username=proxbox; echo "password=$PROXBOX_GITLAB_TOKEN"; }; f'  # git runs it: no token in sight

Row = dict[str, Any]


def plan() -> None:
    """Plan the merge request; the report says who has approved it."""
    code = _plan("--report", "junit=plan.xml", token=NOTE_TOKEN)
    if code in {0, REFUSED}:
        found = json.loads(_get(f"/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}", token=NOTE_TOKEN) or b"{}")
        link = f"Job and full report={os.environ.get('CI_JOB_URL', 'https://gitlab.invalid')}"
        _report(_author(found), "--link", link)
    sys.exit(code)


def comment(report: str, file: str) -> None:
    """Write the report as a note on the merge request, in place of the one that is there."""
    text = Path(report).read_text(encoding="utf-8")
    body = f"{text}\nReviewed changes: `{_content(file)['changes_digest']}`\n"
    notes = f"/merge_requests/{os.environ['CI_MERGE_REQUEST_IID']}/notes"
    mine = [note for note in _own_notes(notes, NOTE_TOKEN) if note["body"].startswith(text.partition("\n")[0])]
    if mine:
        _ask("PUT", f"{notes}/{mine[0]['id']}", {"body": body}, NOTE_TOKEN)
    else:
        _ask("POST", notes, {"body": body}, NOTE_TOKEN)


def reviewed() -> None:
    """Plan again what was merged, and require the changes that its merge request showed."""
    code = _plan(token=TOKEN)
    if code not in {0, REFUSED}:
        sys.exit(code)
    commit = os.environ["CI_COMMIT_SHA"]
    merged = [one for one in _all(f"/repository/commits/{commit}/merge_requests") if _merged_as(one, commit)]
    author = _author(merged[0]) if merged else ""
    _report(author)
    print(Path("plan.md").read_text(encoding="utf-8"), flush=True)
    found = _content("plan.json")
    if not found["changes"]:
        Path("next.yml").write_bytes((HERE / "nothing.yml").read_bytes())
        return
    if not merged:
        _refuse(f"{commit} merged no merge request, so no plan was reviewed")
    iid, digest = merged[0]["iid"], found["changes_digest"]
    notes = _own_notes(f"/merge_requests/{iid}/notes", TOKEN)
    shown = [text for note in notes if note["body"].startswith(MARKER) for text in DIGEST.findall(note["body"])]
    if digest not in shown:
        _refuse(f"the changes are {digest} now, and merge request !{iid} showed {' '.join(shown) or 'none'}")
    Path("labels.txt").write_text("".join(f"{label}\n" for label in _labels(merged[0])), encoding="utf-8")
    Path("digest.txt").write_text(digest, encoding="utf-8")
    Path("author.txt").write_text(author, encoding="utf-8")
    Path("next.yml").write_bytes((HERE / "apply.yml").read_bytes())


def _labels(merged: Row) -> list[str]:
    """Return the labels that a maintainer put on a merge request: the token of a pipeline sets labels, too."""
    who: dict[str, int] = {}
    for event in _all(f"/merge_requests/{merged['iid']}/resource_label_events"):
        if event["action"] == "add" and event["label"]:
            who[event["label"]["name"]] = event["user"]["id"]
    return [label for label in merged["labels"] if label in who and _may_maintain(who[label])]


def _may_maintain(user: int) -> bool:
    member = json.loads(_get(f"/members/all/{user}") or b"{}")
    return bool(member.get("access_level", 0) >= MAINTAINER)


def apply() -> None:
    """Apply the plan that was planned again, if its changes are those that were reviewed."""
    labels = Path("labels.txt").read_text(encoding="utf-8").splitlines()
    digest = Path("digest.txt").read_text(encoding="utf-8")
    command = ["proxbox", "apply", "plan.json", "--expect", digest, "--lock-timeout", "3600"]
    command += _approvals(Path("author.txt").read_text(encoding="utf-8"))
    sys.exit(subprocess.run([*command, *(word for one in labels for word in ("--label", one))], check=False).returncode)


def lost() -> None:
    """Open an issue for a merge that was not applied: whoever merged it may believe that it was."""
    where = os.environ["CI_PIPELINE_URL"]
    text = f"What {os.environ['CI_COMMIT_SHA']} merged was not applied: see {where}.\n\n"
    text += "Run its failed jobs again, or open a merge request with a new state."
    title = f"Not applied: {os.environ['CI_COMMIT_SHA']}"
    _ask("POST", "/issues", {"title": title, "labels": LOST, "description": text})


def _plan(*more: str, token: str) -> int:
    """Plan; what NetBox refused in the last apply is no news."""
    command = ["proxbox", "plan", "--state", "state.json", "--out", "plan.json", *_previous(token), *more]
    return subprocess.run(command, check=False).returncode


def _report(author: str, *more: str) -> None:
    """Write the reports of the plan: with who has approved it, where the configuration requires approvals."""
    command = ["proxbox", "show", "plan.json", "--config", "proxbox.yaml", *_approvals(author), *more]
    reports = ("--report", "markdown=plan.md", "--report", "html=plan.html")
    subprocess.run([*command, *reports], check=True, stdout=subprocess.DEVNULL)


def _approvals(author: str) -> list[str]:
    """Return what is said of approvals: where they are, and who opened the merge request: their own does not count."""
    folder = ("--approval", APPROVALS) if Path(APPROVALS).is_dir() else ()
    return [*folder, *(("--author", author) if author else ())]


def _author(merge_request: Row) -> str:
    return str(merge_request.get("author", {}).get("username", ""))


def _previous(token: str) -> tuple[str, ...]:
    for job in _all("/jobs?scope[]=success&scope[]=failed", token, most=1):
        if job["name"] == "apply" and job["ref"] == os.environ["CI_DEFAULT_BRANCH"]:
            content = _get(f"/jobs/{job['id']}/artifacts/plan.outcome.json", token=token)
            if content is not None:
                Path("previous").mkdir(exist_ok=True)
                Path("previous/plan.outcome.json").write_bytes(content)
                return "--previous", "previous/plan.outcome.json"
    return ()


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
    before = _said("git", *SAFE, "show", "HEAD:state.json", check=False)
    Path("before.json").write_text(before, encoding="utf-8")
    show = ("diff", "before.json", "state.json") if before else ("show", "state.json")
    text = _said("proxbox", *show, "--markdown")
    _said("git", *SAFE, "add", "state.json")
    if not _said("git", *SAFE, "diff", "--cached", "--name-only"):
        print("Proxmox is as it was.")
        return
    who = (*SAFE, "-c", "user.name=proxbox", "-c", "user.email=proxbox@noreply.invalid")
    _said("git", *who, "commit", "--quiet", "--message", PROPOSAL)
    there = f"{os.environ['CI_PROJECT_URL']}.git"
    helper = (*SAFE, "-c", "credential.helper=", "-c", f"credential.helper={HELPER}")
    _said("git", *helper, "push", "--quiet", "--force", there, f"HEAD:refs/heads/{BRANCH}")
    found = _all(f"/merge_requests?source_branch={urllib.parse.quote(BRANCH, safe='')}&state=opened")
    target = {"source_branch": BRANCH, "target_branch": os.environ["CI_DEFAULT_BRANCH"]}
    _put("/merge_requests", found, {"title": PROPOSAL, "description": text, **({} if found else target)})


def _merged_as(one: Row, commit: str) -> bool:
    commits = (one.get("merge_commit_sha"), one.get("squash_commit_sha"), one["sha"])
    return one["state"] == "merged" and commit in commits


def _own_notes(path: str, token: str) -> list[Row]:
    """Return the notes that PROXBOX_NOTE_TOKEN wrote: anyone may write one that looks like ours."""
    me = json.loads(_get("/user", project=False, token=NOTE_TOKEN) or b"{}")["id"]
    return [note for note in _all(path, token) if note["author"]["id"] == me]


def _put(path: str, found: list[Row], body: Row) -> None:
    """Update what was found, or make it."""
    _ask("PUT" if found else "POST", f"{path}/{found[0]['iid']}" if found else path, body)


def _all(path: str, token: str = TOKEN, *, most: int = 0) -> list[Row]:
    """Return every page of a list, or the first so many."""
    rows: list[Row] = []
    page = "1"
    while page and (not most or int(page) <= most):
        mark = "&" if "?" in path else "?"
        with _open("GET", f"{path}{mark}per_page=100&page={page}", token=token) as answer:
            rows += json.load(answer)
            page = answer.headers.get("X-Next-Page", "")
    return rows


def _get(path: str, *, project: bool = True, token: str = TOKEN) -> bytes | None:
    try:
        with _open("GET", path, project=project, token=token) as answer:
            content: bytes = answer.read()
            return content
    except urllib.error.HTTPError as error:
        if error.code == ABSENT:
            return None
        raise


def _ask(method: str, path: str, body: Row, token: str = TOKEN) -> None:
    _open(method, path, json.dumps(body).encode(), token=token).close()


def _open(method: str, path: str, data: bytes | None = None, *, project: bool = True, token: str = TOKEN) -> Any:
    start = f"/projects/{os.environ['CI_PROJECT_ID']}" if project else ""
    request = urllib.request.Request(f"{os.environ['CI_API_V4_URL']}{start}{path}", data, method=method)
    request.add_header("Content-Type", "application/json")
    request.add_unredirected_header("PRIVATE-TOKEN", os.environ[token])  # artifacts lie elsewhere
    return urllib.request.urlopen(request, timeout=60)


def _said(*command: str, check: bool = True) -> str:
    done = subprocess.run(command, check=check, stdout=subprocess.PIPE, text=True)
    return done.stdout if done.returncode == 0 else ""


def _content(plan: str) -> Row:
    found: Row = json.loads(Path(plan).read_text(encoding="utf-8"))
    return found


def _refuse(why: str) -> NoReturn:
    sys.exit(f"Nothing is applied: {why}.")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["plan"]:
            plan()
        case ["comment", report, file]:
            comment(report, file)
        case ["reviewed"]:
            reviewed()
        case ["apply"]:
            apply()
        case ["lost"]:
            lost()
        case ["drift", report]:
            drift(report)
        case ["propose"]:
            propose()
        case _:
            sys.exit(__doc__)
