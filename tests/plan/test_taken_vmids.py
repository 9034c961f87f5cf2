"""A vmid that another guest has taken: the machine that had it keeps all that is on it until its own time is over."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.state import Guest
from proxbox_plan.policy.permitted import check_permitted
from tests.plan.lab import container, nic, seen, vm, world
from tests.plan.test_stages import PARTS, STAGES, VM, begun, gone, on, problems
from tests.plan.world import World, fields_of, policy, summary

KEY, APART = "lab/qemu/100", "lab/qemu/100~00000000"
ON_IT = {
    ("vm-interface", "/net0"),
    ("virtual-disk", "/disk/scsi0"),
    ("ip-address", "/net0/ip/10.0.1.100"),
}


def other(**fields: Any) -> Guest:
    """Return another guest with the vmid 100."""
    sound: dict[str, Any] = {
        "name": "other",
        "uuid": "99999999-0000-4000-8000-000000000001",
        "vmgenid": "another",
        "addresses": seen(100, "10.0.1.9/24"),
    }
    return vm(100, **(sound | fields))


def taken(day: int = 10, **fields: Any) -> World:
    """Return a world in which another guest has the vmid since some day after the first one went."""
    made = on(day, gone(), other(**fields), container())
    made.apply()
    assert made.plan().changes == ()
    return made


def on_it(made: World, key: str) -> dict[tuple[str, str], int]:
    """Return kind, place and id of what carries a key below that of a machine."""
    rows = ((kind, row) for kind in PARTS for row in made.rows[kind].values())
    return {(kind, row.key.removeprefix(key)): row.id for kind, row in rows if row.key and row.key.is_under(key)}


def ids(made: World) -> set[int]:
    """Return the ids of what is on a machine."""
    return set(on_it(made, KEY).values())


@pytest.mark.parametrize("day", [0, 10, 29])
def test_all_that_is_on_it_stays(day: int) -> None:
    """The same objects, below the key that the machine has from then on; its address is deprecated."""
    made = gone() if day else world(on_missing={VM: STAGES})
    before = on_it(made, KEY)
    made = on(day, made, other(), container())
    plan = made.apply()
    assert on_it(made, APART) == before
    assert before.keys() == ON_IT
    assert made.find("ip-address", f"{APART}/net0/ip/10.0.1.100").fields["status"] == "deprecated"
    assert "delete" not in {action for action, _, _ in summary(plan)}
    assert ids(made).isdisjoint(before.values())
    assert made.plan().changes == ()


@pytest.mark.parametrize("day", [10, 29])
def test_it_goes_with_it_in_its_time(day: int) -> None:
    """Thirty days after the guest went, whenever its vmid was taken; what the other guest has stays."""
    made = taken(day)
    before, left = set(on_it(made, APART).values()), ids(made)
    assert on(30, made, other(), container(), hour=11).plan().changes == ()
    made = on(30, made, other(), container())
    plan = made.apply()
    assert {action for action, _, _ in summary(plan)} == {"delete"}
    assert before.isdisjoint(number for kind in PARTS for number in made.rows[kind])
    assert ids(made) == left
    assert made.plan().changes == ()


def test_a_machine_that_is_due_makes_no_room() -> None:
    """It is deleted with all that is on it."""
    made = on(30, gone(), other(), container())
    made.apply()
    assert on_it(made, APART) == {}
    assert made.plan().changes == ()


def test_without_stages_it_stays_for_good() -> None:
    """As the machine of any other guest that is gone does."""
    made = on(0, world(), other(), container())
    made.apply()
    assert on_it(made, APART).keys() == ON_IT
    assert on(59, made, other(), container()).plan().changes == ()


@pytest.mark.parametrize("word", ["delete", "keep"])
def test_other_words(word: str) -> None:
    """Where machines are deleted that are gone, it is; where they are kept, it keeps what is on it."""
    made = on(0, world(on_missing={VM: word}), other(), container())
    made.apply()
    assert on_it(made, APART).keys() == (set() if word == "delete" else ON_IT)
    assert made.plan().changes == ()


# What the other guest has


@pytest.mark.parametrize("day", [0, 10])
def test_the_other_guest_has_its_address(day: int) -> None:
    """It gives way at once: NetBox has it once."""
    made = gone() if day else world(on_missing={VM: STAGES})
    made = on(day, made, other(addresses=seen(100, "10.0.1.100/24")), container())
    plan = made.apply()
    assert plan.problems == ()
    assert made.find("ip-address", f"{KEY}/net0/ip/10.0.1.100").fields["status"] == "active"
    assert on_it(made, APART).keys() == {item for item in ON_IT if item[0] != "ip-address"}
    assert made.plan().changes == ()


@pytest.mark.parametrize("vmid", [100, 101])
def test_a_guest_gets_its_address_later(vmid: int) -> None:
    """With all that people wrote on it, and the machine gives it up as its primary one."""
    made = taken()
    number = made.find("ip-address", f"{APART}/net0/ip/10.0.1.100").id
    made.edit("ip-address", f"{APART}/net0/ip/10.0.1.100", description="the old door")
    shown = seen(vmid, "10.0.1.100/24")
    guests = (other(addresses=shown),) if vmid == 100 else (other(), vm(101, addresses=shown))
    made = on(11, made, *guests, container())
    assert made.apply().problems == ()
    address = made.find("ip-address", f"lab/qemu/{vmid}/net0/ip/10.0.1.100")
    assert (address.id, address.fields["status"], address.fields["description"]) == (number, "active", "the old door")
    assert made.find(VM, APART).fields["primary_ip4"] is None
    assert made.plan().changes == ()


def test_another_guest_without_a_nic() -> None:
    """There is no new key for the old one's to make room for, and it is kept apart all the same."""
    made = taken(nics=(), disks=(), addresses=())
    assert on_it(made, APART).keys() == ON_IT
    assert ids(made) == set()


