"""The replayer says nothing the real API would not say: its fields and types are compared with the recordings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.cluster.administered import AUDITOR
from proxbox_plan.demo.cluster.answers import DescriptionAnswers
from proxbox_plan.demo.cluster.recording import Recording
from tests.recordings import CLUSTER_9, READABLE, recording

Shape = dict[str, set[str]]
# Real fields that happen to be in no recording, with their type in the API's schema.
INTERFACE = {
    **{key: {"str"} for key in ("iface", "method", "method6", "type", "mtu")},
    **{key: {"int"} for key in ("active", "autostart", "ovs_tag", "priority")},
    **{key: {"str"} for key in ("bond_mode", "ovs_bonds", "ovs_bridge", "ovs_options", "ovs_ports")},
    "families": {"list"},
    "options": {"list"},
}
UNRECORDED = {
    **{f"network:{kind}": INTERFACE for kind in ("OVSBridge", "OVSBond", "OVSIntPort", "eth")},
    "node config": {"location": {"str"}},
    "rule": {
        **{key: {"int"} for key in ("pos", "enable")},
        **{key: {"str"} for key in ("type", "action", "proto", "icmp-type", "digest")},
    },
    "ip set entry": {"nomatch": {"int"}, "comment": {"str"}},
    "group": {"group": {"str"}, "digest": {"str"}},
    "firewall options": {
        **{key: {"str"} for key in ("policy_in", "policy_out", "log_ratelimit", "log_level_in")},
        **{key: {"int"} for key in ("enable", "macfilter")},
    },
    "zone": {
        **{key: {"str"} for key in ("controller", "rt-import", "peers", "nodes")},
        **{key: {"int"} for key in ("mtu", "vrf-vxlan")},
    },
    "controller": {**{key: {"str"} for key in ("controller", "type", "peers", "digest")}, "asn": {"int"}},
    "resources:qemu": {"lock": {"str"}},
    "resources:lxc": {"pool": {"str"}, "lock": {"str"}, "tags": {"str"}},
    "network:vlan": {"active": {"int"}, "mtu": {"str"}},
    "network:bond": {"active": {"int"}},
    "config:qemu": {"cipassword": {"str"}, "args": {"str"}, "lock": {"str"}, "sataN": {"str"}},
    "config:lxc": {"lock": {"str"}, "template": {"int"}},
    "storage": {"krbd": {"int"}, "namespace": {"str"}},
    "content": {"verification": {"dict"}},
    "replication state": {"error": {"str"}},
    "tasks": {
        **{key: {"int"} for key in ("endtime", "pid", "pstart", "starttime")},
        **{key: {"str"} for key in ("id", "node", "status", "tokenid", "type", "upid", "user")},
    },
    "status:boot-info": {"secureboot": {"int"}},
    "node's qemu": {"lock": {"str"}},
    "node's lxc": {"lock": {"str"}, "template": {"int"}},
    "join": {**{key: {"str"} for key in ("config_digest", "preferred_node")}, "nodelist": {"list"}, "totem": {"dict"}},
}
LISTS = (
    ("/storage", "storage"),
    ("/nodes", "nodes"),
    ("/access/acl", "acl"),
    ("/cluster/replication", "replication"),
    ("/cluster/backup", "backup job"),
    ("/cluster/ha/status/current", "ha"),
    ("/cluster/qemu/custom-cpu-models", "cpu model"),
    ("/cluster/firewall/rules", "rule"),
    ("/cluster/firewall/aliases", "alias"),
    ("/cluster/firewall/ipset", "ip set"),
    ("/cluster/firewall/ipset/mgmt", "ip set entry"),
    ("/cluster/firewall/groups", "group"),
    ("/cluster/sdn/zones", "zone"),
    ("/cluster/sdn/vnets", "vnet"),
    ("/cluster/sdn/controllers", "controller"),
    ("/cluster/sdn/vnets/vnet1/subnets", "subnet"),
)
NODE_LISTS = (
    ("/nodes/{node}/replication", "replication state"),
    ("/nodes/{node}/qemu", "node's qemu"),
    ("/nodes/{node}/lxc", "node's lxc"),
    ("/nodes/{node}/tasks?source=archive", "tasks"),
    *(
        (f"/nodes/{{node}}/storage/{name}/content?content=backup", "content")
        for name in ("local", "shared", "nas", "pbs")
    ),
)
PATHS = (
    ("/nodes/{node}/{type}/{vmid}/snapshot", "snapshot:{type}"),
    ("/nodes/{node}/{type}/{vmid}/config?current=1", "config"),
    ("/nodes/{node}/{type}/{vmid}/agent/network-get-interfaces", "agent"),
    ("/nodes/{node}/{type}/{vmid}/interfaces", "interfaces"),
)


def shapes_of(source: Any, guests: list[dict[str, Any]], nodes: list[str]) -> dict[str, Shape]:
    """Return the fields and their types of everything the collector asks for."""
    shapes: dict[str, Shape] = {}
    for label, row in _rows(source, guests, nodes):
        shape = shapes.setdefault(label, {})
        for key, value in row.items():
            name = re.sub(r"\d+$", "N", key) if label.startswith("config") else key
            shape.setdefault(name, set()).add(_type(value))
    return shapes


def _type(value: object) -> str:
    return "number" if isinstance(value, float) else type(value).__name__


def _rows(source: Any, guests: list[dict[str, Any]], nodes: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "version", _get(source, "/version")
    for path, label in (("/cluster/status", "members"), ("/cluster/resources", "resources")):
        for row in _get(source, path):
            yield f"{label}:{row['type']}", row
    for path, label in LISTS:
        for row in _get(source, path) or []:
            yield label, row
    yield "firewall options", _get(source, "/cluster/firewall/options")
    yield "options", _get(source, "/cluster/options") or {}
    yield "join", _get(source, "/cluster/config/join") or {}
    for storage in ("local", "local-lvm"):
        yield "storage", _get(source, f"/storage/{storage}") or {}
    yield "fabrics", _get(source, "/cluster/sdn/fabrics/all") or {}
    for node in nodes:
        yield from _node_rows(source, node)
    for guest in guests:
        yield from _guest_rows(source, guest)


def _node_rows(source: Any, node: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern, label in NODE_LISTS:
        for row in _get(source, pattern.format(node=node)) or []:
            yield label, row
    yield "node config", _get(source, f"/nodes/{node}/config") or {}
    status = _get(source, f"/nodes/{node}/status") or {}
    yield "status", status
    for part in ("cpuinfo", "memory", "boot-info", "current-kernel"):
        yield f"status:{part}", status.get(part, {})
    for row in _get(source, f"/nodes/{node}/network") or []:
        yield f"network:{row['type']}", row


def _guest_rows(source: Any, guest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern, label in PATHS:
        data = _get(source, pattern.format(**guest))
        if label.startswith("snapshot"):
            for row in data or []:
                yield label.format(**guest), row
            continue
        if label == "config" and data:
            yield f"config:{guest['type']}", data
            continue
        for interface in (data["result"] if label == "agent" and data else data) or []:
            yield label, interface
            for address in interface["ip-addresses"]:
                yield f"{label}:address", address


def _get(source: Any, path: str) -> Any:
    bare, _, query = path.partition("?")
    answer = source.answer(bare, dict([query.split("=")]) if query else {})
    return answer.body["data"] if answer.status == 200 else None


def _recorded_shapes() -> dict[str, Shape]:
    """Return the union over all recordings."""
    union: dict[str, Shape] = {}
    for name in READABLE:
        source: Recording = recording(name)
        rows = source.data("/cluster/resources")
        guests = [row for row in rows if row["type"] in {"qemu", "lxc"}]
        nodes = [row["node"] for row in rows if row["type"] == "node"]
        for label, shape in shapes_of(source, guests, nodes).items():
            for key, types in shape.items():
                union.setdefault(label, {}).setdefault(key, set()).update(types)
    return union


@pytest.fixture(scope="module")
def described() -> ClusterDescription:
    """Return a cluster with one of everything: an offline node, a lock, HA."""
    description = ClusterDescription.seeded(3, guests=150, nodes=4, features="all")
    description.take_node_offline("pve4")
    first = next(guest for guest in description.guests.values() if guest.type == "qemu")
    description.change(first.vmid, hastate="started")
    description.privileges = (*description.privileges, "Datastore.Allocate")
    return description


@pytest.fixture(scope="module")
def made_up(described: ClusterDescription) -> dict[str, Shape]:
    """Return the shapes of the replayer's answers."""
    guests = [{"node": g.node, "type": g.type, "vmid": g.vmid} for g in described.guests.values()]
    return shapes_of(DescriptionAnswers(described), guests, list(described.nodes))


