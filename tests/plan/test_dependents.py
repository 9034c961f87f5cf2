"""What depends on an object keeps it: whatever the relation, and also when the token may not see it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory import Lookup
from proxbox_plan.model.inventory.dependents import DEPENDENTS, Dependent
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Delete, Plan
from proxbox_plan.model.policy import Limits
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.relation import Effect, Relation
from proxbox_plan.plan import desire, lookups_of, make_plan, match
from tests.plan.lab import container, now, vm, world
from tests.plan.world import World

GONE = {
    "virtual-machine": "lab/qemu/100",
    "vm-interface": "lab/qemu/100/net0",
    "virtual-disk": "lab/qemu/100/disk/scsi0",
    "ip-address": "lab/qemu/100/net0/ip/10.0.1.100",
}
RELATIONS = [(name, relation) for name in GONE for relation in KINDS[name].dependents_on((4, 7), {"netbox_proxbox"})]


def shrunk() -> World:
    """Return a NetBox of which a guest is gone, and what is gone is deleted."""
    made = world(vm(), container(), on_missing={"virtual-machine": OnMissing.DELETE}, limits=Limits(force=True))
    return now(made, container())


def held(made: World, kind: str, **fields: object) -> Plan:
    """Plan with one more object that depends on one that is gone."""
    on = made.find(kind, GONE[kind]).id
    made.dependents.append(Dependent.model_validate({"kind": kind, "on": on, "id": 999, "name": "theirs", **fields}))
    return made.plan()


def deleted(plan: Plan) -> Iterator[str]:
    """Yield the addresses of what is deleted."""
    return (str(change.address) for change in plan.changes if isinstance(change, Delete))


def test_nothing_depends_on_it() -> None:
    """All of the guest goes."""
    assert {f"{kind}:{key}" for kind, key in GONE.items()} <= set(deleted(shrunk().plan()))


@pytest.mark.parametrize(("kind", "relation"), RELATIONS, ids=lambda item: getattr(item, "model", item))
def test_an_object_of_a_person(kind: str, relation: Relation) -> None:
    """It keeps what it depends on and all above that, and the problem names it; other objects go."""
    plan = held(shrunk(), kind, model=relation.model, effect=relation.effect)
    address = f"{kind}:{GONE[kind]}"
    assert address not in set(deleted(plan))
    problems = {str(problem.address): problem for problem in plan.problems}
    assert problems[address].code is ProblemCode.HOLDS_OTHERS
    assert f"{relation.model} 'theirs'" in problems[address].message
    if kind in {"vm-interface", "virtual-disk"}:
        assert f"virtual-machine:{GONE['virtual-machine']}" not in set(deleted(plan))


@pytest.mark.parametrize(("kind", "relation"), RELATIONS, ids=lambda item: getattr(item, "model", item))
def test_what_the_token_may_not_see(kind: str, relation: Relation) -> None:
    """It counts as there: the problem says what the token may not see."""
    plan = held(shrunk(), kind, model=relation.model, id=None, name="")
    address = f"{kind}:{GONE[kind]}"
    assert address not in set(deleted(plan))
    message = next(problem.message for problem in plan.problems if problem.address == address)
    assert f"the token may not see whether {relation.model}" in message


def test_it_was_never_asked() -> None:
    """An inventory that does not say what depends on an object proves nothing."""
    made = shrunk()
    inventory = made.inventory.replace(asked={})
    plan = make_plan(made.state, inventory, made.policy, "sha256:config")
    assert not set(deleted(plan))
    assert {problem.code for problem in plan.problems} == {ProblemCode.HOLDS_OTHERS}


def _mac(made: World, **fields: object) -> Plan:
    mac = made.find("vm-interface", GONE["vm-interface"]).fields["mac_address"]
    return held(made, "vm-interface", model="dcim.macaddress", **{"name": mac, **fields})


def test_the_mac_address_that_netbox_made_for_us() -> None:
    """It is no object of ours, but we gave it: it goes along with the interface, and the plan says so."""
    plan = _mac(shrunk())
    (port,) = [change for change in plan.changes if change.address == f"vm-interface:{GONE['vm-interface']}"]
    assert isinstance(port, Delete)
    assert [(item.model, item.id) for item in port.along] == [("dcim.macaddress", 999)]


@pytest.mark.parametrize("fields", [{"annotated": True}, {"name": "02:00:00:00:00:99"}], ids=["annotated", "another"])
def test_a_mac_address_of_a_person(fields: dict[str, object]) -> None:
    """One that a person wrote on, or that we did not give."""
    assert f"vm-interface:{GONE['vm-interface']}" not in set(deleted(_mac(shrunk(), **fields)))


def test_an_object_of_ours_that_goes_by_itself() -> None:
    """A change of its own is no obstacle, and is not said twice."""
    made = shrunk()
    address = made.find("ip-address", GONE["ip-address"]).id
    plan = held(made, "vm-interface", model="ipam.ipaddress", id=address)
    (port,) = [change for change in plan.changes if change.address == f"vm-interface:{GONE['vm-interface']}"]
    assert isinstance(port, Delete)
    assert port.along == ()


def test_an_object_of_ours_that_only_loses_its_reference() -> None:
    """It is what we last applied to the field: the plan says so."""
    made = shrunk()
    other = made.find("vm-interface", "lab/lxc/200/net0")
    assert other.last_applied is not None
    on = made.find("vm-interface", GONE["vm-interface"]).id
    made.rewrite("vm-interface", other.key or "", last_applied=other.last_applied.with_fields({"untagged_vlan": on}))
    emptied = {"effect": Effect.EMPTIED, "field": "untagged_vlan"}
    plan = held(made, "vm-interface", model="virtualization.vminterface", id=other.id, **emptied)
    (port,) = [change for change in plan.changes if change.address == f"vm-interface:{GONE['vm-interface']}"]
    assert isinstance(port, Delete)
    assert [(item.model, item.id) for item in port.along] == [("virtualization.vminterface", other.id)]


@pytest.mark.parametrize("field", ["bridge", "cf_standby", "untagged_vlan"])
def test_what_a_person_filled_on_an_object_of_ours(field: str) -> None:
    """We applied it to none of these fields: only a person can have pointed it at what goes."""
    made = shrunk()
    other = made.find("vm-interface", "lab/lxc/200/net0").id
    emptied = {"effect": Effect.EMPTIED, "field": field}
    plan = held(made, "vm-interface", model="virtualization.vminterface", id=other, **emptied)
    assert f"vm-interface:{GONE['vm-interface']}" not in set(deleted(plan))


def test_what_hangs_on_what_goes_along() -> None:
    """A note on the MAC address that goes with an interface keeps both."""
    made = shrunk()
    port = made.find("vm-interface", GONE["vm-interface"])
    mac = {"model": "dcim.macaddress", "id": 999, "name": port.fields["mac_address"]}
    made.dependents.append(Dependent(kind="vm-interface", on=port.id, **mac))
    made.dependents.append(Dependent(kind="mac-address", on=999, model="extras.journalentry", id=7, name="a note"))
    plan = made.plan()
    assert f"vm-interface:{GONE['vm-interface']}" not in set(deleted(plan))
    assert "extras.journalentry 'a note'" in plan.problems[-1].message + plan.problems[0].message


def test_a_plan_without_deletes_asks_nothing() -> None:
    """Only what is about to go is asked about."""
    gone = shrunk()
    kept = now(gone, vm(), container())
    assert not [lookup for lookup in _lookups(kept) if lookup.filter == DEPENDENTS]
    assert {lookup.kind for lookup in _lookups(gone) if lookup.filter == DEPENDENTS} == set(GONE)


def _lookups(made: World) -> tuple[Lookup, ...]:
    inventory = made.inventory.replace(asked={})
    return lookups_of(match(desire(made.state, inventory, made.policy)))
