#!/usr/bin/env python3
"""A pull request for NetBox, rehearsed on this machine: a Git repository, the demo's servers, every step.

Run it with `./dev rehearsal`, or with `python3 rehearsal.py` where `proxbox` is installed. It needs git and proxbox,
works in a temporary folder, and touches nothing real. What it prints is the tutorial: `==` begins a step, `#` explains
it, `$` is what you would type.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

# The committer: the rehearsal does not depend on the user's Git configuration.
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
}
GUESTS = "20"
IGNORED = "plan.json\n*.outcome.json\n*.journal.jsonl\n.proxbox-apply.lock\nbefore.json\n"
Command = Callable[..., str]


def proxbox(*arguments: str) -> str:
    """Run one proxbox command and return what it prints."""
    return _run("proxbox", *arguments)


def rehearse(run: Command = proxbox) -> None:
    """Play the story; `run` is how a proxbox command is run."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), _servers() as change:
        Path("repository").mkdir()
        with contextlib.chdir("repository"):
            _story(run, change)


def _story(run: Command, change: Callable[[], str]) -> None:
    _say(
        "A repository for NetBox",
        "A Git repository holds two files: the configuration, and the state of Proxmox as "
        "it was last agreed upon. Secrets are not in it: here they lie in files beside it, in CI they are variables.",
    )
    _prepare()
    _show("git init", _git("init", "--quiet", "--initial-branch=main"))
    _show("cat proxbox.yaml", Path("proxbox.yaml").read_text(encoding="utf-8"))
    _show("proxbox collect", run("collect"))
    _commit("NetBox as code", "proxbox.yaml", "state.json", ".gitignore")

    _say(
        "The first plan, applied",
        "Everything is new to this NetBox, so the first plan is long. `apply` executes the plan file and nothing else.",
    )
    _show("proxbox plan --state state.json", run("plan", "--state", "state.json"))
    _show("proxbox apply plan.json", run("apply", "plan.json"))

    _say(
        "Something changes in Proxmox",
        "A user resizes a disk, migrates a machine and moves a NIC into another VLAN. NetBox does not know yet.",
    )
    for _ in range(3):
        print(change())

    _say(
        "The nightly collect opens a pull request",
        "The state is collected again, on a branch. The same cluster "
        "gives the same bytes, so that Git shows only what changed, and `proxbox diff` shows it object by object.",
    )
    _show("git switch -c netbox/state", _git("switch", "--quiet", "--create", "netbox/state"))
    _show("proxbox collect", run("collect"))
    _show("git diff --stat", _git("diff", "--stat"))
    Path("before.json").write_text(_git("show", "main:state.json"), encoding="utf-8")
    _show("git show main:state.json >before.json")
    _show("proxbox diff before.json state.json", run("diff", "before.json", "state.json"))
    _commit("What changed in Proxmox", "state.json")

    _say(
        "The plan is the comment",
        "CI plans against NetBox, with a token that may only read, keeps the plan file as "
        "an artifact, and posts it as one comment that every push updates. With the digest of the file, what is "
        "merged can be tied to what was read.",
    )
    run("plan", "--state", "state.json")
    _show("proxbox plan --state state.json --markdown", run("show", "plan.json", "--markdown"))
    digest = _digest()
    _show("sha256sum plan.json", f"{digest}  plan.json")

    _say("Approval", "A reviewer reads the comment and merges.")
    _git("switch", "--quiet", "main")
    merge = ("merge", "--quiet", "--no-ff", "--message", "Approve the plan", "netbox/state")
    _show("git merge --no-ff -m 'Approve the plan' netbox/state", _git(*merge))

    _say(
        "That very plan is applied",
        "CI takes the plan file of the pull request, not a new one. If it is another "
        "file, or if an object in NetBox or the configuration changed in between, nothing is written.",
    )
    if _digest() != digest:
        sys.exit("The plan is not the one that was reviewed")
    _show("sha256sum plan.json", f"{digest}  plan.json")
    _show("proxbox apply plan.json", run("apply", "plan.json"))

    _say("A second plan is empty", "So there is nothing left to review.")
    _show("proxbox plan --state state.json", run("plan", "--state", "state.json"))

    _say(
        "A person edits NetBox",
        "In NetBox's web interface, without a review: a machine gets other memory, for which "
        "Proxmox is authoritative, and a comment, which is a person's.",
    )
    print(_edit())

    _say(
        "The drift report",
        "Every night CI compares Proxmox with NetBox and says who changed what. It writes to "
        "neither; a person decides.",
    )
    _show("proxbox drift", run("drift"))


@contextlib.contextmanager
def _servers() -> Iterator[Callable[[], str]]:
    """Run the demo's servers; give a way to change something in the cluster, which returns it in words."""
    command = ["proxbox", "demo", "--serve", "--guests", GUESTS, "--folder", "servers"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            _read_until(process.stdout, "  proxbox apply ")
            yield lambda: _change(process)
        finally:
            process.terminate()


def _change(process: subprocess.Popen[str]) -> str:
    if process.stdin is None:
        raise RuntimeError("the demo has no standard input")
    process.stdin.write("\n")
    process.stdin.flush()
    return _read_until(process.stdout, "   * ")


def _read_until(stream: IO[str] | None, start: str) -> str:
    for line in stream or ():
        if line.startswith(start):
            return line.rstrip()
    sys.exit("the demo ended before it should")


def _prepare() -> None:
    """Take over the demo's configuration: the tokens and the certificate stay where they are, beside the repository."""
    text = Path("../servers/proxbox.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(file: )(?=\w)", r"\1../servers/", text.partition("\n")[2])
    Path("proxbox.yaml").write_text(text, encoding="utf-8")
    Path(".gitignore").write_text(IGNORED, encoding="utf-8")


def _edit() -> str:
    """Edit one machine in NetBox as a person would, past proxbox."""
    url, token = _netbox()
    machine = _ask("GET", f"{url}/api/virtualization/virtual-machines/?limit=1&status=active", token)["results"][0]
    memory = machine["memory"] * 2
    edit = {"memory": memory, "comments": "Ask Grace before a reboot."}
    _ask("PATCH", f"{url}/api/virtualization/virtual-machines/{machine['id']}/", token, edit)
    return f"   * in NetBox: {machine['name']} gets {memory} MB of memory, and a comment"


def _netbox() -> tuple[str, str]:
    found = re.search(r"url: (\S+)", Path("proxbox.yaml").read_text(encoding="utf-8"))
    if found is None:
        sys.exit("the configuration names no NetBox")
    return found[1], Path("../servers/netbox.token").read_text(encoding="utf-8").strip()


def _ask(method: str, url: str, token: str, body: object = None) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
        return json.load(answer)


def _digest() -> str:
    return hashlib.sha256(Path("plan.json").read_bytes()).hexdigest()


def _commit(message: str, *files: str) -> None:
    _git("add", *files)
    _show(f"git add {' '.join(files)}")
    _show(f"git commit -m '{message}'", _git("commit", "--quiet", "--message", message))


def _git(*arguments: str) -> str:
    return _run("git", *arguments)


def _run(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env={**os.environ, **GIT})
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    return done.stdout


def _say(title: str, text: str) -> None:
    print(f"\n== {title}\n# {text}\n")


def _show(command: str, said: str = "") -> None:
    print(f"$ {command}")
    if said.strip("\n"):
        print(said.strip("\n"))
    sys.stdout.flush()


if __name__ == "__main__":
    lacking = [name for name in ("git", "proxbox") if shutil.which(name) is None]
    if lacking:
        sys.exit(f"there is no {lacking[0]} on the PATH")
    rehearse()
