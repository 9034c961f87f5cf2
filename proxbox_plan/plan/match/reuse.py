"""Reuse: whether another guest has the vmid now: by its fingerprint, or by its name and all of its MAC addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import ne

from proxbox_plan.core.key import Key
from proxbox_plan.mapping import GUEST
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.relocated import macs_of, read_of
from proxbox_plan.model.fingerprint import common_parts, fingerprint_of, is_of_another, is_whole
from proxbox_plan.model.inventory import Row

_Differ = Callable[[Mapping[str, str], Mapping[str, str]], bool]


def is_another(estate: Estate, wanted: DesiredObject, row: Row) -> bool:
    """Whether an object is of a guest that had the vmid before: everything that both sides know differs.

    Containers, and virtual machines without smbios1, have no fingerprint. A container that is renamed keeps its MAC
    addresses, and one that gets other NICs keeps its name.
    """
    if common_parts(wanted.fingerprint, row.fingerprint):
        return is_of_another(wanted.fingerprint, row.fingerprint) or _is_of_a_copy(estate, wanted, row)
    if wanted.kind != GUEST.name or wanted.unknown is not None or wanted.fingerprint or row.fingerprint:
        return False
    name = row.last_applied.fields.get("name") if row.last_applied is not None else None
    if name is None or name == wanted.fields.get("name", name):
        return False
    shown, had = _shown(estate, wanted), set(macs_of(estate.rows_by_key, wanted.key))
    return bool(shown and had) and not shown & had


def is_replaced(estate: Estate, key: Key, row: Row) -> bool:
    """Whether the vmid of a machine is another guest's now, be that in scope or not: Proxmox has each vmid once."""
    return _is_anothers(estate, key, row, is_of_another)


def is_given_up(estate: Estate, key: Key, row: Row) -> bool:
    """Whether the vmid of a machine is that of another guest or of a copy now: of a guest of another fingerprint."""
    return _is_anothers(estate, key, row, ne)


def _is_anothers(estate: Estate, key: Key, row: Row, differ: _Differ) -> bool:
    view = estate.by_name.get(key.cluster)
    guest = view.holder_of(key) if view is not None else None
    if view is None or guest is None or estate.is_newer(key, row):
        return False
    if guest.type != key.sort:
        return True
    known = read_of(guest).complete and view.scope.includes(guest) is not None
    return known and differ(fingerprint_of(guest.uuid, guest.vmgenid), row.fingerprint)


def _is_of_a_copy(estate: Estate, wanted: DesiredObject, row: Row) -> bool:
    """Whether an object with the uuid of a guest is that of another one, which has its vmgenid, too."""
    if not is_whole(row.fingerprint):
        return False
    view = estate.by_name[wanted.key.cluster]
    same = (guest for guest in view.cluster.guests if fingerprint_of(guest.uuid, guest.vmgenid) == row.fingerprint)
    own = (estate.row(wanted.kind, view.key_of(guest)) for guest in same)
    return any(found is None or found.fingerprint != row.fingerprint for found in own)


def _shown(estate: Estate, wanted: DesiredObject) -> set[str]:
    guest = estate.by_name[wanted.key.cluster].known.get((wanted.key.sort, wanted.key.last))
    complete = guest is not None and guest.coverage.config.complete
    return {nic.mac for nic in guest.nics if nic.mac} if guest is not None and complete else set()
