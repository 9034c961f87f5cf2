"""Beside an IPAM of Proxmox that keeps its addresses in the same NetBox: whoever writes when, both sides converge."""

from __future__ import annotations

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoGuest, DemoNic
from proxbox_plan.model.inventory.ownership_fields import FIELDS
from proxbox_plan.model.problem import ProblemCode
from tests.end_to_end.conftest import SetUp, on_each_version
from tests.end_to_end.proxmox_ipam import ADDRESSES, TOKEN, FailedError, ProxmoxIpam, with_ipam
from tests.end_to_end.stage import Stage, addresses

CIDR = "10.77.0.0/24"
FIRST, SECOND, THIRD = 100, 101, 102


def mac(vmid: int) -> str:
    """Return the MAC address of a guest's NIC."""
    return f"BC:24:11:77:00:{vmid - 90:02X}"


def guest(vmid: int, *seen: str, running: bool = True, bridge: str = "dnet") -> DemoGuest:
    """Return a guest with a NIC on the vnet; one that shows nothing has no agent."""
    uuid, genid = f"77000000-0000-4000-8000-{vmid:012d}", f"78000000-0000-4000-8000-{vmid:012d}"
    nics = {"net0": DemoNic(mac=mac(vmid), bridge=bridge, seen=seen)}
    name = f"vm{vmid}"
    return DemoGuest("qemu", vmid, "pve1", name, uuid, genid, nics=nics, running=running, agent=bool(seen))


def scene(set_up: SetUp, *guests: DemoGuest, rest: str = "") -> tuple[Stage, ClusterDescription, ProxmoxIpam]:
    """Return a cluster with a vnet that has an IPAM, and that IPAM, whose subnet is there."""
    cluster = ClusterDescription.seeded(1, guests=0, nodes=1, name="lab")
    for each in guests:
        cluster.add_guest(each)
    stage = set_up(cluster)
    stage.configure(rest=f"mapping: {{create_sites: true}}\nscope: {{plugin: false, sdn: true}}\n{rest}")
    with_ipam(cluster, CIDR, stage.netbox_url)
    return stage, cluster, ProxmoxIpam(stage, CIDR)


def seen_on(cluster: ClusterDescription, vmid: int, *seen: str) -> None:
    """Let a guest show these addresses."""
    cluster.change(vmid, nics={"net0": DemoNic(mac=mac(vmid), bridge="dnet", seen=seen)}, agent=True)


def on(stage: Stage, address: str) -> str | None:
    """Return the guest that NetBox has an address on."""
    found = [row for row in stage.netbox(ADDRESSES) if row["address"] == address]
    assert len(found) == 1, found
    assigned = found[0]["assigned_object"]
    return assigned["virtual_machine"]["name"] if assigned else None


@on_each_version
def test_they_converge(set_up: SetUp) -> None:
    """Its rows get the NIC that they are for, and what it wrote stays; a guest that shows nothing is known, too."""
    stage, cluster, ipam = scene(set_up, guest(FIRST), guest(SECOND, running=False))
    ipam.add_subnet()
    first, second = ipam.give(mac(FIRST), "vm100"), ipam.give(mac(SECOND), "vm101")
    seen_on(cluster, FIRST, f"{first}/24")
    before = ipam.rows()
    stage.settle()
    assert ipam.rows() == before
    assert (on(stage, f"{first}/24"), on(stage, f"{second}/24"), on(stage, f"{ipam.gateway}/24")) == (
        "vm100",
        "vm101",
        None,
    )
    machines = {row["name"]: row["primary_ip4"] for row in stage.netbox("virtualization/virtual-machines")}
    assert {name: row["address"] for name, row in machines.items()} == {"vm100": f"{first}/24", "vm101": f"{second}/24"}
    row = ipam.row(first)
    assert {name for name, value in row["custom_fields"].items() if value} == set(FIELDS)
    assert (row["address"], row["tags"], ipam.of(mac(FIRST))) == (f"{first}/24", [], [first])


