"""A stage with every area switched on, and what its NetBox says, in the form of the expected facts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, Recording
from proxbox_plan.demo.cluster.answers import Answer, DescriptionAnswers, ok
from proxbox_plan.demo.cluster.recording import request_key
from proxbox_plan.demo.netbox import FakeNetBoxThread
from tests.contract.client import NetBox
from tests.end_to_end import expected_plugin as plugin
from tests.end_to_end import expected_plugin_firewall as firewall
from tests.end_to_end import expected_plugin_guests as guests
from tests.end_to_end import expected_plugin_sdn as sdn
from tests.end_to_end.expected import Facts, Source
from tests.end_to_end.stage import REPOSITORY, Stage

NAMED = "    netbox_name: labcluster"
EVERYTHING = (
    "mapping: {create_sites: true}\nlimits: {percent: 100}\nscope: {snapshots: true, backups: true, "
    "tasks: {days: 3650}, firewall: true, sdn: true, cpu_models: true}"
)
_ABSENT = ("/aliases", "/ipset", "/route-maps/entries", "/prefix-lists")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*Z")
# What the plugin shows as a bare number.
_NUMBERED = {"endpoint": "plugins/proxbox/endpoints/proxmox", "prefix": "ipam/prefixes", "l2vpn": "vpn/l2vpns"}
_TARGETS = {"ipam.vlan": "ipam/vlans", "vpn.l2vpn": "vpn/l2vpns"}


class Recorded(Source):
    """A recording: its archive of tasks whatever is asked of it, and an empty list where none was recorded."""

    def __init__(self, recorded: Recording) -> None:
        """Take the recording."""
        self.recorded = recorded
        super().__init__(self)  # type: ignore[arg-type]  # anything that answers is a source

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """Answer one GET."""
        if path.endswith("/tasks"):
            rest = {} if query.get("start", "0") != "0" else {"limit": "50", "source": "archive"}
            return self.recorded.answer(path, rest) if rest else ok([])
        if path.endswith(_ABSENT) and request_key(path, query) not in self.recorded.answers:
            return ok([])
        return self.recorded.answer(path, query)


class Described(Source):
    """A made-up cluster with a fabric that the plugin has a word for beside the one it has none for."""

    def __init__(self, cluster: ClusterDescription) -> None:
        """Take the description, which may change later."""
        self.cluster = cluster
        self.fabric: dict[str, Any] | None = {"id": "areas", "protocol": "ospf", "area": "0"}
        self._described = DescriptionAnswers(cluster)
        super().__init__(self)  # type: ignore[arg-type]  # anything that answers is a source

    def become(self, cluster: ClusterDescription) -> None:
        """Answer from another description from now on."""
        self.cluster = self._described.description = cluster

    def answer(self, path: str, query: dict[str, str]) -> Answer:
        """Answer one GET."""
        answer = self._described.answer(path, query)
        if path == "/cluster/sdn/fabrics/all" and self.fabric is not None:
            found = answer.body["data"]
            members = [{"fabric_id": "areas", "node_id": node} for node in sorted(self.cluster.nodes)[:2]]
            return ok({"fabrics": [*found["fabrics"], self.fabric], "nodes": [*found["nodes"], *members]})
        return answer


@contextmanager
def plugin_stage(folder: Path, netbox: NetBox | None, source: Source) -> Iterator[Stage]:
    """Give a stage on a NetBox with the plugin: this one, emptied, or a new fake one."""
    with ExitStack() as stack:
        fake = None
        if netbox is None:
            thread = stack.enter_context(FakeNetBoxThread(plugins={"netbox_proxbox": "0.0.29.post6"}))
            url, token, fake = thread.url, thread.token, thread.fake
        else:
            script = REPOSITORY / "testbed" / "netbox.py"
            subprocess.run([sys.executable, str(script), "reset"], check=True, capture_output=True, env=os.environ)
            url, token = netbox.url, netbox.token
        proxmox = stack.enter_context(ClusterServer(source))  # type: ignore[arg-type]  # a source answers
        stage = Stage(folder, url, token, proxmox, fake=fake)
        stage.configure(cluster=NAMED, rest=EVERYTHING)
        yield stage


def facts(source: Source, host: str, port: int) -> dict[str, Facts]:
    """Return what NetBox must say, by path of its API."""
    link = f"https://{host}:{port}/#v1:0:="
    made: dict[str, Facts] = {
        "endpoints/proxmox": plugin.endpoints(source, host, port),
        "sync-state/devices": plugin.device_states(source, link),
        "sync-state/virtual-machines": guests.vm_states(source, link),
    }
    made |= {path: find(source) for path, find in _FACTS.items()}
    core = {path: find(source) for path, find in _CORE.items()}
    return {f"plugins/proxbox/{path}": found for path, found in made.items()} | core


_FACTS: dict[str, Callable[[Source], Facts]] = {
    "proxmox-clusters": plugin.clusters,
    "proxmox-nodes": plugin.nodes,
    "storage": plugin.storages,
    "sync-state/clusters": plugin.cluster_states,
    "sync-state/vm-interfaces": guests.interface_states,
    "sync-state/virtual-disks": guests.disk_states,
    "snapshots": guests.snapshots,
    "backups": plugin.backups,
    "task-history": plugin.tasks,
    "replications": plugin.replications,
    "backup-routines": plugin.routines,
    "vm-templates": guests.templates,
    "vm-cloudinit": guests.cloud_inits,
    "guest-vm-interfaces": guests.guest_interfaces,
    "guest-vm-interface-addresses": guests.guest_addresses,
    "firewall/security-groups": firewall.security_groups,
    "firewall/rules": firewall.rules,
    "firewall/ipsets": firewall.ipsets,
    "firewall/aliases": firewall.aliases,
    "firewall/options": firewall.firewall_options,
    "sdn-controllers": sdn.controllers,
    "sdn-zones": sdn.zones,
    "sdn-vnets": sdn.vnets,
    "sdn-subnets": sdn.subnets,
    "sdn-bindings": sdn.bindings,
    "sdn-route-maps": sdn.route_maps,
    "sdn-prefix-lists": sdn.prefix_lists,
    "sdn-fabrics": sdn.fabrics,
    "datacenter-cpu-models": plugin.cpu_models,
}
_CORE: dict[str, Callable[[Source], Facts]] = {
    "ipam/prefixes": sdn.prefixes,
    "ipam/vrfs": sdn.vrfs,
    "vpn/l2vpns": sdn.l2vpns,
}
_REFERRED = (
    "virtualization/clusters",
    "virtualization/virtual-machines",
    "virtualization/interfaces",
    "virtualization/virtual-disks",
    "dcim/devices",
    "dcim/interfaces",
    "ipam/ip-addresses",
    "ipam/vlans",
)


class Said:
    """What a NetBox says, with the keys of our objects for what it refers to."""

    def __init__(self, stage: Stage, paths: list[str]) -> None:
        """Read the tables."""
        self.rows = {path: stage.netbox(path) for path in (*paths, *_REFERRED)}
        self._keys = {
            (path, row["id"]): row["custom_fields"]["proxbox_key"] for path, rows in self.rows.items() for row in rows
        }

    def ours(self, path: str) -> dict[str, dict[str, Any]]:
        """Return our rows by key."""
        found = ((row["custom_fields"]["proxbox_key"], row) for row in self.rows[path])
        return {key: row for key, row in found if key}

    def facts(self, path: str, wanted: Facts) -> Facts:
        """Return the fields that the facts speak of, of all our rows."""
        names = next(iter(wanted.values()), {})
        return {key: {name: self._field(row, name) for name in names} for key, row in self.ours(path).items()}

    def _field(self, row: dict[str, Any], name: str) -> Any:
        if name == "target" and "target_type" in row:
            return self._keys[_TARGETS[row["target_type"]], row["target_id"]]
        value = row[name]
        if isinstance(value, int) and name in _NUMBERED:
            return self._keys[_NUMBERED[name], value]
        return self._value(value)

    def _value(self, value: Any) -> Any:
        if isinstance(value, str) and _TIME.fullmatch(value):
            return int(datetime.fromisoformat(value).timestamp())
        if isinstance(value, list) and all(isinstance(item, dict) and "url" in item for item in value):
            return sorted(self._value(item) for item in value)
        if not isinstance(value, dict):
            return value
        if "url" in value:
            path = value["url"].partition("/api/")[2].rstrip("/").rpartition("/")[0]
            return self._keys.get((path, value["id"])) or value.get("address") or value.get("name")
        return value["value"] if value.keys() == {"value", "label"} else value


def differences(stage: Stage, source: Source) -> dict[str, dict[str, tuple[Any, Any]]]:
    """Return {path: {key or key.field: (expected, said)}} of all that is not as the facts say."""
    wanted = facts(source, stage.proxmox.host, stage.proxmox.port)
    said = Said(stage, list(wanted))
    found: dict[str, dict[str, tuple[Any, Any]]] = {}
    for path, rows in wanted.items():
        there = said.facts(path, rows)
        missing = {key: (rows.get(key), there.get(key)) for key in rows.keys() ^ there.keys()}
        fields = {
            f"{key}.{name}": (value, there[key][name])
            for key in rows.keys() & there.keys()
            for name, value in rows[key].items()
            if value != there[key][name]
        }
        if missing or fields:
            found[path] = {**missing, **fields}
    return found
