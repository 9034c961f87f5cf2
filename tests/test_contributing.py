"""How the project is worked on: the form of commits, and what GitHub makes of its files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.commit_message import diagnostics, main
from scripts.lint import WORKFLOWS

ROOT = Path(__file__).parent.parent
FORMS = [file for file in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")) if file.stem != "config"]
BODY = "Refuse a link\n\nWhoever may write into the folder\ncould have it appended elsewhere.\n"


def loaded(*path: str) -> Any:
    """Return what a file of the repository says."""
    return yaml.safe_load(ROOT.joinpath(*path).read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "message",
    [
        "Refuse a link",
        BODY,
        f"\n# Please enter the message\n{BODY}# On branch main\n",
        f"{BODY}# ------------------------ >8 ------------------------\n{'x' * 30} {'y' * 90}\n",
        "R" * 72,
        "Merge branch 'logging' into a branch with a name that is longer than a subject may be",
        'Revert "lower case."',
        "fixup! lower case",
    ],
)
def test_a_good_message(message: str) -> None:
    """Comments, the diff of `commit --verbose`, and what Git writes by itself do not count."""
    assert list(diagnostics(message)) == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("", "is empty"),
        ("# only a comment\n", "is empty"),
        ("R" * 73, "has 73 characters"),
        ("Refuse a link.", "ends with a period"),
        ("refuse a link", "capital letter"),
        ("Refuse a link\nand more", "is not empty"),
    ],
)
def test_a_bad_message(message: str, words: str) -> None:
    """One diagnostic, which names the rule."""
    (found,) = diagnostics(message)
    assert words in found


def test_the_message_in_contributing_is_good() -> None:
    """The example of the page follows its own rules."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\n## Commit\n")[2]
    message = section.partition("```text\n")[2].partition("```")[0]
    assert list(diagnostics(message)) == []
    assert "\n\n" in message


def test_the_hook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """pre-commit gives it the file; a bad message stops the commit and is explained."""
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text("refuse.\n", encoding="utf-8")
    assert main([str(file)]) == 1
    assert capsys.readouterr().err.count("\n") == 2
    file.write_text(BODY, encoding="utf-8")
    assert main([str(file)]) == 0
    hooks = {hook["id"]: hook for repo in loaded(".pre-commit-config.yaml")["repos"] for hook in repo["hooks"]}
    assert hooks["commit-message"]["stages"] == ["commit-msg"]
    entry = hooks["commit-message"]["entry"]
    assert entry == ".venv/bin/python -m scripts.commit_message"
    assert loaded(".pre-commit-config.yaml")["default_install_hook_types"] == ["pre-commit", "commit-msg"]
    assert loaded(".pre-commit-config.yaml")["default_stages"] == ["pre-commit"]


@pytest.mark.parametrize("file", FORMS, ids=lambda file: file.stem)
def test_an_issue_form_is_one(file: Path) -> None:
    """GitHub shows no form at all when a key is missing, or an id is given twice."""
    form = loaded(".github", "ISSUE_TEMPLATE", file.name)
    assert {"name", "description", "body"} == set(form)
    ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len(ids) == len(set(ids))
    for field in form["body"]:
        assert field["attributes"].get("value" if field["type"] == "markdown" else "label")
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_updates_come_late_and_together() -> None:
    """Once a week, in one pull request, after a cooldown; zizmor looks at the file, too."""
    for update in loaded(".github", "dependabot.yml")["updates"]:
        assert update["schedule"]["interval"] == "weekly"
        assert update["cooldown"]["default-days"] >= 7
        assert [group["patterns"] for group in update["groups"].values()] == [["*"]]
    assert ROOT / ".github" / "dependabot.yml" in WORKFLOWS


def test_the_pages_name_what_exists() -> None:
    """Every command of `./dev` and every path."""
    text = "".join((ROOT / name).read_text(encoding="utf-8") for name in ("CONTRIBUTING.md", "SECURITY.md"))
    text += (ROOT / ".github" / "pull_request_template.md").read_text(encoding="utf-8")
    usage = subprocess.run([ROOT / "dev", "help"], capture_output=True, text=True, check=True).stdout
    named = set(re.findall(r"\./dev ([a-z]+)", text))
    assert named
    assert [name for name in named if not re.search(rf"^  .*\b{name}\b", usage, re.MULTILINE)] == []
