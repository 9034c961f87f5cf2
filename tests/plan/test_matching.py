"""Existing objects are adopted when they are surely the same, and never taken from anybody."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.key import Key
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.policy import ClusterPolicy, Rule
from proxbox_plan.model.problem import ProblemCode
from tests.plan.lab import container, incomplete, lab, nic, now, seen, silent, vm, world
from tests.plan.world import World, policy, summary


def codes(made: World) -> list[ProblemCode]:
    """Return the problem codes of the plan."""
    return [problem.code for problem in made.plan().problems]


def with_virtual_machine(name: str = "vm-100") -> World:
    """Return a world where a person documented the cluster and one virtual machine by hand."""
    made = World(lab(vm()), policy())
    site = made.add("site", "DC1", slug="dc1")
    cluster = made.add("cluster", "labcluster", scope=None, type=None)
    made.add("virtual-machine", name, cluster=made.ref("cluster", cluster.id), memory=5, status="active", tenant=None)
    assert site.id
    return made


def test_an_object_of_the_same_natural_key_is_adopted() -> None:
    """A virtual machine of that name in that cluster becomes ours, as a line of the plan."""
    made = with_virtual_machine()
    assert ("adopt", "virtual-machine:lab/qemu/100", "matched-existing-object") in summary(made.plan())
    made.settle()
    assert made.find("virtual-machine", "lab/qemu/100").fields["memory"] == 2048


def test_an_object_of_another_name_is_not() -> None:
    """Nothing is matched by guess."""
    assert ("create", "virtual-machine:lab/qemu/100", "new-in-proxmox") in summary(with_virtual_machine("web").plan())


def test_several_matches_are_a_problem_that_names_them() -> None:
    """Two candidates: neither is touched."""
    made = with_virtual_machine()
    cluster = next(iter(made.rows["cluster"]))
    made.add("virtual-machine", "VM-100", cluster=made.ref("cluster", cluster))
    assert codes(made) == [ProblemCode.AMBIGUOUS_MATCH, ProblemCode.BLOCKED]
    assert not any("qemu/100" in change.address for change in made.plan().changes)


def test_an_address_of_another_object_is_never_taken() -> None:
    """Trap 8: an address that NetBox has elsewhere is reported with both owners, and the plan goes on without it."""
    made = World(lab(vm(), container()), policy())
    owner = {"kind": "interface", "id": 77, "name": "router eth0"}
    made.add("ip-address", "10.0.1.100/24", assigned_object=owner, vrf=None)
    plan = made.plan()
    assert [problem.code for problem in plan.problems] == [ProblemCode.ADDRESS_CONFLICT]
    assert "vm-100 net0" in plan.problems[0].message
    assert "router eth0" in plan.problems[0].message
    assert ("create", "virtual-machine:lab/qemu/100", "new-in-proxmox") in summary(plan)
    assert not any(change.address.endswith("10.0.1.100") for change in plan.changes)


def test_a_free_address_is_adopted() -> None:
    """An address that is documented but on nothing is assigned."""
    made = World(lab(vm()), policy())
    made.add("ip-address", "10.0.1.100/24", assigned_object=None, vrf=None, status="reserved")
    assert ("adopt", "ip-address:lab/qemu/100/net0/ip/10.0.1.100", "matched-existing-object") in summary(made.plan())


def test_an_adopted_address_is_primary_once_it_is_assigned() -> None:
    """NetBox refuses a primary address of a machine that it is not assigned to yet."""
    made = World(lab(vm()), policy())
    made.add("ip-address", "10.0.1.100/24", assigned_object=None, vrf=None, status="reserved")
    changes = {str(change.address): change for change in made.plan().changes}
    primary = changes["virtual-machine:lab/qemu/100#links"]
    assert "ip-address:lab/qemu/100/net0/ip/10.0.1.100" in primary.depends_on


def test_the_same_address_in_another_vrf_is_another_address() -> None:
    """Trap 8: a VRF keeps addresses apart."""
    made = World(lab(vm()), policy())
    vrf = made.add("vrf", "customer")
    owner = {"kind": "interface", "id": 77, "name": "router eth0"}
    made.add("ip-address", "10.0.1.100/24", assigned_object=owner, vrf=made.ref("vrf", vrf.id))
    assert codes(made) == []


def test_an_address_on_two_guests_is_a_problem() -> None:
    """Trap 8: VRRP: who has it keeps it, the other one is reported."""
    made = world(vm(100), vm(101))
    both = now(made, vm(100), vm(101, addresses=seen(101, "10.0.1.101/24", "10.0.1.100/24")))
    plan = both.plan()
    assert plan.changes == ()
    assert [problem.address for problem in plan.problems] == ["ip-address:lab/qemu/101/net0/ip/10.0.1.100"]


def test_an_address_on_two_new_guests_goes_to_one() -> None:
    """Trap 8: of two guests that NetBox does not know yet the first gets it, the other one is reported."""
    made = World(lab(vm(100), vm(101, addresses=seen(101, "10.0.1.100/24"))), policy())
    assert [problem.address for problem in made.plan().problems] == ["ip-address:lab/qemu/101/net0/ip/10.0.1.100"]
    made.settle()


def test_an_address_that_moves_between_guests_is_freed_first() -> None:
    """The old guest's address is deleted before the new guest's is created: the key and the address are free then."""
    made = world(vm(100), vm(101))
    made = now(
        made,
        vm(100, addresses=seen(100, "10.0.1.9/24")),
        vm(101, addresses=seen(101, "10.0.1.101/24", "10.0.1.100/24")),
    )
    made.settle()


def test_an_address_that_may_still_be_on_the_old_guest_waits() -> None:
    """While the old guest cannot be seen, its address is not given to another one."""
    made = world(vm(100), vm(101))
    made = now(made, silent(vm(100)), vm(101, addresses=seen(101, "10.0.1.101/24", "10.0.1.100/24")))
    plan = made.plan()
    assert plan.changes == ()
    assert [problem.code for problem in plan.problems] == [ProblemCode.ADDRESS_CONFLICT]


def test_two_clusters_with_the_same_vmids_nodes_and_names() -> None:
    """Trap 5: nothing is matched across clusters."""
    first = lab(vm()).clusters[0]
    second = first.model_copy(update={"name": "other", "proxmox_name": "labcluster"})
    sites = (ClusterPolicy(name="lab", site="DC1"), ClusterPolicy(name="other", site="DC2", vrf="other"))
    made = World(lab().model_copy(update={"clusters": (first, second)}), policy(*sites))
    made.add("vrf", "other")
    made.settle()
    assert made.keys("virtual-machine") == {"lab/qemu/100", "other/qemu/100"}
    made.state = made.state.model_copy(update={"clusters": (first,)})
    assert made.plan().changes == ()


def test_a_cluster_of_another_site_is_not_adopted() -> None:
    """Trap 5: it only has the same name; one without a site is the one that is meant."""
    made = World(lab(vm()), policy())
    elsewhere = made.add("site", "DC9", slug="dc9")
    made.add("cluster", "labcluster", scope=made.ref("site", elsewhere.id), type=None)
    assert ("create", "cluster:lab/cluster", "new-in-proxmox") in summary(made.plan())


def test_a_missing_tenant_is_left_out_and_nothing_else() -> None:
    """A name the configuration gives and NetBox lacks is a problem with a hint; all the rest is planned."""
    made = World(lab(vm(), container()), policy(ClusterPolicy(name="lab", site="DC1", tenant="Acme")))
    plan = made.apply()
    assert codes(made) == ["reference-missing"]
    assert not [item for change in plan.changes for item in change.fields if item.field == "tenant"]
    assert made.keys("virtual-machine") == {"lab/qemu/100", "lab/lxc/200"}
    made.add("tenant", "Acme", slug="acme")
    assert {item.field for change in made.plan().changes for item in change.fields} == {"tenant"}
    made.settle()


def test_support_objects_are_found_by_name_or_slug_and_never_overwritten() -> None:
    """A role that a person renamed is used as it is."""
    made = World(lab(vm()), policy())
    role = made.add("device-role", "Hypervisor", slug="proxmox-node", color="ffffff")
    made.settle()
    assert made.find("device", "lab/node/pve1").fields["role"]["id"] == role.id
    assert made.rows["device-role"][role.id].fields["color"] == "ffffff"


def test_incomplete_guests_keep_their_names_reserved() -> None:
    """The name NetBox has for a guest that cannot be seen is not given to another one."""
    made = world(vm(100, name="web"), vm(101, name="db"))
    hidden = vm(100).model_copy(
        update={
            "name": None,
            "status": "unknown",
            "coverage": silent(vm()).coverage.model_copy(update={"row": incomplete(), "config": incomplete()}),
        }
    )
    made = now(made, hidden, vm(101, name="db"), vm(102, name="web"))
    made.settle()
    assert made.find("virtual-machine", "lab/qemu/102").name == "web (102)"


def test_an_interface_that_holds_a_foreign_address_is_not_deleted() -> None:
    """NetBox deletes the addresses of a deleted interface: while another user's is on it, it stays."""
    made = world(vm(nics=(nic(100), nic(100, 1))))
    row = made.find("vm-interface", "lab/qemu/100/net1")
    assigned = {"kind": "vm-interface", "id": row.id, "name": "vm-100 net1"}
    made.add("ip-address", "192.0.2.1/32", assigned_object=assigned, vrf=None)
    plan = now(made, vm()).plan()
    assert plan.changes == ()
    assert [problem.code for problem in plan.problems] == [ProblemCode.HOLDS_OTHERS]
    assert "192.0.2.1/32" in plan.problems[0].message


