"""Every version of NetBox that is supported has what our kinds, relations and permissions need of it.

Held against excerpts of the real OpenAPI of each version, without a NetBox.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from netbox_sdk import SUPPORTED_NETBOX_VERSIONS, build_schema_index

from proxbox_plan.collect.netbox.cache_validation import PATH as GRAPHQL
from proxbox_plan.collect.netbox.rows import columns
from proxbox_plan.doctor.object_types import OBJECT_TYPES
from proxbox_plan.doctor.required_permissions import as_permissions
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.inventory.changelog import PATH as CHANGELOG
from proxbox_plan.model.inventory.ownership_fields import FIELDS
from proxbox_plan.model.kind import Field, FieldType, Kind
from proxbox_plan.model.netbox_versions import (
    CHANGELOG_MESSAGES,
    CURSOR,
    FEATURES,
    MAC_FIELD,
    NEWEST,
    OLDEST,
    SUPPORTED,
    Version,
    version_text,
)
from proxbox_plan.model.policy import Policy
from proxbox_plan.model.policy.areas import Areas
from tests.cases import Cases
from tests.netbox_api import RELEASES, Excerpt, ListPath, excerpt, excerpt_of, takes, version_of
from tests.netbox_requests import PLUGINS, UNDESCRIBED

OWN = tuple(kind for kind in KINDS.values() if not kind.plugin)
SAMPLES = {
    FieldType.TEXT: "x",
    FieldType.INTEGER: 100,
    FieldType.DECIMAL: 1.5,
    FieldType.BOOLEAN: True,
    FieldType.MAC: "BC:24:11:00:00:01",
    FieldType.CIDR: "10.0.0.1/24",
    FieldType.NAMES: ["dcim.device"],
    FieldType.REF: 1,
    FieldType.REFS: [1],
    FieldType.JSON: {"a": 1},
    FieldType.TIME: "2026-11-28T10:00:00Z",
}
CHOICES = {
    ("cluster", "status"): ("active", "decommissioning"),
    ("custom-field", "type"): [fields["type"] for fields in FIELDS.values()],
    ("custom-field", "filter_logic"): [fields["filter_logic"] for fields in FIELDS.values()],
    ("custom-field", "ui_visible"): [fields["ui_visible"] for fields in FIELDS.values()],
    ("custom-field", "ui_editable"): [fields["ui_editable"] for fields in FIELDS.values()],
    ("device", "status"): ("active", "offline", "decommissioning"),
    ("interface", "mode"): ("access", "tagged", "tagged-all"),
    ("interface", "type"): ("bridge", "lag", "virtual", "other"),
    ("ip-address", "role"): (*KINDS["ip-address"].shared_roles,),
    ("ip-address", "status"): ("active",),
    ("l2vpn", "status"): ("active", "planned", "decommissioning"),
    ("l2vpn", "type"): ("vxlan", "vxlan-evpn"),
    ("prefix", "status"): ("active",),
    ("site", "status"): ("active",),
    ("virtual-machine", "start_on_boot"): ("on", "off"),
    ("virtual-machine", "status"): ("active", "offline", "paused", "failed", "decommissioning"),
    ("vlan", "qinq_role"): ("svlan", "cvlan"),
    ("vlan", "status"): ("active",),
    ("vm-interface", "mode"): ("access", "tagged"),
}
"""What the mapping writes of each choice; a rule may write any that the NetBox at hand has."""


def _kinds(api: Excerpt) -> Iterator[tuple[Kind, ListPath]]:
    """Yield the kinds that a version is said to have, with their lists."""
    for kind in OWN:
        found = api.lists[kind.path]
        if kind.since <= api.version and found is not None:
            yield kind, found


def _written(field: Field) -> dict[str, object]:
    """Return what is written of a field, with a value of its type."""
    if field.type is FieldType.GENERIC:
        return {f"{field.name}_type": "dcim.interface", f"{field.name}_id": 1}
    return {field.name: SAMPLES[field.type]} if field.type in SAMPLES else {}


def test_each_supported_version_has_an_excerpt() -> None:
    """From the oldest to the newest, none omitted."""
    assert tuple(version_of(release) for release in RELEASES) == SUPPORTED
    assert (SUPPORTED[0], SUPPORTED[-1]) == (OLDEST, NEWEST)


def test_kinds_are_there_from_their_version_on() -> None:
    """No earlier and no later."""
    with Cases() as case:
        for release in RELEASES:
            for kind in OWN:
                with case(release, kind.name):
                    api = excerpt(release)
                    assert (api.lists[kind.path] is not None) == (kind.since <= api.version)


UNSTAMPED = {"owner": {"last_updated"}}  # only looked up


def test_fields_are_read() -> None:
    """Each field that is asked for is answered: NetBox leaves out an unknown one without a word."""
    with Cases() as case:
        for api in map(excerpt, RELEASES):
            for kind, found in _kinds(api):
                with case(api.release, kind.name):
                    assert set(columns(kind, api.version)) - UNSTAMPED.get(kind.name, set()) <= set(found.read)


def test_fields_are_written() -> None:
    """With a type that NetBox takes: it passes over a field that it does not know."""
    with Cases() as case:
        for api in map(excerpt, RELEASES):
            for kind, found in _kinds(api):
                for field in (item for item in kind.fields_on(api.version) if not item.read_only):
                    with case(api.release, kind.name, field.name):
                        assert all(takes(found.write[name], value) for name, value in _written(field).items())


def test_ownership_is_written() -> None:
    """Custom fields on each managed kind, tags on each that is tagged; and all may be written in bulk."""
    with Cases() as case:
        for api in map(excerpt, RELEASES):
            for kind, found in _kinds(api):
                with case(api.release, kind.name):
                    assert not kind.managed or takes(found.write["custom_fields"], {"proxbox_key": "lab/qemu/100"})
                    assert not kind.tagged or takes(found.write["tags"], [{"slug": "proxbox"}])
                    assert found.bulk >= ({"patch", "delete"} if kind.managed else set())


def test_choices_are_written() -> None:
    """Each value that the mapping knows is one of NetBox's."""
    choices = {(kind.name, f.name) for kind in OWN for f in kind.fields if f.type is FieldType.CHOICE}
    assert choices == set(CHOICES)
    with Cases() as case:
        for api in map(excerpt, RELEASES):
            for kind, found in _kinds(api):
                for field in kind.fields_on(api.version):
                    for value in CHOICES.get((kind.name, field.name), ()):
                        with case(api.release, kind.name, field.name, value):
                            assert takes(found.write[field.name], value)
                            read = found.read[field.name].get("choice")
                            assert read is None or value in read


