"""One guest: its row, its configuration, and how far each can be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.agent import Seen, read_addresses
from proxbox_plan.collect.proxmox.api_models.answer import UNKNOWN
from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.firewall import read_guest_firewall
from proxbox_plan.collect.proxmox.guest_locator import Whereabouts
from proxbox_plan.collect.proxmox.options import Asked
from proxbox_plan.collect.proxmox.parse.grammar import parse_tags
from proxbox_plan.collect.proxmox.parse.guest_config import ConfigRead, read_config
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, incomplete_because
from proxbox_plan.collect.proxmox.snapshots import read_snapshots
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.model.state import COMPLETE, NOT_READ, Coverage, Guest, GuestCoverage, Incomplete, Snapshot
from proxbox_plan.model.state.firewall import Ruleset

HALF_MADE_LOCKS = frozenset({"create", "clone"})


@dataclass(frozen=True)
class Found:
    """What was read of one guest beside its row."""

    row: Coverage
    config_coverage: Coverage
    seen: Seen
    config: ConfigRead = field(default_factory=ConfigRead)
    snapshots: tuple[Snapshot, ...] = ()
    snapshots_coverage: Coverage = NOT_READ
    firewall: Ruleset | None = None


def collect_guest(reader: Reader, row: GuestRow, whereabouts: Whereabouts, asked: Asked) -> Guest:
    """Read one guest; what cannot be read is marked, never left out."""
    unreadable = _unreadable(row, online=whereabouts.online(row.node))
    if unreadable is not None:
        return _nothing_certain(row, unreadable, asked)
    try:
        config, coverage = _read_config(reader, row)
    except ProxmoxReadError as error:
        lost = incomplete_because(error)
        if error.reason is not Incomplete.SERVER_ERROR:
            return _without_config(row, lost, asked)
        return _moved(reader, row, whereabouts, asked, lost)
    return _read_guest(reader, row, config, coverage, asked)


def _read_config(reader: Reader, row: GuestRow) -> tuple[ConfigRead, Coverage]:
    path = api_path("nodes", row.node, row.type, row.vmid, "config")
    # Without current=1 the answer mixes in changes that wait for a reboot.
    return read_config(row.type, reader.get(path, current=1), path)


def _moved(reader: Reader, row: GuestRow, whereabouts: Whereabouts, asked: Asked, lost: Coverage) -> Guest:
    """Look the guest up once more: it may have been migrated, or destroyed, since the list was read."""
    try:
        now = whereabouts.now(row)
    except ProxmoxError:
        return _without_config(row, lost, asked)
    if now is None:
        gone = incomplete(Incomplete.UNKNOWN_STATUS, f"{row.type}/{row.vmid} disappeared while it was read")
        return _nothing_certain(row, gone, asked)
    if now.node == row.node:
        return _without_config(row, lost, asked)
    unreadable = _unreadable(now, online=whereabouts.online(now.node))
    if unreadable is not None:
        return _nothing_certain(now, unreadable, asked)
    try:
        config, coverage = _read_config(reader, now)
    except ProxmoxReadError as again:
        return _without_config(now, incomplete_because(again), asked)
    return _read_guest(reader, now, config, coverage, asked)


def _unreadable(row: GuestRow, *, online: bool) -> Coverage | None:
    """Return why a guest is not worth asking for, null for any other."""
    where = f"{row.type}/{row.vmid} on {row.node}"
    if row.lock in HALF_MADE_LOCKS:
        return incomplete(Incomplete.HALF_MADE, f"{where} is locked: {row.lock}")
    if not online:  # for some minutes a dead node's guests still show what they last did
        return incomplete(Incomplete.NODE_OFFLINE, f"node {row.node} is offline")
    if row.status == UNKNOWN or row.name is None:
        return incomplete(Incomplete.UNKNOWN_STATUS, f"{where} is listed without status or name")
    return None


def _nothing_certain(row: GuestRow, why: Coverage, asked: Asked, config: ConfigRead | None = None) -> Guest:
    return _guest(row, Found(why, why, Seen(why), config or ConfigRead(), **_unread(why, asked)))


def _without_config(row: GuestRow, lost: Coverage, asked: Asked) -> Guest:
    seen = lost if row.status == "running" else _stopped(row)
    return _guest(row, Found(COMPLETE, lost, Seen(seen), **_unread(lost, asked)))


def _unread(why: Coverage, asked: Asked) -> dict[str, Any]:
    """Return what becomes of the parts that take calls of their own when they cannot be made."""
    areas = asked.areas
    return {
        "snapshots_coverage": why if areas.snapshots else NOT_READ,
        "firewall": Ruleset(coverage=why) if areas.firewall else None,
    }


def _stopped(row: GuestRow) -> Coverage:
    return incomplete(Incomplete.GUEST_STOPPED, f"{row.type}/{row.vmid} is {row.status}")


def _read_guest(reader: Reader, row: GuestRow, config: ConfigRead, coverage: Coverage, asked: Asked) -> Guest:
    if config.lock in HALF_MADE_LOCKS:
        half = incomplete(Incomplete.HALF_MADE, f"{row.type}/{row.vmid} on {row.node} is locked: {config.lock}")
        return _nothing_certain(row, half, asked, config)
    seen = _look_inside(reader, row, config, coverage, asked)
    snapshots, kept = read_snapshots(reader, row) if asked.areas.snapshots else ((), NOT_READ)
    firewall = read_guest_firewall(reader, row.node, row.type, row.vmid) if asked.areas.firewall else None
    return _guest(row, Found(COMPLETE, coverage, seen, config, snapshots, kept, firewall))


def _look_inside(reader: Reader, row: GuestRow, config: ConfigRead, coverage: Coverage, asked: Asked) -> Seen:
    if not (asked.areas.addresses or asked.areas.guest_interfaces):
        return Seen(NOT_READ)
    if row.status != "running":
        return Seen(_stopped(row))
    if row.type == "qemu" and not config.agent:
        # A configuration we did not understand does not prove that the agent is off.
        return Seen(coverage if not config.understood else _agent_off(row))
    return read_addresses(reader, row)


def _agent_off(row: GuestRow) -> Coverage:
    return incomplete(
        Incomplete.AGENT_DISABLED, f"the configuration of qemu/{row.vmid} does not enable the guest agent"
    )


def _guest(row: GuestRow, found: Found) -> Guest:
    config = found.config
    return Guest(
        type=row.type,
        vmid=row.vmid,
        node=row.node,
        name=row.name,
        status=row.status,
        template=row.template or config.template,
        lock=row.lock or config.lock,
        tags=parse_tags(row.tags) if row.tags is not None else config.tags,
        pool=row.pool,
        hastate=row.hastate,
        uuid=config.uuid,
        vmgenid=config.vmgenid,
        vcpus=config.vcpus,
        memory_mib=config.memory_mib,
        ostype=config.ostype,
        onboot=config.onboot,
        agent=config.agent,
        description=config.description,
        nics=config.nics,
        disks=config.disks,
        addresses=found.seen.addresses,
        interfaces=found.seen.interfaces,
        unprivileged=config.unprivileged,
        search_domain=config.search_domain,
        cpu_type=config.cpu_type,
        cloud_init=config.cloud_init,
        snapshots=found.snapshots,
        firewall=found.firewall,
        coverage=GuestCoverage(
            row=found.row,
            config=found.config_coverage,
            addresses=found.seen.coverage,
            snapshots=found.snapshots_coverage,
        ),
    )
