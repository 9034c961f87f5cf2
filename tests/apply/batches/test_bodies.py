from __future__ import annotations

from typing import Any

import pytest

from proxbox_plan.apply.batches.bodies import Writer
from proxbox_plan.apply.concurrency.if_match import etag
from proxbox_plan.model.plan import Action, Change
from proxbox_plan.model.reference import Ref
from proxbox_plan.plan import KINDS
from tests.builders import change, changed

MARKS = {"proxbox_key": "lab/qemu/100", "proxbox_applied": {"fields": {"name": "web"}}}
APPLIED = {"fields": {"name": "web"}}


def resolve(ref: Ref) -> int:
    """Know every planned object by its id, and what is created as 1000."""
    return ref.id or 1000


def body(item: Change, version: tuple[int, int] = (4, 7), message: str = "proxbox plan x") -> dict[str, Any]:
    """Return the body of a change."""
    return Writer(KINDS, version, message, resolve).body(item, item.target_id)


def update(*fields: Any, **more: Any) -> Change:
    """Return an update of a virtual machine."""
    return change(**{"action": Action.UPDATE, "netbox_id": 7, "fields": fields, "last_applied": APPLIED, **more})


def test_a_creation_has_its_fields_and_our_marks() -> None:
    """References are ids by now, also those of objects made on the way, in the record of what we applied, too."""
    cluster = {"kind": "cluster", "name": "lab", "address": "cluster:lab"}
    item = change(
        fields=(changed("name", None, "web"), changed("cluster", None, cluster), changed("tags", None, ["a", "b"])),
        last_applied={"fields": {"name": "web", "cluster": cluster, "more": [cluster, 1]}},
    )
    assert body(item) == {
        "name": "web",
        "cluster": 1000,
        "tags": [{"slug": "a"}, {"slug": "b"}],
        "custom_fields": {
            "proxbox_key": "lab/qemu/100",
            "proxbox_applied": {"fields": {"name": "web", "cluster": 1000, "more": [1000, 1]}},
        },
        "changelog_message": "proxbox plan x",
    }


def test_an_update_has_only_what_changes() -> None:
    """With the id; a reference that is taken away is null."""
    found = body(update(changed("memory", 1, 2), changed("device", {"kind": "device", "name": "a", "id": 3}, None)))
    assert found.pop("changelog_message") == "proxbox plan x"
    assert found == {"id": 7, "memory": 2, "device": None, "custom_fields": MARKS}


def test_an_assigned_object_is_two_fields() -> None:
    """Its type and its id; both are null when there is none."""
    nic = {"kind": "vm-interface", "name": "web net0", "id": 5}
    ip = {"address": "ip-address:x", "kind": "ip-address"}
    found = body(update(changed("assigned_object", None, nic), **ip))
    assert (found["assigned_object_type"], found["assigned_object_id"]) == ("virtualization.vminterface", 5)
    found = body(update(changed("assigned_object", nic, None), **ip))
    assert (found["assigned_object_type"], found["assigned_object_id"]) == (None, None)


def test_only_our_steps_in_tags() -> None:
    """A tag that another user adds meanwhile stays, where NetBox can do it; else the whole list as it was planned."""
    item = update(changed("tags", ["theirs", "old"], ["new", "theirs"]))
    found = body(item)
    assert (found["add_tags"], found["remove_tags"]) == ([{"slug": "new"}], [{"slug": "old"}])
    assert "tags" not in found
    assert body(item, (4, 5))["tags"] == [{"slug": "new"}, {"slug": "theirs"}]


def test_deletions_name_the_object_alone() -> None:
    """And forgetting takes our marks off and nothing else."""
    item = change(action=Action.DELETE, netbox_id=7, fields=(changed("name", "web", None),))
    assert body(item) == {"id": 7, "changelog_message": "proxbox plan x"}
    item = change(action=Action.FORGET, netbox_id=7, key=None)
    marks = {"proxbox_key": None, "proxbox_applied": None}
    assert body(item) == {"id": 7, "custom_fields": marks, "changelog_message": "proxbox plan x"}


def test_a_support_object_has_no_marks() -> None:
    """It belongs to no object."""
    assert "custom_fields" not in body(change("tag:a", key=None, fields=(changed("name", None, "a"),)))


@pytest.mark.parametrize(("version", "length"), [((4, 3), 0), ((4, 4), 200)])
def test_the_message_is_as_long_as_netbox_takes(version: tuple[int, int], length: int) -> None:
    """And omitted where NetBox has none."""
    assert len(body(update(), version, "m" * 900).get("changelog_message", "")) == length


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678901+00:00"])
def test_an_etag_from_a_list_row(text: str) -> None:
    """As NetBox writes it, whichever way the list writes the time zone."""
    assert etag(text) == 'W/"2026-01-02T03:04:05.678901+00:00"'