def test_a_virtual_machine_that_holds_a_foreign_disk_is_not_deleted() -> None:
    """With on_missing: delete the virtual machine goes, unless something of other people hangs off it."""
    made = world(vm(), container(), on_missing={"virtual-machine": OnMissing.DELETE})
    row = made.find("virtual-machine", "lab/qemu/100")
    gone = now(made, container())
    assert ("delete", "virtual-machine:lab/qemu/100", "gone-from-proxmox") in summary(gone.plan())
    made.add("virtual-disk", "data", virtual_machine=made.ref("virtual-machine", row.id))
    assert not any(change.kind == "virtual-machine" for change in gone.plan().changes)


def made_by_proxbox_api(**marks: Any) -> World:
    """Return a world whose virtual machine proxbox-api made under another name, and a person renamed."""
    made = World(lab(vm()), policy())
    cluster = made.add("cluster", "labcluster", scope=None, type=None)
    row = made.add("virtual-machine", "renamed", cluster=made.ref("cluster", cluster.id), memory=5, status="active")
    made.rows["virtual-machine"][row.id] = row.model_copy(update=marks)
    return made


def test_old_custom_fields_of_proxbox_api_are_recognised() -> None:
    """The virtual machine it made is adopted whatever it is called now."""
    plan = made_by_proxbox_api(legacy={"vmid": 100, "type": "qemu"}).plan()
    assert ("adopt", "virtual-machine:lab/qemu/100", "matched-existing-object") in summary(plan)


