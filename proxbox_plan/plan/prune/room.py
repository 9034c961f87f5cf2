"""Room: another guest has the vmid of a machine, which gives up its keys and its name, and keeps what is on it."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import clean
from proxbox_plan.mapping import GUEST, KINDS
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.stages import STOPPED, RemovalStage, has_begun
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Cause, Change, Delete, FieldChange, Reason, Update
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.match.parts import Parts
from proxbox_plan.plan.prune.removals import applied, deleted, retired_status
from proxbox_plan.plan.relations.owned import change_of
from proxbox_plan.plan.relations.references import ref_id

_STATUS = "status"
_LONGEST_NAME = 64
_SHORT = 8  # characters of a fingerprint that tell two guests of one vmid apart


class Room:
    """What makes room for the guests that got the vmids of others."""

    def __init__(self, matched: Matched) -> None:
        """Say what becomes of each machine: it has another key, or it is deleted."""
        self._parts = Parts(matched.index, matched.estate.by_name)
        self._replaced = {(address.kind, row.id) for address, row in matched.replaced.items()}
        self._guests = {address.key: row for address, row in matched.replaced.items() if address.kind == GUEST.name}
        self._machines = {row.id: _set_apart(matched.estate, key, row) for key, row in self._guests.items()}

    def has(self, kind: Kind, row: Row) -> bool:
        """Whether an object has the key that another one gets."""
        return (kind.name, row.id) in self._replaced

    def guest_at(self, key: Key) -> Row | None:
        """Return the machine that makes room, of all that belongs to its guest."""
        return self._guests.get(key.owner)

    def concerns(self, kind: Kind, row: Row, key: Key) -> bool:
        """Whether an object with such a key makes room, or its machine does, or has done so."""
        return self.has(kind, row) or key.owner in self._guests or self.key_of(kind, row, key) is not None

    def made_by(self, kind: Kind, row: Row) -> Change:
        """Return what becomes of an object whose key another one gets, unless it goes with its machine."""
        return self._machines[row.id] if kind is GUEST else gives_way(kind, row)

    def key_of(self, kind: Kind, row: Row, key: Key) -> Key | None:
        """Return the key that a part gets as its machine has made room, or does; null where it has not, or is deleted.

        An apply that stopped may have left a part with the key that it had.
        """
        machine = self._parts.machine_of(kind, row)
        if kind is GUEST or machine is None or machine.key is None or machine.key.owner != key.machine:
            return None
        change = self._machines.get(machine.id)
        given = machine.key if change is None else change.key
        return Key.of(given, *key.below_owner) if given is not None and given.is_retired else None


def gives_way(kind: Kind, row: Row) -> Delete:
    """Return the delete of what a guest had whose vmid is another's."""
    change = deleted(kind, row, Reason.REPLACED)
    return change.replace(address=change.address.replaced)


def kept_apart(kind: Kind, row: Row, key: Key, change: Update | None) -> Update:
    """Return the change after which a part has a key below that of its machine, with what else becomes of it."""
    change = change or Update(**change_of(kind, row, Reason.PARENT_GONE), key=key, last_applied=applied(row))
    return change.replace(address=change.address.replaced, key=key)


def _set_apart(estate: Estate, key: Key, row: Row) -> Change:
    """Let the machine of a guest make room: decommissioned under another key and name, with all that is on it.

    Where machines are deleted that are gone, it is, too, if nothing that stays refers to it. The status that a person
    gave one that was decommissioned before stays, and with it the machine.
    """
    stage = estate.stage_of(GUEST, row)
    if stage is RemovalStage.DELETED and not _is_referred(estate, key, row):
        return gives_way(GUEST, row)
    short = str(next(iter(row.fingerprint.values()), row.id))[:_SHORT]
    if estate.row(GUEST.name, key.retired(short)) is not None:  # set apart before, and not free to be revived
        short = str(row.id)
    name = str(row.fields.get("name", ""))
    shown = _former(name, short)
    if any(other.name.casefold() == shown.casefold() for other in estate.inventory.kinds.get(GUEST.name, ())):
        shown = _former(name, str(row.id))
    status = () if stage in STOPPED else retired_status(row, GUEST.retired)
    given = {"name": shown} if stage in STOPPED else {"name": shown, _STATUS: GUEST.retired}
    return Update(
        **change_of(GUEST, row, Reason.REPLACED) | {"address": GUEST.address(key).replaced},
        key=key.retired(short),
        fields=(FieldChange(field="name", before=name, after=shown, cause=Cause.PROXMOX), *status),
        last_applied=applied(row).with_fields(given),
        decommissions=stage is RemovalStage.DELETED
        or bool(status)
        or (stage not in STOPPED and not has_begun(GUEST, row)),
    )


def _former(name: str, short: str) -> str:
    suffix = f" (was {short})"
    return clean(name, _LONGEST_NAME - len(suffix)) + suffix


def _is_referred(estate: Estate, key: Key, row: Row) -> bool:
    """Whether an object of ours that does not belong to the guest refers to its machine, as tasks do."""
    for kind in KINDS.values():
        names = [field.name for field in kind.fields if GUEST.name in field.to]
        for other in estate.inventory.kinds.get(kind.name, ()) if names else ():
            own = other.key is None or other.key.owner == key.owner
            if not own and any(ref_id(other.fields.get(name)) == row.id for name in names):
                return True
    return False
