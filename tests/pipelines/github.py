"""GitHub as far as a workflow sees it: a repository with its remote, a runner that runs the steps as they stand."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

EXAMPLE = Path(__file__).parents[2] / "examples" / "github"
REPOSITORY = "acme/netbox"
BOT = "github-actions[bot]"
AUTHOR = "bob"
RUN = "77"
_EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")
_WHO = {f"GIT_{who}_{what}": "ada@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


@dataclass
class Run:
    """What became of one job; the outputs are by `STEP.NAME`."""

    code: int = 0
    out: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    summary: str = ""


class GitHub:
    """One repository on GitHub, and a runner."""

    def __init__(self, folder: Path, config: str, proxbox: str) -> None:
        """Make the repository out of examples/github and the configuration; `proxbox` is the text of the command."""
        self.folder, self.work, self.store = folder, folder / "work", folder / "forge.json"
        self.remote = folder / f"{REPOSITORY}.git"
        self.tools, self.artifacts = folder / "tools", folder / "artifacts"
        self.path = os.environ["PATH"]
        self.server = ""  # empty: its own folder, so that git can push there
        self.tools.mkdir(parents=True)
        gh = f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).with_name("gh.py")}" "$@"\n'
        for name, text in (("gh", gh), ("proxbox", proxbox)):
            (self.tools / name).write_text(text)
            (self.tools / name).chmod(0o755)
        self.save(
            {
                "pulls": [],
                "runs": [],
                "comments": {},
                "events": {},
                "roles": {"ada": "maintain", "bob": "write"},
                "open issues": [],
                "open pulls": [],
                "artifacts": str(self.artifacts),
            }
        )
        self.git("init", "--quiet", "--bare", "--initial-branch=main", str(self.remote), where=folder)
        shutil.copytree(EXAMPLE, self.work)
        (self.work / "proxbox.yaml").write_text(config)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("start")

    def lose_proxbox(self) -> None:
        """Let the runner have no proxbox, wherever the tests themselves have one."""
        (self.tools / "proxbox").unlink()
        folders = self.path.split(os.pathsep)
        self.path = os.pathsep.join(folder for folder in folders if not (Path(folder) / "proxbox").exists())

    @property
    def forge(self) -> dict[str, Any]:
        """What GitHub knows."""
        found: dict[str, Any] = json.loads(self.store.read_text())
        return found

    def save(self, forge: dict[str, Any]) -> None:
        """Let GitHub know something else."""
        self.store.write_text(json.dumps(forge))

    def git(self, *arguments: str, where: Path | None = None) -> str:
        """Run git in the repository as a person."""
        environ = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, **_WHO}
        done = subprocess.run(
            ["git", *arguments],
            cwd=where or self.work,
            env=environ,
            check=True,
            text=True,
            stdout=subprocess.PIPE,
        )
        return done.stdout.strip()

    def commit(self, message: str) -> str:
        """Commit everything, push it, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        self.git("push", "--quiet", "--force", str(self.remote), "HEAD")
        return self.git("rev-parse", "HEAD")

    def run(self, workflow: str, job: str, *, only: str = "", **context: str) -> Run:
        """Run the steps of one job (or `only` one) as they stand in the workflow; `context` is what expressions say."""
        said = yaml.safe_load((self.work / f".github/workflows/{workflow}.yml").read_text())
        return self.steps(said["jobs"][job]["steps"], said.get("env", {}), only=only, **context)

    def steps(self, steps: list[dict[str, Any]], shared: dict[str, str], *, only: str = "", **context: str) -> Run:
        """Run these steps one after the other; `shared` is the environment of all of them."""
        context = {
            "github.token": "gh-token",
            "github.event.pull_request.number": "1",
            "github.event.pull_request.base.ref": "main",
            "github.event.pull_request.user.login": AUTHOR,
            "github.ref_name": "main",
            "needs.reviewed.outputs.author": AUTHOR,
            "github.server_url": "https://github.com",
            "github.repository": REPOSITORY,
            "github.run_id": RUN,
            "secrets.BOT_TOKEN || github.token": "gh-token",
            **context,
        }
        found = Run()
        for step in steps:
            always = re.search(r"always\(\)|!cancelled\(\)", str(step.get("if", "")))
            if (found.code and not always) or only not in {"", step.get("name")}:
                continue
            if "run" in step:
                environ = {**shared, **step.get("env", {})}
                self._step(found, step, {name: _said(value, context, found) for name, value in environ.items()})
            elif step["uses"].startswith("actions/upload-artifact@"):
                self._keep(_said(step["with"]["name"], context, found), step["with"]["path"].split())
            elif step["uses"].startswith("actions/download-artifact@"):
                self._fetch(step["with"]["name"])
        return found

    def _step(self, found: Run, step: dict[str, Any], environ: dict[str, str]) -> None:
        assert "${{" not in step["run"], "an expression in a script is how scripts are injected"
        files = {name: self.folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
        for file in files.values():
            file.write_text("")
        full = {
            "PATH": f"{self.tools}{os.pathsep}{self.path}",
            "HOME": str(self.folder),
            "GITHUB_ACTIONS": "true",
            "RUNNER_TEMP": str(self.folder),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_SHA": self.git("rev-parse", "HEAD"),
            "GITHUB_SERVER_URL": self.server or f"file://{self.folder}",
            "GITHUB_RUN_ID": RUN,
            "GH_FORGE": str(self.store),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{name: str(file) for name, file in files.items()},
            **environ,
        }
        shell = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            shell,
            cwd=self.work,
            env=full,
            check=False,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        found.code = found.code or done.returncode
        found.out += done.stdout
        found.summary += files["GITHUB_STEP_SUMMARY"].read_text()
        for line in files["GITHUB_OUTPUT"].read_text().splitlines():
            name, _, value = line.partition("=")
            found.outputs[f"{step.get('id', '')}.{name}"] = value

    def _keep(self, name: str, paths: list[str]) -> None:
        """Keep an artifact of this run."""
        place = self.artifacts / RUN / name
        place.mkdir(parents=True, exist_ok=True)
        for path in paths:
            if (self.work / path).exists():
                shutil.copy(self.work / path, place)

    def _fetch(self, name: str) -> None:
        """Put an artifact of this run where the job works, which is another place than that of the job before."""
        self.git("clean", "--quiet", "--force", "-dx")
        shutil.copytree(self.artifacts / RUN / name, self.work, dirs_exist_ok=True)

    def ended(self, workflow: str, branch: str = "main") -> int:
        """Note that this run ended, with the artifacts that it kept; return its number."""
        forge = self.forge
        number = len(forge["runs"]) + 1
        run = {"databaseId": number, "workflow": f"{workflow}.yml", "branch": branch}
        self.save({**forge, "runs": [*forge["runs"], run]})
        if (self.artifacts / RUN).exists():
            (self.artifacts / RUN).rename(self.artifacts / str(number))
        return number

    def label(self, name: str, who: str, *, number: int = 1) -> None:
        """Let someone put a label on a pull request."""
        forge = self.forge
        event = {"event": "labeled", "label": {"name": name}, "actor": {"login": who}}
        forge["events"].setdefault(str(number), []).append(event)
        next(pull for pull in forge["pulls"] if pull["number"] == number)["labels"].append({"name": name})
        self.save(forge)

    def merge(self, number: int, head: str) -> None:
        """Merge a pull request: the head of main is its merge commit, on a checkout as clean as a runner's."""
        self.git("switch", "--quiet", "main")
        self.git("merge", "--quiet", "--no-ff", "--message", "merge", head)
        self.git("clean", "--quiet", "--force", "-dx")
        merged = self.git("rev-parse", "HEAD")
        pull = {
            "number": number,
            "merged_at": "now",
            "merge_commit_sha": merged,
            "head": {"sha": head},
            "user": {"login": AUTHOR},
            "labels": [],
        }
        self.save({**self.forge, "pulls": [*self.forge["pulls"], pull]})


def _said(value: str, context: dict[str, str], found: Run) -> str:
    """Return a value with its expressions replaced; one that the event does not know is an error, see below."""
    known = {**context, **{f"steps.{name.replace('.', '.outputs.', 1)}": text for name, text in found.outputs.items()}}
    return _EXPRESSION.sub(lambda match: _known(match[1], known), str(value))


def _known(name: str, known: dict[str, str]) -> str:
    """Return what an expression says; GitHub has nothing for an output that no step made."""
    return known.get(name, "") if name.startswith("steps.") else known[name]
