"""Rules of the configuration: which guests, nodes, clusters and addresses get which values in NetBox."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from pydantic import Field, PlainSerializer, PlainValidator

from proxbox_plan.model.base import Frozen

TEMPLATE_MARKS: Final = ("{{", "{%", "{#")
"""A text with one of these is a template."""
_NUMBERS = re.compile(r"[0-9]{1,9}(-[0-9]{1,9})?")


def _texts(data: Any) -> tuple[str, ...]:
    texts = (data,) if isinstance(data, str) else data
    if not isinstance(texts, list | tuple) or not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError("must be text or a list of texts")  # pydantic takes only ValueError
    return tuple(texts)


def _numbers(data: Any) -> tuple[str, ...]:
    items = data if isinstance(data, list | tuple) else (data,)
    texts = tuple(str(item) for item in items if not isinstance(item, bool))
    if not texts or len(texts) < len(items) or not all(_NUMBERS.fullmatch(text) for text in texts):
        raise ValueError("must be a number, a range such as 100-199, or a list of them")
    return texts


def _value(data: Any) -> Any:
    items = data if isinstance(data, list | tuple) else (data,)
    if not all(isinstance(item, str | int | float) for item in items):
        raise ValueError("must be text, a number, true, false or a list of them")
    return tuple(data) if isinstance(data, list) else data


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


_AS_IS = PlainSerializer(_plain)
Texts = Annotated[str | tuple[str, ...], PlainValidator(_texts, json_schema_input_type=str | list[str]), _AS_IS]
Numbers = Annotated[
    int | str | tuple[int | str, ...],
    PlainValidator(_numbers, json_schema_input_type=int | str | list[int | str]),
    _AS_IS,
]
Value = Annotated[
    str | bool | float | tuple[str | bool | float, ...],
    PlainValidator(_value, json_schema_input_type=str | bool | float | list[str | bool | float]),
    _AS_IS,
]


class Condition(Frozen):
    """Which guests. All keys that are given must hold; of a list, one.

    Text is a glob, or a regular expression between slashes.
    """

    name: Texts | None = Field(default=None, description="Name of the guest.")
    tag: Texts | None = Field(default=None, description="One of its tags.")
    pool: Texts | None = Field(default=None, description="Its resource pool.")
    node: Texts | None = Field(default=None, description="Node it is on.")
    cluster: Texts | None = Field(default=None, description="Name of its cluster in this configuration.")
    vmid: Numbers | None = Field(default=None, description="Its number: `100`, `100-199`, or a list of both.")
    vlan: Numbers | None = Field(
        default=None,
        description="One of the untagged VLAN ids of its NICs, by tag, vnet or bridge: `20`, `20-29`.",
    )
    os: Texts | None = Field(default=None, description="Its `ostype`, as Proxmox says: `l26`, `win11`, `debian`, ...")
    agent_os: Texts | None = Field(
        default=None,
        description="Name of its operating system, as its guest agent says: `Debian*`; requires `scope.guest_os`.",
    )
    agent_version: Texts | None = Field(default=None, description="Version of that: `12`, `2022`.")
    agent_hostname: Texts | None = Field(
        default=None, description="Host name inside, as its guest agent says; requires `scope.guest_hostname`."
    )
    ha: Texts | None = Field(default=None, description="Its state of high availability (started, ...); `?*`: any.")
    type: Literal["qemu", "lxc"] | None = Field(default=None, description="Virtual machine or container.")
    any: tuple[Condition, ...] = Field(default=(), description="One of these conditions must hold, too.")
    unless: Condition | None = Field(default=None, description="And this one must not.")


class NodeCondition(Frozen):
    """Which nodes. All keys that are given must hold; of a list, one."""

    name: Texts | None = Field(default=None, description="Name of the node.")
    cluster: Texts | None = Field(default=None, description="Name of its cluster in this configuration.")
    cpu: Texts | None = Field(default=None, description="Model of its CPU.")
    version: Texts | None = Field(default=None, description="Version of Proxmox VE it runs: `9.*`.")
    any: tuple[NodeCondition, ...] = Field(default=(), description="One of these conditions must hold, too.")
    unless: NodeCondition | None = Field(default=None, description="And this one must not.")


class ClusterCondition(Frozen):
    """Which clusters. All keys that are given must hold; of a list, one."""

    cluster: Texts | None = Field(default=None, description="Name of the cluster in this configuration.")
    version: Texts | None = Field(default=None, description="Version of Proxmox VE it runs: `9.*`.")
    any: tuple[ClusterCondition, ...] = Field(default=(), description="One of these conditions must hold, too.")
    unless: ClusterCondition | None = Field(default=None, description="And this one must not.")


class AddressCondition(Frozen):
    """Which addresses, of guests and of nodes. All keys that are given must hold; of a list, one.

    Text is a glob, or a regular expression between slashes.
    """

    network: Texts | None = Field(default=None, description="Network that the address is in: `10.20.0.0/16`.")
    interface: Texts | None = Field(
        default=None, description="Interface it is on: `net0` of a guest, `eth0` of a container, `vmbr0` of a node."
    )
    vlan: Numbers | None = Field(
        default=None, description="Untagged VLAN id of that interface, by tag, vnet or bridge: `20`, `20-29`."
    )
    guest: Texts | None = Field(default=None, description="Name of the guest that has it; `?*`: any, and no node.")
    node: Texts | None = Field(default=None, description="Node that has it, or that its guest is on.")
    cluster: Texts | None = Field(default=None, description="Name of its cluster in this configuration.")
    any: tuple[AddressCondition, ...] = Field(default=(), description="One of these conditions must hold, too.")
    unless: AddressCondition | None = Field(default=None, description="And this one must not.")


class Targets(Frozen):
    """What guests get: NetBox objects by name, and values. Each may be a template."""

    site: str | None = Field(default=None, description="Site name.")
    role: str | None = Field(default=None, description="Role of virtual machines and containers.")
    tenant: str | None = Field(default=None, description="Tenant name; it must exist.")
    owner: str | None = Field(default=None, description="Owner (NetBox 4.5 and newer) by name; it must exist.")
    platform: str | None = Field(default=None, description="Platform, instead of the one of the agent or `ostype`.")
    vm_type: str | None = Field(default=None, description="Virtual machine type (NetBox 4.6 and newer).")
    vrf: str | None = Field(default=None, description="VRF of the guest's addresses; the global table when unset.")
    vlan_group: str | None = Field(default=None, description="VLAN group of its VLANs.")
    status: str | None = Field(default=None, description="NetBox status, instead of the one Proxmox's status gives.")
    name: str | None = Field(default=None, description="Name of the virtual machine, instead of Proxmox's.")
    description: str | None = Field(default=None, description="Instead of the first line of the note.")
    comments: str | None = Field(default=None, description="Instead of the note.")
    dns_name: str | None = Field(default=None, description="DNS name of its addresses, instead of a qualified name.")
    tags: Texts | None = Field(default=None, description="Tags in NetBox. Those of all rules that are met add up.")
    custom_fields: dict[str, Value] = Field(default_factory=dict, description="Custom fields that NetBox has.")


class NodeTargets(Frozen):
    """What nodes get: NetBox objects by name, and values. Each may be a template."""

    site: str | None = Field(default=None, description="Site name.")
    location: str | None = Field(default=None, description="Location in the site; it must exist.")
    role: str | None = Field(default=None, description="Role, instead of `device_role`.")
    device_type: str | None = Field(default=None, description="Device type, instead of the cluster's.")
    manufacturer: str | None = Field(default=None, description="Manufacturer of that device type.")
    tenant: str | None = Field(default=None, description="Tenant name; it must exist.")
    owner: str | None = Field(default=None, description="Owner (NetBox 4.5 and newer) by name; it must exist.")
    platform: str | None = Field(default=None, description="Platform, instead of Proxmox VE and its version.")
    vrf: str | None = Field(default=None, description="VRF of the node's addresses.")
    status: str | None = Field(default=None, description="NetBox status, instead of active or offline.")
    name: str | None = Field(default=None, description="Name of the device, instead of Proxmox's.")
    description: str | None = Field(default=None, description="Instead of version, CPU and memory.")
    dns_name: str | None = Field(default=None, description="DNS name of its addresses.")
    tags: Texts | None = Field(default=None, description="Tags in NetBox. Those of all rules that are met add up.")
    custom_fields: dict[str, Value] = Field(default_factory=dict, description="Custom fields that NetBox has.")


class ClusterTargets(Frozen):
    """What clusters get, instead of the same key of the cluster. Each may be a template."""

    netbox_name: str | None = Field(default=None, description="Cluster name in NetBox.")
    site: str | None = Field(default=None, description="Site of the cluster, its nodes and its guests.")
    tenant: str | None = Field(default=None, description="Tenant of them; it must exist.")
    cluster_group: str | None = Field(default=None, description="Cluster group; it must exist.")
    vlan_group: str | None = Field(default=None, description="VLAN group, instead of one of our own.")
    vrf: str | None = Field(default=None, description="VRF of node and guest addresses.")


class AddressTargets(Frozen):
    """What addresses get: NetBox objects by name, and values. Each may be a template."""

    vrf: str | None = Field(
        default=None, description="VRF, instead of its guest's, node's or cluster's; it must exist."
    )
    tenant: str | None = Field(default=None, description="Tenant name; it must exist.")
    role: str | None = Field(
        default=None,
        description="loopback or secondary; vip, vrrp, hsrp, glbp or carp: one address that moves between guests; "
        "anycast: one that each of them has.",
    )
    status: str | None = Field(default=None, description="NetBox status, instead of active: reserved, dhcp, ...")
    dns_name: str | None = Field(default=None, description="DNS name, instead of the one of its guest or node.")
    description: str | None = Field(default=None, description="Description.")
    tags: Texts | None = Field(default=None, description="Tags in NetBox. Those of all rules that are met add up.")


class Rule(Frozen):
    """Guests that meet `when` get the values of `set`. The first rule that gives a value wins."""

    when: Condition = Field(default=Condition(), description="Which guests; by default every guest.")
    set: Targets = Field(default=Targets(), description="What they get.")


class NodeRule(Frozen):
    """Nodes that meet `when` get the values of `set`. The first rule that gives a value wins."""

    when: NodeCondition = Field(default=NodeCondition(), description="Which nodes; by default every node.")
    set: NodeTargets = Field(default=NodeTargets(), description="What they get.")


class ClusterRule(Frozen):
    """Clusters that meet `when` get the values of `set`. The first rule that gives a value wins."""

    when: ClusterCondition = Field(default=ClusterCondition(), description="Which clusters; by default all.")
    set: ClusterTargets = Field(default=ClusterTargets(), description="What they get.")


class AddressRule(Frozen):
    """Addresses that meet `when` get the values of `set`. The first rule that gives a value wins."""

    when: AddressCondition = Field(default=AddressCondition(), description="Which addresses; by default all.")
    set: AddressTargets = Field(default=AddressTargets(), description="What they get.")
