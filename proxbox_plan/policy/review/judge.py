"""Judge: the class of one change by itself: what is observed is held, and the rules decide about each of its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from proxbox_plan.core.key import Key
from proxbox_plan.model.plan import Change, Create, Delete, Forget, GuestLabels, HoldReason, Update
from proxbox_plan.model.policy import Mode, Policy, ReviewClass
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.policy.review.judgment import REVIEWED, Hold, Judgment, strictest
from proxbox_plan.policy.review.tags import with_slugs
from proxbox_plan.rules.conditions import CompiledCondition, compiled

_OF_GUESTS: Final = frozenset({"guest", "tag"})
_UNKNOWN: Final = (GuestLabels(complete=False),)
_NO_GUEST: Final = GuestLabels()

Subject = Mapping[str, tuple[str, ...]]
Guests = Mapping[Key, tuple[GuestLabels, ...]]
"""Key of a guest -> what is known of it: in Proxmox, and in NetBox."""


def asks_for_guests(policy: Policy) -> bool:
    """Whether any rule of `review` depends on a guest's name or tags."""
    return any(_OF_GUESTS & compiled(rule.when).keys for rule in policy.review)


def keys_of(change: Change) -> tuple[Key, ...]:
    """Return the keys that the object of a change has before and after it, without what they are on their way."""
    owned = None if isinstance(change, Create) else getattr(change, "ownership_before", None)
    found = (change.key, owned.key if owned is not None else None)
    return tuple(dict.fromkeys(key.settled for key in found if key is not None))


@dataclass(frozen=True)
class Judge:
    """The rules of a configuration, compiled, and what a plan says of the guests."""

    policy: Policy
    guests: Guests
    _conditions: tuple[CompiledCondition, ...]
    _observed: frozenset[str]  # clusters
    _known: dict[tuple[object, ...], Judgment] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy, guests: Guests) -> Judge:
        """Return it for a policy."""
        observed = frozenset(cluster.name for cluster in policy.clusters if cluster.mode is Mode.OBSERVE)
        return cls(policy, guests, tuple(compiled(with_slugs(rule.when)) for rule in policy.review), observed)

    def judgment(self, change: Change) -> Judgment:
        """Return the strictest class of what a change does."""
        keys = keys_of(change)
        clusters = {key.cluster for key in keys} | ({change.cluster} if change.cluster else set())
        for name in sorted(clusters & self._observed):
            return Judgment.held(Hold(HoldReason.CLUSTER, f"cluster {name} is observed"))
        if self.policy.mode.get(change.kind) is Mode.OBSERVE:
            return Judgment.held(Hold(HoldReason.KIND, f"objects of the kind {change.kind} are observed"))
        if not self._conditions:
            return REVIEWED
        owners = {key.owner for key in keys if key.sort in GUEST_TYPES}
        guests = [guest for owner in sorted(owners) for guest in self.guests.get(owner, _UNKNOWN)] or [_NO_GUEST]
        places = sorted(clusters) or [""]
        every = product(_parts(change), guests, places)
        return strictest(self._of_part(change, part, guest, place) for part, guest, place in every)

    def _of_part(self, change: Change, part: str, guest: GuestLabels, place: str) -> Judgment:
        """Return the class of a field that a change writes, or of what it does as a whole; the same once.

        `place`: its cluster, or the one that it leaves.
        """
        parts = change.kind, change.action, change.reason, place, part, guest.name, guest.tags, guest.complete
        found = self._known.get(parts)
        if found is None:
            found = self._known[parts] = self._decided(_subject(change, part, guest, place), guest)
        return found

    def _decided(self, subject: Subject, guest: GuestLabels) -> Judgment:
        """Return what the first rule says that is met; where that depends on the unknown, the strictest that may be."""
        unknown = frozenset() if guest.complete else _OF_GUESTS
        possible: list[Judgment] = []
        for place, condition in enumerate(self._conditions):
            met = condition.decide(subject, unknown)
            if met is not False:
                possible.append(self._of_rule(place, sure=met is True))
            if met:
                break
        else:
            possible.append(REVIEWED)
        return strictest(possible)

    def _of_rule(self, place: int, *, sure: bool) -> Judgment:
        rule = self.policy.review[place]
        if rule.review is not ReviewClass.HOLD:
            return Judgment(rule.review)
        why = f"`review[{place}]`{'' if sure else ', whose guest is incomplete'}"
        return Judgment.held(Hold(HoldReason.RULE, f"{why}: {rule.message}" if rule.message else why, rule=place))


def _parts(change: Change) -> Iterator[str]:
    """Yield the fields that a change writes, and an empty name for what it does to the object as a whole.

    An update is its fields, unless it has none. What a delete or a forget has are values that are lost, or stay.
    """
    if not isinstance(change, Update) or not change.fields:
        yield ""
    if not isinstance(change, Delete | Forget):
        yield from (item.field for item in change.fields)


def _subject(change: Change, part: str, guest: GuestLabels, place: str) -> Subject:
    return {
        "kind": (change.kind,),
        "action": (change.action.value,),
        "reason": (change.reason.value,),
        "field": (part,) if part else (),
        "guest": (guest.name,) if guest.name else (),
        "tag": guest.tags,
        "cluster": (place,) if place else (),
    }
