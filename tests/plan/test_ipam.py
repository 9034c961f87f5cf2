"""What an IPAM of Proxmox keeps in NetBox: its rows are put where they belong, and are otherwise its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proxbox_plan.core.errors import RefusedError
from proxbox_plan.mapping import ADDRESS, KINDS
from proxbox_plan.model.plan import Reason
from proxbox_plan.model.policy import AddressRule, ClusterPolicy
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import COMPLETE, Guest, GuestNic, Incomplete, State
from proxbox_plan.model.state.sdn import Sdn, SdnIpam, SdnSubnet, SdnVnet, SdnZone
from proxbox_plan.plan.prune.removals import deleted
from proxbox_plan.policy.permitted import check_permitted
from tests.plan.lab import incomplete, lab, nic, silent, vm
from tests.plan.world import URL, World, fields_of, policy, summary

AREAS = Areas(sdn=True, plugin=False)
CIDR = "10.0.1.0/24"
KEY = "lab/qemu/100/net0/ip/10.0.1.100"
AT = f"ip-address:{KEY}"
PREFIX = f"prefix:lab/prefix/{CIDR}"
MAC = "BC:24:11:00:64:00"  # of the guest 100


def sdn(ipam: str = "nb", dhcp: str = "dnsmasq", url: str = f"{URL}/api", **fields: Any) -> Sdn:
    """Return a zone whose addresses an IPAM keeps, by default in our NetBox."""
    subnet = SdnSubnet(id="dz-10.0.1.0-24", cidr=CIDR, gateway="10.0.1.1")
    sound: dict[str, Any] = {
        "zones": (SdnZone(name="dz", type="simple", ipam=ipam, dhcp=dhcp),),
        "vnets": (SdnVnet(name="dnet", zone="dz", subnets=(subnet,)),),
        "ipams": (SdnIpam(name="nb", type="netbox", url=url),),
        "ipams_coverage": COMPLETE,
        "coverage": COMPLETE,
        "pending_coverage": COMPLETE,
    }
    return Sdn(**(sound | fields))


def on_vnet(vmid: int = 100, **fields: Any) -> GuestNic:
    """Return a NIC on the vnet."""
    return nic(vmid, bridge="dnet", tag=None, **fields)


def guest(vmid: int = 100, **fields: Any) -> Guest:
    """Return a guest on the vnet, which shows its address."""
    return vm(vmid, nics=(on_vnet(vmid),), **fields)


def mute(vmid: int = 100) -> Guest:
    """Return a guest on the vnet that shows nothing."""
    return silent(guest(vmid))


def world(*guests: Guest, given: Sdn | None = None, **options: Any) -> World:
    """Return a world with these guests, and without anything in NetBox."""
    return World(state(*guests, given=given), policy(areas=AREAS, **options))


def state(*guests: Guest, given: Sdn | None = None) -> State:
    """Return the state of these guests."""
    return lab(*(guests or (guest(),)), sdn=given or sdn())


def gave(made: World, address: str = "10.0.1.100/24", mac: str | None = MAC, **fields: Any) -> int:
    """Let the IPAM give an address to a NIC, or make that of a gateway; return its id."""
    text = "gateway" if mac is None else f"mac:{mac}"
    sound = {"vrf": None, "description": text, "dns_name": "web", "status": "active", "assigned_object": None}
    return made.add("ip-address", address, **(sound | fields)).id


def has_subnet(made: World) -> World:
    """Let the IPAM have the prefix of its subnet, as it makes it."""
    made.add("prefix", CIDR, vrf=None, status="active", description="")
    return made


def problems(made: World) -> set[tuple[ProblemCode, str]]:
    """Return the problems of a plan."""
    return {(problem.code, problem.address) for problem in made.plan().problems}


def of_addresses(made: World) -> list[tuple[str, str]]:
    """Return what becomes of addresses."""
    return [
        (action, at) for action, at, _ in summary(made.plan()) if at.startswith("ip-address:") and "/node/" not in at
    ]


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("written", [str.upper, str.lower])
def test_it_is_adopted_by_mac(written: Any, *, shown: bool) -> None:
    """On the NIC that it is for, whether that shows it or not; nothing else in it is written, now or later."""
    made = has_subnet(world(guest() if shown else mute()))
    number = gave(made, mac=written(MAC))
    assert of_addresses(made) == [("adopt", AT)]
    assert set(fields_of(made.plan(), AT)) == {"assigned_object"}
    made.settle()
    row = made.rows["ip-address"][number]
    assert (row.fields["dns_name"], row.fields["description"], row.key) == ("web", f"mac:{written(MAC)}", KEY)
    machine = made.find("virtual-machine", "lab/qemu/100")
    assert machine.fields["primary_ip4"]["id"] == number


def test_whatever_rules_say_of_it() -> None:
    """They are about what we document, and this is the IPAM's: also its VRF, which is none."""
    rule = AddressRule.model_validate(
        {"set": {"vrf": "blue", "dns_name": "a.example.com", "description": "ours", "status": "reserved", "tags": "x"}}
    )
    made = has_subnet(world(address_rules=(rule,)))
    made.add("vrf", "blue", enforce_unique=True)
    gave(made)
    assert set(fields_of(made.plan(), AT)) == {"assigned_object"}


