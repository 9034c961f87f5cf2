"""What NetBox checks about whole objects, in its own words; see each model's ``clean`` in NetBox."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from proxbox_plan.demo.netbox import network
from proxbox_plan.demo.netbox.refusal import Errors, InvalidError
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.schema.addresses import SHAREABLE_ROLES
from proxbox_plan.demo.netbox.store import Row, Store, unique_key
from proxbox_plan.demo.netbox.values import custom_fields_of

Rule = Callable[[Store, int | None, Row, Row | None], None]


def check(store: Store, label: str, row_id: int | None, row: Row, old: Row | None) -> None:
    """Check one object before it is kept; InvalidError with everything that is wrong with it."""
    errors: Errors = {}
    try:
        _check_target(store, label, row)
        _check_custom_fields(store, label, row_id, row)
        if (rule := RULES.get(label)) is not None:
            rule(store, row_id, row, old)
    except InvalidError as error:
        errors.update(error.errors)
    table = store.tables[label]
    for number, unique in enumerate(table.model.unique):
        key = unique_key(unique, row)
        if key is not None and any(other != row_id for other in table.find(f"unique {number}", key)):
            errors.setdefault("__all__", []).append(unique.message)
    if errors:
        raise InvalidError(errors)


def cluster_site(store: Store, cluster: Row) -> int | None:
    """Give the site that a cluster's scope implies."""
    if cluster["scope_type"] == "dcim.site":
        site: int | None = cluster["scope_id"]
        return site
    if cluster["scope_type"] == "dcim.location":
        location_site: int = store.row("dcim.location", cluster["scope_id"])["site"]
        return location_site
    return None


def parent_of_interface(store: Store, label: str | None, row_id: int | None) -> tuple[str, int] | None:
    """Give the device or machine that an interface belongs to."""
    if label is None or row_id is None:
        return None
    model = MODELS[label]
    return model.by_name[model.parent].to, store.row(label, row_id)[model.parent]


def _name(store: Store, label: str, row_id: int | None) -> Any:
    return None if row_id is None else store.row(label, row_id)[MODELS[label].display]


def _check_target(store: Store, label: str, row: Row) -> None:
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


def _check_custom_fields(store: Store, label: str, row_id: int | None, row: Row) -> None:
    values = row.get("custom_fields")
    if values is None:
        return
    definitions = custom_fields_of(store, label)
    for name, value in values.items():
        definition = definitions.get(name)
        if definition is None or value is None or value == "":
            continue
        if (problem := _custom_field_problem(definition["type"], value)) is not None:
            raise InvalidError.of(f"Invalid value for custom field '{name}': {problem}")
        others = store.tables[label].find(f"cf_{name}", value) if definition["unique"] else ()
        if any(other != row_id for other in others):
            raise InvalidError.of(f"Custom field '{name}' must have a unique value.")
    for name, definition in definitions.items():
        if definition["required"] and values.get(name) in (None, ""):
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


def _check_cluster(store: Store, row_id: int | None, row: Row, _old: Row | None) -> None:
    site = cluster_site(store, row)
    if row_id is None or site is None:
        return
    devices = [store.row("dcim.device", d) for d in store.tables["dcim.device"].find("cluster", row_id)]
    elsewhere = sum(device["site"] != site for device in devices)
    if elsewhere:
        name = _name(store, "dcim.site", site)
        raise InvalidError.of(
            f"{elsewhere} devices are assigned as hosts for this cluster but are not in site {name}", "scope"
        )


def _check_device(store: Store, row_id: int | None, row: Row, _old: Row | None) -> None:
    if row["location"] is not None and store.row("dcim.location", row["location"])["site"] != row["site"]:
        place, site = _name(store, "dcim.location", row["location"]), _name(store, "dcim.site", row["site"])
        raise InvalidError.of(f"Location {place} does not belong to site {site}.", "location")
    for family in (4, 6):
        field = f"primary_ip{family}"
        if row[field] is not None:
            address = store.row("ipam.ipaddress", row[field])["address"]
            if network.family_of(address) != family:
                raise InvalidError.of(f"{address} is not an IPv{family} address.", field)
            _check_belongs(store, ("dcim.device", row_id), row[field], field, "device")
    if row["oob_ip"] is not None:
        _check_belongs(store, ("dcim.device", row_id), row["oob_ip"], "oob_ip", "device")
    _check_platform(store, row)
    if row["cluster"] is not None:
        site = cluster_site(store, store.row("virtualization.cluster", row["cluster"]))
        if site is not None and site != row["site"]:
            name = _name(store, "dcim.site", site)
            raise InvalidError.of(f"The assigned cluster belongs to a different site ({name})", "cluster")


