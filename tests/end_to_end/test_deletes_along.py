"""What hangs on what goes along with a delete, and what people pointed at it: found by attack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription, DemoNic
from proxbox_plan.documents import read_document, write_document
from proxbox_plan.model.kind import KEY_FIELD
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.state import State
from tests.contract.client import NetBox
from tests.end_to_end import test_deletes
from tests.end_to_end.plugin_stage import EVERYTHING, NAMED, Described, plugin_stage
from tests.end_to_end.stage import Stage
from tests.end_to_end.test_deletes import GONE, of, shrink
from tests.end_to_end.test_everyday_changes import one_guest

cluster, stage = test_deletes.cluster, test_deletes.stage  # fixtures
PORT = GONE["vm-interface"]
SECOND = DemoNic(mac="BC:24:11:00:09:01", tag=10, seen=("10.99.1.10/24",))
Attach = Callable[[Stage], tuple[str, int]]

pytestmark = pytest.mark.slow


def api(stage: Stage) -> NetBox:
    """Return a client of the stage's NetBox."""
    return NetBox(stage.netbox_url, stage.netbox_token, is_fake=stage.fake is not None)


def mac_of(stage: Stage) -> dict[str, Any]:
    """Return the MAC address that NetBox made for the guest's interface."""
    number = of(stage, "vm-interface")["id"]
    (found,) = stage.netbox("dcim/mac-addresses", assigned_object_id=number)
    return found


def note(stage: Stage, model: str, number: int) -> tuple[str, int]:
    """Let a person write into the journal of an object."""
    body = {"assigned_object_type": model, "assigned_object_id": number, "comments": "by hand"}
    return "extras/journal-entries", stage.ask("POST", "extras/journal-entries/", body)["id"]


def pointed(stage: Stage, name: str, at: str, number: int, on: str, path: str, row: int) -> None:
    """Let a person make a custom field and point it at an object."""
    api(stage).create("extras/custom-fields", name=name, object_types=[on], type="object", related_object_type=at)
    stage.ask("PATCH", f"{path}/{row}/", {"custom_fields": {name: number}})


def _note_on_mac(stage: Stage) -> tuple[str, int]:
    return note(stage, "dcim.macaddress", mac_of(stage)["id"])


def _field_at_mac(stage: Stage) -> tuple[str, int]:
    mac, site = mac_of(stage)["id"], stage.netbox("dcim/sites")[0]["id"]
    pointed(stage, "uplink", "dcim.macaddress", mac, "dcim.site", "dcim/sites", site)
    return "dcim/mac-addresses", mac


def _value_on_mac(stage: Stage) -> tuple[str, int]:
    mac = mac_of(stage)["id"]
    api(stage).create("extras/custom-fields", name="asset", object_types=["dcim.macaddress"], type="text")
    stage.ask("PATCH", f"dcim/mac-addresses/{mac}/", {"custom_fields": {"asset": "A-17"}})
    return "dcim/mac-addresses", mac


def _description_of_mac(stage: Stage) -> tuple[str, int]:
    mac = mac_of(stage)["id"]
    stage.ask("PATCH", f"dcim/mac-addresses/{mac}/", {"description": "see ticket 7"})
    return "dcim/mac-addresses", mac


def _field_of_another_device(stage: Stage) -> tuple[str, int]:
    gone = of(stage, "device")["id"]
    (other,) = stage.netbox("dcim/devices", name="pve1")
    pointed(stage, "standby", "dcim.device", gone, "dcim.device", "dcim/devices", other["id"])
    return "dcim/devices", gone


WRITTEN: dict[str, Attach] = {
    "a note on its MAC address": _note_on_mac,
    "a field that points at its MAC address": _field_at_mac,
    "a value on its MAC address": _value_on_mac,
    "a description of its MAC address": _description_of_mac,
    "a field of a device of ours": _field_of_another_device,
}


def is_there(stage: Stage, path: str, number: int) -> bool:
    """Whether an object exists."""
    return any(row["id"] == number for row in stage.netbox(path, id=number))


@pytest.mark.parametrize("attach", WRITTEN.values(), ids=WRITTEN)
def test_written_before_the_plan(stage: Stage, cluster: ClusterDescription, attach: Attach) -> None:
    """The plan keeps the object and says why."""
    path, number = attach(stage)
    shrink(cluster)
    plan = stage.plan("--force-limit")
    assert ProblemCode.HOLDS_OTHERS in {problem.code for problem in plan.problems}
    stage.good("apply", "plan.json", "--force-limit")
    assert is_there(stage, path, number)


@pytest.mark.parametrize("attach", WRITTEN.values(), ids=WRITTEN)
def test_written_after_the_plan(stage: Stage, cluster: ClusterDescription, attach: Attach) -> None:
    """The apply leaves it, and says so."""
    shrink(cluster)
    stage.plan("--force-limit")
    path, number = attach(stage)
    assert stage.run("apply", "plan.json", "--force-limit").code in (4, 5)
    assert is_there(stage, path, number)


def test_a_bridge_that_a_person_set_between_ours(stage: Stage, cluster: ClusterDescription) -> None:
    """The interface that is bridged to is kept."""
    cluster.add_nic(900, SECOND)
    stage.settle()
    rows = {row["custom_fields"][KEY_FIELD]: row for row in stage.netbox("virtualization/interfaces")}
    first, second = rows[PORT]["id"], rows["lab/qemu/900/net1"]["id"]
    stage.ask("PATCH", f"virtualization/interfaces/{first}/", {"bridge": second})
    cluster.remove_nic(900, "net1")
    stage.plan("--force-limit")
    stage.good("apply", "plan.json", "--force-limit")
    assert stage.ask("GET", f"virtualization/interfaces/{first}/")["bridge"]["id"] == second


