"""Collect: Proxmox into a State."""

from __future__ import annotations

from collections.abc import Sequence

from proxbox_plan.api.cancellation import Cancellation
from proxbox_plan.api.events import Listener, Reporter, unheard
from proxbox_plan.api.sources import collecting
from proxbox_plan.config import Settings
from proxbox_plan.model.state import State


def collect(  # noqa: PLR0913 # one argument per way to collect
    settings: Settings,
    *,
    clusters: Sequence[str] = (),
    keep_going: bool = False,
    redact: bool = False,
    listener: Listener = unheard,
    cancellation: Cancellation | None = None,
) -> State:
    """Read the configured clusters (or those named) from Proxmox.

    `keep_going` leaves out, with a warning, clusters that cannot be read; `redact` hides notes and all addresses, to
    show the state to others: it cannot be planned from. Raises ProxmoxError, ConfigError or CanceledError.
    """
    source = collecting(settings, Reporter(listener), clusters, keep_going=keep_going, cancellation=cancellation)
    state = source.state()
    if redact:
        from proxbox_plan.model.state.redacted import redacted  # noqa: PLC0415 # few want it

        return redacted(state)
    return state
