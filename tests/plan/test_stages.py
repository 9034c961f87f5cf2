"""Removal in stages: what is gone is decommissioned at once, and deleted in its time, unless a person stops it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from proxbox_plan.core.key import Key
from proxbox_plan.core.moment import moment_text
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.kind import Owner
from proxbox_plan.model.last_applied import LastApplied, Ownership
from proxbox_plan.model.plan import Action, Delete, Plan, Reason
from proxbox_plan.model.policy.removal import Removal
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import ClusterCoverage, Guest
from tests.plan.lab import container, incomplete, lab, nic, node, now, seen, silent, unread, vm, world
from tests.plan.world import World, fields_of, policy, summary

VM, KEY = "virtual-machine", "lab/qemu/100"
MACHINE, IP = f"{VM}:{KEY}", f"ip-address:{KEY}/net0/ip/10.0.1.100"
ADDRESS = f"{KEY}/net0/ip/10.0.1.100"
STAGES = {"decommission": "now", "delete": "30d"}
PARTS = ("vm-interface", "virtual-disk", "ip-address")


def on(day: int, made: World, *guests: Guest, hour: int = 12, **fields: Any) -> World:
    """Let it be so many days after the first of November, when a guest went, and the cluster have these guests."""
    moment = datetime(2026, 11, 1, hour, tzinfo=UTC) + timedelta(days=day)
    rows = {kind: dict(rows) for kind, rows in made.rows.items()}
    return replace(now(made, *guests, **fields), now=moment_text(moment), rows=rows, ids={})


def gone(**options: Any) -> World:
    """Return a world in which a guest was decommissioned on day 0."""
    made = on(0, world(on_missing={VM: STAGES}, **options), container())
    made.apply()
    assert made.plan().changes == ()
    return made


def applied(made: World, kind: str = VM, key: str = KEY) -> LastApplied:
    """Return what we last applied to an object."""
    found = made.find(kind, key).last_applied
    assert found is not None
    return found


def parts(made: World) -> set[str]:
    """Return the keys of what is on the machine."""
    return {key for kind in PARTS for key in made.keys(kind) if key.startswith(KEY)}


def problems(plan: Plan) -> list[tuple[str, str]]:
    """Return code and address of each problem."""
    return [(item.code.value, item.address) for item in plan.problems]


# Day by day


def test_on_the_day_it_goes_it_is_decommissioned() -> None:
    """The moment is NetBox's, and kept on the machine; all that is on it stays."""
    before = world(on_missing={VM: STAGES})
    made = on(0, before, container())
    plan = made.apply()
    assert plan.read_at == "2026-11-01T12:00:00Z"
    assert sorted(summary(plan)) == [
        ("update", IP, "parent-gone-from-proxmox"),
        ("update", MACHINE, "gone-from-proxmox"),
    ]
    assert applied(made).decommissioned == "2026-11-01T12:00:00Z"
    assert parts(made) == parts(before)
    assert made.find("ip-address", ADDRESS).fields["status"] == "deprecated"
    assert made.find(VM, KEY).fields["primary_ip4"]["id"] == made.find("ip-address", ADDRESS).id


@pytest.mark.parametrize(("day", "hour"), [(0, 13), (29, 12), (30, 11)])
def test_until_its_time_nothing_is_planned(day: int, hour: int) -> None:
    """Nor is the moment moved by later plans."""
    made = on(day, gone(), container(), hour=hour)
    plan = made.plan()
    assert (plan.changes, plan.problems, plan.read_at) == ((), (), None)


def test_in_its_time_it_is_deleted_with_all_that_is_on_it() -> None:
    """The reason names how long it was decommissioned, and the change has the moment."""
    before = gone()
    made = on(30, before, container())
    plan = made.apply()
    assert {action for action, _, _ in summary(plan)} == {"delete"}
    machine = next(change for change in plan.changes if change.address == MACHINE)
    assert isinstance(machine, Delete)
    assert (machine.reason, machine.ownership_before) == (Reason.EXPIRED, Ownership(Key(KEY), applied(before)))
    assert (plan.read_at, parts(made)) == ("2026-12-01T12:00:00Z", set())
    assert KEY not in made.keys(VM)
    assert made.plan().changes == ()


def test_the_same_deletion_is_the_same_change_a_day_later() -> None:
    """So what was reviewed can be applied the day after."""
    made = gone()
    plans = [on(day, made, container()).plan() for day in (30, 31)]
    assert plans[0].changes_digest == plans[1].changes_digest
    assert plans[0].digest == plans[1].digest


