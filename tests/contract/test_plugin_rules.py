from __future__ import annotations

from typing import Any

import pytest

from tests.contract.client import ADDRESSES, DISKS, INTERFACES, VMS, NetBox
from tests.contract.plugin import PROXBOX, ROWS, Lab, Row

TWINS = {
    "endpoints/proxmox": "Proxmox endpoint with this Name, IP address and Domain",
    "proxmox-clusters": "Proxmox cluster with this Proxmox endpoint and Cluster name",
    "proxmox-nodes": "Proxmox node with this Proxmox endpoint and Node name",
    "storage": "Proxmox Storage with this Cluster and Name",
    "datacenter-cpu-models": "Datacenter CPU Model with this Proxmox endpoint, Cluster name and Cputype",
    "guest-vm-interface-addresses": "Guest VM interface address with this Guest interface and Ip address",
    "snapshots": "VM Snapshot with this Vmid, Name and Node",
    "backups": "VM Backup with this Storage, Virtual machine, Subtype, Format, Volume id and Vmid",
    "backup-routines": "Backup Routine with this Proxmox endpoint and Job ID",
    "replications": "Replication with this Proxmox endpoint and Replication id",
    "firewall/security-groups": "Firewall Security Group with this Proxmox endpoint and Name",
    "firewall/ipsets": "Firewall IP Set with this Proxmox endpoint, Scope, Name and Virtual machine",
    "firewall/aliases": "Firewall Alias with this Proxmox endpoint, Scope, Name and Virtual machine",
    "sdn-controllers": "SDN Controller with this Proxmox endpoint, Cluster name and Controller name",
    "sdn-zones": "SDN Zone with this Proxmox endpoint, Cluster name and Zone name",
    "sdn-vnets": "SDN VNet with this Proxmox endpoint, Cluster name and Vnet name",
    "sdn-subnets": "SDN Subnet with this Proxmox endpoint, Cluster name, Vnet name and Subnet",
    "sdn-fabrics": "SDN Fabric with this Proxmox endpoint, Cluster name and Fabric name",
    "sdn-route-maps": "SDN Route Map with this Proxmox endpoint, Cluster name, Name and Order",
    "sdn-prefix-lists": "SDN Prefix List with this Proxmox endpoint, Cluster name, Name and Cidr",
    "sdn-bindings": "SDN Binding with this Proxmox endpoint, Cluster name, Source type and Source name",
}
SIDECARS = {
    "virtual-machines": "virtual_machine",
    "devices": "device",
    "clusters": "cluster",
    "vm-interfaces": "vm_interface",
    "virtual-disks": "virtual_disk",
}
NO_HOST = "Provide either a domain or an IP address."
NO_SIDECAR = "The virtual machine must have a Proxbox sync-state record with a Proxmox VM ID. Run a Proxbox sync."


def _twice(lab: Lab, path: str, **changes: Any) -> tuple[int, Any]:
    body = {**ROWS[f"{PROXBOX}/{path}"](lab), **changes}
    lab.netbox.create(f"{PROXBOX}/{path}", **body)
    reply = lab.netbox.request("POST", f"{PROXBOX}/{path}/", body)
    return reply.status, reply.body


def _refused(lab: Lab, path: str, **changes: Any) -> Any:
    return lab.netbox.refused("POST", f"{PROXBOX}/{path}/", {**ROWS[f"{PROXBOX}/{path}"](lab), **changes})


@pytest.mark.parametrize("path", TWINS)
def test_a_twin_is_refused(lab: Lab, path: str) -> None:
    """400, in the plugin's words for the fields."""
    changes = {"ip_address": lab.address} if path == "endpoints/proxmox" else {}
    assert _twice(lab, path, **changes) == (400, {"__all__": [f"{TWINS[path]} already exists."]})


@pytest.mark.parametrize("path", ["endpoints/proxmox", "firewall/rules", "firewall/options"])
def test_a_twin_with_a_field_that_is_null_is_not_noticed(lab: Lab, path: str) -> None:
    """Nulls differ in the database: of these the same may be there twice."""
    assert _twice(lab, path)[0] == 201


