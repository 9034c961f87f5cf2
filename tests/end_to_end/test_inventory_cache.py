"""A plan from an inventory cache is the plan of a full reading, whatever happened in NetBox meanwhile."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proxbox_plan.collect.netbox import cache_validation
from proxbox_plan.collect.netbox.invalidation import MOST_ENTRIES
from proxbox_plan.demo.cluster import ClusterDescription, ClusterServer
from proxbox_plan.demo.netbox import FakeNetBoxThread, Fault, RequestRecord
from proxbox_plan.demo.netbox.schema import MODELS
from proxbox_plan.demo.netbox.store import Store, StoredRow, StoreSnapshot
from proxbox_plan.documents import read_document, write_document
from proxbox_plan.model.inventory import Inventory
from tests import netbox_graphql
from tests.cases import sample
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.stage import Stage

pytestmark = pytest.mark.covering

VMS, NICS, DISKS = "virtualization/virtual-machines/", "virtualization/interfaces/", "virtualization/virtual-disks/"
FUTURE = "2099-01-01T00:00:00Z"


def cluster() -> ClusterDescription:
    """Return what is synced."""
    return ClusterDescription.seeded(5, guests=6, nodes=2, name="lab")


def settled(set_up: SetUp) -> Stage:
    """Return a stage whose NetBox says what Proxmox says, with a cache of that."""
    stage = set_up(cluster())
    stage.settle()
    stage.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    return stage


def refresh(stage: Stage) -> str:
    """Plan with the cache and without, which must come to the same; return what the first said."""
    said = stage.run("plan", "--state", "state.json", "--inventory-cache", "cache.json", "--save-inventory", "a.json")
    assert said.code == 0, said
    stage.good("plan", "--state", "state.json", "--save-inventory", "b.json", "-o", "other.json")
    found, full = (read_document(stage.folder / name, Inventory) for name in ("a.json", "b.json"))
    plans = [json.loads((stage.folder / name).read_text()) for name in ("plan.json", "other.json")]
    assert (found.kinds == full.kinds, plans[0] == plans[1], found.digest == full.digest) == (True, True, True)
    return said.err


def first(stage: Stage, path: str, **query: Any) -> dict[str, Any]:
    """Return the first of our objects of a list."""
    rows = stage.netbox(path.strip("/"), **query)
    return next(row for row in rows if row["custom_fields"]["proxbox_key"])


def patch(stage: Stage, path: str, row: dict[str, Any], **fields: Any) -> None:
    """Change an object, as a person would."""
    stage.ask("PATCH", f"{path}{row['id']}/", fields)


def edited(stage: Stage) -> None:
    """A user describes a machine."""
    patch(stage, VMS, first(stage, VMS), description="a person")


def disk_deleted(stage: Stage) -> None:
    """A user deletes a disk: NetBox sums the others up in the machine, without a trace there."""
    stage.ask("DELETE", f"{DISKS}{first(stage, DISKS)['id']}/")


def disk_added(stage: Stage) -> None:
    """A user adds a disk of their own: that is summed up, too."""
    owner = first(stage, DISKS)["virtual_machine"]["id"]
    stage.ask("POST", DISKS, {"virtual_machine": owner, "name": "theirs", "size": 1024})


def machine_deleted(stage: Stage) -> None:
    """A user deletes a machine, and NetBox all that hangs off it."""
    stage.ask("DELETE", f"{VMS}{first(stage, VMS)['id']}/")


def address_deleted(stage: Stage) -> None:
    """A user deletes a primary address."""
    machine = next(row for row in stage.netbox(VMS.strip("/")) if row["primary_ip4"])
    stage.ask("DELETE", f"ipam/ip-addresses/{machine['primary_ip4']['id']}/")


def vlan_deleted(stage: Stage) -> None:
    """A user deletes a VLAN that interfaces are in."""
    nic = next(row for row in stage.netbox(NICS.strip("/")) if row["untagged_vlan"])
    stage.ask("DELETE", f"ipam/vlans/{nic['untagged_vlan']['id']}/")


def device_renamed(stage: Stage) -> None:
    """A user renames a node: the machines on it name it."""
    patch(stage, "dcim/devices/", first(stage, "dcim/devices/"), name="renamed")


def cluster_moved(stage: Stage) -> None:
    """A user moves a cluster to another site: NetBox moves its machines, without a trace there."""
    for device in stage.netbox("dcim/devices"):
        patch(stage, "dcim/devices/", device, cluster=None)
    site = stage.ask("POST", "dcim/sites/", {"name": "Elsewhere", "slug": "elsewhere"})
    found = first(stage, "virtualization/clusters/")
    patch(stage, "virtualization/clusters/", found, scope_type="dcim.site", scope_id=site["id"])


def key_taken(stage: Stage) -> None:
    """A user takes an object away from us."""
    patch(stage, NICS, first(stage, NICS), custom_fields={"proxbox_key": None})


def key_given(stage: Stage) -> None:
    """A user gives one of our keys to an object of their own."""
    owner = first(stage, VMS)["id"]
    marks = {"proxbox_key": "lab/qemu/99999/net0"}
    stage.ask("POST", NICS, {"virtual_machine": owner, "name": "theirs", "custom_fields": marks})


def tagged(stage: Stage) -> None:
    """A user tags a machine."""
    stage.ask("POST", "extras/tags/", {"name": "theirs", "slug": "theirs"})
    patch(stage, VMS, first(stage, VMS), tags=[{"slug": "theirs"}])


def tag_renamed(stage: Stage) -> None:
    """A user renames a tag: every object with it answers otherwise."""
    tag = next(tag for row in stage.netbox(VMS.strip("/")) for tag in row["tags"])
    stage.ask("PATCH", f"extras/tags/{tag['id']}/", {"slug": "another"})


def site_renamed(stage: Stage) -> None:
    """A user renames the site that machines and nodes name."""
    site = stage.netbox("dcim/sites", slug="dc1")[0]
    patch(stage, "dcim/sites/", site, name="DC one")


def nothing(stage: Stage) -> None:
    """Nothing is done."""
    del stage


CHANGES: tuple[Callable[[Stage], None], ...] = (
    nothing,
    edited,
    disk_deleted,
    disk_added,
    tagged,
    address_deleted,
    vlan_deleted,
    device_renamed,
    site_renamed,
    key_taken,
    key_given,
    tag_renamed,
    machine_deleted,
    cluster_moved,
)
COMPLETELY = {tag_renamed}


@pytest.mark.parametrize("by", ["all that tells", "the changelog alone"])
def test_a_refreshed_inventory_is_that_of_a_full_reading(set_up: SetUp, by: str) -> None:
    """After every sort of change that people make in NetBox, and that NetBox makes along; the plans are the same."""
    keep_up(settled(set_up), by)


@pytest.mark.parametrize("by", ["all that tells", "the changelog alone"])
def test_no_more_is_needed_than_the_rest_api(as_known: Stage, by: str) -> None:
    """GraphQL makes it quicker where it is, and may be switched off."""
    assert as_known.fake is not None
    as_known.fake.graphql = None
    keep_up(as_known, by)


def keep_up(stage: Stage, by: str) -> None:
    """Make all changes, one after the other, and refresh after each."""
    for change in CHANGES:
        if by == "the changelog alone":  # no object counts as changed by its time stamp
            at(stage, FUTURE)
        change(stage)
        said = refresh(stage)
        assert ("completely" in said) == (change in COMPLETELY), (change, said)


def at(stage: Stage, moment: str) -> None:
    """Say when the cache was read."""
    path = stage.folder / "cache.json"
    data = json.loads(path.read_text())
    data["as_of"]["moment"] = moment
    path.write_text(json.dumps(data))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, StoreSnapshot]]:
    """Settle a stage on the fake NetBox once; give it, and what NetBox holds then."""
    with FakeNetBoxThread() as netbox, ClusterServer(cluster()) as server:
        stage = Stage(tmp_path_factory.mktemp("known"), netbox.url, netbox.token, server, fake=netbox.fake)
        yield settled(lambda _: stage), netbox.fake.snapshot()


@pytest.fixture
def as_known(known: tuple[Stage, StoreSnapshot], tmp_path: Path) -> Stage:
    """Return that stage in a folder of its own, as if no other test had been."""
    stage, objects = known
    assert stage.fake is not None
    stage.fake.restore(objects)
    stage.fake.graphql, stage.fake.faults, stage.fake.permissions = netbox_graphql.answer, None, None
    shutil.copytree(stage.folder, tmp_path, dirs_exist_ok=True)
    return replace(stage, folder=tmp_path)


@pytest.fixture
def quiet(as_known: Stage) -> Stage:
    """Return it with a cache that is older than what was written for it."""
    at(as_known, FUTURE)
    assert as_known.fake is not None
    as_known.fake.requests.clear()
    return as_known


@pytest.fixture
def plain(quiet: Stage) -> Stage:
    """Return such a stage whose NetBox has its GraphQL switched off."""
    assert quiet.fake is not None
    quiet.fake.graphql = None
    return quiet


def asked(stage: Stage) -> list[RequestRecord]:
    """Return what was read since the last question, apart from what is looked up by name each time."""
    assert stage.fake is not None
    found = [record for record in stage.fake.requests if "cf_proxbox_key" in record.query or "object-ch" in record.path]
    stage.fake.requests.clear()
    return found


def questions(stage: Stage) -> list[str]:
    """Return what was asked in GraphQL since the last question."""
    assert stage.fake is not None
    found = [record.query for record in stage.fake.requests if record.path == "/graphql/"]
    stage.fake.requests.clear()
    return found


def test_an_unchanged_netbox_is_asked_in_a_few_short_questions(quiet: Stage) -> None:
    """For what carries a key and for what is looked up by name; of the changelog where it stands."""
    quiet.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    assert quiet.fake is not None
    paths = sorted(record.path for record in quiet.fake.requests)
    looked_up = ["/api/extras/custom-fields/", "/api/virtualization/virtual-machine-types/"]
    assert paths == ["/api/core/object-changes/", *looked_up[:1], "/api/status/", *looked_up[1:], *["/graphql/"] * 3]


def test_without_graphql_an_unchanged_netbox_is_asked_for_no_object(plain: Stage) -> None:
    """Of each kind the newest time stamp and how many there are, in one request."""
    plain.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    records = asked(plain)
    kinds = [record for record in records if "cf_proxbox_key" in record.query]
    assert all("limit=1&" in record.query and "fields=id,last_updated" in record.query for record in kinds)
    assert len(kinds) == len({record.path for record in kinds})
    assert len(records) - len(kinds) == 1


def test_what_changed_is_not_asked_in_graphql(quiet: Stage) -> None:
    """The changelog says which kinds to read; nothing that is looked up by name is taken from before then."""
    edited(quiet)
    assert quiet.fake is not None
    quiet.fake.requests.clear()
    quiet.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    (question,) = questions(quiet)
    assert "virtual_machine_list" not in question
    assert "vlan_list" in question


def only(**lists: str) -> Callable[[Store, Callable[[str], bool], str], Any]:
    """Return a GraphQL that answers some lists with something else."""

    def wrong(store: Store, may_view: Callable[[str], bool], text: str) -> Any:
        found = netbox_graphql.answer(store, may_view, text)
        return {"data": found["data"] | {name: json.loads(value) for name, value in lists.items()}}

    return wrong


ODD = (
    "[]",
    "[null]",
    "[7]",
    '[{"id": "1"}]',
    '[{"id": "x", "last_updated": "2026-11-21T07:30:00+00:00"}]',
    '[{"id": "1", "last_updated": 7}]',
    '{"id": "1"}',
)


@pytest.mark.parametrize("wrong", sample(("null", '[{"id": "1", "last_updated": "soon"}]', *ODD)))
def test_an_odd_answer_proves_nothing(quiet: Stage, wrong: str) -> None:
    """Whatever GraphQL says instead of what is known, the REST API is asked, and has the last word."""
    assert quiet.fake is not None
    quiet.fake.graphql = only(virtual_machine_list=wrong, tag_list=wrong)
    quiet.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    assert {record.path for record in asked(quiet) if "cf_proxbox_key" in record.query} == {f"/api/{VMS}"}
    refresh(quiet)


@pytest.mark.parametrize("body", sample((None, {"data": None, "errors": [{"message": "no"}]}, [], {}, "<html>", 7)))
def test_an_answer_that_is_none_proves_nothing(quiet: Stage, body: Any) -> None:
    """An error, or a page of something before NetBox."""
    assert quiet.fake is not None
    quiet.fake.graphql = lambda *_: body
    assert "completely" not in refresh(quiet)


@pytest.mark.parametrize("status", sample((403, 302, 400, 405, 500)))
def test_a_refusal_proves_nothing(quiet: Stage, status: int) -> None:
    """A proxy in front of NetBox, or NetBox itself, refuses GraphQL."""
    assert quiet.fake is not None
    quiet.fake.faults = lambda record: Fault(status=status) if record.path == "/graphql/" else None
    assert "completely" not in refresh(quiet)


def test_objects_that_may_no_longer_be_seen_are_not_taken_for_gone(quiet: Stage) -> None:
    """GraphQL answers with none of them, and the REST API says why."""
    assert quiet.fake is not None
    everything = {model.label: {"view"} for model in MODELS.values()}
    quiet.fake.permissions = everything | {"virtualization.virtualdisk": set[str]()}
    said = quiet.run("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    assert said.code == 1
    assert "NetBox answered 403 to GET /api/virtualization/virtual-disks/" in said.err


def test_a_name_that_was_not_asked_for_then(quiet: Stage) -> None:
    """The tags of today are others: those are looked up, the rest is as it was."""
    saved = read_document(quiet.folder / "cache.json", Inventory)
    tags = {"name": saved.asked["tag"]["name"][1:]}
    fewer = saved.remade(asked=saved.asked | {"tag": tags})
    write_document(fewer, quiet.folder / "cache.json")
    quiet.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    assert quiet.fake is not None
    paths = [record.path for record in quiet.fake.requests]
    assert ("/api/extras/tags/" in paths, "/api/dcim/sites/" in paths) == (True, False)


@pytest.mark.parametrize("too_many", [0, 1])
def test_long_lists_are_counted_instead(quiet: Stage, monkeypatch: pytest.MonkeyPatch, too_many: int) -> None:
    """Of many objects NetBox says sooner how many there are, and which is the newest."""
    known = len(read_document(quiet.folder / "cache.json", Inventory).kinds["virtual-machine"])
    monkeypatch.setattr(cache_validation, "MOST_ROWS", known - too_many)
    quiet.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    paths = [record.path for record in asked(quiet) if "cf_proxbox_key" in record.query]
    assert (f"/api/{VMS}" in paths) == bool(too_many)


def test_only_what_changed_is_read(plain: Stage) -> None:
    """One object, by its number, and what refers to it."""
    edited(plain)
    assert plain.fake is not None
    plain.fake.requests.clear()
    plain.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    whole = [record for record in asked(plain) if "cf_proxbox_key" in record.query and "limit=1&" not in record.query]
    assert whole
    assert all("&id=" in f"&{record.query}" for record in whole)


def test_drift_reads_no_more_than_that(quiet: Stage) -> None:
    """It takes the same cache."""
    quiet.good("drift", "--state", "state.json", "--inventory-cache", "cache.json")
    assert not [record for record in asked(quiet) if "limit=1000" in record.query and "cf_proxbox_key" in record.query]


def test_a_cache_that_says_the_same_is_not_written_again(quiet: Stage) -> None:
    """A large one takes a while."""
    before = written(quiet)
    quiet.good("plan", "--state", "state.json", "--inventory-cache", "cache.json")
    assert written(quiet) == before


def written(stage: Stage) -> tuple[int, int]:
    """Return which file the cache is, and when it was written; reading it changes neither."""
    found = (stage.folder / "cache.json").stat()
    return found.st_ino, found.st_mtime_ns


def test_a_cache_that_could_say_more_is_written_again(quiet: Stage) -> None:
    """Of old entries of the changelog that were dropped, or when what it was read with was written just before."""
    assert quiet.fake is not None
    quiet.fake.store.put("core.objectchange", min(quiet.fake.rows("core.objectchange")), None)
    assert "read completely: NetBox's changelog has lost entries since" in refresh(quiet)
    at(quiet, FUTURE)
    assert "completely" not in refresh(quiet)
    at(quiet, "2020-01-01T00:00:00Z")
    before = (quiet.folder / "cache.json").read_text()
    refresh(quiet)
    assert (quiet.folder / "cache.json").read_text() != before


def silently(stage: Stage, label: str, change: Callable[[StoredRow], StoredRow | None]) -> None:
    """Change or remove one of our rows as SQL would: no entry of the changelog tells."""
    assert stage.fake is not None
    rows = stage.fake.rows(label)
    number = next(number for number, row in rows.items() if row["custom_fields"].get("proxbox_key"))
    stage.fake.store.put(label, number, change(dict(rows[number])))


def test_a_deletion_that_nothing_tells_of(quiet: Stage) -> None:
    """There are fewer than there should be: the numbers of those that are there are read."""
    silently(quiet, "virtualization.virtualdisk", lambda _row: None)
    refresh(quiet)


def test_a_change_that_only_its_time_stamp_tells_of(as_known: Stage) -> None:
    """NetBox's shell saves objects without the changelog."""
    assert as_known.fake is not None
    store = as_known.fake.store
    change = {"comments": "x", "last_updated": store.now()}
    silently(as_known, "virtualization.virtualmachine", lambda row: {**row, **change})
    refresh(as_known)