@pytest.mark.parametrize(
    ("period", "day", "hour", "due"),
    [("12h", 0, 23, False), ("12h", 1, 0, True), ("2w", 14, 11, False), ("2w", 14, 12, True), ("9999w", 59, 0, False)],
)
def test_periods(period: str, day: int, hour: int, due: bool) -> None:  # noqa: FBT001
    """Hours, days and weeks, to the second."""
    made = gone()
    made.policy = policy(on_missing={VM: {"delete": period}})
    plan = on(day, made, container(), hour=hour).plan()
    assert bool(plan.changes) is due


@pytest.mark.covering
@pytest.mark.parametrize("day", [0, 10, 29, 30, 31])
@pytest.mark.parametrize("change", ["gone", "back", "back and gone", "another", "unread"])
def test_a_second_plan_is_empty_on_each_day(day: int, change: str) -> None:
    """Whatever happened until then."""
    made = gone()
    if change == "back and gone":
        made = on(5, made, vm(), container())
        made.apply()
    others = {
        "back": (vm(),),
        "another": (vm(101, name="vm-100", addresses=seen(101, "10.0.1.100/24"), nics=(nic(101, mac=nic(100).mac),)),),
        "unread": (unread(vm()),),
    }
    made = on(day, made, *others.get(change, ()), container())
    made.apply()
    assert made.plan().changes == ()


def test_a_new_guest_gets_the_name_of_a_machine_that_is_deleted() -> None:
    """In the same plan, and keeps it; before that its vmid is appended."""
    new = vm(101, name="vm-100")
    names = {}
    for day in (29, 30):
        made = on(day, gone(), new, container())
        made.apply()
        names[day] = made.find(VM, "lab/qemu/101").name
        assert made.plan().changes == ()
    assert names == {29: "vm-100 (101)", 30: "vm-100"}


# Back to life


@pytest.mark.parametrize("day", [10, 35])
def test_a_guest_that_returns_is_as_it_was(day: int) -> None:
    """Its machine, its address and all else are the same objects; should it go again, its time begins anew."""
    before = world(on_missing={VM: STAGES})
    ids = {kind: made_ids(before, kind) for kind in (VM, *PARTS)}
    made = on(day, gone(), vm(), container())
    plan = made.apply()
    assert fields_of(plan, MACHINE) == {"status": ("decommissioning", "active")}
    assert fields_of(plan, IP) == {"status": ("deprecated", "active")}
    assert len(plan.changes) == 2
    assert applied(made).decommissioned is None
    assert {kind: made_ids(made, kind) for kind in (VM, *PARTS)} == ids
    assert made.plan().changes == ()
    made = on(day + 1, made, container())
    made.apply()
    assert applied(made).decommissioned == made.now
    assert on(31 + day, made, container(), hour=11).plan().changes == ()


def made_ids(made: World, kind: str) -> set[int]:
    """Return the ids of our objects of a kind."""
    return {row.id for row in made.rows[kind].values() if row.key}


def test_a_guest_that_returns_while_its_status_was_edited() -> None:
    """The moment is taken off all the same."""
    made = gone()
    made.edit(VM, KEY, status="active")
    made = on(10, made, vm(), container())
    plan = made.apply()
    assert fields_of(plan, MACHINE) == {}
    assert applied(made).decommissioned is None
    assert made.plan().changes == ()


def test_a_guest_that_is_only_seen_is_not_gone_any_more() -> None:
    """Its status is not known and stays; should it go again, its time begins anew."""
    made = on(10, gone(), unread(vm()), container())
    made.apply()
    assert made.find(VM, KEY).fields["status"] == "decommissioning"
    assert applied(made).decommissioned is None
    made = on(40, made, container())
    assert [change.action for change in made.apply().changes] == [Action.UPDATE]
    assert applied(made).decommissioned == made.now
    made = on(45, made, vm(), container())
    made.apply()
    assert made.find(VM, KEY).fields["status"] == "active"


def test_a_rule_that_gives_guests_the_status() -> None:
    """A guest that is there has no moment, whatever its status is, so that it is not due when it goes."""
    made = gone()
    made.policy = made.policy.model_copy(update={"rules": ()}).model_validate(
        made.policy.model_dump() | {"rules": [{"when": {}, "set": {"status": "decommissioning"}}]}
    )
    made = on(10, made, vm(), container())
    made.apply()
    assert applied(made).decommissioned is None
    made = on(40, made, container())
    made.apply()
    assert applied(made).decommissioned == made.now


