"""A first synchronisation: everything is there with the right fields, and a second plan is empty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.plan import Plan
from tests.end_to_end import expected
from tests.end_to_end.conftest import SetUp, Source
from tests.end_to_end.stage import Stage
from tests.end_to_end.sums import check_sums
from tests.netbox_api import version_of
from tests.recordings import CLUSTER_8, CLUSTER_9, CLUSTER_9_ROOT, STANDALONE, recording

SOURCES: dict[str, Callable[[], Source]] = {
    "recorded 9.2 cluster, all rights": lambda: recording(CLUSTER_9_ROOT),
    "recorded 9.2 cluster, auditor": lambda: recording(CLUSTER_9),
    "recorded 8.4 cluster": lambda: recording(CLUSTER_8),
    "recorded standalone node": lambda: recording(STANDALONE),
    "seeded cluster of 200 guests": lambda: ClusterDescription.seeded(2026, guests=200, nodes=5, name="labcluster"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_a_first_sync(set_up: SetUp, name: str) -> None:
    """Collected through HTTPS, planned, applied without an error; NetBox says what Proxmox says, field by field."""
    source = SOURCES[name]()
    stage = set_up(source)
    stage.configure(cluster="    netbox_name: labcluster")
    plan = stage.plan()
    assert not plan.limits
    stage.apply()
    compare(stage, plan, expected.Source(source))
    assert stage.plan().changes == ()


def compare(stage: Stage, plan: Plan, source: expected.Source) -> None:
    """Read every object back and compare it with the raw answers."""
    conflicts = {problem.address.partition(":")[2] for problem in plan.problems}
    assert machines(stage) == {key: there(facts, plan) for key, facts in expected.machines(source).items()}
    assert interfaces(stage) == expected.interfaces(source)
    assert disks(stage) == expected.disks(source)
    assert devices(stage) == expected.devices(source)
    assert node_interfaces(stage) == expected.node_interfaces(source)
    wanted = {key: address for key, address in expected.addresses(source).items() if key not in conflicts}
    assert addresses(stage) == wanted
    primaries(stage)
    check_sums(stage)


def there(facts: Mapping[str, Any], plan: Plan) -> dict[str, Any]:
    """Return what a NetBox has of facts."""
    fields = {field.name: field for field in KINDS["virtual-machine"].fields}
    version = version_of(plan.binding.netbox_version)
    return {name: value for name, value in facts.items() if name not in fields or fields[name].since <= version}


def ours(stage: Stage, path: str) -> dict[str, dict[str, Any]]:
    """Return our rows by key."""
    rows = stage.netbox(path)
    return {row["custom_fields"]["proxbox_key"]: row for row in rows if row["custom_fields"]["proxbox_key"]}


def value(row: dict[str, Any], field: str, part: str = "value") -> Any:
    """Return a part of a nested field, null when there is none."""
    return row[field][part] if row[field] else None


def machines(stage: Stage) -> expected.Facts:
    """Virtual machines as NetBox has them."""
    return {
        key: {
            "name": row["name"],
            "status": value(row, "status"),
            "device": value(row, "device", "name"),
            "memory": row["memory"],
            "vcpus": row["vcpus"],
            **({"start_on_boot": value(row, "start_on_boot")} if "start_on_boot" in row else {}),
            "comments": row["comments"],
            "platform": value(row, "platform", "slug"),
            "tags": sorted(tag["slug"] for tag in row["tags"]),
            "cluster": value(row, "cluster", "name"),
            "role": value(row, "role", "slug"),
        }
        for key, row in ours(stage, "virtualization/virtual-machines").items()
    }


def interfaces(stage: Stage) -> expected.Facts:
    """VM interfaces as NetBox has them."""
    return {
        key: {
            "name": row["name"],
            "mac_address": row["mac_address"],
            "enabled": row["enabled"],
            "mtu": row["mtu"],
            "mode": value(row, "mode"),
            "untagged_vlan": value(row, "untagged_vlan", "vid"),
            "tagged_vlans": sorted(vlan["vid"] for vlan in row["tagged_vlans"]),
        }
        for key, row in ours(stage, "virtualization/interfaces").items()
    }


def disks(stage: Stage) -> expected.Facts:
    """Virtual disks as NetBox has them."""
    rows = ours(stage, "virtualization/virtual-disks")
    return {key: {"name": row["name"], "size": row["size"]} for key, row in rows.items()}


def devices(stage: Stage) -> expected.Facts:
    """Devices as NetBox has them."""
    return {
        key: {"name": row["name"], "status": value(row, "status"), "cluster": value(row, "cluster", "name")}
        for key, row in ours(stage, "dcim/devices").items()
    }


def node_interfaces(stage: Stage) -> expected.Facts:
    """Node interfaces as NetBox has them."""
    return {
        key: {
            "name": row["name"],
            "type": value(row, "type"),
            "enabled": row["enabled"],
            "bridge": value(row, "bridge", "name"),
            "lag": value(row, "lag", "name"),
            "parent": value(row, "parent", "name"),
            "untagged_vlan": value(row, "untagged_vlan", "vid"),
            "description": row["description"],
        }
        for key, row in ours(stage, "dcim/interfaces").items()
    }


def addresses(stage: Stage) -> dict[str, str]:
    """Addresses as NetBox has them; each on the interface its key says."""
    rows = ours(stage, "ipam/ip-addresses")
    for key, row in rows.items():
        parent = row["assigned_object"]
        owner = parent.get("virtual_machine") or parent.get("device")
        assert parent["name"] in key or "/net" in key
        assert owner["name"]
    return {key: row["address"] for key, row in rows.items()}


def primaries(stage: Stage) -> None:
    """Whatever has addresses of a family has one of its own as primary."""
    held: dict[str, set[int]] = {}
    for key, row in ours(stage, "ipam/ip-addresses").items():
        held.setdefault("/".join(key.split("/")[:3]), set()).add(row["id"])
    for path in ("virtualization/virtual-machines", "dcim/devices"):
        for key, row in ours(stage, path).items():
            chosen = {row[name]["id"] for name in ("primary_ip4", "primary_ip6") if row[name]}
            assert chosen <= held.get(key, set())
            assert bool(chosen) == bool(held.get(key))


@pytest.mark.slow
def test_collecting_again_gives_the_same_bytes(set_up: SetUp) -> None:
    """The same cluster, the same file."""
    stage = set_up(SOURCES["seeded cluster of 200 guests"]())
    stage.good("collect")
    first = (stage.folder / "state.json").read_bytes()
    stage.good("collect")
    assert (stage.folder / "state.json").read_bytes() == first


@pytest.mark.slow
def test_two_clusters_that_share_everything(set_up: SetUp) -> None:
    """Trap 5: the same vmids, node names, MACs, addresses and cluster name: two sites and a VRF keep them apart."""
    stage = set_up(recording(CLUSTER_9_ROOT))
    stage.ask("POST", "ipam/vrfs/", {"name": "other"})
    with ClusterServer(recording(CLUSTER_9_ROOT)) as second:
        stage.configure_two(second, "    vrf: other")
        plan = stage.settle()
    assert not plan.problems
    keys = set(ours(stage, "virtualization/virtual-machines"))
    assert {key.partition("/")[2] for key in keys if key.startswith("lab/")} == {
        key.partition("/")[2] for key in keys if key.startswith("other/")
    }
    stage.configure()
    assert stage.plan().changes == ()