@pytest.mark.parametrize("path", ["vm-templates", "vm-cloudinit"])
def test_a_twin_of_a_template_or_of_cloud_init_crashes_the_plugin(lab: Lab, path: str) -> None:
    """500: it leaves the check to the database; nothing is kept."""
    status, body = _twice(lab, path)
    assert (status, body["exception"]) == (500, "IntegrityError")


def test_a_task_is_known_by_its_upid(lab: Lab) -> None:
    """400, at the field."""
    assert _twice(lab, "task-history") == (400, {"upid": ["VM Task History with this upid already exists."]})


@pytest.mark.parametrize("path", SIDECARS)
def test_an_object_has_one_sidecar(lab: Lab, path: str) -> None:
    """409, and not in NetBox's form."""
    refusal = {SIDECARS[path]: "This object already has a Proxbox sync-state row."}
    assert _twice(lab, f"sync-state/{path}") == (409, refusal)


def test_a_sidecar_stays_with_its_object(lab: Lab) -> None:
    """400 when it is given to another."""
    path = f"{PROXBOX}/sync-state/virtual-machines/{lab.sidecar}/"
    refusal = {"virtual_machine": ["The sync-state parent cannot be changed."]}
    assert lab.netbox.refused("PATCH", path, {"virtual_machine": lab.netbox.machine()["id"]}) == refusal


def test_a_sidecar_takes_endpoint_and_cluster_from_its_node(lab: Lab) -> None:
    """Those that are not given."""
    body = {"virtual_machine": lab.machine, "proxmox_node": lab.node}
    row = lab.netbox.create(f"{PROXBOX}/sync-state/virtual-machines", **body)
    assert (row["endpoint"]["id"], row["proxmox_cluster"]["id"]) == (lab.endpoint, lab.cluster)


def test_what_a_sidecar_refers_to_belongs_together(lab: Lab) -> None:
    """Node, cluster and endpoint; and those of a device or cluster are its own."""
    other = Lab(lab.netbox)
    assert _refused(lab, "sync-state/virtual-machines", endpoint=other.endpoint) == {
        "proxmox_node": ["Node endpoint must match the sync-state endpoint."],
        "proxmox_cluster": ["Cluster endpoint must match the sync-state endpoint."],
    }
    assert _refused(lab, "sync-state/devices", device=other.device) == {
        "proxmox_node": ["Proxmox node must be linked to the sync-state device."]
    }
    assert _refused(lab, "sync-state/clusters", cluster=other.netbox_cluster) == {
        "proxmox_cluster": ["Proxmox cluster must be linked to the sync-state cluster."]
    }


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("pve.example.org:8006", True), ("192.0.2.1", True), ("[2001:db8::1]:8006", True), ("localhost", True),
        ("pve1:8006", False), ("pve_1.example.org", False),
    ],
)  # fmt: skip
def test_the_link_of_a_sidecar_is_a_url(lab: Lab, host: str, *, taken: bool) -> None:
    """In Django's eyes: a host without a dot is none."""
    body = {"virtual_machine": lab.machine, "proxmox_link": f"https://{host}/#v1:0:=qemu/100"}
    reply = lab.netbox.request("POST", f"{PROXBOX}/sync-state/virtual-machines/", body)
    assert (reply.status == 201) == taken
    assert taken or reply.body == {"proxmox_link": ["Enter a valid URL."]}


@pytest.mark.parametrize("host", [{"domain": ""}, {"domain": None}, {"domain": "", "ip_address": None}])
def test_an_endpoint_can_be_reached(lab: Lab, host: Row) -> None:
    """By name or address."""
    assert _refused(lab, "endpoints/proxmox", **host) == {"domain": [NO_HOST], "ip_address": [NO_HOST]}


