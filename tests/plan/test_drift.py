"""Drift: a plan read for what differs, and NetBox's changelog read for who did it."""

from __future__ import annotations

from typing import Any

from proxbox_plan.core.address import Address
from proxbox_plan.model.drift import Drift, Item, Origin
from proxbox_plan.model.inventory.changelog import Access, ChangelogEntry, History
from proxbox_plan.model.plan import Action, Cause, Preserved, Reason
from proxbox_plan.plan.drift import edited, make_drift, unmade, unsure, with_authors
from tests.builders import change, changed, plan

MACHINE = "virtualization.virtualmachine"


def _edited(field: str = "memory", cause: Cause = Cause.NETBOX, kind: str = "virtual-machine") -> Drift:
    return make_drift(
        plan(
            changes=(
                change(
                    f"{kind}:lab/qemu/100",
                    action=Action.UPDATE,
                    reason=Reason.EDITED,
                    netbox_id=7,
                    fields=(changed(field, 1, 2, cause),),
                ),
            )
        )
    )


def _entry(number: int = 1, **fields: Any) -> ChangelogEntry:
    sound: dict[str, Any] = {
        "id": number,
        "time": "2026-11-21T07:30:00Z",
        "user": "alice",
        "action": "update",
        "object_type": MACHINE,
        "object_id": 7,
        "request": f"r{number}",
        "before": {"memory": 1},
        "after": {"memory": 2},
    }
    return ChangelogEntry(**(sound | fields))


def _history(*entries: ChangelogEntry) -> History:
    return History(access=Access.READ, entries=entries)


def _author(drift: Drift, *entries: ChangelogEntry, ours: tuple[str, ...] = ()) -> int | None:
    """Return the entry that is named for the only item."""
    (item,) = with_authors(drift, _history(*entries), ours).items
    return item.author.entry if item.author else None


def test_every_field_has_its_origin() -> None:
    """What is new or gone is one item; an object that is made has its second pass in it."""
    update: dict[str, Any] = {"action": Action.UPDATE, "netbox_id": 1, "reason": Reason.BOTH}
    fields = (changed("name", 1, 2, Cause.BOTH), changed("role", 1, 2, Cause.NETBOX))
    drift = make_drift(
        plan(
            changes=(
                change("virtual-machine:a"),
                change(Address("virtual-machine:a").second_pass, fields=(changed("primary_ip4", None, 1),), **update),
                change("device:b", fields=fields, **update),
                change("device:c", action=Action.DELETE, reason=Reason.GONE, netbox_id=2),
                change("device:d", action=Action.FORGET, reason=Reason.FORGOTTEN, netbox_id=3),
            ),
            preserved=(Preserved(address=Address("device:e"), name="e", field="role", netbox_id=4),),
        ),
        "2026-11-21T07:30:00Z",
    )
    assert [(item.origin, item.address, item.field) for item in drift.items] == [
        (Origin.NEW, "virtual-machine:a", None),
        (Origin.BOTH, "device:b", "name"),
        (Origin.NETBOX, "device:b", "role"),
        (Origin.GONE, "device:c", None),
        (Origin.PRESERVED, "device:e", "role"),
    ]
    assert drift.taken_at == "2026-11-21T07:30:00Z"


def test_only_what_somebody_did_in_netbox_is_asked_for() -> None:
    """Objects by id, by their object type; and the kinds of which something is lacking."""
    assert edited(_edited()) == {MACHINE: [7]}
    assert edited(_edited(cause=Cause.PROXMOX)) == {}
    assert unmade(_edited()) == []
    assert unmade(make_drift(plan(changes=(change(),)))) == [MACHINE]


def test_the_newest_change_of_that_field_is_named() -> None:
    """Not one of another field, and not an older one."""
    other = _entry(9, before={"memory": 1, "vcpus": 1}, after={"memory": 1, "vcpus": 2})
    assert _author(_edited(), other, _entry(8), _entry(3)) == 8


def test_our_own_writes_are_nobody_else_s() -> None:
    """By their message, or by their request: and who edited before us is not to blame for what came after."""
    assert _author(_edited(), _entry(8, message="proxbox plan 0123456789ab"), _entry(3)) is None
    assert _author(_edited(), _entry(8), _entry(3), ours=("r8",)) is None
    assert unsure(_edited(), _history(_entry(8), _entry(3))) == ["r8"]
    assert unsure(_edited(), _history(_entry(8, message="by hand"))) == []


def test_an_entry_about_another_object_says_nothing() -> None:
    """Not even about one with the same number in another table."""
    assert _author(_edited(), _entry(object_id=8), _entry(object_type="dcim.device")) is None


def test_fields_are_found_under_the_names_of_the_tables() -> None:
    """A MAC address is logged as the primary one, a generic reference as type and id; nothing and empty are equal."""
    mac = _entry(object_type="virtualization.vminterface", before={"primary_mac_address": 1}, after={})
    assert _author(_edited("mac_address", kind="vm-interface"), mac) == 1
    address = _entry(object_type="ipam.ipaddress", before={"assigned_object_id": 1}, after={"assigned_object_id": 2})
    assert _author(_edited("assigned_object", kind="ip-address"), address) == 1
    assert _author(_edited("comments"), _entry(before={"comments": ""}, after={"comments": None})) is None


def _lacking(*entries: ChangelogEntry) -> Item:
    (item,) = with_authors(make_drift(plan(changes=(change(),))), _history(*entries)).items
    return item


def test_what_somebody_deleted_is_not_new() -> None:
    """The log knows its key; unless it was us, or something else was deleted."""
    gone: dict[str, Any] = {
        "action": "delete",
        "before": {"custom_fields": {"proxbox_key": "lab/qemu/100"}},
        "after": {},
    }
    found = _lacking(_entry(**gone))
    assert (found.origin, found.author and found.author.user) == (Origin.DELETED, "alice")
    assert _lacking(_entry(**gone, message="proxbox plan 0123456789ab")).origin is Origin.NEW
    other = gone | {"before": {"custom_fields": {"proxbox_key": "lab/qemu/101"}}}
    assert _lacking(_entry(**other)).origin is Origin.NEW
    assert _lacking(_entry(**gone | {"before": {}})).origin is Origin.NEW
