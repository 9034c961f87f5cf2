"""Validation of objects with NetBox's own messages; see each model's ``clean`` in NetBox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proxbox_plan.demo.netbox.refusal import Errors, InvalidError, RefusalError
from proxbox_plan.demo.netbox.rules.addresses import check_address, check_prefix, check_range, check_vlan
from proxbox_plan.demo.netbox.rules.interfaces import check_interface, check_mac, check_machine_interface
from proxbox_plan.demo.netbox.rules.machines import check_cluster, check_device, check_machine
from proxbox_plan.demo.netbox.rules.plugin import RULES as PLUGIN_RULES
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Unique
from proxbox_plan.demo.netbox.store import Store, StoredRow, unique_key
from proxbox_plan.demo.netbox.values import custom_fields_of

Validation = Callable[[Store, int | None, StoredRow, StoredRow | None], None]


def check(store: Store, label: str, row_id: int | None, row: StoredRow, old: StoredRow | None) -> None:
    """Validate one object before it is stored; InvalidError with all its errors."""
    errors: Errors = {}
    try:
        _check_target(store, label, row)
        _check_tags(store, label, row, old)
        _check_custom_fields(store, label, row_id, row)
        if (rule := RULES.get(label)) is not None:
            rule(store, row_id, row, old)
    except InvalidError as error:
        errors.update(error.errors)
    table = store.tables[label]
    for number, unique in enumerate(table.model.unique):
        key = unique_key(unique, row)
        if key is not None and any(other != row_id for other in table.find(f"unique {number}", key)):
            _refuse_twin(unique, errors)
    if errors:
        raise InvalidError(errors)


def _refuse_twin(unique: Unique, errors: Errors) -> None:
    match unique.status:
        case 400:
            errors.setdefault(unique.field, []).append(unique.message)
        case 409:
            raise RefusalError(409, {unique.field: unique.message})
        case 500:
            # The plugin leaves this check to the database.
            text = f"duplicate key value violates unique constraint ({', '.join(unique.fields)})"
            raise RefusalError(500, {"error": text, "exception": unique.message})


def _check_target(store: Store, label: str, row: StoredRow) -> None:
    if (pair := MODELS[label].generic) is None:
        return
    kind, number = (f.name for f in pair)
    if row[kind] is None and row[number] is None:
        return
    if row[kind] is None:
        raise InvalidError.of("This field cannot be null.", kind)
    if row[number] is None:
        if kind == "scope_type":
            raise InvalidError.of(f"Please select a {row[kind].partition('.')[2]}.")
        raise InvalidError.of("This field cannot be null.", number)
    if row[number] not in store.tables[row[kind]].rows:
        raise InvalidError.of(f"Related object not found using the provided value: {row[number]}.", number)


def _check_tags(store: Store, label: str, row: StoredRow, old: StoredRow | None) -> None:
    """A tag that is for some object types only is put on no others; where it is already it stays."""
    present = old["tags"] if old is not None and "tags" in old else ()
    for tag in (store.row("extras.tag", number) for number in row.get("tags") or () if number not in present):
        if tag["object_types"] and label not in tag["object_types"]:
            raise RefusalError(
                400, {"detail": f"Tag {tag['name']} cannot be assigned to {label.partition('.')[2]} objects."}
            )


def _check_custom_fields(store: Store, label: str, row_id: int | None, row: StoredRow) -> None:
    values = row.get("custom_fields")
    if values is None:
        return
    definitions = custom_fields_of(store, label)
    for name, value in values.items():
        definition = definitions.get(name)
        if definition is None:
            continue
        if value in (None, ""):
            if definition["required"]:
                raise InvalidError.of(f"Invalid value for custom field '{name}': Required field cannot be empty.")
            continue
        if (problem := _custom_field_problem(definition["type"], value)) is not None:
            raise InvalidError.of(f"Invalid value for custom field '{name}': {problem}")
        others = store.tables[label].find(f"cf_{name}", value) if definition["unique"] else ()
        if any(other != row_id for other in others):
            raise InvalidError.of(f"Custom field '{name}' must have a unique value.")
    for name, definition in definitions.items():
        if definition["required"] and name not in values:
            raise InvalidError.of(f"Missing required custom field '{name}'.")


def _custom_field_problem(kind: str, value: Any) -> str | None:
    match kind:
        case "text" | "longtext" | "url" if not isinstance(value, str):
            return "Value must be a string."
        case "integer" if type(value) is not int:
            return "Value must be an integer."
        case "boolean" if value not in (True, False):
            return "Value must be true or false."
        case "decimal" if not isinstance(value, int | float | str):
            return "Value must be a decimal."
    return None


def _check_custom_field(_store: Store, _row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    if not row["name"].isidentifier() and not row["name"].replace("_", "a").isalnum():
        raise InvalidError.of("Only alphanumeric characters and underscores are allowed.", "name")
    if "__" in row["name"]:
        raise InvalidError.of("Double underscores are not permitted in custom field names.", "name")
    if row["unique"] and row["type"] == "boolean":
        raise InvalidError.of("Uniqueness cannot be enforced for boolean fields", "unique")


RULES: dict[str, Validation] = {
    **PLUGIN_RULES,
    "dcim.device": check_device,
    "dcim.interface": check_interface,
    "dcim.macaddress": check_mac,
    "extras.customfield": _check_custom_field,
    "ipam.ipaddress": check_address,
    "ipam.iprange": check_range,
    "ipam.prefix": check_prefix,
    "ipam.vlan": check_vlan,
    "virtualization.cluster": check_cluster,
    "virtualization.virtualmachine": check_machine,
    "virtualization.vminterface": check_machine_interface,
}
