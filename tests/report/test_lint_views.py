"""What was found in an estate, as people see it."""

from __future__ import annotations

from syrupy.assertion import SnapshotAssertion

from proxbox_plan.model.lint.lint import Lacking
from proxbox_plan.report.format import Format
from proxbox_plan.report.lint_words import LACKING
from proxbox_plan.report.rendering import render
from tests.builders import lint
from tests.report.conftest import Stored


def test_as_text(text_file: SnapshotAssertion) -> None:
    """A section for each rule, with why it matters and what to do; then what is not known; the verdict last."""
    assert render(lint(), Format.TEXT) == text_file


def test_as_markdown(stored: Stored) -> None:
    """The verdict first; notes and what is not known are folded."""
    assert render(lint(), Format.MARKDOWN) == stored("md")


def test_long_lists_are_cut_and_verbose_has_them_all() -> None:
    """A rule that finds hundreds leaves room for the others."""
    one = lint().findings[0]
    many = lint().remade(findings=tuple(one.replace(part=str(number)) for number in range(30)))
    assert "    … and 10 more (--verbose shows them)\n" in render(many, Format.TEXT)
    assert render(many, Format.TEXT, verbose=True).count("Something is wrong with 100") == 30


def test_nothing_found() -> None:
    """One line."""
    assert render(lint().remade(findings=(), unjudged=()), Format.TEXT) == (
        "No findings in 3 guests of 1 cluster, 3 rules tried.\n"
    )


def test_every_code_has_its_words() -> None:
    """The closed list of what may be lacking."""
    assert set(LACKING) == set(Lacking)
