"""Bonds: a virtual interface is in none.

Source: `Interface.clean` of NetBox 4.7.
"""

from __future__ import annotations

from proxbox_plan.mapping import INTERFACE
from proxbox_plan.plan.validate.draft import Draft

_VIRTUAL = "virtual"


def validate_bonds(draft: Draft) -> None:
    """Leave the bond off a port that people called virtual: Proxmox does not tell what sort of port it is."""
    for wanted, row in draft.of_kind(INTERFACE.name):
        stays = "type" in wanted.vague and row is not None and row.fields.get("type") == _VIRTUAL
        bond = wanted.fields.get("lag")
        if not stays or bond is None:
            continue
        draft.leave_out(wanted, "lag")
        draft.report(
            wanted.address,
            f"{wanted.name} is in the bond {bond.name!r} in Proxmox, and NetBox has it as a virtual interface, which "
            "it takes into no bond",
            "Give the interface the type of the port in NetBox, for example `other`; then plan again.",
        )
