"""What an administrator does in Proxmox is exactly what the plan says."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.model.plan.merged import merged
from proxbox_plan.model.state import Guest, GuestCoverage, GuestInterface
from proxbox_plan.model.state.coverage import Incomplete
from proxbox_plan.plan.order import graph
from tests.plan.everything import PLUGIN
from tests.plan.lab import container, disk, incomplete, lab, nic, node, now, seen, vm, world
from tests.plan.world import World, fields_of, policy, summary


def test_a_new_netbox_gets_everything_and_then_nothing() -> None:
    """The first plan creates all there is; the second one is empty."""
    made = World(lab(vm(), container()), policy())
    first = made.apply()
    assert {change.action for change in first.changes} == {"create", "update"}
    assert made.plan().changes == ()
    assert made.keys("virtual-machine") == {"lab/qemu/100", "lab/lxc/200"}
    assert made.keys("ip-address") >= {"lab/qemu/100/net0/ip/10.0.1.100", "lab/lxc/200/net0/ip/10.0.2.200"}


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (vm(name="web"), {"virtual-machine:lab/qemu/100": {"name": ("vm-100", "web")}}),
        (vm(vcpus=4.0), {"virtual-machine:lab/qemu/100": {"vcpus": (2.0, 4.0)}}),
        (vm(memory_mib=4096), {"virtual-machine:lab/qemu/100": {"memory": (2048, 4096)}}),
        (vm(status="stopped"), {"virtual-machine:lab/qemu/100": {"status": ("active", "offline")}}),
        (vm(onboot=True), {"virtual-machine:lab/qemu/100": {"start_on_boot": ("off", "on")}}),
        (vm(disks=(disk(gib=16),)), {"virtual-disk:lab/qemu/100/disk/scsi0": {"size": (8192, 16384)}}),
        (vm(nics=(nic(100, link_down=True),)), {"vm-interface:lab/qemu/100/net0": {"enabled": (True, False)}}),
        (vm(nics=(nic(100, mtu=9000),)), {"vm-interface:lab/qemu/100/net0": {"mtu": (None, 9000)}}),
        (
            vm(nics=(nic(100, tag=30),)),
            {
                "vlan:lab/vlan/30": {
                    "vid": (None, 30),
                    "name": (None, "VLAN 30"),
                    "group": (None, "Proxmox lab"),
                    "status": (None, "active"),
                },
                "vm-interface:lab/qemu/100/net0": {"untagged_vlan": ("VLAN 20", "VLAN 30")},
            },
        ),
        (
            vm(nics=(nic(100, tag=None),)),
            {"vm-interface:lab/qemu/100/net0": {"mode": ("access", None), "untagged_vlan": ("VLAN 20", None)}},
        ),
    ],
)
def test_one_setting_changes_one_field(after: Guest, expected: dict[str, dict[str, tuple[object, object]]]) -> None:
    """A change of one setting is an update of the one field it maps to, and nothing else."""
    made = now(world(), after, container())
    plan = made.plan()
    assert {str(change.address): fields_of(plan, change.address) for change in plan.changes} == expected
    made.apply(plan)
    assert made.plan().changes == ()


def test_a_live_migration_is_a_patch_of_the_device() -> None:
    """Trap 12: moved to another node between two runs: one update, no delete, no create."""
    made = now(world(), vm(node="pve2"), container())
    assert summary(made.plan()) == [("update", "virtual-machine:lab/qemu/100", "moved-to-another-node")]


def test_a_rename_says_so() -> None:
    """A rename is an update whose reason is the rename."""
    made = now(world(), vm(name="web"), container())
    assert summary(made.plan()) == [("update", "virtual-machine:lab/qemu/100", "renamed-in-proxmox")]


def test_a_node_without_a_version_keeps_its_platform() -> None:
    """It answered, with a version that no one understands: its description says less, and nothing else changes."""
    plan = now(world(), vm(), container(), nodes=(node(version=None), node("pve2", 2))).plan()
    assert summary(plan) == [("update", "device:lab/node/pve1", "changed-in-proxmox")]
    before, after = "Proxmox VE 9.2.11, 16 x AMD EPYC, 64 GiB", "16 x AMD EPYC, 64 GiB"
    assert fields_of(plan, "device:lab/node/pve1") == {"description": (before, after)}


def test_a_new_nic_brings_its_address() -> None:
    """A NIC and the address the agent sees on it are created together, in that order."""
    guest = vm(
        nics=(nic(100), nic(100, 1)), addresses=(*seen(100, "10.0.1.100/24"), *seen(100, "10.0.3.1/24", number=1))
    )
    made = now(world(), guest, container())
    assert [line[:2] for line in summary(made.plan())] == [
        ("create", "vm-interface:lab/qemu/100/net1"),
        ("create", "ip-address:lab/qemu/100/net1/ip/10.0.3.1"),
    ]


def test_another_address_replaces_the_old_one_and_stays_primary() -> None:
    """The new address exists before the primary address points at it, and the old one goes last."""
    made = now(world(), vm(addresses=seen(100, "10.0.1.7/24")), container())
    assert [line[:2] for line in summary(made.plan())] == [
        ("create", "ip-address:lab/qemu/100/net0/ip/10.0.1.7"),
        ("update", "virtual-machine:lab/qemu/100#links"),
        ("delete", "ip-address:lab/qemu/100/net0/ip/10.0.1.100"),
    ]


def test_another_mask_is_the_same_address() -> None:
    """Trap 8: the same address with another prefix length is updated, not deleted and created."""
    made = now(world(), vm(addresses=seen(100, "10.0.1.100/23")), container())
    plan = made.plan()
    assert fields_of(plan, "ip-address:lab/qemu/100/net0/ip/10.0.1.100") == {
        "address": ("10.0.1.100/24", "10.0.1.100/23")
    }


def test_a_removed_disk_is_deleted() -> None:
    """A disk that is no longer in the configuration goes."""
    before = world(vm(disks=(disk(), disk("scsi1"))), container())
    made = now(before, vm(), container())
    assert summary(made.plan()) == [("delete", "virtual-disk:lab/qemu/100/disk/scsi1", "gone-from-proxmox")]


def test_a_removed_nic_takes_its_address_along() -> None:
    """The address of a NIC that is gone is gone too, even when the agent says nothing."""
    two = vm(nics=(nic(100), nic(100, 1)), addresses=(*seen(100, "10.0.1.100/24"), *seen(100, "10.0.3.1/24", number=1)))
    made = now(world(two, container()), vm(status="stopped", addresses=()), container())
    assert ("delete", "ip-address:lab/qemu/100/net1/ip/10.0.3.1") in [line[:2] for line in summary(made.plan())]


def test_a_vanished_guest_is_decommissioned_with_all_that_is_on_it() -> None:
    """Its machine stays as decommissioning, its addresses as deprecated, its interfaces and disks as they are."""
    made = now(world(), container())
    plan = made.plan()
    address = "ip-address:lab/qemu/100/net0/ip/10.0.1.100"
    assert sorted(summary(plan)) == [
        ("update", address, "parent-gone-from-proxmox"),
        ("update", "virtual-machine:lab/qemu/100", "gone-from-proxmox"),
    ]
    assert fields_of(plan, "virtual-machine:lab/qemu/100") == {"status": ("active", "decommissioning")}
    assert fields_of(plan, address) == {"status": ("active", "deprecated")}
    made.apply()
    assert made.plan().changes == ()


def test_a_guest_that_returns_is_active_again() -> None:
    """A decommissioned virtual machine whose guest is back is taken up again, not created anew."""
    made = now(world(), container())
    made.apply()
    made = now(made, vm(), container())
    assert summary(made.plan())[0] == ("update", "virtual-machine:lab/qemu/100", "changed-in-proxmox")
    made.settle()


def test_a_node_that_leaves_the_cluster_is_decommissioned() -> None:
    """Its device stays as decommissioning with its interfaces, and its address as deprecated."""
    made = now(world(vm()), vm(), nodes=(node(),))
    assert sorted(summary(made.apply())) == [
        ("update", "device:lab/node/pve2", "gone-from-proxmox"),
        ("update", "ip-address:lab/node/pve2/net/vmbr0/ip/10.0.0.2", "parent-gone-from-proxmox"),
    ]
    assert made.plan().changes == ()


def test_ports_of_a_bond_are_deleted_before_the_bond_and_the_bond_before_its_bridge() -> None:
    """NetBox takes a deleted bond out of its ports, and would then refuse to delete what has been written to since."""
    made = now(world(vm(), on_missing={"device": "delete"}), vm(), nodes=(node(),))
    plan = made.plan()
    needs = {str(change.address): change.depends_on for change in plan.changes if change.kind == "interface"}
    at = "interface:lab/node/pve2/net/"
    assert {f"{at}nic0", f"{at}nic1"} <= set(needs[f"{at}bond0"])
    assert f"{at}bond0" in needs[f"{at}vmbr0"]


def test_order_of_input_never_changes_a_plan() -> None:
    """The plan depends on what the state says, not in which order."""
    forward = World(lab(vm(), vm(101), container()), policy())
    backward = World(lab(container(), vm(101), vm()), policy())
    assert forward.plan().changes == backward.plan().changes


def test_duplicate_names_get_the_vmid() -> None:
    """Trap 7: NetBox takes a name once per cluster whatever its case; the later vmid gets its number appended."""
    made = world(vm(100, name="web"), vm(101, name="WEB"), vm(102, name="web"))
    names = {key: made.find("virtual-machine", f"lab/qemu/{key}").name for key in (100, 101, 102)}
    assert names == {100: "web", 101: "WEB (101)", 102: "web (102)"}


def test_a_name_freed_and_taken_in_one_run_waits_for_its_turn() -> None:
    """A guest may take the name another one gives up in the same plan."""
    made = world(vm(100, name="a"), vm(101, name="b"))
    made = now(made, vm(100, name="c"), vm(101, name="a"))
    plan = made.apply()
    second = next(change for change in plan.changes if change.address == "virtual-machine:lab/qemu/101")
    assert second.depends_on == ("virtual-machine:lab/qemu/100",)


def test_a_reused_vmid_is_a_new_guest() -> None:
    """Trap 7: another fingerprint under the same vmid: the old object makes room, the new one starts afresh."""
    other = vm(
        name="other", uuid="99999999-0000-4000-8000-000000000001", vmgenid="99999999-0000-4000-8000-000000000002"
    )
    made = now(world(vm(), container()), other, container())
    plan = made.apply()
    assert ("update", "virtual-machine:lab/qemu/100#replaced", "replaced-by-another-guest") in summary(plan)
    assert ("create", "virtual-machine:lab/qemu/100", "new-in-proxmox") in summary(plan)
    assert made.plan().changes == ()
    assert made.find("virtual-machine", "lab/qemu/100").name == "other"


def test_fifty_nics_and_a_first_one_that_is_not_net0() -> None:
    """Trap 9: any number of NICs, starting anywhere."""
    guest = vm(nics=tuple(nic(100, number) for number in range(1, 51)), addresses=seen(100, "10.0.1.1/24", number=2))
    made = world(guest)
    assert len(made.keys("vm-interface")) == 50
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == "10.0.1.1/24"
    assert "lab/qemu/100/net2/ip/10.0.1.1" in made.keys("ip-address")


def test_a_backup_lock_does_not_flap_the_status() -> None:
    """Trap 13: locks of backup, snapshot and migration change nothing."""
    made = now(world(), vm(lock="backup"), container(lock="snapshot"))
    assert made.plan().changes == ()


def test_templates_are_not_virtual_machines() -> None:
    """A template is excluded, unless the configuration includes it."""
    made = World(lab(vm(template=True), vm(101)), policy())
    made.settle()
    assert made.keys("virtual-machine") == {"lab/qemu/101"}


def another(**fields: Any) -> Guest:
    """Return another guest with the number of the first one."""
    uuid, vmgenid = "99999999-0000-4000-8000-000000000001", "99999999-0000-4000-8000-000000000002"
    return vm(name="other", uuid=uuid, vmgenid=vmgenid, **fields)


def test_a_reused_vmid_of_a_stopped_guest_leaves_it_no_address() -> None:
    """What a stopped guest doesn't show is no reason to give it the addresses of the guest before it."""
    unseen = GuestCoverage(addresses=incomplete(Incomplete.GUEST_STOPPED))
    made = now(world(vm(), container()), another(status="stopped", addresses=(), coverage=unseen), container())
    made.apply()
    assert made.plan().changes == ()
    assert made.find("vm-interface", "lab/qemu/100/net0").fields["virtual_machine"]["name"] == "other"
    (address,) = (key for key in made.keys("ip-address") if key.startswith("lab/qemu/100"))
    assert address == "lab/qemu/100~00000000/net0/ip/10.0.1.100"


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("virtual-machine", "lab/qemu/100"),
        ("vm-interface", "lab/qemu/100/net0"),
        ("ip-address", "lab/qemu/100/net0/ip/10.0.1.100"),
    ],
)
@pytest.mark.parametrize("tag", ["proxbox-ignore", "proxbox-protect"])
def test_a_reused_vmid_waits_for_what_must_stay(kind: str, key: str, tag: str) -> None:
    """While something of the old guest is marked, nothing of it changes, and the new one is reported, not created."""
    made = world(vm(), container())
    made.tag(kind, key, "proxbox", tag)
    made = now(made, another(), container())
    plan = made.apply()
    assert plan.changes == ()
    assert "virtual-machine:lab/qemu/100" in {item.address for item in plan.problems if item.code == "blocked"}
    made.tag(kind, key, "proxbox")
    made.apply()
    assert made.plan().changes == ()
    assert made.find("virtual-machine", "lab/qemu/100").name == "other"


