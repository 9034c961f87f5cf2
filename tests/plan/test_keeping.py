"""`on_missing: keep`: what vanished from Proxmox stays in NetBox with all that hangs off it, and nothing else does."""

from __future__ import annotations

from proxbox_plan.model.kind import OnMissing
from tests.plan.lab import container, lab, nic, node, now, seen, vm, world
from tests.plan.world import World

KEEP = OnMissing.KEEP
NIC, ADDRESS = "vm-interface:lab/qemu/100/net1", "ip-address:lab/qemu/100/net1/ip/10.0.1.7"


def unplugged(**on_missing: OnMissing) -> World:
    """Return a world in which a guest lost a NIC with an address."""
    before = vm(nics=(nic(100), nic(100, 1)), addresses=seen(100, "10.0.1.7/24", number=1))
    kept = {kind.replace("_", "-"): policy for kind, policy in on_missing.items()}
    return now(world(before, container(), on_missing=kept), vm(addresses=()), container())


def addresses(made: World) -> set[str]:
    """Return what the plan changes."""
    plan = made.plan()
    assert plan.problems == ()
    return {str(change.address) for change in plan.changes}


def test_a_kept_guest() -> None:
    """It stays with its NICs, disks and addresses."""
    assert addresses(now(world(on_missing={"virtual-machine": KEEP}), container())) == set()


def test_a_kept_node() -> None:
    """It stays with its interfaces and their addresses."""
    made = world(vm(), on_missing={"device": KEEP})
    made.state = lab(vm(), nodes=(node(),))
    assert addresses(made) == set()


def test_a_nic_of_a_guest_that_would_be_kept() -> None:
    """The guest did not vanish: its NIC is deleted, and so is the address on it."""
    assert addresses(unplugged(virtual_machine=KEEP)) == {NIC, ADDRESS}


def test_a_kept_nic() -> None:
    """It stays with its addresses."""
    assert addresses(unplugged(vm_interface=KEEP)) == set()


def test_a_kept_address() -> None:
    """The NIC cannot go without it."""
    plan = unplugged(ip_address=KEEP).plan()
    assert plan.changes == ()
    assert [problem.address for problem in plan.problems] == [NIC]
