"""Who has approved a plan, as people and programs see it. An approval is a file that anyone can write."""

from __future__ import annotations

import json

import pytest
from syrupy.assertion import SnapshotAssertion

from proxbox_plan.policy.approvals import JudgedApproval, Requirement, Tally
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from proxbox_plan.report.subject import ReviewedPlan
from tests.builders import busy_plan
from tests.cases import Cases
from tests.report.subjects import VALUES

TWO = Requirement(people=2, authors=frozenset({"bob@example.com"}))
ONE = Requirement(people=1, authors=frozenset({"bob@example.com"}))
JUDGED = (
    JudgedApproval("b.json", "bob@example.com", "bob@example.com made the plan"),
    JudgedApproval("a.json", "alice@example.com"),
    JudgedApproval("c.json", "", "is not valid JSON"),
)
MISSING = ReviewedPlan(busy_plan(), Tally(TWO, JUDGED, elsewhere=3))
ENOUGH = ReviewedPlan(busy_plan(), Tally(ONE, JUDGED[:2]))


def test_text(text_file: SnapshotAssertion) -> None:
    """Before the counts: how many are required, and each approval with what it is worth."""
    assert render(MISSING, Format.TEXT) == text_file


def test_markdown(markdown_file: SnapshotAssertion) -> None:
    """What is missing stands above the title, and each approval in a table."""
    assert render(MISSING, Format.MARKDOWN) == markdown_file


def test_where_enough_people_have_approved() -> None:
    """It is said, and nothing warns."""
    words = "The plan requires 1 approval, and 1 counts (alice@example.com)."
    assert words in render(ENOUGH, Format.TEXT)
    assert words.replace("@", "\\@<!-- -->") in render(ENOUGH, Format.MARKDOWN).partition("### ")[2]
    assert words in render(ENOUGH, Format.HTML)


def test_programs_read_both() -> None:
    """The plan as its document has it, and the approvals beside it; findings and metrics are those of the plan."""
    found = json.loads(render(MISSING, Format.JSON))
    assert found["plan"] == json.loads(busy_plan().to_json())
    assert (found["approvals"]["required"], found["approvals"]["enough"]) == (2, False)
    assert found["approvals"]["people"] == ["alice@example.com"]
    assert found["approvals"]["judged"][0]["why_not"] == "bob@example.com made the plan"
    assert "approvals.required = 2\n" in render(MISSING, Format.LINES)
    for format_ in (Format.JUNIT, Format.SARIF, Format.GITHUB, Format.PROMETHEUS):
        assert render(MISSING, format_) == render(busy_plan(), format_)


@pytest.mark.parametrize(
    ("format_", "markup"),
    [
        (Format.TEXT, ("\x1b", "\u202e")),
        (Format.MARKDOWN, ("<img", "<script", "<!--", "[x](", "[click](", "\n::")),
        (Format.HTML, ("<img", "</script>", "<script>", "<!--")),
    ],
)
def test_nothing_of_a_file_becomes_markup(format_: Format, markup: tuple[str, ...]) -> None:
    """Neither its name nor what it says of itself: a hostile value and a plain one make reports of the same lines."""
    with Cases() as case:
        plain = _shown(format_, "x").replace("<!-- -->", "")
        for value in VALUES:
            with case(value):
                shown = _shown(format_, value).replace("<!-- -->", "")  # ours: it ends a mention
                assert len(shown.splitlines()) == len(plain.splitlines())
                assert all(character.isprintable() for line in shown.splitlines() for character in line)
                assert [shown.count(one) for one in markup] == [plain.count(one) for one in markup]


def _shown(format_: Format, value: str) -> str:
    judged = (JudgedApproval(value, value, value), JudgedApproval(value, value))
    return render(ReviewedPlan(busy_plan(), Tally(TWO, judged)), format_)