@pytest.mark.parametrize(
    ("domain", "taken"),
    [
        ("localhost", True), ("pve1", True), ("pve.example.org", True), ("under_score", False), ("a.b", False),
        ("-x", False), ("a..bc", False), ("192.0.2.1", False), ("2001:db8::1", False), ("pve.example.org.", False),
    ],
)  # fmt: skip
def test_the_domain_of_an_endpoint_is_checked(lab: Lab, domain: str, *, taken: bool) -> None:
    """A simple name, or one whose last part has two characters."""
    body = {**ROWS[f"{PROXBOX}/endpoints/proxmox"](lab), "domain": domain}
    reply = lab.netbox.request("POST", f"{PROXBOX}/endpoints/proxmox/", body)
    assert (reply.status == 201) == taken
    assert taken or reply.body == {"domain": [f"{domain} is not a valid domain name"]}


@pytest.mark.parametrize(
    ("path", "changes", "refusal"),
    [
        ("backup-routines", {"selection": []}, {"selection": ["This field cannot be blank."]}),
        ("sdn-fabrics", {"fabric_type": ""}, {"fabric_type": ["This field may not be blank."]}),
        ("sdn-fabrics", {"fabric_type": "openfabric"}, {"fabric_type": ["openfabric is not a valid choice."]}),
        ("sdn-zones", {"rt_import": None}, {"rt_import": ["This field may not be null."]}),
        ("sdn-zones", {"endpoint": 99999999}, {"endpoint": ['Invalid pk "99999999" - object does not exist.']}),
        ("proxmox-nodes", {"ip_address": "x"}, {"ip_address": ["Enter a valid IPv4 or IPv6 address."]}),
        ("proxmox-nodes", {"ip_address": None}, {"ip_address": ["This field may not be null."]}),
        ("replications", {"rate": "x"}, {"rate": ["A valid number is required."]}),
        ("vm-templates", {"vcpus": 40000}, {"vcpus": ["Ensure this value is less than or equal to 32767."]}),
        ("storage", {"name": "x" * 256}, {"name": ["Ensure this field has no more than 255 characters."]}),
    ],
)  # fmt: skip
def test_a_value_is_refused(lab: Lab, path: str, changes: Row, refusal: Row) -> None:
    """At its field, in the plugin's words."""
    assert _refused(lab, path, **changes) == refusal


def test_a_fabric_says_what_it_is(lab: Lab) -> None:
    """The field is not required, and may not be empty."""
    body = ROWS[f"{PROXBOX}/sdn-fabrics"](lab)
    del body["fabric_type"]
    refusal = lab.netbox.refused("POST", f"{PROXBOX}/sdn-fabrics/", body)
    assert refusal == {"fabric_type": ["This field cannot be blank."]}


def test_a_text_that_may_be_null_keeps_being_empty(lab: Lab) -> None:
    """The two are not the same to the plugin."""
    storage = lab.row(f"{PROXBOX}/storage", path="", server=None)
    assert (storage["path"], storage["server"]) == ("", None)


@pytest.mark.parametrize(
    ("path", "place"), [("rules", "zone"), ("options", "zone"), ("ipsets", "scope"), ("aliases", "scope")]
)
def test_the_firewall_of_a_guest_needs_its_sidecar(lab: Lab, path: str, place: str) -> None:
    """And a vmid in it."""
    bare = lab.netbox.machine()["id"]
    refusal = {"virtual_machine": [NO_SIDECAR]}
    assert _refused(lab, f"firewall/{path}", virtual_machine=bare, **{place: "vm_qemu"}) == refusal
    lab.netbox.create(f"{PROXBOX}/sync-state/virtual-machines", virtual_machine=bare)
    assert _refused(lab, f"firewall/{path}", virtual_machine=bare, **{place: "vm_lxc"}) == refusal


