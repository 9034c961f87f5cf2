"""States, outcomes and inventories as people see them."""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from proxbox_plan.core.key import Key
from proxbox_plan.model.inventory import Inventory, Row
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Action, Cause, Reason
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Incomplete
from proxbox_plan.report import messages as spoken
from proxbox_plan.report.markdown import document as markdown
from proxbox_plan.report.text import document as text
from tests.builders import HOSTILE, cluster, guest, incomplete_state, outcome, state


def test_a_state_shows_counts_and_what_is_incomplete(text_file: SnapshotAssertion) -> None:
    """What was read, and for each incomplete part why; a stopped guest without addresses is none."""
    assert text.render(incomplete_state()) == text_file


def test_a_complete_state_says_so() -> None:
    """The last line is the verdict."""
    assert text.render(state()).endswith("1 cluster, 2 guests. Complete.\n")


def test_an_outcome_shows_what_did_not_land(text_file: SnapshotAssertion) -> None:
    """Failures in NetBox's words, then what waited for them, then what was not tried."""
    shown = outcome(*Result, Result.DONE, stopped="NetBox is down: 503")
    assert text.render(shown) == text_file


def test_what_is_said_of_many_changes_is_shown_once() -> None:
    """Such as what an older NetBox does not know; what failed keeps its message each time."""
    shown = outcome(Result.DONE, Result.DONE, Result.DONE, Result.FAILED, Result.FAILED)
    weak = shown.remade(results=tuple(item.replace(message="no If-Match") for item in shown.results))
    said = text.render(weak, verbose=True)
    assert [part.count("no If-Match") for part in said.split("3 ", 1)] == [2, 1]
    assert markdown.render(weak).count("no If-Match") == 3


def test_a_good_outcome_is_one_line() -> None:
    """When everything landed there is nothing to list."""
    assert text.render(outcome(Result.DONE, Result.DONE)) == "Applied 2 of 2 changes; 3 write requests sent.\n"


def test_an_inventory_shows_what_is_managed() -> None:
    """By kind: how many rows there are, and how many are ours."""
    rows = (Row(id=1, name="a", key=Key("lab")), Row(id=2, name="b"))
    shown = Inventory.make(
        url="https://netbox.example.com", netbox_version="4.7.3", clusters=("lab",), kinds={"cluster": rows}
    )
    assert text.render(shown).splitlines()[1] == "    2 clusters, 1 managed"


def test_any_document_has_a_markdown_form() -> None:
    """Other documents than plans are listed line by line."""
    assert "* 2 virtual machines: 2 running" in markdown.render(state())
    assert "Applied 1 of 1 change" in markdown.render(outcome(Result.DONE))


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_cannot_steer_a_terminal(value: str) -> None:
    """Not through a state, not through an outcome."""
    views = (
        text.render(state(cluster(value, version=value, guests=(guest(status=value),))), verbose=True),
        text.render(outcome(Result.FAILED, stopped=value)),
        markdown.render(outcome(Result.FAILED, stopped=value)),
    )
    for view in views:
        assert all(character == "\n" or character.isprintable() for character in view)


def test_every_code_has_words() -> None:
    """A code that is added to a closed list without words is found here, not by a user."""
    for codes, words in (
        (Action, spoken.MARKERS),
        (Reason, spoken.REASONS),
        (Cause, spoken.CAUSES),
        (Incomplete, spoken.INCOMPLETE),
        (ProblemCode, spoken.PROBLEMS),
        (Result, spoken.RESULTS),
    ):
        assert set(codes) == set(words)