def test_sidecars_of_proxbox_api_are_recognised() -> None:
    """So is one that its plugin remembers in a table of its own."""
    made = made_by_proxbox_api()
    number = next(iter(made.rows["virtual-machine"]))
    made.add(
        "proxbox-vm-state",
        "100",
        virtual_machine=made.ref("virtual-machine", number),
        proxmox_vm_id=100,
        proxmox_vm_type="qemu",
    )
    assert ("adopt", "virtual-machine:lab/qemu/100", "matched-existing-object") in summary(made.plan())


def test_what_carries_a_key_that_is_not_proven_ours_is_not() -> None:
    """Its old marks say one guest, its key another one: it is left alone, and the problem says so."""
    plan = made_by_proxbox_api(legacy={"vmid": 100, "type": "qemu"}, key=Key("lab/qemu/555")).plan()
    assert ("create", "virtual-machine:lab/qemu/100", "new-in-proxmox") in summary(plan)
    assert ProblemCode.COPIED_KEY in {problem.code for problem in plan.problems}


def test_marks_of_another_guest_type_are_not() -> None:
    """A container of that vmid is another guest."""
    plan = made_by_proxbox_api(legacy={"vmid": 100, "type": "lxc"}).plan()
    assert ("create", "virtual-machine:lab/qemu/100", "new-in-proxmox") in summary(plan)


def test_a_missing_site_names_the_setting_that_creates_it() -> None:
    """Sites are only made where the configuration says so."""
    plan = World(lab(vm()), policy().model_copy(update={"create_sites": False})).plan()
    (missing,) = (problem for problem in plan.problems if problem.code is ProblemCode.REFERENCE_MISSING)
    assert missing.message == "NetBox has no site 'DC1', which the configuration names"
    assert "mapping.create_sites: true" in missing.hint


def test_a_virtual_machine_type_of_another_case() -> None:
    """NetBox has each name of these once, whatever its case: it is found, and the guests have it."""
    rule = Rule.model_validate({"set": {"vm_type": "Appliance"}})
    made = World(lab(vm()), policy(rules=(rule,)))
    theirs = made.add("virtual-machine-type", "APPLIANCE", slug="theirs")
    plan = made.apply()
    assert [change.address for change in plan.changes if change.kind == "virtual-machine-type"] == []
    assert made.find("virtual-machine", "lab/qemu/100").fields["virtual_machine_type"]["id"] == theirs.id
    assert made.plan().changes == ()


@pytest.mark.parametrize("kind", ["vrf", "tenant"])
def test_several_of_what_the_configuration_names_are_not_missing(kind: str) -> None:
    """The problem is that there are two; nothing says that NetBox has none."""
    made = World(lab(vm()), policy(ClusterPolicy(name="lab", site="DC1", **{kind: "red"})))  # type: ignore[arg-type] # a name
    for number in (1, 2):
        made.add(kind, "red", slug=f"red-{number}")
    assert ProblemCode.AMBIGUOUS_MATCH in codes(made)
    assert ProblemCode.REFERENCE_MISSING not in codes(made)
