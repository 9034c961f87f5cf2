"""Which rows a list request asks for; a filter NetBox does not have is an error here, as NetBox would ignore it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from proxbox_plan.demo.netbox import lookups, network
from proxbox_plan.demo.netbox.refusal import RefusalError
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Field, Model, Version
from proxbox_plan.demo.netbox.store import Row, Store, Table
from proxbox_plan.demo.netbox.values import custom_fields_of

NOT_FILTERS = frozenset({"limit", "offset", "start", "ordering", "fields", "omit", "brief", "format"})
NULL = "null"
CHANGE_FILTERS = {
    "created_by_request": frozenset({"create"}),
    "updated_by_request": frozenset({"update"}),
    "modified_by_request": frozenset({"create", "update"}),
}
Ids = set[int]
Test = Callable[[int, Row], bool]


def apply(store: Store, model: Model, version: Version, query: Mapping[str, list[str]]) -> Ids | None:
    """Give the ids of the rows that pass every filter of the query; None when there is no filter."""
    found: Ids | None = None
    filters = _Filters(store, model, version)
    for name, values in query.items():
        if name not in NOT_FILTERS:
            passed = filters.select(name, values, found)
            found = passed if found is None else found & passed
    return found


def names(model: Model) -> set[str]:
    """List the filters of a model, without lookups and custom fields."""
    known = {"id", "q"} if model.logged else {"id"}
    if model.logged:
        known |= set(CHANGE_FILTERS)
    for field in model.fields:
        if not field.filterable or field.kind in {"computed", "constant", "count", "json", "custom_fields"}:
            continue
        if field.kind == "ref":
            known |= {f"{field.name}_id", field.name} if _by_lookup(field) else {f"{field.name}_id"}
        elif field.kind == "tags":
            known |= {"tag", "tag_id"}
        else:
            known.add(field.name)
    return known | set(SPECIAL.get(model.label, {}))


def _by_lookup(field: Field) -> bool:
    return MODELS[field.to].lookup in {"slug", "name", "rd"} and not field.name.startswith("default_")


def invalid(name: str, message: str) -> RefusalError:
    """Refuse a filter in NetBox's form."""
    return RefusalError(400, {name: [message]})


