"""What changed between two states."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion

from proxbox_plan.compare.states import diff_states
from proxbox_plan.model.difference import ObjectDiff, Sort, UnreadPart
from proxbox_plan.model.state import (
    COMPLETE,
    ClusterCoverage,
    GuestAddress,
    GuestCoverage,
    Incomplete,
    Node,
    NodeCoverage,
    Snapshot,
    State,
    Storage,
    Task,
)
from proxbox_plan.model.state.datacenter import BackupJob
from proxbox_plan.model.state.firewall import FirewallRule, Ruleset, SecurityGroup
from proxbox_plan.report.difference import diff_line, diff_markdown, diff_text
from tests.builders import HOSTILE, cluster, guest, incomplete, nic, node, state
from tests.plan.everything import backup
from tests.plan.test_drift_causes import task


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


def test_parts_are_compared_by_their_names_however_deep() -> None:
    """A rule of one security group; where nothing names the rules, the list of them is shown."""

    def firewall(action: str) -> Ruleset:
        web = SecurityGroup(name="web", rules=(FirewallRule(pos=0, type="in", action=action),))
        return Ruleset(groups=(web, SecurityGroup(name="db")), coverage=COMPLETE)

    (field,) = _only(_lab(firewall=firewall("ACCEPT")), _lab(firewall=firewall("DROP"))).fields
    assert field.field == "firewall.groups.web.rules"


def test_addresses_are_compared_by_interface_and_address() -> None:
    """One that came, one that stays."""
    old, new = (
        GuestAddress(interface="eth0", mac="BC:24:11:00:00:01", address=f"10.0.0.{number}/24") for number in (5, 6)
    )
    (field,) = _only(_lab(guest(addresses=(old,))), _lab(guest(addresses=(old, new)))).fields
    assert (field.field, field.before) == ("addresses.eth0 10.0.0.6/24", None)


def test_lists_are_shown_whole_and_their_order_does_not_count() -> None:
    """Tags differ as a list; another order is no difference."""
    assert not diff_states(_lab(guest(tags=("a", "b"))), _lab(guest(tags=("b", "a")))).objects
    (field,) = _only(_lab(guest(tags=("a", "b"))), _lab(guest(tags=("a", "c", "d")))).fields
    assert (field.field, field.before, field.after) == ("tags", ["a", "b"], ["a", "c", "d"])


def test_gone_needs_proof() -> None:
    """A guest that is missing from an incomplete list was not seen; only a complete list removes it."""
    partly = ClusterCoverage(guests=incomplete(Incomplete.FORBIDDEN))
    assert _only(_lab(guest()), _lab()).sort is Sort.REMOVED
    found = diff_states(_lab(guest()), _lab(coverage=partly)).objects
    assert [(item.kind, item.sort) for item in found] == [("cluster", Sort.UNREAD), ("qemu", Sort.UNSEEN)]


def test_what_was_not_read_did_not_change() -> None:
    """A guest on an offline node has no configuration to compare: that is said, and is no difference."""
    lost = guest(
        nics=(),
        disks=(),
        memory_mib=None,
        vcpus=None,
        uuid=None,
        coverage=GuestCoverage(config=incomplete(Incomplete.NODE_OFFLINE)),
    )
    for before, after in ((guest(), lost), (lost, guest())):
        found = _only(_lab(before), _lab(after))
        reasons = [part.coverage.config.reason for part in (before, after)]
        assert (found.sort, found.fields) == (Sort.UNREAD, ())
        assert found.unread == (UnreadPart(part="config", before=reasons[0], after=reasons[1]),)
        assert not diff_states(_lab(before), _lab(after)).differs
    assert not diff_states(_lab(lost), _lab(lost.model_copy(update={"memory_mib": 1}))).objects


def test_what_was_read_is_compared_beside_what_was_not() -> None:
    """A stopped guest shows its new status, and that its addresses are unknown; nothing is shown as removed."""
    stopped = guest(
        status="stopped", addresses=(), coverage=GuestCoverage(addresses=incomplete(Incomplete.GUEST_STOPPED))
    )
    diff = diff_states(_lab(guest()), _lab(stopped))
    (found,) = diff.objects
    assert [field.field for field in found.fields] == ["status"]
    assert "addresses not read in the second snapshot: the guest is not running" in diff_text(diff)
    assert "not read: the guest is not running" in diff_markdown(diff)
    assert diff.differs


def test_an_area_that_was_switched_on_is_not_a_difference() -> None:
    """Snapshots were not asked for before: what was there then is not known, and not worth a line for every guest."""
    taken = guest(snapshots=(Snapshot(name="before-upgrade"),), coverage=GuestCoverage(snapshots=COMPLETE))
    assert not diff_states(_lab(guest()), _lab(taken)).objects
    more = taken.model_copy(update={"snapshots": (*taken.snapshots, Snapshot(name="another"))})
    assert [field.field for field in _only(_lab(taken), _lab(more)).fields] == ["snapshots.another"]


def test_a_guest_that_only_a_complete_list_shows_is_not_new() -> None:
    """It may have been there before, when the list was not complete."""
    partly = ClusterCoverage(guests=incomplete(Incomplete.FORBIDDEN))
    assert _only(_lab(), _lab(guest())).sort is Sort.ADDED
    found = diff_states(_lab(coverage=partly), _lab(guest())).objects
    assert [(item.kind, item.sort) for item in found] == [("cluster", Sort.UNREAD), ("qemu", Sort.SEEN)]


def test_a_guest_with_the_same_fingerprint_elsewhere_has_moved() -> None:
    """To another number or cluster: one line with both places, not a removal and an addition."""
    here, there = guest(100, vmgenid="g", uuid="u"), guest(200, vmgenid="g", uuid="u", name="web100")
    found = _only(_lab(here), _lab(there))
    assert (found.sort, found.id) == (Sort.MOVED, "200")
    assert ("vmid", 100, 200) in [(field.field, field.before, field.after) for field in found.fields]
    before = state(cluster("a", guests=(here,)), cluster("b", guests=()))
    (found,) = diff_states(before, state(cluster("a", guests=()), cluster("b", guests=(here,)))).objects
    assert (found.cluster, found.sort, found.fields[0].field) == ("b", Sort.MOVED, "cluster")


def test_a_copy_has_not_moved() -> None:
    """While the first is still there, or may be, the other is another; half a fingerprint proves nothing either."""
    here, copy = guest(100, vmgenid="g", uuid="u"), guest(200, vmgenid="g", uuid="u")
    assert _only(_lab(here), _lab(here, copy)).sort is Sort.ADDED
    unproven = ClusterCoverage(guests=incomplete(Incomplete.FORBIDDEN))
    assert Sort.MOVED not in {item.sort for item in diff_states(_lab(here), _lab(copy, coverage=unproven)).objects}
    clone = guest(200, vmgenid="other", uuid="u")
    assert [item.sort for item in diff_states(_lab(here), _lab(clone)).objects] == [Sort.REMOVED, Sort.ADDED]


def test_a_number_that_a_moved_guest_left_is_new_to_the_next() -> None:
    """Guest 100 became 200, and another one took 100."""
    here, there = guest(100, vmgenid="g", uuid="u"), guest(200, vmgenid="g", uuid="u")
    other = guest(100, vmgenid="h", uuid="v")
    assert [(item.id, item.sort) for item in diff_states(_lab(here), _lab(there, other)).objects] == [
        ("100", Sort.ADDED),
        ("200", Sort.MOVED),
    ]


def test_what_belongs_to_the_cluster_is_compared() -> None:
    """A backup job by its id; a list that was not read is said to be so."""
    read = ClusterCoverage(backup_jobs=COMPLETE)
    before = _lab(backup_jobs=(BackupJob(id="nightly", schedule="21:00"),), coverage=read)
    after = _lab(backup_jobs=(BackupJob(id="nightly", schedule="22:00"),), coverage=read)
    (field,) = _only(before, after).fields
    assert (field.field, field.before, field.after) == ("backup_jobs.nightly.schedule", "21:00", "22:00")
    silent = _lab(coverage=ClusterCoverage(backup_jobs=incomplete(Incomplete.FORBIDDEN)))
    assert _only(before, silent).unread == (UnreadPart(part="backup_jobs", after=Incomplete.FORBIDDEN),)


def test_a_cluster_that_was_not_collected_is_unseen() -> None:
    """Leaving a cluster out is not deleting it."""
    found = _only(state(cluster("a"), cluster("b")), state(cluster("a")))
    assert (found.kind, found.id, found.sort) == ("cluster", "b", Sort.UNSEEN)


def _before_and_after() -> tuple[State, State]:
    before = _lab(guest(100), guest(101), guest(102), nodes=(node(), node("pve2")))
    after = _lab(
        guest(100, name="front"),
        guest(101, node="pve2", memory_mib=4096),
        guest(103, type="lxc"),
        nodes=(node(version="9.1.0"), node("pve2")),
        version="9.1.0",
    )
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


def test_a_node_that_joined_is_added_and_one_that_left_is_removed() -> None:
    """Each is a line of its own, without fields."""
    found = diff_states(_lab(nodes=(node(), node("pve2"))), _lab(nodes=(node(), node("pve3")))).objects
    assert [(item.kind, item.id, item.sort, item.fields) for item in found] == [
        ("node", "pve2", Sort.REMOVED, ()),
        ("node", "pve3", Sort.ADDED, ()),
    ]


def test_a_node_that_an_incomplete_list_lacks_is_unseen() -> None:
    """It may be there all the same."""
    lost = ClusterCoverage(nodes=incomplete(Incomplete.FORBIDDEN))
    found = diff_states(_lab(nodes=(node(), node("pve2"))), _lab(nodes=(node(),), coverage=lost)).objects
    assert [(item.id, item.sort) for item in found] == [("lab", Sort.UNREAD), ("pve2", Sort.UNSEEN)]


def test_a_value_that_an_answer_lacks_did_not_change() -> None:
    """The size of a disk is not in its line any more: that says nothing about its size, and is reported."""
    before, after = guest(100), guest(100)
    unsized = tuple(disk.model_copy(update={"size_bytes": None}) for disk in after.disks)
    lacks = GuestCoverage(values=(("disks.scsi0.size_bytes", incomplete(Incomplete.VALUE_MISSING)),))
    after = after.model_copy(update={"disks": unsized, "coverage": lacks})
    found = _only(_lab(before), _lab(after))
    assert found.fields == ()
    assert found.unread == (UnreadPart(part="disks.scsi0.size_bytes", after=Incomplete.VALUE_MISSING),)


def test_backups_that_were_not_read_did_not_vanish() -> None:
    """The storage says that they were not read, and nothing about each of them."""
    listed = Storage(name="nas", type="nfs", backups=(backup(),), backups_coverage=COMPLETE)
    blind = Storage(name="nas", type="nfs", backups_coverage=incomplete(Incomplete.NODE_OFFLINE))
    found = _only(_lab(storages=(listed,)), _lab(storages=(blind,)))
    assert found.sort is Sort.UNREAD
    assert found.unread == (UnreadPart(part="backups", before=None, after=Incomplete.NODE_OFFLINE),)


def test_who_did_it() -> None:
    """The tasks since the first state was collected; one of each thing that happened."""

    def log(*tasks: Task) -> tuple[Node, ...]:
        return (node(tasks=tasks, coverage=NodeCoverage(tasks=COMPLETE)), node("pve2"))

    early = {"lab": "2025-11-21T12:00:30Z"}
    before = State.make(clusters=_lab(guest(100), guest(101), nodes=log()).clusters, collected=early)
    tasks = (
        task("qmconfig", "old@pve"),
        task("qmconfig", minute=1),
        task("qmigrate", "bob@pve", minute=2),
        task("qmcreate", "carol@pve", minute=3, vmid=102),
        task("qmdestroy", "dave@pve", minute=4, vmid=101),
    )
    after = _lab(guest(100, node="pve2", memory_mib=4096), guest(102), nodes=log(*tasks))
    found = {item.id: [task.user for task in item.tasks] for item in diff_states(before, after).objects}
    assert {name: users for name, users in found.items() if users} == {
        "100": ["bob@pve", "alice@pve"],
        "101": ["dave@pve"],
        "102": ["carol@pve"],
    }
    words = "moved, by bob@pve, qmigrate, 2025-11-21T12:02:00Z; alice@pve, qmconfig, 2025-11-21T12:01:00Z"
    assert words in diff_text(diff_states(before, after))
