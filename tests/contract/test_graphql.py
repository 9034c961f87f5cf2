"""The GraphQL queries of cache validation."""

from __future__ import annotations

from datetime import datetime

import pytest

from proxbox_plan.collect.netbox import cache_validation
from proxbox_plan.model.inventory import Row
from proxbox_plan.model.kind import KEY_FIELD, Kind
from proxbox_plan.plan import KINDS
from tests.contract.client import VMS, NetBox

MARKED = [kind for kind in KINDS.values() if kind.managed and kind.plugin is None]
# Owners have no time of change: they are never cached.
NAMED = [
    kind
    for kind in KINDS.values()
    if not kind.managed and kind.plugin is None and kind.natural and kind.name != "owner"
]


@pytest.fixture
def keyed(netbox: NetBox) -> dict[str, dict[str, str]]:
    """Make machines with keys of two clusters, and one without; give their ids and times of change by key."""
    field = {"name": KEY_FIELD, "type": "text", "object_types": ["virtualization.virtualmachine"]}
    if not netbox.get(f"extras/custom-fields/?name={KEY_FIELD}")["count"]:
        netbox.create("extras/custom-fields", **field)
    cluster = netbox.cluster()["id"]
    run = netbox.name()
    keys = [f"{run}_a/qemu/1", f"{run}_a/qemu/2", f"{run}-b/qemu/1", f"{run.upper()}_A/qemu/1", f"{run}xa/qemu/1"]
    found = {}
    for number, key in enumerate(keys):
        made = netbox.create(VMS, name=f"{run}-{number}", cluster=cluster, custom_fields={KEY_FIELD: key})
        found[key.removeprefix(run)] = {"id": str(made["id"]), "last_updated": made["last_updated"]}
    netbox.create(VMS, name=f"{run}-none", cluster=cluster)
    return {"run": {"": run}, **found}


def listed(netbox: NetBox, filters: str, limit: int = 10) -> list[tuple[str, datetime]]:
    """Return the machines that pass a filter."""
    text = f"{{virtual_machine_list(filters:{filters},pagination:{{limit:{limit}}}){{id last_updated}}}}"
    rows = netbox.graphql(text)["data"]["virtual_machine_list"]
    return sorted((row["id"], datetime.fromisoformat(row["last_updated"])) for row in rows)


def rows_of(keyed: dict[str, dict[str, str]], *keys: str) -> list[tuple[str, datetime]]:
    """Return what a list should hold."""
    return sorted((keyed[key]["id"], datetime.fromisoformat(keyed[key]["last_updated"])) for key in keys)


def test_a_prefix_of_keys_finds_them_with_their_times(netbox: NetBox, keyed: dict[str, dict[str, str]]) -> None:
    """To the letter and the case; an underscore is one. The times are those of the REST API."""
    run = keyed["run"][""]
    assert listed(netbox, cache_validation.ours([f"{run}_a/"])) == rows_of(keyed, "_a/qemu/1", "_a/qemu/2")


def test_any_of_several_prefixes(netbox: NetBox, keyed: dict[str, dict[str, str]]) -> None:
    """Each counts."""
    run = keyed["run"][""]
    found = listed(netbox, cache_validation.ours([f"{run}_a/", f"{run}-b/", f"{run}-c/"]))
    assert found == rows_of(keyed, "_a/qemu/1", "_a/qemu/2", "-b/qemu/1")


def test_no_more_than_the_limit(netbox: NetBox, keyed: dict[str, dict[str, str]]) -> None:
    """A list that is longer than it was shows it."""
    assert len(listed(netbox, cache_validation.ours([f"{keyed['run']['']}_a/"]), limit=1)) == 1


def test_names_are_found_to_the_letter(netbox: NetBox, keyed: dict[str, dict[str, str]]) -> None:
    """Any of several; others are not."""
    run = keyed["run"][""]
    assert listed(netbox, cache_validation.named("name", [f"{run}-0", f"{run}-2", f"{run}-9"])) == rows_of(
        keyed, "_a/qemu/1", "-b/qemu/1"
    )


def test_texts_are_taken_literally(netbox: NetBox) -> None:
    """Quotes, backslashes, percent signs and letters of other alphabets."""
    name = netbox.name() + ' "\\%Ü🙂'
    made = netbox.create(VMS, name=name, cluster=netbox.cluster()["id"])
    assert [number for number, _ in listed(netbox, cache_validation.named("name", [name]))] == [str(made["id"])]


GONE = Row(id=999_999_999, name="gone", last_updated="2026-11-21T07:30:00Z")


@pytest.mark.parametrize("kind", MARKED, ids=lambda kind: kind.name)
def test_every_kind_with_a_key_can_be_asked_for(netbox: NetBox, kind: Kind) -> None:
    """Its list has the name we make of it."""
    saved = cache_validation.CachedList(kind, cache_validation.ours(["no-such/"]), [GONE])
    assert list(netbox.graphql("{" + saved.question + "}")["data"].values()) == [[]]


@pytest.mark.parametrize("kind", NAMED, ids=lambda kind: kind.name)
def test_every_kind_that_is_looked_up_by_name_can_be_asked_for(netbox: NetBox, kind: Kind) -> None:
    """All but one, whose filter NetBox forgot: an error, instead of every object there is."""
    saved = cache_validation.CachedList(kind, cache_validation.named(kind.natural[0].by, ["no-such"]), [GONE])
    body = netbox.graphql("{" + saved.question + "}")
    if kind.name == "virtual-machine-type":
        assert (body["data"], "unknown field 'name'" in body["errors"][0]["message"]) == (None, True)
    else:
        assert list(body["data"].values()) == [[]]
