"""The digest of a plan's changes: equal for every plan that does the same, and for no other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.core.errors import DocumentError
from proxbox_plan.documents import read_document
from proxbox_plan.model.plan import Change, Plan, Reason
from proxbox_plan.model.reference import refs_of
from tests.builders import busy_plan

PLAN = busy_plan()


def with_first(**values: object) -> Plan:
    """Return the plan with other values for its first change of an object that exists."""
    change = next(item for item in PLAN.changes if item.target_id is not None)
    return PLAN.remade(changes=tuple(_other(item, change, values) for item in PLAN.changes))


def _other(item: Change, change: Change, values: dict[str, object]) -> Change:
    return item.replace(**values) if item is change else item


def test_what_does_not_count() -> None:
    """Time stamps, reasons, the order, and what the plan was made from."""
    assert with_first(last_updated="2030-01-01T00:00:00Z").changes_digest == PLAN.changes_digest
    assert with_first(reason=Reason.UNDO).changes_digest == PLAN.changes_digest
    assert PLAN.remade(changes=PLAN.changes[::-1]).changes_digest == PLAN.changes_digest
    other = PLAN.binding.replace(state_digest="sha256:other")
    assert PLAN.remade(binding=other).changes_digest == PLAN.changes_digest


def test_what_counts() -> None:
    """The object that is written to, and each value before and after."""
    assert with_first(netbox_id=987654).changes_digest != PLAN.changes_digest
    assert PLAN.remade(changes=PLAN.changes[1:]).changes_digest != PLAN.changes_digest
    change = next(item for item in PLAN.changes if item.fields)
    for field in (replace(change.fields[0], before="another"), replace(change.fields[0], after="another")):
        changed = change.replace(fields=(field, *change.fields[1:]))
        edited = PLAN.remade(changes=tuple(changed if item is change else item for item in PLAN.changes))
        assert edited.changes_digest != PLAN.changes_digest


def test_what_a_change_refers_to_counts() -> None:
    """What the plan says of it, under its id as NetBox writes it; of anything else nothing counts."""
    ref = next(ref for item in PLAN.changes for field in item.fields for ref in refs_of(field.after) if ref.id)

    def saying(said: dict[str, dict[str, dict[str, Any]]]) -> str:
        return PLAN.remade(referred=said).changes_digest

    group = {str(ref.id): {"group": 1}}
    assert saying({ref.kind: group}) == saying({ref.kind: group, "vlan-group": {"987654": {"name": "x"}}})
    assert len({saying({ref.kind: said}) for said in ({}, group, {str(ref.id): {"group": 2}})}) == 3
    assert saying({ref.kind: {**group, f"0{ref.id}": {"group": 2}}}) == saying({ref.kind: group})


def test_one_that_is_not_true_is_refused(tmp_path: Path) -> None:
    """A plan that was edited and sealed anew may not show the digest that was reviewed."""
    path = tmp_path / "plan.json"
    liar = PLAN.replace(changes=PLAN.changes[1:])
    path.write_text(liar.replace(digest=liar.content_digest()).to_json())
    with pytest.raises(DocumentError, match="says about its content what is not true"):
        read_document(path, Plan)
