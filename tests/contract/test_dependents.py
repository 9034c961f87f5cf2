"""What people attach to an object is seen before it is deleted, and its deletion does to it what the relation says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from pydantic import SecretStr

from proxbox_plan.clients.netbox import client
from proxbox_plan.clients.netbox.dependents import DependentsReader
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.connection import NetBoxConnection
from proxbox_plan.model.inventory.dependents import Dependent
from proxbox_plan.model.relation import Effect, Relation
from tests.cases import for_ci
from tests.contract.attaching import ATTACHED, OBJECTS
from tests.contract.client import NetBox

NOT_HERE = "primary_ip6"  # as primary_ip4
CASES = [
    (kind.name, relation)
    for kind in KINDS.values()
    if kind.managed and kind.plugin is None and kind.name in OBJECTS
    for relation in kind.dependents_on((4, 7), ())
    if relation.links[:1] != (NOT_HERE,) and ATTACHED.get((kind.name, relation.model, "".join(relation.links[:1])), 1)
]
FIRST = dict(reversed(CASES))  # of each kind
EACH = [case if FIRST[case[0]] is case[1] else for_ci(case) for case in CASES]


def read(netbox: NetBox, wanted: Mapping[str, list[int]]) -> tuple[Dependent, ...]:
    """Ask what depends on objects, as a plan does."""

    async def ask() -> tuple[Dependent, ...]:
        connection = NetBoxConnection(url=netbox.url, token=SecretStr(netbox.token))
        async with client.NetBox(connection, read_only=True) as opened:
            return await DependentsReader(opened, KINDS).read(wanted)

    return asyncio.run(ask())


@pytest.mark.parametrize(("kind", "relation"), EACH, ids=lambda item: getattr(item, "model", item))
def test_what_is_attached_is_seen(netbox: NetBox, kind: str, relation: Relation) -> None:
    """It is found by the ids of several objects, and another object of the same id and another type is not taken."""
    on, other = OBJECTS[kind](netbox), OBJECTS[kind](netbox)
    assert read(netbox, {kind: [on["id"], other["id"]]}) == ()
    attach = ATTACHED[kind, relation.model, "".join(relation.links[:1])]
    made = attach(netbox, KINDS[kind].object_type, on)
    found = read(netbox, {kind: [on["id"], other["id"]]})
    assert [(item.on, item.model, item.id, item.effect) for item in found if item.model == relation.model] == [
        (on["id"], relation.model, made["id"], relation.effect)
    ]
    _delete(netbox, kind, on)
    path = relation.path.removeprefix("/api/").strip("/") or _path(relation.model)
    assert netbox.exists(path, made["id"]) is (relation.effect is Effect.EMPTIED)


def _delete(netbox: NetBox, kind: str, on: dict[str, int]) -> None:
    netbox.delete(KINDS[kind].path.removeprefix("/api/").strip("/"), on["id"])


def _path(model: str) -> str:
    shown = {"dcim.cable": "dcim/cables", "vpn.l2vpntermination": "vpn/l2vpn-terminations"}
    return shown.get(model, "ipam/ip-addresses")


@pytest.mark.parametrize("version", ["4.2.9", "4.3.7"])
@pytest.mark.parametrize("kind", ["device", "virtual-machine"])
def test_services_of_every_version(kind: str, version: str) -> None:
    """Before NetBox 4.3 a service is of a device or of a machine, then by type and id."""
    with FakeNetBoxThread(version=version) as thread:
        netbox = NetBox(thread.url, thread.token, is_fake=True)
        on, other = OBJECTS[kind](netbox), OBJECTS[kind](netbox)
        parent = {"parent_object_type": KINDS[kind].object_type, "parent_object_id": on["id"]}
        before = {kind.replace("-", "_"): on["id"]}
        place = before if version == "4.2.9" else parent
        made = netbox.create("ipam/services", name="ssh", protocol="tcp", ports=[22], **place)
        found = read(netbox, {kind: [on["id"], other["id"]]})
    assert [(item.on, item.model, item.id) for item in found] == [(on["id"], "ipam.service", made["id"])]


@pytest.mark.parametrize("type_", ["object", "multiobject"])
def test_a_custom_field_that_points_at_it(netbox: NetBox, type_: str) -> None:
    """People's fields may point at any object: that is no foreign key, and it would point at nothing."""
    machine, device = netbox.machine(), netbox.device()
    label = "virtualization.virtualmachine"
    name = netbox.custom_field("dcim.device", type=type_, related_object_type=label)
    value = machine["id"] if type_ == "object" else [machine["id"]]
    netbox.patch("dcim/devices", device["id"], custom_fields={name: value})
    found = read(netbox, {"virtual-machine": [machine["id"], netbox.machine()["id"]]})
    assert [(item.on, item.model, item.id) for item in found] == [(machine["id"], "dcim.device", device["id"])]


def test_a_custom_field_of_a_type_that_is_not_planned(netbox: NetBox) -> None:
    """NetBox says where the objects of any type are listed."""
    machine, contact = netbox.machine(), netbox.create("tenancy/contacts", name=netbox.name("contact"))
    label = "virtualization.virtualmachine"
    name = netbox.custom_field("tenancy.contact", type="object", related_object_type=label)
    netbox.patch("tenancy/contacts", contact["id"], custom_fields={name: machine["id"]})
    found = read(netbox, {"virtual-machine": [machine["id"]]})
    assert [(item.model, item.id) for item in found] == [("tenancy.contact", contact["id"])]


def test_before_4_4_such_a_custom_field_counts_as_there() -> None:
    """That NetBox does not say where the objects of a type are listed: what cannot be seen may be there."""
    with FakeNetBoxThread(version="4.3.7") as thread:
        netbox = NetBox(thread.url, thread.token, is_fake=True)
        machine = netbox.machine()
        netbox.custom_field("tenancy.contact", type="object", related_object_type="virtualization.virtualmachine")
        (found,) = read(netbox, {"virtual-machine": [machine["id"]]})
    assert (found.model, found.id, found.is_seen) == ("tenancy.contact", None, False)
