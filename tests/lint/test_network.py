"""Network: MAC and IP addresses of several guests, bridges that are missing, and VLANs that NetBox sees otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.core.key import Key
from proxbox_plan.lint import make_lint
from proxbox_plan.lint.estate import LintEstate
from proxbox_plan.lint.vlans import lookups, vlan_lookups
from proxbox_plan.model.inventory import Inventory, Lookup, Row
from proxbox_plan.model.lint.settings import LintSettings
from proxbox_plan.model.policy import AddressRule, ClusterPolicy, Condition, Policy, Rule, Targets
from proxbox_plan.model.state import (
    Coverage,
    Guest,
    GuestAddress,
    GuestCoverage,
    Incomplete,
    NodeCoverage,
    NodeInterface,
)
from proxbox_plan.model.state.sdn import Sdn, SdnVnet, SdnZone
from tests.builders import incomplete, nic
from tests.lint.lab import cluster, doubted, guest, lint, names, node, said, state

MAC, ADDRESS, BRIDGE, VLAN = "duplicate-mac", "duplicate-address", "nic-on-missing-bridge", "nic-vlan-mismatch"
READ = Coverage(complete=True)
SAME = "BC:24:11:00:00:AA"


def _with_mac(vmid: int, mac: str = SAME, **fields: Any) -> Guest:
    return guest(vmid, nics=(nic(mac=mac, **fields),), addresses=())


def test_a_mac_address_of_two_guests_of_two_clusters() -> None:
    """One finding, that names both with their NICs."""
    found = lint(cluster(_with_mac(100)), cluster(_with_mac(100), name="other"))
    assert said(found, MAC) == (
        f"Several NICs have its MAC address {SAME}: web100 (qemu/100 of lab, net0), web100 (qemu/100 of other, net0)"
    )


def test_a_mac_address_of_two_nics_of_one_guest() -> None:
    """It is one finding as well, and names no other guest."""
    machine = guest(nics=(nic("net0", mac=SAME), nic("net1", mac=SAME)), addresses=())
    (one,) = [item for item in lint(cluster(machine)).findings if item.rule == MAC]
    assert one.related == ()


def test_a_nic_that_is_disconnected_does_no_harm() -> None:
    """As a copy that is prepared, or a template."""
    assert names(lint(cluster(_with_mac(100), _with_mac(101, link_down=True))), MAC) == []
    assert names(lint(cluster(_with_mac(100), _with_mac(101).replace(template=True))), MAC) == []


def _at(vmid: int, address: str, **fields: Any) -> Guest:
    """Return a guest that shows an address on its NIC."""
    mac = f"BC:24:11:00:01:{vmid % 256:02X}"
    seen = GuestAddress(interface=fields.pop("interface", "eth0"), mac=fields.pop("mac", mac), address=address)
    return guest(vmid, nics=(nic(mac=mac, **fields),), addresses=(seen,))


def _static(vmid: int, address: str, **fields: Any) -> Guest:
    """Return a stopped guest whose configuration has an address."""
    mac = f"BC:24:11:00:02:{vmid % 256:02X}"
    return guest(vmid, status="stopped", nics=(nic(mac=mac, addresses=(address,), **fields),), addresses=())


def test_an_address_of_two_guests() -> None:
    """One is seen inside, the other is configured."""
    found = lint(cluster(_at(100, "10.1.1.1/24"), _static(101, "10.1.1.1/16")))
    assert said(found, ADDRESS) == (
        "Several guests have its address 10.1.1.1: web100 (qemu/100 of lab, net0), web101 (qemu/101 of lab, net0)"
    )


@pytest.mark.parametrize(
    "other",
    [
        _at(101, "10.1.1.2/24"),
        _at(101, "10.1.1.1/24", interface="docker0"),
        _at(101, "10.1.1.1/24", mac="02:00:00:00:00:01"),
        _at(101, "10.1.1.1/32"),
        _static(101, "10.1.1.1/24", link_down=True),
        _at(101, "10.1.1.1/24").replace(template=True),
    ],
    ids=["another", "a filtered interface", "an overlay", "a host route", "disconnected", "a template"],
)
def test_addresses_that_are_none_of_the_network(other: Guest) -> None:
    """Bridges of containers, tunnels, and addresses that move between guests on purpose."""
    assert names(lint(cluster(_at(100, "10.1.1.1/24"), other)), ADDRESS) == []


def test_networks_apart_may_have_the_same_addresses() -> None:
    """As the configuration says with a VRF, of a cluster or by a rule."""
    clusters = cluster(_at(100, "10.1.1.1/24")), cluster(_at(100, "10.1.1.1/24"), name="other")
    plain = Policy(clusters=(ClusterPolicy(name="lab", site="A"), ClusterPolicy(name="other", site="A")))
    apart = Policy(clusters=(plain.clusters[0], plain.clusters[1].replace(vrf="red")))
    ruled = plain.replace(rules=(Rule(when=Condition(cluster="other"), set=Targets(vrf="red")),))
    assert names(lint(*clusters), ADDRESS) == ["web100"]
    assert names(lint(*clusters, policy=plain), ADDRESS) == ["web100"]
    assert names(lint(*clusters, policy=apart), ADDRESS) == []
    assert names(lint(*clusters, policy=ruled), ADDRESS) == []
    both = Policy(clusters=tuple(one.replace(vrf="red") for one in plain.clusters))
    assert "its address 10.1.1.1 in the VRF red: " in said(lint(*clusters, policy=both), ADDRESS)


@pytest.mark.parametrize(
    ("given", "found", "doubts"),
    [
        ({"vrf": "{{ cluster.name }}"}, [], []),
        ({"vrf": "red"}, ["web100"], []),
        ({"role": "anycast"}, [], []),
        ({"role": "secondary"}, ["web100"], []),
        ({"vrf": "{{ 1 // 0 }}"}, [], [("VRF of its rules", "rule-failed")] * 2),
        ({"role": "{{ 1 // 0 }}"}, [], [("VRF of its rules", "rule-failed")] * 2),
    ],
)
def test_what_rules_for_addresses_say(given: dict[str, Any], found: list[str], doubts: list[tuple[str, str]]) -> None:
    """A VRF of its own, or a role with which several have it on purpose."""
    clusters = cluster(_at(100, "10.1.1.1/24")), cluster(_at(100, "10.1.1.1/24"), name="other")
    rule = AddressRule.model_validate({"when": {"network": "10.1.1.0/24"}, "set": given})
    both = tuple(ClusterPolicy(name=name, site="A", vrf="red") for name in ("lab", "other"))
    linted = lint(*clusters, policy=Policy(clusters=both, address_rules=(rule,)))
    assert (names(linted, ADDRESS), doubted(linted, ADDRESS)) == (found, doubts)


@pytest.mark.parametrize(
    ("when", "tag", "doubts"),
    [
        ({"vlan": 30}, None, [("VRF of its rules", "rule-failed")]),
        ({"vlan": 30}, 20, []),
        ({"network": "10.1.1.0/24"}, None, []),
    ],
)
def test_a_rule_for_addresses_that_reads_an_unknown_vlan(
    when: dict[str, Any], tag: int | None, doubts: list[tuple[str, str]]
) -> None:
    """Whether they are in one network is not known then."""
    dark = node(interfaces=(), coverage=NodeCoverage(network=incomplete(Incomplete.TIMEOUT)))
    both = (_at(100, "10.1.1.1/24", tag=tag), _at(101, "10.1.1.1/24", tag=tag))
    rule = AddressRule.model_validate({"when": when, "set": {"vrf": "{{ address.guest }}"}})
    made = Policy(clusters=(ClusterPolicy(name="lab", site="A"),), address_rules=(rule,))
    linted = lint(cluster(*both, nodes=(dark,), sdn=Sdn(coverage=READ)), policy=made)
    assert doubted(linted, ADDRESS) == doubts
    assert names(linted, ADDRESS) == (["web100"] if tag else [])


def test_a_guest_whose_name_and_tags_are_unknown_is_no_finding() -> None:
    """A rule may give it a VRF by them."""
    hidden = _at(101, "10.1.1.1/24", interface="eth0")
    unread = hidden.replace(coverage=GuestCoverage(row=incomplete(Incomplete.UNKNOWN_STATUS)))
    found = lint(cluster(_at(100, "10.1.1.1/24"), unread))
    assert (names(found, ADDRESS), doubted(found, ADDRESS)) == ([], [("name and status", "unknown-status")])


def test_a_rule_that_cannot_be_evaluated_is_no_finding() -> None:
    """The guests may be in different VRFs."""
    clusters = cluster(_at(100, "10.1.1.1/24")), cluster(_at(100, "10.1.1.1/24"), name="other")
    broken = Rule(when=Condition(cluster="other"), set=Targets(vrf="{{ guest.name[1:] | int / 0 }}"))
    policy = Policy(
        clusters=(ClusterPolicy(name="lab", site="A"), ClusterPolicy(name="other", site="A")), rules=(broken,)
    )
    found = lint(*clusters, policy=policy)
    assert (names(found, ADDRESS), doubted(found, ADDRESS)) == ([], [("VRF of its rules", "rule-failed")])


@pytest.mark.parametrize(
    ("type_", "is_found"), [("vlan", True), ("qinq", True), ("simple", False), ("vxlan", False), ("evpn", False)]
)
def test_sdn_zones_are_networks_of_their_own(type_: str, is_found: bool) -> None:  # noqa: FBT001
    """Those that are not carried by the nodes' network: of two clusters they never meet."""
    sdn = Sdn(zones=(SdnZone(name="z", type=type_),), vnets=(SdnVnet(name="v", zone="z"),), coverage=READ)
    clusters = (cluster(_at(100, "10.1.1.1/24", bridge="v"), name=name, sdn=sdn) for name in ("a", "b"))
    assert names(lint(*clusters), ADDRESS) == (["web100"] if is_found else [])


