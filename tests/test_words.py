"""The words of the field: what stays out is found, and the tree is free of it."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

from scripts import words


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("docs/safety.md", "* An object that nobody manages is kept."),
        ("README.md", "Two changes are withheld."),
        ("proxbox_plan/cli/plan.py", '"""Say whose word counts."""'),
        ("proxbox_plan/api/init_files/templates/x.sh", "# mend it"),
        ("scripts/x.py", "gaps = []"),
    ],
)
def test_a_planted_phrase_is_found(name: str, line: str) -> None:
    """With its file, its line, and what to say instead."""
    (found,) = words.findings_in(name, f"x = 1\n{line}\n")
    assert found.startswith(f"{name}:2: ")
    assert ": say " in found


def test_an_identifier_may_be_a_word_of_prose() -> None:
    """A page or a docstring may speak of a gap in a list, or of a trip."""
    assert list(words.findings_in("docs/scale.md", "A gap in the list is harmless, and costs one trip.\n")) == []
    assert list(words.findings_in("scripts/x.py", '"""A gap in the list is harmless."""\n')) == []


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ('raise UsageError("the plan is old")', 1),
        ('raise UsageError(f"the plan {path} is old")', 1),
        ('raise UsageError("The plan is old")', 0),
        ('raise DocumentError(f"{path}: is not JSON")', 0),
        ('raise ValueError("must be text")', 0),
        ('raise click.UsageError("no such option")', 0),
    ],
)
def test_a_message_begins_with_a_capital_letter(code: str, count: int) -> None:
    """Of our own errors; a path or a name stays as it is spelled."""
    assert len(list(words.findings_in("proxbox_plan/cli/x.py", code))) == count


def test_the_tree_is_read(tmp_path: Path) -> None:
    """Every kind of file that people read."""
    for place in ("docs/a.md", "proxbox_plan/b.py", "tests/c.py"):
        (tmp_path / place).parent.mkdir()
        (tmp_path / place).write_text('"""It can\'t."""\n')
    assert {line.partition(":")[0] for line in words.findings(tmp_path)} == {
        "docs/a.md",
        "proxbox_plan/b.py",
        "tests/c.py",
    }


def test_a_class_has_a_name_of_its_own() -> None:
    """What two rooms call alike, a reader takes for one thing; a private name is read only in its file."""
    package = Path(__file__).parent.parent / "proxbox_plan"
    named = Counter(
        node.name
        for file in package.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    assert {name: count for name, count in named.items() if count > 1} == {}
