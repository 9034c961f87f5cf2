"""Match: the second phase of planning: which NetBox object each desired one is: by our key, else by natural key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import ADDRESS, CLUSTER, GUEST, INTERFACE, KINDS, rank
from proxbox_plan.mapping.desired import DesiredObject, Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.protection import is_ignored
from proxbox_plan.mapping.estate.relocated import Disputed
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import Kind, Natural
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.reference import Ref
from proxbox_plan.model.state import GUEST_TYPES
from proxbox_plan.plan.desired.desire import Desired
from proxbox_plan.plan.match.address_claims import AddressClaims, Documented, Exclusive, OnGroup, Shared, TakenBy
from proxbox_plan.plan.match.former import exact_in_doubt, former_guest, in_doubt
from proxbox_plan.plan.match.kept import with_kept, without_initial
from proxbox_plan.plan.match.legacy import LegacyIndex
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.match.moves import find_exact, find_moved, find_relocated, find_revived
from proxbox_plan.plan.match.parts import HANGING, Parts
from proxbox_plan.plan.match.proof import OutOfScope
from proxbox_plan.plan.match.reuse import is_another
from proxbox_plan.plan.match.scopes import is_at
from proxbox_plan.plan.match.shared_addresses import is_unique
from proxbox_plan.plan.match.without_key import KnownParts, found_without_key
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.relations.rows import NaturalKey, Rows, desired_key


def match(desired: Desired) -> Matched:
    """Return the matched objects; an ambiguous match is a problem, never a guess."""
    matcher = _Matcher(desired)
    matcher.run()
    return matcher.result()


class _Matcher:
    """Matches kind by kind, so that the parents are known; within a kind our own keys come first."""

    def __init__(self, desired: Desired) -> None:
        self._desired = desired
        self._estate = desired.estate
        self._index = Rows(desired.estate.inventory)
        self._claims: dict[tuple[str, Natural, NaturalKey], Address] = {}
        self._rows: dict[Address, Row] = {}
        self._ids: dict[Address, int] = {}
        self._moved: dict[Key, Key] = {}
        self._replaced: dict[Address, Row] = {}
        self._changed: dict[Address, DesiredObject] = {}  # what depends on the object it is
        self._of_groups: dict[Address, Row] = {}
        self._floating: dict[Address, Row | None] = {}
        self._addresses = AddressClaims(self._estate, desired.objects.__getitem__, self._rows)
        self._matched_by: dict[Address, tuple[str, ...]] = {}
        self._holders: dict[Address, list[Row]] = {}
        self._blocked: dict[Address, Address] = {}
        self._problems: dict[Problem, None] = dict.fromkeys((*desired.problems, *_claimed(desired.estate)))
        self._parts = Parts(self._index, desired.estate.by_name)
        self._legacy = LegacyIndex(self._index, desired.estate.claims)
        self._taken: set[tuple[str, int]] = set()  # objects that a desired one is, by kind and id
        self._waiting: set[Address] = set()  # guests of which nothing is planned
        self._kept: dict[Key, Unknown | OutOfScope] = {}  # vmids whose machine stays another guest's, and why

    def result(self) -> Matched:
        holders = {address: tuple(rows) for address, rows in self._holders.items()}
        objects = MappingProxyType({**self._desired.objects, **self._changed})
        return Matched(
            replace(self._desired, objects=objects) if self._changed else self._desired,
            self._index,
            self._rows,
            self._ids,
            self._moved,
            {address: row for address, row in self._replaced.items() if self._is_free(KINDS[address.kind], row)},
            holders,
            self._blocked,
            tuple(self._problems),
            self._of_groups,
            self._matched_by,
            self._kept,
            self._floating,
        )

    def run(self) -> None:
        groups: dict[str, list[DesiredObject]] = {}
        for wanted in self._desired.objects.values():
            claim = self._estate.claims.over(wanted.address) if wanted.managed else None
            if claim is None:
                groups.setdefault(wanted.kind, []).append(wanted)
            else:
                self._blocked[wanted.address] = claim
        for kind_name in sorted(groups, key=rank):
            kind = KINDS[kind_name]
            group = [wanted for wanted in groups[kind_name] if not self._waits(wanted)]
            rest = [wanted for wanted in group if not self._by_key(kind, wanted)]
            self._by_what_it_is(kind, group, rest)
            for wanted in group:
                if wanted.address in self._rows:
                    self._claim(kind, self._changed.get(wanted.address, wanted))
            for wanted in rest:
                if wanted.address not in self._rows and not self._waits(wanted):
                    self._by_natural(kind, wanted)

    def _by_what_it_is(self, kind: Kind, wanted: list[DesiredObject], rest: list[DesiredObject]) -> None:
        """Match what has neither our key nor the name it is looked for by."""
        known = KnownParts(self._desired, self._index, self._rows, self._ids, self._replaced, self._taken)
        for item, row, fields in found_without_key(kind, wanted, rest, known):
            if kind is INTERFACE and row.key is not None:
                self._moved[item.key] = row.key
            self._accept(item, row)
            if fields:
                self._matched_by[item.address] = fields

    def _is_free(self, kind: Kind, row: Row) -> bool:
        """Whether no other desired object is this one: of two that could be, the first is."""
        return (kind.name, row.id) not in self._taken

    def _by_key(self, kind: Kind, wanted: DesiredObject) -> bool:
        if not wanted.managed:
            return False
        return self._machine_by_key(wanted) if kind is GUEST else self._other_by_key(kind, wanted)

    def _machine_by_key(self, wanted: DesiredObject) -> bool:
        """Match a guest with the machine that has its key, or that it had elsewhere."""
        row = self._estate.row(wanted.kind, wanted.key)
        if row is not None and row.fingerprint and row.fingerprint == wanted.fingerprint:  # as nearly all have
            self._accept(wanted, row)
            return True
        find = (find_moved, find_relocated, find_exact)
        own = next((found for rule in find if (found := rule(self._desired, wanted)) is not None), None)
        if row is not None and own is None and not is_another(self._estate, wanted, row):
            self._by_half_a_print(wanted, row)
            return True
        if row is not None and self._estate.is_newer(wanted.key, row):
            self._outdated(wanted, row)
            return True
        if row is not None and (kept := former_guest(self._estate, wanted.key, row)) is not None:
            self._keep(wanted, row, kept)
            return False
        return self._by_what_it_was(wanted, row, own)

    def _by_what_it_was(self, wanted: DesiredObject, row: Row | None, own: Row | None) -> bool:
        """Match a guest with the machine that it had elsewhere, if any; the one that has its key makes room."""
        own = own or find_revived(self._desired, wanted)
        own = own if own is not None and self._is_free(GUEST, own) else None
        if own is None and (why := in_doubt(self._estate, wanted)) is not None:
            self._undecided(wanted, why)
            return False
        if row is not None:
            self._replaced[wanted.address] = row
        if own is None or own.key is None:
            return False
        self._moved[wanted.key] = own.key
        self._accept(wanted, own)
        return True

    def _by_half_a_print(self, wanted: DesiredObject, row: Row) -> None:
        """Match a guest with the machine that has its key, and a part of its fingerprint: unless it may be a copy's."""
        why = exact_in_doubt(self._estate, wanted)
        if why is None:
            self._accept(wanted, row)
        else:
            self._keep(wanted, row, why)

    def _other_by_key(self, kind: Kind, wanted: DesiredObject) -> bool:
        own = self._estate.row(wanted.kind, wanted.key)
        if own is not None and kind.name in HANGING and self._is_on_its_parent(kind, wanted, own):  # as nearly all are
            self._accept(wanted, own)
            return True
        guest = Address.of(GUEST.name, wanted.key.owner)
        row = own if self._is_in_place(kind, wanted, own, guest) else self._elsewhere(kind, wanted, guest)
        if own is not None and row is not own:
            self._replaced[wanted.address] = own
        if row is None or self._is_kept_elsewhere(kind, wanted, row):
            return False
        self._accept(wanted, row)
        return True

    def _is_on_its_parent(self, kind: Kind, wanted: DesiredObject, own: Row) -> bool:
        """Whether NetBox has an object on what it is on in Proxmox."""
        owner = wanted.fields.get(kind.parent)
        number = self._ids.get(owner.address) if isinstance(owner, Ref) and owner.address is not None else None
        return number is not None and number == ref_id(own.fields.get(kind.parent))

    def _is_in_place(self, kind: Kind, wanted: DesiredObject, own: Row | None, guest: Address) -> bool:
        """Whether what has the key of an object is that object: the key may be that of another guest's part yet."""
        if own is None or kind.name not in HANGING:
            return own is not None and guest not in self._replaced
        machine = self._rows.get(guest)
        found = self._parts.machine_of(kind, own) if wanted.key.sort in GUEST_TYPES else None
        if found is None or found.key is None or guest in self._blocked:
            return guest not in self._replaced
        return machine is not None and found.id == machine.id

    def _elsewhere(self, kind: Kind, wanted: DesiredObject, guest: Address) -> Row | None:
        """Return an object that has the key of another place: where its guest was before, or on its machine."""
        machine = self._rows.get(guest) if kind.name in HANGING else None
        row = self._with_old_key(wanted)
        if guest in self._blocked or (row is not None and machine is not None and is_ignored(machine)):
            self._blocked.setdefault(wanted.address, guest)  # as a whole, or not yet
        if row is not None and machine is not None:
            found = self._parts.machine_of(kind, row)
            row = row if found is None or found.id == machine.id else None
        if row is None and machine is not None:
            row = self._parts.find(machine.id, wanted)
        return row

    def _is_kept_elsewhere(self, kind: Kind, wanted: DesiredObject, row: Row) -> bool:
        """Whether a part of a guest is on another machine, and never touched: nothing of this guest is put on it."""
        machine = Address.of(GUEST.name, wanted.key.owner)
        if wanted.key.sort not in GUEST_TYPES or not is_ignored(row) or machine in self._replaced:
            return False
        parent = row.fields.get(kind.parent)
        on_machine = isinstance(parent, dict) and parent.get("kind") == GUEST.name
        return on_machine and ref_id(parent) != self._ids.get(machine)

    def _outdated(self, wanted: DesiredObject, row: Row) -> None:
        """Leave alone a vmid that belongs to another guest since: the state is of the one before."""
        self._block(
            wanted,
            ProblemCode.BLOCKED,
            f"{row.name!r} has the vmid of {wanted.name!r} in NetBox; it was first applied after the state was read",
            "Collect again, then plan again.",
        )

    def _keep(self, wanted: DesiredObject, row: Row, why: Unknown | OutOfScope) -> None:
        """Leave alone a machine whose guest may be there under another vmid; the guest that has its vmid now waits."""
        self._kept[wanted.key] = why
        if isinstance(why, Unknown):
            self._defer(wanted, why)
            return
        self._waiting.add(wanted.address)
        self._block(
            wanted,
            ProblemCode.BLOCKED,
            f"{row.name!r} has the vmid of {wanted.name!r} in NetBox; its guest has another one now, and is out of "
            "scope or waits for that",
            "Delete that machine in NetBox, or sync its guest; then plan again.",
        )

    def _undecided(self, wanted: DesiredObject, why: Unknown | Disputed) -> None:
        """Plan nothing of a guest that may have one of several machines, or whose machine another may have."""
        if isinstance(why, Unknown):
            self._defer(wanted, why)
            return
        self._waiting.add(wanted.address)
        rows = ((key, self._estate.row(GUEST.name, key)) for key in why.machines)
        machines = ", ".join(f"{row.name!r} (id {row.id})" for _, row in rows if row is not None)
        guests = ", ".join(why.guests)
        self._block(
            wanted,
            ProblemCode.AMBIGUOUS_MATCH,
            f"Nothing tells whether {machines} in NetBox is the machine of {guests}: they have the same uuid or the "
            "same MAC addresses",
            "Delete in NetBox what is of a guest that is gone, or give copies a uuid of their own; then plan again.",
        )

    def _defer(self, wanted: DesiredObject, why: Unknown) -> None:
        """Plan nothing of a guest of which it is not known which machine it has."""
        self._changed[wanted.address] = replace(wanted, unknown=why)
        self._waiting.add(wanted.address)
        self._blocked[wanted.address] = wanted.address

    def _waits(self, wanted: DesiredObject) -> bool:
        """Whether nothing is planned of an object, nor of the guest that it is a part of."""
        guest = Address.of(GUEST.name, wanted.key.owner) if self._waiting else None
        if guest is None or guest not in self._waiting:
            return False
        self._blocked.setdefault(wanted.address, guest)
        return True

    def _with_old_key(self, wanted: DesiredObject) -> Row | None:
        """Return the object of a guest or an interface that had another key, by that."""
        parent = self._moved_parent(wanted.key)
        return self._estate.row(wanted.kind, wanted.key.rebased(parent, self._moved[parent])) if parent else None

    def _moved_parent(self, key: Key) -> Key | None:
        """Return the guest or the interface it belongs to, if that has another key now."""
        if not self._moved:
            return None
        return next((above for above in (key.owner, key.interface) if above in self._moved and above != key), None)

    def _accept(self, wanted: DesiredObject, row: Row) -> None:
        self._rows[wanted.address] = row
        self._ids[wanted.address] = row.id
        self._taken.add((wanted.kind, row.id))
        kind = KINDS[wanted.kind]
        kept = with_kept(kind, wanted, row, self._ids)
        if kept.initial:
            owners = self._estate.policy.owners.get(kind.name, {})
            kept = without_initial(kind, kept, row, self._ids, owners)
        if kept is not wanted:
            self._changed[wanted.address] = kept

    def _claim(self, kind: Kind, wanted: DesiredObject) -> bool:
        """Claim the natural keys; false when another desired object has one of them already."""
        for natural in (natural for natural in kind.natural if natural.unique and wanted.managed):
            key = desired_key(kind, natural, wanted.fields, self._ids)
            if key is None or (natural.bound and None in key):
                continue
            own = self._rows.get(wanted.address)
            holders = [row for row in self._index.by_natural(kind, natural, key) if own is None or row.id != own.id]
            if kind is ADDRESS:
                return self._claim_address(wanted, own, key, holders)
            other = self._claims.setdefault((kind.name, natural, key), wanted.address)
            if other != wanted.address:
                self._conflict(kind, wanted, self._desired.objects[other].name, other)
                return False
            if not self._judge_holders(kind, wanted, holders):
                return False
        return True

    def _claim_address(self, wanted: DesiredObject, own: Row | None, key: NaturalKey, holders: list[Row]) -> bool:
        """Claim an address, which several objects may have: one that has another place is documented there."""
        claim = self._addresses.judge(wanted, key, holders, self._taken, unique=self._is_unique(wanted))
        match claim:
            case OnGroup(row):
                self._of_groups[wanted.address] = row
                self._ids[wanted.address] = row.id
                return False
            case Documented(found):
                self._floating[wanted.address] = found
                self._blocked[wanted.address] = wanted.address
                return False
            case TakenBy(other):
                self._conflict(ADDRESS, wanted, self._desired.objects[other].name, other)
                return False
            case Shared(role, after):
                if after:
                    self._holders[wanted.address] = list(after)
                if role is not None:
                    self._share(wanted, own, role)
                return True
            case Exclusive():
                return self._judge_holders(ADDRESS, wanted, holders)
            case _:
                assert_never(claim)

    def _is_unique(self, wanted: DesiredObject) -> bool:
        vrf = wanted.fields.get("vrf")
        row = self._rows.get(vrf.address) if isinstance(vrf, Ref) and vrf.address is not None else None
        return is_unique(self._estate.policy, vrf, row)

    def _share(self, wanted: DesiredObject, own: Row | None, role: str) -> None:
        """Give an address the role that makes it a shared one, unless it has one already."""
        if own is None or own.fields.get("role") in (None, "", role):
            self._changed[wanted.address] = replace(wanted, fields={**wanted.fields, "role": role})

    def _judge_holders(self, kind: Kind, wanted: DesiredObject, holders: list[Row]) -> bool:
        """Judge the objects that hold the natural key in NetBox: ours may give it up, any other is a conflict."""
        for row in holders:
            if row.key is None:
                self._conflict(kind, wanted, _holder_name(row), f"NetBox id {row.id}")
                return False
            self._holders.setdefault(wanted.address, []).append(row)
        return True

    def _by_natural(self, kind: Kind, wanted: DesiredObject) -> None:
        legacy = self._legacy.find(kind, wanted, self._ids)
        if legacy is not None:
            self._accept(wanted, legacy)
            self._matched_by[wanted.address] = ("vmid",)
            self._claim(kind, wanted)
            return
        for natural in kind.natural:
            key = desired_key(kind, natural, wanted.fields, self._ids)
            found = self._index.by_natural(kind, natural, key) if key is not None else []
            free = [
                row for row in found if not wanted.managed or (row.key is None and self._adoptable(kind, wanted, row))
            ]
            if len(free) > 1:
                names = ", ".join(f"id {row.id}" for row in free)
                self._block(
                    wanted,
                    ProblemCode.AMBIGUOUS_MATCH,
                    f"Several {kind.name} objects in NetBox match {wanted.name!r}: {names}",
                    "Remove or rename all but one of them, then plan again.",
                )
                return
            if free:
                self._accept(wanted, free[0])
                self._matched_by[wanted.address] = natural.fields
                break
        self._claim(kind, wanted)

    def _adoptable(self, kind: Kind, wanted: DesiredObject, row: Row) -> bool:
        """Whether the object may be adopted: an assigned address stays with its object.

        The same goes for a cluster of another place that only has the same name, and for what carries another key.
        """
        if self._estate.claims.has(kind.name, row.id):
            return False
        present = row.fields.get(kind.adopted_in) if kind.adopted_in else None
        target = wanted.fields.get(kind.adopted_in)
        if present is None or target is None:
            return True
        if kind is CLUSTER:
            site = self._rows.get(target.address)
            return site is not None and is_at(self._index, present, site)
        return target.kind == present.get("kind") and self._ids.get(target.address) == ref_id(present)

    def _conflict(self, kind: Kind, wanted: DesiredObject, other: str, where: str) -> None:
        code = ProblemCode(kind.conflict)
        if code is ProblemCode.ADDRESS_CONFLICT:
            owner = wanted.fields[kind.parent].name
            message = f"{wanted.name} is on {owner} in Proxmox, but is assigned to {other} ({where})"
            hint = (
                "Correct the wrong address, use a VRF, or say that it is shared (`role` of `address_rules`); an "
                "address of another object is never reassigned."
            )
        else:
            message = f"{wanted.kind} {wanted.name!r} has the same name as {other} ({where})"
            hint = "Rename one of the two, or give the clusters different sites or names."
        self._block(wanted, code, message, hint)

    def _block(self, wanted: DesiredObject, code: ProblemCode, message: str, hint: str) -> None:
        self._problems[Problem(code=code, address=wanted.address, message=message, hint=hint)] = None
        self._blocked[wanted.address] = wanted.address


def _claimed(estate: Estate) -> Iterator[Problem]:
    """Yield a problem for each key that makes nothing ours, in the clusters of the state."""
    for claim in estate.claims:
        kind = KINDS.get(claim.address.kind)
        if kind is not None and estate.has(kind) and claim.address.key.cluster in estate.by_name:
            yield claim.problem()


def _holder_name(row: Row) -> str:
    assigned = row.fields.get("assigned_object")
    return str(assigned["name"]) if isinstance(assigned, dict) else f"{row.name!r}, which proxbox does not manage"