@pytest.mark.parametrize(
    ("path", "changes", "refusal"),
    [
        ("rules", {"zone": "node"}, {"proxmox_node": "Node-level firewall rules require a Proxmox node."}),
        ("options", {"zone": "node"}, {"proxmox_node": "Node-level firewall options require a Proxmox node."}),
        ("rules", {"virtual_machine": None}, {"virtual_machine": "VM firewall rules require a virtual machine."}),
        ("options", {"virtual_machine": None}, {"virtual_machine": "VM firewall options require a virtual machine."}),
        ("ipsets", {"virtual_machine": None}, {"virtual_machine": "VM-scoped firewall objects require a VM."}),
        ("rules", {"zone": "security_group"},
         {"security_group": "Security-group firewall rules require a security group."}),
        ("rules", {"zone": "vnet", "iface": ""},
         {"iface": "VNet firewall rules use the interface field as the VNet name."}),
        ("options", {"zone": "vnet"},
         {"zone": "Firewall options are only supported for datacenter, node, and VM zones."}),
    ],
)  # fmt: skip
def test_a_row_of_the_firewall_has_its_place(lab: Lab, path: str, changes: Row, refusal: Row) -> None:
    """A node's has a node, a guest's a machine; a group's rules are not taken without one."""
    assert _refused(lab, f"firewall/{path}", **changes) == {name: [text] for name, text in refusal.items()}


def test_a_guest_interface_is_mapped_to_one_of_its_machine_that_no_other_has(lab: Lab) -> None:
    """Two with one MAC address cannot both be mapped."""
    path = f"{PROXBOX}/guest-vm-interfaces"
    taken = {**ROWS[path](lab), "name": "eth1"}
    foreign = {**taken, "vm_interface": lab.netbox.interface()["id"]}
    assert lab.guest_interface
    text = "This core VM interface is already mapped to another guest interface (one-to-one)."
    assert lab.netbox.refused("POST", f"{path}/", taken)["vm_interface"][0].startswith(text)
    assert lab.netbox.refused("POST", f"{path}/", foreign) == {
        "vm_interface": ["Mapped core VM interface must belong to the same virtual machine as the guest interface."]
    }


def test_the_address_of_a_guest_interface_is_on_the_mapped_one(lab: Lab) -> None:
    """On another machine's, or another one of the machine, it is refused; a free one is taken."""
    path = f"{PROXBOX}/guest-vm-interface-addresses"
    other = lab.netbox.interface(lab.machine, name="net1")["id"]
    elsewhere = lab.netbox.address(interface=other)["id"]
    unmapped = lab.row(f"{PROXBOX}/guest-vm-interfaces", name="eth1", vm_interface=None)["id"]
    foreign = lab.netbox.address(interface=lab.netbox.interface()["id"])["id"]
    assert lab.netbox.refused(
        "POST", f"{path}/", {"guest_interface": lab.guest_interface, "ip_address": elsewhere}
    ) == {"ip_address": ["IP address must be the same object assigned to the mapped Proxmox core VM interface."]}
    assert lab.netbox.refused("POST", f"{path}/", {"guest_interface": unmapped, "ip_address": foreign}) == {
        "ip_address": [
            "IP address must be assigned to a VM interface on the same virtual machine as the guest interface."
        ]
    }
    assert lab.netbox.create(path, guest_interface=unmapped, ip_address=lab.netbox.address()["id"])


def test_references_of_sdn_and_cpu_models_read_as_ids(lab: Lab) -> None:
    """Not as objects, unlike all others."""
    vnet, subnet = lab.row(f"{PROXBOX}/sdn-vnets"), lab.row(f"{PROXBOX}/sdn-subnets")
    cpu_model = lab.row(f"{PROXBOX}/datacenter-cpu-models")
    assert (vnet["endpoint"], vnet["l2vpn"]) == (lab.endpoint, lab.l2vpn)
    assert (subnet["prefix"], cpu_model["endpoint"]) == (lab.prefix, lab.endpoint)
    assert lab.row(f"{PROXBOX}/storage")["cluster"]["id"] == lab.netbox_cluster


def test_a_binding_may_name_what_is_not_there(lab: Lab) -> None:
    """Its target is a text and a number to the plugin."""
    row = lab.row(f"{PROXBOX}/sdn-bindings", target_type="ipam.vlan", target_id=99999999)
    assert (row["target_type"], row["target_id"]) == ("ipam.vlan", 99999999)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("firewall/rules", "vm_qemu / pos 0: in ACCEPT"), ("sdn-vnets", "lab / z1 / v1"),
        ("vm-templates", "tpl (vmid=900)"), ("guest-vm-interfaces", "eth0"),
    ],
)  # fmt: skip
def test_a_row_is_shown_as_the_plugin_does(lab: Lab, path: str, shown: str) -> None:
    """By more than its name; it has no page of its own in the answer."""
    row = lab.row(f"{PROXBOX}/{path}")
    assert row["display"] == shown
    assert "display_url" not in row


