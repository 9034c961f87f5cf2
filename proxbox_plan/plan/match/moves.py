"""Moves: recognizes a guest that left one cluster and appears in another, or that is back, by its fingerprint."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.protection import protection_of
from proxbox_plan.model.inventory import Row
from proxbox_plan.plan.desired.desire import Desired
from proxbox_plan.plan.match.proof import Gone, proof_of
from proxbox_plan.plan.match.reuse import is_given_up, is_replaced

_PARTS = ("uuid", "vmgenid")


def find_moved(desired: Desired, wanted: DesiredObject) -> Row | None:
    """Return the virtual machine the guest had in another cluster; null unless there is exactly one.

    Both parts of the fingerprint must agree (a clone gets new ones, a restored copy a new vmgenid), and the guest must
    be proven gone from where it was, or its vmid be another guest's there: a copy that still runs is another guest.
    """
    if any(part not in wanted.fingerprint for part in _PARTS):
        return None
    fingerprint = tuple(wanted.fingerprint[part] for part in _PARTS)
    found = []
    for key, row in desired.estate.rows_by_fingerprint.get(fingerprint, ()):
        view = desired.estate.by_name.get(key.cluster)
        if view is None or view.name == wanted.cluster:
            continue
        relocated = desired.estate.relocations.guests.get(wanted.key) == key
        gone = key.is_retired and isinstance(proof_of(desired.estate, view, key, row), Gone)
        if relocated or gone or is_replaced(desired.estate, key, row):
            found.append(row)
    return found[0] if len(found) == 1 else None


def find_relocated(desired: Desired, wanted: DesiredObject) -> Row | None:
    """Return the machine of a guest that got another vmid of its cluster, while its own is free."""
    key = desired.estate.relocations.guests.get(wanted.key)
    return desired.estate.row(wanted.kind, key) if key is not None and key.cluster == wanted.key.cluster else None


def find_exact(desired: Desired, wanted: DesiredObject) -> Row | None:
    """Return the machine of a guest that got the vmid of a copy, or passed its own on to one; null unless there is one.

    Both parts of the fingerprint tell a guest from its copies.
    """
    found = [
        row
        for key, row in desired.estate.rows_by_fingerprint.get(_print(wanted.fingerprint), ())
        if key.cluster == wanted.key.cluster and protection_of(row) is None
        if _is_retired(key, row) or is_given_up(desired.estate, key, row)
    ]
    return found[0] if len(found) == 1 else None


def find_revived(desired: Desired, wanted: DesiredObject) -> Row | None:
    """Return the machine of a guest that got another vmid, as its own is another's; null unless there is exactly one.

    It was decommissioned and set apart before, or would be by this plan.
    """
    return _only_one(desired, wanted, lambda key, row: _is_retired(key, row) or is_replaced(desired.estate, key, row))


def _print(fingerprint: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(fingerprint.get(part, "") for part in _PARTS)


def _is_retired(key: Key, row: Row) -> bool:
    return key.is_retired and (key.is_moving or row.fields.get("status") == GUEST.retired)


def _only_one(desired: Desired, wanted: DesiredObject, fits: Callable[[Key, Row], bool]) -> Row | None:
    """Return the fitting machine of the cluster with the uuid of a guest: a restored one has another vmgenid.

    If another guest has the machine's vmgenid, too, it is that one's.
    """
    uuid = wanted.fingerprint.get("uuid")
    if uuid is None or wanted.kind != GUEST.name:
        return None
    cluster = wanted.key.cluster
    found = [
        row
        for key, row in desired.estate.machines_by_uuid.get(uuid, ())
        if key.cluster == cluster and protection_of(row) is None and fits(key, row)
    ]
    others = (
        {_print(item.fingerprint) for item in desired.objects.values()} - {_print(wanted.fingerprint)} if found else ()
    )
    found = [row for row in found if _print(row.fingerprint) not in others]
    return found[0] if len(found) == 1 else None
