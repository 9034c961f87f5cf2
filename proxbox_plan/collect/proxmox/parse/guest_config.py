"""Parses a guest's configuration line by line; a line that is not valid makes it incomplete, the others are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from proxbox_plan.collect.proxmox.api_models.answer import MOST_CPUS, WrongShapeError, read_one
from proxbox_plan.collect.proxmox.api_models.cluster import GuestConfig
from proxbox_plan.collect.proxmox.parse.cloud_init import IP_CONFIG, read_cloud_init
from proxbox_plan.collect.proxmox.parse.disk import LXC_SLOT, QEMU_SLOT, parse_disk
from proxbox_plan.collect.proxmox.parse.grammar import (
    GrammarError,
    parse_agent,
    parse_boot_order,
    parse_cpu_type,
    parse_created,
    parse_memory,
    parse_smbios_uuid,
    parse_tags,
    parse_uuid,
    slot_order,
)
from proxbox_plan.collect.proxmox.parse.nic import parse_lxc_nic, parse_qemu_nic
from proxbox_plan.collect.proxmox.reading import incomplete, wrong_shape
from proxbox_plan.model.state import COMPLETE, CloudInit, Coverage, GuestDisk, GuestNic, GuestType, Incomplete

NIC_SLOT = re.compile(r"net\d{1,3}", re.ASCII)
DEFAULT_MEMORY = "512"
ROOT = "rootfs"
Item = TypeVar("Item")


@dataclass(frozen=True)
class ConfigRead:
    """The parsed part of a configuration."""

    understood: bool = False
    """Whether the fixed keys were valid."""
    lock: str | None = None
    template: bool = False
    tags: tuple[str, ...] = ()
    uuid: str | None = None
    vmgenid: str | None = None
    created: int | None = None
    vcpus: float | None = None
    memory_mib: int | None = None
    ostype: str | None = None
    onboot: bool = False
    agent: bool = False
    description: str = ""
    nics: tuple[GuestNic, ...] = ()
    disks: tuple[GuestDisk, ...] = ()
    unprivileged: bool | None = None
    search_domain: str | None = None
    cpu_type: str | None = None
    cloud_init: CloudInit | None = None
    boot_order: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    """Devices that the boot order names and the configuration lacks."""
    values: tuple[tuple[str, Coverage], ...] = ()
    """Coverage of single values that a line lacks."""


class _Lines:
    """Parses lines and remembers the first that is not valid."""

    def __init__(self) -> None:
        self.problem = ""

    def read(self, key: str, parse: Callable[[str], Item], text: object) -> Item | None:
        """Parse one line; null, and remembered, when it is not valid."""
        if not isinstance(text, str):
            self.problem = self.problem or f"{key}: not a text"
            return None
        try:
            return parse(text)
        except GrammarError as error:
            self.problem = self.problem or f"{key}: {error}"
            return None


def read_config(kind: GuestType, data: Any, path: str) -> tuple[ConfigRead, Coverage]:
    """Read /nodes/N/qemu|lxc/ID/config."""
    if not isinstance(data, dict):
        return ConfigRead(), wrong_shape(path, "not a table")
    try:
        config = read_one(GuestConfig, data)
    except WrongShapeError as error:
        return ConfigRead(), wrong_shape(path, str(error))
    lines = _Lines()
    qemu = kind == "qemu"
    if not qemu and ROOT not in data:
        lines.problem = f"{ROOT}: every container has one"
    disks = _disks(kind, data, lines)
    boot_order = (lines.read("boot", parse_boot_order, config.boot or "") if qemu else None) or ()
    read = ConfigRead(
        understood=True,
        lock=config.lock,
        template=config.template,
        tags=parse_tags(config.tags or ""),
        uuid=lines.read("smbios1", parse_smbios_uuid, config.smbios1 or "") if qemu else None,
        vmgenid=parse_uuid(config.vmgenid or "") if qemu else None,
        created=parse_created(config.meta or "") if qemu else None,
        vcpus=_qemu_cpus(config, lines) if qemu else _lxc_cpus(config),
        memory_mib=lines.read("memory", parse_memory, config.memory or DEFAULT_MEMORY),
        ostype=config.ostype,
        onboot=config.onboot,
        agent=bool(qemu and lines.read("agent", parse_agent, config.agent or "0")),
        description=(config.description or "").rstrip(),
        nics=_nics(kind, data, lines),
        disks=disks,
        unprivileged=None if qemu else config.unprivileged,
        search_domain=config.searchdomain,
        cpu_type=lines.read("cpu", parse_cpu_type, config.cpu or "") if qemu else None,
        cloud_init=_cloud_init(config, data, lines) if qemu else None,
        boot_order=boot_order,
        hidden=tuple(device for device in boot_order if device not in data),
        values=tuple(_sizeless(disk, path) for disk in disks if disk.size_bytes is None and not disk.is_bind_mount),
    )
    return read, wrong_shape(path, lines.problem) if lines.problem else COMPLETE


def _sizeless(disk: GuestDisk, path: str) -> tuple[str, Coverage]:
    """Return the coverage of a size that is not in its line: after an edit by hand or a move it may be missing."""
    return f"disks.{disk.slot}.size_bytes", incomplete(Incomplete.VALUE_MISSING, f"GET {path}: {disk.slot} has no size")


def _cloud_init(config: GuestConfig, data: Mapping[str, Any], lines: _Lines) -> CloudInit | None:
    """Return the cloud-init settings; null where one of them is no text."""
    wrong = [key for key, value in data.items() if IP_CONFIG.fullmatch(key) and not isinstance(value, str)]
    if wrong:
        lines.problem = lines.problem or f"{wrong[0]}: not a text"
        return None
    return read_cloud_init(config, data)


def _qemu_cpus(config: GuestConfig, lines: _Lines) -> float | None:
    cpus = config.vcpus or (config.cores or 1) * (config.sockets or 1)
    if cpus > MOST_CPUS:
        lines.problem = lines.problem or f"cores: {cpus} CPUs are more than a guest can have"
        return None
    return float(cpus)


def _lxc_cpus(config: GuestConfig) -> float | None:
    return float(config.cores) if config.cores else config.cpulimit or None


def _nics(kind: GuestType, data: Mapping[str, Any], lines: _Lines) -> tuple[GuestNic, ...]:
    found = []
    for slot in sorted((key for key in data if NIC_SLOT.fullmatch(key)), key=slot_order):

        def parse(line: str, slot: str = slot) -> GuestNic:
            if kind == "lxc":
                return parse_lxc_nic(slot, line)
            ipconfig = data.get(f"ipconfig{slot.removeprefix('net')}", "")
            if not isinstance(ipconfig, str):
                raise GrammarError("its ipconfig is no text", type(ipconfig).__name__)
            return parse_qemu_nic(slot, line, ipconfig)

        found.append(lines.read(slot, parse, data[slot]))
    return tuple(nic for nic in found if nic is not None)


def _disks(kind: GuestType, data: Mapping[str, Any], lines: _Lines) -> tuple[GuestDisk, ...]:
    slots = QEMU_SLOT if kind == "qemu" else LXC_SLOT
    found = []
    for slot in sorted((key for key in data if slots.fullmatch(key)), key=slot_order):

        def parse(line: str, slot: str = slot) -> GuestDisk | None:
            return parse_disk(slot, line)

        found.append(lines.read(slot, parse, data[slot]))
    return tuple(disk for disk in found if disk is not None)