def test_a_row_of_a_machine_is_shown_with_it(lab: Lab) -> None:
    """And the machine in it is the short form."""
    row = lab.row(f"{PROXBOX}/snapshots")
    machine = row["virtual_machine"]
    assert row["display"] == f"{machine['name']} - {row['name']}"
    assert set(machine) == {"id", "url", "display_url", "display", "name"}


def _gone(netbox: NetBox, rows: dict[str, int]) -> dict[str, bool]:
    return {path: not netbox.exists(path, number) for path, number in rows.items()}


def _made(lab: Lab, *paths: str) -> dict[str, int]:
    return {f"{PROXBOX}/{path}": lab.row(f"{PROXBOX}/{path}")["id"] for path in paths}


def test_what_is_of_a_machine_goes_with_it(lab: Lab) -> None:
    """And what only says its storage or node stays."""
    of_machine = _made(
        lab, "snapshots", "backups", "task-history", "vm-cloudinit", "replications", "guest-vm-interfaces",
        "firewall/rules", "firewall/ipsets", "firewall/aliases", "firewall/options", "sync-state/vm-interfaces",
        "sync-state/virtual-disks",
    )  # fmt: skip
    of_machine[f"{PROXBOX}/sync-state/virtual-machines"] = lab.sidecar
    lab.netbox.delete(VMS, lab.machine)
    assert all(_gone(lab.netbox, of_machine).values()), of_machine
    assert lab.netbox.exists(f"{PROXBOX}/storage", lab.storage)
    assert lab.netbox.exists(f"{PROXBOX}/endpoints/proxmox", lab.endpoint)


def test_what_is_of_an_endpoint_goes_with_it(lab: Lab) -> None:
    """But not a sidecar: that only forgets it."""
    paths = [path for path in ROWS if path.startswith(f"{PROXBOX}/sdn-")]
    paths += [f"{PROXBOX}/{path}" for path in ("vm-templates", "backup-routines", "replications", "firewall/rules",
                                                "firewall/security-groups", "datacenter-cpu-models")]  # fmt: skip
    rows = {path: lab.row(path)["id"] for path in paths}
    rows |= {f"{PROXBOX}/proxmox-clusters": lab.cluster, f"{PROXBOX}/proxmox-nodes": lab.node}
    lab.netbox.delete(f"{PROXBOX}/endpoints/proxmox", lab.endpoint)
    assert all(_gone(lab.netbox, rows).values()), rows
    sidecar = lab.netbox.get(f"{PROXBOX}/sync-state/virtual-machines/{lab.sidecar}/")
    assert [sidecar[name] for name in ("endpoint", "proxmox_node", "proxmox_cluster")] == [None, None, None]


def test_what_refers_to_other_objects_forgets_them_or_goes_with_them(lab: Lab) -> None:
    """An interface, a disk, a device, an L2VPN, a prefix: each on its own."""
    nic, disk = lab.row(f"{PROXBOX}/sync-state/vm-interfaces"), lab.row(f"{PROXBOX}/sync-state/virtual-disks")
    device = lab.row(f"{PROXBOX}/sync-state/devices")
    vnet, subnet = lab.row(f"{PROXBOX}/sdn-vnets"), lab.row(f"{PROXBOX}/sdn-subnets")
    guest = lab.guest_interface
    lab.netbox.delete("dcim/devices", lab.device)
    assert lab.netbox.get(f"{PROXBOX}/sync-state/vm-interfaces/{nic['id']}/")["proxbox_bridge"] is None
    lab.netbox.delete(INTERFACES, lab.interface)
    lab.netbox.delete(DISKS, lab.disk)
    lab.netbox.delete("vpn/l2vpns", lab.l2vpn)
    lab.netbox.delete("ipam/prefixes", lab.prefix)
    for path, row in (("vm-interfaces", nic), ("virtual-disks", disk), ("devices", device)):
        assert not lab.netbox.exists(f"{PROXBOX}/sync-state/{path}", row["id"])
    assert lab.netbox.get(f"{PROXBOX}/guest-vm-interfaces/{guest}/")["vm_interface"] is None
    assert lab.netbox.get(f"{PROXBOX}/proxmox-nodes/{lab.node}/")["netbox_device"] is None
    assert lab.netbox.get(f"{PROXBOX}/sdn-vnets/{vnet['id']}/")["l2vpn"] is None
    assert lab.netbox.get(f"{PROXBOX}/sdn-subnets/{subnet['id']}/")["prefix"] is None


