"""VLANs: within the ids of their group, and on interfaces of their own site only.

Sources: `VLAN.clean`, and `clean` of both sorts of interfaces and their serializers, of NetBox 4.7.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from proxbox_plan.mapping import INTERFACE, VLAN, VM_INTERFACE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id, refs_in
from proxbox_plan.plan.validate.draft import Draft

_FIELDS = ("untagged_vlan", "tagged_vlans")


def validate_vlans(draft: Draft) -> None:
    """Refuse VLANs outside their group's ids, and leave those of another site off an interface."""
    for wanted, row in draft.of_kind(VLAN.name):
        group = draft.row(wanted.fields.get("group"))
        ranges = group.fields.get("vid_ranges") if group is not None else None
        vid = wanted.fields.get("vid")
        if row is None and ranges and group is not None and not any(low <= vid <= high for low, high in ranges):
            draft.refuse(
                wanted,
                f"VLAN {vid} is used in Proxmox, and the VLAN group {group.name!r} of NetBox has only "
                f"{_spoken(ranges)}",
                "Widen the ranges of the group, or file the VLAN in another group with `vlan_group`.",
            )
    for wanted, _ in draft.of_kind(VM_INTERFACE.name, INTERFACE.name):
        _of_another_site(draft, wanted)


def _of_another_site(draft: Draft, wanted: DesiredObject) -> None:
    refs = [ref for name in _FIELDS for ref in refs_in(wanted.fields.get(name))]
    placed = {ref: site for ref in refs if (site := _site_of(draft, ref)) is not None}
    if not placed:
        return
    own = _site_of_parent(draft, wanted)
    wrong = {ref for ref, site in placed.items() if site["id"] != own}
    for ref in wrong:
        draft.report(
            wanted.address,
            f"{wanted.name} is on {ref.name} in Proxmox, which belongs to the site {placed[ref]['name']!r} in NetBox, "
            "and the interface does not",
            "Remove the site from the VLAN, or file it in a VLAN group of this cluster with `vlan_group`.",
        )
    if wrong:
        kept = {name: value for name, value in wanted.fields.items() if not (isinstance(value, Ref) and value in wrong)}
        tagged = [ref for ref in refs_in(kept.get("tagged_vlans")) if ref not in wrong]
        draft.give(wanted, {**kept, **({"tagged_vlans": tagged} if "tagged_vlans" in kept else {})})


def _site_of(draft: Draft, ref: Ref) -> dict[str, Any] | None:
    row = draft.row(ref)
    site = row.fields.get("site") if row is not None else None
    return site if isinstance(site, dict) else None


def _site_of_parent(draft: Draft, wanted: DesiredObject) -> int | None:
    """Return the site of the machine or device, as it will be."""
    owner = wanted.fields.get("virtual_machine") or wanted.fields.get("device")
    if not isinstance(owner, Ref) or owner.address is None:
        return None
    row = draft.matched.rows.get(owner.address)
    present = ref_id(row.fields.get("site")) if row is not None else None
    if present is not None:
        return present
    planned = draft.objects.get(owner.address)
    site = draft.row(planned.fields.get("site")) if planned is not None else None
    return site.id if site is not None else None


def _spoken(ranges: Iterable[tuple[int, int]]) -> str:
    return ", ".join(f"{low}" if low == high else f"{low}-{high}" for low, high in ranges)
