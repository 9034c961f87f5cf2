"""A plan of the size that a report must still be pleasant with."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from proxbox_plan.model.plan import Cause, Plan
from tests.builders import change, changed, plan


@cache
def large_first_plan(guests: int = 5_000) -> Plan:
    """Return the first plan of so many guests: four objects of each, with the fields that such objects have."""
    changes = [
        change(
            f"{kind}:lab/qemu/{vmid}/{kind}",
            name=f"web-prod-{vmid:05} {kind}",
            fields=tuple(changed(name, None, value, Cause.NEW) for name, value in make(vmid).items()),
        )
        for kind, make in _KINDS.items()
        for vmid in range(100, 100 + guests)
    ]
    return plan(changes=tuple(changes))


def _machine(vmid: int) -> dict[str, Any]:
    return {
        "name": f"web-prod-{vmid:05}",
        "cluster": _ref("cluster", "lab"),
        "device": _ref("device", f"pve{vmid % 12}"),
        "vcpus": float(vmid % 8),
        "memory": 1024 * (vmid % 16),
        "status": "active",
        "comments": f"made for ticket {vmid}",
        "serial": f"00000000-0000-4000-8000-{vmid:012d}",
    }


def _interface(vmid: int) -> dict[str, Any]:
    return {
        "name": "net0",
        "virtual_machine": _ref("virtual-machine", f"web-prod-{vmid:05}"),
        "enabled": True,
        "mac_address": f"BC:24:11:00:{vmid // 256:02X}:{vmid % 256:02X}",
        "mode": "access",
        "untagged_vlan": _ref("vlan", f"VLAN {vmid % 40}"),
        "description": "virtio, vmbr0",
    }


def _disk(vmid: int) -> dict[str, Any]:
    return {
        "name": "scsi0",
        "virtual_machine": _ref("virtual-machine", f"web-prod-{vmid:05}"),
        "size": vmid % 99 * 1024,
        "description": f"local-zfs:vm-{vmid}-disk-0",
    }


def _address(vmid: int) -> dict[str, Any]:
    return {
        "address": f"10.0.{vmid // 256}.{vmid % 256}/16",
        "status": "active",
        "assigned_object": _ref("vm-interface", f"web-prod-{vmid:05} net0"),
        "dns_name": f"web-prod-{vmid:05}.example.com",
    }


def _ref(kind: str, name: str) -> dict[str, Any]:
    return {"kind": kind, "name": name, "id": 7, "address": f"{kind}:{name}"}


_KINDS: dict[str, Callable[[int], dict[str, Any]]] = {
    "virtual-machine": _machine,
    "vm-interface": _interface,
    "virtual-disk": _disk,
    "ip-address": _address,
}
