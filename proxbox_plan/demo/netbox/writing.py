"""Create and update objects: read, validate and store the values of a request, and apply NetBox's side effects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxbox_plan.demo.netbox import effects
from proxbox_plan.demo.netbox.changes import Writing
from proxbox_plan.demo.netbox.network import mac_address
from proxbox_plan.demo.netbox.refusal import Errors, InvalidError
from proxbox_plan.demo.netbox.rules.check import check
from proxbox_plan.demo.netbox.rules.older import as_newest, check_older, is_taken
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.devices import INTERFACES
from proxbox_plan.demo.netbox.schema.fields import Model, ModelField
from proxbox_plan.demo.netbox.store import StoredRow
from proxbox_plan.demo.netbox.values import ValueContext, defaults_of, read
from proxbox_plan.demo.netbox.versions import MAC_FIELD, TAG_STEPS


def create(writing: Writing, label: str, data: Any) -> int:
    """Create one object; InvalidError with its errors."""
    model, store = MODELS[label], writing.store
    values, mac = _read(writing, model, data, old_id=None, partial=False)
    now = store.now()
    row = {field.name: field.default for field in model.stored} | values | {"created": now, "last_updated": now}
    check_older(writing.version, label, row)
    row = effects.before_save(store, label, row, None)
    check(store, label, None, row, None)
    if "custom_fields" in row:  # a default is no value while the object is validated
        row["custom_fields"] = {**defaults_of(store, label), **row["custom_fields"]}
    row_id = store.new_id(label)
    store.put(label, row_id, row)
    effects.after_save(writing, label, row_id, None)
    if mac:
        _set_primary_mac(writing, label, row_id, mac)
    writing.log("create", label, row_id, None, store.row(label, row_id), _message(data))
    return row_id


def update(writing: Writing, label: str, row_id: int, data: Any, *, partial: bool) -> None:
    """Change one object; InvalidError with its errors."""
    model, store = MODELS[label], writing.store
    old = store.row(label, row_id)
    values, mac = _read(writing, model, data, old_id=row_id, partial=partial)
    row = {**old, **values, "last_updated": store.now()}
    check_older(writing.version, label, row)
    row = effects.before_save(store, label, row, old)
    check(store, label, row_id, row, old)
    store.put(label, row_id, row)
    effects.after_save(writing, label, row_id, old)
    if mac is not None:
        _set_primary_mac(writing, label, row_id, mac)
    writing.log("update", label, row_id, old, store.row(label, row_id), _message(data))


def _message(data: Mapping[str, Any]) -> str:
    return str(data.get("changelog_message") or "")


def _read(
    writing: Writing, model: Model, data: Any, *, old_id: int | None, partial: bool
) -> tuple[dict[str, Any], str | None]:
    """Read all fields of a request; the second value is a MAC address to set, empty to clear it."""
    if not isinstance(data, dict):
        raise InvalidError.of(f"Invalid data. Expected a dictionary, but got {type(data).__name__}.")
    data = as_newest(writing.version, model.label, data)
    context = ValueContext(writing.store, writing.version, model.label)
    values: dict[str, Any] = {}
    errors: Errors = {}
    for field in model.fields:
        if not is_taken(writing.version, model.label, field):
            continue
        try:
            if field.name in data:
                value = read(context, field, data[field.name])
                _check_field_unique(writing, model, field, value, old_id)
                values[field.name] = value
            elif not partial and field.required:
                raise InvalidError.of("This field is required.", field.name)
            elif not partial and old_id is not None and field.cleared_by_put:
                values[field.name] = None
        except InvalidError as error:
            errors.update(error.errors)
    try:
        mac = _read_mac(writing, model, data)
        _merge(writing, model, data, values, old_id)
    except InvalidError as error:
        errors.update(error.errors)
        mac = None
    if errors:
        raise InvalidError(errors)
    return values, mac


def _check_field_unique(writing: Writing, model: Model, field: ModelField, value: Any, old_id: int | None) -> None:
    if field.unique and value is not None:
        others = writing.store.tables[model.label].find(field.name, value)
        if any(other != old_id for other in others):
            raise InvalidError.of(
                f"{model.verbose} with this {field.name.replace('_', ' ')} already exists.", field.name
            )


def _read_mac(writing: Writing, model: Model, data: dict[str, Any]) -> str | None:
    if model.label not in INTERFACES or "mac_address" not in data or not MAC_FIELD.is_in(writing.version):
        return None
    value = data["mac_address"]
    if value is None:
        return ""
    if value == "":
        raise InvalidError.of("This field may not be blank.", "mac_address")
    try:
        return mac_address(str(value))
    except ValueError:
        raise InvalidError.of("Enter a valid MAC address (e.g. 00:11:22:33:44:55).", "mac_address") from None


def _merge(writing: Writing, model: Model, data: dict[str, Any], values: dict[str, Any], old_id: int | None) -> None:
    """Join what a request gives in part with what the object has: custom fields, and tags in steps."""
    old = None if old_id is None else writing.store.row(model.label, old_id)
    if "custom_fields" in model.by_name:
        if old is None:
            values.setdefault("custom_fields", defaults_of(writing.store, model.label))
        elif "custom_fields" in values:
            values["custom_fields"] = {**old["custom_fields"], **values["custom_fields"]}
    if "tags" in model.by_name and TAG_STEPS.is_in(writing.version):
        _merge_tags(writing, model, data, values, old)


def _merge_tags(
    writing: Writing, model: Model, data: dict[str, Any], values: dict[str, Any], old: StoredRow | None
) -> None:
    steps: dict[str, tuple[int, ...]] = {}
    context = ValueContext(writing.store, writing.version, model.label)
    for step in ("add_tags", "remove_tags"):
        if step in data:
            try:
                steps[step] = read(context, model.by_name["tags"], data[step])
            except InvalidError as error:
                raise InvalidError({step: error.errors["tags"]}) from None
    if not steps:
        return
    if values.get("tags"):
        raise InvalidError.of('Cannot specify "tags" together with "add_tags" or "remove_tags".', "tags")
    if old is None and steps.get("remove_tags"):
        raise InvalidError.of('Cannot use "remove_tags" when creating a new object.', "remove_tags")
    added, removed = steps.get("add_tags", ()), steps.get("remove_tags", ())
    both = [str(writing.store.row("extras.tag", tag)["name"]) for tag in added if tag in removed]
    if both:
        raise InvalidError.of(
            f'Tags may not be present in both "add_tags" and "remove_tags": {", ".join(both)}', "remove_tags"
        )
    kept = old["tags"] if old is not None else ()
    values["tags"] = tuple(tag for tag in dict.fromkeys((*kept, *added)) if tag not in removed)


def _set_primary_mac(writing: Writing, label: str, row_id: int, mac: str) -> None:
    """Make this the interface's primary MAC address, creating the object for it when the interface has none."""
    store = writing.store
    if not mac:
        store.change(label, row_id, primary_mac_address=None, last_updated=store.now())
        return
    own = store.tables["dcim.macaddress"].find("assigned_object_id", (label, row_id))
    found = next((m for m in own if store.row("dcim.macaddress", m)["mac_address"] == mac), None)
    if found is None:
        target = {"assigned_object_type": label, "assigned_object_id": row_id}
        found = create(writing, "dcim.macaddress", {"mac_address": mac, **target})
    if store.row(label, row_id)["primary_mac_address"] != found:
        store.change(label, row_id, primary_mac_address=found, last_updated=store.now())