class _Filters:
    def __init__(self, store: Store, model: Model, version: Version) -> None:
        self._store = store
        self._model = model
        self._version = version
        self._table = store.tables[model.label]

    def select(self, name: str, values: list[str], among: Ids | None) -> Ids:
        if name.startswith("cf_"):
            return self._custom_field(name, values, among)
        special = SPECIAL.get(self._model.label, {}).get(name)
        if special is not None:
            return special(self._store, values, name)
        base, _, lookup = name.partition("__")
        if base in CHANGE_FILTERS and not lookup and self._model.logged:
            return self._by_request(base, values)
        if base == "q" and not lookup:
            return self._search(values, among)
        if base in {"tag", "tag_id"} and "tags" in self._model.by_name:
            return self._tagged(name, base, lookup, values)
        if base == "id":
            return self._numbers(name, lookup, values, lambda row_id, _row: row_id, among)
        field = self._model.by_name.get(base)
        if field is not None and field.filterable and field.since <= self._version and field.kind != "ref":
            return self._plain(name, field, lookup, values, among)
        reference = self._model.by_name.get(base.removesuffix("_id"))
        if reference is not None and reference.kind == "ref" and reference.filterable:
            return self._reference(name, reference, lookup, values, by_id=base.endswith("_id"))
        raise invalid(name, f"Unknown filter. NetBox would ignore it and answer with everything: {name}")

    def _scan(self, test: Test, among: Ids | None) -> Ids:
        rows = self._table.rows
        return {row_id for row_id in (rows if among is None else among) if test(row_id, rows[row_id])}

    def _plain(self, name: str, field: Field, lookup: str, values: list[str], among: Ids | None) -> Ids:
        match field.kind:
            case "integer" | "object_id":
                return self._numbers(name, lookup, values, lambda _id, row: row[field.name], among)
            case "decimal":
                return self._numbers(name, lookup, values, lambda _id, row: row[field.name], among, kind=Decimal)
            case "time":
                return self._times(name, field, lookup, values, among)
            case "flag":
                wanted = [value.lower() in {"true", "1"} for value in values if value.lower() in {"true", "false", "1", "0"}]
                return self._scan(lambda _id, row: not wanted or row[field.name] in wanted, among)
            case "choice":
                return self._choices(name, field, lookup, values, among)
            case "mac":
                values = [_mac(name, value) for value in values] if lookup in {"", "n"} else values
            case "prefix" if not lookup:
                values = [_network(value) for value in values]
        if not lookup and field.name in {"name", "slug", "mac_address", "prefix"}:
            return {row_id for value in values for row_id in self._table.find(field.name, value)}
        test = _lookup(name, lookup, values)
        return self._scan(lambda _id, row: test(row[field.name]), among)

    def _choices(self, name: str, field: Field, lookup: str, values: list[str], among: Ids | None) -> Ids:
        if lookup not in {"", "n"}:
            test = _lookup(name, lookup, values)
            return self._scan(lambda _id, row: test(row[field.name]), among)
        for value in values:
            if value not in field.choices and value != NULL:
                raise invalid(name, f"Select a valid choice. {value} is not one of the available choices.")
        wanted = {"" if value == NULL else value for value in values}
        return self._scan(lambda _id, row: (row[field.name] in wanted) == (lookup == ""), among)

    def _numbers(  # noqa: PLR0913
        self,
        name: str,
        lookup: str,
        values: list[str],
        value_of: Callable[[int, Row], Any],
        among: Ids | None,
        kind: Callable[[str], Any] = int,
    ) -> Ids:
        if lookup == "empty":
            wanted = values[-1].lower() == "true"
            return self._scan(lambda row_id, row: (value_of(row_id, row) is None) == wanted, among)
        try:
            numbers = [None if value == NULL else kind(value) for value in values]
        except (ValueError, InvalidOperation):
            raise invalid(name, "Enter a whole number." if kind is int else "Enter a number.") from None
        if name == "id":
            return {number for number in numbers if number in self._table.rows}
        compare = lookups.COMPARISONS.get(lookup)
        if compare is None:
            raise invalid(name, f"Unknown filter. NetBox would ignore it and answer with everything: {name}")
        return self._scan(lambda row_id, row: compare(value_of(row_id, row), numbers), among)

    def _times(self, name: str, field: Field, lookup: str, values: list[str], among: Ids | None) -> Ids:
        try:
            times = [datetime.fromisoformat(value) for value in values]
        except ValueError:
            raise invalid(name, "Enter a valid date/time.") from None
        aware = [time if time.tzinfo else time.replace(tzinfo=UTC) for time in times]
        compare = lookups.COMPARISONS.get(lookup)
        if compare is None:
            raise invalid(name, f"Unknown filter. NetBox would ignore it and answer with everything: {name}")
        return self._scan(lambda _id, row: compare(row[field.name], aware), among)

    def _reference(self, name: str, field: Field, lookup: str, values: list[str], *, by_id: bool) -> Ids:
        if lookup not in {"", "n"}:
            raise invalid(name, f"Unknown filter. NetBox would ignore it and answer with everything: {name}")
        targets: list[int | None] = []
        for value in values:
            targets += [None] if value == NULL else targets_of(self._store, field.to, value, name, by_id=by_id)
        found = {row_id for target in targets for row_id in self._table.find(field.name, target)}
        return found if not lookup else set(self._table.rows) - found

    def _tagged(self, name: str, base: str, lookup: str, values: list[str]) -> Ids:
        if lookup not in {"", "n"}:
            raise invalid(name, f"Unknown filter. NetBox would ignore it and answer with everything: {name}")
        tagged = [
            set(self._table.find("tags", tag))
            for value in values
            for tag in targets_of(self._store, "extras.tag", value, name, by_id=base == "tag_id")
        ]
        # Several tags mean all of them, unlike several values of any other filter.
        return set(self._table.rows) - set().union(*tagged) if lookup else set.intersection(*tagged)

    def _by_request(self, name: str, values: list[str]) -> Ids:
        found: Ids = set()
        changes = self._store.tables["core.objectchange"]
        for value in values:
            for change in changes.find("request_id", _uuid(name, value)):
                row = changes.rows[change]
                if row["changed_object_type"] == self._model.label and row["action"] in CHANGE_FILTERS[name]:
                    found.add(row["changed_object_id"])
        return found & set(self._table.rows)

    def _search(self, values: list[str], among: Ids | None) -> Ids:
        fields = [f.name for f in self._model.stored if f.kind in {"text", "slug", "mac", "address", "prefix"}]
        needle = values[-1].lower()
        return self._scan(lambda _id, row: any(needle in str(row[name] or "").lower() for name in fields), among)

    def _custom_field(self, name: str, values: list[str], among: Ids | None) -> Ids:
        base, _, lookup = name.removeprefix("cf_").partition("__")
        definition = custom_fields_of(self._store, self._model.label).get(base)
        if definition is None or definition["filter_logic"] == "disabled":
            raise invalid(name, f"Unknown filter. NetBox would ignore it and answer with everything: {name}")
        if definition["type"] in {"integer", "decimal"}:
            kind = int if definition["type"] == "integer" else Decimal
            return self._numbers(name, lookup, values, lambda _id, row: row["custom_fields"].get(base), among, kind)
        if not lookup and definition["type"] in {"text", "longtext", "url"} and definition["filter_logic"] == "loose":
            lookup = "ic"
        if not lookup and NULL not in values and "" not in values and definition["type"] != "boolean":
            return {row_id for value in values for row_id in self._table.find(f"cf_{base}", value)}
        if definition["type"] == "boolean":
            wanted = {value.lower() in {"true", "1"} for value in values}
            return self._scan(lambda _id, row: row["custom_fields"].get(base) in wanted, among)
        if not lookup and "" in values:
            return set(self._table.rows) if among is None else among
        test = _lookup(name, lookup, values)
        return self._scan(lambda _id, row: test(row["custom_fields"].get(base)), among)