def _check_platform(store: Store, row: Row) -> None:
    maker = store.row("dcim.devicetype", row["device_type"])["manufacturer"]
    limited_to = None if row["platform"] is None else store.row("dcim.platform", row["platform"])["manufacturer"]
    if limited_to is not None and limited_to != maker:
        theirs, ours = _name(store, "dcim.manufacturer", limited_to), _name(store, "dcim.manufacturer", maker)
        raise InvalidError.of(
            f"The assigned platform is limited to {theirs} device types, but this device's type belongs to {ours}.",
            "platform",
        )


def _check_belongs(store: Store, owner: tuple[str, int | None], address_id: int, field: str, word: str) -> None:
    address = store.row("ipam.ipaddress", address_id)
    for candidate in (address, None if address["nat_inside"] is None else store.row("ipam.ipaddress", address["nat_inside"])):
        if candidate is not None:
            target = candidate["assigned_object_type"], candidate["assigned_object_id"]
            if parent_of_interface(store, *target) == owner:
                return
    raise InvalidError.of(f"The specified IP address ({address['address']}) is not assigned to this {word}.", field)


def _check_machine(store: Store, row_id: int | None, row: Row, old: Row | None) -> None:
    if row["site"] is None and row["cluster"] is None and row["device"] is None:
        raise InvalidError.of("A virtual machine must be assigned to a site, cluster, or device.")
    _check_placement(store, row)
    if row_id is not None and old is not None:
        disks = [store.row("virtualization.virtualdisk", d) for d in _disks(store, row_id)]
        total = sum(disk["size"] for disk in disks)
        # NetBox lets null pass here and really stores it, although the disks are still there.
        if total and row["disk"] is not None and row["disk"] != total:
            raise InvalidError.of(
                f"The specified disk size ({row['disk']}) must match the aggregate size of assigned virtual disks "
                f"({total}).",
                "disk",
            )
    for family in (4, 6):
        field = f"primary_ip{family}"
        if row[field] is not None:
            address = store.row("ipam.ipaddress", row[field])["address"]
            actual = network.family_of(address)
            if actual != family:
                raise InvalidError.of(
                    f"Must be an IPv{family} address. ({address} is an IPv{actual} address.)", field
                )
            _check_belongs(store, ("virtualization.virtualmachine", row_id), row[field], field, "VM")


def _disks(store: Store, machine_id: int) -> dict[int, None]:
    return store.tables["virtualization.virtualdisk"].find("virtual_machine", machine_id)


def _check_placement(store: Store, row: Row) -> None:
    cluster = None if row["cluster"] is None else store.row("virtualization.cluster", row["cluster"])
    device = None if row["device"] is None else store.row("dcim.device", row["device"])
    site = _name(store, "dcim.site", row["site"])
    if cluster is not None and row["site"] is not None and cluster_site(store, cluster) not in (None, row["site"]):
        raise InvalidError.of(
            f"The selected cluster ({cluster['name']}) is not assigned to this site ({site}).", "cluster"
        )
    if device is None:
        return
    if row["site"] is not None and device["site"] != row["site"]:
        raise InvalidError.of(f"The selected device ({device['name']}) is not assigned to this site ({site}).", "site")
    if cluster is None and device["cluster"] is not None:
        theirs = _name(store, "virtualization.cluster", device["cluster"])
        raise InvalidError.of(
            f"Must specify the assigned device's cluster ({theirs}) when assigning host device {device['name']}.",
            "cluster",
        )
    if cluster is not None and device["cluster"] != row["cluster"]:
        raise InvalidError.of(
            f"The selected device ({device['name']}) is not assigned to this cluster ({cluster['name']}).", "device"
        )


def _check_interface(store: Store, row_id: int | None, row: Row, _old: Row | None) -> None:
    label, owner, word = "dcim.interface", "device", "device"
    if row["type"] == "virtual" and row["lag"] is not None:
        raise InvalidError.of("Virtual interfaces cannot have a parent LAG interface.", "lag")
    if row_id is not None and row["lag"] == row_id:
        raise InvalidError.of("A LAG interface cannot be its own parent.", "lag")
    _check_relatives(store, label, owner, word, row_id, row)
    _check_vlan(store, row, store.row("dcim.device", row["device"]), "device")
    if not row["mode"] and row["untagged_vlan"] is not None:
        raise InvalidError.of("Interface mode does not support untagged vlan", "untagged_vlan")


