"""Renders rows as NetBox's REST API does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from proxbox_plan.demo.netbox.display import display
from proxbox_plan.demo.netbox.network import family_of, size_of_range
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.fields import Model, ModelField
from proxbox_plan.demo.netbox.store import Store, StoredRow
from proxbox_plan.demo.netbox.values import custom_fields_of
from proxbox_plan.demo.netbox.versions import Version

Document = dict[str, Any]
ADDRESS_BRIEF = ("id", "url", "display", "family", "address", "nat_inside", "nat_outside", "dns_name", "description")
TAG_BRIEF = ("id", "url", "display_url", "display", "name", "slug", "color")
DATA_TYPES = {"integer": "integer", "decimal": "decimal", "boolean": "boolean", "json": "object"}
L2VPN_END = "vpn.l2vpntermination"
SELF_REFERENCES = frozenset({"parent", "bridge", "lag"})


class Renderer:
    """Renders the rows of one response; objects that several rows refer to are rendered once."""

    def __init__(self, store: Store, base_url: str, version: Version) -> None:
        """Render for clients that reach the server under this URL."""
        self._store = store
        self._base_url = base_url
        self._version = version
        self._nested: dict[tuple[str, int, tuple[str, ...]], Document] = {}
        self._custom_fields: dict[str, dict[str, StoredRow]] = {}

    def url(self, label: str, row_id: int) -> str:
        """Give the address of an object in the API."""
        return f"{self._base_url}/api/{MODELS[label].path}/{row_id}/"

    def full(self, label: str, row_id: int, *, only: Iterable[str] = (), omit: Iterable[str] = ()) -> Document:
        """Show an object with all its fields, or with the ones asked for."""
        model = MODELS[label]
        names = [f.name for f in model.fields]
        wanted = ["id", "url", *(["display_url"] if model.has_page else []), "display", *names]
        if only:
            asked = set(only)
            wanted = [name for name in wanted if name in asked]
        omitted = set(omit)
        return self._show(model, row_id, [name for name in wanted if name not in omitted])

    def brief(self, label: str, row_id: int) -> Document:
        """Show an object as ``?brief=1`` does."""
        return self.full(label, row_id, only=MODELS[label].brief)

    def nested(self, label: str, row_id: int | None, names: tuple[str, ...] = ()) -> Document | None:
        """Show an object inside another one."""
        if row_id is None:
            return None
        key = (label, row_id, names)
        if key not in self._nested:
            model = MODELS[label]
            self._nested[key] = self._show(model, row_id, names or model.brief, nested=True)
        return self._nested[key]

    def _show(self, model: Model, row_id: int, names: Iterable[str], *, nested: bool = False) -> Document:
        row = self._store.row(model.label, row_id)
        shown: Document = {}
        for name in names:
            match name:
                case "id":
                    shown[name] = row_id
                case "url":
                    shown[name] = self.url(model.label, row_id)
                case "display_url":
                    shown[name] = f"{self._base_url}/{model.log_path or model.path}/{row_id}/"
                case "display":
                    shown[name] = display(self._store, model.label, row_id, row)
                case _:
                    field = model.by_name[name]
                    if not field.is_in(self._version):
                        continue
                    if field.kind != "count":
                        shown[name] = self._value(model, field, row_id, row)
                    elif not nested or field.nested_count != "omitted":
                        real = not nested or field.nested_count == "real"
                        shown[name] = self._count(field, row_id) if real else 0
        return shown

    def _count(self, field: ModelField, row_id: int) -> int:
        return len(self._store.tables[field.to].find(field.via, row_id))

    def _value(self, model: Model, field: ModelField, row_id: int, row: StoredRow) -> Any:  # noqa: C901, PLR0911
        match field.kind:
            case "constant":
                return field.default
            case "computed":
                return self._computed(model, field, row_id, row)
        value = row[field.name]
        match field.kind:
            case "choice":
                return {"value": value, "label": field.choices[value]} if value else None
            case "ref":
                return self._reference(model, field, value)
            case "refs":
                return [self.nested(field.to, target) for target in value]
            case "tags":
                return [self.nested("extras.tag", tag, TAG_BRIEF) for tag in self._by_name(value)]
            case "decimal":
                return None if value is None else float(value)
            case "time":
                return None if value is None else stamp(value)
            case "custom_fields":
                if model.label not in self._custom_fields:
                    self._custom_fields[model.label] = custom_fields_of(self._store, model.label)
                return {name: value.get(name) for name in self._custom_fields[model.label]}
        return value

    def _reference(self, model: Model, field: ModelField, value: int | None) -> Document | int | None:
        if field.bare:
            return value
        if field.nested:
            return self.nested(field.to, value, field.nested)
        if field.to == "ipam.ipaddress" and field.name != "nat_inside":
            return self.nested(field.to, value, ADDRESS_BRIEF)
        if field.name in SELF_REFERENCES and model.parent:
            return self.nested(field.to, value, ("id", "url", "display_url", "display", model.parent, "name"))
        return self.nested(field.to, value)

    def _by_name(self, tags: Iterable[int]) -> list[int]:
        rows = self._store.tables["extras.tag"].rows
        return sorted(tags, key=lambda tag: (rows[tag]["weight"], rows[tag]["name"]))

    def _computed(self, model: Model, field: ModelField, row_id: int, row: StoredRow) -> Any:
        if field.render_as == "generic" and model.generic is not None:
            kind, number = (row[f.name] for f in model.generic)
            return None if kind is None else self.nested(kind, number)
        return _COMPUTED[field.name](self, model, row_id, row)

    def primary_ip(self, _model: Model, _row_id: int, row: StoredRow) -> Any:
        """Show the IPv6 address if there is one, else the IPv4 address, as NetBox does by default."""
        chosen = row["primary_ip6"] if row["primary_ip6"] is not None else row["primary_ip4"]
        return self.nested("ipam.ipaddress", chosen, ADDRESS_BRIEF)

    def family(self, _model: Model, _row_id: int, row: StoredRow) -> Any:
        """Show whether it is IPv4 or IPv6."""
        number = family_of(row.get("address") or row.get("start_address") or row["prefix"])
        return {"value": number, "label": f"IPv{number}"}

    def mac_address(self, _model: Model, _row_id: int, row: StoredRow) -> Any:
        """Show an interface's primary MAC address."""
        primary = row["primary_mac_address"]
        return None if primary is None else self._store.row("dcim.macaddress", primary)["mac_address"]

    def mac_addresses(self, model: Model, row_id: int, _row: StoredRow) -> Any:
        """Show all MAC addresses of an interface."""
        return [self.nested("dcim.macaddress", mac) for mac in self.attached("dcim.macaddress", model, row_id)]

    def attached(self, kind: str, model: Model, row_id: int) -> list[int]:
        """List the objects of a kind that are assigned to this one."""
        return list(self._store.tables[kind].find("assigned_object_id", (model.label, row_id)))

    def is_primary(self, _model: Model, row_id: int, row: StoredRow) -> Any:
        """Show whether a MAC address is its interface's primary one."""
        if row["assigned_object_id"] is None:
            return False
        interface = self._store.row(row["assigned_object_type"], row["assigned_object_id"])
        return interface["primary_mac_address"] == row_id

    def sum_over_machines(self, cluster: int, name: str) -> Any:
        """Add up one number over the machines of a cluster; null when none has it."""
        table = self._store.tables["virtualization.virtualmachine"]
        numbers = [table.rows[machine][name] for machine in table.find("cluster", cluster)]
        known = [number for number in numbers if number is not None]
        return (float(sum(known)) if isinstance(known[0], Decimal) else sum(known)) if known else None

    def changed_object(self, _model: Model, _row_id: int, row: StoredRow) -> Any:
        """Show the object of a change, if it still exists."""
        label, target = row["changed_object_type"], row["changed_object_id"]
        return self.nested(label, target) if target in self._store.tables[label].rows else None

    def tagged_items(self, _model: Model, row_id: int, _row: StoredRow) -> Any:
        """Count the objects that carry a tag."""
        tables = [table for table in self._store.tables.values() if "tags" in table.model.by_name]
        return sum(len(table.find("tags", row_id)) for table in tables)

    def user(self, _model: Model, _row_id: int, row: StoredRow) -> Any:
        """Show who made a change."""
        name = row["user_name"]
        return {"id": 1, "url": f"{self._base_url}/api/users/users/1/", "display": name, "username": name}

    def nat_outside(self, _model: Model, row_id: int, _row: StoredRow) -> Any:
        """List the addresses that an address is the inside of."""
        names = ("id", "url", "display_url", "display", "family", "address")
        found = self._store.tables["ipam.ipaddress"].find("nat_inside", row_id)
        return [self.nested("ipam.ipaddress", other, names) for other in found]

    def bridged(self, _model: Model, row_id: int, _row: StoredRow) -> Any:
        """List the interfaces that are bridged to an interface."""
        found = self._store.tables["dcim.interface"].find("bridge", row_id)
        return [self.nested("dcim.interface", other) for other in found]

    def l2vpn_termination(self, model: Model, row_id: int, _row: StoredRow) -> Any:
        """Show where an interface or a VLAN ends an L2VPN."""
        return next((self.nested(L2VPN_END, end) for end in self.attached(L2VPN_END, model, row_id)), None)

    def cable(self, model: Model, row_id: int, _row: StoredRow) -> Any:
        """Show the cable that has an end at an interface."""
        end = {"object_type": model.label, "object_id": row_id}
        rows = self._store.tables["dcim.cable"].rows.items()
        found = (i for i, row in rows if end in row["a_terminations"] or end in row["b_terminations"])
        return next((self.nested("dcim.cable", i) for i in found), None)

    def parent_of_service(self, label: str, row: StoredRow) -> Any:
        """Show the device or the machine of a service, if it is of that type; before NetBox 4.3."""
        return self.nested(label, row["parent_object_id"]) if row["parent_object_type"] == label else None

    def fhrp_groups(self, model: Model, row_id: int, _row: StoredRow) -> int:
        """Count the FHRP groups of an interface."""
        return len(self._store.tables["ipam.fhrpgroupassignment"].find("interface_id", (model.label, row_id)))

    def vlan_ids(self, _model: Model, _row_id: int, row: StoredRow) -> int:
        """Count the VLAN ids a group offers."""
        return sum(high - low + 1 for low, high in row["vid_ranges"])

    def utilization(self, model: Model, row_id: int, row: StoredRow) -> str:
        """Show how much of a VLAN group is used, in percent."""
        used = len(self._store.tables["ipam.vlan"].find("group", row_id))
        return str(round(100 * used / self.vlan_ids(model, row_id, row), 2))