@pytest.mark.parametrize("plugins", [{}, PLUGIN], ids=["netbox", "netbox-proxbox"])
def test_swapped_addresses_let_go_first(plugins: dict[str, str]) -> None:
    """Neither can be deleted while it is primary, nor be had anew while it is there: one guest goes without meanwhile.

    The plugin's records of them follow, and so does what people see: one change of one field.
    """
    made = _swapped(plugins)
    plan = made.apply()
    assert plan.problems == ()
    released = [
        item.address
        for item in plan.changes
        for field in item.fields
        if field.field == "primary_ip4" and field.after is None
    ]
    assert released == ["virtual-machine:lab/qemu/100"]
    shown = {str(item.address): item.fields for item in merged(plan.changes) if item.kind == "virtual-machine"}
    assert [(field.before["name"], field.after["name"]) for field in shown["virtual-machine:lab/qemu/100"]] == [
        ("10.0.1.100/24", "10.0.1.101/24")
    ]
    assert made.plan().changes == ()
    for number, other in ((100, 101), (101, 100)):
        primary = made.find("virtual-machine", f"lab/qemu/{number}").fields["primary_ip4"]
        assert primary["id"] == made.find("ip-address", f"lab/qemu/{number}/net0/ip/10.0.1.{other}").id


def test_a_guest_that_let_go_and_no_more_gets_its_address_later() -> None:
    """An apply that dies in between leaves it without a primary address, which no user chose."""
    made = _swapped({})
    plan = made.plan()
    made.apply(plan.model_copy(update={"changes": plan.changes[:1]}))
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"] is None
    made.apply()
    assert made.plan().changes == ()
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == "10.0.1.101/24"


