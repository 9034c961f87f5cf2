"""Addresses that are on another NIC now: they are reassigned, with all that people wrote on them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.problem import ProblemCode
from tests.plan.lab import disk, lab, nic, now, seen, silent, vm, world
from tests.plan.world import World, fields_of, summary

HELD = "10.0.1.100"
LEFT = "2001:db8::9/64"  # an address a guest shows in place of the one it had
OF_FIRST = f"lab/qemu/100/net0/ip/{HELD}"
OF_SECOND = f"lab/qemu/101/net0/ip/{HELD}"


def addresses(plan: Plan) -> list[tuple[str, str]]:
    """Return what happens to addresses."""
    return [(action, address) for action, address, _ in summary(plan) if address.startswith("ip-address:")]


def documented(made: World, key: str = OF_FIRST) -> int:
    """Let people write on an address, and return its id."""
    made.edit("ip-address", key, dns_name="www.example.com", role="loopback")
    return made.find("ip-address", key).id


def test_an_address_on_another_nic_of_the_guest() -> None:
    """It keeps its id, what people wrote on it, and its place as the primary address."""
    made = world(vm(100))
    number = documented(made)
    both = (*seen(100, LEFT), *seen(100, f"{HELD}/24", number=1))
    made = now(made, vm(100, nics=(nic(100), nic(100, 1)), addresses=both))
    plan = made.apply()
    assert ("move", f"ip-address:lab/qemu/100/net1/ip/{HELD}") in addresses(plan)
    row = made.find("ip-address", f"lab/qemu/100/net1/ip/{HELD}")
    assert (row.id, row.fields["dns_name"]) == (number, "www.example.com")
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["id"] == number
    assert made.plan().changes == ()


def test_an_address_of_another_guest_now() -> None:
    """The first guest gives it up as its primary address before, the second one takes it after."""
    made = world(vm(100), vm(101))
    number = documented(made)
    made = now(
        made,
        vm(100, addresses=seen(100, "10.0.1.9/24")),
        vm(101, addresses=seen(101, f"{HELD}/24")),
    )
    plan = made.apply()
    assert ("move", f"ip-address:{OF_SECOND}") in addresses(plan)
    assert ("delete", f"ip-address:{OF_FIRST}") not in addresses(plan)
    assert made.find("virtual-machine", "lab/qemu/101").fields["primary_ip4"]["id"] == number
    assert made.plan().changes == ()


def test_a_guest_that_is_left_without_an_address() -> None:
    """Its primary address is removed, as NetBox would not move it otherwise."""
    made = world(vm(100), vm(101))
    made = now(made, vm(100, addresses=seen(100, LEFT)), vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    plan = made.apply()
    assert fields_of(plan, "virtual-machine:lab/qemu/100#links") == {
        "primary_ip4": (f"{HELD}/24", None),
        "primary_ip6": (None, LEFT),
    }
    assert ("move", f"ip-address:{OF_SECOND}") in addresses(plan)
    assert made.plan().changes == ()


def test_two_guests_that_swap_their_addresses() -> None:
    """Each goes without meanwhile."""
    made = world(vm(100), vm(101))
    first, second = documented(made), made.find("ip-address", "lab/qemu/101/net0/ip/10.0.1.101").id
    made = now(made, vm(100, addresses=seen(100, "10.0.1.101/24")), vm(101, addresses=seen(101, f"{HELD}/24")))
    plan = made.apply()
    assert [action for action, _ in addresses(plan)] == ["move", "move"]
    assert made.find("virtual-machine", "lab/qemu/101").fields["primary_ip4"]["id"] == first
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["id"] == second
    assert made.plan().changes == ()


def test_three_guests_that_pass_their_addresses_on() -> None:
    """Around a ring."""
    made = world(vm(100), vm(101), vm(102))
    ring = {100: "10.0.1.101/24", 101: "10.0.1.102/24", 102: f"{HELD}/24"}
    made = now(made, *(vm(number, addresses=seen(number, address)) for number, address in ring.items()))
    plan = made.apply()
    assert [action for action, _ in addresses(plan)] == ["move"] * 3
    assert made.plan().changes == ()


def test_a_nic_that_goes_without_its_address() -> None:
    """The address is moved before its NIC is deleted."""
    made = world(vm(100, nics=(nic(100), nic(100, 1)), addresses=seen(100, f"{HELD}/24", number=1)))
    number = made.find("ip-address", f"lab/qemu/100/net1/ip/{HELD}").id
    made = now(made, vm(100))
    plan = made.apply()
    assert ("delete", "vm-interface:lab/qemu/100/net1") in [item[:2] for item in summary(plan)]
    assert made.find("ip-address", OF_FIRST).id == number
    assert made.plan().changes == ()


def test_an_address_that_may_still_be_where_it_was() -> None:
    """It stays there, and the conflict is reported."""
    made = world(vm(100), vm(101))
    made = now(made, silent(vm(100)), vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    plan = made.plan()
    assert plan.changes == ()
    assert [problem.code for problem in plan.problems] == [ProblemCode.ADDRESS_CONFLICT]


def test_an_address_that_people_protect() -> None:
    """Its tag keeps it where it is."""
    made = world(vm(100), vm(101))
    made.tag("ip-address", OF_FIRST, "proxbox-protect")
    made = now(made, vm(100, addresses=seen(100, LEFT)), vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    assert ("move", f"ip-address:{OF_SECOND}") not in addresses(made.plan())


def test_an_address_of_a_guest_that_is_ignored() -> None:
    """Its primary address cannot be given up, so nothing is planned that needs it."""
    made = world(vm(100), vm(101))
    made.tag("virtual-machine", "lab/qemu/100", "proxbox-ignore")
    made = now(made, vm(100, addresses=seen(100, LEFT)), vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    assert ("move", f"ip-address:{OF_SECOND}") not in addresses(made.plan())


def test_an_address_of_a_guest_that_is_gone() -> None:
    """Its machine is decommissioned, and gives the address up; the other guest has it with all that is on it."""
    made = world(vm(100), vm(101))
    number = documented(made)
    made = now(made, vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    plan = made.apply()
    assert addresses(plan) == [("move", f"ip-address:{OF_SECOND}")]
    assert made.find("ip-address", OF_SECOND).id == number
    gone = made.find("virtual-machine", "lab/qemu/100").fields
    assert (gone["status"], gone["primary_ip4"]) == ("decommissioning", None)
    assert made.plan().changes == ()


def test_a_machine_that_was_decommissioned_before() -> None:
    """It gives its address up all the same, by a change of its own."""
    made = world(vm(100), vm(101))
    made.edit("virtual-machine", "lab/qemu/100", status="decommissioning")
    made = now(made, vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    plan = made.apply()
    assert fields_of(plan, "virtual-machine:lab/qemu/100") == {"primary_ip4": (f"{HELD}/24", None)}
    assert addresses(plan) == [("move", f"ip-address:{OF_SECOND}")]
    assert made.plan().changes == ()


@pytest.mark.parametrize("how", ["deleted", "kept", "forgotten", "protected", "replaced"])
def test_a_machine_that_cannot_give_it_up(how: str) -> None:
    """One that is deleted, kept or protected, or that another guest replaced, is no one to take it over from."""
    policies = {"deleted": OnMissing.DELETE, "kept": OnMissing.KEEP}
    made = world(vm(100), vm(101), on_missing={"virtual-machine": policies[how]} if how in policies else {})
    if how == "forgotten":
        made.policy = made.policy.replace(forget=("virtual-machine:lab/qemu/100",))
    if how == "protected":
        made.tag("virtual-machine", "lab/qemu/100", "proxbox-protect")
    another = vm(100, name="new", uuid="99999999-0000-4000-8000-000000000100", vmgenid=None, addresses=seen(100, LEFT))
    rest = (another,) if how == "replaced" else ()
    made = now(made, *rest, vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    plan = made.apply()
    assert ("move", f"ip-address:{OF_SECOND}") not in addresses(plan)
    assert made.plan().changes == ()


def test_an_undo_puts_it_back() -> None:
    """On the first guest, as its primary address."""
    made = world(vm(100), vm(101))
    number = documented(made)
    made = now(made, vm(100, addresses=seen(100, LEFT)), vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    outcome = made.outcome(made.plan())
    assert made.undo(outcome).problems == ()
    assert made.find("ip-address", OF_FIRST).id == number
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["id"] == number
    before = replace(made, state=lab(vm(100), vm(101)))
    assert [change for change in before.plan().changes if change.action is not Action.UPDATE] == []


def test_an_undo_gives_a_decommissioned_machine_its_address_back() -> None:
    """The address is on it again before it is its primary one."""
    made = world(vm(100), vm(101))
    made.edit("virtual-machine", "lab/qemu/100", status="decommissioning")
    number = made.find("ip-address", OF_FIRST).id
    made = now(made, vm(101, addresses=seen(101, "10.0.1.101/24", f"{HELD}/24")))
    undone = made.undo(made.outcome(made.plan()))
    of_machine = [address for _, address, _ in summary(undone) if address.startswith("virtual-machine:lab/qemu/100")]
    assert of_machine == ["virtual-machine:lab/qemu/100#links"]
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["id"] == number
    assert made.find("ip-address", OF_FIRST).id == number


def test_a_guest_with_more_to_say_is_one_plan() -> None:
    """Other changes of both guests land beside."""
    made = world(vm(100), vm(101))
    made = now(
        made,
        vm(100, vcpus=4.0, addresses=seen(100, LEFT), disks=(disk(gib=9),)),
        vm(101, name="other", addresses=seen(101, f"{HELD}/24")),
    )
    made.apply()
    assert made.plan().changes == ()


@pytest.mark.parametrize("turn", [(101, 100), (101, 102, 100)])
def test_an_undo_of_a_round(turn: tuple[int, ...]) -> None:
    """Each goes without meanwhile, as on the way there."""
    guests = (100, 101, 102)[: len(turn)]
    made = world(*map(vm, guests))
    before = {number: made.find("ip-address", f"lab/qemu/{number}/net0/ip/10.0.1.{number}").id for number in guests}
    pairs = zip(guests, turn, strict=True)
    made = now(made, *(vm(number, addresses=seen(number, f"10.0.1.{taken}/24")) for number, taken in pairs))
    outcome = made.outcome(made.plan())
    assert made.undo(outcome).problems == ()
    for number in guests:
        address = made.find("ip-address", f"lab/qemu/{number}/net0/ip/10.0.1.{number}")
        assert address.id == before[number]
        assert made.find("virtual-machine", f"lab/qemu/{number}").fields["primary_ip4"]["id"] == address.id
