"""The fields read from Proxmox's responses about the cluster, its nodes and its guests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from proxbox_plan.collect.proxmox.api_models.answer import (
    UNKNOWN,
    ApiModel,
    Count,
    Flag,
    MaybeText,
    Name,
    NameList,
    Needed,
    Options,
    Positive,
    Share,
    Status,
    Text,
    Vmid,
    WholeNumber,
    Words,
)

LONGEST_ACL_PATH = 1024


class Version(ApiModel):
    """/version."""

    version: Name


class ClusterRow(ApiModel):
    """The `cluster` row of /cluster/status; a standalone node has none."""

    name: Name
    quorate: Flag
    version: Needed
    nodes: Needed


class StatusNodeRow(ApiModel):
    """A `node` row of /cluster/status."""

    name: Name
    ip: MaybeText = None
    online: Flag
    nodeid: Needed
    level: Words = ""


class NodeRow(ApiModel):
    """A row of /nodes."""

    node: Name
    status: MaybeText = None
    ssl_fingerprint: MaybeText = None


class GuestRow(ApiModel):
    """A `qemu` or `lxc` row of /cluster/resources."""

    type: Literal["qemu", "lxc"]
    vmid: Vmid
    node: Name
    name: MaybeText = None
    status: Status = UNKNOWN
    template: Flag = False
    lock: MaybeText = None
    tags: MaybeText = None
    pool: MaybeText = None
    hastate: MaybeText = None


class CpuInfo(ApiModel):
    """The CPUs of a node."""

    model: Name
    cpus: Needed


class Memory(ApiModel):
    """The memory of a node."""

    total: Positive


class NodeStatus(ApiModel):
    """/nodes/N/status."""

    pveversion: Name
    cpuinfo: CpuInfo
    memory: Memory


class NodeConfig(ApiModel):
    """/nodes/N/config: `location` came with Proxmox VE 9.2."""

    location: Words = ""
    description: Words = ""


class DatacenterOptions(ApiModel):
    """/cluster/options: without Sys.Audit on `/` only the tag style."""

    description: Words = ""
    tag_style: Options = Field(default=None, validation_alias="tag-style")


class InterfaceRow(ApiModel):
    """A row of /nodes/N/network."""

    iface: Name
    type: Name
    active: Flag = False
    mtu: WholeNumber = None
    hwaddr: MaybeText = None
    altnames: NameList = ()
    bridge_ports: MaybeText = None
    bridge_vlan_aware: Flag = False
    bridge_vids: MaybeText = None
    slaves: MaybeText = None
    ovs_ports: MaybeText = None
    ovs_bonds: MaybeText = None
    ovs_bridge: MaybeText = None
    ovs_tag: WholeNumber = None
    ovs_options: MaybeText = None
    options: NameList = ()
    vlan_id: WholeNumber = Field(default=None, validation_alias="vlan-id")
    vlan_raw_device: MaybeText = Field(default=None, validation_alias="vlan-raw-device")
    cidr: MaybeText = None
    cidr6: MaybeText = None
    address: MaybeText = None
    address6: MaybeText = None
    netmask: MaybeText = None
    netmask6: MaybeText = None
    gateway: MaybeText = None
    gateway6: MaybeText = None
    comments: MaybeText = None


class GuestConfig(ApiModel):
    """The fixed keys of a guest's configuration; `netN` and the disks are read from the raw response.

    Every configuration has a digest: an answer without one is not the whole.
    """

    digest: Name
    lock: MaybeText = None
    template: Flag = False
    tags: MaybeText = None
    description: MaybeText = None
    ostype: MaybeText = None
    onboot: Flag = False
    agent: MaybeText = None
    memory: MaybeText = None
    cores: Count = None
    sockets: Count = None
    vcpus: Count = None
    cpulimit: Share = None
    smbios1: MaybeText = None
    vmgenid: MaybeText = None
    meta: MaybeText = None
    cpu: MaybeText = None
    unprivileged: Flag = False
    searchdomain: MaybeText = None
    nameserver: MaybeText = None
    ciuser: MaybeText = None
    boot: MaybeText = None


class IpAddress(ApiModel):
    """One address of an interface inside a guest."""

    address: Name = Field(validation_alias="ip-address")
    prefix: MaybeText = None


class GuestInterfaceRow(ApiModel):
    """An interface inside a guest, as the agent or the container reports it; Windows has some without a name."""

    name: Words = ""
    mac: MaybeText = Field(default=None, validation_alias="hardware-address")
    hwaddr: MaybeText = None
    addresses: Sequence[object] | None = Field(default=None, validation_alias="ip-addresses")
    inet: MaybeText = None
    inet6: MaybeText = None


class OsInfo(ApiModel):
    """What the guest agent says of the operating system; without os-release it knows no more than the kernel."""

    id: Name
    name: Words = ""
    pretty_name: Words = Field(default="", validation_alias="pretty-name")
    version: Words = ""
    version_id: Words = Field(default="", validation_alias="version-id")


class HostName(ApiModel):
    """What the guest agent says of the host name."""

    host_name: Name = Field(validation_alias="host-name")


class AclRow(ApiModel):
    """A row of /access/acl."""

    path: Annotated[Name, Field(max_length=LONGEST_ACL_PATH)]
    roleid: Name
    type: Text = ""
    ugid: Text = ""
