"""A protective tag that a person puts on a guest or node after the plan keeps all that belongs to it, of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.api.event_loop import run
from proxbox_plan.apply.concurrency.owners import Owner, kept_by_owners
from proxbox_plan.core.address import Address
from proxbox_plan.core.errors import StaleError
from proxbox_plan.core.key import Key
from proxbox_plan.demo.netbox import FakeNetBoxThread
from proxbox_plan.mapping import KINDS
from proxbox_plan.mapping.estate.protection import owner_kind, removes
from proxbox_plan.model.kind import KEY_FIELD, OnMissing
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Change, Delete, Plan
from proxbox_plan.model.policy import Limits, Policy
from proxbox_plan.model.policy.removal import removal_of
from proxbox_plan.model.state import Guest, State
from proxbox_plan.model.state.coverage import COMPLETE
from proxbox_plan.model.state.firewall import Ruleset
from proxbox_plan.plan import make_plan
from tests.apply.lab import Lab, client, inventory_for
from tests.apply.results import not_done, writes
from tests.cases import Cases, sample
from tests.plan import everything as full
from tests.plan import lab as small

TAGS = ("proxbox-ignore", "proxbox-protect")
POLICY = Policy(
    clusters=(full.cluster_policy(),),
    areas=full.ALL,
    create_sites=True,
    limits=Limits(force=True),
    on_missing=dict.fromkeys(("virtual-machine", "device"), removal_of(OnMissing.DELETE)),
)
SORTS = ("qemu", "lxc", "node")


def emptied() -> State:
    """Return the cluster with guests and nodes of which no part is left."""
    nothing: dict[str, Any] = {"nics": (), "disks": (), "addresses": (), "interfaces": (), "snapshots": ()}
    found = full.cluster()
    guests = tuple(
        item.replace(**nothing, cloud_init=None, firewall=Ruleset(coverage=COMPLETE)) for item in found.guests
    )
    nodes = tuple(item.replace(interfaces=(), firewall=Ruleset(coverage=COMPLETE)) for item in found.nodes)
    storages = tuple(item.replace(backups=()) for item in found.storages)
    return full.state(found.replace(guests=guests, nodes=nodes, storages=storages, replications=()))


def gone() -> State:
    """Return the cluster with one node and no guest but the template."""
    found = full.cluster(replications=())
    guests = tuple(item for item in found.guests if item.template)
    storages = tuple(item.replace(backups=()) for item in found.storages)
    return full.state(found.replace(guests=guests, nodes=found.nodes[:1], storages=storages))


def replaced() -> State:
    """Return the cluster with another guest under the same vmid."""
    found = full.cluster()
    other = {"uuid": "22222222-0000-4000-8000-000000000100", "vmgenid": "33333333-0000-4000-8000-000000000100"}
    guests = tuple(item.replace(**other, name="other") if item.vmid == 100 else item for item in found.guests)
    return full.state(found.replace(guests=guests))


STATES = {"replaced": replaced, "emptied": emptied, "gone": gone}


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Give a NetBox with the plugin that has one of everything, and no plan."""
    with FakeNetBoxThread(plugins=full.PLUGIN) as netbox:
        first = Lab(netbox, planned(netbox, full.state()), netbox.fake.snapshot(), {})
        assert first.apply(tmp_path_factory.mktemp("everything"), policy=POLICY).complete
        for tag in TAGS:
            assert netbox.fake.handle("POST", "/api/extras/tags/", {"name": tag, "slug": tag}).status == 201
        yield replace(first, before=netbox.fake.snapshot())


def planned(netbox: FakeNetBoxThread, state: State, policy: Policy = POLICY) -> Plan:
    """Plan a state as things are."""

    async def read() -> Plan:
        async with client(netbox) as reader:
            return make_plan(state, await inventory_for(reader, state, policy), policy, "sha256:config")

    return run(read())


def lab_of(settled: Lab, state: State) -> Lab:
    """Return the laboratory with a plan for a state."""
    settled.reset()
    return replace(settled, plan=planned(settled.netbox, state))


async def look(lab: Lab) -> dict[Address, str]:
    """Return what the guests and nodes keep of the plan, as it is now."""
    async with client(lab.netbox) as netbox:
        return await kept_by_owners(netbox, KINDS, lab.plan.changes, lab.plan.changes)


