"""Platforms: one that is limited to a manufacturer is only for its devices.

Source: `Device.clean` of NetBox 4.7.
"""

from __future__ import annotations

from proxbox_plan.mapping import DEVICE_TYPE, NODE
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.plan.match.matched import Matched
from proxbox_plan.plan.relations.references import ref_id
from proxbox_plan.plan.validate.draft import Draft


def validate_platforms(draft: Draft) -> None:
    """Leave such a platform off the nodes whose type is another manufacturer's, or is not known."""
    for wanted, _ in draft.of_kind(NODE.name):
        platform = draft.matched.row_of(wanted.fields.get("platform"))
        limit = ref_id(platform.fields.get("manufacturer")) if platform is not None else None
        if platform is None or limit is None or limit == _manufacturer(draft.matched, wanted):
            continue
        draft.leave_out(wanted, "platform")
        draft.report(
            wanted.address,
            f"The platform {platform.name!r} of NetBox is only for devices of one manufacturer, and {wanted.name} is "
            "none of them: it comes without",
            "Remove the manufacturer from the platform, or set `device_type` and `manufacturer` of the node.",
        )


def _manufacturer(matched: Matched, wanted: DesiredObject) -> int | None:
    device_type = matched.coming(wanted, "device_type")
    row = matched.index.by_id(DEVICE_TYPE.name, device_type) if isinstance(device_type, int) else None
    return ref_id(row.fields.get("manufacturer")) if row is not None else None
