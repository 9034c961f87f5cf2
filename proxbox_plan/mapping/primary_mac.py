"""The MAC address of an interface: a field of it, or before NetBox 4.7 an object of its own that it refers to."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.model.kind import Field, FieldType
from proxbox_plan.model.netbox_versions import MAC_FIELD
from proxbox_plan.model.reference import Ref

OBJECT = "mac-address"
_FIELD = "mac_address"
PRIMARY = "primary_mac_address"


def mac_fields(source: str) -> tuple[Field, Field]:
    """Return the fields of an interface that say its MAC address: every NetBox has one of them."""
    return (
        Field(_FIELD, FieldType.MAC, since=MAC_FIELD.since, along=PRIMARY, source=source),
        Field(PRIMARY, FieldType.REF, to=(OBJECT,), until=MAC_FIELD.since, second_pass=True, source=source),
    )


def are_objects(context: MappingContext) -> bool:
    """Whether interfaces of this NetBox have no field for a MAC address."""
    return not MAC_FIELD.is_in(context.version)


def key(interface: Key) -> Key:
    """Key of the MAC address of an interface."""
    return interface.child("mac")


def values(context: MappingContext, interface: Key, mac: str | None) -> dict[str, object]:
    """Return the field of an interface that says its MAC address; none where there is no object to refer to."""
    if not are_objects(context):
        return {_FIELD: mac}
    return {PRIMARY: Ref.to(OBJECT, key(interface), mac)} if mac else {}
