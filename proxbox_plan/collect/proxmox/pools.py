"""Whether the pool of a guest is known: Proxmox omits it from the guest's row without Pool.Audit on that pool."""

from __future__ import annotations

from proxbox_plan.model.state import COMPLETE, Coverage, Guest


def with_pool_coverage(guest: Guest, pools: Coverage) -> Guest:
    """Return a guest with the coverage of its pool; a guest without one is in none if every pool is visible."""
    return guest.replace(coverage=guest.coverage.replace(pool=COMPLETE if guest.pool else pools))
