"""What one guest's answers prove, and what they do not: value by value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from proxbox_plan.clients.proxmox.client import ProxmoxReadError
from proxbox_plan.collect.proxmox.api_models.cluster import GuestRow
from proxbox_plan.collect.proxmox.guests.addresses import read_interfaces
from proxbox_plan.collect.proxmox.guests.guest import collect_guest
from proxbox_plan.collect.proxmox.guests.locator import GuestLocator
from proxbox_plan.collect.proxmox.options import CollectOptions
from proxbox_plan.collect.proxmox.parse.guest_config import read_config
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import COMPLETE, NOT_READ, Guest, Incomplete

MAC = "BC:24:11:00:00:01"
VM: dict[str, Any] = {
    "digest": "d",
    "agent": "1",
    "net0": f"virtio={MAC},bridge=vmbr0",
    "scsi0": "local:vm-disk,size=8G",
}
CONTAINER: dict[str, Any] = {"digest": "d", "rootfs": "local:ct-disk,size=8G"}
LOOPBACK = {
    "name": "lo",
    "hardware-address": "00:00:00:00:00:00",
    "ip-addresses": [{"ip-address": "127.0.0.1", "prefix": 8}],
}
ETH0 = {"name": "eth0", "hardware-address": MAC, "ip-addresses": [{"ip-address": "10.0.0.5", "prefix": 24}]}
NOW = {"name": "current", "description": "You are here!"}


class Answers:
    """A reader of prepared answers by the end of their path; what is not there fails."""

    def __init__(self, **answers: Any) -> None:
        """Take the answers."""
        self._answers = answers

    def get(self, path: str, **params: str | int) -> Any:
        """Return an answer."""
        name = path.rpartition("/")[2].replace("network-get-interfaces", "inside").replace("interfaces", "inside")
        name = "pending" if name == "config" and not params else name
        if name not in self._answers:
            raise ProxmoxReadError(path, Incomplete.SERVER_ERROR, "500 no")
        return self._answers[name]


def collected(config: Mapping[str, Any], kind: str = "qemu", status: str = "running", **answers: Any) -> Guest:
    """Return a guest of these answers."""
    reader: Any = Answers(config=config, **answers)
    row = GuestRow(type=kind, vmid=100, node="pve1", name="g", status=status)  # type: ignore[arg-type]
    return collect_guest(reader, row, GuestLocator(reader, {}), CollectOptions(Areas(snapshots=True), 0.0, "9.2"))


def inside(*rows: Any) -> Any:
    """Return what is read of these interfaces."""
    return read_interfaces(list(rows), "/inside")


def config(kind: Any, **lines: Any) -> Any:
    """Return what is read of a configuration."""
    return read_config(kind, lines, "/config")


def with_addresses(*addresses: Any, **fields: Any) -> dict[str, Any]:
    """Return an interface with these addresses."""
    return {**ETH0, "ip-addresses": list(addresses), **fields}


def test_a_configuration_always_has_a_digest() -> None:
    """B6: one without is not the whole, however much else it has."""
    for lines in ({}, {"name": "x", "net0": VM["net0"]}):
        assert config("qemu", **lines)[1].reason is Incomplete.BAD_ANSWER


def test_a_container_always_has_a_root() -> None:
    """B6: one without is not the whole."""
    assert config("lxc", **CONTAINER)[1] == COMPLETE
    read, coverage = config("lxc", digest="d", mp0="local:x,size=1G,mp=/x")
    assert coverage.reason is Incomplete.BAD_ANSWER
    assert "rootfs" in coverage.detail
    assert [disk.slot for disk in read.disks] == ["mp0"]


@pytest.mark.parametrize(
    ("kind", "lines", "unknown"),
    [
        ("qemu", {"scsi0": "local:x"}, ["disks.scsi0.size_bytes"]),
        ("qemu", {"scsi0": "local:x,size=1G"}, []),
        ("qemu", {"scsi1": "/dev/disk/by-id/x"}, ["disks.scsi1.size_bytes"]),
        ("qemu", {"ide2": "none,media=cdrom"}, []),
        ("lxc", {"rootfs": "local:x"}, ["disks.rootfs.size_bytes"]),
        ("lxc", {"rootfs": "local:x,size=1G", "mp0": "/srv,mp=/srv"}, []),
        ("lxc", {"rootfs": "local:x,size=1G", "mp0": "/dev/sdb1,mp=/srv"}, ["disks.mp0.size_bytes"]),
    ],
)
def test_the_size_of_a_disk_may_be_missing(kind: str, lines: dict[str, str], unknown: list[str]) -> None:
    """B3: the configuration is whole without it; a directory that is mounted has none."""
    read, coverage = config(kind, digest="d", **lines)
    assert coverage == COMPLETE
    assert [name for name, _ in read.values] == unknown
    assert {found.reason for _, found in read.values} <= {Incomplete.VALUE_MISSING}


def test_a_device_of_the_boot_order_is_there() -> None:
    """B17: Proxmox hides lines that it cannot parse; what it boots from must be somewhere."""
    shown = {**VM, "boot": "order=scsi0;net1"}
    for found in (collected(shown), collected(shown, pending=shown), collected(shown, pending={"boot": "order=net1"})):
        assert not found.coverage.config.complete
    hidden = collected(shown, pending={**shown, "net1": VM["net0"]}).coverage.config
    assert hidden.reason is Incomplete.CONTRADICTION
    assert "net1" in hidden.detail


def test_an_unplugged_device_stays_in_the_boot_order_until_the_restart() -> None:
    """The order that is pending names it no longer: it is gone."""
    unplugged = collected({**VM, "boot": "order=scsi0;net1"}, pending={**VM, "boot": "order=scsi0"})
    assert unplugged.coverage.config == COMPLETE


@pytest.mark.parametrize("boot", ["order=scsi0;net0", "cdn", "order=", ""])
def test_boot_orders_that_hide_nothing(boot: str) -> None:
    """Also the letters of old versions; the configuration is asked for once."""
    assert collected({**VM, "boot": boot}).coverage.config == COMPLETE


def test_a_guest_without_nics_misses_nothing() -> None:
    """B18: neither one whose agent is off or silent, nor a container that shows its loopback only."""
    bare = {name: line for name, line in VM.items() if name != "net0"}
    for found in (
        collected({**bare, "agent": "0"}),
        collected(bare),
        collected(CONTAINER, "lxc", inside=[LOOPBACK]),
    ):
        assert found.coverage.addresses == COMPLETE
    # What its interfaces are called is not known then, which is no reason to say that something is missing.
    assert collected(bare).coverage.of("interfaces").reason is NOT_READ.reason
    assert collected(CONTAINER, "lxc", inside=[LOOPBACK]).coverage.values == ()


def test_a_guest_with_nics_that_shows_none_is_starting() -> None:
    """The loopback alone proves nothing, nor does a NIC that was not read prove that there is none."""
    assert collected(VM, inside={"result": [LOOPBACK]}).coverage.addresses.reason is Incomplete.AGENT_SILENT
    broken = {**VM, "net0": "garbage"}
    assert collected(broken, inside={"result": [LOOPBACK]}).coverage.addresses.reason is Incomplete.AGENT_SILENT


@pytest.mark.parametrize(
    ("address", "prefix", "shown", "unknown"),
    [
        ("10.0.0.9", 24, "10.0.0.9/24", False),
        ("10.0.0.9", -1, "10.0.0.9/32", True),
        ("10.0.0.9", 0, "10.0.0.9/32", True),
        ("10.0.0.9", None, "10.0.0.9/32", True),
        ("2001:db8::9", 129, "2001:db8::9/128", True),
        ("fe80::1%eth0", -1, "fe80::1/128", False),
        ("127.0.0.1", -1, "127.0.0.1/32", False),
    ],
)
def test_a_prefix_length_may_be_unknown(address: str, prefix: int | None, shown: str, *, unknown: bool) -> None:
    """B4: agents answer -1; loopback and link-local need none."""
    read = inside(ETH0, with_addresses({"ip-address": address, "prefix": prefix}, name="eth1"))
    assert read.coverage == COMPLETE
    assert [found.address for found in read.addresses if found.interface == "eth1"] == [shown]
    assert [name for name, _ in read.values] == ([f"addresses.eth1 {shown}"] if unknown else [])


def test_an_interface_without_a_name_costs_the_names() -> None:
    """B4: Windows has some. Its addresses are read, those of the others too."""
    read = inside(ETH0, with_addresses({"ip-address": "10.0.0.9", "prefix": 24}, name=None))
    assert read.coverage == COMPLETE
    assert [found.address for found in read.addresses] == ["10.0.0.9/24", "10.0.0.5/24"]
    assert [name for name, _ in read.values] == ["interfaces"]


@pytest.mark.parametrize("address", [{"prefix": 24}, {"ip-address": "::zz", "prefix": 64}, 7])
def test_an_address_that_is_not_understood_costs_its_interface(address: Any) -> None:
    """B4: the others are whole; without a name it is not known which interface that is."""
    read = inside(ETH0, with_addresses(address, name="eth1"))
    assert read.coverage == COMPLETE
    assert [(name, found.reason) for name, found in read.values] == [("interfaces.eth1", Incomplete.BAD_ANSWER)]
    assert inside(ETH0, with_addresses(address, name=None)).coverage.reason is Incomplete.BAD_ANSWER


def test_old_containers_show_one_address_of_each_family() -> None:
    """Before 8.3: that proves nothing of the others."""
    read = inside({"name": "eth0", "hwaddr": MAC, "inet": "10.0.0.5/24"}, {"name": "lo", "inet": "127.0.0.1/8"})
    assert [name for name, _ in read.values] == ["interfaces.eth0"]


SNAPSHOT = {"name": "first", "snaptime": 1_700_000_000}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([NOW], None),
        ([SNAPSHOT, {**NOW, "parent": "first"}], None),
        ([], Incomplete.BAD_ANSWER),
        ([SNAPSHOT], Incomplete.BAD_ANSWER),
        ([{**NOW, "parent": "first"}], Incomplete.CONTRADICTION),
        ([{**SNAPSHOT, "name": "second", "parent": "first"}, NOW], Incomplete.CONTRADICTION),
        ([{**SNAPSHOT, "snapstate": "delete"}, {**NOW, "parent": "first"}], Incomplete.HALF_MADE),
    ],
)
def test_when_a_list_of_snapshots_is_whole(rows: list[Any], reason: Incomplete | None) -> None:
    """The guest as it is now is always on it, and so is every parent."""
    assert collected(VM, inside={"result": [ETH0]}, snapshot=rows).coverage.snapshots.reason is reason


@pytest.mark.parametrize(("time", "known"), [({}, False), ({"snaptime": 0}, True), ({"snaptime": 9}, True)])
def test_the_time_of_a_snapshot_may_be_missing(time: dict[str, int], *, known: bool) -> None:
    """Zero is what Proxmox says when it does not know it itself."""
    found = collected(VM, inside={"result": [ETH0]}, snapshot=[{"name": "first", **time}, NOW])
    assert found.coverage.snapshots == COMPLETE
    assert found.coverage.of("snapshots.first.created").complete is known