def test_a_filter_of_addresses() -> None:
    """What is not documented is not adopted either."""
    made = has_subnet(world(mute(), addresses={"skip_networks": ("10.0.0.0/8",)}))
    gave(made)
    assert of_addresses(made) == []


@pytest.mark.parametrize("mac", ["BC:24:11:00:00:99", None])
def test_it_is_for_something_else(mac: str | None) -> None:
    """For the NIC of another guest, or for the gateway: whoever shows it does not get it."""
    made = has_subnet(world())
    number = gave(made, mac=mac)
    made.settle()
    assert problems(made) == {(ProblemCode.ADDRESS_CONFLICT, AT)}
    assert made.rows["ip-address"][number].key is None


def test_the_same_address_in_a_vrf() -> None:
    """Is another one: it is documented there, and comes after that of the IPAM."""
    made = has_subnet(world())
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", vrf="blue"), areas=AREAS)
    made.add("vrf", "blue", enforce_unique=True)
    gave(made, mac="BC:24:11:00:00:99")
    made.state = lab(vm(), sdn=sdn(ipam="pve"))
    assert of_addresses(made) == [("create", AT)]


def test_beside_one_of_ours() -> None:
    """What we made in a VRF before the IPAM had the address stays there."""
    made = has_subnet(world())
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", vrf="blue"), areas=AREAS)
    made.add("vrf", "blue", enforce_unique=True)
    made.state = lab(vm(), sdn=sdn(ipam="pve"))
    made.settle()
    gave(made)
    made.state = state()
    assert of_addresses(made) == []


def test_a_guest_is_gone() -> None:
    """Its address stays as it is, without the status of what is gone; so does the machine, while that is on it."""
    made = has_subnet(world(guest(), guest(101)))
    number = gave(made)
    gave(made, "10.0.1.101/24", "BC:24:11:00:65:00")
    made.settle()
    made.state = state(guest(101))
    made.settle()
    assert made.rows["ip-address"][number].fields["status"] == "active"
    assert made.find("virtual-machine", "lab/qemu/100").fields["status"] == "decommissioning"


def test_a_nic_is_gone() -> None:
    """It is not deleted with the address on it."""
    made = has_subnet(world(guest()))
    number = gave(made)
    made.settle()
    made.state = state(vm(nics=(), addresses=()))
    made.apply()
    assert number in made.rows["ip-address"]
    assert ProblemCode.HOLDS_OTHERS in {code for code, _ in problems(made)}


def test_it_is_given_to_another_guest() -> None:
    """Its description alone says so, also while the guest that had it says nothing."""
    made = has_subnet(world(guest(), mute(101)))
    number = gave(made)
    made.settle()
    row = made.rows["ip-address"][number]
    made.rows["ip-address"][number] = row.replace(fields={**row.fields, "description": "mac:BC:24:11:00:65:00"})
    made.state = state(mute(100), mute(101))
    made.settle()
    assert made.rows["ip-address"][number].key == "lab/qemu/101/net0/ip/10.0.1.100"
    made.state = state(guest(100), mute(101))
    made.settle()
    assert problems(made) == {(ProblemCode.ADDRESS_CONFLICT, AT)}


def test_our_own_description() -> None:
    """What our rules describe so is ours."""
    rule = AddressRule.model_validate({"set": {"description": "gateway"}})
    made = World(lab(vm(), vm(101)), policy(address_rules=(rule,), areas=Areas(plugin=False)))
    made.settle()
    made.state = lab(vm(addresses=()), vm(101))
    assert problems(made) == set()
    made.state = lab(vm(nics=(), addresses=()), vm(101))
    assert ("delete", AT) in of_addresses(made)


@pytest.mark.parametrize(
    "given",
    [
        sdn(),
        sdn(url=""),
        sdn(ipams=(), ipams_coverage=incomplete(Incomplete.FORBIDDEN)),
    ],
    ids=["ours", "without a url", "not read"],
)
def test_nothing_is_in_its_way(given: Sdn) -> None:
    """Neither the prefix nor an address is made that it has not made; what is not known may be ours."""
    made = world(guest(), given=given)
    made.settle()
    assert problems(made) == {(ProblemCode.IPAM_MANAGED, AT), (ProblemCode.IPAM_MANAGED, PREFIX)}
    assert "prefix" not in made.rows
    assert of_addresses(made) == []