def test_interfaces_that_refer_to_each_other_and_go_together(stage: Stage, cluster: ClusterDescription) -> None:
    """Both are gone: neither keeps the other."""
    cluster.add_nic(900, SECOND)
    stage.settle()
    rows = {row["custom_fields"][KEY_FIELD]: row for row in stage.netbox("virtualization/interfaces")}
    body = {"bridge": rows["lab/qemu/900/net1"]["id"]}
    stage.ask("PATCH", f"virtualization/interfaces/{rows[PORT]['id']}/", body)
    cluster.delete_guest(900)
    stage.plan("--force-limit")
    stage.good("apply", "plan.json", "--force-limit")
    assert not [row for row in stage.netbox("virtualization/interfaces") if "/900/" in row["custom_fields"][KEY_FIELD]]


def test_an_out_of_band_address_that_a_person_chose(stage: Stage) -> None:
    """The device is ours, and the field is not."""
    found = stage.netbox("ipam/ip-addresses", assigned_object_type="dcim.interface")
    address = next(row for row in found if row["custom_fields"][KEY_FIELD])
    device = address["assigned_object"]["device"]["id"]
    stage.ask("PATCH", f"dcim/devices/{device}/", {"oob_ip": address["id"]})
    _, _, node, _, port, *_ = address["custom_fields"][KEY_FIELD].split("/")
    (lab,) = stage.collect().clusters
    nodes = tuple(
        item.replace(
            interfaces=tuple(one.replace(addresses=()) if one.name == port else one for one in item.interfaces)
        )
        if item.name == node
        else item
        for item in lab.nodes
    )
    write_document(State.make(clusters=(lab.replace(nodes=nodes),)), stage.folder / "state.json")
    stage.good("plan", "--state", "state.json", "--force-limit")
    stage.good("apply", "plan.json", "--force-limit")
    assert stage.ask("GET", f"dcim/devices/{device}/")["oob_ip"]["id"] == address["id"]


def test_an_address_that_is_primary_elsewhere_through_nat(stage: Stage, cluster: ClusterDescription) -> None:
    """NetBox takes an address of ours as the primary one of a person's machine."""
    cluster.add_nic(900, SECOND)
    stage.settle()
    (ours,) = stage.netbox("ipam/ip-addresses", address="10.99.1.10/24")
    netbox = api(stage)
    machine = netbox.machine()
    assigned = {
        "assigned_object_type": "virtualization.vminterface",
        "assigned_object_id": netbox.interface(machine["id"])["id"],
    }
    inside = netbox.create("ipam/ip-addresses", address="172.16.5.5/24", **assigned)
    netbox.patch("ipam/ip-addresses", ours["id"], nat_inside=inside["id"])
    netbox.patch("virtualization/virtual-machines", machine["id"], primary_ip4=ours["id"])
    shrink(cluster)
    stage.plan("--force-limit")
    stage.good("apply", "plan.json", "--force-limit")
    now = stage.ask("GET", f"virtualization/virtual-machines/{machine['id']}/")
    assert now["primary_ip4"]["id"] == ours["id"]


def test_an_undo_that_no_one_is_in_the_way_of(stage: Stage, cluster: ClusterDescription) -> None:
    """The addresses on a new interface go with it: they are no reason to call the undo stale."""
    cluster.add_nic(900, SECOND)
    stage.plan()
    stage.apply()
    stage.good("undo", "plan.outcome.json")
    stage.good("apply", "undo.json")
    keys = {row["custom_fields"][KEY_FIELD] for row in stage.netbox("virtualization/interfaces")}
    assert (PORT in keys, "lab/qemu/900/net1" in keys) == (True, False)


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.netbox)])
def plugged(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Described, Stage]]:
    """Set up a NetBox with the plugin that deletes what is gone."""
    real = request.getfixturevalue("real_netbox") if request.param == "real" else None
    source = Described(one_guest())
    with plugin_stage(tmp_path, real, source) as made:
        made.configure(cluster=NAMED, rest=EVERYTHING + "\non_missing: {virtual-machine: delete, device: delete}")
        made.plan()
        made.apply()
        yield source, made


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_note_on_a_record_of_the_plugin(plugged: tuple[Described, Stage], when: str) -> None:
    """The record describes the guest, the note does not: it keeps both, whenever it was written."""
    source, stage = plugged
    rows = stage.netbox("plugins/proxbox/sync-state/virtual-machines")
    record = next(row for row in rows if "/900" in (row["custom_fields"][KEY_FIELD] or ""))
    label = "netbox_proxbox.proxboxvirtualmachinesyncstate"
    made = note(stage, label, record["id"]) if when == "before" else None
    source.cluster.delete_guest(900)
    stage.plan("--force-limit")
    made = made or note(stage, label, record["id"])
    said = stage.run("apply", "plan.json", "--force-limit")
    assert said.code in ((0,) if when == "before" else (4, 5)), said
    assert is_there(stage, *made)


def test_an_undo_of_an_endpoint_whose_node_has_a_note(plugged: tuple[Described, Stage]) -> None:
    """The node's row would go with the endpoint: both stay."""
    _, stage = plugged
    node = stage.netbox("plugins/proxbox/proxmox-nodes")[0]
    made = note(stage, "netbox_proxbox.proxmoxnode", node["id"])
    stage.good("undo", "plan.outcome.json")
    stage.run("apply", "undo.json", "--on-stale", "skip")
    assert is_there(stage, *made)
    assert read_document(stage.folder / "undo.json", Plan).problems