def test_a_bridge_that_may_be_a_vnet_is_no_finding() -> None:
    """While SDN was not read; a bridge of the node is none."""
    clusters = [cluster(_at(100, "10.1.1.1/24", bridge="v"), name=name) for name in ("a", "b")]
    found = lint(*clusters)
    assert names(found, ADDRESS) == []
    assert doubted(found, ADDRESS) == [("SDN", "not-read"), ("SDN", "not-read")]


def test_what_is_hidden_is_not_the_same() -> None:
    """A redacted state has the same stars everywhere."""
    hidden = GuestAddress(interface="eth0", mac="***", address="***")
    machines = (guest(vmid, nics=(nic(mac="***"),), addresses=(hidden,)) for vmid in (100, 101))
    found = make_lint(state(cluster(*machines), redacted=True), LintSettings())
    for rule in (MAC, ADDRESS, VLAN, "shared-backup-group"):
        assert names(found, rule) == []
        assert [why for _, why in doubted(found, rule)] == ["redacted"]


def test_a_bridge_that_the_node_does_not_have() -> None:
    """Neither as an interface nor as a vnet."""
    sdn = Sdn(zones=(SdnZone(name="z", type="vlan"),), vnets=(SdnVnet(name="v", zone="z"),), coverage=READ)
    machines = [
        guest(vmid, status="stopped", nics=(nic(mac=None, bridge=name),))
        for vmid, name in enumerate(("vmbr0", "v", "vmbr9"), 100)
    ]
    found = lint(cluster(*machines, sdn=sdn))
    assert said(found, BRIDGE) == "net0 is on vmbr9: pve1 has no such bridge, and SDN no such vnet"


