"""Reassigned: recognizes an address of ours that is on another NIC now.

To delete it and to create another would cost its description, its DNS name, its NAT and all else that people keep with
it; and NetBox creates none inside an IP range that is marked populated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from proxbox_plan.core.address import Address
from proxbox_plan.core.key import Key
from proxbox_plan.mapping import ADDRESS, GUEST
from proxbox_plan.mapping.desired import DesiredObject, Unknown
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.ipam import reservation_of
from proxbox_plan.mapping.estate.protection import is_ignored, protection_of, source_protection
from proxbox_plan.mapping.estate.stages import RemovalStage
from proxbox_plan.model.address_roles import FLOATING_ROLES
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.policy import is_forgotten
from proxbox_plan.model.state import GUEST_TYPES, Incomplete
from proxbox_plan.plan.match.proof import Gone, proof_of


def find_reassigned(
    estate: Estate,
    wanted: DesiredObject,
    holders: Sequence[Row],
    is_desired: Callable[[Address], bool],
    guests: Mapping[Address, Row],
) -> Row | None:
    """Return the row among `holders` of the same address that `wanted` is; null unless there is exactly one.

    It must be proven gone from where it was, and unprotected; one that moves between guests has also left a guest that
    is stopped, and what people have of it elsewhere is no matter. From another guest it is taken only when the machine
    of that one stays: NetBox moves no primary address, so it must give it up first. A node keeps its addresses, as the
    one of its management controller is people's choice.
    """
    floats = _floats(wanted, holders)
    ours = [row for row in holders if row.key is not None or not floats]
    found = [row for row in ours if row.key is not None and _left(estate, row, row.key, is_desired, floats=floats)]
    if len(found) != 1 or len(ours) != 1 or found[0].key is None:
        return None
    old, new = found[0].key.machine, wanted.key.machine
    may = old == new or (new.sort in GUEST_TYPES and _gives_up(estate, old, is_desired, guests))
    return found[0] if may else None


def _floats(wanted: DesiredObject, holders: Sequence[Row]) -> bool:
    """Whether an address is one that moves between guests, by the rules or by what NetBox has."""
    role = wanted.fields.get("role")
    return role in FLOATING_ROLES or (role is None and any(row.fields.get("role") in FLOATING_ROLES for row in holders))


def _left(estate: Estate, row: Row, key: Key, is_desired: Callable[[Address], bool], *, floats: bool) -> bool:
    """Whether a row has left where it was: what an IPAM of Proxmox has given, once that says so."""
    view = estate.by_name.get(key.cluster)
    if view is None or is_desired(Address.of(ADDRESS.name, key)):
        return False
    if protection_of(row) is not None or source_protection(view, key) is not None:
        return False
    if reservation_of(row) is not None:
        return True  # it is desired for nothing but the NIC that it is for
    proof = proof_of(estate, view, key, row)
    if isinstance(proof, Unknown):
        return floats and proof.reason is Incomplete.GUEST_STOPPED and not estate.is_newer(key, row)
    return isinstance(proof, Gone)


def _gives_up(estate: Estate, owner: Key, is_desired: Callable[[Address], bool], guests: Mapping[Address, Row]) -> bool:
    """Whether the machine of a guest stays and may be written to: it is there, or it is decommissioned."""
    guest = Address.of(GUEST.name, owner)
    row = guests.get(guest)
    if row is not None:
        return not is_ignored(row)
    row = estate.row(GUEST.name, owner)
    if row is None or is_desired(guest) or is_forgotten(estate.policy, guest) or protection_of(row) is not None:
        return False
    return estate.stage_of(GUEST, row) not in (RemovalStage.KEPT, RemovalStage.DELETED)
