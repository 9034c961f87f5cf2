"""What it means when part of an answer is missing: endpoint by endpoint, out of Proxmox's own code.

Knowledge: Proxmox leaves it out when, and only when, it is not there; what was there is gone. Unknown: it is always
there, or omitted for other reasons too; what was there may be there still, and nothing may change. The first line of
an endpoint that matches decides. The names of parts are those of `tests/ignorance/content.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from types import MappingProxyType


class Means(StrEnum):
    """What an absence proves."""

    KNOWLEDGE = "knowledge"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """What it means when one of these parts is missing, and why."""

    means: Means
    parts: tuple[str, ...]
    why: str

    def __contains__(self, part: str) -> bool:
        """Whether a part is one of these."""
        return any(fnmatchcase(part, pattern) for pattern in self.parts)


def _known(why: str, *parts: str) -> Line:
    return Line(Means.KNOWLEDGE, parts, why)


def _unknown(why: str, *parts: str) -> Line:
    return Line(Means.UNKNOWN, parts, why)


ALWAYS = "Proxmox's code sets it in every answer, so one without it is not whole."
REST = _unknown(ALWAYS, "*")
_FIREWALL_RULES = (
    _known("The file is read whole, or the call fails.", "no rows", "row*"),
    _unknown("Every rule that was parsed has them.", "field *.pos", "field *.type", "field *.action", "field *.enable"),
    _known("Options of a rule, which are only there when they were written.", "field *"),
)
_FIREWALL_OPTIONS = (
    _unknown("The digest of the file is always there.", "no fields", "field digest"),
    _known("Options are only there when they were set.", "field *"),
)
_CONFIG = (
    _unknown("The digest is always there.", "no fields", "field digest"),
    _unknown(
        "It is informational: missing after an edit by hand, a move, or for a device passed through.", "option *:size"
    ),
    _known("A line of the configuration is there when it was set; the defaults are documented.", "field *"),
    _known("An option of a line is there when it was set.", "option *"),
)
_INSIDE = (
    _known(
        "An interface without addresses lacks the list, or has an empty one.",
        "field *ip-addresses",
        "field ip-addresses",
        "no rows in *ip-addresses",
        "field inet*",
    ),
    _unknown(
        "A guest always has its loopback interface; one that shows nothing is starting.", "no rows*", "no fields*"
    ),
    _known("What the system inside does not show any more is gone, unless the configuration has it.", "row*"),
    REST,
)
_SNAPSHOTS = (
    _unknown("The guest as it is now is always on the list.", "no rows", "row current"),
    _known("The configuration is read whole, or the call fails.", "row*"),
    _known(
        "Only there when it was set.", "field parent", "field description", "field snapstate", "field current.parent"
    ),
    REST,
)
MEANINGS: Mapping[str, tuple[Line, ...]] = MappingProxyType(
    {
        "/access/acl": (_unknown("Without Sys.Audit on /access the list is filtered without a word.", "*"),),
        "/access/permissions": (_unknown("A right less only tells that less is seen.", "*"),),
        "/cluster/status": (
            _unknown("Without an answer of corosync Proxmox makes up a row for the local node.", "row cluster"),
            _unknown("The cluster's row counts the nodes, and /nodes and /cluster/resources name them.", "row node"),
            _unknown("Omitted when the name of a node cannot be resolved.", "field node.ip"),
            REST,
        ),
        "/nodes": (
            _unknown("Every member is listed for everybody.", "no rows", "row*"),
            _unknown("Omitted when the certificate of a node cannot be read just now.", "field *.ssl_fingerprint"),
            REST,
        ),
        "/cluster/resources": (
            _unknown("Nodes are listed for everybody.", "no rows", "row node"),
            _known(
                "Made of the list of configurations; with VM.Audit on all, what is not there is gone.",
                "row qemu",
                "row lxc",
            ),
            _known("With Pool.Audit on all pools, a guest without it is in none.", "field qemu.pool", "field lxc.pool"),
            _known("A guest without it is not managed.", "field qemu.hastate", "field lxc.hastate"),
            _known("Read from all configurations.", "field qemu.tags", "field lxc.tags", "field *.lock"),
            _unknown("A guest without fresh numbers has neither name nor template, and status unknown.", "field *"),
            _unknown("Nothing is read from them.", "row *"),
        ),
        "/cluster/backup": (
            _known("All of jobs.cfg, or a refusal.", "no rows", "row*"),
            _unknown("A job always has them.", "field *.id", "field *.type", "field *.schedule"),
            _unknown("Only there while the schedule can be evaluated.", "field *.next-run"),
            _known("Options of a job, whose defaults are documented.", "field *", "no *"),
        ),
        "/cluster/replication": (
            _known("All jobs of the guests one may see, which are all.", "no rows", "row*"),
            _unknown("The node sets it when the job runs for the first time.", "field *.source"),
            _known(
                "Options of a job.",
                "field *.comment",
                "field *.rate",
                "field *.disable",
                "field *.schedule",
                "field *.remove_job",
            ),
            REST,
        ),
        "/nodes/{node}/replication": (
            _unknown("A job is listed by the node its guest is on just now.", "no rows", "row*"),
            _known("Only there after a failure.", "field *.error"),
            REST,
        ),
        "/cluster/options": (
            _known(
                "Settings of the datacenter: what is not set is not there. Without Sys.Audit on / the note is not "
                "read.",
                "no fields*",
                "field *",
                "no rows in *",
                "row *",
                "option *",
            ),
        ),
        "/cluster/qemu/custom-cpu-models": (
            _known("The file is read whole; with Mapping.Audit on all, what is not there is gone.", "no rows", "row*"),
            _unknown("It is the name.", "field cputype"),
            _known("Options of a model.", "field *"),
        ),
        "/storage": (
            _unknown("`local` is always there.", "no rows"),
            _known("storage.cfg is read whole; with Datastore.Audit on all, what is not there is gone.", "row*"),
            _unknown(
                "Filled in when storage.cfg is parsed.",
                "field *.storage",
                "field *.type",
                "field *.content",
                "field *.path",
            ),
            _unknown(
                "Mandatory for its type.",
                "field nfs.server",
                "field nfs.export",
                "field cifs.server",
                "field cifs.share",
                "field pbs.server",
                "field pbs.datastore",
                "field pbs.username",
                "field zfspool.pool",
                "field zfs.pool",
                "field esxi.server",
                "field esxi.username",
            ),
            _known("Options of a storage.", "field *"),
        ),
        "/nodes/{node}/storage/{storage}/content": (
            _known("Who may manage the storage sees the whole listing, or an error.", "no rows", "row*"),
            _known(
                "Only there when set.",
                "field notes",
                "field protected",
                "field encrypted",
                "field verification*",
                "no fields in *",
            ),
            REST,
        ),
        "/cluster/sdn/controllers": (
            _known("The file is read whole; with SDN.Audit on all, what is not there is gone.", "no rows", "row*"),
            _unknown(
                "Mandatory.", "field *.controller", "field *.type", "field *.asn", "field bgp.peers", "field bgp.node"
            ),
            _known("Options of a controller.", "field *"),
        ),
        "/cluster/sdn/zones": (
            _known("The file is read whole; with SDN.Audit on all, what is not there is gone.", "no rows", "row*"),
            _unknown(
                "Mandatory.",
                "field *.zone",
                "field *.type",
                "field evpn.controller",
                "field evpn.vrf-vxlan",
                "field vlan.bridge",
                "field qinq.bridge",
                "field qinq.tag",
            ),
            _known("Options of a zone.", "field *"),
        ),
        "/cluster/sdn/vnets": (
            _known("The file is read whole; with SDN.Audit on all, what is not there is gone.", "no rows", "row*"),
            _unknown("Mandatory.", "field *.vnet", "field *.type", "field *.zone"),
            _known("Options of a vnet.", "field *"),
        ),
        "/cluster/sdn/vnets/{vnet}/subnets": (
            _known("The file is read whole, or the call fails.", "no rows", "row*"),
            _unknown(
                "Mandatory, or made of the id.",
                "field *.subnet",
                "field *.cidr",
                "field *.zone",
                "field *.vnet",
                "field *.network",
                "field *.mask",
                "field *.type",
                "field *.id",
            ),
            _known("Options of a subnet.", "field *", "no rows in *", "row *"),
        ),
        "/cluster/sdn/fabrics/all": (
            _unknown("Both lists are always there.", "no fields", "field fabrics", "field nodes"),
            _known(
                "The file is read whole; with SDN.Audit and Sys.Audit on all, what is not there is gone.",
                "no rows*",
                "row*",
            ),
            _unknown("Mandatory.", "field *.id", "field *.protocol", "field *.fabric_id", "field *.node_id"),
            _known("Options of a fabric.", "field *"),
        ),
        "/cluster/firewall/groups": (
            _known("The file is read whole.", "no rows", "row*"),
            _unknown("It is the name.", "field group"),
            _known("Only there when it was written.", "field *"),
        ),
        "/cluster/firewall/groups/{name}": _FIREWALL_RULES,
        "/cluster/firewall/rules": _FIREWALL_RULES,
        "/nodes/{node}/firewall/rules": _FIREWALL_RULES,
        "/nodes/{node}/qemu/{vmid}/firewall/rules": _FIREWALL_RULES,
        "/nodes/{node}/lxc/{vmid}/firewall/rules": _FIREWALL_RULES,
        "/cluster/firewall/options": _FIREWALL_OPTIONS,
        "/nodes/{node}/firewall/options": _FIREWALL_OPTIONS,
        "/nodes/{node}/qemu/{vmid}/firewall/options": _FIREWALL_OPTIONS,
        "/nodes/{node}/lxc/{vmid}/firewall/options": _FIREWALL_OPTIONS,
        "/cluster/firewall/aliases": (
            _known("The file is read whole, or the call fails.", "no rows", "row*"),
            _unknown("Mandatory.", "field name", "field cidr"),
            _known("Only there when it was written.", "field *"),
        ),
        "/cluster/firewall/ipset": (
            _known("The file is read whole, or the call fails.", "no rows", "row*"),
            _unknown("It is the name.", "field name"),
            _known("Only there when it was written.", "field *"),
        ),
        "/cluster/firewall/ipset/{name}": (
            _known("The file is read whole, or the call fails.", "no rows", "row*"),
            _unknown("It is the entry.", "field cidr"),
            _known("Only there when it was written.", "field *"),
        ),
        "/nodes/{node}/status": (REST,),
        "/nodes/{node}/config": (
            _known("A node without any setting answers an empty table.", "no fields"),
            _known("Settings of a node.", "field *", "option *"),
        ),
        "/nodes/{node}/tasks": (
            _unknown(
                "The archive is rotated: a task that is not listed any more was finished all the same.",
                "no rows",
                "row*",
            ),
            _known("Only there for what a token did.", "field tokenid"),
            REST,
        ),
        "/nodes/{node}/network": (
            _unknown("A node always has an interface.", "no rows"),
            _known(
                "What is configured, and what the kernel has; with SDN.Audit on all, what is not there is gone.", "row*"
            ),
            _unknown(
                "Always there, or made of the name.",
                "field *.iface",
                "field *.type",
                "field *.vlan-id",
                "field *.vlan-raw-device",
                "field OVSBond.ovs_bonds",
                "field *.ovs_bridge",
            ),
            _unknown("cidr repeats address and netmask.", "field *.cidr*", "field *.address*", "field *.netmask*"),
            _known("Only there for what is up.", "field *.active"),
            _known("Settings of an interface.", "field *", "no rows in *", "row *"),
        ),
        "/nodes/{node}/qemu/{vmid}/config": _CONFIG,
        "/nodes/{node}/lxc/{vmid}/config": (
            _unknown("Every container has one.", "field rootfs"),
            _unknown("Nothing is read from the raw keys of LXC.", "row lxc*", "no rows in lxc*"),
            *_CONFIG,
        ),
        "/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces": _INSIDE,
        "/nodes/{node}/lxc/{vmid}/interfaces": _INSIDE,
        "/nodes/{node}/qemu/{vmid}/agent/get-osinfo": (
            _known("Of os-release, which has none where the system has no versions.", "field result.version-id"),
            REST,
        ),
        "/nodes/{node}/qemu/{vmid}/agent/get-host-name": (REST,),
        "/nodes/{node}/qemu/{vmid}/snapshot": _SNAPSHOTS,
        "/nodes/{node}/lxc/{vmid}/snapshot": _SNAPSHOTS,
    }
)


def meaning_of(endpoint: str, part: str) -> Line:
    """Return what it means when a part of an endpoint's answer is missing."""
    return next(line for line in MEANINGS[endpoint] if part in line)
