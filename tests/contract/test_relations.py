"""What NetBox deletes or empties along with an object: the whole list, from the models of its installed apps."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import NamedTuple

import pytest

from proxbox_plan.mapping import KINDS
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
