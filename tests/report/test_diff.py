"""What changed between two states."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from proxbox_plan.model.state import ClusterCoverage, Gap, GuestCoverage, State
from proxbox_plan.report.diff import ObjectDiff, Sort, diff_states
from proxbox_plan.report.diff_views import diff_line, diff_markdown, diff_text
from tests.builders import HOSTILE, cluster, gap, guest, nic, node, state


def _only(before: State, after: State) -> ObjectDiff:
    objects = diff_states(before, after).objects
    assert len(objects) == 1
    return objects[0]


def _lab(*guests: object, **fields: Any) -> State:
    return state(cluster(guests=guests, **fields))


def test_equal_states_have_no_difference() -> None:
    """Nothing is said about what is the same."""
    assert diff_line(diff_states(state(), state())) == "No differences."


def test_a_rename_is_a_rename() -> None:
    """One object with one field, not a removal and an addition."""
    found = _only(_lab(guest(name="a")), _lab(guest(name="b")))
    assert found.sort is Sort.RENAMED
    assert [(field.field, field.before, field.after) for field in found.fields] == [("name", "a", "b")]


def test_a_migration_is_a_move() -> None:
    """The node changed; the guest is the same."""
    assert _only(_lab(guest(node="pve1")), _lab(guest(node="pve2"))).sort is Sort.MOVED


def test_a_reused_number_is_another_guest() -> None:
    """The same vmid with another uuid was replaced, however much the two look alike."""
    assert _only(_lab(guest(uuid="a")), _lab(guest(uuid="b"))).sort is Sort.REPLACED


def test_nics_are_compared_by_slot() -> None:
    """A NIC before the others does not shift them: only the new one differs."""
    before = _lab(guest(nics=(nic("net1", tag=10),)))
    after = _lab(guest(nics=(nic("net0"), nic("net1", tag=30))))
    assert [field.field for field in _only(before, after).fields] == ["nics.net0", "nics.net1.tag"]


def test_lists_are_shown_whole_and_their_order_does_not_count() -> None:
    """Tags differ as a list; another order is no difference."""
    assert not diff_states(_lab(guest(tags=("a", "b"))), _lab(guest(tags=("b", "a")))).objects
    (field,) = _only(_lab(guest(tags=("a", "b"))), _lab(guest(tags=("a", "c", "d")))).fields
    assert (field.field, field.before, field.after) == ("tags", ["a", "b"], ["a", "c", "d"])


def test_gone_needs_proof() -> None:
    """A guest that is missing from an incomplete list was not seen; only a complete list removes it."""
    incomplete = ClusterCoverage(guests=gap(Gap.FORBIDDEN))
    assert _only(_lab(guest()), _lab()).sort is Sort.REMOVED
    assert _only(_lab(guest()), _lab(coverage=incomplete)).sort is Sort.UNSEEN


def test_what_was_not_read_did_not_change() -> None:
    """A guest on an offline node has no configuration to compare."""
    lost = guest(nics=(), disks=(), memory_mib=None, vcpus=None, uuid=None,
                 coverage=GuestCoverage(config=gap(Gap.NODE_OFFLINE)))  # fmt: skip
    assert not diff_states(_lab(guest()), _lab(lost)).objects


def test_a_cluster_that_was_not_collected_is_unseen() -> None:
    """Leaving a cluster out is not deleting it."""
    found = _only(state(cluster("a"), cluster("b")), state(cluster("a")))
    assert (found.kind, found.id, found.sort) == ("cluster", "b", Sort.UNSEEN)


def _before_and_after() -> tuple[State, State]:
    before = _lab(guest(100), guest(101), guest(102), nodes=(node(), node("pve2")))
    after = _lab(
        guest(100, name="front"), guest(101, node="pve2", memory_mib=4096), guest(103, type="lxc"),
        nodes=(node(version="9.1.0"), node("pve2")), version="9.1.0",
    )  # fmt: skip
    return before, after


def test_as_text(text_file: SnapshotAssertion) -> None:
    """By cluster: nodes, then guests, each with its fields."""
    assert diff_text(diff_states(*_before_and_after())) == text_file


def test_as_markdown(markdown_file: SnapshotAssertion) -> None:
    """One table."""
    assert diff_markdown(diff_states(*_before_and_after())) == markdown_file


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_values_are_harmless(value: str) -> None:
    """In both views."""
    diff = diff_states(_lab(guest(description="")), _lab(guest(name=value, description=value + "!")))
    for view in (diff_text(diff), diff_markdown(diff)):
        assert all(character == "\n" or character.isprintable() for character in view)


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=3), st.integers(0, 2), st.booleans())
def test_the_order_of_guests_does_not_matter(tags: list[str], vmid: int, swap: bool) -> None:  # noqa: FBT001
    """The same guests in another order are the same cluster."""
    guests = [guest(100 + vmid, tags=tuple(tags)), guest(200)]
    other = list(reversed(guests)) if swap else guests
    assert not diff_states(_lab(*guests), _lab(*other)).objects
