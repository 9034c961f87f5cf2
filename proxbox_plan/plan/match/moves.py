"""Moves: recognizes a guest that left one cluster and appears in another, or that is back, by its fingerprint."""

from __future__ import annotations

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.plan.desired.desire import Desired
from proxbox_plan.plan.match.proof import Gone, proof_of
from proxbox_plan.plan.protection import protection_of

_PARTS = ("uuid", "vmgenid")


def find_moved(desired: Desired, wanted: DesiredObject) -> Row | None:
    """Return the virtual machine the guest had in another cluster; null unless there is exactly one.

    Both parts of the fingerprint must agree (a clone gets new ones, a restored copy a new vmgenid), and the guest must
    be proven gone from where it was: a copy that still runs there is another guest.
    """
    if any(part not in wanted.fingerprint for part in _PARTS):
        return None
    fingerprint = tuple(wanted.fingerprint[part] for part in _PARTS)
    found = []
    for key, row in desired.estate.rows_by_fingerprint.get(fingerprint, ()):
        view = desired.estate.by_name.get(key.cluster)
        if view is None or view.name == wanted.cluster or Address.of(wanted.kind, key) in desired.objects:
            continue
        if isinstance(proof_of(desired.estate, view, key, row), Gone):
            found.append(row)
    return found[0] if len(found) == 1 else None


def find_retired(desired: Desired, wanted: DesiredObject) -> Row | None:
    """Return the machine of a guest that is back after its vmid was another's; null unless there is exactly one.

    It was decommissioned and set apart then. Its uuid tells it, as a restored guest has another vmgenid.
    """
    uuid = wanted.fingerprint.get("uuid")
    if uuid is None or wanted.kind != GUEST.name:
        return None
    rows = desired.estate.rows_by_key.get(GUEST.name, {})
    cluster = wanted.key.cluster
    found = [
        row
        for key, row in rows.items()
        if key.cluster == cluster and key.is_retired and row.fingerprint.get("uuid") == uuid
        if row.fields.get("status") == GUEST.retired and protection_of(row) is None
    ]
    return found[0] if len(found) == 1 else None
