from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.apply.batches.adaptive_concurrency import AdaptiveConcurrency
from proxbox_plan.apply.batches.duplicates import remove_duplicates
from proxbox_plan.apply.batches.lookup import FoundObject, LandedLookup
from proxbox_plan.apply.concurrency.own_changes import Changelog
from proxbox_plan.apply.context import ApplyContext
from proxbox_plan.apply.journal import Journal
from proxbox_plan.clients.netbox.changelog import newest
from proxbox_plan.clients.netbox.client import NetBox
from proxbox_plan.core.key import Key
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault
from proxbox_plan.model.last_applied import Ownership
from proxbox_plan.model.plan import Action, Change
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan import KINDS
from tests.apply.lab import client
from tests.apply.simulated import NoGuard
from tests.builders import change, changed, plan

VMS = "/api/virtualization/virtual-machines/"
TYPES = ["virtualization.virtualmachine", "ipam.ipaddress"]


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeNetBoxThread]:
    """Run a NetBox with our fields, one cluster, and a machine of ours in it."""
    with FakeNetBoxThread() as running:
        for name, kind, unique in (("proxbox_key", "text", True), ("proxbox_applied", "json", False)):
            made(
                running,
                "extras/custom-fields",
                name=name,
                type=kind,
                unique=unique,
                object_types=TYPES,
                filter_logic="exact" if unique else "disabled",
            )
        made(running, "virtualization/cluster-types", name="t", slug="t")
        made(running, "virtualization/clusters", name="c", type=1)
        machine(running, "web", "lab/qemu/100", memory=2048)
        yield running


def made(fake: FakeNetBoxThread, path: str, **values: Any) -> dict[str, Any]:
    """Create one object."""
    answer = fake.fake.handle("POST", f"/api/{path}/", values)
    assert answer.status == 201, answer
    found: dict[str, Any] = answer.body
    return found


def machine(fake: FakeNetBoxThread, name: str, key: str | None, **values: Any) -> dict[str, Any]:
    """Create a virtual machine."""
    marks = {"custom_fields": {"proxbox_key": key}}
    return made(fake, "virtualization/virtual-machines", name=name, cluster=1, **marks, **values)


def ask(fake: FakeNetBoxThread, work: Callable[[NetBox, LandedLookup], Awaitable[Any]]) -> Any:
    """Do something with a lookup."""

    async def inside() -> Any:
        async with client(fake) as netbox:
            return await work(netbox, LandedLookup(netbox, KINDS, _resolve))

    return asyncio.run(inside())


def _resolve(ref: Ref) -> int:
    return ref.id or 1


def landed(fake: FakeNetBoxThread, *changes: Change) -> dict[str, FoundObject]:
    """Ask what has landed."""
    found: dict[str, FoundObject] = ask(fake, lambda _, lookup: lookup.landed(changes))
    return found


def update(number: int, *fields: Any, **more: Any) -> Change:
    """Return an update of a virtual machine."""
    return change(**{"action": Action.UPDATE, "netbox_id": number, "fields": fields, **more})


def test_creations_are_found_by_their_key(fake: FakeNetBoxThread) -> None:
    """Exactly that key: not one that begins alike."""
    found = landed(fake, change(), change("virtual-machine:lab/qemu/10"), change("virtual-machine:lab/qemu/1000"))
    stamp = fake.fake.handle("GET", f"{VMS}1/").body["last_updated"]
    assert found == {"virtual-machine:lab/qemu/100": FoundObject(1, stamp)}


def test_many_long_keys_fit_into_request_lines(fake: FakeNetBoxThread) -> None:
    """Of uWSGI: as NetBox ships it, it takes 4,096 bytes, which hold the query two times."""
    prefix = "ip-address:" + "a-cluster-with-a-long-name" * 4
    many = [change(f"{prefix}/qemu/{n}/net0/ip/2001:db8:1234:5678:9abc:def0:1234:{n}") for n in range(120)]
    fake.fake.requests.clear()
    assert landed(fake, *many) == {}
    lines = [len(f"GET {record.path}?{record.query} HTTP/1.1") for record in fake.fake.requests]
    assert 3 < len(lines) < 30
    assert max(lines) < 1500


