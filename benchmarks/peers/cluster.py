"""The made-up cluster that every tool reads: the embedded one, in a process of its own."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection

from benchmarks.peers.processes import child
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer

NAME = "lab"
NODES = 3
SEED = 7


@dataclass(frozen=True)
class Access:
    """How to reach the cluster, by token or by password."""

    host: str
    port: int
    user: str
    password: str
    token_name: str
    token_secret: str
    ca_file: str
    nodes: tuple[str, ...]


def described(guests: int) -> ClusterDescription:
    """Return the cluster: whole, and without what a peer cannot handle.

    Two machines of one name are a usual oddity of the embedded cluster, but netbox-pve-sync ends at the second of them.
    The right to read one storage is more than an auditor has; proxbox-api asks for each, and tells what is refused.
    """
    description = ClusterDescription.seeded(SEED, guests=guests, nodes=NODES, name=NAME)
    description.privileges = (*description.privileges, "Datastore.Allocate")
    seen: set[str] = set()
    for vmid, guest in list(description.guests.items()):
        if guest.name.lower() in seen:
            description.guests[vmid] = replace(guest, name=f"{guest.name}-{vmid}")
        seen.add(guest.name.lower())
    return description


@contextlib.contextmanager
def served(guests: int) -> Iterator[Access]:
    """Serve the cluster of this size until the end of the block."""
    with child(partial(_serve, guests=guests)) as pipe:
        yield pipe.recv()


def _serve(pipe: Connection, guests: int) -> None:
    description = described(guests)
    with ClusterServer(description) as server:
        user, _, token_name = server.token_id.partition("!")
        pipe.send(
            Access(
                server.host,
                server.port,
                user,
                server.password,
                token_name,
                server.token_secret,
                str(server.ca_file),
                tuple(description.nodes),
            )
        )
        with contextlib.suppress(EOFError, OSError):
            pipe.recv()  # nothing ever comes: this waits for the end of the parent
