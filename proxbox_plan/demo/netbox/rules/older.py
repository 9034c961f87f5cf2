"""What only older versions of NetBox demand or are told otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from proxbox_plan.demo.netbox.refusal import InvalidError
from proxbox_plan.demo.netbox.schema.fields import ModelField
from proxbox_plan.demo.netbox.store import StoredRow
from proxbox_plan.demo.netbox.versions import MACHINES_ON_DEVICES, SERVICE_PARENTS, Version

_SERVICE: Final = "ipam.service"
_PARENTS: Final[Mapping[str, str]] = MappingProxyType(
    {"device": "dcim.device", "virtual_machine": "virtualization.virtualmachine"}
)


def as_newest(version: Version, label: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return a request as the newest NetBox is sent it: a service was given its device or its virtual machine."""
    if label != _SERVICE or SERVICE_PARENTS.is_in(version):
        return data
    parents = (
        {"parent_object_type": model, "parent_object_id": data[name]}
        for name, model in _PARENTS.items()
        if name in data
    )
    kept = {name: value for name, value in data.items() if not name.startswith("parent_object_")}
    return kept | next(parents, {})


def is_taken(version: Version, label: str, field: ModelField) -> bool:
    """Whether a request, as the newest NetBox is sent it, may set a field."""
    is_parent = label == _SERVICE and field.name.startswith("parent_object_")
    return field.writable and (is_parent or field.is_in(version))


def check_older(version: Version, label: str, row: StoredRow) -> None:
    """Refuse what a newer NetBox would take; InvalidError says why."""
    if label == "virtualization.virtualmachine" and not MACHINES_ON_DEVICES.is_in(version):
        if row["site"] is None and row["cluster"] is None:
            raise InvalidError.of("A virtual machine must be assigned to a site and/or cluster.", "cluster")
        if row["device"] is not None and row["cluster"] is None:
            raise InvalidError.of("Must specify a cluster when assigning a host device.", "device")