def _lookup(name: str, lookup: str, values: list[str]) -> Callable[[Any], bool]:
    compare = lookups.TEXTS.get(lookup)
    if compare is None:
        raise invalid(name, f"Unknown filter. NetBox would ignore it and answer with everything: {name}")
    try:
        return lambda value: compare(value, values)
    except re.error:
        raise invalid(name, "Invalid regular expression.") from None


def targets_of(store: Store, label: str, value: str, name: str, *, by_id: bool) -> list[int]:
    """Find the objects a filter names, by id or by the text NetBox looks them up with; unknown ones are refused."""
    table = store.tables[label]
    if by_id:
        if value.isdecimal() and int(value) in table.rows:
            return [int(value)]
    elif found := _named(table, value):
        return found
    raise invalid(name, f"Select a valid choice. {value} is not one of the available choices.")


def _named(table: Table, value: str) -> list[int]:
    lookup = table.model.lookup
    if lookup in {"name", "slug"}:
        return list(table.find(lookup, value))
    return [row_id for row_id, row in table.rows.items() if row[lookup] == value]


def _mac(name: str, value: str) -> str:
    try:
        return network.mac_address(value)
    except ValueError:
        raise invalid(name, f"Invalid MAC address format: {value}") from None


def _network(value: str) -> str:
    try:
        return str(network.network(value))
    except ValueError:
        return ""


def _uuid(name: str, value: str) -> str:
    try:
        return str(UUID(value))
    except ValueError:
        raise invalid(name, "Enter a valid UUID.") from None


def _addresses(store: Store, values: list[str], _name: str) -> Ids:
    table = store.tables["ipam.ipaddress"]
    found: Ids = set()
    for value in values:
        try:
            wanted = str(network.interface(value))
        except ValueError:
            continue
        host = network.host_of(wanted)
        spaces = {None, *store.tables["ipam.vrf"].rows}
        hosts = {row_id for space in spaces for row_id in table.find("host", (space, host))}
        found |= hosts if "/" not in value else {row_id for row_id in hosts if table.rows[row_id]["address"] == wanted}
    return found


def _parents(store: Store, values: list[str], _name: str) -> Ids:
    found: Ids = set()
    for value in values:
        try:
            parent = network.network(value)
        except ValueError:
            continue
        for row_id, row in store.tables["ipam.ipaddress"].rows.items():
            own = network.interface(row["address"])
            if own.version == parent.version and own.ip in parent:
                found.add(row_id)
    return found


def _families(label: str, field: str) -> Callable[[Store, list[str], str], Ids]:
    def select(store: Store, values: list[str], _name: str) -> Ids:
        rows = store.tables[label].rows.items()
        return {row_id for row_id, row in rows if str(network.family_of(row[field])) in values}

    return select


def _assigned(label: str, parent: str = "", *, by_id: bool = True) -> Callable[[Store, list[str], str], Ids]:
    """Select what is assigned to an interface, or to any interface of a device or machine."""

    def select(store: Store, values: list[str], name: str, kind: str = "ipam.ipaddress") -> Ids:
        interfaces: Iterable[int]
        if parent:
            table = store.tables[MODELS[label].by_name[parent].to]
            owners = (
                [int(value) for value in values if value.isdecimal()]
                if by_id
                else [row_id for value in values for row_id in _named(table, value)]
            )
            interfaces = [i for one in owners for i in store.tables[label].find(parent, one)]
        else:
            interfaces = [i for value in values for i in targets_of(store, label, value, name, by_id=True)]
        return {found for i in interfaces for found in store.tables[kind].find("assigned_object_id", (label, i))}

    return select


def _macs(select: Callable[..., Ids]) -> Callable[[Store, list[str], str], Ids]:
    return lambda store, values, name: select(store, values, name, kind="dcim.macaddress")


