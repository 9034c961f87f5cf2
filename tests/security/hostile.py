"""Values an attacker, or an accident, may put anywhere; and a cluster that is full of them."""

from __future__ import annotations

from proxbox_plan.demo.cluster import ClusterDescription, DemoDisk, DemoGuest, DemoNic
from tests.builders import HOSTILE

TEXTS = (
    *HOSTILE,
    "half a character \ud800",
    "\udcff\ud83d",
    "\U000e0041\U0001f9d1\u200d\U0001f680 \u0300\u0301",
    "e\u0301 \ufb01 \u00c5 \u212b \u1e9b\u0323",
    "n" * 10_000,
    "../../../etc/passwd",
    "'; DROP TABLE dcim_device; --",
    "=cmd|' /C calc'!A0",
    "%s %n {0.__class__} ${jndi:ldap://x}",
    "{{ 7*7 }}{% for i in range(10**9) %}{% endfor %}",
    "\x1b]8;;https://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]0;title\x07\x1b[2J\x9b31m",
    "null",
    " ",
    "\u00a0\u3000",
    "١٢٣",  # digits that are not ASCII
    "---\n| a | b |\n|---|---|\n| c | d |\n```\n<details>",
)
NUMBERS = (-1, 0, 1, 2**31, 2**63, 10**30, -(10**30))
NONSENSE_LINES = {
    "net7": "virtio=not-a-mac,bridge=vmbr0",
    "net8": "virtio=BC:24:11:00:00:08,bridge=vmbr0,tag=99999",
    "net9": "=,=,,===",
    "ipconfig7": "ip=999.1.1.1/64,gw=nowhere",
    "scsi9": "local:vm-1-disk-9,size=-5G",
    "scsi10": "local:vm-1-disk-10,size=99999999999999999999T",
    "scsi11": ",,,",
    "virtio15": "local:" + "v" * 10_000 + ",size=1G",
    "smbios1": "uuid=not-a-uuid,base64=1",
    "agent": "enabled=maybe",
}


EMPTY = ("\x00\x07\x9b", " ", "\u00a0\u3000")
"""Texts of which nothing is left that a name could hold."""
LONGEST_TAG = 60


def hostile_cluster(*, texts: tuple[str, ...] = TEXTS) -> ClusterDescription:
    """Return a cluster in which every text that a user can choose is hostile, and some lines are nonsense."""
    cluster = ClusterDescription.seeded(1, guests=4, nodes=2, name="lab")
    cluster.guests.clear()
    for number, text in enumerate(texts):
        cluster.add_guest(hostile_guest(1000 + number, text))
    cluster.change(1000, note="A" * 10_000_000, extra={"memory": 10**30, "cores": -3})
    cluster.change(1001, extra=dict(NONSENSE_LINES))
    return cluster


def hostile_guest(vmid: int, text: str) -> DemoGuest:
    """Return a guest with a text wherever a user can write one."""
    end = f"{vmid // 250}.{vmid % 250}"
    nic = DemoNic(mac=f"BC:24:11:00:{vmid // 256:02X}:{vmid % 256:02X}", bridge=_word(text), seen=(f"10.9.{end}/16",))
    disk = DemoDisk("local", f"vm-{vmid}-{_word(text)}", "8G", (f"serial={_word(text)}",))
    name = f"g{vmid}{text}" if text in EMPTY else text
    return DemoGuest(
        type="qemu" if vmid % 2 else "lxc",
        vmid=vmid,
        node="pve1",
        name=name,
        uuid=f"00000000-0000-4000-8000-{vmid:012d}",
        vmgenid=f"00000000-0000-4000-9000-{vmid:012d}",
        tags=(f"t{text[:LONGEST_TAG]}", f"tag {vmid}"),
        pool=text,
        note=f"{text}\n{text}",
        ostype=text or "l26",
        hastate=text,
        nics={"net0": nic},
        disks={"scsi0" if vmid % 2 else "rootfs": disk},
    )


def _word(text: str) -> str:
    """Return text that stays one value of an option line."""
    return text.replace(",", ";").replace("=", ":") or "x"
