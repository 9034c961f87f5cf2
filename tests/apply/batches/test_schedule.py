from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxbox_plan.apply.batches.adaptive_concurrency import Group
from proxbox_plan.apply.batches.schedule import Batch, Schedule
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Action, Change, FieldChange
from tests.apply.simulated import Fixed
from tests.builders import change

VM, NIC, DISK, IP = "virtual-machine", "vm-interface", "virtual-disk", "ip-address"
BUSY = [Batch("cluster", "POST", ())]  # something that disturbs nothing is on the way


def vm(number: int, **fields: Any) -> Change:
    """Return the creation of a virtual machine."""
    return change(f"{VM}:lab/qemu/{number}", **fields)


def nic(number: int, *needs: str) -> Change:
    """Return the creation of an interface that waits for something."""
    return change(f"{NIC}:lab/qemu/{number}/net0", depends_on=needs or (f"{VM}:lab/qemu/{number}",))


def schedule(*changes: Change, size: int = 100, each: float = 0.001, landed: tuple[str, ...] = ()) -> Schedule:
    """Schedule changes that go out in requests of a size, four at once, and take some seconds each."""
    return Schedule.of(changes, frozenset(landed), concurrency(size, each), KINDS)


def concurrency(size: int, each: float) -> Fixed:
    """Return a fixed concurrency that knows what an object takes."""
    moments = iter((0.0, 0.0, each))
    found = Fixed(size, 4, lambda: next(moments))
    found.end(found.begin(("tag", "POST"), 1), worked=True)
    return found


def addresses(batch: Batch | None) -> list[str]:
    """Return what a batch is about."""
    return [item.address for item in batch.changes] if batch else []


def test_one_kind_and_method_at_a_time() -> None:
    """Creations, updates and deletions never share a request, nor do kinds."""
    update = vm(2, action=Action.UPDATE, netbox_id=2)
    plan = schedule(vm(1), update, nic(9, "site:no-such"))
    found = [plan.next(BUSY) for _ in range(3)]
    assert [(batch.kind, batch.method) for batch in found if batch] == [(VM, "POST"), (VM, "PATCH"), (NIC, "POST")]
    assert plan.next([]) is None


def test_nothing_before_what_it_waits_for() -> None:
    """Not even when nothing else is on the way."""
    plan = schedule(vm(1), nic(1))
    assert addresses(plan.next([])) == [vm(1).address]
    assert plan.next([]) is None
    plan.landed(vm(1).address)
    assert addresses(plan.next([])) == [nic(1).address]


def test_a_part_of_a_kind_waits_for_the_rest() -> None:
    """While something is on the way, which may make more of the kind ready."""
    plan = schedule(vm(1), nic(1), nic(2, "site:no-such"))
    assert plan.next(BUSY) is not None
    assert plan.next(BUSY) is None
    assert addresses(plan.next([])) == [nic(2).address]


# Seen on a real NetBox: what the one writes is lost, the other refused, or both deadlock.
APART = [
    ((VM, "PATCH"), (DISK, "POST")),
    ((VM, "PATCH"), (DISK, "PATCH")),
    ((VM, "PATCH"), (DISK, "DELETE")),
    ((VM, "PATCH"), (NIC, "POST")),
    ((VM, "PATCH"), (NIC, "DELETE")),
    ((VM, "PATCH"), (IP, "DELETE")),
    ((DISK, "PATCH"), (DISK, "PATCH")),
    ((DISK, "POST"), (NIC, "DELETE")),
    ((DISK, "PATCH"), (IP, "DELETE")),
    ((IP, "DELETE"), (IP, "DELETE")),
    (("device", "PATCH"), ("interface", "POST")),
    (("device", "PATCH"), (IP, "DELETE")),
    ((VM, "PATCH"), ("proxbox-vm-state", "POST")),
    (("device", "PATCH"), (VM, "POST")),
    (("device", "PATCH"), ("interface", "PATCH")),
    (("cluster", "PATCH"), (VM, "PATCH")),
    (("cluster", "PATCH"), (DISK, "PATCH")),
]
TOGETHER = [
    ((VM, "PATCH"), (VM, "PATCH")),
    ((VM, "POST"), (DISK, "POST")),
    ((NIC, "POST"), (NIC, "POST")),
    ((NIC, "POST"), (DISK, "POST")),
    ((VM, "PATCH"), (NIC, "PATCH")),
    ((VM, "PATCH"), (IP, "POST")),
    ((IP, "PATCH"), (IP, "DELETE")),
    ((NIC, "DELETE"), (NIC, "DELETE")),
    ((VM, "PATCH"), ("interface", "POST")),
]
ACTIONS = {"POST": Action.CREATE, "PATCH": Action.UPDATE, "DELETE": Action.DELETE}