NAMES = {100: "vm-101", 101: "vm-100"}


@pytest.mark.parametrize("names", [NAMES, {100: "VM-101", 101: "vm-100"}], ids=["alike", "in another case"])
def test_swapped_names_are_given_up_first(names: dict[int, str]) -> None:
    """NetBox has no name twice, whatever its case: one guest is called by its key meanwhile, without a problem."""
    made = World(lab(vm(100), vm(101)), policy())
    made.settle()
    made = now(made, *(vm(number, name=name) for number, name in names.items()))
    plan = made.apply()
    assert plan.problems == ()
    steps = [(item.address, field.after) for item in plan.changes for field in item.fields]
    first = "virtual-machine:lab/qemu/100"
    assert steps == [
        (first, "lab/qemu/100"),
        ("virtual-machine:lab/qemu/101", "vm-100"),
        (f"{first}#links", names[100]),
    ]
    shown = {str(item.address): item.fields for item in merged(plan.changes)}
    assert [(field.before, field.after) for field in shown[first]] == [("vm-100", names[100])]
    assert made.plan().changes == ()
    assert {made.find("virtual-machine", f"lab/qemu/{number}").name for number in names} == set(names.values())


def test_three_names_that_go_round() -> None:
    """One of them has to be given up, whoever else waits for the one who has it."""
    made = World(lab(*(vm(number) for number in (100, 101, 102, 103))), policy())
    made.settle()
    taken = {100: "new", 101: "vm-102", 102: "vm-103", 103: "vm-101"}
    made = now(made, *(vm(number, name=name) for number, name in taken.items()))
    plan = made.apply()
    assert sum(field.after == item.key for item in plan.changes for field in item.fields) == 1
    assert made.plan().changes == ()
    found = {number: made.find("virtual-machine", f"lab/qemu/{number}").name for number in taken}
    assert found == taken