def test_required_fields_are_ours() -> None:
    """What NetBox refuses a new object without is a field that we write."""
    with Cases() as case:
        for api in map(excerpt, RELEASES):
            for kind, found in _kinds(api):
                with case(api.release, kind.name):
                    written = {name for field in kind.fields_on(api.version) for name in _written(field)}
                    chosen = {f.name for f in kind.fields if f.type is FieldType.CHOICE}
                    assert found.required() <= written | chosen or not kind.creatable


def test_no_version_has_a_field_that_is_omitted() -> None:
    """`since` is the first version that takes it: what an older one can do is done."""
    with Cases() as case:
        for kind in OWN:
            for field in kind.fields:
                if field.since > max(OLDEST, kind.since):
                    with case(kind.name, field.name):
                        before = excerpt_of((field.since[0], field.since[1] - 1)).lists[kind.path]
                        assert before is not None
                        assert field.name not in before.write


def test_natural_keys_are_filters() -> None:
    """An unknown filter would be passed over, and everything come back."""
    with Cases() as case:
        for api in map(excerpt, RELEASES):
            for kind, found in _kinds(api):
                for natural in kind.natural:
                    with case(api.release, kind.name, natural.filter):
                        # the excerpts lack most lookups: `test_filters.py` tries those of names
                        assert natural.filter.removesuffix("__ie") in found.filters


