"""The drive lines of VMs and the mount points of containers."""

from __future__ import annotations

import re

from proxbox_plan.collect.proxmox.parse.grammar import GrammarError, parse_options, parse_size
from proxbox_plan.model.state import GuestDisk

QEMU_SLOT = re.compile(r"(?:ide[0-3]|sata[0-5]|scsi\d{1,2}|virtio\d{1,2}|efidisk0|tpmstate0)", re.ASCII)
LXC_SLOT = re.compile(r"(?:rootfs|mp\d{1,3})", re.ASCII)
CLOUD_INIT = re.compile(r"(?:^|/|-)cloudinit(?:\.[a-z0-9]+)?$", re.ASCII)
FORMATS = frozenset({"qcow2", "raw", "vmdk", "subvol"})
OWN_FIELDS = frozenset({"file", "volume", "size", "format", "media"})


def parse_disk(slot: str, line: str) -> GuestDisk | None:
    """Parse a drive or mount point; null when it holds no data: CD-ROM, cloud-init drive, nothing at all."""
    options = parse_options(line, "file")
    source = options.get("file") or options.get("volume", "")
    if options.get("media") == "cdrom" or source in {"none", "cdrom"}:
        return None
    storage, volume = _split_source(source, line)
    if CLOUD_INIT.search(volume):
        return None
    size = options.get("size")
    return GuestDisk(
        slot=slot,
        storage=storage,
        volume=volume,
        size_bytes=parse_size(size) if size else None,
        format=options.get("format") or _format_of(volume),
        options=tuple(sorted(f"{key}={value}" for key, value in options.items() if key not in OWN_FIELDS)),
    )


def _split_source(source: str, line: str) -> tuple[str | None, str]:
    if source.startswith("/"):
        return None, source
    storage, colon, volume = source.partition(":")
    if not storage or not colon or not volume:
        raise GrammarError("expected storage:volume", line)
    return storage, volume


def _format_of(volume: str) -> str | None:
    suffix = volume.rpartition(".")[2]
    return suffix if suffix in FORMATS and "." in volume else None
