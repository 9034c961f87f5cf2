"""Protection: which protective tag an object is left alone for, on which side it is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final, NamedTuple, Protocol

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping.device import KIND as NODE
from proxbox_plan.mapping.estate.views import ClusterView
from proxbox_plan.mapping.virtual_machine import KIND as GUEST
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.last_applied import LastApplied
from proxbox_plan.model.plan import Change, Delete, LeftAlone, Reason, Update
from proxbox_plan.model.plan.plan import Side, Tag
from proxbox_plan.model.protective_tags import IGNORE_TAG, PROTECT_TAG, PROTECTIVE_TAGS, has_tag
from proxbox_plan.model.state import GUEST_TYPES, Guest

_OWNERS: Final = GUEST_TYPES | {"node"}
_REMOVES: Final = frozenset({Reason.GONE, Reason.EXPIRED, Reason.PARENT_GONE, Reason.REPLACED})


class Marked(Protocol):
    """An object of NetBox, as far as it tells what protects it."""

    @property
    def tags(self) -> Collection[str]:
        """Slugs of all tags on it."""
        ...

    @property
    def last_applied(self) -> LastApplied | None:
        """What we last applied to it."""
        ...


class Protection(NamedTuple):
    """A protective tag, and the side it is on."""

    tag: Tag
    side: Side


def tags_of_people(row: Marked) -> frozenset[str]:
    """Return the protective tags that a person put on an object in NetBox.

    One that is among the tags we applied came from Proxmox, through a version that copied it: it does not bind.
    """
    copied = row.last_applied.tags if row.last_applied else ()
    return PROTECTIVE_TAGS.intersection(row.tags).difference(copied)


def is_ignored(row: Marked) -> bool:
    """Whether an object is never touched."""
    return IGNORE_TAG in tags_of_people(row)


def protection_of(row: Marked | None) -> Protection | None:
    """Return why an object is not pruned; null when nothing protects it.

    A guest that is gone was protected in Proxmox if it was when we last applied something to its machine.
    """
    if row is None:
        return None
    if tags := tags_of_people(row):
        return Protection(_gravest(tags), "netbox")
    return Protection(PROTECT_TAG, "proxmox") if row.last_applied is not None and row.last_applied.protected else None


def removes(change: Change) -> bool:
    """Whether protection forbids a change: its object is deleted, or gets the status of one that is gone."""
    return isinstance(change, Delete) or (isinstance(change, Update) and change.reason in _REMOVES)


def has_owner(key: Key) -> bool:
    """Whether something is a guest or node, or belongs to one."""
    return key.sort in _OWNERS


def owner_kind(key: Key) -> Kind:
    """Return the kind of `key.owner`: the guest or node whose protection is that of all that belongs to it."""
    return NODE if key.sort == "node" else GUEST


def source_protection(view: ClusterView, key: Key) -> Protection | None:
    """Return why nothing of the guest that an object belongs to is pruned; null for a guest that is gone."""
    guest = guest_of(view, key)
    tags = [tag for tag in PROTECTIVE_TAGS if guest is not None and has_tag(guest.tags, tag)]
    return Protection(_gravest(tags), "proxmox") if tags else None


def guest_of(view: ClusterView, key: Key) -> Guest | None:
    """Return the guest that an object belongs to, or whose template it is."""
    parts = key.parts[2:] if key.sort == "template" else key.machine.parts[1:]
    return view.known.get((parts[0], parts[1])) if parts[1:] and parts[0] in GUEST_TYPES else None


def ignored_guests(view: ClusterView) -> Iterator[LeftAlone]:
    """Yield the guests that a tag in Proxmox keeps out of NetBox."""
    for guest in view.cluster.guests:
        if view.scope.ignores(guest):
            key = view.key_of(guest)
            yield LeftAlone(address=Address.of(GUEST.name, key), name=guest.name or key, tag=IGNORE_TAG, side="proxmox")


def _gravest(tags: Collection[str]) -> Tag:
    return IGNORE_TAG if IGNORE_TAG in tags else PROTECT_TAG
