"""VLANs: within the ids of their group, and on interfaces of their own site only.

Sources: `VLAN.clean`, and `clean` of both sorts of interfaces and their serializers, of NetBox 4.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from proxbox_plan.core.listed import listed
from proxbox_plan.mapping import INTERFACE, VLAN, VM_INTERFACE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan.relations.references import ref_id, refs_in
from proxbox_plan.plan.validate.draft import Draft

_FIELDS = ("untagged_vlan", "tagged_vlans")
_MODE, _Q_IN_Q = "mode", "q-in-q"


def validate_vlans(draft: Draft) -> None:
    """Refuse VLANs outside their group's ids, and leave those of another site off an interface."""
    outside: dict[Any, list[int]] = {}
    for wanted, row in draft.of_kind(VLAN.name):
        group, vid = wanted.fields["group"], wanted.fields["vid"]
        if group.address in draft.blocked and group.address not in draft.matched.rows:
            draft.blocked[wanted.address] = draft.blocked[group.address]
            continue
        ranges = _ranges(draft.matched.row_of(group))
        if row is None and ranges and not any(low <= vid <= high for low, high in ranges):
            draft.blocked[wanted.address] = wanted.address
            outside.setdefault(group, []).append(vid)
        elif row is None and (other := _namesake(draft, wanted, group)) is not None:
            draft.refuse(
                wanted,
                f"Proxmox uses the VLAN {vid}, and the VLAN group {group.name!r} of NetBox has the name {wanted.name!r}"
                f" already, for {other.fields.get('vid')}",
                f"Rename that one, or create the VLAN {vid} in the group under another name; then plan again.",
            )
    for group, vids in outside.items():
        draft.report(
            group.address,
            f"Proxmox uses the VLAN{'s' if len(vids) > 1 else ''} {_spoken(_joined(vids))}, and the VLAN group "
            f"{group.name!r} of NetBox has only {_spoken(_ranges(draft.matched.row_of(group)))}",
            "Widen the ranges of the group, or file the VLANs in another group with `vlan_group`.",
        )
    _keep_service_vlans(draft)
    strangers: dict[Any, list[str]] = {}
    for wanted, _ in draft.of_kind(VM_INTERFACE.name, INTERFACE.name):
        for ref in _of_another_site(draft, wanted):
            strangers.setdefault(ref, []).append(wanted.name)
    for ref, names in strangers.items():
        _report_site(draft, ref, names)


def _keep_service_vlans(draft: Draft) -> None:
    """Leave the VLANs off an interface that people made one of Q-in-Q: the switch knows of it, and Proxmox does not."""
    for wanted, row in draft.of_kind(VM_INTERFACE.name, INTERFACE.name):
        mode = wanted.fields.get(_MODE)
        if row is None or not mode or row.fields.get(_MODE) != _Q_IN_Q:
            continue
        draft.give(wanted, {name: value for name, value in wanted.fields.items() if name not in (_MODE, *_FIELDS)})
        draft.report(
            wanted.address,
            f"{wanted.name} has the mode {mode!r} in Proxmox, and NetBox has it as Q-in-Q: its VLANs stay as they are",
            "If it is not in a service VLAN, set the 802.1Q mode and clear the service VLAN in NetBox.",
        )


def _namesake(draft: Draft, wanted: DesiredObject, ref: Ref) -> Row | None:
    """Return the VLAN of the group that has the name of a new one: NetBox has each of them once."""
    group = draft.matched.row_of(ref)
    names = (row for row in draft.matched.index.of(VLAN.name) if row.fields.get("name") == wanted.fields.get("name"))
    return next((row for row in names if group is not None and ref_id(row.fields.get("group")) == group.id), None)


def _of_another_site(draft: Draft, wanted: DesiredObject) -> list[Ref]:
    """Leave the VLANs of another site off an interface, and return them."""
    refs = [ref for name in _FIELDS for ref in refs_in(wanted.fields.get(name))]
    placed = {ref: site["id"] for ref in refs if (site := _site_of(draft, ref)) is not None}
    if not placed:
        return []
    own = _site_of_parent(draft, wanted)
    wrong = [ref for ref, site in placed.items() if site != own]
    if wrong:
        kept = {name: value for name, value in wanted.fields.items() if not (isinstance(value, Ref) and value in wrong)}
        tagged = [ref for ref in refs_in(kept.get("tagged_vlans")) if ref not in wrong]
        draft.give(wanted, {**kept, **({"tagged_vlans": tagged} if "tagged_vlans" in kept else {})})
    return wrong


def _report_site(draft: Draft, ref: Any, names: Sequence[str]) -> None:
    row: Any = draft.matched.row_of(ref)
    draft.report(
        ref.address,
        f"The VLAN {row.name!r} ({row.fields['vid']}) belongs to the site {row.fields['site']['name']!r} in NetBox, "
        f"and is used on interfaces outside of it: {listed(names)}",
        "Remove the site from the VLAN, or file it in a VLAN group of the cluster with `vlan_group`.",
    )


def _site_of(draft: Draft, ref: Ref) -> dict[str, Any] | None:
    row = draft.matched.row_of(ref)
    site = row.fields.get("site") if row is not None else None
    return site if isinstance(site, dict) else None


def _site_of_parent(draft: Draft, wanted: DesiredObject) -> Any:
    """Return the site of the machine or device, as it will be."""
    owner = wanted.fields.get("virtual_machine") or wanted.fields.get("device")
    planned = draft.objects.get(owner.address) if isinstance(owner, Ref) and owner.address is not None else None
    return draft.matched.coming(planned, "site") if planned is not None else None


def _ranges(group: Row | None) -> Sequence[tuple[int, int]]:
    return (group.fields.get("vid_ranges") or ()) if group is not None else ()


def _joined(vids: Iterable[int]) -> list[tuple[int, int]]:
    """Return numbers as ranges."""
    found: list[tuple[int, int]] = []
    for vid in sorted(vids):
        if found and found[-1][1] == vid - 1:
            found[-1] = (found[-1][0], vid)
        else:
            found.append((vid, vid))
    return found


def _spoken(ranges: Iterable[tuple[int, int]]) -> str:
    return ", ".join(f"{low}" if low == high else f"{low}-{high}" for low, high in ranges)
