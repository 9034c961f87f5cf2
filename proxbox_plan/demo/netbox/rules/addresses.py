"""Validation of IP addresses, prefixes and VLANs."""

from __future__ import annotations

from proxbox_plan.demo.netbox import network
from proxbox_plan.demo.netbox.refusal import InvalidError
from proxbox_plan.demo.netbox.relations import display_of_vrf, name_of, parent_of_interface
from proxbox_plan.demo.netbox.schema.addresses import SHAREABLE_ROLES
from proxbox_plan.demo.netbox.store import Store, StoredRow


def check_address(store: Store, row_id: int | None, row: StoredRow, old: StoredRow | None) -> None:
    """An address is unique in its space, may be on an interface, and stays while it is primary."""
    _check_mask(row["address"])
    if row["assigned_object_id"] is not None:
        _check_host(row["address"])
    if _enforced(store, row["vrf"]):
        others = store.tables["ipam.ipaddress"].find("host", (row["vrf"], network.host_of(row["address"])))
        duplicates = [store.row("ipam.ipaddress", other) for other in others if other != row_id]
        if duplicates and not all(duplicate["role"] in SHAREABLE_ROLES for duplicate in (*duplicates, row)):
            raise InvalidError.of(
                f"Duplicate IP address found in {_space(store, row['vrf'])}: {duplicates[0]['address']}", "address"
            )
    if old is None and (inside := _populated(store, row)) is not None:
        raise InvalidError.of(f"Cannot create IP address {row['address']} inside range {inside}.", "address")
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


def _populated(store: Store, row: StoredRow) -> str | None:
    """Return the range marked populated (NetBox 4.3) that has an address."""
    ranges = store.tables["ipam.iprange"].rows.values()
    marked = (item for item in ranges if item.get("mark_populated") and item["vrf"] == row["vrf"])
    found = next((item for item in marked if network.is_in_range(row["address"], *_ends(item))), None)
    return None if found is None else network.name_of_range(*_ends(found))


def _ends(row: StoredRow) -> tuple[str, str]:
    return row["start_address"], row["end_address"]


def check_range(_store: Store, _row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """A range ends where it begins or later, in the same network."""
    first, last = map(network.interface, _ends(row))
    if first.network.prefixlen != last.network.prefixlen:
        raise InvalidError.of("Starting and ending IP address masks must match", "end_address")
    if network.size_of_range(*_ends(row)) < 1:
        raise InvalidError.of(
            f"Ending address must be greater than or equal to the starting address ({row['start_address']})",
            "end_address",
        )


def _check_mask(address: str) -> None:
    if network.interface(address).network.prefixlen == 0:
        raise InvalidError.of("Cannot create IP address with /0 mask.", "address")


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


def check_prefix(store: Store, row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """A prefix is unique in its space."""
    duplicates = [other for other in store.tables["ipam.prefix"].find("prefix", row["prefix"]) if other != row_id]
    same_space = [other for other in duplicates if store.row("ipam.prefix", other)["vrf"] == row["vrf"]]
    if same_space and _enforced(store, row["vrf"]):
        raise InvalidError.of(f"Duplicate prefix found in {_space(store, row['vrf'])}: {row['prefix']}", "prefix")


def check_vlan(store: Store, _row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """A VLAN must fit its group, and only a customer VLAN has a service VLAN, which it needs."""
    is_customer = row["qinq_role"] == "cvlan"
    if row["qinq_svlan"] is not None and not is_customer:
        raise InvalidError.of("Only Q-in-Q customer VLANs maybe assigned to a service VLAN.", "qinq_svlan")
    if is_customer and row["qinq_svlan"] is None:
        raise InvalidError.of("A Q-in-Q customer VLAN must be assigned to a service VLAN.", "qinq_role")
    if row["group"] is None:
        return
    group = store.row("ipam.vlangroup", row["group"])
    if row["site"] is not None and group["scope_type"] == "dcim.site" and group["scope_id"] != row["site"]:
        raise InvalidError.of(
            f"VLAN is assigned to group {group['name']} (scope: {name_of(store, 'dcim.site', group['scope_id'])}); "
            f"cannot also assign to site {name_of(store, 'dcim.site', row['site'])}."
        )
    if not any(low <= row["vid"] <= high for low, high in group["vid_ranges"]):
        ranges = ", ".join(f"{low}-{high}" for low, high in group["vid_ranges"])
        raise InvalidError.of(f"VID must be in ranges {ranges} for VLANs in group {group['name']}", "vid")
