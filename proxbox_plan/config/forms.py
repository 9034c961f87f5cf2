"""Checks of single values; each raises ValueError with the message for the user."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from proxbox_plan.core import patterns

REFERENCE_FORMS = "{env: NAME}, {file: path} or {command: [program, argument]}"
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?")


def secret_by_reference(data: Any) -> Any:
    """Refuse a literal secret: the file is meant to be committed."""
    if isinstance(data, (str, int, float)):
        raise ValueError(f"a secret must not be written into this file; reference it: {REFERENCE_FORMS}")  # noqa: TRY004  # pydantic turns only ValueError into a diagnostic
    return data


def base_url(text: str) -> str:
    """Return NetBox's base URL without a trailing slash."""
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a web address such as https://netbox.example.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or a password")
    if parts.query or parts.fragment:
        raise ValueError("must end before any `?` or `#`")
    _ = parts.port  # ValueError when it is not a port
    url = text.strip().rstrip("/")
    if url.endswith("/api"):
        raise ValueError("must be the address of the web interface, without `/api`")
    return url


def proxy_url(text: str) -> str:
    """Return the URL of an HTTP proxy; one with a password is refused, as the file is meant to be committed."""
    parts = urlsplit(text.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a web address such as http://proxy.example.com:3128")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must not hold a user or a password")
    _ = parts.port  # ValueError when it is not a port
    return text.strip()


def bare_host(text: str) -> str:
    """Return a host name or an address, without scheme, port and brackets."""
    bare = text.strip().removeprefix("[").removesuffix("]")
    if _HOST.fullmatch(bare):
        return bare
    try:
        ipaddress.IPv6Address(bare)
    except ValueError as error:
        raise ValueError(
            "must be a bare host name or address: no https://, no port (`port:` has its own key)"
        ) from error
    return bare


def pattern(text: str) -> None:
    """Check a condition's text: a regular expression between slashes, else a glob."""
    if not text:
        raise ValueError("must not be empty; omit the key to match anything")
    patterns.pattern(text)


def network(text: str) -> None:
    """Check a network in CIDR notation."""
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"is not a network such as 10.0.0.0/8: {error}") from error
