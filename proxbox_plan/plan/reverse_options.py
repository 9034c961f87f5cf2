"""Options of `qm set` and `pct set` for what NetBox says of a guest, field by field, and the lines that set them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from proxbox_plan.core.address import Address
from proxbox_plan.core.sanitize import clean, first_line, note, slug
from proxbox_plan.core.shell import quoted
from proxbox_plan.mapping import units
from proxbox_plan.model.drift import Item
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.state import NOT_READ, Guest, GuestNic
from proxbox_plan.model.state.vlans import NOWHERE, Segment, Wiring
from proxbox_plan.plan.relations.references import ref_id

Edits = Mapping[tuple[Address, str | None], Any]  # what NetBox has in each field that people changed
_LABEL: Final = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DNS_NAME: Final = re.compile(rf"{_LABEL}(\.{_LABEL})*")  # as Proxmox wants a name
_NIC: Final = re.compile(r"net[0-9]{1,3}")
_LONGEST_NOTE: Final = 8192  # bytes that Proxmox takes
_LEAST_MEMORY: Final = 16  # MiB that Proxmox takes


class NotExpressibleError(Exception):
    """No option makes Proxmox say it; the message says why."""


class Said(NamedTuple):
    """An option and its value; null deletes it, and of a NIC it is the VLAN id."""

    option: str
    value: str | None


@dataclass(frozen=True, slots=True)
class ReversibleGuest:
    """A guest, and what decides what NetBox gets of it."""

    cluster: str
    guest: Guest
    policy: Policy
    ruled: frozenset[str]  # keys of `set` that rules give, or may give
    vlans: Mapping[int, Mapping[str, Any]]  # NetBox id -> what it says of a VLAN
    wiring: Wiring
    edits: Edits  # of all guests

    @property
    def is_container(self) -> bool:
        """Whether it is one."""
        return self.guest.type == "lxc"


def said_by(item: Item, subject: ReversibleGuest | None) -> list[Said]:
    """Return the options for one difference; NotExpressibleError when there are none."""
    if subject is None:
        raise NotExpressibleError("the guest is not in the state under its own number")
    if not (subject.guest.coverage.row.complete and subject.guest.coverage.config.complete):
        raise NotExpressibleError("the configuration of the guest was not read")
    if item.field in subject.ruled:
        raise NotExpressibleError("a rule of the configuration gives the value, whatever Proxmox says")
    return list(_READERS[str(item.field)](item, subject))


def _name(item: Item, subject: ReversibleGuest) -> Iterator[Said]:
    name = str(item.netbox)
    if not _DNS_NAME.fullmatch(name):
        raise NotExpressibleError("Proxmox takes only a DNS name: letters, digits and `-`")
    yield Said("hostname" if subject.is_container else "name", name)


def _cores(item: Item, subject: ReversibleGuest) -> Iterator[Said]:
    """Sockets and hot-plugged CPUs are not in a state: they are set, too, so that the product is NetBox's number."""
    if item.netbox is None and subject.is_container:
        yield from (Said("cores", None), Said("cpulimit", None))
        return
    number = float(item.netbox or 0)
    if not number.is_integer() or number < 1:
        raise NotExpressibleError("Proxmox takes whole CPUs, at least one")
    yield Said("cores", str(int(number)))
    if not subject.is_container:
        yield from (Said("sockets", "1"), Said("vcpus", None))


def _memory(item: Item, subject: ReversibleGuest) -> Iterator[Said]:
    mib = round(int(item.netbox or 0) * units.bytes_of(subject.policy) / units.MIB)
    if mib < _LEAST_MEMORY:
        raise NotExpressibleError(f"Proxmox takes at least {_LEAST_MEMORY} MiB")
    yield Said("memory", str(mib))


def _onboot(item: Item, subject: ReversibleGuest) -> Iterator[Said]:
    del subject
    if item.netbox not in ("on", "off"):
        raise NotExpressibleError("Proxmox knows only on and off")
    yield Said("onboot", "1" if item.netbox == "on" else "0")


def _note(item: Item, subject: ReversibleGuest) -> Iterator[Said]:
    del subject
    yield _note_of(str(item.netbox or ""))


def _summary(item: Item, subject: ReversibleGuest) -> Iterator[Said]:
    """Put a description in place of the first line of the note: that is where it is from."""
    wanted = str(item.netbox or "")
    if (item.address, "comments") in subject.edits:
        if first_line(str(subject.edits[item.address, "comments"] or "")) != wanted:
            raise NotExpressibleError("it is the first line of the note, and NetBox's comments have another")
        return
    if "comments" in subject.ruled:
        raise NotExpressibleError("it is the first line of the note, and a rule gives that")
    lines = subject.guest.description.split("\n")
    place = next((index for index, line in enumerate(lines) if first_line(line)), 0)
    changed = "\n".join((*lines[:place], *((wanted,) if wanted else ()), *lines[place + 1 :]))
    if first_line(changed) != wanted:
        raise NotExpressibleError("the first line of the note cannot be told from the rest of it")
    yield _note_of(changed)