def some(kind: str, method: str, number: int) -> Change:
    """Return a change of a kind that goes out with a method."""
    netbox_id = None if method == "POST" else number
    return change(f"{kind}:lab/{number}", action=ACTIONS[method], netbox_id=netbox_id)


@pytest.mark.parametrize(("one", "other"), [pair for two in APART for pair in (two, two[::-1])], ids=str)
def test_what_writes_to_the_same_objects_goes_out_one_after_the_other(one: Group, other: Group) -> None:
    """NetBox sums up disks, counts interfaces, clears primary addresses, hands on sites, locks what is referred to."""
    plan = schedule(some(*other, 1))
    assert plan.next([Batch(*one, ())]) is None
    assert plan.next([]) is not None


@pytest.mark.parametrize(("one", "other"), [pair for two in TOGETHER for pair in (two, two[::-1])], ids=str)
def test_what_does_not_goes_out_together(one: Group, other: Group) -> None:
    """New objects have nothing to lose yet, counting is one step, and two updates are about different objects."""
    assert schedule(some(*other, 1)).next([Batch(*one, ())]) is not None


def disk(number: int, machine: int) -> Change:
    """Return the creation of a disk of a machine that exists."""
    owner = FieldChange(field="virtual_machine", after={"kind": VM, "id": machine, "name": str(machine)})
    return change(f"{DISK}:lab/qemu/{machine}/disk/scsi{number}", fields=(owner,))


def typed(number: int, kind: str) -> Change:
    """Return the creation of a machine of a type that is created, too."""
    ref = {"kind": "virtual-machine-type", "name": kind, "address": f"virtual-machine-type:{kind}"}
    return vm(number, fields=(FieldChange(field="virtual_machine_type", after=ref),))


def test_creations_that_let_netbox_write_to_one_object_go_out_one_after_the_other() -> None:
    """The disks of a machine are summed up in it; those of other machines may be created beside them."""
    plan = schedule(disk(0, 1), disk(1, 1), disk(0, 2), size=1)
    first = plan.next([])
    assert first is not None
    second = plan.next([first])
    assert addresses(first) == [disk(0, 1).address]
    assert addresses(second) == [disk(0, 2).address]
    assert second is not None
    assert plan.next([first, second]) is None
    assert addresses(plan.next([second])) == [disk(1, 1).address]


def test_machines_of_two_types_are_created_beside_each_other() -> None:
    """Counted in their type, two requests for one type would wait for each other, or deadlock with two types each."""
    machines = [typed(number, "qemu" if number % 3 else "lxc") for number in range(150)]
    plan = schedule(*machines, size=40)
    first = plan.next([])
    assert first is not None
    second = plan.next([first])
    assert second is not None
    assert addresses(first) == [machine.address for machine in machines if machine.fields == machines[0].fields][:40]
    assert addresses(second) == [machine.address for machine in machines if machine.fields == machines[1].fields][:40]
    assert plan.next([first, second]) is None


def test_what_most_waits_for_goes_first() -> None:
    """The longest chain decides how long all of it takes."""
    address = change("ip-address:lab/qemu/1/net0/ip/10.0.0.1", depends_on=(nic(1).address,))
    plan = schedule(disk(0, 9), vm(1), nic(1), address)
    assert addresses(plan.next([])) == [vm(1).address]


def test_a_part_that_is_worth_a_request_does_not_wait() -> None:
    """Half a second of work is more than what a request costs by itself."""
    changes = [vm(1), nic(1), *(nic(number, "site:no-such") for number in range(2, 8))]
    slow, quick = schedule(*changes, each=0.1), schedule(*changes, each=0.01)
    assert [len(addresses(slow.next(BUSY))) for _ in range(3)] == [1, 6, 0]
    assert [len(addresses(quick.next(BUSY))) for _ in range(3)] == [1, 0, 0]


def test_a_part_does_not_wait_for_what_waits_for_it() -> None:
    """A bridge's ports come after the bridge: nothing else will make the rest of the kind ready."""
    bridge = change("interface:lab/node/pve1/vmbr0")
    port = change("interface:lab/node/pve1/eno1", depends_on=(bridge.address,))
    assert addresses(schedule(bridge, port).next(BUSY)) == [bridge.address]