def _check_machine_interface(store: Store, row_id: int | None, row: Row, _old: Row | None) -> None:
    _check_relatives(store, "virtualization.vminterface", "virtual_machine", "virtual machine", row_id, row)
    machine = store.row("virtualization.virtualmachine", row["virtual_machine"])
    _check_vlan(store, row, machine, "virtual machine")


def _check_relatives(  # noqa: PLR0913
    store: Store, label: str, owner: str, word: str, row_id: int | None, row: Row
) -> None:
    if row["primary_mac_address"] is not None:
        _check_primary_mac(store, label, row_id, row)
    for field, own in (
        ("parent", "An interface cannot be its own parent."),
        ("bridge", "An interface cannot be bridged to itself."),
        ("lag", ""),
    ):
        other_id = row.get(field)
        if other_id is None:
            continue
        if other_id == row_id:
            raise InvalidError.of(own, field)
        other = store.row(label, other_id)
        if other[owner] != row[owner]:
            names = f"({other['name']}) belongs to a different {word} ({_name(store, _owner_label(owner), other[owner])})"
            shown = "LAG" if field == "lag" else field
            stop = "" if (field, word) == ("parent", "device") else "."
            raise InvalidError.of(f"The selected {shown} interface {names}{stop}", field)


def _owner_label(owner: str) -> str:
    return "dcim.device" if owner == "device" else "virtualization.virtualmachine"


def _check_primary_mac(store: Store, label: str, row_id: int | None, row: Row) -> None:
    mac = store.row("dcim.macaddress", row["primary_mac_address"])
    if mac["assigned_object_id"] is None:
        if row_id is not None:
            raise InvalidError.of("Only a MAC address assigned to this interface can be its primary MAC address.")
    elif (mac["assigned_object_type"], mac["assigned_object_id"]) != (label, row_id):
        theirs = _name(store, mac["assigned_object_type"], mac["assigned_object_id"])
        raise InvalidError.of(f"MAC address {mac['mac_address']} is assigned to a different interface ({theirs}).")


def _check_vlan(store: Store, row: Row, parent: Row, word: str) -> None:
    for vlan_id in row["tagged_vlans"]:
        vlan = store.row("ipam.vlan", vlan_id)
        if vlan["site"] not in (parent["site"], None):
            raise InvalidError.of(
                f"VLAN {vlan['name']} ({vlan['vid']}) must belong to the same site as the interface's parent {word}, "
                "or it must be global.",
                "tagged_vlans",
            )
    if row["untagged_vlan"] is not None:
        vlan = store.row("ipam.vlan", row["untagged_vlan"])
        if vlan["site"] not in (parent["site"], None):
            raise InvalidError.of(
                f"The untagged VLAN ({vlan['name']} ({vlan['vid']})) must belong to the same site as the interface's "
                f"parent {word}, or it must be global.",
                "untagged_vlan",
            )
    if row["qinq_svlan"] is not None and row["mode"] != "q-in-q":
        raise InvalidError.of("Only Q-in-Q interfaces may specify a service VLAN.", "qinq_svlan")


def _check_address(store: Store, row_id: int | None, row: Row, old: Row | None) -> None:
    if row["assigned_object_id"] is not None:
        _check_host(row["address"])
    if _enforced(store, row["vrf"]):
        others = store.tables["ipam.ipaddress"].find("host", (row["vrf"], network.host_of(row["address"])))
        twins = [store.row("ipam.ipaddress", other) for other in others if other != row_id]
        if twins and not all(twin["role"] in SHAREABLE_ROLES for twin in (*twins, row)):
            raise InvalidError.of(
                f"Duplicate IP address found in {_space(store, row['vrf'])}: {twins[0]['address']}", "address"
            )
    if old is not None and row_id is not None and old["assigned_object_id"] is not None:
        before = parent_of_interface(store, old["assigned_object_type"], old["assigned_object_id"])
        after = parent_of_interface(store, row["assigned_object_type"], row["assigned_object_id"])
        if before is not None and before != after:
            parent = store.row(*before)
            if parent[f"primary_ip{network.family_of(row['address'])}"] == row_id:
                raise InvalidError.of(
                    "Cannot reassign IP address while it is designated as the primary IP for the parent object"
                )
            if parent.get("oob_ip") == row_id:
                raise InvalidError.of(
                    "Cannot reassign IP address while it is designated as the OOB IP for the parent object"
                )
    if row["status"] == "slaac" and network.family_of(row["address"]) == 4:  # noqa: PLR2004
        raise InvalidError.of("Only IPv6 addresses can be assigned SLAAC status", "status")


