"""Validation of interfaces and their MAC addresses."""

from __future__ import annotations

from proxbox_plan.demo.netbox.refusal import InvalidError
from proxbox_plan.demo.netbox.relations import name_of
from proxbox_plan.demo.netbox.store import Store, StoredRow

_LOGICAL = {"virtual": "Virtual", "bridge": "Bridge", "lag": "Link Aggregation Group (LAG)"}


def check_interface(store: Store, row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """A device interface: type, relatives, VLANs and MAC address must fit."""
    label, owner, word = "dcim.interface", "device", "device"
    _check_mode(row)
    _check_type(store, row_id, row)
    if row["type"] == "virtual" and row["lag"] is not None:
        raise InvalidError.of("Virtual interfaces cannot have a parent LAG interface.", "lag")
    if row_id is not None and row["lag"] == row_id:
        raise InvalidError.of("A LAG interface cannot be its own parent.", "lag")
    _check_relatives(store, label, owner, word, row_id, row)
    _check_vlan(store, row, store.row("dcim.device", row["device"]), "device")
    if not row["mode"] and row["untagged_vlan"] is not None:
        raise InvalidError.of("Interface mode does not support untagged vlan", "untagged_vlan")


def _check_mode(row: StoredRow) -> None:
    """The serializer's check: only some modes have tagged VLANs, those it has included."""
    if row["tagged_vlans"] and row["mode"] in ("", None, "access", "tagged-all"):
        raise InvalidError.of("Interface mode does not support tagged vlans", "tagged_vlans")


def _check_type(store: Store, row_id: int | None, row: StoredRow) -> None:
    if (word := _LOGICAL.get(row["type"])) is not None:
        if row_id is not None and has_cable(store, row_id):
            raise InvalidError.of(f"{word} interfaces cannot have a cable attached.", "type")
        if row["mark_connected"]:
            raise InvalidError.of(f"{word} interfaces cannot be marked as connected.", "mark_connected")
    if row["parent"] is not None and row["type"] != "virtual":
        raise InvalidError.of(
            "Only virtual interfaces, or a channel subinterface with a channel ID assigned, may be assigned to a "
            "parent interface.",
            "parent",
        )


def has_cable(store: Store, row_id: int) -> bool:
    """Whether a cable has an end at an interface."""
    end = {"object_type": "dcim.interface", "object_id": row_id}
    rows = store.tables["dcim.cable"].rows.values()
    return any(end in row["a_terminations"] or end in row["b_terminations"] for row in rows)


def check_machine_interface(store: Store, row_id: int | None, row: StoredRow, _old: StoredRow | None) -> None:
    """A machine's interface: relatives, VLANs and MAC address must fit."""
    _check_relatives(store, "virtualization.vminterface", "virtual_machine", "virtual machine", row_id, row)
    machine = store.row("virtualization.virtualmachine", row["virtual_machine"])
    _check_vlan(store, row, machine, "virtual machine")


def _check_relatives(store: Store, label: str, owner: str, word: str, row_id: int | None, row: StoredRow) -> None:  # noqa: PLR0913
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
            names = (
                f"({other['name']}) belongs to a different {word} ({name_of(store, _owner_label(owner), other[owner])})"
            )
            shown = "LAG" if field == "lag" else field
            stop = "" if (field, word) == ("parent", "device") else "."
            raise InvalidError.of(f"The selected {shown} interface {names}{stop}", field)


def _owner_label(owner: str) -> str:
    return "dcim.device" if owner == "device" else "virtualization.virtualmachine"


def _check_primary_mac(store: Store, label: str, row_id: int | None, row: StoredRow) -> None:
    mac = store.row("dcim.macaddress", row["primary_mac_address"])
    if mac["assigned_object_id"] is None:
        if row_id is not None:
            raise InvalidError.of("Only a MAC address assigned to this interface can be its primary MAC address.")
    elif (mac["assigned_object_type"], mac["assigned_object_id"]) != (label, row_id):
        theirs = name_of(store, mac["assigned_object_type"], mac["assigned_object_id"])
        raise InvalidError.of(f"MAC address {mac['mac_address']} is assigned to a different interface ({theirs}).")


def _check_vlan(store: Store, row: StoredRow, parent: StoredRow, word: str) -> None:
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


def check_mac(store: Store, row_id: int | None, row: StoredRow, old: StoredRow | None) -> None:
    """A primary MAC address stays where it is."""
    if old is None or old["assigned_object_id"] is None:
        return
    before = old["assigned_object_type"], old["assigned_object_id"]
    if store.row(*before)["primary_mac_address"] == row_id:
        after = row["assigned_object_type"], row["assigned_object_id"]
        if after != before:
            word = "unassign" if after[1] is None else "reassign"
            raise InvalidError.of(f"Cannot {word} MAC Address while it is designated as the primary MAC for an object")
