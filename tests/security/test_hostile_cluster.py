"""A cluster full of hostile values: synced like any other, and harmless in every report."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from proxbox_plan.collect.proxmox.run import collect
from proxbox_plan.demo.cluster import (
    ClusterDescription,
    ClusterServer,
    DemoBackup,
    DemoFirewall,
    DemoReplication,
    DemoSnapshot,
    DemoTask,
)
from proxbox_plan.demo.cluster.features import MOMENT
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.documents import read_document
from proxbox_plan.model.outcome import Outcome
from proxbox_plan.model.plan import Action, Plan
from proxbox_plan.model.state import State
from proxbox_plan.report.text.state import state_text
from tests.cases import Cases
from tests.collect.proxmox.areas import EVERYTHING
from tests.collect.proxmox.renewed import Renewed
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.security.hostile import EMPTY, TEXTS, hostile_cluster, hostile_guest
from tests.security.sanitized import check_json, check_markdown, check_text

Fake = tuple[SetUp, FakeNetBoxThread]


@pytest.mark.slow
def test_it_is_synced_like_any_other(set_up: SetUp) -> None:
    """Every guest that was read lands, every value settles: the second plan is empty, and no drift is seen."""
    stage = set_up(hostile_cluster())
    plan = stage.plan()
    assert {change.action for change in plan.changes} == {Action.CREATE, Action.UPDATE}
    stage.good("apply", "plan.json")
    outcome = read_document(stage.folder / "plan.outcome.json", Outcome)
    assert outcome.complete
    assert len(stage.netbox("virtualization/virtual-machines")) >= len(TEXTS) - 3
    again = stage.plan()
    assert [change.address for change in again.changes] == []
    assert [(item.address, item.field) for item in again.preserved] == []


DOCUMENTS = ("state.json", "plan.json", "inventory.json", "plan.outcome.json")


@pytest.mark.slow
def test_no_report_is_harmful(fake: Fake) -> None:
    """Every document of it in every format, quiet and verbose, and what commands say besides."""
    stage = fake[0](hostile_cluster())
    stage.good("collect")
    before = stage.folder / "before.json"
    before.write_bytes((stage.folder / "state.json").read_bytes())
    said = stage.run("plan", "--state", "state.json", "--save-inventory", "inventory.json")
    check_text(said.out + said.err)
    _check_drift(stage)
    said = stage.run("apply", "plan.json", "--verbose")
    check_text(said.out + said.err)
    for name in DOCUMENTS:
        _check_document(stage, name)
    _change_everything(stage)
    stage.good("collect")
    _check_diff(stage)
    stage.good("plan", "--state", "state.json", "--force-limit")
    _check_document(stage, "plan.json")
    _check_drift(stage)


def _check_document(stage: Stage, name: str) -> None:
    check_text(stage.good("show", name))
    check_text(stage.good("show", name, "--verbose"))
    check_markdown(stage.good("show", name, "--markdown"))
    check_json(stage.good("show", name, "--json"))
    if name != "inventory.json":
        check_for_programs(stage, "show", name)


def _check_drift(stage: Stage) -> None:
    check_text(stage.good("drift", "--state", "state.json", "--verbose"))
    check_markdown(stage.good("drift", "--state", "state.json", "--markdown"))
    check_json(stage.good("drift", "--state", "state.json", "--json"))
    check_for_programs(stage, "drift", "--state", "state.json")


def _check_diff(stage: Stage) -> None:
    check_text(stage.good("diff", "before.json", "state.json"))
    check_markdown(stage.good("diff", "before.json", "state.json", "--markdown"))
    check_json(stage.good("diff", "before.json", "state.json", "--json"))
    check_for_programs(stage, "diff", "before.json", "state.json")


def check_for_programs(stage: Stage, *arguments: str) -> None:
    """Check the formats that programs read: none is broken, none holds a line that a value began."""
    found = {}
    for name in ("html", "junit", "sarif", "github", "prometheus"):
        found[name] = stage.folder / f"report.{name}"
        stage.good(*arguments, f"--report={name}={found[name]}")
    texts = {name: path.read_text(encoding="utf-8") for name, path in found.items()}
    check_json(texts["sarif"])
    check_text(texts["github"])
    check_text(texts["prometheus"])
    assert ET.fromstring(texts["junit"]).tag == "testsuites"  # noqa: S314  # our own
    data = texts["html"].partition('<script id="data" type="application/json">')[2].partition("</script>")[0]
    check_json(data)
    assert not set("<>&\n") & set(data)


def _change_everything(stage: Stage) -> None:
    """Give every guest the texts of its neighbour."""
    source: Any = stage.proxmox._source
    cluster: ClusterDescription = source.description
    for number, vmid in enumerate(sorted(cluster.guests)):
        other = hostile_guest(vmid, TEXTS[(number + 1) % len(TEXTS)])
        cluster.change(vmid, name=other.name, tags=other.tags, note=other.note, nics=other.nics, disks=other.disks)


@pytest.mark.covering
def test_a_tag_of_ten_thousand_characters(fake: Fake) -> None:
    """It is cut, and the guest that has it lands."""
    _lands(fake, {"tags": ("y" * 10_000,)})


def test_a_tag_named_null(set_up: SetUp) -> None:
    """It is a name like any other, and no word of NetBox's filters."""
    _lands((set_up, None), {"tags": ("null", "none", "true")})