def test_an_object_instead_of_another_that_nothing_tells_of(quiet: Stage) -> None:
    """There are as many as there should be only by chance: nothing but a full reading could tell, and a count does."""
    silently(quiet, "virtualization.virtualdisk", lambda _row: None)
    key_given(quiet)
    refresh(quiet)


def test_a_long_transaction_that_ended_late(quiet: Stage) -> None:
    """Its entries are older than the newest one that was there: there are more of them than there were."""
    path = quiet.folder / "cache.json"
    data = json.loads(path.read_text())
    data["as_of"]["entries"] -= 1
    path.write_text(json.dumps(data))
    assert "read completely: NetBox's changelog has lost entries since" in refresh(quiet)


def test_what_the_cache_does_not_know(quiet: Stage) -> None:
    """A change of something else that our fields may depend on, or too many changes."""
    assert quiet.fake is not None
    store = quiet.fake.store
    entry = dict(quiet.fake.rows("core.objectchange")[1])
    about = {"changed_object_type": "dcim.rack", "postchange_data": {"name": "R1"}, "action": "update"}
    store.put("core.objectchange", store.new_id("core.objectchange"), entry | about)
    assert "read completely: the dcim.rack 'R1' changed" in refresh(quiet)


@pytest.mark.parametrize("version", ["4.4.10", "4.2.9"])
def test_an_older_changelog_says_no_less(tmp_path: Path, version: str) -> None:
    """Before 4.5 its entries don't show what an object is called: after a tag changed the cache is of use again."""
    with FakeNetBoxThread(version) as netbox, ClusterServer(cluster()) as server:
        stage = settled(lambda _: Stage(tmp_path, netbox.url, netbox.token, server, fake=netbox.fake))
        theirs = stage.ask("POST", "extras/tags/", {"name": "Theirs", "slug": "theirs"})
        patch(stage, "extras/tags/", theirs, slug="other")
        assert "read completely: the extras.tag 'Theirs' changed" in refresh(stage)
        edited(stage)
        stage.good("plan", "--state", "state.json")
        stage.apply()  # with the tag of the lock, which is renewed and deleted
        assert "completely" not in refresh(stage)


