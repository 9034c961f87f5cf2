"""A delete takes nothing from others: what people attached keeps the object, when it is planned and when it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoNic
from proxbox_plan.documents import read_document, write_document
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.kind import KEY_FIELD
from proxbox_plan.model.outcome import Outcome, Result
from proxbox_plan.model.plan import Action, Delete, Plan
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import Node, NodeInterface, State
from tests.contract.attaching import ATTACHED
from tests.contract.client import NetBox
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_everyday_changes import one_guest

GONE = {
    "device": "lab/node/pve3",
    "interface": "lab/node/pve3/net/nic1",
    "virtual-disk": "lab/qemu/900/disk/scsi0",
    "virtual-machine": "lab/qemu/900",
    "vm-interface": "lab/qemu/900/net0",
}
CHANGES_THE_OBJECT = {("interface", "lag"), ("device", "installed_device")}
POLICY = "mapping: {create_sites: true}\non_missing: {virtual-machine: delete, device: delete}"
LATER = "02:00:00:00:00:99"


class Attached(NamedTuple):
    """One object of a person's, and what it depends on."""

    on: str
    model: str
    path: str
    id: int


@pytest.fixture
def cluster() -> ClusterDescription:
    """Return a cluster with a guest and a node that will go."""
    found = one_guest()
    for guest in [guest for guest in found.guests.values() if guest.node == "pve3"]:
        found.migrate(guest.vmid, "pve1")
    return found


@pytest.fixture
def stage(set_up: SetUp, cluster: ClusterDescription) -> Stage:
    """Set up a NetBox that says what Proxmox says, and that deletes what is gone."""
    made = set_up(cluster)
    made.configure(rest=POLICY)
    made.settle()
    return made


def shrink(cluster: ClusterDescription) -> None:
    """Let a guest and a node go."""
    cluster.delete_guest(900)
    del cluster.nodes["pve3"]


def of(stage: Stage, kind: str) -> dict[str, Any]:
    """Return the object of a kind that will be gone."""
    rows = stage.netbox(_path(KINDS[kind].path), **{f"cf_{KEY_FIELD}": GONE[kind]})
    return next(row for row in rows if row["custom_fields"][KEY_FIELD] == GONE[kind])


def _path(path: str) -> str:
    return path.removeprefix("/api/").strip("/")


def attach(stage: Stage) -> Iterator[Attached]:
    """Attach everything that can be attached to what will be gone."""
    api = NetBox(stage.netbox_url, stage.netbox_token, is_fake=stage.fake is not None)
    rows = {kind: of(stage, kind) for kind in GONE}
    for (kind, model, link), make in ATTACHED.items():
        if kind in GONE and make is not None and (kind, link) not in CHANGES_THE_OBJECT:
            relations = KINDS[kind].dependents_on((4, 7), ())
            path = next(item.path for item in relations if item.model == model and (link in item.links or not link))
            made = make(api, KINDS[kind].object_type, rows[kind])
            shown = {"dcim.cable": "dcim/cables", "vpn.l2vpntermination": "vpn/l2vpn-terminations"}
            yield Attached(kind, model, _path(path) or shown[model], made["id"])


def deletes(plan: Plan) -> set[str]:
    """Return the addresses of what a plan deletes."""
    return {change.address for change in plan.changes if isinstance(change, Delete)}


def look(stage: Stage, attached: list[Attached]) -> list[Any]:
    """Return people's objects as they are."""
    return [stage.ask("GET", f"{item.path}/{item.id}/") for item in attached]


@pytest.mark.slow
def test_what_people_attached_keeps_the_object(stage: Stage, cluster: ClusterDescription) -> None:
    """A1 to A4: nothing of it is deleted, the plan names all of it, and after the apply it is as it was."""
    attached = list(attach(stage))
    before = look(stage, attached)
    shrink(cluster)
    plan = stage.plan("--force-limit")
    kept = {f"{kind}:{key}" for kind, key in GONE.items()}
    assert deletes(plan) & kept == set()
    held = {problem.address: problem for problem in plan.problems if problem.code is ProblemCode.HOLDS_OTHERS}
    assert kept <= set(held)
    for problem in held.values():
        assert "NetBox would delete " in problem.message or " would lose " in problem.message, problem
    stage.apply("--force-limit")
    assert look(stage, attached) == before
    assert deletes(stage.plan("--force-limit")) & kept == set()


@pytest.mark.slow
def test_nothing_is_attached(stage: Stage, cluster: ClusterDescription) -> None:
    """All of it goes, and the plan says what goes along with what."""
    shrink(cluster)
    plan = stage.plan("--force-limit")
    assert {f"{kind}:{key}" for kind, key in GONE.items()} <= deletes(plan)
    along = {
        change.kind: [item.model for item in change.along] for change in plan.changes if isinstance(change, Delete)
    }
    assert "dcim.macaddress" in along["vm-interface"]
    assert "deleted with it: MAC address BC:24:11:00:09:00" in stage.good("show", "plan.json")
    stage.apply("--force-limit")
    assert stage.plan().changes == ()