def test_a_third_guest() -> None:
    """Each of the two that had the vmid keeps its own."""
    made = taken()
    uuid = "88888888-0000-4000-8000-000000000001"
    third = other(name="third", uuid=uuid, vmgenid="a third", addresses=seen(100, "10.0.1.8/24"))
    made = on(11, made, third, container())
    made.apply()
    assert on_it(made, APART).keys() == ON_IT
    assert len(on_it(made, "lab/qemu/100~99999999")) == len(on_it(made, KEY)) == len(ON_IT)
    assert made.plan().changes == ()


# Back to life


@pytest.mark.parametrize("vmid", [100, 107])
def test_its_guest_returns(vmid: int) -> None:
    """Under its vmid, or under another one as its own is taken: the same machine with the same parts."""
    made = taken()
    before = on_it(made, APART)
    back = first(vmid)
    made = on(20, made, back, *(() if vmid == 100 else (other(),)), container())
    made.apply()
    assert on_it(made, f"lab/qemu/{vmid}") == before
    address = made.find("ip-address", f"lab/qemu/{vmid}/net0/ip/10.0.1.100")
    assert address.fields["status"] == "active"
    assert made.plan().changes == ()
    assert on(59, made, back, *(() if vmid == 100 else (other(),)), container()).apply().problems == ()
    assert on_it(made, f"lab/qemu/{vmid}") == before


def first(vmid: int) -> Guest:
    """Return the first guest under some vmid."""
    return vm(100).model_copy(update={"vmid": vmid})


def test_what_it_no_longer_has_goes_when_it_returns() -> None:
    """It is judged as of any guest that is there."""
    made = taken()
    made = on(20, made, other(), vm(107, name="vm-100", uuid=vm().uuid, vmgenid=vm().vmgenid, disks=()), container())
    made.apply()
    assert made.keys("virtual-disk") == {f"{KEY}/disk/scsi0", "lab/lxc/200/disk/rootfs"}
    assert made.plan().changes == ()


def test_an_undo_gives_all_back() -> None:
    """Keys, name and statuses are as before."""
    before = world(on_missing={VM: STAGES})
    made = on(0, before, other(), container())
    made.undo(made.outcome(made.plan()))
    assert on_it(made, KEY) == on_it(before, KEY)
    assert made.find(VM, KEY).fields == before.find(VM, KEY).fields
    for kind, place in ON_IT:
        assert made.find(kind, KEY + place).fields == before.find(kind, KEY + place).fields
        assert made.find(kind, KEY + place).last_applied == before.find(kind, KEY + place).last_applied


