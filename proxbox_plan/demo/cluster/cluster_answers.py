"""Responses of a generated cluster about itself: members, resources and storages."""

from __future__ import annotations

from typing import Any

from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.guest_answers import guest_row
from proxbox_plan.demo.cluster.node_answers import node_row

RESOURCE_TYPES = {"vm": {"qemu", "lxc"}, "node": {"node"}, "storage": {"storage"}, "sdn": {"network", "sdn"}}


def resource_rows(here: ClusterDescription, kind: str | None, moment: int) -> list[dict[str, Any]]:
    """Return /cluster/resources."""
    rows: list[dict[str, Any]] = [{"id": f"/pool/{pool}", "pool": pool, "type": "pool"} for pool in pool_names(here)]
    rows += [guest_row(guest, here.nodes.get(guest.node), moment) for guest in here.guests.values()]
    for node in here.nodes.values():
        row = node_row(node, moment)
        row.pop("ssl_fingerprint")
        if node.online:
            row["cgroup-mode"] = 2
        rows.append(row)
        rows += [_storage_row(here, node.name, storage) for storage in here.storages]
        rows.append(
            {
                "id": f"network/{node.name}/zone/localnetwork",
                "network": "localnetwork",
                "network-type": "zone",
                "node": node.name,
                "status": "ok",
                "type": "network",
            }
        )
    wanted = RESOURCE_TYPES.get(kind or "")
    return [row for row in rows if wanted is None or row["type"] in wanted]


def member_rows(here: ClusterDescription) -> list[dict[str, Any]]:
    """Return /cluster/status."""
    rows: list[dict[str, Any]] = [
        {
            "id": f"node/{node.name}",
            "ip": node.address,
            "level": "",
            "local": int(number == 0),
            "name": node.name,
            "nodeid": 0 if here.standalone else node.number,
            "online": int(node.online),
            "type": "node",
        }
        for number, node in enumerate(here.nodes.values())
    ]
    if here.standalone:
        return rows
    cluster = {
        "id": "cluster",
        "name": here.name,
        "nodes": len(here.nodes),
        "quorate": int(here.quorate),
        "type": "cluster",
        "version": 4,
    }
    return [cluster, *rows]


def storage_rows(here: ClusterDescription) -> list[dict[str, Any]]:
    """Return /storage."""
    rows: list[dict[str, Any]] = []
    for storage in here.storages.values():
        row: dict[str, Any] = {
            "content": storage.content,
            "digest": "fd8eb71937b64021434f6270c727c7ec724ede28",
            "storage": storage.name,
            "type": storage.type,
            **storage.settings,
        }
        if storage.shared:
            row["shared"] = 1
        if storage.nodes:
            row["nodes"] = ",".join(storage.nodes)
        rows.append(row)
    return rows


def pool_names(description: ClusterDescription) -> list[str]:
    """Return the pools that guests are in."""
    return sorted({guest.pool for guest in description.guests.values() if guest.pool})


def _storage_row(description: ClusterDescription, node: str, name: str) -> dict[str, Any]:
    storage = description.storages[name]
    row: dict[str, Any] = {
        "content": storage.content,
        "id": f"storage/{node}/{name}",
        "node": node,
        "plugintype": storage.type,
        "shared": int(storage.shared),
        "status": "unknown",
        "storage": name,
        "type": "storage",
    }
    if description.nodes[node].online:
        row |= {"disk": 27156480, "maxdisk": 1073741824, "status": "available"}
    return row
