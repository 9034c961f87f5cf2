"""Moves: a guest that is gone from one cluster and there in another is the same one when its fingerprint says so."""

from __future__ import annotations

from proxbox_plan.mapping.context import Context
from proxbox_plan.mapping.desired import Desired
from proxbox_plan.model.inventory import Row
from proxbox_plan.plan.match.proof import Gone, proof_of

_PARTS = ("uuid", "vmgenid")


def find_moved(context: Context, wanted: Desired) -> Row | None:
    """Return the virtual machine the guest had in another cluster; null unless there is exactly one.

    Both parts of the fingerprint must agree (a clone gets new ones, a restored copy a new vmgenid), and the guest must
    be proven gone from where it was: a copy that still runs there is another guest.
    """
    if any(part not in wanted.fingerprint for part in _PARTS):
        return None
    views = {view.name: view for view in context.clusters}
    found = []
    for key, row in context.rows_by_fingerprint.get(tuple(wanted.fingerprint[part] for part in _PARTS), ()):
        view = views.get(key.partition("/")[0])
        if view is None or view.name == wanted.cluster or f"{wanted.kind}:{key}" in context.desired:
            continue
        if isinstance(proof_of(view, key), Gone):
            found.append(row)
    return found[0] if len(found) == 1 else None
