"""Responses of a generated cluster that only other tools request, for the benchmark that compares them."""

from __future__ import annotations

from proxbox_plan.demo.cluster.cluster_answers import storage_rows
from proxbox_plan.demo.cluster.description import ClusterDescription
from proxbox_plan.demo.cluster.guest_answers import GuestAnswer, guest_row
from proxbox_plan.demo.cluster.network_parts import ApiRow
from proxbox_plan.demo.cluster.node_answers import FINGERPRINT
from proxbox_plan.demo.cluster.parts import DemoGuest, DemoNode, GuestType

SAME = (
    "cpu",
    "disk",
    "maxdisk",
    "maxmem",
    "mem",
    "name",
    "netin",
    "netout",
    "status",
    "tags",
    "uptime",
    "vmid",
    "lock",
)
OF_THEIR_OWN: dict[GuestType, tuple[str, ...]] = {"qemu": ("memhost",), "lxc": ("diskread", "diskwrite", "type")}


def cluster_options(here: ClusterDescription) -> ApiRow:
    """Return /cluster/options."""
    tags: ApiRow = {"allowed-tags": [], "registered-tags": ["prod"], "tag-style": {"color-map": here.tag_colors}}
    return {"description": here.note, "keyboard": "en-us", "mac_prefix": "BC:24:11", **tags}


def join_information(here: ClusterDescription) -> ApiRow:
    """Return /cluster/config/join."""
    nodes = [_member(node) for node in here.nodes.values()]
    totem = {"cluster_name": here.name, "config_version": "4", "version": "2"}
    return {"config_digest": "0" * 40, "nodelist": nodes, "preferred_node": nodes[0]["name"], "totem": totem}


def _member(node: DemoNode) -> ApiRow:
    row: ApiRow = {"name": node.name, "nodeid": str(node.number), "quorum_votes": "1"}
    return {**row, "pve_addr": node.address, "pve_fp": FINGERPRINT, "ring0_addr": node.address}


def ha_rows(here: ClusterDescription) -> list[ApiRow]:
    """Return /cluster/ha/status/current."""
    first = next(iter(here.nodes))
    rows: list[ApiRow] = [
        {"id": "quorum", "node": first, "quorate": int(here.quorate), "status": "OK", "type": "quorum"}
    ]
    for guest in here.guests.values():
        if guest.hastate:
            sid = f"{'vm' if guest.type == 'qemu' else 'ct'}:{guest.vmid}"
            row: ApiRow = {"id": f"service:{sid}", "node": guest.node, "sid": sid, "type": "service"}
            row |= {"request_state": guest.hastate, "state": guest.hastate}
            rows.append({**row, "status": f"{sid} ({guest.node}, {guest.hastate})"})
    return rows


def node_guests(here: ClusterDescription, node: str, kind: GuestType, moment: int) -> list[ApiRow]:
    """Return /nodes/N/qemu or /nodes/N/lxc."""
    guests = [guest for guest in here.guests.values() if (guest.node, guest.type) == (node, kind)]
    return [_node_guest(guest, guest_row(guest, here.nodes[node], moment)) for guest in guests]


def _node_guest(guest: DemoGuest, whole: ApiRow) -> ApiRow:
    row = {key: whole[key] for key in (*SAME, *OF_THEIR_OWN[guest.type]) if key in whole}
    row["cpus"] = whole["maxcpu"]
    if guest.running:
        row["pid"] = 100_000 + guest.vmid
    if guest.template:
        row["template"] = 1
    return row | ({"maxswap": 512 * 1024**2, "swap": 0} if guest.type == "lxc" else {})


def one_storage(here: ClusterDescription, name: str) -> GuestAnswer:
    """Return /storage/S, which requires more privileges than an auditor has."""
    if "Datastore.Allocate" not in here.privileges:
        return GuestAnswer(error=(403, f"Permission check failed (/storage/{name}, Datastore.Allocate)"))
    found = next((row for row in storage_rows(here) if row["storage"] == name), None)
    return GuestAnswer(found) if found else GuestAnswer(error=(500, f"storage '{name}' does not exist"))