def renamed(state: State, node: str, old: str, new: str) -> State:
    """Return the state with another name of a port, also where it is a member of a bond."""

    def port(item: NodeInterface) -> NodeInterface:
        slaves = tuple(new if name == old else name for name in item.slaves)
        return item.replace(name=new if item.name == old else item.name, slaves=slaves)

    def at(item: Node) -> Node:
        return item.replace(interfaces=tuple(map(port, item.interfaces))) if item.name == node else item

    (cluster,) = state.clusters
    return State.make(clusters=(cluster.replace(nodes=tuple(map(at, cluster.nodes))),))


@pytest.mark.covering
def test_a_cabled_port_that_is_renamed(stage: Stage) -> None:
    """A1: one PATCH of its name; both ends of the cable stay where they are."""
    port = of(stage, "interface")
    api = NetBox(stage.netbox_url, stage.netbox_token, is_fake=stage.fake is not None)
    cable = ATTACHED["interface", "dcim.cable", ""](api, "dcim.interface", port)
    before = stage.ask("GET", f"dcim/cables/{cable['id']}/")
    write_document(renamed(stage.collect(), "pve3", "nic1", "eno2np1"), stage.folder / "state.json")
    stage.good("plan", "--state", "state.json")
    plan = read_document(stage.folder / "plan.json", Plan)
    assert [(item.action, item.target_id) for item in plan.changes] == [(Action.MOVE, port["id"])]
    stage.apply()
    now = stage.ask("GET", f"dcim/interfaces/{port['id']}/")
    assert (now["name"], now["cable"]["id"]) == ("eno2np1", cable["id"])
    after = stage.ask("GET", f"dcim/cables/{cable['id']}/")
    assert [end["object_id"] for end in after["a_terminations"]] == [port["id"]]
    assert after["b_terminations"] == before["b_terminations"]


SHOWN: dict[str, Callable[[NetBox, dict[str, Any]], dict[str, Any]]] = {
    "address": lambda api, port: api.address("203.0.113.9/24", interface=port["id"]),
    "MAC address": lambda api, port: api.create(
        "dcim/mac-addresses",
        mac_address=LATER,
        assigned_object_type="virtualization.vminterface",
        assigned_object_id=port["id"],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("what", SHOWN)
def test_attached_after_the_plan(stage: Stage, cluster: ClusterDescription, what: str) -> None:
    """A5: the interface has no newer time stamp, and yet the plan is stale: nothing is written."""
    shrink(cluster)
    stage.plan("--force-limit")
    port = of(stage, "vm-interface")
    made = SHOWN[what](NetBox(stage.netbox_url, stage.netbox_token, is_fake=stage.fake is not None), port)
    assert of(stage, "vm-interface")["last_updated"] == port["last_updated"]
    said = stage.run("apply", "plan.json", "--force-limit")
    assert said.code == 4, said
    assert "vm-interface" in said.err
    path = "ipam/ip-addresses" if what == "address" else "dcim/mac-addresses"
    assert stage.ask("GET", f"{path}/{made['id']}/")["assigned_object_id"] == port["id"]
    assert of(stage, "virtual-machine")["status"]["value"] == "active"


@pytest.mark.slow
def test_a_note_written_after_the_plan(stage: Stage, cluster: ClusterDescription) -> None:
    """What the object does not show by itself is seen right before the delete: that one is left, and said."""
    shrink(cluster)
    stage.plan("--force-limit")
    port = of(stage, "vm-interface")
    note = {"assigned_object_type": "virtualization.vminterface", "assigned_object_id": port["id"], "comments": "x"}
    made = stage.ask("POST", "extras/journal-entries/", note)
    assert stage.run("apply", "plan.json", "--force-limit").code == 5
    outcome = read_document(stage.folder / "plan.outcome.json", Outcome)
    result = next(item for item in outcome.results if item.address == f"vm-interface:{GONE['vm-interface']}")
    assert (result.result, "extras.journalentry" in result.message) == (Result.STALE, True)
    assert stage.ask("GET", f"extras/journal-entries/{made['id']}/")["assigned_object_id"] == port["id"]


@pytest.mark.slow
def test_undo_of_a_creation_that_people_use(stage: Stage, cluster: ClusterDescription) -> None:
    """A6: what a person ended at our new interface keeps the interface."""
    nic = DemoNic(mac="BC:24:11:00:09:01", tag=10, seen=("10.99.1.10/24",))
    cluster.add_nic(900, nic)
    stage.plan()
    stage.apply()
    key = f"{GONE['virtual-machine']}/net1"
    rows = stage.netbox("virtualization/interfaces")
    port = next(row for row in rows if row["custom_fields"][KEY_FIELD] == key)
    api = NetBox(stage.netbox_url, stage.netbox_token, is_fake=stage.fake is not None)
    made = ATTACHED["vm-interface", "vpn.l2vpntermination", ""](api, "virtualization.vminterface", port)
    stage.good("undo", "plan.outcome.json")
    undo = read_document(stage.folder / "undo.json", Plan)
    assert f"vm-interface:{key}" not in deletes(undo)
    assert [problem.address for problem in undo.problems] == [f"vm-interface:{key}"]
    stage.good("apply", "undo.json")
    assert stage.ask("GET", f"vpn/l2vpn-terminations/{made['id']}/")["assigned_object_id"] == port["id"]
