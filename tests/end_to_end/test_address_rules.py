"""Rules for addresses on whole commands: VRFs of isolated networks, and addresses that guests share."""

from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer, DemoGuest, DemoNic
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.stage import Stage, addresses

VIP, ANYCAST = "10.99.0.100/32", "10.99.0.53/32"
RULES = """address_rules:
  - when: {network: 10.99.0.100}
    set: {role: vrrp, dns_name: www.example.com, tenant: Blue, description: "{{ address.prefix }}", tags: shared}
  - when: {network: 10.99.0.53, guest: "lb*"}
    set: {role: anycast, status: reserved}
  - when: {unless: {guest: "?*"}}
    set: {vrf: VRF, description: "{{ address.interface }} of {{ address.node }}"}
"""


def pair() -> ClusterDescription:
    """Return a small cluster with two load balancers, the first of which has the VIP."""
    cluster = ClusterDescription.seeded(3, guests=4, nodes=2, name="lab")
    for vmid, name in ((900, "lb1"), (901, "lb2")):
        uuid, genid = f"90000000-0000-4000-8000-{vmid:012d}", f"91000000-0000-4000-8000-{vmid:012d}"
        cluster.add_guest(DemoGuest("qemu", vmid, "pve1", name, uuid, genid, nics={"net0": nic(vmid, VIP, ANYCAST)}))
    show(cluster, 901, ANYCAST)
    return cluster


def nic(vmid: int, *shared: str) -> DemoNic:
    """Return the NIC of a guest that shows its own address and shared ones."""
    return DemoNic(mac=f"BC:24:11:00:09:{vmid - 900:02X}", tag=10, seen=(f"10.99.0.{vmid - 890}/24", *shared))


def show(cluster: ClusterDescription, vmid: int, *shared: str) -> None:
    """Let a guest show these shared addresses."""
    cluster.change(vmid, nics={"net0": nic(vmid, *shared)})


def ruled(set_up: SetUp, cluster: ClusterDescription, rules: str = RULES) -> Stage:
    """Return a stage whose NetBox has what the rules name."""
    stage = set_up(cluster)
    stage.ask("POST", "tenancy/tenants/", {"name": "Blue", "slug": "blue"})
    for name in ("red", "green"):
        stage.ask("POST", "ipam/vrfs/", {"name": name})
    use(stage, rules)
    return stage


def use(stage: Stage, rules: str) -> None:
    """Write the rules."""
    (stage.folder / "rules.yaml").write_text(rules)
    stage.configure(rest="include: [rules.yaml]\nmapping: {create_sites: true}")


def rows(stage: Stage, address: str) -> list[dict[str, Any]]:
    """Return the NetBox objects of an address."""
    return [row for row in stage.netbox("ipam/ip-addresses") if row["address"] == address]


@on_each_version
@pytest.mark.slow
def test_addresses_that_guests_share(set_up: SetUp) -> None:
    """One object moves to and fro with all that people wrote on it; an anycast address is on both; no plan is left."""
    cluster = pair()
    stage = ruled(set_up, cluster, RULES.replace("VRF", "red"))
    stage.settle()
    (vip,) = rows(stage, VIP)
    assert (vip["role"]["value"], vip["dns_name"], vip["tenant"]["name"], vip["description"], vip["vrf"]) == (
        "vrrp",
        "www.example.com",
        "Blue",
        VIP,
        None,
    )
    assert [tag["slug"] for tag in vip["tags"]] == ["shared"]
    both = rows(stage, ANYCAST)
    assert {row["assigned_object"]["virtual_machine"]["name"] for row in both} == {"lb1", "lb2"}
    assert {(row["role"]["value"], row["status"]["value"]) for row in both} == {("anycast", "reserved")}
    stage.ask("PATCH", f"ipam/ip-addresses/{vip['id']}/", {"comments": "rack 4"})
    for first, second, moved in ((ANYCAST, VIP, 901), (VIP, VIP, None), (VIP, ANYCAST, 900), (ANYCAST, ANYCAST, None)):
        show(cluster, 900, *{first, ANYCAST})
        show(cluster, 901, *{second, ANYCAST})
        plan = stage.plan()
        expected = [("move", f"ip-address:lab/qemu/{moved}/net0/ip/10.99.0.100")] if moved else []
        assert addresses(plan) == expected
        assert plan.problems == ()
        if moved:
            stage.apply()
            (now,) = rows(stage, VIP)
            assert (now["id"], now["comments"]) == (vip["id"], "rack 4")
            assert now["assigned_object"]["virtual_machine"]["name"] == {900: "lb1", 901: "lb2"}[moved]
            assert stage.plan().changes == ()


