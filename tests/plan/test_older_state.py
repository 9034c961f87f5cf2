"""A state that is older than an object of ours cannot know it: what it lacks is unknown, not gone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxbox_plan.model.plan import Plan
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Guest, Incomplete
from proxbox_plan.report.format import Format
from proxbox_plan.report.rendering import render
from tests.plan.lab import container, lab, now, vm
from tests.plan.world import World, policy, summary

VM = "virtual-machine"
MONDAY, TUESDAY, WEDNESDAY = (f"2026-11-{day}T07:30:00Z" for day in (23, 24, 25))


def at(made: World, time: str, *guests: Guest) -> World:
    """Let the cluster have these guests in a state that was collected at that time."""
    return replace(made, state=lab(*guests).remade(collected={"lab": time}))


def settled(time: str, *guests: Guest) -> World:
    """Return a world whose NetBox agrees with a state of that time."""
    made = at(World(lab(), policy()), time, *guests)
    made.settle()
    return made


def deferred(plan: Plan) -> set[tuple[str, Incomplete]]:
    """Return what is deferred, and why."""
    return {(item.address, item.reason) for item in plan.deferred}


def test_what_was_first_applied_later_is_not_gone() -> None:
    """The state of Monday lacks a guest that was made on Tuesday: nothing of it is touched, and the plan says why."""
    made = at(settled(MONDAY, vm(), container()), TUESDAY, vm(), container(), vm(101))
    made.settle()
    plan = at(made, MONDAY, vm(), container()).plan()
    assert plan.changes == ()
    assert (f"{VM}:lab/qemu/101", Incomplete.OLDER_STATE) in deferred(plan)
    assert {reason for _, reason in deferred(plan)} == {Incomplete.OLDER_STATE}
    assert plan.deferred[0].detail == f"collected {MONDAY}"
    assert not plan.complete


def test_what_was_adopted_later_is_not_gone() -> None:
    """However long a person had it in NetBox before: no state of ours knew it."""
    made = settled(MONDAY, container())
    cluster = made.find("cluster", "lab/cluster")
    made.add(VM, "vm-100", cluster=made.ref("cluster", cluster.id), memory=5, status="active", tenant=None)
    made = at(made, TUESDAY, vm(), container())
    assert ("adopt", f"{VM}:lab/qemu/100", "matched-existing-object") in summary(made.apply())
    assert at(made, MONDAY, container()).plan().changes == ()


@pytest.mark.parametrize("time", [TUESDAY, WEDNESDAY])
def test_what_a_later_state_lacks_is_gone(time: str) -> None:
    """As is what the very same state lacks that had it: two states of one second."""
    plan = at(settled(TUESDAY, vm(), container()), time, container()).plan()
    assert ("update", f"{VM}:lab/qemu/100", "gone-from-proxmox") in summary(plan)


def test_a_state_or_an_object_without_a_time() -> None:
    """Documents and objects of earlier versions have none: they are judged as ever."""
    gone = ("update", f"{VM}:lab/qemu/100", "gone-from-proxmox")
    assert gone in summary(now(settled(TUESDAY, vm(), container()), container()).plan())
    untimed = World(lab(vm(), container()), policy())
    untimed.settle()
    assert gone in summary(at(untimed, MONDAY, container()).plan())


def test_the_time_is_that_of_the_first_state() -> None:
    """Later changes do not move it."""
    made = at(settled(MONDAY, vm(), container()), WEDNESDAY, vm(memory_mib=1), container())
    made.settle()
    applied = made.find(VM, "lab/qemu/100").last_applied
    assert applied is not None
    assert applied.since == MONDAY
    assert at(made, TUESDAY, container()).plan().changes


def test_a_vmid_that_another_guest_has_since() -> None:
    """The old state shows the guest before: neither is replaced by the other, and a problem says so."""
    old = vm(100, uuid="00000000-0000-4000-8000-00000000aaaa", vmgenid="11111111-0000-4000-8000-00000000aaaa")
    made = settled(TUESDAY, vm(100), container())
    plan = at(made, MONDAY, old, container()).plan()
    assert plan.changes == ()
    assert ProblemCode.BLOCKED in {problem.code for problem in plan.problems}
    assert "first applied after the state was read" in plan.problems[0].message


def test_the_time_is_no_content() -> None:
    """States and plans of the same content have the same digest."""
    made = settled(MONDAY, vm())
    later = at(made, TUESDAY, vm())
    assert made.state.digest == later.state.digest
    assert made.plan().digest == later.plan().digest
    assert later.plan().collected == {"lab": TUESDAY}


def test_the_same_difference_is_the_same_plan() -> None:
    """Also a first one, whenever its state was collected: the time is written by the apply."""
    first = [World(lab(vm()).remade(collected={"lab": time}), policy()).plan() for time in (MONDAY, TUESDAY)]
    assert first[0].id == first[1].id


@pytest.mark.parametrize("format_", [Format.TEXT, Format.MARKDOWN, Format.HTML])
def test_the_time_is_in_every_report(format_: Format) -> None:
    """Who reviews a plan sees how old it is."""
    assert MONDAY in render(settled(MONDAY, vm()).plan(), format_)


def test_times_that_differ_are_named_by_cluster() -> None:
    """Several state files make one plan."""
    plan = settled(MONDAY, vm()).plan().remade(collected={"lab": MONDAY, "big": TUESDAY})
    text = render(plan, Format.TEXT)
    assert f"State of Proxmox: big {TUESDAY}, lab {MONDAY}" in text