@pytest.mark.covering
def test_names_of_which_nothing_is_left(fake: Fake) -> None:
    """The guest gets a name of its number, once."""
    _lands(fake, *({"name": name} for name in EMPTY))


NUMBERS: tuple[dict[str, Any], ...] = (
    {"cores": 10**9},
    {"cores": -1},
    {"sockets": 10**30},
    {"extra": {"memory": 2**31}},
    {"extra": {"memory": -5}},
    {"extra": {"memory": 10**17}},
    {"extra": {"cores": "²"}},
    {"extra": {"scsi3": "local:x,size=9999999T"}},
    {"extra": {"net3": "virtio=BC:24:11:00:00:99,bridge=b,mtu=1,tag=1,trunks=1-4094"}},
    {"extra": {"net4": "virtio=00:00:00:00:00:00,bridge=b,mtu=65535"}},
    {"extra": {"memory": "nan", "cores": "inf"}},
    {"extra": {"net3": "virtio=FF:FF:FF:FF:FF:FF,bridge=b"}, "node": "nowhere"},
)


@pytest.mark.covering
def test_numbers_out_of_all_bounds(fake: Fake) -> None:
    """Whatever becomes of the guests that have them, the other one lands, and the same is not planned for ever."""
    _lands(fake, *NUMBERS)


def _lands(fake: tuple[SetUp, object], *strange: dict[str, Any]) -> None:
    """Sync one good guest and a strange one for each of these changes: what is planned again names the guest."""
    cluster = hostile_cluster(texts=("good", *(f"strange{number}" for number in range(len(strange)))))
    cluster.change(1000, note="short", extra={})
    for number, fields in enumerate(strange, start=1001):
        cluster.change(number, **{"extra": {}, **fields})
    stage = fake[0](cluster)
    plan = stage.plan()
    assert "virtual-machine:lab/lxc/1000" in {change.address for change in plan.changes}
    stage.good("apply", "plan.json")
    assert [(change.address, change.fields) for change in stage.plan().changes] == []


SHAPES: tuple[tuple[str, Any], ...] = (
    ("/cluster/status", [{"type": "node", "name": "\x1b[2J", "online": "maybe"}]),
    ("/cluster/status", {"data": [[[[]]]]}),
    ("/cluster/resources", "<script>"),
    ("/cluster/resources", [None, 7, [], {"type": "qemu"}, {"type": "qemu", "vmid": -1, "node": "pve1"}]),
    ("/cluster/resources", [{"type": "lxc", "vmid": 10**40, "node": "../..", "name": "\x00", "status": "running"}]),
    ("/cluster/resources", [{"type": "qemu", "vmid": 5, "node": "a/b?c#d", "name": "x", "status": "\x1b[31m"}, 7]),
    ("/nodes/pve1/status", {"cpuinfo": {"cpus": 10**30}, "memory": {"total": -1}, "pveversion": "pve-manager/\x1b["}),
    ("/nodes/pve1/network", [{"iface": "\x1b[2J" * 99, "type": "bridge", "mtu": 10**30, "cidr": "1.2.3.4/99"}]),
    ("/nodes/pve1/network", [{"iface": "a", "type": "vlan", "vlan-id": 99999}, {"iface": "a", "type": "vlan"}]),
    ("/nodes/pve1/*/config", {"net0": {"virtio": 1}, "scsi0": ["x"], "memory": {}, "description": ["x"]}),
    ("/nodes/pve1/*/config", [["net0", "x"]]),
    ("/nodes/pve1/*network-get-interfaces", {"result": [{"name": "e", "ip-addresses": [{"ip-address": "::/::"}]}]}),
    ("/nodes/pve1/*/interfaces", [{"name": {"a": 1}, "inet": "1.2.3.4/33", "hwaddr": 7}]),
    ("/storage", [{"storage": "\u202e", "type": "\x1b", "content": 5}, {"storage": None}]),
    ("/cluster/backup", [{"id": "\x1b[2J", "vmid": "1;DROP", "next-run": 10**30}, {"id": "x", "fleecing": {"a": [1]}}]),
    ("/cluster/replication", [{"id": "1-0", "guest": -1, "target": "\u202e"}, {"id": "x", "guest": 5, "rate": "nan"}]),
    ("/nodes", [{"node": "pve1", "ssl_fingerprint": {"a": 1}}]),
    ("/nodes/pve1/config", {"location": ["\x1b[31m"]}),
    ("/access/permissions", {"/": [1], "/vms": None}),
    ("/access/acl", [{"path": 5}]),
    ("/version", {"version": "\x1b[31m" * 1000}),
)


