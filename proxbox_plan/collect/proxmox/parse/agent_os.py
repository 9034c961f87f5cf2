"""The operating system that a guest agent reports: on Linux and BSD what os-release says, on Windows its own names."""

from __future__ import annotations

import re
from typing import Final

from proxbox_plan.clients.proxmox.answer import one_line
from proxbox_plan.collect.proxmox.api_models.cluster import OsInfo
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.model.state import AgentOs

_WINDOWS: Final = "mswindows"
_PRODUCT: Final = re.compile(r"Microsoft (Windows(?: Server)?) (.+)")
_LONGEST: Final = 100  # characters of a name in NetBox


def parse_os(found: OsInfo) -> AgentOs:
    """Return name and version; GrammarError when the agent does not know what it is."""
    name, version = _windows(found) if found.id == _WINDOWS else _other(found)
    return AgentOs(name=one_line(name)[:_LONGEST].strip(), version=one_line(version)[:_LONGEST].strip())


def _windows(found: OsInfo) -> tuple[str, str]:
    """Return the product and its version, without the edition: `Windows Server` and `2022`."""
    product = _PRODUCT.fullmatch(found.version)
    if product is None:  # `N/A` of a Windows that is newer than the agent
        raise GrammarError("no Windows that the agent knows", found.version)
    return product[1], product[2]


def _other(found: OsInfo) -> tuple[str, str]:
    """Return the name and the version of os-release, without the code name that may follow it."""
    version = found.version_id or found.version.partition(" ")[0]
    if found.name.strip() not in ("", found.id):
        return found.name, version
    # It has only the name for programs (`debian`): the text for people begins with the other one.
    name = (found.pretty_name.partition(f" {version}")[0] if version else found.pretty_name).strip()
    if not name:
        raise GrammarError("an operating system without a name", found.id)
    return name, version