def test_what_has_no_key_is_found_by_what_makes_it_the_same(fake: FakeNetBoxThread) -> None:
    """A tag by its slug; of a device type the manufacturer counts, too."""
    made(fake, "extras/tags", name="prod", slug="prod")
    made(fake, "dcim/manufacturers", name="One", slug="one")
    made(fake, "dcim/manufacturers", name="Two", slug="two")
    made(fake, "dcim/device-types", model="Node", slug="node", manufacturer=2)
    tag = change("tag:prod", key=None, fields=(changed("name", None, "prod"), changed("slug", None, "prod")))
    other = change("tag:dev", key=None, fields=(changed("name", None, "dev"), changed("slug", None, "dev")))

    def node(address: str, maker: int) -> Change:
        ref = {"kind": "manufacturer", "name": "x", "id": maker}
        return change(
            address,
            key=None,
            fields=(changed("model", None, "Node"), changed("slug", None, "node"), changed("manufacturer", None, ref)),
        )

    found = landed(fake, tag, other, node("device-type:one", 1), node("device-type:two", 2))
    assert sorted(found) == ["device-type:two", "tag:prod"]


def test_updates_have_landed_when_the_values_are_there(fake: FakeNetBoxThread) -> None:
    """All of them."""
    here = update(1, changed("memory", 1024, 2048), changed("name", "old", "web"))
    half = update(1, changed("memory", 1024, 2048), changed("name", "web", "new"), address="virtual-machine:b")
    gone = update(99, changed("memory", 1024, 2048), address="virtual-machine:c")
    assert list(landed(fake, here, half, gone)) == [here.address]


def test_adopting_and_forgetting_are_about_the_key(fake: FakeNetBoxThread) -> None:
    """One has landed when it is there, the other when it is not."""
    free = machine(fake, "free", None)["id"]
    adopt = update(1, action=Action.ADOPT)
    wrong = update(free, action=Action.ADOPT, address="virtual-machine:b")
    forget = update(free, action=Action.FORGET, key=None, address="virtual-machine:c")
    kept = update(1, action=Action.FORGET, key=None, address="virtual-machine:d")
    assert set(landed(fake, adopt, wrong, forget, kept)) == {adopt.address, forget.address}


def move(place: str, before: str, after: str) -> Change:
    """Return a move of the first machine, which has the key lab/qemu/100."""
    owned = Ownership(key=Key(before))
    return update(1, action=Action.MOVE, address=f"virtual-machine:{place}", key=Key(after), ownership_before=owned)


def test_moves_have_landed_when_the_key_is_there(fake: FakeNetBoxThread) -> None:
    """Of one that is on its way it is enough that it left: a second step may have come since."""
    came = move("a", "lab/qemu/900", "lab/qemu/100")
    left = move("b", "lab/qemu/900", "lab/qemu/100~moving")
    stays = move("c", "lab/qemu/100", "lab/qemu/101")
    waits = move("d", "lab/qemu/100", "lab/qemu/101~moving")
    assert set(landed(fake, came, left, stays, waits)) == {came.address, left.address}


def test_deletions_have_landed_when_the_object_is_gone(fake: FakeNetBoxThread) -> None:
    """Whoever deleted it."""
    gone = update(99, action=Action.DELETE)
    here = update(1, action=Action.DELETE, address="virtual-machine:b")
    assert landed(fake, gone, here) == {gone.address: FoundObject(99, None)}