def _note_of(text: str) -> Said:
    if note(text) != text:
        raise NotExpressibleError("it has characters or white space that are not taken over from a note of Proxmox")
    if len(text.encode("utf-8", "replace")) > _LONGEST_NOTE:
        raise NotExpressibleError(f"Proxmox takes a note of {_LONGEST_NOTE:,} bytes at most")
    return Said("description", text or None)


def _tags(item: Item, subject: ReversibleGuest) -> Iterator[Said]:
    """Take off the tags that people took off; those that they put on are theirs, and no drift."""
    taken = {str(tag) for tag in item.proxmox or ()} - {str(tag) for tag in item.netbox or ()}
    own = [tag for tag in subject.guest.tags if slug(clean(tag, 100)) in taken]
    if not subject.policy.guest_tags or {slug(clean(tag, 100)) for tag in own} != taken or len(own) != len(taken):
        raise NotExpressibleError(f"not each of these is one tag in Proxmox: {', '.join(sorted(taken))}")
    yield Said("tags", ";".join(tag for tag in subject.guest.tags if tag not in own) or None)


def _vlan(item: Item, subject: ReversibleGuest) -> Iterator[Said]:
    slot = item.address.key.last
    nic = next((nic for nic in subject.guest.nics if nic.slot == slot), None)
    if nic is None or not _NIC.fullmatch(slot):
        raise NotExpressibleError("the guest has no such NIC")
    _check_tag(nic, subject)
    if item.netbox is None:
        yield Said(slot, None)
        return
    wanted = subject.vlans.get(ref_id(item.netbox) or 0, {})
    vid = wanted.get("vid")
    if not isinstance(vid, int):
        raise NotExpressibleError("NetBox does not say which VLAN id that is")
    if wanted.get("qinq_svlan"):
        raise NotExpressibleError("that VLAN is inside of another one (Q-in-Q)")
    if vid == nic.tag:
        raise NotExpressibleError("it is another VLAN with the same VLAN id")
    yield Said(slot, str(vid))


def _check_tag(nic: GuestNic, subject: ReversibleGuest) -> None:
    """Raise NotExpressibleError where the VLAN of a NIC is not that of its tag, or may not be."""
    vnet = subject.wiring.vnet(nic.bridge)
    if vnet is not None and not vnet.vlanaware:
        raise NotExpressibleError("its vnet decides on its VLAN, and takes no tag")
    segment = subject.wiring.segment(subject.guest.node, nic.bridge)
    if isinstance(segment, Segment):
        if segment != NOWHERE:
            raise NotExpressibleError("its bridge or vnet is in a VLAN, and a tag would be one inside of that")
    elif segment != NOT_READ:
        raise NotExpressibleError("it was not read whether its bridge or vnet is in a VLAN")


_READERS: Final[Mapping[str, Callable[[Item, ReversibleGuest], Iterator[Said]]]] = MappingProxyType(
    {
        "name": _name,
        "vcpus": _cores,
        "memory": _memory,
        "start_on_boot": _onboot,
        "comments": _note,
        "description": _summary,
        "tags": _tags,
        "untagged_vlan": _vlan,
    }
)


def commands(guest: Guest, said: Sequence[Said]) -> Iterator[str]:
    """Yield the lines that set options on the guest's node: one for the guest, and one for each NIC."""
    tool = "pct" if guest.type == "lxc" else "qm"
    words = [
        f"--{option}={quoted(value)}" for option, value in said if value is not None and not _NIC.fullmatch(option)
    ]
    deleted = ",".join(option for option, value in said if value is None and not _NIC.fullmatch(option))
    words += [f"--delete={deleted}"] if deleted else []
    if words:
        yield " ".join((tool, "set", str(guest.vmid), *words))
    for option, value in said:
        if _NIC.fullmatch(option):
            yield _nic_line(tool, guest.vmid, option, value)


def _nic_line(tool: str, vmid: int, slot: str, tag: str | None) -> str:
    """Return the line that sets only the VLAN of a NIC: the rest of its line is read when it is run."""
    script = f"/^{slot}: /{{s/^{slot}: //;s/,tag=[0-9]*//;s/^tag=[0-9]*,//;p;}}"
    current = f"$({tool} config {vmid} | sed -n {quoted(script)})"
    return f'{tool} set {vmid} --{slot}="{current}{f",tag={tag}" if tag is not None else ""}"'
