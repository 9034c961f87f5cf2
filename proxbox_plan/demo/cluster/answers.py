"""Responses of a cluster description to GET requests, in the format of the recorded real API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from proxbox_plan.demo.cluster.administered import DATACENTER
from proxbox_plan.demo.cluster.cluster_answers import member_rows, pool_names, resource_rows, storage_rows
from proxbox_plan.demo.cluster.datacenter_answers import (
    content,
    replication_rows,
    replication_states,
    snapshot_rows,
    task_rows,
)
from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.guest_answers import GuestAnswer, guest_answer, guest_config
from proxbox_plan.demo.cluster.network_answers import firewall_answer, sdn_answer
from proxbox_plan.demo.cluster.network_parts import DemoFirewall
from proxbox_plan.demo.cluster.node_answers import node_config, node_network, node_row, node_status, node_time
from proxbox_plan.demo.cluster.other_answers import (
    cluster_options,
    ha_rows,
    join_information,
    node_guests,
    one_storage,
)

ACL_PATHS = ("/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms")
NEW_PATHS = frozenset({"/cluster/qemu/custom-cpu-models"})
CONTENT_PATH = re.compile(r"/storage/([^/]+)/content")
GUEST_PATH = re.compile(r"/(qemu|lxc)/(\d+)(/.*)")
Row = TypeVar("Row")


@dataclass(frozen=True)
class Answer:
    """A response of the server: `body` is JSON data, or text that is sent as it is."""

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
    """Return the response of the proxy for a dead node."""
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
            "/cluster/status": lambda: self._shuffled(member_rows(self.description)),
            "/storage": lambda: self._shuffled(storage_rows(self.description)),
            "/nodes": lambda: [node_row(node, self._asked) for node in self._shuffled(self.description.nodes.values())],
            "/pools": self._pools,
            "/cluster/replication": lambda: self._shuffled(replication_rows(self.description)),
            "/cluster/backup": lambda: self._shuffled(self.description.backup_jobs.values()),
            "/cluster/options": lambda: cluster_options(self.description),
            "/cluster/config/join": lambda: join_information(self.description),
            "/cluster/ha/status/current": lambda: self._shuffled(ha_rows(self.description)),
            "/cluster/qemu/custom-cpu-models": lambda: self._shuffled(self.description.cpu_models.values()),
        }

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """Answer one GET; `path` is relative to `/api2/json` and decoded."""
        self._asked += 1
        if path in self._fixed and (path not in NEW_PATHS or self._is_new()):
            return ok(self._fixed[path]())
        if path == "/cluster/resources":
            return ok(self._shuffled(resource_rows(self.description, query.get("type"), self._asked)))
        if path.startswith("/cluster/sdn/"):
            return _answer(sdn_answer(self.description.sdn, path.removeprefix("/cluster/sdn"), new=self._is_new()))
        if path.startswith("/cluster/firewall/"):
            return self._firewall(DATACENTER, path.removeprefix("/cluster/firewall"))
        if path.startswith("/nodes/"):
            name, slash, rest = path.removeprefix("/nodes/").partition("/")
            return self._node(name, slash + rest, path, query)
        return self._storage(path)

    def _storage(self, path: str) -> Answer:
        if path.startswith("/storage/"):
            return _answer(one_storage(self.description, path.removeprefix("/storage/")))
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
            "/time": node_time,
            "/config": lambda: node_config(node, self.description.version),
            "/replication": lambda: self._shuffled(replication_states(self.description, name, self._asked)),
            "/tasks": lambda: task_rows(self.description, name, query),
            "/qemu": lambda: self._shuffled(node_guests(self.description, name, "qemu", self._asked)),
            "/lxc": lambda: self._shuffled(node_guests(self.description, name, "lxc", self._asked)),
        }
        if rest in own:
            return ok(own[rest]())
        if (listed := CONTENT_PATH.fullmatch(rest)) is not None:
            return _answer(content(self.description, name, listed[1], query.get("content", "")))
        return self._below_node(name, rest, path)

    def _below_node(self, node: str, rest: str, path: str) -> Answer:
        if rest.startswith("/firewall/"):
            return self._firewall(node, rest.removeprefix("/firewall"))
        found = GUEST_PATH.fullmatch(rest)
        if found is None:
            return refused(501, f"Method 'GET {path}' not implemented")
        return self._guest(node, found[1], int(found[2]), found[3])

    def _guest(self, node: str, kind: str, vmid: int, rest: str) -> Answer:
        guest = self.description.guests.get(vmid)
        if guest is None or guest.node != node or guest.type != kind:
            folder = "qemu-server" if kind == "qemu" else "lxc"
            return refused(500, f"Configuration file 'nodes/{node}/{folder}/{vmid}.conf' does not exist")
        if rest == "/config":
            return ok(guest_config(guest))
        if rest == "/snapshot":
            return ok(self._shuffled(snapshot_rows(self.description, guest)))
        if rest.startswith("/firewall/"):
            return self._firewall(str(vmid), rest.removeprefix("/firewall"))
        return _answer(guest_answer(guest, rest))

    def _firewall(self, place: str, rest: str) -> Answer:
        return _answer(firewall_answer(self.description.firewalls.get(place, DemoFirewall()), rest))

    def _permissions(self) -> dict[str, dict[str, int]]:
        return dict.fromkeys(ACL_PATHS, dict.fromkeys(self.description.privileges, 1))

    def _is_new(self) -> bool:
        """Whether this version has the paths added in 9.2."""
        return tuple(int(part) for part in self.description.version.split(".")[:2]) >= (9, 2)

    def _version(self) -> dict[str, str]:
        version = self.description.version
        return {"release": version.rpartition(".")[0], "repoid": "14a22df35955d97d", "version": version}

    def _pools(self) -> list[dict[str, Any]]:
        return [{"comment": pool.title(), "poolid": pool} for pool in pool_names(self.description)]

    def _shuffled(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows in a random order, as the real API guarantees none."""
        found = list(rows)
        turn = self._asked % len(found) if found else 0
        return found[turn:] + found[:turn]


def _answer(given: GuestAnswer) -> Answer:
    return ok(given.data) if given.error is None else refused(*given.error)
