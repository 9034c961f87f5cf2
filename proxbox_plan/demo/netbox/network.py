"""Addresses, prefixes and MAC addresses in the spelling NetBox keeps."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network, ip_interface
from ipaddress import ip_network as parse_network

Interface = IPv4Interface | IPv6Interface
Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

_MAC_SPELLINGS = (
    re.compile(r"(?:[0-9a-f]{1,2}:){5}[0-9a-f]{1,2}", re.IGNORECASE),
    re.compile(r"(?:[0-9a-f]{1,2}-){5}[0-9a-f]{1,2}", re.IGNORECASE),
    re.compile(r"[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}", re.IGNORECASE),
    re.compile(r"[0-9a-f]{12}", re.IGNORECASE),
)


def mac_address(value: str) -> str:
    """Spell a MAC address as NetBox does, in upper case with colons; ValueError when it is none."""
    value = value.replace(" ", "")
    if not any(spelling.fullmatch(value) for spelling in _MAC_SPELLINGS):
        message = f"not a MAC address: {value}"
        raise ValueError(message)
    parts = re.split(r"[:-]", value)
    digits = "".join(part.zfill(2) for part in parts) if len(parts) > 1 else value.replace(".", "")
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2)).upper()


def interface(value: str) -> Interface:
    """Read an address with its mask; ValueError when it is none."""
    return ip_interface(value)


def network(value: str) -> Network:
    """Read a prefix, host bits allowed; ValueError when it is none."""
    return parse_network(value, strict=False)


def host_of(address: str) -> str:
    """Give the address without its mask."""
    return address.partition("/")[0]


def family_of(address: str) -> int:
    """Tell whether it is 4 or 6."""
    return 6 if ":" in address else 4


def sort_key(address: str) -> tuple[int, int, int]:
    """Order addresses and prefixes as PostgreSQL does: family, bits, mask length."""
    read = interface(address)
    return read.version, int(read.ip), read.network.prefixlen


def is_in_range(address: str, first: str, last: str) -> bool:
    """Tell whether an address is one of a range, whatever the masks."""
    read, low, high = (interface(text).ip for text in (address, first, last))
    return read.version == low.version and int(low) <= int(read) <= int(high)


def size_of_range(first: str, last: str) -> int:
    """Count the addresses of a range; not positive when it ends before it begins."""
    return int(interface(last).ip) - int(interface(first).ip) + 1


def name_of_range(first: str, last: str) -> str:
    """Write a range as NetBox shows it: `10.0.0.5-9/24`."""
    low, high = interface(first), interface(last)
    length = low.network.prefixlen
    if low.ip == high.ip:
        return f"{low.ip}-{high.ip}/{length}"
    separator = ":" if low.version == 6 else "."  # noqa: PLR2004 # IPv6
    ours, theirs = str(low.ip).split(separator), str(high.ip).split(separator)
    base = [one for one, other in zip(ours, theirs, strict=False) if one == other]
    rest = (separator.join(parts[len(base) :]) for parts in (ours, theirs))
    return f"{separator.join(base)}{separator}{'-'.join(rest)}/{length}"
