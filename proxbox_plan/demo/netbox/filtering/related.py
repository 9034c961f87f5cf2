"""Filters that follow relations: addresses of a machine, machines by MAC address, prefixes that contain an address."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from proxbox_plan.demo.netbox import network
from proxbox_plan.demo.netbox.refusal import RefusalError
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.store import Store, Table

Ids = set[int]


def invalid(name: str, message: str) -> RefusalError:
    """Refuse a filter in NetBox's form."""
    return RefusalError(400, {name: [message]})


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


def mac_of(name: str, value: str) -> str:
    """Read a MAC address of a filter, in any spelling."""
    try:
        return network.mac_address(value)
    except ValueError:
        raise invalid(name, f"Invalid MAC address format: {value}") from None


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
        found = {m for value in values for m in macs.find("mac_address", mac_of(name, value))}
        owners = [(macs.rows[m]["assigned_object_type"], macs.rows[m]["assigned_object_id"]) for m in found]
        if label in {"dcim.interface", "virtualization.vminterface"}:
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


def _parents_of_services(label: str) -> Callable[[Store, list[str], str], Ids]:
    """Select the services of these devices or machines."""

    def select(store: Store, values: list[str], name: str) -> Ids:
        owners = [owner for value in values for owner in targets_of(store, label, value, name, by_id=True)]
        table = store.tables["ipam.service"]
        return {found for owner in owners for found in table.find("parent_object_id", (label, owner))}

    return select


def _listing(label: str, field: str) -> Callable[[Store, list[str], str], Ids]:
    """Select what lists one of these objects among others."""

    def select(store: Store, values: list[str], name: str) -> Ids:
        to = MODELS[label].by_name[field].to
        targets = [target for value in values for target in targets_of(store, to, value, name, by_id=True)]
        return {found for target in targets for found in store.tables[label].find(field, target)}

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


def _times(field: str, *, after: bool) -> Callable[[Store, list[str], str], Ids]:
    def select(store: Store, values: list[str], name: str) -> Ids:
        try:
            bound = datetime.fromisoformat(values[-1])
        except ValueError:
            raise invalid(name, "Enter a valid date/time.") from None
        bound = bound if bound.tzinfo else bound.replace(tzinfo=UTC)
        rows = store.tables["core.objectchange"].rows.items()
        return {i for i, row in rows if (row[field] >= bound if after else row[field] <= bound)}

    return select


def _of_request(store: Store, values: list[str], _name: str) -> Ids:
    """Return the last of several values, as NetBox does."""
    return set(store.tables["core.objectchange"].find("request_id", values[-1]))


def _called(store: Store, values: list[str], _name: str) -> Ids:
    """Return the changes of objects of these names: a filter of every version, though older answers do not show it."""
    return {i for i, row in store.tables["core.objectchange"].rows.items() if row["object_repr"] in values}


def _search_changes(store: Store, values: list[str], _name: str) -> Ids:
    needle = values[-1].lower()
    rows = store.tables["core.objectchange"].rows.items()
    return {
        i for i, row in rows if any(needle in row[name].lower() for name in ("user_name", "object_repr", "message"))
    }


SPECIAL: dict[str, dict[str, Callable[[Store, list[str], str], Ids]]] = {
    "core.objectchange": {
        "time_after": _times("time", after=True),
        "time_before": _times("time", after=False),
        "object_repr": _called,
        "q": _search_changes,
        "request_id": _of_request,
    },
    "dcim.device": {"has_primary_ip": _has_primary("dcim.device"), "mac_address": _by_mac("dcim.device")},
    "dcim.interface": {"mac_address": _by_mac("dcim.interface"), "vlan_id": _vlans("dcim.interface")},
    "dcim.macaddress": {name: _macs(select) for name, select in _OWNED.items()},
    "extras.configcontext": {"cluster_id": _listing("extras.configcontext", "clusters")},
    "extras.customfield": {"object_type": _object_types},
    "ipam.ipaddress": {
        **_OWNED,
        "address": _addresses,
        "parent": _parents,
        "family": _families("ipam.ipaddress", "address"),
        "assigned_to_interface": _is_assigned,
    },
    "ipam.service": {
        "ip_address_id": _listing("ipam.service", "ipaddresses"),
        "device_id": _parents_of_services("dcim.device"),
        "virtual_machine_id": _parents_of_services("virtualization.virtualmachine"),
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
