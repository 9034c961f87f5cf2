"""A description's answers to GET requests, in exactly the shapes of the recordings of the real API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from proxbox_plan.demo.cluster.datacenter_answers import (
    content,
    replication_rows,
    replication_states,
    snapshot_rows,
    task_rows,
)
from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.guest_answers import GuestAnswer, guest_answer, guest_config, guest_row
from proxbox_plan.demo.cluster.node_answers import node_config, node_network, node_row, node_status

ACL_PATHS = ("/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms")
NEW_PATHS = frozenset({"/cluster/qemu/custom-cpu-models"})
RESOURCE_TYPES = {"vm": {"qemu", "lxc"}, "node": {"node"}, "storage": {"storage"}, "sdn": {"network", "sdn"}}
CONTENT_PATH = re.compile(r"/storage/([^/]+)/content")
GUEST_PATH = re.compile(r"/(qemu|lxc)/(\d+)(/.*)")
Row = TypeVar("Row")


@dataclass(frozen=True)
class Answer:
    """What the server sends back: `body` is JSON data, or text that goes out as it is."""

    status: int
    reason: str
    body: Any

    def payload(self) -> bytes:
        """Return the bytes on the wire."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body, ensure_ascii=False)
        return text.encode("utf-8", "surrogatepass")


def ok(data: object) -> Answer:
    """Return a 200 with these data."""
    return Answer(200, "OK", {"data": data})


def refused(status: int, reason: str) -> Answer:
    """Return an error in Proxmox's form: the reason phrase, and the same text in the body."""
    return Answer(status, reason, {"data": None, "message": f"{reason}\n"})


def unreachable() -> Answer:
    """Return what the proxy says about a dead node."""
    return Answer(595, "Connection refused", "")


class DescriptionAnswers:
    """Answers every request from a description, which may change between two requests."""

    def __init__(self, description: ClusterDescription) -> None:
        """Take the description to answer from."""
        self.description = description
        self._asked = 0
        self._fixed: dict[str, Callable[[], object]] = {
            "/version": self._version,
            "/access/permissions": self._permissions,
            "/access/acl": lambda: [
                {"path": "/", "propagate": 1, "roleid": "PVEAuditor", "type": "user", "ugid": "proxbox@pve"}
            ],
            "/cluster/status": self._cluster_status,
            "/storage": self._storages,
            "/nodes": lambda: [node_row(node, self._asked) for node in self._shuffled(self.description.nodes.values())],
            "/pools": self._pools,
            "/cluster/replication": lambda: self._shuffled(replication_rows(self.description)),
            "/cluster/backup": lambda: self._shuffled(self.description.backup_jobs.values()),
            "/cluster/qemu/custom-cpu-models": lambda: self._shuffled(self.description.cpu_models.values()),
        }

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """Answer one GET; `path` is relative to `/api2/json` and decoded."""
        self._asked += 1
        if path in self._fixed and (path not in NEW_PATHS or self._is_new()):
            return ok(self._fixed[path]())
        if path == "/cluster/resources":
            return ok(self._resources(query.get("type")))
        if path.startswith("/nodes/"):
            name, slash, rest = path.removeprefix("/nodes/").partition("/")
            return self._node(name, slash + rest, path, query)
        return refused(501, f"Method 'GET {path}' not implemented")

    def _node(self, name: str, rest: str, path: str, query: dict[str, str]) -> Answer:
        node = self.description.nodes.get(name)
        if node is None:
            why = f"failed to get address info for: {name}: Name or service not known"
            return refused(500, f"hostname lookup '{name}' failed - {why}")
        if not node.online:
            return unreachable()
        own: dict[str, Callable[[], object]] = {
            "/status": lambda: node_status(node, self.description.version, self._asked),
            "/network": lambda: self._shuffled(node_network(node)),
            "/version": self._version,
            "/config": lambda: node_config(node, self.description.version),
            "/replication": lambda: self._shuffled(replication_states(self.description, name, self._asked)),
            "/tasks": lambda: task_rows(self.description, name, query),
        }
        if rest in own:
            return ok(own[rest]())
        listed = CONTENT_PATH.fullmatch(rest)
        if listed is not None:
            return _answer(content(self.description, name, listed[1], query.get("content", "")))
        found = GUEST_PATH.fullmatch(rest)
        if found is None:
            return refused(501, f"Method 'GET {path}' not implemented")
        return self._guest(name, found[1], int(found[2]), found[3])

    def _guest(self, node: str, kind: str, vmid: int, rest: str) -> Answer:
        guest = self.description.guests.get(vmid)
        if guest is None or guest.node != node or guest.type != kind:
            folder = "qemu-server" if kind == "qemu" else "lxc"
            return refused(500, f"Configuration file 'nodes/{node}/{folder}/{vmid}.conf' does not exist")
        if rest == "/config":
            return ok(guest_config(guest))
        if rest == "/snapshot":
            return ok(self._shuffled(snapshot_rows(self.description, guest)))
        return _answer(guest_answer(guest, rest))

    def _resources(self, kind: str | None) -> list[dict[str, Any]]:
        here = self.description
        rows: list[dict[str, Any]] = [
            {"id": f"/pool/{pool}", "pool": pool, "type": "pool"} for pool in _pool_names(here)
        ]
        rows += [guest_row(guest, here.nodes.get(guest.node), self._asked) for guest in here.guests.values()]
        for node in here.nodes.values():
            row = node_row(node, self._asked)
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
        return self._shuffled(row for row in rows if wanted is None or row["type"] in wanted)

    def _cluster_status(self) -> list[dict[str, Any]]:
        here = self.description
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
        return [cluster, *self._shuffled(rows)]

    def _storages(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        for storage in self.description.storages.values():
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
        return self._shuffled(rows)

    def _permissions(self) -> dict[str, dict[str, int]]:
        return dict.fromkeys(ACL_PATHS, dict.fromkeys(self.description.privileges, 1))

    def _is_new(self) -> bool:
        """Whether this version has the paths that came with 9.2."""
        return tuple(int(part) for part in self.description.version.split(".")[:2]) >= (9, 2)

    def _version(self) -> dict[str, str]:
        version = self.description.version
        return {"release": version.rpartition(".")[0], "repoid": "14a22df35955d97d", "version": version}

    def _pools(self) -> list[dict[str, Any]]:
        return [{"comment": pool.title(), "poolid": pool} for pool in _pool_names(self.description)]

    def _shuffled(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows in another order each time: the real API promises none."""
        found = list(rows)
        turn = self._asked % len(found) if found else 0
        return found[turn:] + found[:turn]


def _answer(given: GuestAnswer) -> Answer:
    return ok(given.data) if given.error is None else refused(*given.error)


def _pool_names(description: ClusterDescription) -> list[str]:
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