@pytest.mark.slow
def test_nonsense_in_place_of_an_answer(fake: Fake) -> None:
    """A synced cluster whose answers turn to nonsense: an error in words, or a plan that deletes nothing."""
    stage = fake[0](ClusterDescription.seeded(1, guests=4, nodes=1, name="lab"))
    stage.plan()
    stage.apply()
    with Cases() as case:
        for pattern, data in SHAPES:
            with case(pattern, data):
                stage.proxmox.faults.clear()
                stage.proxmox.faults.add(pattern, data=data)
                said = stage.run("plan", "--out", "nonsense.json")
                check_text(said.out + said.err)
                assert "bug" not in said.err
                if said.code == 0:
                    plan = read_document(stage.folder / "nonsense.json", Plan)
                    assert not [change for change in plan.changes if change.action is Action.DELETE]
                else:
                    assert said.err.startswith("Error: ")


def test_an_answer_nested_without_end(fake: Fake) -> None:
    """Neither a crash nor a plan."""
    stage = fake[0](ClusterDescription.seeded(1, guests=4, nodes=1, name="lab"))
    for body in ("[" * 1_000_000, '{"data":' + "[" * 900 + "]" * 900 + "}", '{"data":' * 100_000):
        stage.proxmox.faults.clear()
        stage.proxmox.faults.add("*", body=body)
        said = stage.run("collect")
        assert said.code == 1
        assert "bug" not in said.err


def _hostile_everywhere(text: str) -> ClusterDescription:
    """Return a cluster with a text wherever an administrator can write one beside the guests."""
    cluster = ClusterDescription.seeded(1, guests=3, nodes=1, name="lab", features="all")
    row: dict[str, Any] = {"comment": text, "iface": text, "source": text, "dest": text, "macro": text}
    rule: dict[str, Any] = {"type": "in", "action": text or "DROP", **row}
    named = text or "x"
    cluster.add_snapshot(100, DemoSnapshot(named, 5, parent=text, description=text))
    cluster.add_backup(DemoBackup(f"nas:backup/{text}", 5, 5, text, "qemu", 100, notes=text))
    cluster.add_task(DemoTask("pve1", named, "100", MOMENT, MOMENT, named, text))
    cluster.add_replication(DemoReplication(100, 1, named, schedule=text, comment=text, error=text))
    cluster.set_backup_job(named, comment=text, storage=text, pool=text, schedule=text)
    cluster.cpu_models[named] = {"cputype": named, "flags": text, "hv-vendor-id": text}
    sets: dict[str, Any] = {named: ({"cidr": named, "comment": text},)}
    cluster.set_firewall("cluster", DemoFirewall((rule,), {named: text}, sets, groups={named: (rule,)}))
    cluster.set_firewall("100", DemoFirewall((rule,), {"policy_in": text}, sets))
    zones: dict[str, Any] = {named: {"type": named, "controller": text, "dns": text, "rt-import": text}}
    vnets: dict[str, Any] = {named: {"zone": named, "alias": text, "type": "vnet"}}
    cluster.change_sdn(zones=zones, vnets=vnets, controllers={named: {"type": named, "peers": text}}, subnets={})
    return cluster


@pytest.mark.slow
def test_hostile_texts_beside_the_guests() -> None:
    """They stay in the state as they are, and are harmless when a person looks at it."""
    source = Renewed()
    with ClusterServer(source) as server, Cases() as case:
        for text in TEXTS:
            with case(text[:30]):
                source.renew(_hostile_everywhere(text))
                server.requests.clear()
                state = collect([server.connection("lab", workers=2)], areas=EVERYTHING, clock=lambda: MOMENT)
                assert {request.method for request in server.requests} == {"GET"}
                check_text(state_text(state, verbose=True))
                assert State.model_validate_json(state.to_json().encode()) == state
                assert [found for found in state.clusters[0].guests if not found.coverage.config.complete] == []