def test_an_undo_takes_it_back() -> None:
    """Status and addresses are as before, and no moment is left."""
    before = world(on_missing={VM: STAGES})
    made = on(0, before, container())
    outcome = made.outcome(made.plan())
    assert made.undo(outcome).problems == ()
    assert applied(made) == applied(before)
    assert made.find(VM, KEY).fields == before.find(VM, KEY).fields
    assert made.find("ip-address", ADDRESS).fields == before.find("ip-address", ADDRESS).fields


def test_an_undo_of_the_deletion_makes_it_again() -> None:
    """Decommissioned as it was, so that the next plan deletes it again."""
    made = on(30, gone(), container())
    outcome = made.outcome(made.plan())
    made.undo(outcome)
    assert made.find(VM, KEY).fields["status"] == "decommissioning"
    assert ("delete", MACHINE, "decommissioned-long-enough") in summary(made.plan())


# What belongs to others


@pytest.mark.parametrize("day", [0, 10])
def test_another_guest_gets_the_address(day: int) -> None:
    """In one plan, with the id that it had; the machine has it no more, and nothing of it is left to do."""
    made = gone() if day else world(on_missing={VM: STAGES})
    number = made.find("ip-address", ADDRESS).id
    made = on(day, made, vm(101, addresses=seen(101, "10.0.1.100/24")), container())
    made.apply()
    taken = made.find("ip-address", "lab/qemu/101/net0/ip/10.0.1.100")
    assert (taken.id, taken.fields["status"]) == (number, "active")
    assert made.find(VM, KEY).fields["primary_ip4"] is None
    assert made.plan().changes == ()
    assert on(30, made, vm(101, addresses=seen(101, "10.0.1.100/24")), container()).apply().problems == ()
    assert made.keys("ip-address") >= {"lab/qemu/101/net0/ip/10.0.1.100"}


def test_another_guest_gets_the_address_on_the_last_day() -> None:
    """There it is made anew, once the old one is deleted with its machine."""
    made = on(30, gone(), vm(101, addresses=seen(101, "10.0.1.100/24")), container())
    made.apply()
    assert made.find("ip-address", "lab/qemu/101/net0/ip/10.0.1.100").fields["status"] == "active"
    assert made.plan().changes == ()


def test_a_guest_gets_the_address_of_a_node_that_left() -> None:
    """A node keeps the rest; what gives way is deleted and made for its new owner in one plan."""
    made = on(0, world(vm(), on_missing={"device": STAGES}), vm(), nodes=(node(),))
    made.apply()
    made = on(3, made, vm(), vm(101, addresses=seen(101, "10.0.0.2/24")), nodes=(node(),))
    plan = made.apply()
    assert ("delete", "ip-address:lab/node/pve2/net/vmbr0/ip/10.0.0.2", "parent-gone-from-proxmox") in summary(plan)
    assert plan.problems == ()
    assert "lab/qemu/101/net0/ip/10.0.0.2" in made.keys("ip-address")
    assert made.plan().changes == ()


@pytest.mark.parametrize("version", ["4.6.1", "4.7.3"])
def test_a_mac_address_is_no_obstacle(version: str) -> None:
    """NetBox has as many interfaces with one as people like: the old NIC keeps it, and the new one has it."""
    before = World(lab(vm(), container()), policy(on_missing={VM: STAGES}), version)
    before.settle()
    made = on(0, before, container())
    made.apply()
    made = on(10, made, vm(101, nics=(nic(101, mac=nic(100).mac),), addresses=()), container())
    plan = made.apply()
    assert plan.problems == ()
    assert made.plan().changes == ()


def test_a_service_keeps_the_machine_with_all_that_is_on_it() -> None:
    """Deletes cost no one else, and nothing is deleted by halves."""
    made = on(30, gone(), container())
    number = made.find(VM, KEY).id
    made.dependents.append(Dependent(kind=VM, on=number, model="ipam.service", id=7, name="https"))
    plan = made.apply()
    assert problems(plan) == [("holds-others", MACHINE)]
    assert plan.changes == ()
    assert len(parts(made)) == 3