def test_every_made_up_field_exists_in_the_recordings_with_that_type(made_up: dict[str, Shape]) -> None:
    """A field that Proxmox does not have, or not with this type, must not appear."""
    recorded = _recorded_shapes()
    fiction = []
    for label, shape in made_up.items():
        for key, types in shape.items():
            known = recorded.get(label, {}).get(key, set()) | UNRECORDED.get(label, {}).get(key, set())
            # A whole number is a legal spelling of a number.
            known = known | {"int", "number"} if "number" in known or key == "cpu" else known
            if not types <= known:
                fiction.append(f"{label}.{key}: {sorted(types)} is not among {sorted(known)}")
    assert fiction == []


@pytest.mark.parametrize("label", ["resources:qemu", "resources:lxc", "resources:node", "nodes", "members:node"])
def test_no_recorded_field_of_the_lists_is_missing(made_up: dict[str, Shape], label: str) -> None:
    """The rows of the lists are whole: whatever the real rows have, ours have too."""
    assert set(_recorded_shapes()[label]) - set(made_up[label]) <= {"hastate"}


def test_rows_of_an_offline_node_are_as_bare_as_the_real_ones(described: ClusterDescription) -> None:
    """The real row of a guest on a dead node has five fields (and its pool)."""
    real = next(row for row in recording(CLUSTER_9).data("/cluster/resources") if row["id"] == "qemu/105")
    rows = DescriptionAnswers(described).answer("/cluster/resources", {"type": "vm"}).body["data"]
    bare = [row for row in rows if row["node"] == "pve4"]
    assert bare
    assert {frozenset(row) - {"pool", "lock", "hastate"} for row in bare} == {frozenset(real)}


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/nodes/pve1/qemu/999/config", 500, "Configuration file 'nodes/pve1/qemu-server/999.conf' does not exist"),
        ("/nodes/pve4/status", 595, "Connection refused"),
        ("/storage/nowhere", 500, "storage 'nowhere' does not exist"),
        ("/cluster/nowhere", 501, "Method 'GET /cluster/nowhere' not implemented"),
    ],
)
def test_refusals_use_the_words_of_the_real_api(
    described: ClusterDescription, path: str, status: int, reason: str
) -> None:
    """Status and reason phrase are the real ones."""
    answer = DescriptionAnswers(described).answer(path, {})
    assert (answer.status, answer.reason) == (status, reason)


def test_an_agent_that_cannot_answer_refuses_in_the_recorded_words(described: ClusterDescription) -> None:
    """A stopped VM, and the recorded stopped VM, refuse alike."""
    stopped = next(guest for guest in described.guests.values() if guest.type == "qemu" and not guest.running)
    described.migrate(stopped.vmid, "pve1")
    path = f"/nodes/pve1/qemu/{stopped.vmid}/agent/network-get-interfaces"
    ours = DescriptionAnswers(described).answer(path, {})
    real = recording(CLUSTER_9).answer("/nodes/pve2/qemu/101/agent/network-get-interfaces", {})
    assert ours.status == real.status
    assert ours.reason.replace(str(stopped.vmid), "101") == real.reason
    assert set(ours.body) == set(real.body)


def test_an_auditor_may_not_read_one_storage(described: ClusterDescription) -> None:
    """It is refused in the recorded words."""
    auditor = described.copy()
    auditor.privileges = AUDITOR
    ours = DescriptionAnswers(auditor).answer("/storage/local", {})
    real = recording(CLUSTER_9).answer("/storage/local", {})
    assert (ours.status, ours.reason, ours.body) == (real.status, real.reason, real.body)
