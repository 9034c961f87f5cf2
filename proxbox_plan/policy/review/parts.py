"""Parts: everything that a change does, each by itself: to its own object, and to what NetBox changes along with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from proxbox_plan.core.key import Key
from proxbox_plan.model.plan import Action, Change, Create, Delete, Forget, Reason, Update
from proxbox_plan.model.relation import Effect


class ChangePart(NamedTuple):
    """What a change does to one field of an object, or to the object as a whole."""

    kind: str
    action: Action
    reason: Reason
    field: str = ""  # empty: the object as a whole


def parts_of(change: Change, kinds: Mapping[str, str]) -> Iterator[ChangePart]:
    """Yield what a change does; `kinds`: NetBox's type -> name of the kind.

    An update is its fields, unless it has none. What a delete or a forget has are values that are lost, or stay; a
    delete writes the fields of others that NetBox empties with it.
    """
    whole = ChangePart(change.kind, change.action, change.reason)
    if not isinstance(change, Update) or not change.fields:
        yield whole
    if not isinstance(change, Delete | Forget):
        yield from (whole._replace(field=item.field) for item in change.fields)
    if isinstance(change, Delete):
        for item in change.along:
            if item.effect is Effect.EMPTIED:
                yield ChangePart(kinds.get(item.model, ""), Action.UPDATE, change.reason, item.field)


def kinds_along(change: Change, kinds: Mapping[str, str]) -> Iterator[str]:
    """Yield the kinds of the objects that NetBox empties or deletes with a change."""
    along = change.along if isinstance(change, Delete) else ()
    yield from (kinds[item.model] for item in along if item.model in kinds)


def keys_of(change: Change) -> tuple[Key, ...]:
    """Return the keys that the object of a change has before and after it, without what they are on their way."""
    owned = None if isinstance(change, Create) else getattr(change, "ownership_before", None)
    found = (change.key, owned.key if owned is not None else None)
    return tuple(dict.fromkeys(key.settled for key in found if key is not None))


def keys_touched(change: Change) -> tuple[Key, ...]:
    """Return these, and the keys of the objects that NetBox empties or deletes along with it."""
    along = change.along if isinstance(change, Delete) else ()
    found = (item.key.settled for item in along if item.key is not None)
    return tuple(dict.fromkeys((*keys_of(change), *found)))