def test_a_bridge_that_a_running_guest_uses_is_there() -> None:
    """The node's own API does not show every bridge; on another node it proves nothing."""
    sdn = Sdn(coverage=READ)
    off = guest(100, status="stopped", nics=(nic(mac=None, bridge="vmbr9"),))
    on = guest(101, nics=(nic(mac=None, bridge="vmbr9"),))
    assert names(lint(cluster(off, on, sdn=sdn)), BRIDGE) == []
    elsewhere = cluster(off, on.replace(node="pve2"), nodes=(node("pve1"), node("pve2")), sdn=sdn)
    assert names(lint(elsewhere), BRIDGE) == ["web100"]


def test_a_bridge_that_may_be_there_is_no_finding() -> None:
    """The network of the node was not read, SDN was not read, or the node is not listed."""
    machine = guest(status="stopped", nics=(nic(mac=None, bridge="vmbr9"),))
    unread = node(coverage=NodeCoverage(network=incomplete(Incomplete.TIMEOUT)))
    assert doubted(lint(cluster(machine)), BRIDGE) == [("SDN", "not-read")]
    assert doubted(lint(cluster(machine, nodes=(unread,))), BRIDGE) == [("network of the node", "timeout")]
    assert doubted(lint(cluster(machine, nodes=())), BRIDGE) == [("network of the node", "not-read")]


NETWORK = "10.0.0.0/24"


def _netbox(*prefixes: tuple[int | None, str | None], asked: bool = True, vlans: bool = True) -> Inventory:
    """Return an inventory with the network in these VLANs, each with the key it carries."""
    rows = tuple(
        Row(
            id=place,
            name=NETWORK,
            fields={"prefix": NETWORK, "vlan": {"kind": "vlan", "id": vid, "name": f"VLAN {vid}"} if vid else None},
            key=Key(key) if key else None,
        )
        for place, (vid, key) in enumerate(prefixes, 1)
    )
    named = tuple(Row(id=vid, name=f"VLAN {vid}", fields={"vid": vid}) for vid, _ in prefixes if vid and vlans)
    return Inventory.make(
        url="https://netbox.example.com",
        netbox_version="4.7.3",
        clusters=("lab",),
        kinds={"prefix": rows, "vlan": named},
        asked={"prefix": {"prefix": (NETWORK,)}} if asked else {},
    )


