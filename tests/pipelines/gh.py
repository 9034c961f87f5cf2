"""A stand-in for GitHub's command line: the answers are in the file that GH_FORGE names, and so is what is changed.

It knows the calls our scripts make and refuses every other; as the real one it wants a token, and runs jq itself.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jq

STORE = Path(os.environ["GH_FORGE"])
Forge = dict[str, Any]
PAGE = 2  # rows: so that paging is seen


def main(arguments: list[str]) -> None:
    """Answer one call."""
    if not os.environ.get("GH_TOKEN"):
        sys.exit("gh: To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.")
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
            shutil.copytree(Path(forge["artifacts"]) / number / given.name, given.dir, dirs_exist_ok=True)
        case ["auth", "git-credential"]:
            pass
        case ["label", "create", _]:
            pass
        case [("issue" | "pr") as what, "list"]:
            _print([[row for row in forge[what] if row["state"] == given.state][: given.limit]], given.jq)
        case [("issue" | "pr") as what, action, *number]:
            _change(forge[what], action, number, given)
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
        "--field",
        "--workflow",
        "--event",
        "--commit",
        "--status",
        "--name",
        "--dir",
        "--state",
        "--label",
        "--title",
        "--body-file",
        "--comment",
        "--head",
        "--base",
        "--description",
        "--json",
    ):
        parser.add_argument(option)  # fmt: skip
    parser.add_argument("--method", default="GET")
    parser.add_argument("--limit", type=int)
    return parser


def _api(forge: Forge, given: argparse.Namespace, path: str) -> list[Any]:
    """Return the pages of the answer."""
    place = path.removeprefix(f"repos/{os.environ['GITHUB_REPOSITORY']}/")
    body = Path(given.field.removeprefix("body=@")).read_text() if given.field else ""
    if found := re.fullmatch(r"issues/(\d+)/comments", place):
        comments = forge["comments"].setdefault(found[1], [])
        if given.method == "POST":
            comments.append({"id": next(_ids(forge)), "user": {"login": "github-actions[bot]"}, "body": body})
        return [comments[at : at + PAGE] for at in range(0, len(comments), PAGE)] if given.paginate else [comments[:2]]
    if found := re.fullmatch(r"issues/comments/(\d+)", place):
        comment = next(row for row in itertools.chain(*forge["comments"].values()) if row["id"] == int(found[1]))
        comment["body"] = body
        return [comment]
    if found := re.fullmatch(r"commits/(\w+)/pulls", place):
        return [[pull for pull in forge["pulls"] if found[1] in {pull["merge_commit_sha"], pull["head"]["sha"]}]]
    sys.exit(f"gh: unknown path {path}")


def _ids(forge: Forge) -> Iterator[int]:
    yield from itertools.count(1 + sum(map(len, forge["comments"].values())))


def _runs(forge: Forge, given: argparse.Namespace) -> list[Any]:
    wanted = {"workflow": given.workflow, "event": given.event, "headSha": given.commit, "status": given.status}
    return [run for run in forge["runs"] if all(run[name] == value for name, value in wanted.items())]


def _change(rows: list[Any], action: str, number: list[str], given: argparse.Namespace) -> None:
    """Make, edit or close an issue or a pull request."""
    if action == "create":
        rows.append({"number": len(rows) + 1, "state": "open"})
    row = rows[int(number[0]) - 1] if number else rows[-1]
    row["state"] = "closed" if action == "close" else row["state"]
    given_now = {"title": given.title, "head": given.head, "base": given.base, "comment": given.comment}
    row.update({name: value for name, value in given_now.items() if value})
    if given.body_file:
        row["body"] = Path(given.body_file).read_text()


def _print(pages: list[Any], program: str | None) -> None:
    for page in pages:
        for value in jq.compile(program or ".").input_value(page).all():
            sys.stdout.write(f"{value if isinstance(value, str) else json.dumps(value)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
