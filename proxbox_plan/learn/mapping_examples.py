"""Mapping examples: a real guest as a mapping test shows it, with what conditions look at and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from proxbox_plan.learn import literal
from proxbox_plan.mapping import ADDRESS, GUEST
from proxbox_plan.model.policy.mapping_test import ExampleGuest
from proxbox_plan.model.state import Guest

_ADDRESS: Final = "192.0.2.1/24"
"""Of the networks for documentation: a test needs an address, and no real one."""


def example_guest(guest: Guest, vids: Iterable[int], *, addressed: bool) -> ExampleGuest | None:
    """Return a guest in VLANs, with the facts that conditions read; null for one whose facts cannot be written down."""
    facts: dict[str, Any] = {
        "name": guest.name,
        "vmid": guest.vmid,
        "type": guest.type,
        "node": guest.node,
        "tags": guest.tags,
        "pool": guest.pool,
        "ha": guest.hastate,
        "os": guest.ostype,
        "agent_os": guest.agent_os and guest.agent_os.name,
        "agent_version": guest.agent_os and guest.agent_os.version,
        "agent_hostname": guest.agent_hostname,
    }
    texts = [value for key, value in facts.items() if isinstance(value, str) and key != "type" and value]
    if not guest.name or not all(map(literal.is_plain, (*texts, *guest.tags))):
        return None
    nics: list[dict[str, Any]] = [{"tag": vid} for vid in vids]
    if addressed:
        nics = nics or [{}]
        nics[0]["addresses"] = (_ADDRESS,)
    given = {key: value for key, value in facts.items() if value}
    return ExampleGuest.model_validate({**given, **({"nics": nics} if nics else {})})


def expectation(given: Mapping[str, str | None]) -> dict[str, dict[str, Any] | list[dict[str, Any]]]:
    """Return what a mapping test expects of an object that gets these values."""
    machine = {key: value for key, value in given.items() if key != "vrf"}
    expected: dict[str, dict[str, Any] | list[dict[str, Any]]] = {GUEST.name: machine} if machine else {}
    return {**expected, **({ADDRESS.name: {"vrf": given["vrf"]}} if "vrf" in given else {})}
