"""A stand-in for GitHub's command line: the answers are in the file that GH_FORGE names, and so is what is changed.

It knows the calls our scripts make and refuses every other; as the real one it wants a token, and runs jq itself.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jq

STORE = Path(os.environ["GH_FORGE"])
Forge = dict[str, Any]
PAGE = 2  # rows: so that paging is seen


def main(arguments: list[str]) -> None:
    """Answer one call."""
    if not os.environ.get("GH_TOKEN"):
        sys.exit("gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.")
    if os.environ["GH_HOST"] != "github.com" and not os.environ.get("GH_ENTERPRISE_TOKEN"):
        sys.exit("gh: a GitHub Enterprise Server wants its own token")
    if {"NETBOX_TOKEN", "PVE_TOKEN"} & os.environ.keys():
        sys.exit("gh: a secret that is none of its business is in its environment")
    forge = json.loads(STORE.read_text())
    given = _parser().parse_intermixed_args(arguments)
    match given.words:
        case ["api", path]:
            _print(_api(forge, given, path), given.jq)
        case ["run", "list"]:
            _print([_runs(forge, given)[: given.limit]], given.jq)
        case ["run", "download", number]:
            kept = Path(forge["artifacts"]) / number / given.name
            if not kept.exists():
                sys.exit(f"no artifact {given.name}")
            shutil.copytree(kept, given.dir, dirs_exist_ok=True)
        case ["auth", "git-credential"]:
            pass
        case ["label", "create", _]:
            pass
        case _:
            sys.exit(f"gh: unknown call {arguments}")
    STORE.write_text(json.dumps(forge))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("words", nargs="*")
    for flag in ("--paginate", "--silent", "--force"):
        parser.add_argument(flag, action="store_true")
    for option in (
        "--jq",
        "--workflow",
        "--branch",
        "--name",
        "--dir",
        "--description",
        "--json",
    ):
        parser.add_argument(option)
    for option in ("--field", "--raw-field"):
        parser.add_argument(option, action="append", default=[])
    parser.add_argument("--method", default="GET")
    parser.add_argument("--limit", type=int)
    return parser


def _api(forge: Forge, given: argparse.Namespace, address: str) -> list[Any]:
    """Return the pages of the answer."""
    place, _, asked = address.removeprefix(f"repos/{os.environ['GITHUB_REPOSITORY']}/").partition("?")
    if given.method != "GET":
        return [_write(forge, given.method, place.split("/"), _body(given))]
    answer = _read(forge, place.split("/"), dict(parse_qsl(asked)))
    if not isinstance(answer, list):
        return [answer]
    pages = [answer[at : at + PAGE] for at in range(0, len(answer), PAGE)] or [[]]
    return pages if given.paginate else pages[:1]


def _read(forge: Forge, place: list[str], asked: dict[str, str]) -> Any:
    match place:
        case ["commits", commit, "pulls"]:
            return [pull for pull in forge["pulls"] if commit in {pull["merge_commit_sha"], pull["head"]["sha"]}]
        case ["pulls", number]:
            return next(pull for pull in forge["pulls"] if pull["number"] == int(number))
        case ["issues", number, "comments"]:
            return forge["comments"].get(number, [])
        case ["issues", number, "events"]:
            return forge["events"].get(number, [])
        case ["collaborators", who, "permission"]:
            return {"role_name": forge["roles"].get(who, "read")}
        case [("issues" | "pulls") as what]:
            return [row for row in forge[f"open {what}"] if row["state"] == asked["state"]][: int(asked["per_page"])]
    sys.exit(f"gh: unknown address {place}")


def _write(forge: Forge, method: str, place: list[str], body: dict[str, Any]) -> Any:
    match method, place:
        case "PATCH", ["issues", "comments", number]:
            row = next(row for row in itertools.chain(*forge["comments"].values()) if row["id"] == int(number))
        case "PATCH", [("issues" | "pulls") as what, number]:
            row = forge[f"open {what}"][int(number) - 1]
        case "POST", ["issues", number, "comments"]:
            row = {"id": 1 + sum(map(len, forge["comments"].values())), "user": {"login": "github-actions[bot]"}}
            forge["comments"].setdefault(number, []).append(row)
        case "POST", [("issues" | "pulls") as what]:
            row = {"number": len(forge[f"open {what}"]) + 1, "state": "open"}
            forge[f"open {what}"].append(row)
        case _:
            sys.exit(f"gh: unknown address {method} {place}")
    row.update(body)
    return row


def _body(given: argparse.Namespace) -> dict[str, Any]:
    """Return the fields: raw ones as they are, of the others those that begin with `@` from their file."""
    raw = dict(field.split("=", 1) for field in given.raw_field)
    read = dict(field.split("=@", 1) for field in given.field)
    return raw | {name: Path(place).read_text() for name, place in read.items()}


def _runs(forge: Forge, given: argparse.Namespace) -> list[Any]:
    """Return the runs of a workflow on a branch, the newest first."""
    wanted = {"workflow": given.workflow, "branch": given.branch}
    return [run for run in reversed(forge["runs"]) if all(run[name] == value for name, value in wanted.items())]


def _print(pages: list[Any], program: str | None) -> None:
    for page in pages:
        for value in jq.compile(program or ".").input_value(page).all():
            sys.stdout.write(f"{value if isinstance(value, str) else json.dumps(value)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
