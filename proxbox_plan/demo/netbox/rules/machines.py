"""Validation of clusters, devices and virtual machines."""

from __future__ import annotations

from proxbox_plan.demo.netbox import network
from proxbox_plan.demo.netbox.refusal import InvalidError
from proxbox_plan.demo.netbox.relations import cluster_site, name_of, parent_of_interface
from proxbox_plan.demo.netbox.store import Store, StoredRow


def check_cluster(store: Store, row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """Devices must be in the site of their cluster."""
    site = cluster_site(store, row)
    if row_id is None or site is None:
        return
    devices = [store.row("dcim.device", d) for d in store.tables["dcim.device"].find("cluster", row_id)]
    elsewhere = sum(device["site"] != site for device in devices)
    if elsewhere:
        name = name_of(store, "dcim.site", site)
        raise InvalidError.of(
            f"{elsewhere} devices are assigned as hosts for this cluster but are not in site {name}", "scope"
        )


def check_device(store: Store, row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """Site, location, primary addresses, platform and cluster must fit."""
    if row["location"] is not None and store.row("dcim.location", row["location"])["site"] != row["site"]:
        place, site = name_of(store, "dcim.location", row["location"]), name_of(store, "dcim.site", row["site"])
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
            name = name_of(store, "dcim.site", site)
            raise InvalidError.of(f"The assigned cluster belongs to a different site ({name})", "cluster")
        _check_location(store, row)


def _check_location(store: Store, row: StoredRow) -> None:
    cluster = store.row("virtualization.cluster", row["cluster"])
    if cluster["scope_type"] == "dcim.location" and cluster["scope_id"] != row["location"]:
        name = name_of(store, "dcim.location", cluster["scope_id"])
        raise InvalidError.of(f"The assigned cluster belongs to a different location ({name})", "cluster")


def _check_platform(store: Store, row: StoredRow) -> None:
    maker = store.row("dcim.devicetype", row["device_type"])["manufacturer"]
    limited_to = None if row["platform"] is None else store.row("dcim.platform", row["platform"])["manufacturer"]
    if limited_to is not None and limited_to != maker:
        theirs, ours = name_of(store, "dcim.manufacturer", limited_to), name_of(store, "dcim.manufacturer", maker)
        raise InvalidError.of(
            f"The assigned platform is limited to {theirs} device types, but this device's type belongs to {ours}.",
            "platform",
        )


def _check_belongs(store: Store, owner: tuple[str, int | None], address_id: int, field: str, word: str) -> None:
    address = store.row("ipam.ipaddress", address_id)
    for candidate in (
        address,
        None if address["nat_inside"] is None else store.row("ipam.ipaddress", address["nat_inside"]),
    ):
        if candidate is not None:
            target = candidate["assigned_object_type"], candidate["assigned_object_id"]
            if parent_of_interface(store, *target) == owner:
                return
    raise InvalidError.of(f"The specified IP address ({address['address']}) is not assigned to this {word}.", field)


def check_machine(store: Store, row_id: int | None, row: StoredRow, old: StoredRow | None) -> None:
    """Placement, disk and primary addresses must fit."""
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
                raise InvalidError.of(f"Must be an IPv{family} address. ({address} is an IPv{actual} address.)", field)
            _check_belongs(store, ("virtualization.virtualmachine", row_id), row[field], field, "VM")


def _disks(store: Store, machine_id: int) -> dict[int, None]:
    return store.tables["virtualization.virtualdisk"].find("virtual_machine", machine_id)


def _check_placement(store: Store, row: StoredRow) -> None:
    cluster = None if row["cluster"] is None else store.row("virtualization.cluster", row["cluster"])
    device = None if row["device"] is None else store.row("dcim.device", row["device"])
    site = name_of(store, "dcim.site", row["site"])
    if cluster is not None and row["site"] is not None and cluster_site(store, cluster) not in (None, row["site"]):
        raise InvalidError.of(
            f"The selected cluster ({cluster['name']}) is not assigned to this site ({site}).", "cluster"
        )
    if device is None:
        return
    if row["site"] is not None and device["site"] != row["site"]:
        raise InvalidError.of(f"The selected device ({device['name']}) is not assigned to this site ({site}).", "site")
    if cluster is None and device["cluster"] is not None:
        theirs = name_of(store, "virtualization.cluster", device["cluster"])
        raise InvalidError.of(
            f"Must specify the assigned device's cluster ({theirs}) when assigning host device {device['name']}.",
            "cluster",
        )
    if cluster is not None and device["cluster"] != row["cluster"]:
        raise InvalidError.of(
            f"The selected device ({device['name']}) is not assigned to this cluster ({cluster['name']}).", "device"
        )
