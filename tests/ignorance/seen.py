"""What a token with certain rights is answered: what it may not see is refused, filtered or omitted.

Follows the permission checks of Proxmox's API methods; made of the answers to a user who sees more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tests.ignorance.access_model import NAMES, Access
from tests.ignorance.answers import OK, Answers, Reply, endpoint_of, ok, refused

AUDIT_NETWORKS = ("SDN.Audit", "SDN.Allocate")
BRIDGES = frozenset({"bridge", "OVSBridge"})
NODE_NUMBERS = frozenset({"uptime", "cpu", "mem", "disk", "maxcpu", "maxmem", "maxdisk"})
WHOLE_CLUSTER = frozenset({"/cluster/status", "/cluster/backup", "/nodes/{node}/config"})
FORBIDDEN = 403
GUEST_KEY = re.compile(r"^/nodes/[^/]+/(?:qemu|lxc)/(\d+)/")
Filter = Callable[[Access, Any], Any]
Row = dict[str, Any]


def seen_with(answers: Answers, asked: tuple[str, ...], access: Access) -> dict[str, Reply]:
    """Return the answers that differ for a token with these rights."""
    version = answers["/version"].data["version"]
    found = {key: _seen(key, answers.get(key), access, str(version)) for key in asked}
    return {key: reply for key, reply in found.items() if reply is not None}


def _seen(key: str, reply: Reply | None, access: Access, version: str) -> Reply | None:
    """Return another reply, null for the same."""
    endpoint = endpoint_of(key)
    path, privileges = _needed(key, endpoint, version)
    if reply is not None and reply.status == FORBIDDEN:
        return None
    if path and not access.may(path, *privileges):
        return refused(FORBIDDEN, f"Permission check failed ({path}, {'|'.join(privileges)})")
    change = _FILTERS.get(endpoint)
    if change is None or reply is None or reply.status != OK:
        return None
    data = change(access, reply.data)
    if endpoint.endswith("/content"):
        data = _volumes(access, key.split("/")[4], data)
    if endpoint == "/nodes/{node}/tasks" and not access.may(f"/nodes/{key.split('/')[2]}", "Sys.Audit"):
        data = []
    return None if data == reply.data else ok(data)


def _needed(key: str, endpoint: str, version: str) -> tuple[str, tuple[str, ...]]:
    """Return what a call is refused without; nothing when it is never refused."""
    guest = GUEST_KEY.match(key)
    parts = key.split("/")
    if guest:
        asks_agent = "/agent/" in endpoint
        agent = ("VM.Monitor",) if version.startswith("8.") else ("VM.GuestAgent.Audit", "VM.GuestAgent.Unrestricted")
        return f"/vms/{guest[1]}", agent if asks_agent else ("VM.Audit",)
    if endpoint in WHOLE_CLUSTER or (endpoint.startswith("/cluster/firewall/") and not endpoint.endswith("/groups")):
        return "/", ("Sys.Audit",)
    if endpoint == "/nodes/{node}/status" or endpoint.startswith("/nodes/{node}/firewall/"):
        return f"/nodes/{parts[2]}", ("Sys.Audit",)
    if endpoint.endswith("/content"):
        return f"/storage/{parts[4]}", ("Datastore.Audit", "Datastore.AllocateSpace")
    return "", ()


def _rows(keep: Callable[[Access, Row], bool]) -> Filter:
    return lambda access, data: [row for row in data if keep(access, row)]


def _resources(access: Access, data: Any) -> Any:
    return [_resource(access, row) for row in data if _listed(access, row)]


def _listed(access: Access, row: Row) -> bool:
    match row["type"]:
        case "qemu" | "lxc":
            return access.may(f"/vms/{row['vmid']}", "VM.Audit")
        case "storage":
            return access.may(f"/storage/{row['storage']}", "Datastore.Audit")
        case "pool":
            return access.may(f"/pool/{row['pool']}", "Pool.Audit")
        case "sdn":
            return access.may(f"/sdn/zones/{row['sdn']}", "SDN.Audit")
        case "network":
            tree = "fabrics" if row["network-type"] == "fabric" else "zones"
            return access.may(f"/sdn/{tree}/{row['network']}", "SDN.Audit")
        case _:
            return True


def _resource(access: Access, row: Row) -> Row:
    if row["type"] == "node":
        return _node(access, row)
    pool = row.get("pool")
    hidden = pool is not None and not access.may(f"/pool/{pool}", "Pool.Audit")
    return {name: value for name, value in row.items() if name != "pool"} if hidden else row


def _node(access: Access, row: Row) -> Row:
    if access.may(f"/nodes/{row['node']}", "Sys.Audit"):
        return row
    return {name: value for name, value in row.items() if name not in NODE_NUMBERS}


def _acl(access: Access, data: Any) -> Any:
    """Return the list with our own entries, to those who may see it."""
    if not access.may("/access", "Sys.Audit"):
        return []
    own = [
        {
            "path": entry.path,
            "propagate": int(entry.propagate),
            "roleid": entry.role,
            "type": entry.who,
            "ugid": NAMES[entry.who],
        }
        for entry in access.entries
    ]
    return [*data, *own]


def _fabrics(access: Access, data: Any) -> Any:
    def sees(name: str) -> bool:
        return access.may(f"/sdn/fabrics/{name}", *AUDIT_NETWORKS)

    return {
        "fabrics": [row for row in data["fabrics"] if sees(row["id"])],
        "nodes": [
            row
            for row in data["nodes"]
            if sees(row["fabric_id"]) and access.may(f"/nodes/{row['node_id']}", "Sys.Audit", "Sys.Modify")
        ],
    }


def _volumes(access: Access, storage: str, data: Any) -> Any:
    """Return the backups: for whoever manages the storage, or may use it and back up their guest."""
    if access.may(f"/storage/{storage}", "Datastore.Allocate"):
        return data
    if not access.may(f"/storage/{storage}", "Datastore.AllocateSpace"):
        return []
    return [row for row in data if row.get("vmid") and access.may(f"/vms/{row['vmid']}", "VM.Backup")]


def _bridge(access: Access, row: Row) -> bool:
    sees = access.may(f"/sdn/zones/localnetwork/{row['iface']}", "SDN.Audit", "SDN.Use")
    return row["type"] not in BRIDGES or sees


def _as_it_is(access: Access, data: Any) -> Any:
    del access
    return data


_FILTERS: Mapping[str, Filter] = MappingProxyType(
    {
        "/access/permissions": lambda access, _data: access.effective(),
        "/access/acl": _acl,
        "/cluster/resources": _resources,
        "/nodes": lambda access, data: [_node(access, row) for row in data],
        "/cluster/replication": _rows(lambda access, row: access.may(f"/vms/{row['guest']}", "VM.Audit")),
        "/nodes/{node}/replication": _rows(lambda access, row: access.may(f"/vms/{row['guest']}", "VM.Audit")),
        "/cluster/qemu/custom-cpu-models": _rows(
            lambda access, row: access.may(
                f"/mapping/cpu/{row['cputype'].removeprefix('custom-')}",
                "Mapping.Audit",
                "Mapping.Use",
                "Mapping.Modify",
            )
        ),
        "/storage": _rows(
            lambda access, row: access.may(f"/storage/{row['storage']}", "Datastore.Audit", "Datastore.AllocateSpace")
        ),
        "/nodes/{node}/storage/{storage}/content": _as_it_is,
        "/nodes/{node}/tasks": _as_it_is,
        "/nodes/{node}/network": _rows(_bridge),
        "/cluster/sdn/zones": _rows(lambda access, row: access.may(f"/sdn/zones/{row['zone']}", *AUDIT_NETWORKS)),
        "/cluster/sdn/vnets": _rows(
            lambda access, row: access.may(f"/sdn/zones/{row['zone']}/{row['vnet']}", *AUDIT_NETWORKS)
        ),
        "/cluster/sdn/controllers": _rows(
            lambda access, row: access.may(f"/sdn/controllers/{row['controller']}", *AUDIT_NETWORKS)
        ),
        "/cluster/sdn/fabrics/all": _fabrics,
    }
)
