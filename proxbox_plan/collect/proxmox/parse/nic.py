"""The `netN` and `ipconfigN` lines of guests."""

from __future__ import annotations

import re

from proxbox_plan.collect.proxmox.parse.grammar import (
    GrammarError,
    parse_address,
    parse_flag,
    parse_gateway,
    parse_mac,
    parse_options,
    parse_whole,
)
from proxbox_plan.model.state import GuestNic

MODELS = frozenset(
    {
        "e1000",
        "e1000-82540em",
        "e1000-82544gc",
        "e1000-82545em",
        "e1000e",
        "i82551",
        "i82557b",
        "i82559er",
        "ne2k_isa",
        "ne2k_pci",
        "pcnet",
        "rtl8139",
        "virtio",
        "vmxnet3",
    }
)
NOT_STATIC = frozenset({"", "dhcp", "auto", "manual"})
INHERIT_MTU = 1
RANGE_SEPARATORS = re.compile(r"[;,\s]+")
FIRST_VLAN, LAST_VLAN = 1, 4094


def parse_qemu_nic(slot: str, line: str, ipconfig: str = "") -> GuestNic:
    """Parse a VM's `netN`, with the `ipconfigN` that belongs to it."""
    options = parse_options(line, "model")
    model, mac = options.get("model"), options.get("macaddr")
    for name in sorted(MODELS.intersection(options)):  # `virtio=MAC` stands for model and macaddr
        if "model" in options:
            raise GrammarError("expected one model", line)
        model, mac = name, options[name]
    if model not in MODELS:
        raise GrammarError("expected a network card model", line)
    return _nic(slot, slot, model, mac, options, parse_options(ipconfig))


def parse_lxc_nic(slot: str, line: str) -> GuestNic:
    """Parse a container's `netN`."""
    options = parse_options(line)
    name = options.get("name")
    if not name:
        raise GrammarError("expected name=", line)
    return _nic(slot, name, options.get("type", "veth"), options.get("hwaddr"), options, options)


def _nic(  # noqa: PLR0913
    slot: str, name: str, model: str, mac: str | None, options: dict[str, str], ip: dict[str, str]
) -> GuestNic:
    mtu = parse_whole(options["mtu"], 1, 65535) if options.get("mtu") else INHERIT_MTU
    tag = options.get("tag")
    return GuestNic(
        slot=slot,
        name=name,
        model=model,
        mac=parse_mac(mac) if mac else None,
        bridge=options.get("bridge") or None,
        tag=parse_whole(tag, FIRST_VLAN, LAST_VLAN) if tag else None,
        trunks=parse_trunks(options.get("trunks", "")),
        link_down=parse_flag(options.get("link_down", "0")),
        mtu=None if mtu == INHERIT_MTU else mtu,
        addresses=tuple(sorted({parse_address(ip[key]) for key in ("ip", "ip6") if _static(ip.get(key))})),
        gateways=tuple(sorted({parse_gateway(ip[key]) for key in ("gw", "gw6") if ip.get(key)})),
    )


def _static(value: str | None) -> bool:
    return value is not None and value.lower() not in NOT_STATIC


def parse_trunks(text: str) -> tuple[tuple[int, int], ...]:
    """Parse `20;30-40` into sorted inclusive ranges; bridges and Open vSwitch put other separators between."""
    ranges = set()
    for part in filter(None, RANGE_SEPARATORS.split(text)):
        first, dash, last = part.partition("-")
        low = parse_whole(first, FIRST_VLAN, LAST_VLAN)
        high = parse_whole(last, FIRST_VLAN, LAST_VLAN) if dash else low
        if high < low:
            raise GrammarError("expected a rising range of VLAN ids", part)
        ranges.add((low, high))
    return tuple(sorted(ranges))