# An apply that dies


OTHER_CONTAINER = container(
    200, name="other", nics=(nic(201, name="eth0", model="veth", addresses=("10.0.2.9/24",), gateways=()),)
)
SWAPS = {
    "virtual machine": ((vm(), container()), (other(), container()), "lab/qemu/100"),
    "same address": ((vm(), container()), (other(addresses=vm().addresses), container()), "lab/qemu/100"),
    "container": ((vm(), container()), (vm(), OTHER_CONTAINER), "lab/lxc/200"),
}


def cut(start: World, plan: Plan, guests: tuple[Guest, ...], count: int) -> World:
    """Return a world in which the first changes of a plan landed, and those guests are there."""
    return begun(on(0, start, *guests), plan, count)


@pytest.mark.covering
@pytest.mark.parametrize(("before", "after", "key"), SWAPS.values(), ids=SWAPS)
def test_the_next_plan_finishes_it(before: tuple[Guest, ...], after: tuple[Guest, ...], key: str) -> None:
    """After each of its changes: nothing is made twice, and the machine is not taken for the other guest's."""
    start = world(*before, on_missing={VM: STAGES})
    number, parts = start.find(VM, key).id, on_it(start, key)
    plan = on(0, start, *after).plan()
    ends = []
    for count in range(len(plan.changes) + 1):
        made = cut(start, plan, after, count)
        made.apply()
        assert made.plan().changes == ()
        machine = made.rows[VM][number]
        assert machine.key is not None
        assert machine.key.is_retired
        kept = on_it(made, machine.key)
        assert kept.items() <= parts.items()
        ends.append((len(made.rows[VM]), len(kept), len(on_it(made, key))))
    assert len(set(ends)) == 1


@pytest.mark.covering
@pytest.mark.parametrize(("before", "after", "key"), SWAPS.values(), ids=SWAPS)
def test_the_first_guest_is_back_while_it_was_cut(
    before: tuple[Guest, ...], after: tuple[Guest, ...], key: str
) -> None:
    """A virtual machine is known by its uuid: its machine has all that it had. A container is a new one."""
    start = world(*before, on_missing={VM: STAGES})
    plan = on(0, start, *after).plan()
    for count in range(len(plan.changes) + 1):
        made = cut(start, plan, before, count)
        made.apply()
        assert made.plan().changes == ()
        if "qemu" in key:
            assert made.find(VM, key).id == start.find(VM, key).id
            assert on_it(made, key).keys() == on_it(start, key).keys()


@pytest.mark.covering
@pytest.mark.parametrize(("before", "after", "key"), SWAPS.values(), ids=SWAPS)
def test_an_undo_that_dies_is_finished_by_the_next_plan(
    before: tuple[Guest, ...], after: tuple[Guest, ...], key: str
) -> None:
    """The other guest is there still: its vmid is taken once more, and the first machine is not taken for its own."""
    start = world(*before, on_missing={VM: STAGES})
    number = start.find(VM, key).id
    done = on(0, start, *after)
    outcome = done.outcome(done.plan())
    plan = on(0, done, *after).undo(outcome)
    for count in range(len(plan.changes) + 1):
        made = cut(done, plan, after, count)
        made.apply()
        assert made.plan().changes == ()
        machine = made.rows[VM][number]
        assert machine.key is not None
        assert machine.key.is_retired
        assert on_it(made, machine.key).keys() <= on_it(start, key).keys()


# What people do


def test_a_service_keeps_it_with_all_that_is_on_it() -> None:
    """Deletes cost no one else, and nothing is deleted by halves."""
    made = taken()
    made = on(30, made, other(), container())
    number = made.find(VM, APART).id
    made.dependents.append(Dependent(kind=VM, on=number, model="ipam.service", id=7, name="https"))
    plan = made.apply()
    assert problems(plan) == [("holds-others", f"{VM}:{APART}")]
    assert plan.changes == ()


def test_a_status_that_a_person_gave_an_address_stays() -> None:
    """It is preserved, and goes along under the other key."""
    made = world(on_missing={VM: STAGES})
    made.edit("ip-address", f"{KEY}/net0/ip/10.0.1.100", status="reserved")
    made = on(0, made, other(), container())
    plan = made.apply()
    assert [item.netbox for item in plan.preserved] == ["reserved"]
    assert made.find("ip-address", f"{APART}/net0/ip/10.0.1.100").fields["status"] == "reserved"
    assert made.plan().changes == ()