def _by_mac(label: str) -> Callable[[Store, list[str], str], Ids]:
    def select(store: Store, values: list[str], name: str) -> Ids:
        macs = store.tables["dcim.macaddress"]
        found = {m for value in values for m in macs.find("mac_address", _mac(name, value))}
        owners = [(macs.rows[m]["assigned_object_type"], macs.rows[m]["assigned_object_id"]) for m in found]
        if label == "dcim.interface" or label == "virtualization.vminterface":  # noqa: PLR1714
            return {row_id for kind, row_id in owners if kind == label}
        component = "dcim.interface" if label == "dcim.device" else "virtualization.vminterface"
        parent = MODELS[component].parent
        return {store.row(kind, row_id)[parent] for kind, row_id in owners if kind == component}

    return select


def _through(label: str, owner: str, field: str, *, by_id: bool) -> Callable[[Store, list[str], str], Ids]:
    """Select the components of machines that are, say, in one of these clusters."""

    def select(store: Store, values: list[str], name: str) -> Ids:
        parent = MODELS[label].parent
        to = MODELS[owner].by_name[field].to
        targets = [t for value in values for t in targets_of(store, to, value, name, by_id=by_id)]
        owners = [o for t in targets for o in store.tables[owner].find(field, t)]
        return {found for o in owners for found in store.tables[label].find(parent, o)}

    return select


def _cluster_types(store: Store, values: list[str], name: str) -> Ids:
    types = [t for v in values for t in targets_of(store, "virtualization.clustertype", v, name, by_id="_id" in name)]
    clusters = [c for t in types for c in store.tables["virtualization.cluster"].find("type", t)]
    return {vm for c in clusters for vm in store.tables["virtualization.virtualmachine"].find("cluster", c)}


def _has_primary(label: str) -> Callable[[Store, list[str], str], Ids]:
    def select(store: Store, values: list[str], _name: str) -> Ids:
        wanted = values[-1].lower() == "true"
        rows = store.tables[label].rows.items()
        return {i for i, row in rows if (row["primary_ip4"] is not None or row["primary_ip6"] is not None) == wanted}

    return select


def _object_types(store: Store, values: list[str], _name: str) -> Ids:
    rows = store.tables["extras.customfield"].rows.items()
    return {i for i, row in rows if any(value in row["object_types"] for value in values)}


def _is_assigned(store: Store, values: list[str], _name: str) -> Ids:
    wanted = values[-1].lower() == "true"
    rows = store.tables["ipam.ipaddress"].rows.items()
    return {i for i, row in rows if (row["assigned_object_id"] is not None) == wanted}


def _vlans(label: str) -> Callable[[Store, list[str], str], Ids]:
    def select(store: Store, values: list[str], _name: str) -> Ids:
        table = store.tables[label]
        wanted = [int(value) for value in values if value.isdecimal()]
        return {i for vlan in wanted for name in ("untagged_vlan", "tagged_vlans") for i in table.find(name, vlan)}

    return select


_DEVICE_INTERFACE = ("dcim.interface", "device")
_VM_INTERFACE = ("virtualization.vminterface", "virtual_machine")
_OWNED = {
    "interface_id": _assigned("dcim.interface"),
    "vminterface_id": _assigned("virtualization.vminterface"),
    "device_id": _assigned(*_DEVICE_INTERFACE),
    "device": _assigned(*_DEVICE_INTERFACE, by_id=False),
    "virtual_machine_id": _assigned(*_VM_INTERFACE),
    "virtual_machine": _assigned(*_VM_INTERFACE, by_id=False),
}
_MACHINE = "virtualization.virtualmachine"
SPECIAL: dict[str, dict[str, Callable[[Store, list[str], str], Ids]]] = {
    "dcim.device": {"has_primary_ip": _has_primary("dcim.device"), "mac_address": _by_mac("dcim.device")},
    "dcim.interface": {"mac_address": _by_mac("dcim.interface"), "vlan_id": _vlans("dcim.interface")},
    "dcim.macaddress": {name: _macs(select) for name, select in _OWNED.items()},
    "extras.customfield": {"object_type": _object_types},
    "ipam.ipaddress": {
        **_OWNED,
        "address": _addresses,
        "parent": _parents,
        "family": _families("ipam.ipaddress", "address"),
        "assigned_to_interface": _is_assigned,
    },
    "ipam.prefix": {"family": _families("ipam.prefix", "prefix")},
    _MACHINE: {
        "has_primary_ip": _has_primary(_MACHINE),
        "mac_address": _by_mac(_MACHINE),
        "cluster_type": _cluster_types,
        "cluster_type_id": _cluster_types,
    },
    "virtualization.vminterface": {
        "mac_address": _by_mac("virtualization.vminterface"),
        "vlan_id": _vlans("virtualization.vminterface"),
        "cluster_id": _through("virtualization.vminterface", _MACHINE, "cluster", by_id=True),
        "cluster": _through("virtualization.vminterface", _MACHINE, "cluster", by_id=False),
    },
}
