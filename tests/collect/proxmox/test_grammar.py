"""Proxmox's small languages, and hostile input to them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxbox_plan.collect.proxmox.parse import grammar
from proxbox_plan.collect.proxmox.parse.disk import parse_disk
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.collect.proxmox.parse.nic import MODELS, parse_lxc_nic, parse_qemu_nic, parse_trunks
from proxbox_plan.model.state import GuestDisk, GuestNic

MAC = "BC:24:11:39:0C:8C"
GIB = 1024**3


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("1048576", 1048576),
        ("528K", 528 * 1024),
        ("4M", 4 * 1024**2),
        ("4MiB", 4 * 1024**2),
        ("32G", 32 * GIB),
        ("1.5T", 1536 * GIB),
        ("0.1K", 103),
        ("0.3", 1),
        (" 8G ", 8 * GIB),
    ],
)
def test_sizes_are_exact_and_rounded_up(text: str, size: int) -> None:
    """Every unit, bare bytes, fractions."""
    assert grammar.parse_size(text) == size


@pytest.mark.parametrize("text", ["", "8g", "8 G", "-1G", "1e9", "G", "8GB", "9" * 30, "1.G", "٣G"])
def test_other_sizes_are_refused(text: str) -> None:
    """Lower case and the like are no sizes in Proxmox."""
    with pytest.raises(GrammarError):
        grammar.parse_size(text)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("prod;web", ("prod", "web")),
        ("one, two, three", ("one", "three", "two")),
        ("b a;b,,a", ("a", "b")),
        ("Legacy", ("Legacy",)),
        ("", ()),
        (" ; ", ()),
    ],
)
def test_tags_split_on_every_separator_of_history(text: str, tags: tuple[str, ...]) -> None:
    """Semicolon, comma, space; sorted, without duplicates, case kept."""
    assert grammar.parse_tags(text) == tags


@pytest.mark.parametrize(
    ("text", "on"),
    [("1", True), ("enabled=1,fstrim_cloned_disks=1", True), ("0", False), ("type=isa", False), ("yes", True)],
)
def test_the_agent_flag(text: str, *, on: bool) -> None:
    """A bare flag, or `enabled=`."""
    assert grammar.parse_agent(text) is on


@pytest.mark.parametrize(("text", "mib"), [("8192", 8192), ("current=8192", 8192)])
def test_memory(text: str, mib: int) -> None:
    """A number, or a property string since 8.1."""
    assert grammar.parse_memory(text) == mib


def test_the_smbios_uuid() -> None:
    """The uuid among the other fields, lower case; anything else is no uuid."""
    assert grammar.parse_smbios_uuid("base64=1,uuid=BD9C66B3-AD3C-4D6D-AA3D-1FA7BC8960A9") == (
        "bd9c66b3-ad3c-4d6d-aa3d-1fa7bc8960a9"
    )
    assert grammar.parse_smbios_uuid("family=x") is None
    assert grammar.parse_uuid("1") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("creation-qemu=10.1.2,ctime=1795143097", 1_795_143_097),
        ("ctime=1795143097", 1_795_143_097),
        ("creation-qemu=10.1.2", None),
        ("", None),
        ("1795143097", None),
        ("ctime=0", None),
        ("ctime=253402300800", None),
        ("ctime=yesterday", None),
    ],
)
def test_when_a_vm_was_created(text: str, moment: int | None) -> None:
    """The time of its `meta`; one that cannot be read is none, and makes nothing else incomplete."""
    assert grammar.parse_created(text) == moment


@pytest.mark.parametrize(
    ("text", "prefix", "address"),
    [
        ("10.0.0.5/24", None, "10.0.0.5/24"),
        ("10.0.0.5", "24", "10.0.0.5/24"),
        ("10.0.0.5", "255.255.255.0", "10.0.0.5/24"),
        ("fe80::1%eth0", "64", "fe80::1/64"),
        ("fe80::1%eth0/64", None, "fe80::1/64"),
        ("10.0.0.5%eth0", "24", "10.0.0.5/24"),
        ("fe80::1%", "64", "fe80::1/64"),
        ("2001:DB8:0::1/64", None, "2001:db8::1/64"),
        ("10.0.0.5", None, "10.0.0.5/32"),
    ],
)
def test_addresses_are_canonical(text: str, prefix: str | None, address: str) -> None:
    """Host bits stay, the zone goes, IPv6 is compressed."""
    assert grammar.parse_address(text, prefix) == address


def test_slots_sort_by_number() -> None:
    """The tenth NIC comes after the second."""
    slots = ["net10", "net2", "efidisk0", "net1", "rootfs"]
    assert sorted(slots, key=grammar.slot_order) == ["efidisk0", "net1", "net2", "net10", "rootfs"]


@pytest.mark.parametrize(
    "line",
    [
        f"virtio={MAC},bridge=vmbr0,tag=10,firewall=1",
        f"tag=10,bridge=vmbr0,virtio={MAC.lower()}",
        f"model=virtio,macaddr={MAC},bridge=vmbr0,tag=10",
        f"virtio,macaddr={MAC},bridge=vmbr0,tag=10,mtu=1,queues=4,rate=12.5",
    ],
)
def test_a_vm_nic_has_many_spellings(line: str) -> None:
    """Order and spelling do not matter."""
    expected = GuestNic(slot="net0", name="net0", model="virtio", mac=MAC, bridge="vmbr0", tag=10)
    assert parse_qemu_nic("net0", line) == expected


@pytest.mark.parametrize("model", sorted(MODELS))
def test_every_model_is_a_nic(model: str) -> None:
    """Not only virtio."""
    assert parse_qemu_nic("net0", f"{model}={MAC}").model == model


def test_a_vm_nic_with_everything() -> None:
    """Trunks, MTU, link down and what cloud-init sets."""
    line = f"e1000={MAC},bridge=vmbr1,link_down=1,mtu=1400,trunks=20;30-40"
    nic = parse_qemu_nic("net1", line, "ip=10.0.0.2/24,gw=10.0.0.1,ip6=2001:db8::2/64,gw6=2001:db8::1")
    assert nic.trunks == ((20, 20), (30, 40))
    assert (nic.link_down, nic.mtu) == (True, 1400)
    assert nic.addresses == ("10.0.0.2/24", "2001:db8::2/64")
    assert nic.gateways == ("10.0.0.1", "2001:db8::1")


def test_a_vm_nic_with_nothing() -> None:
    """Without MAC and bridge (user-mode NAT) it is a NIC all the same."""
    assert parse_qemu_nic("net0", "virtio") == GuestNic(slot="net0", name="net0", model="virtio")


def test_a_container_nic() -> None:
    """Name, static addresses; `dhcp`, `auto` and `manual` are no addresses."""
    line = f"name=eth0,bridge=vmbr0,hwaddr={MAC},ip=10.0.0.9/24,ip6=auto,gw=10.0.0.1,tag=30,type=veth"
    nic = parse_lxc_nic("net0", line)
    assert (nic.name, nic.model, nic.mac, nic.tag) == ("eth0", "veth", MAC, 30)
    assert (nic.addresses, nic.gateways) == (("10.0.0.9/24",), ("10.0.0.1",))
    assert parse_lxc_nic("net0", "name=eth0,ip=dhcp,ip6=manual").addresses == ()


def test_the_default_key_may_stand_anywhere() -> None:
    """Proxmox writes it first, and reads it wherever it is; twice is not valid."""
    assert parse_qemu_nic("net0", f"bridge=vmbr0,virtio,macaddr={MAC}") == parse_qemu_nic(
        "net0", f"virtio={MAC},bridge=vmbr0"
    )
    assert parse_disk("scsi0", "size=64G,zfs-vm:vm-105-disk-0") == parse_disk("scsi0", "zfs-vm:vm-105-disk-0,size=64G")
    for text in ("a,b", "key=1,a", "a=1,=b,c"):
        with pytest.raises(GrammarError):
            grammar.parse_options(text, "key")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "bridge=vmbr0",
        "virtio=zz",
        f"virtio={MAC},tag=5000",
        f"virtio={MAC},tag=x",
        f"virtio={MAC},oops",
        f"virtio={MAC},model=e1000",
    ],
)
def test_a_line_that_is_no_nic_is_refused(line: str) -> None:
    """It is reported, not guessed."""
    with pytest.raises(GrammarError):
        parse_qemu_nic("net0", line)


@pytest.mark.parametrize("text", ["0", "4095", "5-3", "a", "1-2-3"])
def test_bad_trunks_are_refused(text: str) -> None:
    """VLAN ids go from 1 to 4094, ranges rise."""
    with pytest.raises(GrammarError):
        parse_trunks(text)


@pytest.mark.parametrize(
    ("slot", "line", "disk"),
    [
        (
            "scsi0",
            "local:100/vm-100-disk-0.qcow2,discard=on,size=8G,ssd=1",
            GuestDisk(
                slot="scsi0",
                storage="local",
                volume="100/vm-100-disk-0.qcow2",
                size_bytes=8 * GIB,
                format="qcow2",
                options=("discard=on", "ssd=1"),
            ),
        ),
        ("virtio0", "file=a:b,format=raw", GuestDisk(slot="virtio0", storage="a", volume="b", format="raw")),
        (
            "scsi1",
            "base:base-9-disk-0/vm-1-disk-0",
            GuestDisk(slot="scsi1", storage="base", volume="base-9-disk-0/vm-1-disk-0"),
        ),
        (
            "efidisk0",
            "l:vm-1-disk-1,efitype=4m,size=528K",
            GuestDisk(slot="efidisk0", storage="l", volume="vm-1-disk-1", size_bytes=540672, options=("efitype=4m",)),
        ),
        (
            "sata1",
            "/dev/disk/by-id/ata-X,size=2T",
            GuestDisk(slot="sata1", volume="/dev/disk/by-id/ata-X", size_bytes=2048 * GIB),
        ),
        ("mp0", "/srv/host,mp=/srv,ro=1", GuestDisk(slot="mp0", volume="/srv/host", options=("mp=/srv", "ro=1"))),
    ],
)
def test_disks(slot: str, line: str, disk: GuestDisk) -> None:
    """Volumes, linked clones, passed-through devices, bind mounts."""
    assert parse_disk(slot, line) == disk


@pytest.mark.parametrize(
    "line",
    [
        "none,media=cdrom",
        "cdrom",
        "local:iso/debian.iso,media=cdrom,size=600M",
        "ceph:vm-100-cloudinit,media=cdrom",
        "local:100/vm-100-cloudinit.qcow2",
        "none",
    ],
)
def test_what_holds_no_data_is_no_disk(line: str) -> None:
    """CD-ROM drives and cloud-init drives."""
    assert parse_disk("ide2", line) is None


@pytest.mark.parametrize("line", ["", "novolume", "local:", ":x", "local:x,size=8g", "local:x,oops"])
def test_a_line_that_is_no_disk_is_refused(line: str) -> None:
    """It is reported, not guessed."""
    with pytest.raises(GrammarError):
        parse_disk("scsi0", line)


PARSERS: list[Callable[[str], object]] = [
    grammar.parse_agent,
    grammar.parse_address,
    grammar.parse_flag,
    grammar.parse_gateway,
    grammar.parse_mac,
    grammar.parse_memory,
    grammar.parse_options,
    grammar.parse_size,
    grammar.parse_smbios_uuid,
    grammar.parse_tags,
    grammar.parse_uuid,
    grammar.parse_created,
    grammar.parse_whole,
    grammar.slot_order,
    parse_trunks,
    lambda text: parse_disk("scsi0", text),
    lambda text: parse_lxc_nic("net0", text),
    lambda text: parse_qemu_nic("net0", text, text),
]
# Text that is nearly right gets further than noise.
WORDS = st.sampled_from(
    "virtio model name ip ip6 gw tag trunks mtu size media file uuid enabled = , ; - : / % . 1 4095 8G dhcp cdrom none "
    f"::1 10.0.0.1/24 {MAC}".split()
)
HOSTILE = st.one_of(st.text(max_size=80), st.lists(WORDS, max_size=20).map("".join))


@pytest.mark.parametrize("parse", PARSERS)
@given(text=HOSTILE)
@example("")
@example("=")
@example(",=,")
@example("9" * 5000)
@example("\x00\x1b[31m")
def test_hostile_input_fails_in_one_way_only(parse: Callable[[str], object], text: str) -> None:
    """Whatever a string holds: a value, or GrammarError."""
    with suppress(GrammarError):
        parse(text)


def test_a_complaint_quotes_little() -> None:
    """The message stays short, whatever was found."""
    with pytest.raises(GrammarError) as raised:
        grammar.parse_size("x" * 10_000)
    assert len(str(raised.value)) < 200
