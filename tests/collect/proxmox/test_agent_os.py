"""The operating system that a guest agent reports, in the words of several systems."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, read_one
from proxbox_plan.collect.proxmox.api_models.cluster import OsInfo
from proxbox_plan.collect.proxmox.parse.agent_os import parse_os
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.model.state import AgentOs


def parsed(**fields: Any) -> AgentOs:
    """Return what an answer means."""
    return parse_os(read_one(OsInfo, {name.replace("_", "-"): value for name, value in fields.items()}))


@pytest.mark.parametrize(
    ("answer", "name", "version"),
    [
        (
            {"id": "debian", "name": "Debian GNU/Linux", "version": "13 (trixie)", "version_id": "13"},
            "Debian GNU/Linux",
            "13",
        ),
        (
            {"id": "debian", "name": "debian", "pretty_name": "Debian GNU/Linux 12 (bookworm)", "version_id": "12"},
            "Debian GNU/Linux",
            "12",
        ),
        ({"id": "debian", "pretty_name": "Debian GNU/Linux 12 (bookworm)", "version_id": 12}, "Debian GNU/Linux", "12"),
        (
            {"id": "ubuntu", "name": "Ubuntu", "pretty_name": "Ubuntu 24.04.1 LTS", "version_id": "24.04"},
            "Ubuntu",
            "24.04",
        ),
        (
            {"id": "freebsd", "name": "FreeBSD", "pretty_name": "FreeBSD 14.0-CURRENT", "version": "14.0"},
            "FreeBSD",
            "14.0",
        ),
        ({"id": "arch", "name": "Arch Linux", "pretty_name": "Arch Linux"}, "Arch Linux", ""),
        ({"id": "void", "name": "void", "pretty_name": "Void Linux"}, "Void Linux", ""),
        (
            {"id": "mswindows", "name": "Microsoft Windows", "version": "Microsoft Windows Server 2022"},
            "Windows Server",
            "2022",
        ),
        ({"id": "mswindows", "version": "Microsoft Windows Server 2012 R2"}, "Windows Server", "2012 R2"),
        ({"id": "mswindows", "version": "Microsoft Windows 11", "version_id": "11"}, "Windows", "11"),
        ({"id": "x", "name": "a\x1b[31m\nb" + "c" * 200, "version_id": "1\n2"}, "a [31m b" + "c" * 92, "1 2"),
    ],
)
def test_name_and_version(answer: dict[str, Any], name: str, version: str) -> None:
    """The name for people, and the version without its code name; what is hostile is one short line."""
    assert parsed(**answer) == AgentOs(name=name, version=version)


@pytest.mark.parametrize(
    "answer",
    [
        {"kernel_release": "6.12.43-amd64", "machine": "x86_64"},
        {"id": "debian", "version_id": "12"},
        {"id": "mswindows", "name": "Microsoft Windows", "version": "N/A", "version_id": "N/A"},
        {"id": "mswindows", "name": "Microsoft Windows", "pretty_name": "Windows Server 2022 Standard"},
        {"id": ["debian"], "name": {"a": 1}},
    ],
)
def test_what_an_agent_does_not_know(answer: dict[str, Any]) -> None:
    """Only the kernel, only the name for programs, or a Windows that is newer than the agent: nothing is known."""
    with pytest.raises((GrammarError, WrongShapeError)):
        parsed(**answer)
