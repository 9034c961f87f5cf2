"""Address claims: what becomes of an address that several objects have, in Proxmox or in NetBox.

An address that moves between guests (VRRP, CARP, keepalived) is one object in NetBox: it stays on the guest that had it
while that one shows it, or does not show what it has. An anycast address is one object for each guest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import ADDRESS
from proxbox_plan.mapping.desired import DesiredObject, Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.model.address_roles import FLOATING_ROLES
from proxbox_plan.model.inventory import Row
from proxbox_plan.plan.match.proof import proof_of
from proxbox_plan.plan.match.shared_addresses import all_shared, group_of, role_to_be, shared_role
from proxbox_plan.plan.relations.rows import NaturalKey


@dataclass(frozen=True, slots=True)
class OnGroup:
    """NetBox has it on a FHRP group."""

    row: Row


@dataclass(frozen=True, slots=True)
class Documented:
    """It moves between guests, and another one has it: as NetBox says, or as this plan will say."""

    row: Row | None


@dataclass(frozen=True, slots=True)
class TakenBy:
    """It is desired for another object, and NetBox has it once only."""

    other: Address


@dataclass(frozen=True, slots=True)
class Shared:
    """NetBox takes it beside the others: with their role, and once those `after` which it comes have such a role."""

    role: str | None = None
    after: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Exclusive:
    """NetBox takes it once those who hold it give it up."""

    holders: Sequence[Row]


AddressClaim = OnGroup | Documented | TakenBy | Shared | Exclusive


class AddressClaims:
    """The claims on addresses, in the order they are made."""

    def __init__(
        self, estate: Estate, desired: Callable[[Address], DesiredObject], rows: Mapping[Address, Row]
    ) -> None:
        """Take what is matched so far: it grows."""
        self._estate = estate
        self._desired = desired
        self._rows = rows
        self._roles: dict[NaturalKey, dict[Address, str | None]] = {}  # of those who claim it

    def judge(
        self,
        wanted: DesiredObject,
        key: NaturalKey,
        holders: Sequence[Row],
        taken: Collection[tuple[str, int]],
        *,
        unique: bool,
    ) -> AddressClaim:
        """Judge one claim on the address `key`, which the rows `holders` have; `taken` rows are a desired object's."""
        own = self._rows.get(wanted.address)
        if own is None and (row := group_of(holders)) is not None:
            return OnGroup(row)
        others = self._roles.setdefault(key, {})
        free = [row for row in holders if (ADDRESS.name, row.id) not in taken]
        if own is None and (found := self._documented(wanted, others, free)) is not None:
            return found
        role = role_to_be(self._estate.policy, wanted, own)
        if unique and others and not all_shared(ADDRESS, (role, *others.values())):
            return TakenBy(next(iter(others)))
        others[wanted.address] = role
        return self._beside(wanted, role, holders) if unique else Shared()

    def _beside(self, wanted: DesiredObject, role: str | None, holders: Sequence[Row]) -> AddressClaim:
        """Return whether NetBox takes an address with a role beside those that hold it."""
        if holders and all_shared(ADDRESS, (role, *map(self._role_of, holders))):
            return Shared(after=tuple(row for row in holders if not all_shared(ADDRESS, (row.fields.get("role"),))))
        if "role" not in wanted.fields and (given := shared_role(ADDRESS, holders)) is not None:
            return Shared(given)
        return Exclusive(holders)

    def _documented(
        self, wanted: DesiredObject, others: Mapping[Address, str | None], free: Sequence[Row]
    ) -> Documented | None:
        """Return where an address that moves is documented; those of another cluster are others."""
        cluster, role = wanted.key.cluster, wanted.fields.get("role")
        if role is not None and role not in FLOATING_ROLES:
            return None
        for at, given in others.items():
            if at.key.cluster == cluster and given in FLOATING_ROLES:
                return Documented(self._rows.get(at))
        return next(
            (
                Documented(row)
                for row in free
                if row.fields.get("role") in FLOATING_ROLES and self._may_stay(row, cluster)
            ),
            None,
        )

    def _may_stay(self, row: Row, cluster: str) -> bool:
        """Whether what has an address in NetBox may have it still."""
        if row.key is None or row.key.cluster != cluster:
            return False
        return isinstance(proof_of(self._estate, self._estate.by_name[cluster], row.key, row), Unknown)

    def _role_of(self, row: Row) -> str | None:
        """Return the role that a row has, or gets in this plan."""
        at = next((at for at, found in self._rows.items() if at.kind == ADDRESS.name and found.id == row.id), None)
        return row.fields.get("role") if at is None else role_to_be(self._estate.policy, self._desired(at), row)
