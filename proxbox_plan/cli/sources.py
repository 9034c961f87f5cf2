"""Where a command gets its state and its NetBox from: files, or the live systems."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from proxbox_plan.cli.state_source import StateSource, UntilUnwanted
from proxbox_plan.cli.terminal.output import Output
from proxbox_plan.core.errors import UsageError
from proxbox_plan.core.progress import OnWait

if TYPE_CHECKING:
    from proxbox_plan.clients.netbox.client import NetBox
    from proxbox_plan.config import Settings
    from proxbox_plan.model.connection import ProxmoxConnection
    from proxbox_plan.model.state import State


def collecting(
    settings: Settings, output: Output, clusters: Sequence[str] = (), *, keep_going: bool = False
) -> StateSource:
    """Return what will read the configured clusters (or those named) from Proxmox.

    With `keep_going` it is known only afterwards which clusters could be read, so they are read here and now.
    """
    if keep_going:
        return StateSource.of(collected(settings, output, clusters, keep_going=True))
    connections = _connections(settings, clusters)  # a secret that is missing is said before anybody is asked
    names = tuple(connection.cluster for connection in connections)
    return StateSource(lambda unwanted: _collected(settings, output, connections, unwanted=unwanted), names)


def collected(settings: Settings, output: Output, clusters: Sequence[str] = (), *, keep_going: bool = False) -> State:
    """Read the configured clusters (or those named) from Proxmox; `keep_going` leaves out those that can't be read."""
    return _collected(settings, output, _connections(settings, clusters), keep_going=keep_going)


def _connections(settings: Settings, clusters: Sequence[str]) -> list[ProxmoxConnection]:
    return [settings.proxmox(name) for name in clusters or settings.clusters]


def _collected(
    settings: Settings,
    output: Output,
    connections: Sequence[ProxmoxConnection],
    *,
    keep_going: bool = False,
    unwanted: Event | None = None,
) -> State:
    from proxbox_plan.collect.proxmox.run import collect

    with output.progress("Collecting", "collect") as progress:
        return collect(
            connections,
            areas=settings.policy.areas,
            warn=output.warning,
            progress=UntilUnwanted(progress, unwanted) if unwanted else progress,
            leave_out=(lambda name, error: output.warning(f"cluster {name} is left out: {error.message}"))
            if keep_going
            else None,
        )


def netbox_client(
    settings: Settings, output: Output, *, read_only: bool, branch: str | None = None, on_wait: OnWait | None = None
) -> NetBox:
    """Return a client for the configured NetBox, or the schema of a branch; warns when TLS is not verified.

    `on_wait` is told what it waits for: the stage that it works for. Without one that is a note.
    """
    from proxbox_plan.clients.netbox.client import NetBox

    connection = settings.netbox()
    if not connection.verify_tls:
        output.warning("netbox.verify_tls is off: anybody between here and NetBox can read and change everything")
    return NetBox(connection, read_only=read_only, branch=branch, on_wait=on_wait or output.waiting)


def saved(*paths: Path | str) -> StateSource:
    """Return the source of a state that is in files; they are read when it is wanted."""
    return StateSource(lambda _unwanted: saved_state(*paths))


def saved_state(*paths: Path | str) -> State:
    """Read a state file, or several as one: each cluster is in one of them only."""
    from proxbox_plan.documents import read_document
    from proxbox_plan.model.state import State

    states = [(path, read_document(path, State)) for path in paths]
    if len(states) == 1:
        return states[0][1]
    places: dict[str, Path | str] = {}
    for path, state in states:
        for cluster in state.clusters:
            if cluster.name in places:
                raise UsageError(
                    f"the cluster {cluster.name!r} is in {places[cluster.name]} and in {path}",
                    hint="Give one state of each cluster: the newer one.",
                )
            places[cluster.name] = path
    clusters = sorted((one for _, state in states for one in state.clusters), key=lambda cluster: cluster.name)
    return State.make(clusters=tuple(clusters), redacted=any(state.redacted for _, state in states))