def test_relations_are_asked_for() -> None:
    """What depends on an object has a list, the filters and the links that are asked for, or is shown by the object."""
    with Cases() as case:
        for api in map(excerpt, RELEASES):
            for kind, own in _kinds(api):
                for relation in kind.dependents_on(api.version, ()):
                    with case(api.release, kind.name, relation.model):
                        assert not relation.shown or relation.shown in own.read
                        found = api.lists.get(relation.path)
                        assert found is not None or not relation.path or relation.path in UNDESCRIBED
                        if found is not None:
                            assert {relation.filter, relation.typed} - {""} <= found.filters
                            bounds = {f"{relation.filter}__gte", f"{relation.filter}__lte"} if relation.typed else set()
                            assert bounds <= found.filters
                            assert set(relation.links) <= set(found.read)


def test_the_changelog_is_read() -> None:
    """Its messages come with 4.4; what else is read of it is in every version."""
    always = {"id", "time", "user_name", "request_id", "action", "changed_object_type", "changed_object_id"}
    for api in map(excerpt, RELEASES):
        found = api.lists[CHANGELOG]
        assert found is not None
        assert always | {"prechange_data", "postchange_data"} <= set(found.read)
        assert ("message" in found.read) == CHANGELOG_MESSAGES.is_in(api.version)
        assert {"changed_object_type", "changed_object_id", "request_id", "q", "id__gte", "id__lte"} <= found.filters


def test_features_are_there_from_their_version_on() -> None:
    """As far as the OpenAPI shows them."""
    for api in map(excerpt, RELEASES):
        tags, interfaces = api.lists["/api/extras/tags/"], api.lists["/api/virtualization/interfaces/"]
        assert tags is not None
        assert interfaces is not None
        assert ("start" in tags.filters) == CURSOR.is_in(api.version)
        assert ("mac_address" in interfaces.write) == MAC_FIELD.is_in(api.version)
    assert list(FEATURES) == sorted(FEATURES, key=lambda feature: feature.since)


def test_permissions_name_types_that_netbox_has() -> None:
    """Those of a newer NetBox are in a permission of their own: NetBox refuses one with a type it does not know."""
    permissions = as_permissions(Policy(clusters=(), areas=Areas(sdn=True)))
    assert {_needed(permission["name"]) for permission in permissions} == {OLDEST, (4, 6), (4, 7)}
    with Cases() as case:
        for api in map(excerpt, RELEASES):
            found = api.lists["/api/users/permissions/"]
            assert found is not None
            granted: set[str] = set()
            for permission in permissions:
                with case(api.release, permission["name"]):
                    assert all(takes(found.write[name], value) for name, value in permission.items())
                    there = {_is_there(name, api) for name in permission["object_types"]}
                    assert there == {_needed(permission["name"]) <= api.version}
                granted |= set(permission["object_types"])
            with case(api.release):
                made = {kind.object_type for kind, _ in _kinds(api) if kind.creatable or kind.managed}
                assert granted >= made


def _needed(name: str) -> Version:
    """Return the version that a permission is for, from its name."""
    found = re.match(r"proxbox-plan: NetBox (\d+)\.(\d+):", name)
    return (int(found[1]), int(found[2])) if found else OLDEST


def _is_there(object_type: str, api: Excerpt) -> bool:
    known = OBJECT_TYPES.get(object_type)
    path = CHANGELOG if known is None else known.path
    if known is not None and (path in UNDESCRIBED or path.startswith(PLUGINS)):
        return known.since <= api.version
    return api.lists[path] is not None


def test_versions_are_written_as_people_do() -> None:
    """`4.10`, not `4.1`."""
    versions: list[Version] = [(4, 2), (4, 10)]
    assert list(map(version_text, versions)) == ["4.2", "4.10"]


@pytest.mark.slow
def test_lists_without_an_excerpt() -> None:
    """They are compared with the documents of netbox-sdk, which has them from 4.3 on."""
    relations = {relation for kind in OWN for relation in kind.relations if relation.path in UNDESCRIBED}
    with Cases() as case:
        for line in SUPPORTED_NETBOX_VERSIONS:
            version, paths = version_of(line), build_schema_index(version=line).schema["paths"]
            for path, since in UNDESCRIBED.items():
                with case(version, path):
                    assert (path in paths) == (since <= version and path != GRAPHQL)
            for relation in relations:
                if relation.is_on(version, ()):
                    with case(version, relation.path, relation.filter):
                        names = {parameter["name"] for parameter in paths[relation.path]["get"]["parameters"]}
                        assert {relation.filter, relation.typed} - {""} <= names
