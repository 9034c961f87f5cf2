"""What NetBox deletes or empties along with an object: the whole list, from the models of its installed apps."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import NamedTuple

import pytest

from proxbox_plan.mapping import KINDS
from proxbox_plan.model.kind import FieldType, OnDelete
from tests.contract.client import NetBox
from tests.contract.relations import EVERYONE, EXPLAINED, is_asked, is_explained, is_record
from tests.end_to_end.stage import REPOSITORY

DELETED = {kind.object_type: kind for kind in KINDS.values() if kind.managed and not kind.support}


class Found(NamedTuple):
    """One relation as NetBox's models define it."""

    label: str
    model: str
    field: str
    effect: str


@pytest.fixture(scope="module")
def relations(real_netbox: NetBox) -> list[Found]:
    """Read the models of the running NetBox, with its plugins."""
    del real_netbox
    command = [sys.executable, str(REPOSITORY / "testbed" / "netbox.py"), "relations", *sorted(DELETED)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [Found(*item) for item in json.loads(done.stdout)]


@pytest.mark.netbox
def test_every_relation_is_asked_for_or_explained(relations: list[Found]) -> None:
    """A NetBox or a plugin with one more relation fails this test: it must be asked for or explained."""
    assert {item.label for item in relations} == set(DELETED)
    unknown = [
        item
        for item in relations
        if not is_asked(DELETED[item.label], item.model, item.field)
        and not is_record(item.model)
        and not is_explained(item.label, item.model, item.field)
    ]
    assert unknown == []


@pytest.mark.netbox
def test_no_explanation_is_left_over(relations: list[Found]) -> None:
    """An explanation is of a relation that NetBox has and that is not asked for."""
    found = {(item.label, item.model, item.field) for item in relations}
    anyones = {(EVERYONE, item.model, item.field) for item in relations}
    assert set(EXPLAINED) <= found | anyones
    assert [key for key in EXPLAINED if key[0] in DELETED and is_asked(DELETED[key[0]], *key[1:])] == []


@pytest.mark.netbox
def test_what_becomes_of_each_reference_of_ours(relations: list[Found]) -> None:
    """As NetBox's models say; a part goes with its parent by the kind, and a plugin's bare id is no relation."""
    effects = {(item.label, item.model, item.field): item.effect for item in relations}
    found: dict[tuple[str, str, str], str] = {}
    said: dict[tuple[str, str, str], str] = {}
    for kind in KINDS.values():
        for field in kind.fields:
            for to in (KINDS[name] for name in field.to if name in KINDS):
                if to.object_type in DELETED and field.name != kind.parent and not field.read_only:
                    name = f"{field.name}_id" if field.type is FieldType.GENERIC else field.name
                    effect = effects.get((to.object_type, kind.object_type, name), "")
                    found[kind.name, field.name, to.name] = effect
                    said[kind.name, field.name, to.name] = _SAID[field.on_delete]
    assert said == found


_SAID = {
    OnDelete.SET_NULL: "emptied",
    OnDelete.CASCADE: "deleted",
    OnDelete.PROTECT: "",
    OnDelete.DO_NOTHING: "",
}
