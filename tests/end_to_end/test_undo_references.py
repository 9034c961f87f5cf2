"""What loses a reference when its target is deleted has it again after the undo, whichever of our tables it is in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.mapping import KINDS
from proxbox_plan.model.kind import KEY_FIELD, FieldType
from proxbox_plan.model.plan import Delete, Plan
from proxbox_plan.model.problem import ProblemCode
from proxbox_plan.model.relation import Effect
from tests.contract.client import NetBox
from tests.end_to_end.plugin_changes import NODE, add
from tests.end_to_end.plugin_stage import EVERYTHING, NAMED, Described, plugin_stage
from tests.end_to_end.stage import Stage

NOWHERE = "gone"
References = dict[tuple[str, str, str], str]


@pytest.mark.covering
@pytest.mark.parametrize("netbox", ["fake", pytest.param("real", marks=pytest.mark.netbox)])
def test_references_to_what_was_deleted(tmp_path: Path, request: pytest.FixtureRequest, netbox: str) -> None:
    """The plan names each row that loses one, in NetBox's tables and in the plugin's, and the undo gives it back."""
    source = Described(ClusterDescription.seeded(2026, guests=4, nodes=2, name="labcluster", features="all"))
    real: NetBox | None = request.getfixturevalue("real_netbox") if netbox == "real" else None
    with plugin_stage(tmp_path, real, source) as stage:
        stage.configure(cluster=NAMED, rest=f"{EVERYTHING}\non_missing: {{l2vpn: delete, vrf: delete}}")
        add(source)
        stage.settle()
        before = references(stage)
        del source.cluster.nodes[NODE]
        del source.cluster.storages["more"]
        source.cluster.change_sdn(controllers={}, zones={}, vnets={}, subnets={}, fabrics={})
        source.fabric = None
        plan = stage.plan("--force-limit")
        held = [problem.address for problem in plan.problems if problem.code is ProblemCode.HOLDS_OTHERS]
        assert held == ["vrf:lab/sdn/zone/ev/vrf"]  # prefixes that stay are in it, and NetBox refuses that
        stage.apply("--force-limit")
        after = references(stage)
        gone = {(change.kind, change.key) for change in plan.changes if isinstance(change, Delete)}
        lost = {(key, field) for kind, key, field in before if (kind, key) not in gone} - {
            (key, field) for (_, key, field), at in after.items() if at != NOWHERE
        }
        assert lost == named(plan)
        assert {field for _, field in lost} == {"l2vpn", "target", "proxmox_node"}
        stage.good("undo", "plan.outcome.json")
        stage.good("apply", "undo.json", "--force-limit")
        assert references(stage) == before


def named(plan: Plan) -> set[tuple[str, str]]:
    """Return the keys of what loses a reference by a plan, and the fields."""
    along = (item for change in plan.changes if isinstance(change, Delete) for item in change.along)
    return {(str(item.key), item.field) for item in along if item.effect is Effect.EMPTIED}


def references(stage: Stage) -> References:
    """Return what each object of ours refers to, by kind, key and field: the keys of these, or their names."""
    kinds = {kind.name: kind for kind in KINDS.values() if kind.managed and not kind.support}
    tables = {name: stage.netbox(kind.path.removeprefix("/api/").rstrip("/")) for name, kind in kinds.items()}
    keys = {(name, row["id"]): _key(row) or f"#{row['id']}" for name, rows in tables.items() for row in rows}
    types = {kind.object_type: name for name, kind in kinds.items()}
    found: References = {}
    for name, rows in tables.items():
        for row in (row for row in rows if _key(row)):
            for field in kinds[name].fields:
                value, to = row.get(field.name), field.to
                if field.type is FieldType.GENERIC:
                    value, to = row[f"{field.name}_id"], (types.get(row[f"{field.name}_type"], ""),)
                if kinds.keys() & set(to) and value:
                    items = value if isinstance(value, list) else [value]
                    ids = [item["id"] if isinstance(item, dict) else item for item in items]
                    found[name, _key(row), field.name] = " ".join(sorted(keys.get((to[0], i), NOWHERE) for i in ids))
    return found


def _key(row: dict[str, Any]) -> str:
    return row["custom_fields"].get(KEY_FIELD) or ""
