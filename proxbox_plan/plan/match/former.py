"""Former: where the guest of a machine may be, when its vmid is another guest's: what was not read may be it."""

from __future__ import annotations

from collections.abc import Iterable

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.desired import DesiredObject, Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.protection import protection_of
from proxbox_plan.mapping.estate.relocated import Disputed, read_of, unread_in
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.model.fingerprint import fingerprint_of, is_whole
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.state import COMPLETE, Coverage, Guest, Incomplete
from proxbox_plan.model.state.coverage import first_incomplete
from proxbox_plan.plan.match.proof import OutOfScope


def former_guest(estate: Estate, key: Key, row: Row, seen: frozenset[Key] = frozenset()) -> Unknown | OutOfScope | None:
    """Return why the machine stays of a guest whose vmid is another's; null where it is gone, or known and in scope.

    It may be any guest of its type that was not read, under whatever vmid. One that waits for the machine which has its
    own vmid now keeps its machine, too; `seen` are the vmids that led here, as guests may pass them on in a ring.
    """
    view = estate.by_name[key.cluster]
    others = [guest for guest in view.cluster.guests if guest.type == key.sort and str(guest.vmid) != key.last]
    uuid = row.fingerprint.get("uuid")
    same = [(view, guest) for guest in others if uuid is not None and guest.uuid == uuid]
    same += _in_other_clusters(estate, key, row)
    if any(seen_in.scope.includes(guest) is False for seen_in, guest in same):
        return OutOfScope()
    if same:
        return _waiting(estate, (seen_in.key_of(guest) for seen_in, guest in same), uuid, seen | {key})
    source = first_incomplete(view.cluster.coverage.guests, *map(read_of, others))
    if source.complete and uuid is not None:
        source = unread_in((other for other in estate.clusters if other is not view), estate.machines, key.sort)
    return None if source.complete else Unknown.because(source)


def _in_other_clusters(estate: Estate, key: Key, row: Row) -> list[tuple[ClusterView, Guest]]:
    """Return the guests of other clusters that both parts of the fingerprint of a machine say are its own."""
    if not is_whole(row.fingerprint):
        return []
    guests = ((view, guest) for view in estate.clusters if view.name != key.cluster for guest in view.cluster.guests)
    return [item for item in guests if fingerprint_of(item[1].uuid, item[1].vmgenid) == row.fingerprint]


def _waiting(
    estate: Estate, keys: Iterable[Key], uuid: str | None, seen: frozenset[Key]
) -> Unknown | OutOfScope | None:
    """Return why a guest waits for the machine that has its vmid; null when it does not."""
    rows = ((key, estate.row(GUEST.name, key)) for key in keys if key not in seen)
    others = ((key, row) for key, row in rows if row is not None and row.fingerprint.get("uuid") != uuid)
    reasons = (former_guest(estate, key, row, seen) for key, row in others)
    return next((why for why in reasons if why is not None), None)


def in_doubt(estate: Estate, wanted: DesiredObject) -> Unknown | Disputed | None:
    """Return why it is not known whether a guest has the machine that NetBox has with its uuid under another vmid.

    It has when that vmid is another guest's now, or free: else it is a copy of the one that has the vmid.
    """
    found = estate.relocations.waiting.get(wanted.key)
    return found or _in_doubt(estate, wanted, estate.machines_by_uuid.get(wanted.fingerprint.get("uuid", ""), ()))


def exact_in_doubt(estate: Estate, wanted: DesiredObject) -> Unknown | None:
    """Return the same of a machine that both parts of the fingerprint say is its own."""
    rows = estate.machines_by_uuid.get(wanted.fingerprint.get("uuid", ""), ())
    return _in_doubt(estate, wanted, (item for item in rows if item[1].fingerprint == wanted.fingerprint))


def _in_doubt(estate: Estate, wanted: DesiredObject, rows: Iterable[tuple[Key, Row]]) -> Unknown | None:
    view = estate.by_name[wanted.key.cluster]
    for key, row in rows:
        if key.cluster == view.name and key != wanted.key and not key.is_retired and protection_of(row) is None:
            if estate.is_newer(key, row):
                return Unknown(Incomplete.OLDER_STATE, f"collected {estate.collected[key.cluster]}")
            source = _said_of(view, key)
            if not source.complete:
                return Unknown.because(source)
    return None


def _said_of(view: ClusterView, key: Key) -> Coverage:
    """Return whether Proxmox says which guest has a vmid: to know its type may be enough."""
    guest = view.holder_of(key)
    if guest is None:
        return view.cluster.coverage.guests
    if guest.type != key.sort:
        return COMPLETE
    return read_of(guest) if view.scope.includes(guest) is not None else view.scope.doubt(guest)
