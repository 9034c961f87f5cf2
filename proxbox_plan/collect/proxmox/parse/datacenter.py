"""The small languages of storages, backups, jobs and tasks."""

from __future__ import annotations

import re

from proxbox_plan.collect.proxmox.api_models.answer import LARGEST_INTEGER, LARGEST_VMID
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError, parse_flag, parse_options, parse_whole
from proxbox_plan.model.state import TagColor
from proxbox_plan.model.state.datacenter import GuestType, Retention

ARCHIVE = re.compile(r"vzdump-(?P<type>qemu|lxc|openvz)-(?P<vmid>[1-9]\d{0,8})-", re.ASCII)
ON_BACKUP_SERVER = re.compile(r"backup/(?P<type>vm|ct)/(?P<vmid>[1-9]\d{0,8})/", re.ASCII)
GUEST_TYPES: dict[str, GuestType] = {"qemu": "qemu", "vm": "qemu", "lxc": "lxc", "ct": "lxc", "openvz": "lxc"}
VMID = re.compile(r"[1-9]\d{2,8}", re.ASCII)
COLOR = re.compile(r"[0-9A-Fa-f]{6}", re.ASCII)
KEEP_ALL = "keep-all"


def parse_retention(text: str) -> Retention:
    """Parse `keep-last=3,keep-weekly=2` into sorted pairs; `keep-all` is a flag."""
    pairs = parse_options(text) if text else {}
    return tuple(
        sorted(
            (key, int(parse_flag(value)) if key == KEEP_ALL else parse_whole(value, 0, LARGEST_INTEGER))
            for key, value in pairs.items()
        )
    )


def parse_vmids(text: str) -> tuple[int, ...]:
    """Parse `100,102` into sorted numbers."""
    found = (item.strip() for item in re.split(r"[,;\s]", text))
    return tuple(sorted({parse_whole(item, 1, LARGEST_VMID) for item in found if item}))


def parse_tag_colors(style: str) -> tuple[TagColor, ...]:
    """Parse the color map of a tag style: `color-map=web:ff8800:000000;db:00aa00`; colors of texts are NetBox's own."""
    found: dict[str, TagColor] = {}
    for item in filter(None, parse_options(style).get("color-map", "").split(";")):
        name, *colors = item.strip().split(":")
        if not name or not colors or not COLOR.fullmatch(colors[0]):
            raise GrammarError("expected TAG:COLOR", item)
        found[name] = TagColor(name=name, color=colors[0].lower())
    return tuple(found[name] for name in sorted(found))


def parse_guest(text: str) -> int | None:
    """Return the vmid that a task's id is; null for a task about anything else."""
    return int(text) if VMID.fullmatch(text) else None


def parse_volume(text: str) -> tuple[GuestType | None, int | None]:
    """Return the type and vmid that a backup's volume is named after; nulls for any other name."""
    found = ON_BACKUP_SERVER.search(text) or ARCHIVE.search(text)
    return (GUEST_TYPES[found["type"]], int(found["vmid"])) if found else (None, None)