def stamp(time: datetime) -> str:
    """Write a time as NetBox's API does."""
    return time.isoformat().replace("+00:00", "Z")


def etag(row: StoredRow) -> str:
    """Write the ETag of an object: of its last change, else of its creation; empty when neither is known."""
    moment = row.get("last_updated") or row.get("created")
    return f'W/"{moment.isoformat()}"' if moment else ""


_COMPUTED: Mapping[str, Callable[[Renderer, Model, int, StoredRow], Any]] = {
    "allocated_disk": lambda r, _m, i, _row: r.sum_over_machines(i, "disk"),
    "allocated_memory": lambda r, _m, i, _row: r.sum_over_machines(i, "memory"),
    "allocated_vcpus": lambda r, _m, i, _row: r.sum_over_machines(i, "vcpus"),
    "_occupied": lambda r, m, i, row: row["mark_connected"] or r.cable(m, i, row) is not None,
    "bridge_interfaces": Renderer.bridged,
    "cable": Renderer.cable,
    "changed_object": Renderer.changed_object,
    "count_ipaddresses": lambda r, m, i, _row: len(r.attached("ipam.ipaddress", m, i)),
    "count_fhrp_groups": Renderer.fhrp_groups,
    "data_type": lambda _r, _m, _i, row: DATA_TYPES.get(row["type"], "string"),
    "device": lambda r, _m, _i, row: r.parent_of_service("dcim.device", row),
    "family": Renderer.family,
    "is_primary": Renderer.is_primary,
    "l2vpn_termination": Renderer.l2vpn_termination,
    "mac_address": Renderer.mac_address,
    "mac_addresses": Renderer.mac_addresses,
    "nat_outside": Renderer.nat_outside,
    "primary_ip": Renderer.primary_ip,
    "size": lambda _r, _m, _i, row: size_of_range(row["start_address"], row["end_address"]),
    "tagged_items": Renderer.tagged_items,
    "total_vlan_ids": Renderer.vlan_ids,
    "user": Renderer.user,
    "virtual_machine": lambda r, _m, _i, row: r.parent_of_service("virtualization.virtualmachine", row),
    "utilization": Renderer.utilization,
}