def test_the_changelog_shows_whether_we_were_alone(fake: FakeNetBoxThread) -> None:
    """Since a moment; our requests are known by their message, what goes along with them by the request."""
    number = machine(fake, "alone", None)["id"]

    async def alone(netbox: NetBox, since: int | None) -> bool:
        log = Changelog(netbox, KINDS, since, "proxbox plan abc")
        return await log.only_ours(update(number, action=Action.DELETE))

    async def work(netbox: NetBox, _: LandedLookup) -> None:
        found = await newest(netbox)
        assert found is not None
        assert found.position is not None
        since = found.position.entry
        assert await alone(netbox, since)
        fake.fake.handle("PATCH", f"{VMS}{number}/", {"memory": 7, "changelog_message": "proxbox plan abc: x"})
        assert await alone(netbox, since)
        assert not await alone(netbox, since - 1)  # its creation, which was not ours
        fake.fake.handle("PATCH", f"{VMS}{number}/", {"memory": 8, "changelog_message": "a person"})
        assert not await alone(netbox, since)
        assert not await alone(netbox, None)

    ask(fake, work)


def test_a_token_that_may_not_read_the_changelog(fake: FakeNetBoxThread) -> None:
    """Shows nothing."""
    fake.fake.faults = lambda record: Fault(status=403) if "object-changes" in record.path else None
    try:
        assert ask(fake, lambda netbox, _: newest(netbox)) is None
    finally:
        fake.fake.faults = None


def test_duplicates_are_removed(fake: FakeNetBoxThread, tmp_path: Path) -> None:
    """Of an object that NetBox made twice, the one we don't know goes; what is there once stays."""
    first, second = machine(fake, "twin", "lab/qemu/7"), machine(fake, "twin 2", None)
    fake.fake.store.change("virtualization.virtualmachine", second["id"], custom_fields={"proxbox_key": "lab/qemu/7"})
    item = change("virtual-machine:lab/qemu/7")
    changes = (item, change())

    async def work(netbox: NetBox, _: LandedLookup) -> int:
        with Journal(tmp_path / "journal", plan(changes=changes)) as journal:
            context = ApplyContext(netbox, KINDS, changes, journal, AdaptiveConcurrency(25, 1), NoGuard())
            results = context.results
            results.uncertain |= {item.address for item in changes}
            results.record([results.done(item, first["id"], None), results.done(change(), 1, None)])
            return await remove_duplicates(context)

    assert ask(fake, work) == 1
    left = set(fake.fake.rows("virtualization.virtualmachine"))
    assert {1, first["id"]} <= left
    assert second["id"] not in left
    assert ask(fake, work) == 0


def test_a_filter_that_finds_more_than_the_key(fake: FakeNetBoxThread) -> None:
    """As that of a custom field that another user made: what has another key is not ours."""
    row = {"id": 77, "last_updated": "2026-01-01T00:00:00Z", "custom_fields": {"proxbox_key": "lab/qemu/1000"}}
    page = {"count": 1, "next": None, "previous": None, "results": [row]}
    fake.fake.faults = lambda record: Fault(status=200, body=page) if record.path == VMS else None
    try:
        assert landed(fake, change()) == {}
    finally:
        fake.fake.faults = None


def test_updates_of_tags_and_of_several_references(fake: FakeNetBoxThread) -> None:
    """Neither is about the order: all of them must be there, and no other."""
    for slug in ("a", "b"):
        made(fake, "extras/tags", name=slug, slug=slug)
    vids = [made(fake, "ipam/vlans", name=f"VLAN {vid}", vid=vid)["id"] for vid in (20, 30)]
    owner = machine(fake, "trunk", None, tags=[{"slug": "a"}, {"slug": "b"}])["id"]
    nic = made(fake, "virtualization/interfaces", virtual_machine=owner, name="net0", mode="tagged", tagged_vlans=vids)

    def trunk(address: str, *numbers: int) -> Change:
        refs = [{"kind": "vlan", "id": number, "name": "x"} for number in numbers]
        return update(nic["id"], changed("tagged_vlans", [], refs), address=f"vm-interface:{address}")

    tagged = update(owner, changed("tags", [], ["b", "a"]))
    fewer = update(owner, changed("tags", [], ["a"]), address="virtual-machine:b")
    assert list(landed(fake, tagged, fewer)) == [tagged.address]
    assert list(landed(fake, trunk("a", *reversed(vids)), trunk("b", vids[0]))) == ["vm-interface:a"]