def test_the_rest_is_parted_among_the_requests_that_may_be_on_the_way() -> None:
    """When it takes a while, and nothing else could use them."""
    ips = [change(f"{IP}:lab/qemu/{number}/net0/ip/10.0.0.1") for number in range(80)]
    slow, quick = schedule(*ips, each=0.1), schedule(*ips, each=0.001)
    assert [len(addresses(slow.next(BUSY[:1]))) for _ in range(2)] == [27, 18]
    assert [len(addresses(quick.next(BUSY))) for _ in range(2)] == [80, 0]


def test_what_landed_before_is_not_sent_again() -> None:
    """Neither what the journal knows nor what is found in NetBox afterwards."""
    plan = schedule(vm(1), vm(2), nic(2), landed=(vm(1).address,))
    plan.landed(vm(2).address)
    assert addresses(plan.next([])) == [nic(2).address]
    assert plan.next([]) is None


def test_a_removed_change_is_not_sent() -> None:
    """Ready or waiting."""
    plan = schedule(vm(1), vm(2), nic(2))
    assert plan.remove(vm(1).address)
    assert plan.remove(nic(2).address)
    assert not plan.remove(vm(1).address)
    assert addresses(plan.next(BUSY)) == [vm(2).address]
    plan.landed(vm(2).address)
    assert plan.next([]) is None


def test_what_waits_for_a_failed_change_is_blocked() -> None:
    """Directly or not, and once, even when it waits for another one, too."""
    far = change("ip-address:lab/qemu/1/net0/ip/10.0.0.1", depends_on=(nic(1).address, vm(2).address))
    plan = schedule(vm(1), vm(2), nic(1), far)
    plan.next([])
    assert [item.address for item in plan.failed(vm(1).address)] == [nic(1).address, far.address]
    plan.landed(vm(2).address)
    assert plan.failed(vm(1).address) == []
    assert plan.next([]) is None


@st.composite
def plans(draw: st.DrawFn) -> list[Change]:
    """Draw changes that depend on earlier ones only."""
    found: list[Change] = []
    for number in range(draw(st.integers(1, 25))):
        kind = draw(st.sampled_from([VM, NIC, DISK, IP]))
        needs = draw(st.lists(st.sampled_from([item.address for item in found]), max_size=3)) if found else []
        action = draw(st.sampled_from([Action.CREATE, Action.UPDATE, Action.DELETE]))
        netbox_id = None if action is Action.CREATE else number + 1
        waits = tuple(sorted(set(needs)))
        found.append(change(f"{kind}:lab/{number}", action=action, netbox_id=netbox_id, depends_on=waits))
    return found


def _apart(batch: Batch, other: Batch) -> bool:
    pair = ((batch.kind, batch.method), (other.kind, other.method))
    return pair in APART or pair[::-1] in APART


@given(plans(), st.integers(1, 7), st.randoms(use_true_random=False))
def test_everything_gets_its_turn_in_order(changes: list[Change], size: int, random: object) -> None:
    """Whatever lands, fails or is on the way: each change is sent once, or blocked, and after what it depends on.

    Two requests that count in the same objects come to them in the same order: that of the plan.
    """
    choose = getattr(random, "choice")  # noqa: B009 # hypothesis types its Random as object
    plan = schedule(*changes, size=size)
    place = {str(item.address): number for number, item in enumerate(changes)}
    ways: list[Batch] = []
    sent: list[str] = []
    landed: set[str] = set()
    blocked: set[str] = set()
    while True:
        while (batch := plan.next(ways)) is not None:
            assert len(batch.changes) <= size
            assert addresses(batch) == sorted(addresses(batch), key=place.__getitem__)
            assert all(set(item.depends_on) <= landed for item in batch.changes)
            assert not any(_apart(batch, other) for other in ways)
            sent += addresses(batch)
            ways.append(batch)
        if not ways:
            break
        for item in ways.pop(0).changes:
            if choose([True, True, False]):
                landed.add(item.address)
                plan.landed(item.address)
            else:
                blocked |= {other.address for other in plan.failed(item.address)}
    assert len(sent) == len(set(sent))
    assert not blocked & set(sent)
    assert blocked | set(sent) == {item.address for item in changes}