def test_the_address_gives_way_though_the_machine_is_kept() -> None:
    """Its new owner does not wait for the person whose service keeps the machine."""
    made = on(30, gone(), vm(101, addresses=seen(101, "10.0.1.100/24")), container())
    number = made.find(VM, KEY).id
    made.dependents.append(Dependent(kind=VM, on=number, model="ipam.service", id=7, name="https"))
    plan = made.apply()
    assert problems(plan) == [("holds-others", MACHINE)]
    assert "lab/qemu/101/net0/ip/10.0.1.100" in made.keys("ip-address")
    assert made.plan().changes == ()


# A person's hand


def test_an_edited_status_stops_it() -> None:
    """It is said, and stays as it is for ever; set back, it goes in its time."""
    made = gone()
    made.edit(VM, KEY, status="active")
    for day in (1, 30, 59):
        plan = on(day, made, container()).plan()
        assert plan.changes == ()
        assert problems(plan) == [("removal-stopped", MACHINE)]
        assert "its status was changed to 'active' in NetBox after it was decommissioned on 2026-11-01" in (
            plan.problems[0].message
        )
    made.edit(VM, KEY, status="decommissioning")
    assert ("delete", MACHINE, "decommissioned-long-enough") in summary(on(30, made, container()).plan())


@pytest.mark.parametrize("status", ["decommissioning", "active"])
def test_a_moment_that_was_removed_stops_it(status: str) -> None:
    """It is never set anew by us, whatever its status is."""
    made = gone()
    last = applied(made)
    made.rewrite(VM, KEY, last_applied=replace(last, decommissioned=None))
    made.edit(VM, KEY, status=status)
    for day in (1, 59):
        plan = on(day, made, container()).plan()
        assert plan.changes == ()
        assert problems(plan) == [("removal-stopped", MACHINE)]


def test_a_machine_that_is_not_ours_any_more_keeps_its_parts() -> None:
    """What is ours on it stays with it, and the plan says how to let it go."""
    made = gone()
    made.rewrite(VM, KEY, key=None, last_applied=None)
    plan = on(59, made, container()).plan()
    assert plan.changes == ()
    assert problems(plan) == [("removal-stopped", MACHINE)]
    made.policy = made.policy.replace(forget=(f"*:{KEY}/*",))
    plan = on(59, made, container()).apply()
    assert {change.action for change in plan.changes} == {Action.FORGET}
    assert on(59, made, container()).plan().problems == ()


def test_a_machine_that_is_forgotten_keeps_its_parts() -> None:
    """Forgetting one deletes nothing."""
    made = gone()
    made.policy = made.policy.replace(forget=(MACHINE,))
    assert summary(on(59, made, container()).plan()) == [("forget", MACHINE, "forgotten-in-config")]


@pytest.mark.parametrize("tag", ["proxbox-protect", "proxbox-ignore"])
def test_a_protective_tag_stops_it(tag: str) -> None:
    """As it stops any delete."""
    made = gone()
    made.tag(VM, KEY, "proxbox", tag)
    plan = on(30, made, container()).plan()
    assert plan.changes == ()
    assert MACHINE in {item.address for item in plan.left_alone}


def test_the_status_that_a_person_gave_an_address_stays() -> None:
    """NetBox is authoritative for it: it is preserved, on the way out and on the way back."""
    made = world(on_missing={VM: STAGES})
    made.edit("ip-address", ADDRESS, status="reserved")
    made = on(0, made, container())
    plan = made.apply()
    assert [line[1] for line in summary(plan)] == [MACHINE]
    assert [(item.address, item.netbox, item.proxmox) for item in plan.preserved] == [(IP, "reserved", "deprecated")]
    made = on(10, made, vm(), container())
    made.apply()
    assert made.find("ip-address", ADDRESS).fields["status"] == "reserved"


def test_an_address_that_a_person_took_up_again_stays_active() -> None:
    """While Proxmox is authoritative, if the configuration says so, it is put back."""
    made = gone()
    made.edit("ip-address", ADDRESS, status="active")
    assert on(1, made, container()).plan().changes == ()
    made.policy = made.policy.replace(owners={"ip-address": {"status": Owner.PROXMOX}})
    assert summary(on(1, made, container()).plan()) == [("update", IP, "parent-gone-from-proxmox")]


def test_one_that_a_person_decommissioned_gets_a_moment() -> None:
    """Its time begins when its guest is found to be gone."""
    made = world(on_missing={VM: STAGES})
    made.edit(VM, KEY, status="decommissioning")
    made = on(0, made, container())
    assert fields_of(made.apply(), MACHINE) == {}
    assert applied(made).decommissioned == made.now
    assert made.plan().changes == ()
    assert ("delete", MACHINE, "decommissioned-long-enough") in summary(on(30, made, container()).plan())


