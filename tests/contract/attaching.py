"""Attaching: makes an object of each kind, and people's objects that depend on it, in the fake and the real NetBox."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from tests.contract.client import NetBox

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

Row = dict[str, Any]
Maker = Callable[[NetBox], Row]


def _vm_interface(netbox: NetBox) -> Row:
    return netbox.interface(netbox.machine()["id"])


def _port(netbox: NetBox, device: int | None = None) -> Row:
    owner = device or netbox.device()["id"]
    return netbox.create("dcim/interfaces", device=owner, name=netbox.name("port"), type="other")


def _disk(netbox: NetBox) -> Row:
    return netbox.create("virtualization/virtual-disks", virtual_machine=netbox.machine()["id"], name="scsi0", size=1)


def _prefix(netbox: NetBox) -> Row:
    return netbox.create("ipam/prefixes", prefix="192.0.2.0/24", vrf=netbox.vrf())


def _vlan(netbox: NetBox) -> Row:
    return netbox.create("ipam/vlans", vid=7, name=netbox.name("vlan"))


OBJECTS: Mapping[str, Maker] = {
    "cluster": lambda netbox: netbox.cluster(),
    "device": lambda netbox: netbox.device(),
    "interface": _port,
    "ip-address": lambda netbox: netbox.address(),
    "l2vpn": lambda netbox: netbox.named("vpn/l2vpns", type="vxlan"),
    "mac-address": lambda netbox: netbox.create("dcim/mac-addresses", mac_address="BC:24:11:00:00:01"),
    "prefix": _prefix,
    "virtual-disk": _disk,
    "virtual-machine": lambda netbox: netbox.machine(),
    "vlan": _vlan,
    "vm-interface": _vm_interface,
    "vrf": lambda netbox: netbox.create("ipam/vrfs", name=netbox.name("vrf")),
}
"""Kind -> makes one of it."""


def _part(path: str, **more: Any) -> Callable[[NetBox, str, Row], Row]:
    return lambda netbox, _label, on: netbox.create(path, device=on["id"], name=netbox.name("part"), **more)


def _at(path: str, name: str, /, **more: Any) -> Callable[[NetBox, str, Row], Row]:
    """Attach something by type and id."""
    return lambda netbox, label, on: netbox.create(path, **{f"{name}_type": label, f"{name}_id": on["id"]}, **more)


def _with(path: str, name: str, needs: Callable[[NetBox], Row], field: str, **more: Any) -> Any:
    """Attach something by type and id that needs another object."""
    return lambda netbox, label, on: netbox.create(
        path, **{f"{name}_type": label, f"{name}_id": on["id"], field: needs(netbox)["id"]}, **more
    )


def _sibling(field: str) -> Callable[[NetBox, str, Row], Row]:
    """Make another interface of the same device or machine that refers to one."""

    def make(netbox: NetBox, label: str, on: Row) -> Row:
        if label == "dcim.interface":
            if field == "lag":
                netbox.patch("dcim/interfaces", on["id"], type="lag")
            made = _port(netbox, on["device"]["id"])
            return netbox.patch("dcim/interfaces", made["id"], **{field: on["id"]})
        return netbox.create(
            "virtualization/interfaces",
            virtual_machine=on["virtual_machine"]["id"],
            name=netbox.name("net"),
            **{field: on["id"]},
        )

    return make


def _cable(netbox: NetBox, label: str, on: Row) -> Row:
    def end(number: int) -> list[Row]:
        return [{"object_type": label, "object_id": number}]

    return netbox.create("dcim/cables", a_terminations=end(on["id"]), b_terminations=end(_port(netbox)["id"]))


def _service(netbox: NetBox, **more: Any) -> Row:
    return netbox.create("ipam/services", name=netbox.name("service"), protocol="tcp", ports=[22], **more)


def _service_with(netbox: NetBox, _label: str, on: Row) -> Row:
    port = _vm_interface(netbox)
    netbox.patch(
        "ipam/ip-addresses", on["id"], assigned_object_type="virtualization.vminterface", assigned_object_id=port["id"]
    )
    machine = port["virtual_machine"]["id"]
    return _service(
        netbox, parent_object_type="virtualization.virtualmachine", parent_object_id=machine, ipaddresses=[on["id"]]
    )


def _on_device(netbox: NetBox, on: Row) -> int:
    """Assign an address to a port of a new device, and return the device."""
    device = int(netbox.device()["id"])
    port = _port(netbox, device)["id"]
    netbox.patch("ipam/ip-addresses", on["id"], assigned_object_type="dcim.interface", assigned_object_id=port)
    return device


def _outer(netbox: NetBox, _label: str, on: Row) -> Row:
    return netbox.address("198.51.100.10/24", vrf=on["vrf"]["id"], nat_inside=on["id"])


def _context(netbox: NetBox, _label: str, on: Row) -> Row:
    device = _on_device(netbox, on)
    return netbox.create(
        "dcim/virtual-device-contexts", name=netbox.name("vdc"), device=device, status="active", primary_ip4=on["id"]
    )


def _behind_nat(netbox: NetBox, on: Row, label: str, port: int) -> None:
    """Let an address be the outside of one on an interface: it may be the primary one of that machine then."""
    assigned = {"assigned_object_type": label, "assigned_object_id": port}
    inside = netbox.create("ipam/ip-addresses", address="172.16.5.5/24", vrf=netbox.vrf(), **assigned)
    netbox.patch("ipam/ip-addresses", on["id"], nat_inside=inside["id"])


def _primary_of_machine(netbox: NetBox, _label: str, on: Row) -> Row:
    port = _vm_interface(netbox)
    _behind_nat(netbox, on, "virtualization.vminterface", port["id"])
    return netbox.patch("virtualization/virtual-machines", port["virtual_machine"]["id"], primary_ip4=on["id"])


def _primary_of_device(netbox: NetBox, _label: str, on: Row) -> Row:
    port = _port(netbox)
    _behind_nat(netbox, on, "dcim.interface", port["id"])
    return netbox.patch("dcim/devices", port["device"]["id"], primary_ip4=on["id"])


def _tagged(path: str) -> Callable[[NetBox, str, Row], Row]:
    def make(netbox: NetBox, _label: str, on: Row) -> Row:
        made = _port(netbox) if path.startswith("dcim") else _vm_interface(netbox)
        return netbox.patch(path, made["id"], mode="tagged", tagged_vlans=[on["id"]])

    return make


def _in_vrf(path: str) -> Callable[[NetBox, str, Row], Row]:
    def make(netbox: NetBox, _label: str, on: Row) -> Row:
        made = _port(netbox) if path.startswith("dcim") else _vm_interface(netbox)
        return netbox.patch(path, made["id"], vrf=on["id"])

    return make


def _contact(netbox: NetBox) -> Row:
    return netbox.create("tenancy/contacts", name=netbox.name("contact"))


def _assignment(netbox: NetBox, label: str, on: Row) -> Row:
    contact = _contact(netbox)["id"]
    role = {} if netbox.is_fake else {"role": netbox.named("tenancy/contact-roles")["id"]}
    return netbox.create("tenancy/contact-assignments", object_type=label, object_id=on["id"], contact=contact, **role)


def _fhrp(netbox: NetBox) -> Row:
    return netbox.create("ipam/fhrp-groups", protocol="vrrp3", group_id=7)


def _tunnel(netbox: NetBox) -> Row:
    return netbox.create("vpn/tunnels", name=netbox.name("tunnel"), status="active", encapsulation="gre")


def _l2vpn(netbox: NetBox) -> Row:
    return netbox.named("vpn/l2vpns", type="vxlan")


def _l2vpn_end(netbox: NetBox, _label: str, on: Row) -> Row:
    port = _vm_interface(netbox)["id"]
    return netbox.create(
        "vpn/l2vpn-terminations",
        l2vpn=on["id"],
        assigned_object_type="virtualization.vminterface",
        assigned_object_id=port,
    )


def _bay(netbox: NetBox, _label: str, on: Row) -> Row:
    parent = netbox.device() if netbox.is_fake else _parent_device(netbox)
    if not netbox.is_fake:
        netbox.patch("dcim/device-types", on["device_type"]["id"], subdevice_role="child", u_height=0)
    name = netbox.name("bay")
    return netbox.create("dcim/device-bays", device=parent["id"], name=name, installed_device=on["id"])


def _parent_device(netbox: NetBox) -> Row:
    device = netbox.device()
    netbox.patch("dcim/device-types", device["device_type"]["id"], subdevice_role="parent")
    return device


def _own_bay(netbox: NetBox, _label: str, on: Row) -> Row:
    if not netbox.is_fake:
        netbox.patch("dcim/device-types", on["device_type"]["id"], subdevice_role="parent")
    return netbox.create("dcim/device-bays", device=on["id"], name=netbox.name("bay"))


def _item(netbox: NetBox, label: str, on: Row) -> Row:
    device = on["device"]["id"]
    name = netbox.name("item")
    return netbox.create("dcim/inventory-items", device=device, name=name, component_type=label, component_id=on["id"])


def _picture(netbox: NetBox, label: str, on: Row) -> Row:
    values = {"object_type": label, "object_id": on["id"], "name": "front"}
    if netbox.is_fake:
        return netbox.create("extras/image-attachments", image=PIXEL, **values)
    return netbox.upload("extras/image-attachments", "image", base64.b64decode(PIXEL), **values)


ATTACHED: Mapping[tuple[str, str, str], Any] = {
    **{
        ("device", f"dcim.{model}", "device"): _part(f"dcim/{path}", **more)
        for model, path, more in (
            ("consoleport", "console-ports", {}),
            ("consoleserverport", "console-server-ports", {}),
            ("powerport", "power-ports", {}),
            ("poweroutlet", "power-outlets", {}),
            ("frontport", "front-ports", {"type": "8p8c"}),
            ("rearport", "rear-ports", {"type": "8p8c"}),
            ("modulebay", "module-bays", {}),
            ("inventoryitem", "inventory-items", {}),
            ("coolingintake", "cooling-intakes", {}),
            ("coolingoutflow", "cooling-outflows", {}),
            ("interface", "interfaces", {"type": "other"}),
        )
    },
    ("device", "dcim.devicebay", "device"): _own_bay,
    ("device", "dcim.devicebay", "installed_device"): _bay,
    ("interface", "circuits.virtualcircuittermination", "interface"): None,  # the fake has no circuits
    ("interface", "dcim.cable", ""): _cable,
    ("interface", "dcim.inventoryitem", "component_id"): _item,
    ("interface", "dcim.interface", "bridge"): _sibling("bridge"),
    ("interface", "dcim.interface", "lag"): _sibling("lag"),
    ("vm-interface", "virtualization.vminterface", "bridge"): _sibling("bridge"),
    **{
        (kind, model, f"{name}_id" if name != "l2vpn" else ""): make
        for kind in ("interface", "vm-interface")
        for model, name, make in (
            (
                "ipam.ipaddress",
                "assigned_object",
                _with("ipam/ip-addresses", "assigned_object", OBJECTS["vrf"], "vrf", address="192.0.2.99/24"),
            ),
            (
                "dcim.macaddress",
                "assigned_object",
                _at("dcim/mac-addresses", "assigned_object", mac_address="02:00:00:00:00:99"),
            ),
            (
                "ipam.fhrpgroupassignment",
                "interface",
                _with("ipam/fhrp-group-assignments", "interface", _fhrp, "group", priority=100),
            ),
            (
                "vpn.tunneltermination",
                "termination",
                _with("vpn/tunnel-terminations", "termination", _tunnel, "tunnel", role="peer"),
            ),
            ("vpn.l2vpntermination", "l2vpn", _with("vpn/l2vpn-terminations", "assigned_object", _l2vpn, "l2vpn")),
        )
    },
    ("virtual-machine", "virtualization.vminterface", "virtual_machine"): lambda netbox, _label, on: netbox.interface(
        on["id"], name=netbox.name("net")
    ),
    ("virtual-machine", "virtualization.virtualdisk", "virtual_machine"): lambda netbox, _label, on: netbox.create(
        "virtualization/virtual-disks", virtual_machine=on["id"], name=netbox.name("disk"), size=1
    ),
    **{
        (kind, "ipam.service", "parent_object_id"): lambda netbox, label, on: _service(
            netbox, parent_object_type=label, parent_object_id=on["id"]
        )
        for kind in ("device", "virtual-machine")
    },
    **{(kind, "extras.imageattachment", "object_id"): _picture for kind in ("device", "virtual-machine")},
    **{
        (kind, "tenancy.contactassignment", "object_id"): _assignment
        for kind in ("cluster", "device", "ip-address", "l2vpn", "prefix", "virtual-machine")
    },
    ("ip-address", "ipam.ipaddress", "nat_inside"): _outer,
    ("ip-address", "ipam.service", "ipaddresses"): _service_with,
    ("ip-address", "dcim.device", "oob_ip"): lambda netbox, _label, on: netbox.patch(
        "dcim/devices", _on_device(netbox, on), oob_ip=on["id"]
    ),
    ("ip-address", "dcim.virtualdevicecontext", "primary_ip4"): _context,
    ("ip-address", "dcim.device", "primary_ip4"): _primary_of_device,
    ("ip-address", "virtualization.virtualmachine", "primary_ip4"): _primary_of_machine,
    ("cluster", "dcim.device", "cluster"): lambda netbox, _label, on: netbox.device(cluster=on["id"]),
    ("cluster", "ipam.vlangroup", "scope_id"): lambda netbox, label, on: netbox.named(
        "ipam/vlan-groups", scope_type=label, scope_id=on["id"]
    ),
    ("cluster", "extras.configcontext", "clusters"): lambda netbox, _label, on: netbox.create(
        "extras/config-contexts", name=netbox.name("context"), data={"a": 1}, clusters=[on["id"]], is_active=False
    ),
    ("vlan", "dcim.interface", "untagged_vlan"): _tagged("dcim/interfaces"),
    ("vlan", "virtualization.vminterface", "untagged_vlan"): _tagged("virtualization/interfaces"),
    ("vlan", "vpn.l2vpntermination", ""): _with("vpn/l2vpn-terminations", "assigned_object", _l2vpn, "l2vpn"),
    ("vrf", "dcim.interface", "vrf"): _in_vrf("dcim/interfaces"),
    ("vrf", "virtualization.vminterface", "vrf"): _in_vrf("virtualization/interfaces"),
    ("l2vpn", "vpn.l2vpntermination", "l2vpn"): _l2vpn_end,
    **{
        (kind, "extras.journalentry", "assigned_object_id"): _at(
            "extras/journal-entries", "assigned_object", comments="moved by hand"
        )
        for kind in OBJECTS
    },
}
"""Kind, type that depends on it, first field that says so ("" where the object shows it) -> attaches one."""
