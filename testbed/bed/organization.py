"""Organization: fills a NetBox as people do who have documented theirs for years, by hand, before any tool came.

About 2,000 objects. Some of them are what a Proxmox cluster called `labcluster` has, told in people's own way: its
nodes in another case and cabled, some of its machines with NICs called `eth0`; some are in the way of what it has. A
NetBox that lacks one of the models (an embedded one does) goes without it.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

Row = dict[str, Any]

_MOST = 100  # objects of one request
NODES = ("PVE1", "PVE2", "PVE3")
MACS = {"web-01": "BC:24:11:39:0C:8C", "vm-109": "BC:24:11:A1:6C:FF", "ct-203": "BC:24:11:28:2B:F8"}


@dataclass
class Organization:
    """A NetBox, and what was put into it."""

    url: str
    token: str
    made: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, path: str, rows: Iterable[Mapping[str, Any]]) -> list[Row]:
        """Create objects in bulk; none where NetBox has no such model."""
        wanted = list(rows)
        if not self._has(path):
            return []
        parts = (wanted[start : start + _MOST] for start in range(0, len(wanted), _MOST))
        found = [row for part in parts for row in self._send("POST", f"{path}/", part)]
        self.made.setdefault(path, []).extend(found)
        return found

    def one(self, path: str, **values: Any) -> Row:
        """Create one object; an empty one where NetBox has no such model."""
        return next(iter(self.add(path, [values])), {})

    def named(self, path: str, *names: str, **values: Any) -> list[Row]:
        """Create objects with a name and a slug."""
        return self.add(path, ({"name": name, "slug": _slug(name), **values} for name in names))

    def change(self, path: str, number: int, **values: Any) -> Row:
        """Change one object."""
        found: Row = self._send("PATCH", f"{path}/{number}/", values)
        return found

    def all(self, path: str) -> Iterator[Row]:
        """Yield every object of a model."""
        url = f"{path}/?limit=500"
        while url:
            page = self._send("GET", url)
            yield from page["results"]
            url = (page["next"] or "").partition("/api/")[2]

    def _has(self, path: str) -> bool:
        try:
            self._send("GET", f"{path}/?limit=1")
        except urllib.error.HTTPError as error:
            if error.code != 404:  # noqa: PLR2004 # not found
                raise
            return False
        return True

    def _send(self, method: str, path: str, body: Any = None) -> Any:
        scheme = "Bearer" if self.token.startswith("nbt_") else "Token"
        headers = {"Authorization": f"{scheme} {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/api/{path}", data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310 # http to this machine
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code == 400:  # noqa: PLR2004 # a refusal: a bug of this script, so say it all
                error.add_note(f"{method} {path}: {error.read().decode()[:2000]}")
            raise


def _slug(name: str) -> str:
    return "-".join("".join(char if char.isalnum() else " " for char in name.lower()).split())


def fill(to: Organization) -> Organization:
    """Fill it all."""
    places, people = _places(to), _people(to)
    _fields(to)
    devices = _devices(to, places)
    _network(to, places, devices)
    _machines(to, places, people)
    _notes(to, devices)
    return to


def _places(to: Organization) -> Row:
    europe = to.one("dcim/regions", name="Europe", slug="europe")
    north = to.one("dcim/regions", name="North", slug="north", parent=europe.get("id"))
    to.named("dcim/site-groups", "Campus", "Branches")
    region = {"region": north["id"]} if north else {}
    names = ("DC1", "DC2", *(f"Branch {number}" for number in range(1, 9)))
    sites = {row["name"]: row["id"] for row in to.named("dcim/sites", *names, status="active", **region)}
    rooms = [{"name": f"Room {n}", "slug": f"room-{n}", "site": site} for site in sites.values() for n in (1, 2)]
    to.add("dcim/locations", rooms)
    return sites


def _people(to: Organization) -> dict[str, int]:
    to.named("tenancy/tenant-groups", "Departments", "Customers")
    tenants = to.named("tenancy/tenants", *(f"Department {number}" for number in range(1, 9)))
    to.named("tenancy/contact-roles", "Operations", "Billing")
    contacts = to.add("tenancy/contacts", ({"name": f"Person {number}"} for number in range(1, 21)))
    roles = to.made.get("tenancy/contact-roles")
    if contacts and roles:
        ends = {"object_type": "tenancy.tenant", "role": roles[0]["id"]}
        pairs = zip(contacts, tenants, strict=False)
        to.add(
            "tenancy/contact-assignments",
            ({**ends, "contact": one["id"], "object_id": other["id"]} for one, other in pairs),
        )
    return {row["name"]: row["id"] for row in tenants}


def _fields(to: Organization) -> None:
    """Custom fields and tags, some of which are in the way."""
    machine, disk, device = "virtualization.virtualmachine", "virtualization.virtualdisk", "dcim.device"
    to.add(
        "extras/custom-fields",
        [
            {"name": "team", "type": "text", "object_types": [machine, device], "required": True, "default": "ops"},
            {"name": "cost_center", "type": "integer", "object_types": [disk], "required": True},
            {"name": "asset_no", "type": "text", "object_types": [device]},
        ],
    )
    to.add(
        "extras/tags",
        [
            {"name": "prod", "slug": "prod", "object_types": ["dcim.site"]},
            {"name": "web", "slug": "www"},
            {"name": "critical", "slug": "critical"},
        ],
    )


def _devices(to: Organization, sites: Row) -> list[Row]:
    """Racks, devices of two manufacturers with one model, their ports and cables."""
    makers = {row["name"]: row["id"] for row in to.named("dcim/manufacturers", "Acme", "Beta")}
    types = to.add(
        "dcim/device-types",
        ({"model": "Server", "slug": "server", "manufacturer": maker, "u_height": 1} for maker in makers.values()),
    )
    roles = {row["name"]: row["id"] for row in to.named("dcim/device-roles", "Hypervisor", "Switch", color="00aa00")}
    platforms = [("Linux (kernel 2.6 or newer)", f"linux-{name.lower()}", maker) for name, maker in makers.items()]
    to.add("dcim/platforms", ({"name": name, "slug": slug, "manufacturer": maker} for name, slug, maker in platforms))
    racks = to.add("dcim/racks", ({"name": f"R{number}", "site": sites["DC1"]} for number in range(1, 11)))
    common = {"site": sites["DC1"], "status": "active", "comments": "documented by hand"}
    hosts = [
        {**common, "name": name, "role": roles["Hypervisor"], "device_type": types[0]["id"], "serial": f"S-{name}"}
        for name in NODES
    ]
    if racks:
        hosts = [
            {**host, "rack": racks[0]["id"], "position": 2 * n + 1, "face": "front"} for n, host in enumerate(hosts)
        ]
    others = (
        {**common, "name": f"switch-{number:02}", "role": roles["Switch"], "device_type": types[1]["id"]}
        for number in range(1, 41)
    )
    devices = to.add("dcim/devices", chain(hosts, others))
    ports = to.add(
        "dcim/interfaces",
        (
            {"device": device["id"], "name": name, "type": "25gbase-x-sfp28", "mtu": 9000, "description": "by hand"}
            for device in devices
            for name in ("nic0", "nic1", *(f"port{number}" for number in range(1, 19)))
        ),
    )
    first = {(row["device"]["name"], row["name"]): row["id"] for row in ports}
    ends = [(first[node, "nic0"], first[f"switch-{n:02}", "port1"]) for n, node in enumerate(NODES, 1)]
    ends += [(first[f"switch-{n:02}", "port2"], first[f"switch-{n + 1:02}", "port3"]) for n in range(1, 40)]
    to.add("dcim/cables", ({"a_terminations": [_end(a)], "b_terminations": [_end(b)]} for a, b in ends))
    return devices


def _end(number: int) -> Row:
    return {"object_type": "dcim.interface", "object_id": number}


def _network(to: Organization, sites: Row, devices: list[Row]) -> None:
    """VRFs, VLANs, prefixes, ranges and addresses, some of which are in the way."""
    vrfs = to.add("ipam/vrfs", ({"name": f"vrf-{n}", "rd": f"65000:{n}"} for n in range(1, 4)))
    groups = to.named("ipam/vlan-groups", "Campus", vid_ranges=[[1, 20], [40, 60]])
    groups += to.named("ipam/vlan-groups", "Branches")
    to.add(
        "ipam/vlans",
        [
            {"vid": 10, "name": "servers", "group": groups[0]["id"], "site": sites["DC1"], "status": "active"},
            {"vid": 20, "name": "dmz", "group": groups[0]["id"], "site": sites["DC2"], "status": "active"},
            *({"vid": vid, "name": f"branch-{vid}", "group": groups[1]["id"]} for vid in range(100, 200)),
        ],
    )
    to.add("ipam/prefixes", ({"prefix": f"10.{n}.0.0/16", "status": "active"} for n in range(60)))
    populated = {"start_address": "10.0.1.106/24", "end_address": "10.0.1.108/24", "status": "active"}
    to.one("ipam/ip-ranges", **populated, mark_populated=True, description="handed out by the firewall")
    to.one("ipam/ip-addresses", address="10.0.1.103/24", description="the old printer", **_on(to, devices[5]))
    to.one(
        "ipam/ip-addresses",
        address="10.0.0.11/24",
        status="reserved",
        description="first node",
        dns_name="pve1.example",
    )
    vip = to.one("ipam/fhrp-groups", protocol="vrrp3", group_id=7, name="web")
    if vip:
        assigned = {"assigned_object_type": "ipam.fhrpgroup", "assigned_object_id": vip["id"]}
        to.one("ipam/ip-addresses", address="10.0.0.206/24", role="vrrp", **assigned)
    numbers = ((n, f"10.{20 + n // 100}.0.{n % 100 + 1}/24") for n in range(200))
    to.add("ipam/ip-addresses", ({"address": text, "vrf": vrfs[n % 3]["id"]} for n, text in numbers))


def _on(to: Organization, device: Row) -> Row:
    port = next(row for row in to.made["dcim/interfaces"] if row["device"]["id"] == device["id"])
    return {"assigned_object_type": "dcim.interface", "assigned_object_id": port["id"]}


def _machines(to: Organization, sites: Row, tenants: Mapping[str, int]) -> None:
    """Some machines of the Proxmox cluster, and another cluster with a hundred."""
    kinds = to.named("virtualization/cluster-types", "Proxmox", "VMware")
    scope = {"scope_type": "dcim.site", "scope_id": sites["DC1"]}
    ours = to.one("virtualization/clusters", name="labcluster", type=kinds[0]["id"], description="our first", **scope)
    other = to.one("virtualization/clusters", name="vmware", type=kinds[1]["id"])
    role = to.one("dcim/device-roles", name="App server", slug="app-server", color="0000ff", vm_role=True)
    known = {"cluster": ours["id"], "role": role["id"], "comments": "see the wiki", "description": "by hand"}
    machines = to.add("virtualization/virtual-machines", ({**known, "name": name} for name in MACS))
    strangers = ({"name": f"vmw-{n:03}", "cluster": other["id"]} for n in range(1, 101))
    machines += to.add("virtualization/virtual-machines", strangers)
    tenant = next(iter(tenants.values()))
    to.change("virtualization/virtual-machines", machines[0]["id"], tenant=tenant)
    nics = to.add("virtualization/interfaces", ({"virtual_machine": row["id"], "name": "eth0"} for row in machines))
    nics += to.add(
        "virtualization/interfaces", ({"virtual_machine": row["id"], "name": "eth1"} for row in machines[3:])
    )
    assigned = "virtualization.vminterface"
    macs = to.add(
        "dcim/mac-addresses",
        (
            {"mac_address": mac, "assigned_object_type": assigned, "assigned_object_id": nic["id"]}
            for nic, mac in zip(nics, MACS.values(), strict=False)
        ),
    )
    for nic, mac in zip(nics, macs, strict=False):
        to.change("virtualization/interfaces", nic["id"], primary_mac_address=mac["id"])
    to.one(
        "ipam/ip-addresses",
        address="10.0.1.109/24",
        dns_name="crm.example.com",
        description="CRM",
        assigned_object_type=assigned,
        assigned_object_id=nics[1]["id"],
    )


def _notes(to: Organization, devices: list[Row]) -> None:
    to.add(
        "extras/journal-entries",
        (
            {"assigned_object_type": "dcim.device", "assigned_object_id": row["id"], "comments": "moved racks"}
            for row in devices
        ),
    )
