"""Judge: the class of one change by itself: what is observed is held, and the rules decide about each of its fields.

What NetBox empties or deletes along with a delete is changed by it as well, whosoever it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from proxbox_plan.core.key import Key
from proxbox_plan.model.kind import Kind
from proxbox_plan.model.plan import Change, GuestLabels, HoldReason
from proxbox_plan.model.policy import Mode, Policy, ReviewClass
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.policy.review.judgment import REVIEWED, Hold, Judgment, strictest
from proxbox_plan.policy.review.parts import ChangePart, keys_touched, kinds_along, parts_of
from proxbox_plan.policy.review.tags import with_slugs
from proxbox_plan.rules.conditions import CompiledCondition, compiled

_OF_GUESTS: Final = frozenset({"guest", "tag"})
_UNKNOWN: Final = (GuestLabels(unknown=("guest", "tag")),)
_NO_GUEST: Final = GuestLabels()

Subject = Mapping[str, tuple[str, ...]]
Guests = Mapping[Key, tuple[GuestLabels, ...]]
"""Key of a guest, or of one that another took the place of -> what is known of it: in Proxmox, and in NetBox.

What belongs to a guest without being below it, as a backup, has its own key here.
"""


def asks_for_guests(policy: Policy) -> bool:
    """Whether any rule of `review` depends on a guest's name or tags."""
    return any(_OF_GUESTS & compiled(rule.when).keys for rule in policy.review)


@dataclass(frozen=True)
class Judge:
    """The rules of a configuration, compiled, and what a plan says of the guests."""

    policy: Policy
    guests: Guests
    _conditions: tuple[CompiledCondition, ...]
    _observed: frozenset[str]  # clusters
    _names: Mapping[str, str]  # NetBox's type -> name of the kind
    _known: dict[tuple[object, ...], Judgment] = field(default_factory=dict)

    @classmethod
    def of(cls, policy: Policy, guests: Guests, kinds: Mapping[str, Kind]) -> Judge:
        """Return it for a policy."""
        observed = frozenset(cluster.name for cluster in policy.clusters if cluster.mode is Mode.OBSERVE)
        conditions = tuple(compiled(with_slugs(rule.when)) for rule in policy.review)
        return cls(policy, guests, conditions, observed, {kind.object_type: kind.name for kind in kinds.values()})

    @property
    def is_undemanding(self) -> bool:
        """Whether nothing is observed and there is no rule: everything is reviewed."""
        return not (self._conditions or self._observed or Mode.OBSERVE in self.policy.mode.values())

    def judgment(self, change: Change) -> Judgment:
        """Return the strictest class of what a change does."""
        keys = keys_touched(change)
        clusters = {key.cluster for key in keys} | ({change.cluster} if change.cluster else set())
        for name in sorted(clusters & self._observed):
            return Judgment.held(Hold(HoldReason.CLUSTER, f"cluster {name} is observed"))
        for name in (change.kind, *kinds_along(change, self._names)):
            if self.policy.mode.get(name) is Mode.OBSERVE:
                return Judgment.held(Hold(HoldReason.KIND, f"objects of the kind {name} are observed"))
        if not self._conditions:
            return REVIEWED
        machines = sorted({key.machine if key.sort in GUEST_TYPES else key for key in keys if self._is_of_guest(key)})
        guests = [guest for machine in machines for guest in self._of_machine(machine)] or [_NO_GUEST]
        every = product(parts_of(change, self._names), guests, sorted(clusters) or [""])
        return strictest(self._of_part(part, guest, place) for part, guest, place in every)

    def _is_of_guest(self, key: Key) -> bool:
        """Whether an object is a guest, is below one, or belongs to one as a backup does."""
        return key.sort in GUEST_TYPES or key in self.guests

    def _of_machine(self, machine: Key) -> tuple[GuestLabels, ...]:
        """Return what is known of a guest; one that makes room for another is who it was until then."""
        return self.guests.get(machine) or self.guests.get(machine.owner, _UNKNOWN)

    def _of_part(self, part: ChangePart, guest: GuestLabels, place: str) -> Judgment:
        """Return the class of one thing that a change does; the same once.

        `place`: the cluster of its object, or the one that it leaves.
        """
        about = part, place, guest.name, guest.tags, guest.unknown
        found = self._known.get(about)
        if found is None:
            found = self._known[about] = self._decided(_subject(part, guest, place), guest)
        return found

    def _decided(self, subject: Subject, guest: GuestLabels) -> Judgment:
        """Return what the first rule says that is met; where that depends on the unknown, the strictest that may be."""
        unknown = frozenset(guest.unknown)
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


def _subject(part: ChangePart, guest: GuestLabels, place: str) -> Subject:
    return {
        "kind": (part.kind,),
        "action": (part.action.value,),
        "reason": (part.reason.value,),
        "field": (part.field,) if part.field else (),
        "guest": (guest.name,) if guest.name else (),
        "tag": guest.tags,
        "cluster": (place,) if place else (),
    }
