"""One guest: its row, its configuration, and how far each can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from proxbox_plan.clients.proxmox import ProxmoxReadError, api_path
from proxbox_plan.collector.agent import read_addresses
from proxbox_plan.collector.answers import UNKNOWN, GuestRow
from proxbox_plan.collector.cluster import NodeSeen, read_guest_rows
from proxbox_plan.collector.grammar import parse_tags
from proxbox_plan.collector.guest_config import ConfigRead, read_config
from proxbox_plan.collector.reading import Reader, incomplete, incomplete_because
from proxbox_plan.errors import ProxmoxError
from proxbox_plan.model.state import Coverage, Gap, Guest, GuestAddress, GuestCoverage

HALF_MADE_LOCKS = frozenset({"create", "clone"})


@dataclass
class Whereabouts:
    """Where guests are now: the list of the cluster, read once more when a guest is not where it was."""

    reader: Reader
    nodes: Mapping[str, NodeSeen]

    def __post_init__(self) -> None:
        """Start without a second list."""
        self._lock = Lock()
        self._again: dict[tuple[str, int], GuestRow] | None = None

    def online(self, node: str) -> bool:
        """Whether the node may be asked: a node nobody knows is not known to be offline."""
        seen = self.nodes.get(node)
        return seen is None or seen.online

    def now(self, row: GuestRow) -> GuestRow | None:
        """Return the guest's row of the second list; null when it is gone, ProxmoxError when nobody knows."""
        with self._lock:
            if self._again is None:
                rows, _ = read_guest_rows(self.reader)
                self._again = {(found.type, found.vmid): found for found in rows}
            return self._again.get((row.type, row.vmid))


def collect_guest(reader: Reader, row: GuestRow, whereabouts: Whereabouts) -> Guest:
    """Read one guest; what cannot be read is marked, never left out."""
    unreadable = _unreadable(row, online=whereabouts.online(row.node))
    if unreadable is not None:
        return _guest(row, unreadable)
    try:
        config, coverage = _read_config(reader, row)
    except ProxmoxReadError as error:
        if error.gap is not Gap.SERVER_ERROR:
            lost = incomplete_because(error)
            return _guest(row, GuestCoverage(config=lost, addresses=_addresses_without_config(row, lost)))
        return _moved(reader, row, whereabouts, error)
    return _read_guest(reader, row, config, coverage)


def _read_config(reader: Reader, row: GuestRow) -> tuple[ConfigRead, Coverage]:
    path = api_path("nodes", row.node, row.type, row.vmid, "config")
    # Without current=1 the answer mixes in changes that wait for a reboot.
    return read_config(row.type, reader.get(path, current=1), path)


def _moved(reader: Reader, row: GuestRow, whereabouts: Whereabouts, error: ProxmoxReadError) -> Guest:
    """Look the guest up once more: it may have been migrated, or destroyed, since the list was read."""
    lost = incomplete_because(error)
    still = GuestCoverage(config=lost, addresses=_addresses_without_config(row, lost))
    try:
        now = whereabouts.now(row)
    except ProxmoxError:
        return _guest(row, still)
    if now is None:
        gone = incomplete(Gap.UNKNOWN_STATUS, f"{row.type}/{row.vmid} disappeared while it was read")
        return _guest(row, GuestCoverage(row=gone, config=gone, addresses=gone))
    if now.node == row.node:
        return _guest(row, still)
    unreadable = _unreadable(now, online=whereabouts.online(now.node))
    if unreadable is not None:
        return _guest(now, unreadable)
    try:
        config, coverage = _read_config(reader, now)
    except ProxmoxReadError as again:
        lost = incomplete_because(again)
        return _guest(now, GuestCoverage(config=lost, addresses=_addresses_without_config(now, lost)))
    return _read_guest(reader, now, config, coverage)


def _unreadable(row: GuestRow, *, online: bool) -> GuestCoverage | None:
    """Return the coverage of a guest that is not worth asking for, null for any other."""
    where = f"{row.type}/{row.vmid} on {row.node}"
    if row.lock in HALF_MADE_LOCKS:
        half = incomplete(Gap.HALF_MADE, f"{where} is locked: {row.lock}")
        return GuestCoverage(row=half, config=half, addresses=half)
    if not online:  # for some minutes a dead node's guests still show what they last did
        gone = incomplete(Gap.NODE_OFFLINE, f"node {row.node} is offline")
        return GuestCoverage(row=gone, config=gone, addresses=gone)
    if row.status == UNKNOWN or row.name is None:
        bare = incomplete(Gap.UNKNOWN_STATUS, f"{where} is listed without status or name")
        return GuestCoverage(row=bare, config=bare, addresses=bare)
    return None


def _addresses_without_config(row: GuestRow, lost: Coverage) -> Coverage:
    if row.status == "running":
        return lost
    return incomplete(Gap.GUEST_STOPPED, f"{row.type}/{row.vmid} is {row.status}")


def _read_guest(reader: Reader, row: GuestRow, config: ConfigRead, coverage: Coverage) -> Guest:
    if config.lock in HALF_MADE_LOCKS:
        half = incomplete(Gap.HALF_MADE, f"{row.type}/{row.vmid} on {row.node} is locked: {config.lock}")
        return _guest(row, GuestCoverage(row=half, config=half, addresses=half), config)
    if row.status != "running":
        addresses: tuple[GuestAddress, ...] = ()
        seen = incomplete(Gap.GUEST_STOPPED, f"{row.type}/{row.vmid} is {row.status}")
    elif row.type == "qemu" and not config.agent:
        # A configuration we did not understand does not prove that the agent is off.
        seen = coverage if not config.understood else _agent_off(row)
        addresses = ()
    else:
        addresses, seen = read_addresses(reader, row)
    return _guest(row, GuestCoverage(config=coverage, addresses=seen), config, addresses)


def _agent_off(row: GuestRow) -> Coverage:
    return incomplete(Gap.AGENT_DISABLED, f"the configuration of qemu/{row.vmid} does not enable the guest agent")


def _guest(
    row: GuestRow,
    coverage: GuestCoverage,
    config: ConfigRead | None = None,
    addresses: tuple[GuestAddress, ...] = (),
) -> Guest:
    config = config or ConfigRead()
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
        addresses=addresses,
        coverage=coverage,
    )
