"""Memory and disks in MiB, as Proxmox counts them, or in MB, as NetBox shows its numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.plan.lab import disk, lab, vm
from tests.plan.world import World, fields_of, policy


def synced(units: str) -> World:
    """Return a world with a guest of 2 GiB and a disk of 8 GiB."""
    options: dict[str, Any] = {"units": units}
    made = World(lab(vm(memory_mib=2048, disks=(disk(gib=8),))), policy(**options))
    made.settle()
    return made


@pytest.mark.parametrize(("units", "memory", "size"), [("binary", 2048, 8192), ("decimal", 2147, 8590)])
def test_numbers_are_counted_in_the_unit(units: str, memory: int, size: int) -> None:
    """A disk is rounded up, memory to the nearest."""
    made = synced(units)
    assert made.find("virtual-machine", "lab/qemu/100").fields["memory"] == memory
    assert made.find("virtual-disk", "lab/qemu/100/disk/scsi0").fields["size"] == size


def test_another_unit_later() -> None:
    """Is an update of every number."""
    made = synced("binary")
    made.policy = synced("decimal").policy
    assert fields_of(made.plan(), "virtual-machine:lab/qemu/100") == {"memory": (2048, 2147)}
    made.settle()
