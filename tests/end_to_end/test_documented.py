"""A NetBox that people documented for years: a first sync ends in one round, and everything of theirs stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from proxbox_plan.model.plan import Action, Change, Plan
from proxbox_plan.model.problem import ProblemCode
from testbed.bed.organization import MACS, NODES, Organization, fill
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage
from tests.recordings import CLUSTER_9, recording
from tests.testbed_command import run_testbed

Rows = dict[tuple[str, int], dict[str, Any]]

pytestmark = pytest.mark.slow

# What NetBox works out of other objects.
COMPUTED = {"last_updated", "tagged_items", "utilization", "primary_ip", "nat_outside", "bridge_interfaces"}


def everything(organization: Organization) -> Rows:
    """Return every object that people made, as NetBox shows it."""
    return {(path, row["id"]): row for path in organization.made for row in organization.all(path)}


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return an object without what NetBox works out, and without what is only ours."""
    kept = {name: value for name, value in row.items() if not (name in COMPUTED or "count" in name or "alloc" in name)}
    if "custom_fields" in kept:
        kept["custom_fields"] = {
            name: value for name, value in kept["custom_fields"].items() if not name.startswith("proxbox_")
        }
    return {name: reference(value) for name, value in kept.items()}


def reference(value: Any) -> Any:
    """Return a nested object by its id: what else it shows is its own."""
    if isinstance(value, list):
        return [reference(item) for item in value]
    if not isinstance(value, dict):
        return value
    return value["id"] if "url" in value else {name: reference(item) for name, item in value.items()}


def changed(before: Rows, after: Rows) -> dict[tuple[str, int], set[str]]:
    """Return the fields of people's objects that are not as they were; nothing of theirs may be gone."""
    assert before.keys() <= after.keys()
    pairs = {place: (plain(row), plain(after[place])) for place, row in before.items()}
    found = {place: {name for name in one if one[name] != other.get(name)} for place, (one, other) in pairs.items()}
    return {place: names for place, names in found.items() if names}


def written(plan: Plan, path: str, number: int) -> set[str]:
    """Return the fields that the plan says it writes to an object."""
    names: dict[str, str] = {
        "dcim/devices": "device",
        "dcim/interfaces": "interface",
        "ipam/ip-addresses": "ip-address",
        "ipam/vlans": "vlan",
        "ipam/vlan-groups": "vlan-group",
        "virtualization/clusters": "cluster",
        "virtualization/interfaces": "vm-interface",
        "virtualization/virtual-machines": "virtual-machine",
        "dcim/mac-addresses": "mac-address",
    }
    own = (change for change in plan.changes if (change.kind, change.target_id) == (names.get(path), number))
    return {f"{item.field}{end}" for change in own for item in change.fields for end in ("", "_type", "_id")}


def change_of(plan: Plan, address: str) -> Change:
    """Return the change with an address."""
    return next(change for change in plan.changes if change.address == address)


def start(set_up: SetUp) -> tuple[Stage, Organization]:
    """Fill NetBox, and configure the cluster as these people would."""
    stage = set_up(recording(CLUSTER_9))
    organization = fill(Organization(stage.netbox_url, stage.netbox_token))
    stage.configure(
        cluster="    netbox_name: labcluster\n    vlan_group: Campus\n    device_type: Server\n    manufacturer: Acme"
    )
    return stage, organization


@pytest.fixture(autouse=True)
def _emptied_afterwards(request: pytest.FixtureRequest) -> Iterator[None]:
    """What is required here would be in the way of other tests on the real NetBox."""
    yield
    if "[real]" in request.node.name:
        run_testbed("reset")


@on_each_version
def test_a_first_sync_of_a_documented_netbox(set_up: SetUp) -> None:
    """One plan, one apply; what NetBox would refuse was a problem in that plan; the second plan holds nothing."""
    stage, organization = start(set_up)
    before = everything(organization)
    assert len(before) > 1500
    plan = stage.plan()
    said = stage.run("apply", "plan.json")
    assert said.code == 0, said
    again = stage.plan()
    assert again.changes == ()
    assert again.problems == plan.problems

    differing = changed(before, everything(organization))
    beside = {place: names - written(plan, *place) for place, names in differing.items()}
    assert {place: names for place, names in beside.items() if names} == {}
    check_adopted(plan)
    check_problems(plan)


def check_adopted(plan: Plan) -> None:
    """Nodes in another case, their ports, machines and their `eth0`, and reserved addresses are taken over."""
    actions = {str(change.address): change.action for change in plan.changes}
    for node in NODES:
        assert actions[f"device:lab/node/{node.lower()}"] is Action.ADOPT
    port = change_of(plan, "interface:lab/node/pve1/net/nic0")
    assert (port.action, {item.field for item in port.fields} & {"type", "mtu", "description"}) == (Action.ADOPT, set())
    machines = {"web-01": "qemu/100", "vm-109": "qemu/109", "ct-203": "lxc/203"}
    assert machines.keys() == MACS.keys()
    for key in machines.values():
        adopted = change_of(plan, f"virtual-machine:lab/{key}")
        assert adopted.action is Action.ADOPT
        assert {item.field for item in adopted.fields}.isdisjoint({"role", "comments", "description", "name"})
        nic = change_of(plan, f"vm-interface:lab/{key}/net0")
        assert (nic.action, nic.name.rpartition(" ")[2]) == (Action.ADOPT, "eth0")
    assert actions["ip-address:lab/qemu/109/net0/ip/10.0.1.109"] is Action.ADOPT
    assert actions["ip-address:lab/node/pve1/net/vmbr0/ip/10.0.0.11"] is Action.ADOPT


def check_problems(plan: Plan) -> None:
    """Each names what is in the way, once for each cause."""
    found = Counter(problem.code for problem in plan.problems)
    assert found[ProblemCode.ADDRESS_CONFLICT] == 1
    assert found[ProblemCode.AMBIGUOUS_MATCH] == 1
    about = {str(problem.address) for problem in plan.problems if problem.code is ProblemCode.NOT_ALLOWED}
    populated = {f"ip-address:lab/qemu/{vmid}/net0/ip/10.0.1.{vmid}" for vmid in (106, 107)}
    if plan.binding.netbox_version.startswith("4.2."):  # which has no such mark
        populated = set()
    assert about == {"tag:prod", "vlan-group:campus", "vlan:campus/20", "custom-field:cost_center"} | populated
    assert found[ProblemCode.BLOCKED] == 0