@on_each_version
@pytest.mark.slow
def test_while_a_plan_waits(set_up: SetUp) -> None:
    """One guest is made, one is destroyed, and one gets another address between plan and apply."""
    stage, cluster, ipam = scene(set_up, guest(FIRST), guest(SECOND))
    ipam.add_subnet()
    first, second = ipam.give(mac(FIRST), "vm100"), ipam.give(mac(SECOND), "vm101")
    seen_on(cluster, FIRST, f"{first}/24")
    stage.plan()
    ipam.free(mac(SECOND))
    cluster.delete_guest(SECOND)
    taken = ipam.give(mac(THIRD), "vm102")
    cluster.add_guest(guest(THIRD, f"{taken}/24"))
    ipam.free(mac(FIRST))
    moved = ipam.give(mac(FIRST), "vm100")
    seen_on(cluster, FIRST, f"{moved}/24")
    assert (taken, moved) == (second, first)  # rows of others by now, with the same addresses
    assert stage.run("apply", "plan.json").code in (4, 5)
    stage.settle()
    assert (on(stage, f"{moved}/24"), on(stage, f"{taken}/24")) == ("vm100", "vm102")
    assert sorted(ipam.rows()) == [f"10.77.0.{number}/24" for number in (1, 2, 3)]
    assert ipam.rows()[f"{moved}/24"] == ("vm100", f"mac:{mac(FIRST)}")


@on_each_version
@pytest.mark.slow
def test_a_day_of_proxmox(set_up: SetUp) -> None:
    """A guest is renamed and destroyed: Proxmox finds its rows each time, and they are its own."""
    stage, cluster, ipam = scene(set_up, guest(FIRST))
    ipam.add_subnet()
    address = ipam.give(mac(FIRST), "vm100")
    stage.settle()
    cluster.change(FIRST, name="web")
    ipam.rename(mac(FIRST), "web")
    stage.settle()
    assert ipam.rows()[f"{address}/24"] == ("web", f"mac:{mac(FIRST)}")
    ipam.free(mac(FIRST))
    cluster.delete_guest(FIRST)
    cluster.add_guest(guest(SECOND, bridge="vmbr0"))
    assert [line[0] for line in addresses(stage.plan()) if "/qemu/100" in line[1]] == ["update"]
    stage.settle()
    assert list(ipam.rows()) == [f"{ipam.gateway}/24"]
    ipam.give(mac(SECOND), "vm101")


@pytest.mark.covering
@on_each_version
def test_a_row_that_it_left(set_up: SetUp) -> None:
    """A guest is gone and its address is not: the row is never deleted, nor what would take it along."""
    stage, cluster, ipam = scene(set_up, guest(FIRST), rest="on_missing: {virtual-machine: delete}")
    ipam.add_subnet()
    address = ipam.give(mac(FIRST), "vm100")
    stage.settle()
    cluster.delete_guest(FIRST)
    cluster.add_guest(guest(SECOND))
    plan = stage.plan()
    assert not [line for line in addresses(plan) if line[0] == "delete" and line[1].startswith(("ip-", "virtual-m"))]
    assert {problem.code for problem in plan.problems} == {ProblemCode.HOLDS_OTHERS}, plan.problems
    stage.settle()
    assert f"{address}/24" in ipam.rows()
    ipam.free(mac(FIRST))
    stage.settle()
    assert [row["name"] for row in stage.netbox("virtualization/virtual-machines")] == ["vm101"]


@pytest.mark.covering
@on_each_version
def test_nothing_is_in_its_way(set_up: SetUp) -> None:
    """Before it has made its prefix and its addresses none of ours is made, so that it finds and makes its own."""
    stage, _, ipam = scene(set_up, guest(FIRST, "10.77.0.2/24"))
    plan = stage.settle()
    assert {problem.code for problem in plan.problems} == {ProblemCode.IPAM_MANAGED}, plan.problems
    assert ipam.rows() == {}
    assert stage.netbox("ipam/prefixes") == []
    ipam.add_subnet()
    with pytest.raises(FailedError):
        ipam.add_subnet()
    assert ipam.give(mac(FIRST), "vm100") == "10.77.0.2"
    assert stage.settle().problems == ()
    assert on(stage, "10.77.0.2/24") == "vm100"


def test_its_token_is_nowhere(set_up: SetUp) -> None:
    """Proxmox shows it to every auditor; no document, log or message of ours has it."""
    stage, _, ipam = scene(set_up, guest(FIRST))
    ipam.add_subnet()
    said = [
        stage.run(*command, "--debug", "--log-level", "debug", "--log-file", "debug.log")
        for command in (("collect",), ("plan", "--state", "state.json"), ("doctor",), ("show", "state.json"))
    ]
    assert "writes to" in said[2].out
    texts = [text for each in said for text in (each.out, each.err)]
    texts += [path.read_text() for path in stage.folder.rglob("*") if path.is_file()]
    assert not [text for text in texts if TOKEN in text]
    assert '"url": "' in (stage.folder / "state.json").read_text()