def test_what_is_of_a_cluster_goes_with_it(lab: Lab) -> None:
    """Its storages and its sidecar; the plugin's own row of it only forgets it."""
    rows = _made(lab, "sync-state/clusters") | {f"{PROXBOX}/storage": lab.storage}
    backup = lab.row(f"{PROXBOX}/backups", virtual_machine=lab.netbox.machine()["id"])
    lab.netbox.delete(VMS, lab.machine)
    lab.netbox.delete("virtualization/clusters", lab.netbox_cluster)
    assert all(_gone(lab.netbox, rows).values()), rows
    assert lab.netbox.get(f"{PROXBOX}/proxmox-clusters/{lab.cluster}/")["netbox_cluster"] is None
    assert lab.netbox.get(f"{PROXBOX}/backups/{backup['id']}/")["proxmox_storage"] is None


def test_an_address_that_the_plugin_names_holds_what_it_is_on(lab: Lab) -> None:
    """A trap: not even the machine can be deleted while a guest interface of it has an address."""
    row = lab.row(f"{PROXBOX}/guest-vm-interface-addresses")
    for path, number in ((ADDRESSES, lab.address), (INTERFACES, lab.interface), (VMS, lab.machine)):
        reply = lab.netbox.request("DELETE", f"{path}/{number}/")
        text = f"Unable to delete object. 1 dependent objects were found: {row['display']} ({row['id']})"
        assert (reply.status, reply.body) == (409, {"detail": text})
    lab.netbox.delete(f"{PROXBOX}/guest-vm-interface-addresses", row["id"])
    lab.netbox.delete(VMS, lab.machine)
    assert not lab.netbox.exists(ADDRESSES, lab.address)


def test_the_address_of_an_endpoint_is_protected(lab: Lab) -> None:
    """409 while the endpoint names it."""
    lab.row(f"{PROXBOX}/endpoints/proxmox", domain="", ip_address=lab.address)
    assert lab.netbox.request("DELETE", f"{ADDRESSES}/{lab.address}/").status == 409


def test_a_route_target_that_goes_is_no_longer_imported(lab: Lab) -> None:
    """By a VRF and an L2VPN: nothing protects it."""
    vrf = lab.row("ipam/vrfs")["id"]
    assert lab.l2vpn
    lab.netbox.delete("ipam/route-targets", lab.target)
    assert lab.netbox.get(f"ipam/vrfs/{vrf}/")["import_targets"] == []
    assert lab.netbox.get(f"vpn/l2vpns/{lab.l2vpn}/")["import_targets"] == []


def test_a_netbox_without_the_plugin_has_none_of_it(fake_netbox: NetBox) -> None:
    """Its paths are not found, and a custom field cannot be for its models."""
    assert fake_netbox.get("status/")["plugins"] == {}
    for path in ROWS:
        assert fake_netbox.request("GET", f"{path}/").status == (404 if path.startswith(PROXBOX) else 200)
    label = "netbox_proxbox.proxmoxstorage"
    body = {"name": fake_netbox.name("cf").replace("-", "_"), "type": "text", "object_types": [label]}
    refusal = fake_netbox.refused("POST", "extras/custom-fields/", body)
    assert refusal == {"object_types": [f"Invalid content type: {label}"]}
