"""A state that is being read while NetBox is: each side's error ends the other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from concurrent.futures import CancelledError
from threading import Event

import pytest

from proxbox_plan.api.state_source import StateSource, UntilUnwanted
from proxbox_plan.cli.terminal.output import Audience
from proxbox_plan.core.errors import NetBoxError, ProxmoxError
from proxbox_plan.model.state import Cluster, State
from tests.listening import Listener

STATE = State.make(clusters=())
NAMED = State.make(clusters=(Cluster(name="lab"),))
PATIENCE = 20.0  # seconds after which a test fails instead of hanging


def test_netbox_is_asked_before_the_state_is_there() -> None:
    """The reading ends only when the work beside it has begun."""
    asked = Event()

    def read(_unwanted: Event) -> State:
        assert asked.wait(PATIENCE)
        return STATE

    async def work(state: Awaitable[State]) -> State:
        asked.set()
        return await state

    assert asyncio.run(StateSource(read).beside(work)) is STATE


def test_what_netbox_is_asked_first_is_sent_before_the_reading_begins() -> None:
    """NetBox is waited for longest; what is loaded for Proxmox would take the processor from what asks it."""
    order: list[str] = []

    def read(_unwanted: Event) -> State:
        order.append("proxmox")
        return STATE

    async def work(state: Awaitable[State]) -> State:
        order.append("netbox")
        return await state

    asyncio.run(StateSource(read).beside(work))
    assert order == ["netbox", "proxmox"]


def test_proxmox_that_fails_ends_the_reading_of_netbox() -> None:
    """A NetBox whose answers cannot be used is not waited for."""
    ended: list[bool] = []

    def read(_unwanted: Event) -> State:
        raise ProxmoxError("no route")

    async def work(_state: Awaitable[State]) -> None:
        try:
            await asyncio.sleep(PATIENCE)
        finally:
            ended.append(True)

    with pytest.raises(ProxmoxError, match="no route"):
        asyncio.run(StateSource(read).beside(work))
    assert ended == [True]


def test_netbox_that_fails_ends_the_collection() -> None:
    """At its next step, as a thread cannot be stopped from outside."""
    steps: list[str] = []

    def read(unwanted: Event) -> State:
        progress = UntilUnwanted(Audience(), unwanted)
        progress.started(2)
        assert unwanted.wait(PATIENCE)
        try:
            progress.advanced("qemu/100")
        except CancelledError:
            steps.append("ended")
            raise
        return STATE

    async def work(_state: Awaitable[State]) -> None:
        await asyncio.sleep(0)
        raise NetBoxError("no NetBox")

    with pytest.raises(NetBoxError, match="no NetBox"):
        asyncio.run(StateSource(read).beside(work))
    assert steps == ["ended"]


def test_the_clusters_of_a_file_are_known_once_it_is_read() -> None:
    """So what depends on none of them is asked before."""
    source = StateSource(lambda _unwanted: NAMED)

    async def work(state: Awaitable[State]) -> tuple[str, ...]:
        return await source.names(state)

    assert asyncio.run(source.beside(work)) == ("lab",)


def test_the_clusters_of_a_collection_are_known_before_it_is_done() -> None:
    """The configuration names them."""
    known = Event()

    def read(_unwanted: Event) -> State:
        assert known.wait(PATIENCE)
        return NAMED

    source = StateSource(read, ("lab",))

    async def work(state: Awaitable[State]) -> tuple[str, ...]:
        names = await source.names(state)
        known.set()
        return names

    assert asyncio.run(source.beside(work)) == ("lab",)


def test_a_state_that_is_there_is_given() -> None:
    """A file's."""
    source = StateSource.of(STATE)

    async def work(state: Awaitable[State]) -> State:
        return await state

    assert source.clusters == ()
    assert source.state() is STATE
    assert asyncio.run(source.beside(work)) is STATE


def test_what_is_not_wanted_is_not_waited_for() -> None:
    """What a collection waits for is passed on, until the other side has failed."""
    unwanted, listener = Event(), Listener()
    progress = UntilUnwanted(listener, unwanted)
    progress.waiting("Proxmox")
    unwanted.set()
    progress.waiting("Proxmox still")
    assert listener.waits == ["Proxmox"]
