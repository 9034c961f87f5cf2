"""GitLab as far as a job sees it: its API, a repository, and a runner that runs scripts as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import yaml

from tests.pipelines.github import AUTHOR, Run

EXAMPLE = Path(__file__).parents[2] / "examples" / "gitlab"
TOKEN = "glpat-thisOpensOnlyTheTest"
NOTE_TOKEN = "glpat-thisWritesNotes"
ME = {"id": 7}
USERS = {NOTE_TOKEN: ME, TOKEN: {"id": 8}}
MERGE_REQUESTS = frozenset({"plan", "fork"})  # jobs that have no protected variable
PAGE = 2  # rows: so that paging is seen
Row = dict[str, Any]


class GitLab:
    """One project on GitLab, and a runner; a context manager."""

    def __init__(self, folder: Path, proxbox: str, config: str = "") -> None:
        """Make the repository out of examples/gitlab and the configuration; `proxbox` is the text of the command."""
        self.folder, self.work, self.tools = folder, folder / "work", folder / "tools"
        self.merged: dict[str, list[Row]] = {}
        self.jobs: list[Row] = []
        self.artifacts: dict[int, bytes] = {}
        self.events: list[Row] = []
        self.levels: dict[int, int] = {1: 40, 2: 30}
        self.notes: list[Row] = []
        self.issues: list[Row] = []
        self.proposals: list[Row] = []
        self.tools.mkdir(parents=True)
        (self.tools / "proxbox").write_text(proxbox)
        (self.tools / "proxbox").chmod(0o755)
        shutil.copytree(EXAMPLE, self.work)
        (self.work / "proxbox.yaml").write_text(config)
        self.git("init", "--quiet", "--bare", str(folder / "netbox.git"))
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("start")
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"gitlab": self}))

    def __enter__(self) -> Self:
        """Answer."""
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()

    def git(self, *arguments: str) -> str:
        """Run git in the repository as a person."""
        who = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
        done = subprocess.run(["git", *who, *arguments], cwd=self.work, check=True, text=True, stdout=subprocess.PIPE)
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def run(self, job: str, *, file: str = ".gitlab-ci.yml", **variables: str) -> Run:
        """Run one job's script, and what comes after it, as they stand in the file."""
        said = yaml.safe_load((self.work / file).read_text())[job]
        given = {
            "PROXBOX_NOTE_TOKEN": NOTE_TOKEN,
            **({} if job in MERGE_REQUESTS else {"PROXBOX_GITLAB_TOKEN": TOKEN}),
            "CI_JOB_URL": "https://gitlab.example.com/acme/netbox/-/jobs/23",
            "CI_PIPELINE_URL": "https://gitlab.example.com/acme/netbox/-/pipelines/11",
            "CI_PROJECT_ID": "1",
            "CI_MERGE_REQUEST_IID": "1",
            "CI_API_V4_URL": f"http://127.0.0.1:{self._server.server_port}/api/v4",
            "CI_DEFAULT_BRANCH": "main",
            "CI_PROJECT_URL": f"file://{self.folder}/netbox",
            "CI_COMMIT_SHA": self.git("rev-parse", "HEAD"),
            **variables,
        }
        own = {
            name: re.sub(r"^\$(\w+)$", lambda found: given[found[1]], value)
            for name, value in said.get("variables", {}).items()
        }
        environ = {"PATH": f"{self.tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(self.folder), **given, **own}
        done = self._shell(said["script"], environ)
        after = self._shell(said.get("after_script", []), environ)
        return Run(code=done.returncode, out=done.stdout + after.stdout)

    def _shell(self, lines: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
        script = "\n".join(["set -eo pipefail", *lines])
        return subprocess.run(
            ["bash", "-c", script],
            cwd=self.work,
            env=environ,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def merge(self, head: str, *labels: str) -> None:
        """Merge a merge request."""
        self.git("switch", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "merge", head)
        self.git("clean", "--quiet", "--force", "-dx")
        merged = self.git("rev-parse", "HEAD")
        row = {
            "iid": 1,
            "author": {"username": AUTHOR},
            "sha": head,
            "state": "merged",
            "merge_commit_sha": merged,
            "labels": list(labels),
        }
        self.merged[merged] = [row]

    def label(self, name: str, user: int) -> None:
        """Let someone put a label on the merge request."""
        self.events.append({"action": "add", "label": {"name": name}, "user": {"id": user}})

    def applied(self, outcome: bytes | None) -> None:
        """Let there be a job that applied something, with or without an outcome."""
        number = 20 + len(self.jobs)
        self.jobs.insert(0, {"id": number, "name": "apply", "ref": "main"})
        if outcome is not None:
            self.artifacts[number] = outcome

    def answer(  # noqa: PLR0911 # one answer per address
        self, method: str, path: str, body: Row, query: dict[str, list[str]], token: str
    ) -> Any:
        """Return what the API answers; None when there is nothing."""
        place = path.removeprefix("/api/v4/").removeprefix("projects/1/")
        match method, place.split("/"):
            case "GET", ["user"]:
                return USERS[token]
            case "GET", ["repository", "commits", commit, "merge_requests"]:
                return self.merged.get(commit, [])
            case "GET", ["merge_requests", "1"]:
                return {"author": {"username": AUTHOR}}
            case "GET", ["jobs"]:
                return self.jobs
            case "GET", ["merge_requests", "1", "resource_label_events"]:
                return self.events
            case "GET", ["members", "all", number]:
                level = self.levels.get(int(number))
                return {"access_level": level} if level else None
            case _, ["merge_requests", "1", "notes", *number]:
                return _rows(self.notes, number, body)
            case _, [("issues" | "merge_requests") as what, *number] if token == TOKEN:
                rows = self.issues if what == "issues" else self.proposals
                found = _rows(rows, number, body)
                return [row for row in rows if row["state"] == query["state"][0]] if method == "GET" else found
        raise KeyError(path)


def _rows(rows: list[Row], number: list[str], body: Row) -> Any:
    """Return the rows, or change one."""
    if number:
        row = rows[int(number[0]) - 1]
        row.update(body, state="closed" if body.get("state_event") == "close" else row["state"])
        return row
    if body:
        rows.append({"id": len(rows) + 1, "iid": len(rows) + 1, "author": ME, "state": "opened", **body})
    return rows


class _Handler(BaseHTTPRequestHandler):
    """Answers as GitLab's API does: a token, pages, and artifacts that lie elsewhere."""

    gitlab: GitLab

    def do_GET(self) -> None:
        """Answer."""
        self._answer()

    do_POST = do_PUT = do_GET  # noqa: N815 - http.server's names

    def _answer(self) -> None:
        asked = urlsplit(self.path)
        if asked.path.startswith("/storage/"):
            self._send(400 if self.headers["PRIVATE-TOKEN"] else 200, self.gitlab.artifacts[int(asked.path[9:])])
            return
        token = self.headers["PRIVATE-TOKEN"]
        if token not in USERS:
            self._send(401, b"{}")
            return
        if found := re.search(r"/jobs/(\d+)/artifacts/plan\.outcome\.json$", asked.path):
            there = int(found[1]) in self.gitlab.artifacts
            self._send(302 if there else 404, b"", Location=f"/storage/{found[1]}")
            return
        length = int(self.headers["Content-Length"] or 0)
        query = parse_qs(asked.query)
        body = json.loads(self.rfile.read(length) or b"{}")
        answer = self.gitlab.answer(self.command, asked.path, body, query, token)
        page = int(query.get("page", ["1"])[0])
        if isinstance(answer, list):
            more = len(answer) > page * PAGE
            answer = answer[(page - 1) * PAGE : page * PAGE]
            self._send(200, json.dumps(answer).encode(), **{"X-Next-Page": str(page + 1) if more else ""})
        else:
            self._send(200 if answer is not None else 404, json.dumps(answer).encode())

    def _send(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