# Not knowing


@pytest.mark.parametrize("day", [0, 30])
def test_an_incomplete_list_neither_starts_nor_ends_it(day: int) -> None:
    """What was not read is deferred."""
    made = gone() if day else world(on_missing={VM: STAGES})
    plan = on(day, made, container(), coverage=ClusterCoverage(guests=incomplete())).plan()
    assert plan.changes == ()
    action = Action.DELETE if day else Action.UPDATE
    assert [item.action for item in plan.deferred if item.address == MACHINE] == [action]


def test_a_silent_agent_leaves_the_address_deprecated() -> None:
    """The guest is back, and its address is not seen yet."""
    made = on(10, gone(), silent(vm()), container())
    made.apply()
    assert made.find("ip-address", ADDRESS).fields["status"] == "deprecated"


def test_without_the_time_nothing_is_deleted_and_it_is_said_once() -> None:
    """An inventory of an older version, or a proxy that takes the header off, does not tell."""
    made = gone()
    two = on(0, world(vm(), vm(101), container(), on_missing={VM: STAGES}), container())
    two.apply(two.plan())
    for each, count in ((made, 1), (two, 2)):
        plan = replace(on(59, each, container()), now=None).plan()
        assert plan.changes == ()
        assert problems(plan) == [("time-unknown", MACHINE)]
        assert f"({count} in doubt)" in plan.problems[0].message


def test_without_the_time_it_is_decommissioned_and_never_deleted() -> None:
    """No moment is made up."""
    made = replace(on(0, world(on_missing={VM: STAGES}), container()), now=None)
    plan = made.apply()
    assert problems(plan) == [("time-unknown", MACHINE)]
    assert made.find(VM, KEY).fields["status"] == "decommissioning"
    plan = on(59, made, container()).plan()
    assert (plan.changes, problems(plan)) == ((), [("removal-stopped", MACHINE)])


def collected(day: int, made: World) -> World:
    """Let the state be collected so many days after the first of November."""
    moment = moment_text(datetime(2026, 11, 1, 12, tzinfo=UTC) + timedelta(days=day))
    return replace(made, state=made.state.remade(collected={"lab": moment}))


@pytest.mark.parametrize(("clock", "day"), [(30, 29), (30, 0), (26_000, 1), (29, 30)])
def test_until_both_clocks_say_so_nothing_is_deleted(clock: int, day: int) -> None:
    """A state that was collected earlier proves less, and neither clock can be a lifetime ahead alone."""
    made = collected(day, on(clock, gone(), container()))
    assert made.plan().changes == ()
    assert collected(30, on(30, gone(), container())).plan().changes


def test_a_clock_that_is_long_past_stamps_nothing() -> None:
    """The period would be over at once, when it is set; it is said, and the machine is decommissioned for good."""
    made = replace(collected(0, on(0, world(on_missing={VM: STAGES}), container())), now="1970-01-01T00:00:07Z")
    assert problems(made.apply()) == [("time-unknown", MACHINE)]
    assert applied(made).decommissioned is None
    assert collected(60, on(60, made, container())).plan().changes == ()


def test_a_clock_that_is_a_little_behind_is_right() -> None:
    """No two clocks are the same."""
    made = replace(collected(0, on(0, world(on_missing={VM: STAGES}), container())), now="2026-11-01T11:01:00Z")
    made.apply()
    assert applied(made).decommissioned == "2026-11-01T11:01:00Z"


def test_a_clock_that_goes_backward_deletes_nothing() -> None:
    """It was decommissioned in what is the future now."""
    made = replace(on(0, gone(), container()), now="2025-01-01T00:00:00Z")
    assert made.plan().changes == ()


# An apply that dies


@pytest.mark.parametrize("day", [0, 30])
def test_an_apply_that_dies_is_finished_by_the_next_plan(day: int) -> None:
    """After each of its changes; and a guest that returns then is as it was."""
    start = gone() if day else world(on_missing={VM: STAGES})
    plan = on(day, start, container()).plan()
    for count in range(len(plan.changes)):
        made = begun(on(day, start, container()), plan, count)
        made.apply()
        assert made.plan().changes == ()
        assert (KEY in made.keys(VM)) is (day == 0)
        back = begun(on(day, start, vm(), container()), plan, count)
        back.apply()
        assert back.plan().changes == ()
        assert applied(back).decommissioned is None
        assert back.find("ip-address", ADDRESS).fields["status"] == "active"


