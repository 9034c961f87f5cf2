"""Strangers: what a cluster of NetBox that is taken over has beside the guests of Proxmox."""

from __future__ import annotations

from proxbox_plan.mapping import CLUSTER, GUEST
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import ref_id


def only_in_netbox(matched: Matched) -> dict[str, tuple[str, ...]]:
    """Return, by cluster, the names of the machines without our key that no guest is: they stay as they are.

    Only of clusters that are adopted by this very plan: what people add later is theirs, and no news.
    """
    found: dict[str, tuple[str, ...]] = {}
    used = {row.id for address, row in matched.rows.items() if address.kind == GUEST.name}
    for address, row in matched.rows.items():
        if address.kind != CLUSTER.name or row.key is not None:
            continue
        inside = (item for item in matched.index.of(GUEST.name) if ref_id(item.fields.get("cluster")) == row.id)
        names = sorted(item.name for item in inside if item.key is None and item.id not in used)
        if names:
            found[address.key.cluster] = tuple(names)
    return dict(sorted(found.items()))