def test_many_changes(quiet: Stage) -> None:
    """Reading them one by one would be no less work."""
    for number in range(MOST_ENTRIES + 1):
        assert quiet.fake is not None
        quiet.fake.handle("POST", "/api/tenancy/tenants/", {"name": f"t{number}", "slug": f"t{number}"})
    assert f"more than {MOST_ENTRIES} changes" in refresh(quiet)


def test_another_configuration(quiet: Stage) -> None:
    """Of other kinds, or of the same with other fields, everything is read."""
    quiet.configure(rest="mapping: {create_sites: true}\nscope: {plugin: false, disks: false}")
    refresh(quiet)
    quiet.configure()
    refresh(quiet)


def test_a_damaged_cache_is_none(quiet: Stage) -> None:
    """It is said, and written anew."""
    path = quiet.folder / "cache.json"
    path.write_text(path.read_text()[:1000])
    assert "Cannot use the inventory cache" in refresh(quiet)
    assert "completely" not in refresh(quiet)


def test_an_inventory_without_its_time_is_none(quiet: Stage) -> None:
    """As --save-inventory writes it."""
    quiet.good("plan", "--state", "state.json", "--save-inventory", "cache.json")
    assert "it does not say when it was read" in refresh(quiet)


def test_a_changelog_that_may_not_be_read(tmp_path: Path) -> None:
    """Without it nothing is certain: everything is read, each time."""
    everything = {model.label: {"view", "add", "change", "delete"} for model in MODELS.values()}
    with ExitStack() as stack:
        netbox = stack.enter_context(FakeNetBoxThread(permissions=everything | {"core.objectchange": set[str]()}))
        server = stack.enter_context(ClusterServer(cluster()))
        stage = Stage(tmp_path, netbox.url, netbox.token, server, fake=netbox.fake)
        stage.settle()
        for _ in range(2):
            said = stage.run("plan", "--state", "state.json", "--inventory-cache", "cache.json")
            assert said.code == 0
            assert "may not read NetBox's changelog" in said.err


@pytest.mark.parametrize("more", [("--inventory", "cache.json"), ("--branch", "b")])
def test_a_cache_is_of_main_as_it_is_now(quiet: Stage, more: tuple[str, str]) -> None:
    """Neither of a saved inventory nor of a branch."""
    said = quiet.run("plan", "--state", "state.json", "--inventory-cache", "cache.json", *more)
    assert said.code == 1
    assert "--inventory-cache" in said.err