def test_a_nic_in_another_vlan_than_its_prefix() -> None:
    """The address says which prefix, the prefix says which VLAN."""
    found = lint(cluster(guest()), inventory=_netbox((30, None)))
    assert said(found, VLAN) == "net0 is in VLAN 20, and NetBox says that 10.0.0.0/24 is VLAN 30"
    assert names(lint(cluster(guest()), inventory=_netbox((20, None))), VLAN) == []


def test_a_nic_on_a_bridge_of_a_vlan_or_on_a_vnet() -> None:
    """Its VLAN needs no tag of its own; in a vnet of another type, or of two levels, there is none to compare."""
    mac = "BC:24:11:00:00:64"
    bridge = NodeInterface(name="vmbr0", type="bridge", ports=("eno1.20",))
    ported = cluster(guest(nics=(nic(mac=mac, tag=None),)), nodes=(node(interfaces=(bridge,)),))
    assert "net0 is in VLAN 20" in said(lint(ported, inventory=_netbox((30, None))), VLAN)
    assert names(lint(ported, inventory=_netbox((20, None))), VLAN) == []
    for type_, tag, expected in (("vlan", None, ["web100"]), ("vlan", 5, []), ("qinq", None, []), ("vxlan", 20, [])):
        zone = SdnZone(name="z", type=type_, tag=7 if type_ == "qinq" else None)
        sdn = Sdn(zones=(zone,), vnets=(SdnVnet(name="v", zone="z", tag=20),), coverage=READ)
        on_vnet = cluster(guest(nics=(nic(mac=mac, bridge="v", tag=tag),)), sdn=sdn)
        assert names(lint(on_vnet, inventory=_netbox((30, None))), VLAN) == expected


def test_a_prefix_of_several_vrfs() -> None:
    """Any of them may be the guest's, unless one is of its own cluster; one without a VLAN says nothing."""
    assert names(lint(cluster(guest()), inventory=_netbox((20, None), (30, None))), VLAN) == []
    assert "VLAN 30 or 40" in said(lint(cluster(guest()), inventory=_netbox((40, None), (30, None))), VLAN)
    assert names(lint(cluster(guest()), inventory=_netbox((30, None), (None, None))), VLAN) == []
    own = _netbox((20, None), (30, "lab/prefix/10.0.0.0/24"))
    assert names(lint(cluster(guest()), inventory=own), VLAN) == ["web100"]


def test_prefixes_that_netbox_was_not_asked_for() -> None:
    """What an inventory lacks may be in NetBox: the report says how to ask."""
    found = lint(cluster(guest()), inventory=_netbox((30, None), asked=False))
    assert (names(found, VLAN), doubted(found, VLAN)) == ([], [("prefixes of NetBox", "not-asked")])
    found = lint(cluster(guest()), inventory=_netbox((30, None), vlans=False))
    assert (names(found, VLAN), doubted(found, VLAN)) == ([], [("VLANs of NetBox", "not-asked")])
    assert doubted(lint(cluster(guest())), VLAN) == [("prefixes of NetBox", "no-inventory")]


@pytest.mark.parametrize(
    ("fields", "interface"),
    [
        ({"tag": None}, {}),
        ({"trunks": ((30, 40),)}, {}),
        ({"bridge": "elsewhere"}, {}),
        ({}, {"ports": ("eno1.7",)}),
    ],
    ids=["untagged", "a trunk", "maybe a vnet", "a bridge on a VLAN"],
)
def test_nics_whose_vlan_is_not_known(fields: dict[str, Any], interface: dict[str, Any]) -> None:
    """The tag alone does not say in which VLAN the guest is."""
    mac = "BC:24:11:00:00:64"
    bridge = NodeInterface(name="vmbr0", type="bridge", **interface)
    whole = cluster(guest(nics=(nic(mac=mac, **fields),)), nodes=(node(interfaces=(bridge,)),))
    assert names(lint(whole, inventory=_netbox((30, None))), VLAN) == []


def test_what_netbox_is_asked_for() -> None:
    """The networks of tagged NICs, then the VLANs of their prefixes; nothing of a redacted state."""
    whole = state(cluster(guest(100), guest(101)))
    assert list(lookups(LintEstate(whole))) == [Lookup("prefix", "prefix", NETWORK)]
    assert list(vlan_lookups(_netbox((30, None), (None, None)))) == [Lookup("vlan", "id", "30")]
    assert list(lookups(LintEstate(whole.remade(redacted=True)))) == []


def test_addresses_that_were_not_read() -> None:
    """They are said to be unknown, and what is known is judged."""
    silent = GuestCoverage(addresses=incomplete(Incomplete.AGENT_SILENT))
    found = lint(cluster(guest(coverage=silent)), inventory=_netbox((30, None)))
    assert names(found, VLAN) == ["web100"]
    assert doubted(found, VLAN) == [("addresses inside", "agent-silent")]