def test_a_guest_that_gave_its_name_up_and_no_more_gets_the_new_one_later() -> None:
    """An apply that dies in between leaves it with its key for a name."""
    made = World(lab(vm(100), vm(101)), policy())
    made.settle()
    made = now(made, *(vm(number, name=name) for number, name in NAMES.items()))
    plan = made.plan()
    made.apply(plan.model_copy(update={"changes": plan.changes[:1]}))
    assert made.find("virtual-machine", "lab/qemu/100").name == "lab/qemu/100"
    made.apply()
    assert made.plan().changes == ()
    assert made.find("virtual-machine", "lab/qemu/100").name == "vm-101"


def test_names_and_addresses_that_are_swapped_at_once() -> None:
    """Two guests that take each other's place altogether."""
    made = _swapped({}, names=NAMES)
    plan = made.apply()
    assert plan.problems == ()
    assert made.plan().changes == ()
    assert made.find("virtual-machine", "lab/qemu/100").name == "vm-101"
    assert made.find("virtual-machine", "lab/qemu/100").fields["primary_ip4"]["name"] == "10.0.1.101/24"


def test_what_nobody_knows_how_to_cut_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes that wait for each other, and all that needs them, are omitted rather than tried."""
    monkeypatch.setattr(graph, "break_one", lambda *_: ())
    made = _swapped({}, names=NAMES)
    plan = made.plan()
    assert plan.changes == ()
    assert {f"virtual-machine:lab/qemu/{number}" for number in NAMES} <= {
        item.address for item in plan.problems if item.code == "blocked"
    }


def _swapped(plugins: dict[str, str], names: dict[int, str] | None = None) -> World:
    """Return a world in which two guests have each other's address now."""
    inside = {number: (GuestInterface(name="eth0", mac=nic(number).mac),) for number in (100, 101)}
    names = names or {100: "vm-100", 101: "vm-101"}
    one, two = (vm(number, interfaces=inside[number]) for number in (100, 101))
    made = World(lab(one, two), policy(), plugins=plugins)
    made.settle()
    one, two = (
        vm(number, name=names[number], interfaces=inside[number], addresses=seen(number, f"10.0.1.{other}/24"))
        for number, other in ((100, 101), (101, 100))
    )
    return now(made, one, two)
