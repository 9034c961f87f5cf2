"""A plan read as drift, and NetBox's changelog read for who caused it. Pure, like planning."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.drift import Author, Drift, Item, Origin
from proxbox_plan.model.inventory.changelog import ChangelogEntry, History
from proxbox_plan.model.kind import KEY_FIELD, FieldType, Kind
from proxbox_plan.model.plan import Change, Create, Delete, Forget, Plan
from proxbox_plan.model.plan.merged import merged

# What another user may have done in NetBox; an adopted object differs in what a person wrote.
_IN_NETBOX = frozenset({Origin.NETBOX, Origin.BOTH, Origin.PRESERVED, Origin.ADOPTED})


def make_drift(plan: Plan, taken_at: str | None = None) -> Drift:
    """Return what differs, by who changed it as far as the plan knows."""
    kept = (
        Item(
            origin=Origin.PRESERVED,
            address=item.address,
            kind=item.address.kind,
            name=item.name,
            netbox_id=item.netbox_id,
            field=item.field,
            netbox=item.netbox,
            proxmox=item.proxmox,
        )
        for item in plan.preserved
    )
    return Drift.make(
        taken_at=taken_at,
        binding=plan.binding,
        clusters=plan.clusters,
        items=(*_differing(plan.changes), *_held(plan), *kept),
        deferred=plan.deferred,
        problems=plan.problems,
        left_alone=plan.left_alone,
        unsupported=plan.unsupported,
        unchanged=plan.unchanged,
        complete=plan.complete,
    )


def _held(plan: Plan) -> Iterator[Item]:
    """Yield what differs and is held, with the reason of the first change of each object."""
    why = {item.address.first_pass: item.message for item in reversed(plan.held)}
    for item in _differing(held.change for held in plan.held):
        yield item.replace(held=why[item.address])


def _differing(changes: Iterable[Change]) -> Iterator[Item]:
    for change in merged(changes):
        item = Item(
            origin=Origin.GONE,
            address=change.address.first_pass,
            kind=change.kind,
            name=change.name,
            cluster=change.cluster,
            netbox_id=change.target_id,
            reason=change.reason,
        )
        if isinstance(change, Create):
            yield item.replace(origin=Origin.NEW)
        elif isinstance(change, Delete):
            yield item
        elif not isinstance(change, Forget):  # forgetting is not a change of a person
            for field in change.fields:
                values = {"field": field.field, "netbox": field.before, "proxmox": field.after}
                yield item.replace(origin=Origin(field.cause), **values)


def edited(drift: Drift) -> dict[str, list[int]]:
    """Return what to ask the changelog for: object type -> ids of objects that another user may have edited."""
    found: dict[str, set[int]] = {}
    for item in drift.items:
        if item.origin in _IN_NETBOX and item.netbox_id is not None and item.field:
            found.setdefault(KINDS[item.kind].object_type, set()).add(item.netbox_id)
    return {name: sorted(ids) for name, ids in sorted(found.items())}


def unmade(drift: Drift) -> list[str]:
    """Return the object types of what NetBox lacks and may have had: the changelog may know who deleted it."""
    kinds = {item.kind for item in drift.items if _is_lacking(item)}
    return sorted(kind.object_type for kind in KINDS.values() if kind.name in kinds and kind.managed)


def unsure(drift: Drift, history: History) -> list[str]:
    """Return the requests, the newest first, that may be ours though the entry that would be named does not say so."""
    log = _Log(history)
    found = (log.newest(item) for item in drift.items)
    requests = {entry.id: entry.request for entry in found if entry and not entry.message}
    return list(dict.fromkeys(requests[number] for number in sorted(requests, reverse=True)))


def with_authors(drift: Drift, history: History, ours: Collection[str] = ()) -> Drift:
    """Return the drift with who did it: of each field the newest entry that changed it, unless it is ours.

    `ours` are requests of an apply, whatever their entries say.
    """
    log = _Log(history)
    items = tuple(_attributed(item, log.newest(item), ours) for item in drift.items)
    return drift.remade(items=items, changelog=history.access)


def _attributed(item: Item, entry: ChangelogEntry | None, ours: Collection[str]) -> Item:
    # After our own write it was changed without an entry: the author of an earlier entry did not do it.
    if entry is None or entry.is_ours or entry.request in ours:
        return item
    author = Author(user=entry.user, time=entry.time, message=entry.message, entry=entry.id)
    origin = Origin.DELETED if _is_lacking(item) else item.origin
    return item.replace(origin=origin, author=author)


class _Log:
    """The entries by the object they are about."""

    def __init__(self, history: History) -> None:
        self._by_object: dict[tuple[str, int], list[ChangelogEntry]] = {}
        self._deleted: dict[tuple[str, str], ChangelogEntry] = {}
        for entry in history.entries:
            if entry.action != "delete":
                self._by_object.setdefault((entry.object_type, entry.object_id), []).append(entry)
            elif key := _key(entry):
                self._deleted.setdefault((entry.object_type, key), entry)

    def newest(self, item: Item) -> ChangelogEntry | None:
        """Return the newest entry that made an item differ."""
        kind = KINDS[item.kind]
        if _is_lacking(item):
            return self._deleted.get((kind.object_type, item.address.key))
        if item.origin not in _IN_NETBOX or item.netbox_id is None or item.field is None:
            return None
        names = _logged_as(kind, item.field)
        entries = self._by_object.get((kind.object_type, item.netbox_id), ())
        return next((entry for entry in entries if _differ(entry, names)), None)


def _is_lacking(item: Item) -> bool:
    return item.origin is Origin.NEW and item.netbox_id is None


def _key(entry: ChangelogEntry) -> str:
    custom = entry.before.get("custom_fields")
    key = custom.get(KEY_FIELD) if isinstance(custom, dict) else None
    return key if isinstance(key, str) else ""


def _logged_as(kind: Kind, name: str) -> tuple[str, ...]:
    """Return the names under which NetBox logs a field: those of its tables, not of its API."""
    type_ = next((field.type for field in kind.fields if field.name == name), FieldType.TEXT)
    if type_ is FieldType.GENERIC:
        return f"{name}_type", f"{name}_id"
    return (name, "primary_mac_address") if type_ is FieldType.MAC else (name,)


def _differ(entry: ChangelogEntry, names: Iterable[str]) -> bool:
    return any((entry.before.get(name) or None) != (entry.after.get(name) or None) for name in names)
