"""What a change refers to is what it meant: by its key, or by its name; and it was not marked since the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.apply.journal import Earlier
from proxbox_plan.apply.preconditions.differences import difference
from proxbox_plan.apply.preconditions.expectations import Expectation, KnownObjects
from proxbox_plan.apply.preconditions.expected import check_expected
from proxbox_plan.core.errors import StaleError
from proxbox_plan.model.outcome import Result
from proxbox_plan.model.plan import Change, Create, Plan
from proxbox_plan.model.reference import Ref, refs_of
from proxbox_plan.model.state import State
from proxbox_plan.plan import KINDS
from tests.apply.lab import Lab
from tests.apply.results import VMS, not_done, writes
from tests.cases import sample


def referring(lab: Lab, kind: str) -> tuple[Change, Ref]:
    """Return a creation that refers to an existing object of a kind, which the plan does not touch itself."""
    touched = {(change.kind, change.target_id) for change in lab.plan.changes}
    return next(
        (change, ref)
        for change in lab.plan.changes
        if isinstance(change, Create)
        for item in change.fields
        for ref in refs_of(item.after)
        if ref.kind == kind and ref.id is not None and (kind, ref.id) not in touched
    )


def edit_without_a_trace(lab: Lab, ref: Ref, **values: Any) -> None:
    """Change the row itself, as another copy of the database has it: no time stamp tells."""
    label = KINDS[ref.kind].object_type
    lab.netbox.fake.store.change(label, ref.id or 0, **values)


def refuse(lab: Lab, folder: Path, change: Change, words: str) -> None:
    """Refuse the plan, with nothing written; with `skip` only that change and what waits for it stay out."""
    with pytest.raises(StaleError, match=words):
        lab.apply(folder)
    assert writes(lab) == []
    left = not_done(lab.apply(folder, on_stale="skip"))
    assert left[change.address].result is Result.STALE
    assert words in left[change.address].message
    assert {item.result for item in left.values()} <= {Result.STALE, Result.BLOCKED}


@pytest.mark.covering
@pytest.mark.parametrize("kind", ["cluster", "device"])
def test_another_object_has_the_id(lab: Lab, tmp_path: Path, kind: str) -> None:
    """A managed one is known by its key: the name may be the same."""
    change, ref = referring(lab, kind)
    assert ref.id is not None
    row = lab.netbox.fake.rows(KINDS[kind].object_type)[ref.id]
    edit_without_a_trace(lab, ref, custom_fields={**row["custom_fields"], "proxbox_key": "lab/node/other"})
    refuse(lab, tmp_path, change, "which carries 'lab/node/other'")


@pytest.mark.parametrize("kind", sample(["device-role", "site", "platform"]))
def test_another_shared_object_has_the_id(lab: Lab, tmp_path: Path, kind: str) -> None:
    """One without a key is known by its name."""
    change, ref = referring(lab, kind)
    edit_without_a_trace(lab, ref, name="Other", slug="other")
    refuse(lab, tmp_path, change, "is 'Other'")


@pytest.mark.covering
def test_a_vlan_that_people_call_otherwise(lab: Lab, tmp_path: Path) -> None:
    """One that is not ours is known by its number, whatever its name; with another number it is another one."""
    change, ref = referring(lab, "vlan")
    row = lab.netbox.fake.rows("ipam.vlan")[ref.id or 0]
    custom = {**row["custom_fields"], "proxbox_key": None, "proxbox_applied": None}
    edit_without_a_trace(lab, ref, name="servers", custom_fields=custom)
    before = lab.netbox.fake.snapshot()
    assert lab.apply(tmp_path).complete
    (tmp_path / "plan.journal.jsonl").unlink()
    lab.netbox.fake.restore(before)
    lab.netbox.fake.requests.clear()
    edit_without_a_trace(lab, ref, vid=4001)
    refuse(lab, tmp_path, change, "is 'servers'")


def test_a_vlan_of_ours_that_people_call_otherwise(lab: Lab, tmp_path: Path) -> None:
    """Its key says that it is meant, whatever its name."""
    _, ref = referring(lab, "vlan")
    edit_without_a_trace(lab, ref, name="servers")
    assert lab.apply(tmp_path).complete


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("10.0.1.9/32", ""),
        ("10.0.1.77/24", "refers to ip-address '10.0.1.9/24', but number 7 is '10.0.1.77/24', which carries "),
    ],
)
def test_an_address_of_ours_that_is_another_by_now(lab: Lab, address: str, words: str) -> None:
    """Its key names the address that is meant: with another one it is not that, and with another length it is."""
    key = "lab/qemu/100/net0/ip/10.0.1.9"
    kind = KINDS["ip-address"]
    ref = Ref(kind.name, 7, "10.0.1.9/24", kind.address(key))
    row = {"id": 7, "address": address, "vrf": None, "tags": [], "custom_fields": {"proxbox_key": key}}
    said = {kind.name: {"7": {"address": address, "vrf": None}}}
    known = KnownObjects.of(lab.plan.remade(referred=said), KINDS, Earlier())
    found = difference(Expectation(lab.plan.changes[0], kind, 7, ref), row, known)
    assert found == (f"{words}{key!r}" if words else "")


def test_a_mark_on_an_object_whose_bookkeeping_is_unreadable(lab: Lab, tmp_path: Path) -> None:
    """Nothing shows that the tag came from Proxmox: a person put it there."""
    change, ref = referring(lab, "device")
    tag = lab.netbox.fake.handle("POST", "/api/extras/tags/", {"name": "proxbox-ignore", "slug": "proxbox-ignore"})
    row = lab.netbox.fake.rows("dcim.device")[ref.id or 0]
    custom = {**row["custom_fields"], "proxbox_applied": {"fields": 5, "tags": ["proxbox-ignore"]}}
    edit_without_a_trace(lab, ref, tags=(*row["tags"], tag.body["id"]), custom_fields=custom)
    refuse(lab, tmp_path, change, "which carries the tag proxbox-ignore")


@pytest.mark.covering
def test_a_name_that_another_object_took(lab: Lab, tmp_path: Path) -> None:
    """A role was renamed and kept its slug: it is meant as long as no other has the name, which is asked once."""
    change, ref = referring(lab, "device-role")
    path = KINDS[ref.kind].path
    assert lab.netbox.fake.handle("PATCH", f"{path}{ref.id}/", {"name": "Old"}).status == 200
    meant = lab.plan.referred["device-role"][str(ref.id)]
    plan, lab.plan = lab.plan, with_referred(lab, ref, {**meant, "name": "Old"})
    try:
        assert lab.apply(tmp_path).complete
        asked = [record for record in lab.netbox.fake.requests if record.path == path]
        assert [record.query.partition("=")[0] for record in asked] == ["id", "name"]
        lab.reset()
        assert lab.netbox.fake.handle("PATCH", f"{path}{ref.id}/", {"name": "Old"}).status == 200
        other = {"name": ref.name, "slug": "another", "color": "000000"}
        assert lab.netbox.fake.handle("POST", path, other).status == 201
        (tmp_path / "other").mkdir()
        refuse(lab, tmp_path / "other", change, "has that name")
    finally:
        lab.plan = plan


def with_referred(lab: Lab, ref: Ref, said: dict[str, Any] | None) -> Plan:
    """Return the plan with something else about an object that changes refer to."""
    ids = {number: each for number, each in lab.plan.referred[ref.kind].items() if number != str(ref.id)}
    more = {} if said is None else {str(ref.id): said}
    return lab.plan.remade(referred={**lab.plan.referred, ref.kind: {**ids, **more}})


@pytest.mark.parametrize("body", sample([{"name": "Old"}, {"slug": "old"}]))
def test_a_shared_object_that_was_edited(lab: Lab, tmp_path: Path, body: dict[str, str]) -> None:
    """The plan says what it was: its name and its slug, where it is found by either."""
    change, ref = referring(lab, "device-role")
    assert lab.netbox.fake.handle("PATCH", f"{KINDS[ref.kind].path}{ref.id}/", body).status == 200
    refuse(lab, tmp_path, change, "refers to device-role")


@pytest.mark.parametrize("body", sample([{"vid": 3333}, {"group": None}]))
def test_a_vlan_that_was_edited(lab: Lab, tmp_path: Path, body: dict[str, Any]) -> None:
    """It carries our key and has its name, and is another VLAN by now."""
    change, ref = referring(lab, "vlan")
    assert lab.netbox.fake.handle("PATCH", f"/api/ipam/vlans/{ref.id}/", body).status == 200
    refuse(lab, tmp_path, change, "refers to vlan")


@pytest.mark.parametrize("said", sample([{"vid": 3333}, None, {}, {"vid": 3333, "group": None, "ghost": 1}]))
def test_what_a_plan_says_of_a_vlan_was_edited(lab: Lab, tmp_path: Path, said: dict[str, Any] | None) -> None:
    """Its key, which is part of what is reviewed, says which one it is; the group must be said."""
    change, ref = referring(lab, "vlan")
    assert lab.netbox.fake.handle("PATCH", f"/api/ipam/vlans/{ref.id}/", {"vid": 3333, "group": None}).status == 200
    plan, lab.plan = lab.plan, with_referred(lab, ref, said)
    try:
        refuse(lab, tmp_path, change, "refers to vlan")
    finally:
        lab.plan = plan


def test_what_is_expected_of_a_vlan(lab: Lab, tmp_path: Path) -> None:
    """Whoever edits both the plan and NetBox may have it applied; not where the digest that was reviewed is expected.

    Under another spelling of its id a plan says nothing of it.
    """
    _, ref = referring(lab, "vlan")
    assert lab.netbox.fake.handle("PATCH", f"/api/ipam/vlans/{ref.id}/", {"group": None}).status == 200
    plan, meant = lab.plan, lab.plan.referred["vlan"][str(ref.id)]
    moved = with_referred(lab, ref, {**meant, "group": None})
    spelled = plan.remade(referred={**plan.referred, "vlan": {**plan.referred["vlan"], f"0{ref.id}": {"group": None}}})
    check_expected(plan, plan.changes_digest)
    with pytest.raises(StaleError, match=f"not '{plan.changes_digest}' as expected"):
        check_expected(moved, plan.changes_digest)
    check_expected(spelled, plan.changes_digest)
    try:
        lab.plan = spelled
        with pytest.raises(StaleError, match="which has another group than when the plan was made"):
            lab.apply(tmp_path)
        lab.plan = moved
        assert lab.apply(tmp_path).complete
    finally:
        lab.plan = plan


@pytest.mark.covering
def test_a_later_plan_of_the_same_difference(lab: Lab, two_states: tuple[State, State]) -> None:
    """It has the digest, whatever else people write on what it refers to: descriptions, time stamps, other objects."""
    assert lab.plan_again(two_states[1]).changes_digest == lab.plan.changes_digest
    for kind, ids in lab.plan.referred.items():
        for number in ids:
            body = {"description": "a person"}
            assert lab.netbox.fake.handle("PATCH", f"{KINDS[kind].path}{number}/", body).status == 200
    lab.netbox.fake.handle("POST", "/api/ipam/vlan-groups/", {"name": "Another", "slug": "another"})
    later = lab.plan_again(two_states[1])
    assert later.digest != lab.plan.digest
    assert later.changes_digest == lab.plan.changes_digest


@pytest.mark.parametrize("gone", [True, False])
def test_a_tag_that_was_deleted_or_renamed(lab: Lab, tmp_path: Path, gone: bool) -> None:  # noqa: FBT001
    """It is seen before anything is written, in one request."""
    new = {item.name for item in lab.plan.changes if item.kind == "tag"}
    change, slug = next(
        (change, slug)
        for change in lab.plan.changes
        for item in change.fields
        if item.field == "tags"
        for slug in set(item.after or ()) - set(item.before or ()) - new
    )
    fake = lab.netbox.fake
    number = next(number for number, row in fake.rows("extras.tag").items() if row["slug"] == slug)
    path = f"/api/extras/tags/{number}/"
    answer = fake.handle("DELETE", path) if gone else fake.handle("PATCH", path, {"name": "red", "slug": "red"})
    assert answer.status in (200, 204)
    fake.requests.clear()
    with pytest.raises(StaleError, match=f"gets the tag '{slug}', which no longer exists"):
        lab.apply(tmp_path)
    assert writes(lab) == []
    assert sum(record.path == "/api/extras/tags/" and record.method == "GET" for record in fake.requests) == 1
    assert change.address


def test_a_parent_that_another_user_marked(lab: Lab, tmp_path: Path) -> None:
    """A node that is to be ignored since the plan gets no new guest."""
    change, ref = referring(lab, "device")
    tag = lab.netbox.fake.handle("POST", "/api/extras/tags/", {"name": "proxbox-ignore", "slug": "proxbox-ignore"})
    body = {"add_tags": [{"slug": tag.body["slug"]}]}
    assert lab.netbox.fake.handle("PATCH", f"/api/dcim/devices/{ref.id}/", body).status == 200
    refuse(lab, tmp_path, change, "which carries the tag proxbox-ignore")


def test_what_was_marked_before_the_plan_is_known(lab: Lab, tmp_path: Path) -> None:
    """It is left alone, and others may refer to it as they did."""
    _, ref = referring(lab, "device")
    lab.netbox.fake.handle("POST", "/api/extras/tags/", {"name": "proxbox-ignore", "slug": "proxbox-ignore"})
    body = {"add_tags": [{"slug": "proxbox-ignore"}]}
    assert lab.netbox.fake.handle("PATCH", f"/api/dcim/devices/{ref.id}/", body).status == 200
    plan, lab.plan = lab.plan, lab.plan.remade(ignored={"device": (ref.id or 0,)})
    try:
        assert lab.apply(tmp_path).complete
    finally:
        lab.plan = plan


@pytest.mark.parametrize(("tag", "action"), [("proxbox-ignore", "update"), ("proxbox-protect", "delete")])
def test_an_object_that_was_marked_without_a_trace(lab: Lab, tmp_path: Path, tag: str, action: str) -> None:
    """Its time stamp is the one of the plan."""
    change = next(
        item for item in lab.plan.changes if (item.kind, item.action) == ("virtual-machine", action) and item.target_id
    )
    made = lab.netbox.fake.handle("POST", "/api/extras/tags/", {"name": tag, "slug": tag}).body["id"]
    row = lab.netbox.fake.rows("virtualization.virtualmachine")[change.target_id or 0]
    lab.netbox.fake.store.change("virtualization.virtualmachine", change.target_id or 0, tags=(*row["tags"], made))
    with pytest.raises(StaleError, match=f"carries the tag {tag}"):
        lab.apply(tmp_path)
    assert writes(lab, VMS) == []
