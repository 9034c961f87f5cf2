"""Sources: where a call gets its state and its NetBox from: files, or the live systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from proxbox_plan.api.cancellation import Cancellation
from proxbox_plan.api.events import Reporter
from proxbox_plan.api.state_source import StateSource, UntilUnwanted
from proxbox_plan.core import files
from proxbox_plan.core.errors import ProxmoxError, UsageError
from proxbox_plan.core.progress import OnWait
from proxbox_plan.model.event import Stage

if TYPE_CHECKING:
    from proxbox_plan.clients.netbox.client import NetBox
    from proxbox_plan.config import Settings
    from proxbox_plan.model.connection import ProxmoxConnection
    from proxbox_plan.model.state import State


@contextmanager
def claims_of(settings: Settings) -> Iterator[files.FileClaims]:
    """Keep apart the files of a call, whose configuration was read before it."""
    with files.claims() as claims:
        for file in settings.files:
            claims.add(file, files.Use.READ, "the configuration")
        yield claims


def collecting(
    settings: Settings,
    reporter: Reporter,
    clusters: Sequence[str] = (),
    *,
    keep_going: bool = False,
    cancellation: Cancellation | None = None,
) -> StateSource:
    """Return what will read the configured clusters (or those named) from Proxmox.

    With `keep_going` it is known only afterwards which clusters could be read, so they are read here and now.
    """
    connections = [settings.proxmox(name) for name in clusters or settings.clusters]

    def read(unwanted: Event) -> State:
        return _collected(settings, reporter, connections, unwanted, cancellation, keep_going=keep_going)

    if keep_going:
        return StateSource.of(read(Event()))
    return StateSource(read, tuple(connection.cluster for connection in connections))


def _collected(  # noqa: PLR0913 # all that one collection is told
    settings: Settings,
    reporter: Reporter,
    connections: Sequence[ProxmoxConnection],
    unwanted: Event,
    cancellation: Cancellation | None,
    *,
    keep_going: bool,
) -> State:
    from proxbox_plan.collect.proxmox.run import collect  # noqa: PLC0415 # a saved state needs no Proxmox client

    def leave_out(name: str, error: ProxmoxError) -> None:
        reporter.warning(f"Skipped the cluster {name}: {error.message}")

    with reporter.stage(Stage.COLLECT) as progress:
        return collect(
            connections,
            areas=settings.policy.areas,
            warn=reporter.warning,
            progress=UntilUnwanted(progress, unwanted, cancellation),
            leave_out=leave_out if keep_going else None,
        )


def netbox_client(
    settings: Settings, reporter: Reporter, *, read_only: bool, branch: str | None = None, on_wait: OnWait | None = None
) -> NetBox:
    """Return a client for the configured NetBox, or the schema of a branch; warns when TLS is not verified.

    `on_wait` is called with what it waits for; without one that is a note.
    """
    from proxbox_plan.clients.netbox.client import NetBox  # noqa: PLC0415 # a saved inventory needs no client

    connection = settings.netbox()
    if not connection.verify_tls:
        reporter.warning(
            "TLS verification of NetBox is off (netbox.verify_tls): the connection can be read and changed on its way"
        )
    return NetBox(connection, read_only=read_only, branch=branch, on_wait=on_wait or reporter.waiting)


def saved(*paths: Path | str) -> StateSource:
    """Return the source of a state that is in files; they are read when it is wanted."""
    return StateSource(lambda _unwanted: saved_state(*paths))


def saved_state(*paths: Path | str) -> State:
    """Read a state file, or several as one: each cluster is in one of them only."""
    from proxbox_plan.documents import read_document  # noqa: PLC0415 # live systems need no files
    from proxbox_plan.model.state import State  # noqa: PLC0415

    states = [(path, read_document(path, State)) for path in paths]
    if len(states) == 1:
        return states[0][1]
    places: dict[str, Path | str] = {}
    for path, state in states:
        for cluster in state.clusters:
            if cluster.name in places:
                raise UsageError(
                    f"The cluster {cluster.name!r} is in both {places[cluster.name]} and {path}",
                    hint="Pass only the newer state of each cluster.",
                )
            places[cluster.name] = path
    clusters = sorted((one for _, state in states for one in state.clusters), key=lambda cluster: cluster.name)
    collected = {name: time for _, state in states for name, time in state.collected.items()}
    redacted = any(state.redacted for _, state in states)
    return State.make(clusters=tuple(clusters), collected=collected, redacted=redacted)