def owner_of(change: Change) -> Owner:
    """Return the guest or node of the object that a change removes; of any other change nothing that exists."""
    owned = getattr(change, "ownership_before", None)
    key = owned.key if owned is not None else Key("none")
    return owner_kind(key).name, key.owner


def removals(plan: Plan, owner: Owner | None = None) -> dict[str, Change]:
    """Return what a plan removes of guests and nodes, or of one of them."""
    found = {change.address: change for change in plan.changes if removes(change) and owner_of(change)[1].sort in SORTS}
    return {address: change for address, change in found.items() if owner in (None, owner_of(change))}


def mark(lab: Lab, owner: Owner, tag: str) -> None:
    """Let a person put a tag on a guest or node."""
    kind, rows = KINDS[owner[0]], lab.netbox.fake.rows(KINDS[owner[0]].object_type)
    number = next(number for number, row in rows.items() if row["custom_fields"].get(KEY_FIELD) == owner[1])
    body = {"add_tags": [{"slug": tag}]}
    assert lab.netbox.fake.handle("PATCH", f"{kind.path}{number}/", body).status == 200
    lab.netbox.fake.requests.clear()


def parts_of_owners(lab: Lab) -> set[str]:
    """Return the kinds of all that belongs to a guest or node in NetBox, and that is not kept whatever happens."""
    found = set()
    for kind in KINDS.values():
        for row in lab.netbox.fake.rows(kind.object_type).values() if kind.managed else ():
            key = Key(row["custom_fields"].get(KEY_FIELD) or "none")
            if key.sort in SORTS and POLICY.removal(kind).first is not OnMissing.KEEP:
                found.add(kind.name)
    return found


@pytest.mark.covering
def test_every_kind_with_a_parent_is_tried(settled: Lab) -> None:
    """What follows is true of all that belongs to guests and nodes, but what only NetBox deletes, with its parent."""
    removed = [change for made in STATES.values() for change in removals(lab_of(settled, made()).plan).values()]
    models = {item.model for change in removed if isinstance(change, Delete) for item in change.along}
    along = {kind.name for kind in KINDS.values() if kind.object_type in models}
    tried = {change.kind for change in removed}
    assert tried >= parts_of_owners(settled) - along
    assert len(tried) > 10


@pytest.mark.covering
@pytest.mark.parametrize(("state", "tag"), sample(list(product(STATES, TAGS))))
def test_what_a_mark_keeps_when_it_is_planned_it_keeps_later(
    settled: Lab, tmp_path: Path, state: str, tag: str
) -> None:
    """Nothing is written; with `skip` exactly that is left which a plan with the tag leaves, each with a reason."""
    lab = lab_of(settled, STATES[state]())
    owners = {owner_of(change) for change in removals(lab.plan).values()}
    with Cases() as case:
        for owner in sorted(owners):
            folder = tmp_path / owner[1].replace("/", "-")
            folder.mkdir()
            lab.reset()
            mark(lab, owner, tag)
            with case(owner):
                kept = removals(lab.plan, owner)
                assert not removals(planned(lab.netbox, STATES[state]()), owner)
                with pytest.raises(StaleError, match=f"carries the tag {tag}"):
                    lab.apply(folder, policy=POLICY)
                assert writes(lab) == []
                left = not_done(lab.apply(folder, policy=POLICY, on_stale="skip"))
                assert left.keys() & removals(lab.plan).keys() == kept.keys()
                assert {left[address].result for address in kept} <= {Result.STALE, Result.BLOCKED}
                said = {item.message for item in left.values() if item.result is Result.STALE}
                assert said
                assert all(f"carries the tag {tag}" in message for message in said)


@pytest.mark.slow
@pytest.mark.parametrize("state", sample(STATES, quick=1))
@pytest.mark.covering
def test_a_mark_that_comes_while_it_is_written(settled: Lab, tmp_path: Path, state: str) -> None:
    """It is looked for right before each delete: by then the plan may have given the guest another key."""
    lab = lab_of(settled, STATES[state]())
    owners = sorted({owner_of(change) for change in removals(lab.plan).values()})

    def marked(_: object) -> None:
        for owner in owners:
            mark(lab, owner, "proxbox-protect")

    left = not_done(lab.apply(tmp_path, policy=POLICY, started=marked))
    kept = removals(lab.plan)
    assert left.keys() >= {address for address, change in kept.items() if isinstance(change, Delete)}
    said = [item.message for address, item in left.items() if address in kept and item.result is Result.STALE]
    assert any("not deleted: it belongs to" in message for message in said)


