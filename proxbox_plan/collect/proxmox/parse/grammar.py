"""Pure parsers of the small languages in Proxmox's strings; every one fails with GrammarError only."""

from __future__ import annotations

import ipaddress
import re
from fractions import Fraction
from functools import lru_cache
from math import ceil

TRUE_WORDS = frozenset({"1", "on", "yes", "true"})
FALSE_WORDS = frozenset({"0", "off", "no", "false", ""})
SIZE = re.compile(r"(\d{1,20}(?:\.\d{1,20})?)(?:([KMGT])(?:iB)?)?", re.ASCII)
UNITS = {None: 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}
MAC = re.compile(r"[0-9A-F]{2}(?::[0-9A-F]{2}){5}", re.ASCII)
WHOLE = re.compile(r"\d{1,18}", re.ASCII)
TAG_SEPARATORS = re.compile(r"[,;\s]+")
ZONE = re.compile(r"%[^/]*")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
MOST_MEMORY = 2**31 - 1  # MiB
LAST_SECOND = 253_402_300_799  # the end of the year 9999
SHOWN = 60


class GrammarError(ValueError):
    """A string is not written in the language it should be."""

    def __init__(self, what: str, text: str) -> None:
        """Say what was expected, and quote what was found."""
        quoted = repr(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
        super().__init__(f"{what}: {quoted}")


def parse_options(text: str, default_key: str = "") -> dict[str, str]:
    """Parse `a=1,b=2`; one item without `=`, anywhere, is the value of `default_key`.

    A repeated key keeps the last value.
    """
    options: dict[str, str] = {}
    for item in text.split(","):
        key, equals, value = item.partition("=")
        if equals and key.strip():
            options[key.strip()] = value.strip()
        elif not equals and item.strip() and default_key and default_key not in options:
            options[default_key] = item.strip()
        elif item.strip():
            raise GrammarError("expected key=value", item)
    return options


def parse_flag(text: str) -> bool:
    """Parse a boolean the way Proxmox does."""
    word = text.strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise GrammarError("expected 0 or 1", text)


def parse_whole(text: str, least: int = 0, most: int = 10**18) -> int:
    """Parse a whole number within bounds."""
    if not WHOLE.fullmatch(text.strip()):
        raise GrammarError("expected a whole number", text)
    number = int(text)
    if not least <= number <= most:
        raise GrammarError(f"expected a number from {least} to {most}", text)
    return number


def parse_size(text: str) -> int:
    """Parse `8G`, `528K`, `1.5T`, `4MiB` or bare bytes into bytes, rounded up."""
    found = SIZE.fullmatch(text.strip())
    if found is None:
        raise GrammarError("expected a size such as 32G", text)
    return ceil(Fraction(found[1]) * UNITS[found[2]])


def parse_mac(text: str) -> str:
    """Parse a MAC address into upper case with colons."""
    mac = text.strip().upper().replace("-", ":")
    if not MAC.fullmatch(mac):
        raise GrammarError("expected a MAC address", text)
    return mac


def parse_tags(text: str) -> tuple[str, ...]:
    """Parse tags, whichever of the separators of Proxmox's history stands between them."""
    return tuple(sorted({tag for tag in TAG_SEPARATORS.split(text) if tag}))


def parse_names(text: str) -> tuple[str, ...]:
    """Parse a list of names, separated by spaces or commas, into sorted ones."""
    return parse_tags(text)


def parse_memory(text: str) -> int:
    """Parse `8192` or `current=8192` (MiB)."""
    return parse_whole(parse_options(text, "current").get("current", ""), 1, MOST_MEMORY)


def parse_agent(text: str) -> bool:
    """Whether `1`, `enabled=1,type=virtio` or the like switches the guest agent on."""
    return parse_flag(parse_options(text, "enabled").get("enabled", "0"))


def parse_cpu_type(text: str) -> str | None:
    """Return the model of `host,flags=+aes` or `cputype=host`; null when none is set."""
    return (parse_options(text, "cputype").get("cputype") if text else None) or None


def parse_uuid(text: str) -> str | None:
    """Return a UUID in lower case, null for anything else (`vmgenid` may be a flag)."""
    uuid = text.strip().lower()
    return uuid if UUID.fullmatch(uuid) else None


def parse_smbios_uuid(text: str) -> str | None:
    """Return the uuid of an `smbios1` line."""
    return parse_uuid(parse_options(text).get("uuid", ""))


def parse_created(text: str) -> int | None:
    """Return the creation time of a `meta` line; null where there is none that can be read: nothing else needs it."""
    try:
        return parse_whole(parse_options(text).get("ctime", ""), 1, LAST_SECOND)
    except GrammarError:
        return None


@lru_cache(maxsize=1024)  # half of what guests show are the addresses of their loopbacks
def parse_address(text: str, prefix: str | None = None) -> str:
    """Return address and prefix length in canonical form: host bits kept, no zone."""
    bare = ZONE.sub("", text.strip())
    try:
        return ipaddress.ip_interface(f"{bare}/{prefix.strip()}" if prefix else bare).with_prefixlen
    except ValueError:
        raise GrammarError("expected an IP address", text) from None


def parse_seen_address(text: str, prefix: str | None = None) -> tuple[str, bool]:
    """Return an address that a guest shows, and whether its prefix length is known: agents answer -1 now and then.

    One whose length is not known gets that of a single address; loopback and link-local need no other.
    """
    alone = parse_address(text)
    if prefix is None and "/" in text:
        return alone, True
    try:
        found = parse_address(text, prefix or "none")
    except GrammarError:
        local = ipaddress.ip_interface(alone)
        return alone, local.is_loopback or local.is_link_local
    return (alone, False) if found.endswith("/0") else (found, True)


def parse_network(text: str) -> str:
    """Return a network in canonical form: no host bits."""
    try:
        return ipaddress.ip_network(text.strip(), strict=False).with_prefixlen
    except ValueError:
        raise GrammarError("expected a network", text) from None


def parse_gateway(text: str) -> str:
    """Return the canonical form of an address without prefix."""
    try:
        return str(ipaddress.ip_address(ZONE.sub("", text.strip())))
    except ValueError:
        raise GrammarError("expected a gateway address", text) from None


def parse_boot_order(text: str) -> tuple[str, ...]:
    """Return the devices of `order=scsi0;net0`; none for the letters of old versions."""
    return parse_tags(parse_options(text, "legacy").get("order", "")) if text else ()


def slot_order(slot: str) -> tuple[str, int]:
    """Sort key of configuration keys: net2 comes before net10."""
    name = slot.rstrip("0123456789")
    digits = slot[len(name) :]
    return name, int(digits[:9]) if digits else -1