@on_each_version
@pytest.mark.slow
def test_a_rule_that_changes_its_vrf(set_up: SetUp) -> None:
    """The addresses of the nodes are edited where they are: each keeps its id. Undo gives the VRF back."""
    stage = ruled(set_up, pair(), RULES.replace("VRF", "red"))
    stage.settle()
    before = {row["id"]: row for row in stage.netbox("ipam/ip-addresses") if (row["vrf"] or {}).get("name") == "red"}
    assert {row["assigned_object_type"] for row in before.values()} == {"dcim.interface"}
    assert {row["description"] for row in before.values()} >= {"vmbr0 of pve1", "vmbr0 of pve2"}
    use(stage, RULES.replace("VRF", "green"))
    plan = stage.plan("--force-limit")
    assert {change.action.value for change in plan.changes} == {"update"}
    assert {item.field for change in plan.changes for item in change.fields} == {"vrf"}
    stage.apply("--force-limit")
    assert {row["id"] for row in stage.netbox("ipam/ip-addresses") if (row["vrf"] or {}).get("name") == "green"} == set(
        before
    )
    assert stage.plan().changes == ()
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json", "--force-limit")
    use(stage, RULES.replace("VRF", "red"))
    assert stage.plan().changes == ()


@pytest.mark.slow
def test_an_isolated_network_on_two_clusters(set_up: SetUp) -> None:
    """E5: the same addresses on the nodes of both are a conflict, until a rule gives each cluster a VRF of its own."""
    one, other = (ClusterDescription.seeded(5, guests=2, nodes=2, name=name) for name in ("lab", "other"))
    for vmid in list(other.guests):
        other.delete_guest(vmid)
    stage = set_up(one)
    for name in ("red", "green"):
        stage.ask("POST", "ipam/vrfs/", {"name": name})
    with ClusterServer(other) as server:
        stage.configure_two(server)
        assert "address-conflict" in {problem.code for problem in stage.plan().problems}
        rules = "address_rules: [{when: {cluster: other, unless: {guest: '?*'}}, set: {vrf: red}}]"
        file = stage.folder / "proxbox.yaml"
        file.write_text(f"{file.read_text()}\n{rules}\n")
        plan = stage.settle()
        assert "address-conflict" not in {problem.code for problem in plan.problems}
        of_nodes = [row for row in stage.netbox("ipam/ip-addresses") if row["assigned_object_type"] == "dcim.interface"]
        shared = {row["address"] for row in of_nodes if row["vrf"]} & {
            row["address"] for row in of_nodes if not row["vrf"]
        }
        assert shared


def test_which_rule_it_was(set_up: SetUp) -> None:
    """`validate --explain` says it of one address, with the line of the rule; so does an error in a rule."""
    stage = ruled(set_up, pair(), RULES.replace("VRF", "red"))
    stage.collect()
    said = stage.good("validate", "--explain", "10.99.0.100")
    assert "10.99.0.100/32 (ip-address:lab/qemu/900/net0/ip/10.99.0.100)\n" in said
    assert "  role         vrrp  (rules.yaml:2, address rule 1 of all clusters)\n" in said
    assert "    rules.yaml:4 address rule 2 of all clusters: no: address 10.99.0.100 is not in 10.99.0.53/32\n" in said
    use(stage, "address_rules:\n  - when: {network: 10.0.0.1/8, vlans: 3}\n    set: {role: vrpp}\n")
    wrong = stage.run("validate")
    assert wrong.code == 1
    assert "rules.yaml:2:33: unknown key 'vlans' in address_rules[0].when; did you mean 'vlan'?" in wrong.err
    use(stage, "address_rules:\n  - when: {network: 10.0.0.1/8, vlan: 3}\n    set: {role: vrpp}\n")
    wrong = stage.run("validate")
    assert (
        "rules.yaml:2:21: '10.0.0.1/8' is not a network such as 10.0.0.0/8: 10.0.0.1/8 has host bits set" in wrong.err
    )
    assert "rules.yaml:3:17: NetBox has no role 'vrpp' for an address; did you mean 'vrrp'?" in wrong.err
