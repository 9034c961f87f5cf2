"""Read one guest: its configuration, addresses, snapshots and firewall, with the coverage of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from proxbox_plan.clients.proxmox.client import ProxmoxReadError, api_path
from proxbox_plan.collect.proxmox.api_models.answer import UNKNOWN
from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.firewall import read_guest_firewall
from proxbox_plan.collect.proxmox.guests.addresses import GuestAddresses, ask_agent, ask_container, without_nics
from proxbox_plan.collect.proxmox.guests.agent import Agent
from proxbox_plan.collect.proxmox.guests.agent_facts import AgentFacts, ask_facts, unasked
from proxbox_plan.collect.proxmox.guests.locator import GuestLocator
from proxbox_plan.collect.proxmox.guests.snapshots import GuestSnapshots, read_snapshots
from proxbox_plan.collect.proxmox.options import CollectOptions
from proxbox_plan.collect.proxmox.parse.grammar import parse_tags
from proxbox_plan.collect.proxmox.parse.guest_config import ConfigRead, read_config
from proxbox_plan.collect.proxmox.reading import Reader, incomplete, incomplete_because
from proxbox_plan.core.errors import ProxmoxError
from proxbox_plan.model.state import COMPLETE, NOT_READ, Coverage, Guest, GuestCoverage, Incomplete
from proxbox_plan.model.state.firewall import Ruleset

HALF_MADE_LOCKS = frozenset({"create", "clone"})


@dataclass(frozen=True)
class GuestDetails:
    """What was read of one guest in addition to its row."""

    row: Coverage
    config_coverage: Coverage
    seen: GuestAddresses
    config: ConfigRead = field(default_factory=ConfigRead)
    facts: AgentFacts = field(default_factory=AgentFacts)
    kept: GuestSnapshots = field(default_factory=GuestSnapshots)
    firewall: Ruleset | None = None


def collect_guest(reader: Reader, row: GuestRow, locator: GuestLocator, options: CollectOptions) -> Guest:
    """Read one guest; a part that cannot be read is marked incomplete, never omitted."""
    unreadable = _unreadable(row, online=locator.online(row.node))
    if unreadable is not None:
        return _nothing_certain(row, unreadable, options)
    try:
        config, coverage = _read_config(reader, row)
    except ProxmoxReadError as error:
        lost = incomplete_because(error)
        if error.reason is not Incomplete.SERVER_ERROR:
            return _without_config(row, lost, options)
        return _moved(reader, row, locator, options, lost)
    return _read_guest(reader, row, config, coverage, options)


def _read_config(reader: Reader, row: GuestRow) -> tuple[ConfigRead, Coverage]:
    path = api_path("nodes", row.node, row.type, row.vmid, "config")
    # Without current=1 the response includes changes that are pending until a reboot.
    config, coverage = read_config(row.type, reader.get(path, current=1), path)
    if coverage.complete and config.hidden:
        coverage = _hidden(reader, row, config.hidden, path)
    return config, coverage


def _hidden(reader: Reader, row: GuestRow, devices: tuple[str, ...], path: str) -> Coverage:
    """Judge devices that the boot order names and the configuration lacks: Proxmox hides lines it cannot parse.

    A device that was unplugged from a running VM stays in the boot order until the VM is restarted; the order that is
    pending names it no longer.
    """
    try:
        pending, coverage = read_config(row.type, reader.get(path), path)
    except ProxmoxReadError as error:
        return incomplete_because(error)
    still = [device for device in devices if device in pending.boot_order]
    if not coverage.complete or not still:
        return coverage
    what = f"the boot order names {still[0]}, which the configuration does not have"
    return incomplete(Incomplete.CONTRADICTION, f"GET {path}: {what}")


def _moved(reader: Reader, row: GuestRow, locator: GuestLocator, options: CollectOptions, lost: Coverage) -> Guest:
    """Locate the guest again: it may have been migrated or destroyed since the list was read."""
    try:
        now = locator.now(row)
    except ProxmoxError:
        return _without_config(row, lost, options)
    if now is None:
        gone = incomplete(Incomplete.UNKNOWN_STATUS, f"{row.type}/{row.vmid} disappeared while it was read")
        return _nothing_certain(row, gone, options)
    if now.node == row.node:
        return _without_config(row, lost, options)
    unreadable = _unreadable(now, online=locator.online(now.node))
    if unreadable is not None:
        return _nothing_certain(now, unreadable, options)
    try:
        config, coverage = _read_config(reader, now)
    except ProxmoxReadError as again:
        return _without_config(now, incomplete_because(again), options)
    return _read_guest(reader, now, config, coverage, options)


def _unreadable(row: GuestRow, *, online: bool) -> Coverage | None:
    """Return why a guest cannot be read; null when it can."""
    where = f"{row.type}/{row.vmid} on {row.node}"
    if row.lock in HALF_MADE_LOCKS:
        return incomplete(Incomplete.HALF_MADE, f"{where} is locked: {row.lock}")
    if not online:  # for some minutes the guests of a dead node keep their last status
        return incomplete(Incomplete.NODE_OFFLINE, f"node {row.node} is offline")
    if row.status == UNKNOWN or row.name is None:
        return incomplete(Incomplete.UNKNOWN_STATUS, f"{where} is listed without status or name")
    return None


def _nothing_certain(row: GuestRow, why: Coverage, options: CollectOptions, config: ConfigRead | None = None) -> Guest:
    return _guest(row, GuestDetails(why, why, GuestAddresses(why), config or ConfigRead(), **_unread(why, options)))


def _without_config(row: GuestRow, lost: Coverage, options: CollectOptions) -> Guest:
    seen = lost if row.status == "running" else _stopped(row)
    rest = _unread(lost, options) | {"facts": unasked(options.areas, seen)}
    return _guest(row, GuestDetails(COMPLETE, lost, GuestAddresses(seen), **rest))


def _unread(why: Coverage, options: CollectOptions) -> dict[str, Any]:
    """Return the parts that need requests of their own, for a guest that cannot be read."""
    areas = options.areas
    return {
        "facts": unasked(areas, why),
        "kept": GuestSnapshots(why if areas.snapshots else NOT_READ),
        "firewall": Ruleset(coverage=why) if areas.firewall else None,
    }


def _stopped(row: GuestRow) -> Coverage:
    return incomplete(Incomplete.GUEST_STOPPED, f"{row.type}/{row.vmid} is {row.status}")


def _read_guest(
    reader: Reader, row: GuestRow, config: ConfigRead, coverage: Coverage, options: CollectOptions
) -> Guest:
    if config.lock in HALF_MADE_LOCKS:
        half = incomplete(Incomplete.HALF_MADE, f"{row.type}/{row.vmid} on {row.node} is locked: {config.lock}")
        return _nothing_certain(row, half, options, config)
    seen, facts = _look_inside(reader, row, config, coverage, options)
    kept = read_snapshots(reader, row) if options.areas.snapshots else GuestSnapshots()
    firewall = read_guest_firewall(reader, row.node, row.type, row.vmid) if options.areas.firewall else None
    return _guest(row, GuestDetails(COMPLETE, coverage, seen, config, facts, kept, firewall))


def _look_inside(
    reader: Reader, row: GuestRow, config: ConfigRead, coverage: Coverage, options: CollectOptions
) -> tuple[GuestAddresses, AgentFacts]:
    """Read what a running guest shows of its inside: its addresses, and what the agent of a virtual machine says."""
    areas, agent = options.areas, Agent(reader, row) if row.type == "qemu" else None
    silence = _silence(row, config, coverage)
    seen = GuestAddresses(NOT_READ)
    if areas.addresses or areas.guest_interfaces:
        seen = GuestAddresses(silence)
        if silence.complete:
            expected = bool(config.nics) or not coverage.complete
            seen = ask_agent(agent, expected=expected) if agent else ask_container(reader, row, expected=expected)
        if row.status == "running" and coverage.complete and not config.nics:
            seen = without_nics(seen)
    if agent is None:
        return seen, unasked(areas, COMPLETE)  # a container has none: nothing is missing
    return seen, ask_facts(agent, areas) if silence.complete else unasked(areas, silence)


def _silence(row: GuestRow, config: ConfigRead, coverage: Coverage) -> Coverage:
    """Return why nothing inside a guest can be asked; complete when it can."""
    if row.status != "running":
        return _stopped(row)
    if row.type == "lxc" or config.agent:
        return COMPLETE
    # A configuration that is not valid does not prove that the agent is off.
    return coverage if not config.understood else _agent_off(row)


def _agent_off(row: GuestRow) -> Coverage:
    return incomplete(
        Incomplete.AGENT_DISABLED, f"the configuration of qemu/{row.vmid} does not enable the guest agent"
    )


def _guest(row: GuestRow, found: GuestDetails) -> Guest:
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
        created=config.created,
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
        agent_os=found.facts.os.value,
        agent_hostname=found.facts.hostname.value,
        unprivileged=config.unprivileged,
        search_domain=config.search_domain,
        cpu_type=config.cpu_type,
        cloud_init=config.cloud_init,
        snapshots=found.kept.snapshots,
        firewall=found.firewall,
        coverage=GuestCoverage(
            row=found.row,
            config=found.config_coverage,
            addresses=found.seen.coverage,
            agent_os=found.facts.os.coverage,
            agent_hostname=found.facts.hostname.coverage,
            snapshots=found.kept.coverage,
            values=tuple(sorted((*config.values, *found.seen.values, *found.kept.values))),
        ),
    )
