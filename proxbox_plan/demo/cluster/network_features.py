"""A firewall and software-defined networks for a generated cluster."""

from __future__ import annotations

from proxbox_plan.demo.cluster.administered import DATACENTER, AdministeredCluster
from proxbox_plan.demo.cluster.network_parts import ApiRow, DemoFirewall, DemoSdn

WEB: ApiRow = {"type": "in", "action": "ACCEPT", "macro": "HTTPS", "source": "+mgmt", "comment": "web", "log": "nolog"}
SSH: ApiRow = {"type": "in", "action": "ACCEPT", "proto": "tcp", "dport": "22", "iface": "net0", "source": "lan"}
PING: ApiRow = {"type": "in", "action": "ACCEPT", "proto": "icmp", "icmp-type": "echo-request", "enable": 0}
DROP: ApiRow = {"type": "out", "action": "DROP", "dest": "192.0.2.0/24", "proto": "udp", "sport": "1024:65535"}


def add_networks(cluster: AdministeredCluster) -> None:
    """Add rules everywhere, and a zone of each kind."""
    nodes = list(cluster.nodes)
    cluster.set_firewall(
        DATACENTER,
        DemoFirewall(
            rules=({"type": "group", "action": "webserver"}, PING),
            options={"enable": 1, "policy_in": "DROP", "policy_out": "ACCEPT", "log_ratelimit": "enable=1,burst=5"},
            ipsets={"mgmt": ({"cidr": "10.0.0.5"}, {"cidr": "10.0.0.0/24", "nomatch": 1, "comment": "all the rest"})},
            aliases={"lan": "10.0.0.0/24"},
            groups={"webserver": (WEB, SSH)},
        ),
    )
    cluster.set_firewall(nodes[0], DemoFirewall(rules=(SSH,), options={"enable": 1, "log_level_in": "info"}))
    for vmid in list(cluster.guests)[:3]:
        cluster.set_firewall(
            str(vmid),
            DemoFirewall(
                rules=(WEB, DROP),
                options={"enable": 1, "macfilter": 1},
                ipsets={"ipfilter-net0": ({"cidr": "10.0.0.7"},)},
                aliases={"self": "10.0.0.7"},
            ),
        )
    cluster.sdn = _sdn(nodes)


def _sdn(nodes: list[str]) -> DemoSdn:
    evpn = {"type": "evpn", "controller": "evpn1", "vrf-vxlan": 10_000, "mtu": 1450, "ipam": "pve"}
    return DemoSdn(
        controllers={"evpn1": {"type": "evpn", "asn": 65_000, "peers": "10.0.0.11,10.0.0.12"}},
        zones={
            "vz": {"type": "vlan", "bridge": "vmbr0", "ipam": "pve"},
            "zone1": {"type": "simple", "ipam": "pve"},
            "vx": {"type": "vxlan", "peers": "10.0.0.11,10.0.0.12", "ipam": "pve", "nodes": ",".join(nodes[:2])},
            "ev": {**evpn, "rt-import": "65000:1,65000:2"},
        },
        vnets={
            "vnet1": {"type": "vnet", "zone": "zone1", "alias": "first"},
            "vnet20": {"type": "vnet", "zone": "vz", "tag": 20},
            "vxnet": {"type": "vnet", "zone": "vx", "tag": 5000},
            "evnet": {"type": "vnet", "zone": "ev", "tag": 11_000},
        },
        subnets={"vnet1": ("10.50.0.0/24",), "evnet": ("10.60.0.0/24", "10.61.0.0/24")},
        fabrics={"fab1": tuple(nodes)},
        route_maps=(
            {"route-map-id": "out", "order": 10, "action": "permit", "match": ["key=peer,value=10.0.0.11"], "set": []},
        ),
        prefix_lists={"nets": ({"seq": 10, "action": "permit", "prefix": "10.60.0.0/16", "le": 24},)},
    )