def test_one_that_a_person_stopped_keeps_it() -> None:
    """Its parts go along and are otherwise left as they are."""
    made = gone()
    made.edit(VM, KEY, status="active")
    made.edit("ip-address", f"{KEY}/net0/ip/10.0.1.100", status="active")
    made = on(10, made, other(), container())
    plan = made.apply()
    assert fields_of(plan, f"ip-address:{KEY}/net0/ip/10.0.1.100#replaced") == {}
    assert on_it(made, APART).keys() == ON_IT
    assert on(59, made, other(), container()).plan().changes == ()


def test_a_tag_on_the_other_guest_is_its_own() -> None:
    """What protects the guest that has the vmid now keeps none of the one before."""
    made = taken()
    tagged = other(tags=("proxbox-protect",))
    made = on(30, made, tagged, container())
    assert (Action.DELETE, APART) in {(change.action, change.key) for change in made.apply().changes}


def test_a_machine_that_is_forgotten_keeps_its_parts() -> None:
    """Nothing of it is deleted."""
    made = world(on_missing={VM: STAGES})
    number, before = made.find(VM, KEY).id, on_it(made, KEY)
    made.policy = policy(on_missing={VM: STAGES}, forget=(f"{VM}:{KEY}",))
    made = on(0, made, other(), container())
    made.apply()
    assert number in made.rows[VM]
    assert set(before.values()) <= {row for kind in PARTS for row in made.rows[kind]}


@pytest.mark.parametrize(("kind", "place"), sorted(item for item in ON_IT if item[0] != "ip-address"))
def test_a_part_that_a_person_protects_keeps_the_vmid(kind: str, place: str) -> None:
    """The other guest waits, as the machine makes room as a whole or not yet."""
    made = gone()
    made.tag(kind, KEY + place, "proxbox", "proxbox-protect")
    plan = on(10, made, other(), container()).plan()
    assert plan.changes == ()
    assert {code for code, _ in problems(plan)} == {"blocked"}


def test_an_address_that_a_person_protects_is_left_alone() -> None:
    """No one waits for it, and it stays on its machine, also when that is due."""
    made = gone()
    made.tag("ip-address", f"{KEY}/net0/ip/10.0.1.100", "proxbox", "proxbox-protect")
    before = made.find("ip-address", f"{KEY}/net0/ip/10.0.1.100")
    made = on(10, made, other(), container())
    made.apply()
    assert made.rows["ip-address"][before.id] == before
    assert made.plan().changes == ()
    plan = on(30, made, other(), container()).plan()
    assert plan.changes == ()
    assert problems(plan) == [("holds-others", f"{VM}:{APART}"), ("holds-others", f"vm-interface:{APART}/net0")]


def test_an_older_netbox_keeps_the_mac_address_objects() -> None:
    """They are parts of their own before NetBox 4.7."""
    made = World(on(0, world(), vm(), container()).state, policy(on_missing={VM: STAGES}), "4.6.1")
    made.settle()
    number = made.find("mac-address", f"{KEY}/net0/mac").id
    made = on(0, made, other(), container())
    made.apply()
    assert made.find("mac-address", f"{APART}/net0/mac").id == number
    assert made.plan().changes == ()


@pytest.mark.parametrize("key", [None, "lab/qemu/100~00000000/net1", "lab/qemu/101~00000000/net0", "lab/qemu/101/net0"])
def test_a_part_gets_no_other_place_whatever_a_plan_says(key: str | None) -> None:
    """It keeps its own below the machine that it is on; an apply refuses any other key."""
    made = on(10, gone(), other(), container())
    plan = made.plan()
    nic_ = next(change for change in plan.changes if change.address == f"vm-interface:{KEY}/net0#replaced")
    forged = nic_.replace(key=None if key is None else Key(key))
    changes = tuple(forged if change is nic_ else change for change in plan.changes)
    with pytest.raises(RefusedError, match="another key"):
        check_permitted(plan.remade(changes=changes), KINDS, made.policy, made.now)
