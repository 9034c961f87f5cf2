"""The incidents of docs/safety.md, and per incident the guards that keep us from it."""

from __future__ import annotations

from scripts.guards.traps import applying, claims, deleting, edges, identity, odd, ownership, reading

TRAPS = tuple(
    sorted(
        (
            *reading.TRAPS,
            *identity.TRAPS,
            *ownership.TRAPS,
            *applying.TRAPS,
            *odd.TRAPS,
            *edges.TRAPS,
            *claims.TRAPS,
            *deleting.TRAPS,
        ),
        key=lambda trap: trap.number,
    )
)