def begun(made: World, plan: Plan, count: int) -> World:
    """Return a world in which the first changes of a plan landed."""
    for change in plan.changes[:count]:
        made.ids[change.address] = made._write(change, made.ids, plan)
    return made


# Which machines, and how many


def test_the_default_remembers_the_moment_and_deletes_nothing() -> None:
    """So stages that are configured later count from the day it was decommissioned."""
    made = on(0, world(), container())
    made.apply()
    assert on(59, made, container()).plan().changes == ()
    made.policy = policy(on_missing={VM: STAGES})
    assert on(29, made, container()).plan().changes == ()
    assert ("delete", MACHINE, "decommissioned-long-enough") in summary(on(30, made, container()).plan())


def test_the_default_puts_an_edited_status_back() -> None:
    """As ever; its time begins anew with that."""
    made = on(0, world(), container())
    made.apply()
    made.edit(VM, KEY, status="active")
    made = on(10, made, container())
    assert fields_of(made.apply(), MACHINE) == {"status": ("active", "decommissioning")}
    assert applied(made).decommissioned == made.now


def test_deletions_count_against_the_limits() -> None:
    """As any others; what goes along with its machine is counted with it."""
    guests = tuple(vm(number) for number in range(100, 112))
    made = world(*guests, on_missing={VM: STAGES}, limits={"force": True})
    made = on(0, made, *guests[:6])
    made.apply()
    made.policy = policy(on_missing={VM: STAGES})
    plan = on(30, made, *guests[:6]).plan()
    assert [(hit.kind, hit.affected, hit.managed) for hit in plan.limits] == [(VM, 6, 12)]
    assert not plan.applicable


def test_a_node_that_left_goes_in_stages_too() -> None:
    """With its interfaces and its address."""
    made = on(0, world(vm(), on_missing={"device": STAGES}), vm(), nodes=(node(),))
    made.apply()
    assert on(29, made, vm(), nodes=(node(),)).plan().changes == ()
    made = on(30, made, vm(), nodes=(node(),))
    plan = made.apply()
    assert ("delete", "device:lab/node/pve2", "decommissioned-long-enough") in summary(plan)
    assert not [key for kind in made.rows for key in made.keys(kind) if key.startswith("lab/node/pve2")]
    assert made.plan().changes == ()


@pytest.mark.parametrize("day", [10, 30])
def test_a_machine_whose_vmid_is_anothers_goes_in_its_time(day: int) -> None:
    """It makes room at once; that it does so does not begin its time anew."""
    other = vm(name="other", uuid="99999999-0000-4000-8000-000000000001", vmgenid="another", addresses=())
    made = on(day, gone(), other, container())
    number = next(row.id for row in made.rows[VM].values() if row.key == KEY)
    made.apply()
    assert made.plan().changes == ()
    assert (number in made.rows[VM]) is (day < 30)
    made = on(30, made, other, container())
    made.apply()
    assert number not in made.rows[VM]
    assert made.plan().changes == ()


@pytest.mark.parametrize("how", ["status", "moment"])
def test_a_machine_whose_vmid_is_anothers_stays_if_a_person_stopped_it(how: str) -> None:
    """It makes room and is otherwise left as it is."""
    made = gone()
    if how == "status":
        made.edit(VM, KEY, status="active")
    else:
        made.rewrite(VM, KEY, last_applied=replace(applied(made), decommissioned=None))
    number, status = made.find(VM, KEY).id, made.find(VM, KEY).fields["status"]
    other = vm(name="other", uuid="99999999-0000-4000-8000-000000000001", vmgenid="another", addresses=())
    made = on(10, made, other, container())
    made.apply()
    assert made.rows[VM][number].fields["status"] == status
    plan = on(59, made, other, container()).plan()
    assert plan.changes == ()
    assert [code for code, _ in problems(plan)] == ["removal-stopped"]


def test_every_kind_that_can_be_decommissioned_has_stages() -> None:
    """By what its description says, not by its name."""
    staged = {kind.name for kind in KINDS.values() if kind.retired}
    made = policy(on_missing=dict.fromkeys(staged, STAGES))
    assert {made.removal(KINDS[name]).period for name in staged} == {"30d"}
    assert {ProblemCode.REMOVAL_STOPPED, ProblemCode.TIME_UNKNOWN} <= set(ProblemCode)
    assert Removal.model_validate(STAGES) == Removal.model_validate({"delete": "30d", "decommission": "now"})
