"""What the agent of a virtual machine says beside its addresses: the operating system, and the host name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from proxbox_plan.clients.proxmox.answer import one_line
from proxbox_plan.collect.proxmox.api_models.answer import WrongShapeError, read_one
from proxbox_plan.collect.proxmox.api_models.cluster import HostName, OsInfo
from proxbox_plan.collect.proxmox.guests.agent import Agent, NoAnswerError, refusal
from proxbox_plan.collect.proxmox.parse.agent_os import parse_os
from proxbox_plan.collect.proxmox.parse.grammar import GrammarError
from proxbox_plan.collect.proxmox.reading import wrong_shape
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import COMPLETE, NOT_READ, AgentOs, Coverage

_LONGEST: Final = 253  # characters of a name in DNS
Value = TypeVar("Value")


@dataclass(frozen=True)
class Fact(Generic[Value]):
    """One value, with the coverage of its answer."""

    coverage: Coverage = NOT_READ
    value: Value | None = None


@dataclass(frozen=True)
class AgentFacts:
    """Everything that was requested."""

    os: Fact[AgentOs] = Fact()  # frozen
    hostname: Fact[str] = Fact()  # frozen


def unasked(areas: Areas, why: Coverage) -> AgentFacts:
    """Return what is known when there is no agent to ask: nothing, and why."""
    return AgentFacts(
        Fact(why if areas.guest_os else NOT_READ),
        Fact(why if areas.guest_hostname else NOT_READ),
    )


def ask_facts(agent: Agent, areas: Areas) -> AgentFacts:
    """Ask for what is requested."""
    return AgentFacts(
        _ask(agent, "get-osinfo", _os) if areas.guest_os else Fact(),
        _ask(agent, "get-host-name", _hostname) if areas.guest_hostname else Fact(),
    )


def _ask(agent: Agent, command: str, read: Callable[[Any], Value]) -> Fact[Value]:
    try:
        result = agent.ask(command)
    except NoAnswerError as error:
        return Fact(error.coverage)
    path = agent.path(command)
    if not result or (isinstance(result, dict) and "error" in result):
        return Fact(refusal(result, path))
    try:
        return Fact(COMPLETE, read(result))
    except (WrongShapeError, GrammarError) as error:
        return Fact(wrong_shape(path, str(error)))


def _os(result: Any) -> AgentOs:
    return parse_os(read_one(OsInfo, result))


def _hostname(result: Any) -> str:
    return one_line(read_one(HostName, result).host_name)[:_LONGEST]