def test_a_part_of_a_guest_that_was_set_apart_meanwhile(settled: Lab) -> None:
    """A run that ended when the old guest had its new key is resumed: the tag on it still keeps what was its own."""
    settled.reset()
    lab = replace(settled, plan=planned(settled.netbox, replaced(), POLICY.replace(on_missing={})))
    old = next(change for change in lab.plan.changes if change.address == "virtual-machine:lab/qemu/100#replaced")
    kept = removals(lab.plan, ("virtual-machine", Key("lab/qemu/100")))

    assert run(look(lab)) == {}
    custom = lab.netbox.fake.rows("virtualization.virtualmachine")[old.target_id or 0]["custom_fields"]
    retired = {"custom_fields": {**custom, KEY_FIELD: old.key}}
    assert lab.netbox.fake.handle("PATCH", f"{KINDS[old.kind].path}{old.target_id}/", retired).status == 200
    lab.netbox.fake.handle("PATCH", f"{KINDS[old.kind].path}{old.target_id}/", {"add_tags": [{"slug": TAGS[0]}]})
    assert run(look(lab)).keys() == kept.keys() - {old.address}


def test_a_guest_that_is_protected_in_proxmox_since(settled: Lab, tmp_path: Path) -> None:
    """Another plan noted it on the machine: it is what the planner goes by."""
    lab = lab_of(settled, emptied())
    rows = lab.netbox.fake.rows("virtualization.virtualmachine")
    number = next(number for number, row in rows.items() if row["custom_fields"][KEY_FIELD] == "lab/qemu/100")
    custom = rows[number]["custom_fields"]
    noted = {**custom, "proxbox_applied": {**custom["proxbox_applied"], "protected": True}}
    lab.netbox.fake.store.change("virtualization.virtualmachine", number, custom_fields=noted)
    with pytest.raises(StaleError, match="'vm-100', which has in Proxmox the tag proxbox-protect"):
        lab.apply(tmp_path, policy=POLICY)
    assert writes(lab) == []


def test_bookkeeping_that_is_unreadable(settled: Lab, tmp_path: Path) -> None:
    """Nothing shows that the tag came from Proxmox: a person put it there."""
    lab = lab_of(settled, emptied())
    mark(lab, ("virtual-machine", Key("lab/qemu/100")), "proxbox-ignore")
    rows = lab.netbox.fake.rows("virtualization.virtualmachine")
    number = next(number for number, row in rows.items() if row["custom_fields"][KEY_FIELD] == "lab/qemu/100")
    odd = {**rows[number]["custom_fields"], "proxbox_applied": {"fields": 5, "tags": ["proxbox-ignore"]}}
    lab.netbox.fake.store.change("virtualization.virtualmachine", number, custom_fields=odd)
    with pytest.raises(StaleError, match="belongs to virtual-machine 'vm-100', which carries the tag proxbox-ignore"):
        lab.apply(tmp_path, policy=POLICY)


LATER = "10.0.1.101"


def given_away(*guests: Guest) -> State:
    """Return the cluster in which the address of one guest is another's."""
    return full.state(full.cluster(guests=guests))


GIVERS = {
    "there": (small.vm(100, addresses=small.seen(100, f"{LATER}/24")),),
    "gone": (),
}


@pytest.mark.slow
@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize("giver", GIVERS)
@pytest.mark.covering
def test_an_address_that_is_given_to_another_guest(settled: Lab, giver: str, tag: str) -> None:
    """It stays with a marked guest when the planner would leave it: a protected one that is there gives it away."""
    taker = small.vm(101, addresses=small.seen(101, "10.0.1.100/24"))
    state, policy = given_away(*GIVERS[giver], taker), POLICY.replace(on_missing={})
    settled.reset()
    lab = replace(settled, plan=planned(settled.netbox, state, policy))
    address = Address("ip-address:lab/qemu/101/net0/ip/10.0.1.100")
    assert {change.address: change.action for change in lab.plan.changes}[address] == "move"
    mark(lab, ("virtual-machine", Key("lab/qemu/100")), tag)
    after = {(change.address, change.action.value) for change in planned(lab.netbox, state, policy).changes}
    stays = (address, "move") not in after
    found = run(look(lab))
    assert (address in found) is stays
    assert stays is not (giver == "there" and tag == "proxbox-protect")
    if stays:
        assert found[address] == f"leaves virtual-machine 'vm-100', which carries the tag {tag}"
