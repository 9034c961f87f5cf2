"""Reserved address: what an IPAM of Proxmox has given a NIC in this NetBox, and what it keeps from being created."""

from __future__ import annotations

from collections.abc import Iterator

from proxbox_plan.core.address import Address
from proxbox_plan.mapping import assigned_address
from proxbox_plan.mapping.assigned_address import AssignedAddress
from proxbox_plan.mapping.estate.estate import Estate
from proxbox_plan.mapping.estate.inside import host, is_skipped
from proxbox_plan.mapping.estate.ipam import ManagedSubnet, Reservation
from proxbox_plan.mapping.estate.views import GuestView
from proxbox_plan.model.problem import Problem, ProblemCode
from proxbox_plan.model.state import GuestNic


def of_nics(estate: Estate, guest: GuestView) -> Iterator[tuple[GuestNic, str]]:
    """Yield (NIC, address) that an IPAM of Proxmox has given a guest."""
    for nic in asked_for(estate, guest):
        for reservation in estate.reservations.of(nic.mac or ""):
            if not is_skipped(estate.policy.addresses, reservation.text):
                yield nic, reservation.text


def asked_for(estate: Estate, guest: GuestView) -> Iterator[GuestNic]:
    """Yield the NICs of a guest to which an IPAM of Proxmox gives addresses in this NetBox."""
    for nic in guest.guest.nics:
        if nic.mac is not None and estate.managed.gives_on(guest.cluster.name, nic.bridge):
            yield nic


def of_guest(estate: Estate, guest: GuestView, *, connected: bool) -> Iterator[AssignedAddress]:
    """Yield what an IPAM has given a guest on connected NICs, or on the others: it need not show that."""
    for nic, text in of_nics(estate, guest):
        if nic.link_down is not connected:
            yield assigned_address.of_guest(guest, nic, text)


def fields_of(found: AssignedAddress, reservation: Reservation) -> dict[str, object]:
    """Return what is desired of it: all else in its row is the IPAM's."""
    return {"address": reservation.text, "vrf": None, "assigned_object": found.owner}


def conflict(found: AssignedAddress, address: Address, reservation: Reservation) -> Problem:
    """Return that an address is seen elsewhere than on the NIC that it was given to."""
    return Problem(
        code=ProblemCode.ADDRESS_CONFLICT,
        address=address,
        message=f"{host(found.text)} is on {found.owner.name} in Proxmox, but an IPAM of Proxmox has it in NetBox for "
        f"{reservation.title} (NetBox id {reservation.row.id})",
        hint="Correct the wrong address, or free it in the IPAM; what an IPAM has given is never reassigned.",
    )


def not_given(found: AssignedAddress, address: Address, subnet: ManagedSubnet) -> Problem:
    """Return that an address is not created which the IPAM of its subnet does not have."""
    return Problem(
        code=ProblemCode.IPAM_MANAGED,
        address=address,
        message=f"{host(found.text)} on {found.owner.name} is not created: the IPAM {subnet.ipam!r} of Proxmox gives "
        f"the addresses of {subnet.network} in this NetBox, has not given this one, and could not any more",
        hint="Let the guest have the address that the IPAM gives, or add this one to it; then plan again.",
    )
