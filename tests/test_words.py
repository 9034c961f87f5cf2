"""The words of the field: what stays out is found, and the tree is free of it."""

from __future__ import annotations

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
    """Every kind of file that people read, but what is open."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("It can't.\n")
    for place in words.OPEN[:1]:
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "a.py").write_text('"""It can\'t."""\n')
    assert list(words.findings(tmp_path)) == ['docs/a.md:1: "can\'t": say cannot']


def test_the_tree_is_clean() -> None:
    """Nothing that stays out is said anywhere else."""
    assert list(words.findings()) == []


def test_what_is_open_exists() -> None:
    """A folder that is in the field's words leaves the list."""
    assert [place for place in words.OPEN if not (words.ROOT / place).exists()] == []
