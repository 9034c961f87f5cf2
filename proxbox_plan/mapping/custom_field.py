"""Custom fields for the ownership metadata: the key of an object, and its last-applied values."""

from __future__ import annotations

from proxbox_plan.core.key import Key
from proxbox_plan.mapping.context import MappingContext
from proxbox_plan.mapping.desired import DesiredObject
from proxbox_plan.model.inventory.ownership_fields import FIELDS
from proxbox_plan.model.kind import Field, FieldType, Kind, Natural

KIND = Kind(
    "custom-field",
    "/api/extras/custom-fields/",
    "extras.customfield",
    (
        Field("name"),
        Field("label"),
        Field("type", FieldType.CHOICE),
        Field("description"),
        Field("object_types", FieldType.NAMES, extend=True),
        Field("unique", FieldType.BOOLEAN),
        Field("filter_logic", FieldType.CHOICE),
        Field("ui_visible", FieldType.CHOICE),
        Field("ui_editable", FieldType.CHOICE),
        Field("search_weight", FieldType.INTEGER),
        Field("choice_set", FieldType.REF, to=("choice-set",), read_only=True, source="read to know the choices"),
        *(
            Field(name, type_, read_only=True, source="read to know what NetBox refuses")
            for name, type_ in (
                ("required", FieldType.BOOLEAN),
                ("default", FieldType.JSON),
                ("validation_minimum", FieldType.JSON),
                ("validation_maximum", FieldType.JSON),
                ("validation_regex", FieldType.TEXT),
            )
        ),
    ),
    managed=False,
    defines_ownership=True,
    support=True,
    natural=(Natural(("name",), "name", "name"),),
    doc="`proxbox_key` and `proxbox_applied`; those that rules fill are looked up only.",
)


def desired(context: MappingContext, object_types: tuple[str, ...]) -> None:
    """Desire both fields on the object types that may carry ownership metadata."""
    for name, fields in FIELDS.items():
        wanted = {"name": name, "object_types": sorted(object_types), **fields}
        context.add(DesiredObject(KIND.name, Key(name), name, wanted, managed=False))
