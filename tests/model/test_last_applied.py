"""Last-applied data is what we wrote, or it is unreadable: nothing in between."""

from __future__ import annotations

import json

import pytest

from proxbox_plan.model.last_applied import LastApplied, read_last_applied

NESTED = json.loads("[" * 40 + "]" * 40)


@pytest.mark.parametrize("nothing", [None, {}])
def test_nothing(nothing: object) -> None:
    """An unset field, or an empty one."""
    assert read_last_applied(nothing) is None


@pytest.mark.parametrize(
    "written",
    [
        LastApplied(),
        LastApplied({"name": "a", "memory": 1, "vcpus": 2.5, "site": None, "tags": [1, 2], "cf_x": {"a": [1]}}),
        LastApplied({}, {"uuid": "a", "vmgenid": "b"}, ("proxbox", "web")),
        LastApplied({"status": "decommissioning"}, decommissioned="2026-11-01T12:00:00Z"),
    ],
)
def test_what_we_write_is_read(written: LastApplied) -> None:
    """To the same value."""
    assert read_last_applied(written.to_json()) == written


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("abc", "it is no object"),
        ("", "it is no object"),
        ([], "it is no object"),
        (5, "it is no object"),
        (False, "it is no object"),
        (0, "it is no object"),
        ({"fields": "abc"}, "fields: "),
        ({"fields": [1]}, "fields: "),
        ({"fields": None}, "fields: "),
        ({"tags": 5}, "tags: "),
        ({"tags": "abc"}, "tags: "),
        ({"tags": [{"a": 1}]}, "tags.0: "),
        ({"fields": {}, "fingerprint": {"uuid": 5}}, "fingerprint.uuid: "),
        ({"fields": {}, "fingerprint": ["a"]}, "fingerprint: "),
        ({"decommissioned": "yesterday"}, "decommissioned: "),
        ({"decommissioned": "2026-11-31T12:00:00Z"}, "decommissioned: "),
        ({"fields": {}, "newer": 1}, "newer is not known to this version"),
        ({"fields": {}, "x" * 500: 1}, "x" * 120 + " is not known to this version"),
        ({"fields": {"site": {"kind": "site", "name": "DC1"}}}, "fields.site: no value of a field has this form"),
        ({"fields": {"a": [{"b": {"kind": "site", "name": "DC1"}}]}}, "fields.a: "),
        ({"fields": {"a": NESTED}}, "fields.a: "),
    ],
)
def test_what_we_never_write_is_unreadable(value: object, reason: str) -> None:
    """With the reason, in one short line, without the value."""
    with pytest.raises(ValueError) as error:  # noqa: PT011 # the reason is compared
        read_last_applied(value)
    assert str(error.value).startswith(reason)
    assert len(str(error.value)) < 200
