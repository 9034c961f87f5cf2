"""Reverse drift: what Proxmox would need to say what NetBox says. Shown only: nothing sends it anywhere."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from proxbox_plan.core.address import Address
from proxbox_plan.model.base import Frozen
from proxbox_plan.model.drift import Author, Origin


class ReverseOption(Frozen):
    """One option of `qm set` or `pct set`, and the difference it is for."""

    option: str = Field(description="memory, cores, net0, ...")
    value: str | None = Field(description="What it is set to; null when it is deleted. Of a NIC its VLAN id.")
    address: Address = Field(description="Stable name of the object in plans.")
    field: str = Field(description="Field of that object that differs.")
    netbox: Any = Field(default=None, description="What NetBox has.")
    proxmox: Any = Field(default=None, description="What Proxmox says.")
    origin: Origin = Field(description="netbox, both or preserved: who changed it.")
    author: Author | None = Field(default=None, description="Who it was, where NetBox's changelog says so.")


class ReversedGuest(Frozen):
    """A guest, with what it would be told on its node."""

    cluster: str
    node: str
    type: str = Field(description="qemu or lxc.")
    vmid: int
    name: str
    options: tuple[ReverseOption, ...]
    commands: tuple[str, ...] = Field(description="Lines for a shell on the node, quoted.")


class Unexpressed(Frozen):
    """A difference of a field that Proxmox has, and why no option makes Proxmox say the same."""

    address: Address
    name: str
    field: str
    netbox: Any = None
    proxmox: Any = None
    why: str


class ReverseDrift(Frozen):
    """What people changed in NetBox, as options of Proxmox."""

    clusters: tuple[str, ...]
    guests: tuple[ReversedGuest, ...] = ()
    left: tuple[Unexpressed, ...] = Field(default=(), description="What cannot be said, and why.")
    others: int = Field(default=0, description="How many differences are of fields that Proxmox does not have.")
    complete: bool = Field(description="The source was read wholly: what is not listed agrees.")