def _check_host(address: str) -> None:
    read = network.interface(address)
    if read.network.num_addresses <= 2:  # noqa: PLR2004
        return
    if read.ip == read.network.network_address:
        raise InvalidError.of(f"{read.ip} is a network ID, which may not be assigned to an interface.")
    if read.version == 4 and read.ip == read.network.broadcast_address:  # noqa: PLR2004
        raise InvalidError.of(f"{read.ip} is a broadcast address, which may not be assigned to an interface.")


def _enforced(store: Store, vrf: int | None) -> bool:
    return vrf is None or bool(store.row("ipam.vrf", vrf)["enforce_unique"])


def _space(store: Store, vrf: int | None) -> str:
    return "global table" if vrf is None else f"VRF {display_of_vrf(store.row('ipam.vrf', vrf))}"


def display_of_vrf(row: Row) -> str:
    """Give the text a VRF is shown as."""
    return f"{row['name']} ({row['rd']})" if row["rd"] else str(row["name"])


def _check_prefix(store: Store, row_id: int | None, row: Row, _old: Row | None) -> None:
    twins = [other for other in store.tables["ipam.prefix"].find("prefix", row["prefix"]) if other != row_id]
    same_space = [other for other in twins if store.row("ipam.prefix", other)["vrf"] == row["vrf"]]
    if same_space and _enforced(store, row["vrf"]):
        raise InvalidError.of(f"Duplicate prefix found in {_space(store, row['vrf'])}: {row['prefix']}", "prefix")


def _check_mac(store: Store, row_id: int | None, row: Row, old: Row | None) -> None:
    if old is None or old["assigned_object_id"] is None:
        return
    before = old["assigned_object_type"], old["assigned_object_id"]
    if store.row(*before)["primary_mac_address"] == row_id:
        after = row["assigned_object_type"], row["assigned_object_id"]
        if after != before:
            word = "unassign" if after[1] is None else "reassign"
            raise InvalidError.of(
                f"Cannot {word} MAC Address while it is designated as the primary MAC for an object"
            )


def _check_vlan_itself(store: Store, _row_id: int | None, row: Row, _old: Row | None) -> None:
    if row["group"] is None:
        return
    group = store.row("ipam.vlangroup", row["group"])
    if row["site"] is not None and group["scope_type"] == "dcim.site" and group["scope_id"] != row["site"]:
        raise InvalidError.of(
            f"VLAN is assigned to group {group['name']} (scope: {_name(store, 'dcim.site', group['scope_id'])}); "
            f"cannot also assign to site {_name(store, 'dcim.site', row['site'])}."
        )
    if not any(low <= row["vid"] <= high for low, high in group["vid_ranges"]):
        ranges = ", ".join(f"{low}-{high}" for low, high in group["vid_ranges"])
        raise InvalidError.of(f"VID must be in ranges {ranges} for VLANs in group {group['name']}", "vid")


def _check_custom_field(_store: Store, _row_id: int | None, row: Row, _old: Row | None) -> None:
    if not row["name"].isidentifier() and not row["name"].replace("_", "a").isalnum():
        raise InvalidError.of("Only alphanumeric characters and underscores are allowed.", "name")
    if "__" in row["name"]:
        raise InvalidError.of("Double underscores are not permitted in custom field names.", "name")
    if row["unique"] and row["type"] == "boolean":
        raise InvalidError.of("Uniqueness cannot be enforced for boolean fields", "unique")


RULES: dict[str, Rule] = {
    "dcim.device": _check_device,
    "dcim.interface": _check_interface,
    "dcim.macaddress": _check_mac,
    "extras.customfield": _check_custom_field,
    "ipam.ipaddress": _check_address,
    "ipam.prefix": _check_prefix,
    "ipam.vlan": _check_vlan_itself,
    "virtualization.cluster": _check_cluster,
    "virtualization.virtualmachine": _check_machine,
    "virtualization.vminterface": _check_machine_interface,
}