@pytest.mark.parametrize(
    "given",
    [
        sdn(ipam="pve"),
        sdn(ipam=""),
        sdn(url="https://other.example/api"),
        sdn(ipams=(SdnIpam(name="nb", type="phpipam", url=f"{URL}/api"),)),
        sdn(vnets=(SdnVnet(name="dnet", zone="gone", subnets=sdn().vnets[0].subnets),)),
    ],
    ids=["built in", "none", "another NetBox", "phpIPAM", "unknown zone"],
)
def test_an_ipam_elsewhere(given: Sdn) -> None:
    """Is no matter of ours."""
    made = world(guest(), given=given)
    made.settle()
    assert problems(made) == set()
    assert made.find("ip-address", KEY).fields["address"] == "10.0.1.100/24"


def test_without_dhcp() -> None:
    """It gives no addresses, and has its gateway and its prefix only."""
    made = world(guest(addresses=()), vm(101, nics=(on_vnet(101, addresses=("10.0.1.1/24", "10.0.1.7/24")),)))
    made.state = state(*made.state.clusters[0].guests, given=sdn(dhcp=""))
    has_subnet(made)
    gave(made)
    made.settle()
    assert problems(made) == {(ProblemCode.IPAM_MANAGED, "ip-address:lab/qemu/101/net0/ip/10.0.1.1")}
    assert made.find("ip-address", "lab/qemu/101/net0/ip/10.0.1.7").fields["vrf"] is None


def test_its_prefix() -> None:
    """It is the one in the global table, whatever VRF the cluster has, and gets the VLAN alone."""
    made = has_subnet(world(guest(addresses=())))
    made.policy = policy(ClusterPolicy(name="lab", site="DC1", vrf="blue"), areas=AREAS)
    made.add("vrf", "blue", enforce_unique=True)
    made.settle()
    row = made.find("prefix", f"lab/prefix/{CIDR}")
    assert (row.fields["vrf"], row.fields["description"]) == (None, "")


@pytest.mark.parametrize("wide", [True, False])
def test_a_prefix_around_its_subnet(*, wide: bool) -> None:
    """It would be found first, and give addresses of its own; one that is narrower is not."""
    made = has_subnet(world(guest(addresses=()), node_prefixes=True))
    node = made.state.clusters[0].nodes[0]
    bridge = node.interfaces[-1].replace(addresses=("10.0.9.9/16" if wide else "10.0.1.9/25",))
    changed = node.replace(interfaces=(*node.interfaces[:-1], bridge))
    made.state = lab(guest(addresses=()), sdn=sdn(), nodes=(changed,))
    made.settle()
    prefixes = {row.name for row in made.rows["prefix"].values()}
    assert prefixes == {CIDR}
    assert (ProblemCode.IPAM_MANAGED, f"prefix:lab/prefix/{'10.0.0.0/16' if wide else '10.0.1.0/25'}") in problems(made)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("description", "of bc:24:11:00:64:00"),
        ("description", "was 300.1.1.1, is 10.0.1.7"),
        ("dns_name", "10.0.1.7.example.com"),
    ],
)
def test_a_text_that_it_would_find(field: str, text: str) -> None:
    """A rule gives no address a text that names what it looks for."""
    rule = AddressRule.model_validate({"when": {"guest": "vm-101"}, "set": {field: text}})
    made = has_subnet(world(address_rules=(rule,)))
    made.state = lab(vm(101, addresses=(), nics=(nic(101, addresses=("172.16.0.5/24",)),)), sdn=sdn())
    made.settle()
    assert problems(made) == {(ProblemCode.RULE_FAILED, "ip-address:lab/qemu/101/net0/ip/172.16.0.5")}
    assert made.find("ip-address", "lab/qemu/101/net0/ip/172.16.0.5").fields.get(field, "") in ("", None)
    made.state = lab(*made.state.clusters[0].guests, sdn=sdn(ipam="pve"))
    made.settle()
    assert made.find("ip-address", "lab/qemu/101/net0/ip/172.16.0.5").fields[field].lower() == text.lower()


def test_a_forged_delete() -> None:
    """No apply deletes what an IPAM made, whatever the plan says."""
    made = has_subnet(world())
    number = gave(made)
    made.settle()
    row = made.rows["ip-address"][number]
    forged = deleted(ADDRESS, row, Reason.GONE)
    plan = made.plan().replace(changes=(forged,))
    with pytest.raises(RefusedError, match="an IPAM of Proxmox made it"):
        check_permitted(plan, KINDS, made.policy, made.now)


def test_what_is_ours_already() -> None:
    """An address that we made before there was an IPAM stays ours."""
    made = world(guest(), given=sdn(ipam="pve"))
    made.settle()
    made.state = state()
    made.settle()
    assert made.find("ip-address", KEY).fields["status"] == "active"
    assert problems(made) == set()
    assert replace(made, state=state(guest(addresses=()))).plan().changes == ()
