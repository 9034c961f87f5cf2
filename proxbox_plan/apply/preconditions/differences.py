"""Differences: why an object of NetBox is not what the plan takes it for; empty when it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from proxbox_plan.apply.concurrency.owners import Marks, protection_from
from proxbox_plan.apply.concurrency.staleness import DELETED, EDITED
from proxbox_plan.apply.preconditions.expectations import Expectation, KnownObjects, shown_names
from proxbox_plan.core.escaping import sanitized
from proxbox_plan.core.key import Key
from proxbox_plan.core.sanitize import slug
from proxbox_plan.mapping.estate.protection import is_ignored, removes
from proxbox_plan.model.inventory.wire import read_field
from proxbox_plan.model.kind import APPLIED_FIELD, KEY_FIELD, FieldType, Kind
from proxbox_plan.model.plan import Adopt, Change, Create, Delete, FieldChange, Forget, Reason
from proxbox_plan.model.plan.digest import said_of
from proxbox_plan.model.protective_tags import IGNORE_TAG
from proxbox_plan.model.reference import Ref, refs_of
from proxbox_plan.model.state import GUEST_TYPES

Row = Mapping[str, Any]
_LONGEST: Final = 60  # characters of a value in a message
_OF_A_MACHINE: Final = ("virtual_machine", "device")


def difference(expected: Expectation, row: Row | None, known: KnownObjects) -> str:
    """Return why an object is not what a change needs it to be."""
    if expected.ref is None:
        return _of_own(expected.change, expected.kind, row, known)
    return _of_referred(expected, expected.ref, row, known)


def key_of(row: Row) -> str | None:
    """Return the key that an object of a managed kind carries."""
    return (row.get("custom_fields") or {}).get(KEY_FIELD) or None


def _of_own(change: Change, kind: Kind, row: Row | None, known: KnownObjects) -> str:
    if row is None:  # what a resumed apply was to delete may be what it deleted: it is looked up
        return "" if known.begun and isinstance(change, Delete) else DELETED
    if wrong := _identity(change, kind, row, known) or _mark(change, kind, row):
        return wrong
    if row.get("last_updated") != change.planned_stamp:
        return "" if known.begun and has_arrived(change, kind, row, known) else EDITED
    return _since(change, row) or _values(change, kind, row, known)


def _since(change: Change, row: Row) -> str:
    """Compare since when an object is decommissioned that is deleted for that: the plan is no proof of it."""
    owned = change.ownership_before if isinstance(change, Delete) and change.reason is Reason.EXPIRED else None
    if owned is None or owned.last_applied is None:
        return ""
    applied = (row.get("custom_fields") or {}).get(APPLIED_FIELD)
    live = applied.get("decommissioned") if isinstance(applied, dict) else None
    return "" if live == owned.last_applied.decommissioned else "was decommissioned at another time than the plan says"


def has_arrived(change: Change, kind: Kind, row: Row, known: KnownObjects) -> bool:
    """Whether an object is what a change makes of it: it has the key and each value after the change."""
    if isinstance(change, Delete) or (kind.managed and key_of(row) not in known.keys_after(change)):
        return False
    return all(_holds(kind, item, row, known, item.after) for item in change.fields)


def _mark(change: Change, kind: Kind, row: Row) -> str:
    """Return the tag that forbids a change; what keeps NetBox from deleting its parent goes with that."""
    exempt = isinstance(change, Forget) or (isinstance(change, Delete) and kind.blocks_parent)
    if not kind.managed or exempt:
        return ""
    if not removes(change):
        return f"carries the tag {IGNORE_TAG}" if is_ignored(Marks.of(row)) else ""
    found = protection_from(change, row)
    return f"carries the tag {found.tag}" if found is not None else ""


def _identity(change: Change, kind: Kind, row: Row, known: KnownObjects) -> str:
    """Compare by key what carries one, by name what does not."""
    ownership = None if isinstance(change, Create | Adopt) else change.ownership_before
    planned = ownership.key if ownership else None
    key = key_of(row) if kind.managed else None
    if key != planned and not (known.begun and key in _keys_on_the_way(change, known)):
        return f"is another object: it carries {_quoted(key) or 'no key'}, not {_quoted(planned) or 'none'}"
    if planned is None and change.key is None and not _is_named(kind, row, change.name):
        return f"is another object: it is called {_quoted(row.get(kind.label))}"
    if change.key is not None and not _is_called(change, change.key, kind, row, known):
        return f"is another object than the plan shows: it is called {_quoted(row.get(kind.label))}"
    return ""


def _keys_on_the_way(change: Change, known: KnownObjects) -> set[str | None]:
    """Return the keys that an earlier run may have given an object: with this change, or with another step of it."""
    first = known.changes.get(change.address.first_pass, change)
    return known.keys_after(first) | known.keys_after(change)


def _is_called(change: Change, key: Key, kind: Kind, row: Row, known: KnownObjects) -> bool:
    """Whether a guest, a node or a part of it is shown under its name, so that no one reviews it as another one."""
    if kind.plugin or not (kind.documents or kind.parent in _OF_A_MACHINE) or _is_named(kind, row, change.name):
        return True
    if kind.documents:
        return key.settled in known.renamed
    if any(item.field == kind.label for item in change.fields):  # the plan shows both names, and the first is compared
        return True
    parent, _, name = change.name.casefold().rpartition(" ")
    of = row.get(kind.parent)
    present = str(of.get("name") if isinstance(of, dict) else "").casefold()
    same = present in (parent, "") or present.startswith(f"{parent} (")  # a name that is taken has the vmid
    return name == str(row.get(kind.label)).casefold() and (same or key.owner in known.renamed)


def _values(change: Change, kind: Kind, row: Row, known: KnownObjects) -> str:
    """Compare what each field is said to be now; a second pass goes on from what the first one wrote."""
    first = known.changes.get(change.address.first_pass) if change.address.is_second_pass else None
    earlier = {item.field for item in first.fields} if first and not isinstance(first, Delete) else set()
    for item in change.fields:
        if item.field not in earlier and not _holds(kind, item, row, known, item.before):
            return f"has another {item.field} than the plan says: {_shown(kind, item, row, known)}"
    return ""


def _holds(kind: Kind, item: FieldChange, row: Row, known: KnownObjects, value: Any) -> bool:
    if item.field == "tags":
        return _tags(row) == set(value or ())
    live = live_value(kind, item.field, row, known)
    return bool(plain_value(kind, item.field, live) == plain_value(kind, item.field, _resolved(value, known)))


def _resolved(value: Any, known: KnownObjects) -> Any:
    """Return a value with the ids of what an earlier run created."""
    if isinstance(value, list):
        return [_resolved(item, known) for item in value]
    if isinstance(value, dict) and value.get("id") is None and value.get("address") in known.landed:
        return {**value, "id": known.landed[value["address"]]}
    return value


def live_value(kind: Kind, name: str, row: Row, known: KnownObjects) -> Any:
    """Return a field as NetBox has it, in the form of a plan."""
    return sorted(_tags(row)) if name == "tags" else read_field(kind.field(name), row, known.types)


def plain_value(kind: Kind, name: str, value: Any) -> Any:
    """Return a value for comparison: objects by their ids, lists whatever their order."""
    spec = kind.field(name)
    if spec.type in (FieldType.REF, FieldType.GENERIC) and isinstance(value, dict):
        return value.get("kind"), value.get("id")
    if spec.type is FieldType.REFS:
        return sorted(str(item.get("id")) if isinstance(item, dict) else str(item) for item in value or ())
    return sorted(map(str, value)) if spec.type is FieldType.NAMES and isinstance(value, list) else value


def _shown(kind: Kind, item: FieldChange, row: Row, known: KnownObjects) -> str:
    live = live_value(kind, item.field, row, known)
    name = live.get("name") if isinstance(live, dict) and "name" in live else live
    return _quoted(name) or "none"


def _of_referred(expected: Expectation, ref: Ref, row: Row | None, known: KnownObjects) -> str:
    what = f"refers to {expected.kind.name} {_quoted(ref.name)}"
    if row is None:
        return f"{what}, which no longer exists"
    if not _is_meant(expected, ref, row, known):
        key = key_of(row) if expected.kind.managed else None
        carries = f", which carries {_quoted(key)}" if key else ""
        return f"{what}, but number {ref.id} is {_quoted(row.get(expected.kind.label))}{carries}"
    if changed := _changed(expected, ref, row, known):
        return f"{what}, which has another {changed} than when the plan was made"
    if expected.kind.managed and is_ignored(Marks.of(row)) and expected.object not in known.ignored:
        return f"{what}, which carries the tag {IGNORE_TAG}"
    return ""


def _becomes(kind: Kind, own: Change, name: str) -> bool:
    """Whether the same plan gives an object the name that a reference has: an undo refers to what it renames."""
    return any(item.field == kind.label and item.after == name for item in own.fields)


def _is_meant(expected: Expectation, ref: Ref, row: Row, known: KnownObjects) -> bool:
    """Whether a row is the object that a reference is meant to point to."""
    kind, own = expected.kind, known.touched.get(expected.object)
    if own is not None and ref.address is not None:  # what it carries now is compared with its own change
        return own.address.object == ref.address.object
    key = key_of(row) if kind.managed else None
    named = _is_named(kind, row, ref.name) or (own is not None and _becomes(kind, own, ref.name))
    if kind.managed and key is not None and ref.key is not None and key == ref.key:
        return not kind.keyless or named or not _contradicts(kind, ref, row)
    if kind.managed and not kind.keyless:
        if ref.address is not None or key is None:
            return False
        return _is_beside(expected.change, key) or (named and not _is_anothers(expected, ref, key, own, known))
    return named or (kind.keyless and _has_natural(kind, ref, row))


def _is_anothers(expected: Expectation, ref: Ref, key: str, own: Change | None, known: KnownObjects) -> bool:
    """Whether a part of a guest would be put on another guest, whose name is no proof that an undo means it."""
    change, parent = expected.change, known.kinds[expected.change.kind].parent
    if change.key is None or not change.key.is_of_machine or Key(key).sort not in GUEST_TYPES:
        return False
    if own is not None and own.key is not None and _is_beside(change, own.key):  # it goes back, too
        return False
    return any(item.field == parent and ref in refs_of(item.after) for item in change.fields)


def _changed(expected: Expectation, ref: Ref, row: Row, known: KnownObjects) -> str:
    """Return what is another about a shared object than when the plan was made, which says what its natural key was."""
    kind, said = expected.kind, said_of(known.referred, *expected.object) or {}
    if (kind.managed and not kind.keyless) or (expected.object in known.touched and ref.address is not None):
        return ""
    number = ref.key.last if ref.key is not None else ""  # of a VLAN, whatever the plan says elsewhere
    for name in sorted({name for natural in kind.natural for name in natural.fields if name in row}):
        live = live_value(kind, name, row, known)
        live = live.get("id") if isinstance(live, dict) else live
        is_number = kind.field(name).type is FieldType.INTEGER and number.isdecimal()
        if name not in said or live != said[name] or (is_number and number != str(live)):
            return name
    return ""


def _contradicts(kind: Kind, ref: Ref, row: Row) -> bool:
    """Whether an object is not the one of the key that it carries: it has another address."""
    tells = {kind.field(name).type for natural in kind.natural for name in natural.fields}
    return FieldType.CIDR in tells and not _has_natural(kind, ref, row)


def is_by_slug(expected: Expectation, row: Row) -> bool:
    """Whether a shared object is recognized by its slug alone: another one may have the name by now."""
    ref, kind = expected.ref, expected.kind
    if ref is None or (kind.managed and not kind.keyless) or not row.get("slug"):
        return False
    if kind.managed and key_of(row) is not None and key_of(row) == ref.key:
        return False
    return ref.name.casefold() not in shown_names(kind, {**row, "slug": None})


def _is_beside(change: Change, key: str) -> bool:
    """Whether an object belongs to the guest or node of a change, whatever that is called by now."""
    return change.key is not None and Key(key).owner == change.key.owner


def _is_named(kind: Kind, row: Row, name: str) -> bool:
    return name.casefold() in shown_names(kind, row) or (bool(row.get("slug")) and slug(name) == row.get("slug"))


def _has_natural(kind: Kind, ref: Ref, row: Row) -> bool:
    """Whether an object without a key has what the last part of its address says: a VLAN's id, an address's host."""
    values = (row.get(name) for natural in kind.natural for name in natural.fields)
    plain = {str(value).partition("/")[0].casefold() for value in values if isinstance(value, int | str)}
    return ref.key is not None and ref.key.last.casefold() in plain


def _tags(row: Row) -> frozenset[str]:
    tags: Iterable[Mapping[str, Any]] = row.get("tags") or ()
    return frozenset(str(tag["slug"]) for tag in tags)


def _quoted(value: object) -> str:
    """Return a value for a message: it may have been written by anyone."""
    text = "" if value in (None, "") else sanitized(str(value))
    return repr(text[:_LONGEST] + ("…" if len(text) > _LONGEST else "")) if text else ""
