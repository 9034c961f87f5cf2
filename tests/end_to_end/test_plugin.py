"""Everything the mapping says of netbox-proxbox: equal to the source, and silent the second time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxbox_plan.demo.cluster import ClusterDescription
from proxbox_plan.demo.cluster.features import DAY, MOMENT, make_backup
from proxbox_plan.model.plan import Action
from tests.contract.client import NetBox
from tests.end_to_end import plugin_changes
from tests.end_to_end.conftest import SetUp
from tests.end_to_end.plugin_pages import pages
from tests.end_to_end.plugin_stage import EVERYTHING, NAMED, Described, Recorded, differences, facts, plugin_stage
from tests.end_to_end.stage import REPOSITORY, Stage, addresses
from tests.recordings import CLUSTER_8, CLUSTER_9, CLUSTER_9_ROOT, NO_RIGHTS, STANDALONE, recording

Seeded = tuple[Described, Stage]
AREAS = (
    "node_interfaces",
    "addresses",
    "disks",
    "storages",
    "backup_jobs",
    "replications",
    "templates",
    "cloud_init",
    "guest_interfaces",
    "sidecars",
    "snapshots",
    "backups",
    "firewall",
    "sdn",
    "cpu_models",
)
# What the plugin's pages show of each row, beside its guest.
SHOWN = {
    "storage": "name",
    "snapshots": "name",
    "backups": "storage",
    "task-history": "description",
    "replications": "replication_id",
    "backup-routines": "job_id",
    "vm-templates": "name",
    "sdn/zones": "zone_name",
    "sdn/vnets": "vnet_name",
}
# What is planned of the changes whatever is switched off.
ALWAYS = [("update", "proxbox-node:lab/proxmox-node/pve2"), ("update", "vm-interface:lab/qemu/113/net0")]
# What the mapping keeps when its source is gone.
KEPT = {"ipam/prefixes", "ipam/vrfs", "vpn/l2vpns", "plugins/proxbox/task-history"}


REAL = pytest.param("real", marks=pytest.mark.netbox)


@pytest.fixture(scope="module", params=["fake", REAL])
def plugged(request: pytest.FixtureRequest) -> NetBox | None:
    """Give a NetBox that runs the plugin: null for a fake one, which each stage makes anew, then the real one."""
    found: NetBox | None = request.getfixturevalue("real_netbox") if request.param == "real" else None
    return found


@pytest.mark.slow
@pytest.mark.parametrize("name", [CLUSTER_8, STANDALONE])
def test_a_recorded_cluster(tmp_path: Path, plugged: NetBox | None, name: str) -> None:
    """What the token may see is there, field by field; what it may not see is no failure."""
    source = Recorded(recording(name))
    with plugin_stage(tmp_path, plugged, source) as stage:
        stage.plan()
        stage.apply()
        assert differences(stage, source) == {}
        assert stage.plan().changes == ()


@pytest.mark.slow
def test_a_token_that_sees_less_than_the_one_before(tmp_path: Path, plugged: NetBox | None) -> None:
    """After root an auditor looks at the same cluster: nothing is deleted, only deferred; each sees its part."""
    source = Recorded(recording(CLUSTER_9_ROOT))
    with plugin_stage(tmp_path, plugged, source) as stage:
        stage.plan()
        stage.apply()
        assert differences(stage, source) == {}
        assert stage.plan().changes == ()
        source.recorded = recording(CLUSTER_9)
        plan = stage.plan()
        assert [change.address for change in plan.changes if change.action is Action.DELETE] == []
        assert any(item.kind == "proxbox-backup" for item in plan.deferred)
        stage.apply()
        assert stage.plan().changes == ()
        source.recorded = recording(CLUSTER_9_ROOT)
        stage.settle()
        assert differences(stage, source) == {}


@pytest.mark.slow
def test_the_backups_of_a_vmid_that_is_used_again(tmp_path: Path, plugged: NetBox | None) -> None:
    """E13: those of the first guest stay with its machine or hang on none; the second guest gets its own."""
    cluster = ClusterDescription.seeded(2026, guests=4, nodes=1, name="labcluster", features="all")
    cluster.backups.clear()
    first = next(guest for guest in cluster.guests.values() if guest.type == "qemu" and not guest.template)
    known = make_backup(first, "pbs", MOMENT - 2 * DAY)
    cluster.add_backup(known)
    with plugin_stage(tmp_path, plugged, Described(cluster)) as stage:
        stage.settle()
        identity = {"uuid": "90000000-0000-4000-8000-000000000901", "vmgenid": "91000000-0000-4000-8000-000000000901"}
        second = cluster.change(first.vmid, name="second", created=MOMENT, **identity)
        missed = make_backup(first, "nas", MOMENT - 2 * DAY)  # made before, and never seen
        own = make_backup(second, "pbs", MOMENT + DAY)
        cluster.add_backup(missed)
        cluster.add_backup(own)
        stage.settle()
        hangs_on = {row["volume_id"]: row["virtual_machine"]["name"] for row in stage.netbox("plugins/proxbox/backups")}
    assert hangs_on == {known.volume: f"{first.name} (was {first.uuid[:8]})", own.volume: "second"}


def test_a_token_without_rights(set_up: SetUp) -> None:
    """It is an error that says what to do, and no traceback."""
    stage = set_up(recording(NO_RIGHTS))
    stage.configure(rest=EVERYTHING)
    for command in ("collect", "plan"):
        said = stage.run(command)
        assert said.code == 1, said
        assert "may not view any guest" in said.err
        assert "Hint:" in said.err
        assert "Traceback" not in said.out + said.err


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory, plugged: NetBox | None) -> Iterator[Seeded]:
    """Give a cluster that has everything, and the stage it was synced on; the tests below leave them in agreement."""
    source = Described(ClusterDescription.seeded(2026, guests=100, nodes=5, name="labcluster", features="all"))
    with plugin_stage(tmp_path_factory.mktemp("seeded"), plugged, source) as stage:
        stage.plan()
        stage.apply()
        yield source, stage


@pytest.mark.slow
def test_a_seeded_cluster(seeded: Seeded) -> None:
    """Every kind is there, none of them empty, field by field; the second plan is empty."""
    source, stage = seeded
    assert all(facts(source, stage.proxmox.host, stage.proxmox.port).values())
    assert differences(stage, source) == {}
    assert stage.plan().changes == ()


@pytest.mark.slow
@pytest.mark.parametrize("plugged", [REAL], indirect=True)
def test_pages_of_the_plugin_show_our_guests(seeded: Seeded) -> None:
    """Its own lists of machines, containers, storages, snapshots, backups, tasks and so on name what we synced."""
    source, stage = seeded
    shown = pages(stage.netbox_url)
    names = {key: row["name"] for key, row, _ in source.guests()}
    for key, name in names.items():
        assert name in shown["lxc_containers" if "/lxc/" in key else "virtual_machines"], key
    tables = facts(source, stage.proxmox.host, stage.proxmox.port)
    for page, field in SHOWN.items():
        for key, row in tables[f"plugins/proxbox/{page.replace('sdn/', 'sdn-')}"].items():
            assert str(row[field]) in shown[page], key
            assert names.get(str(row.get("virtual_machine")), "") in shown[page], key


@pytest.mark.slow
@pytest.mark.parametrize("off", [AREAS, AREAS[::2], AREAS[1::2]], ids=["all", "these", "those"])
def test_areas_that_are_switched_off(seeded: Seeded, off: tuple[str, ...]) -> None:
    """Nothing is planned for them, whatever happens there and whatever refers to them, and their rows stay."""
    source, stage = seeded
    kept = source.cluster
    source.become(kept.copy())
    if set(off) == set(AREAS):
        plugin_changes.change(source)
    scope = {**dict.fromkeys(AREAS, True), **dict.fromkeys(off, False)}
    text = ", ".join(f"{area}: {str(wanted).lower()}" for area, wanted in scope.items())
    stage.configure(cluster=NAMED, rest=f"mapping: {{create_sites: true}}\nscope: {{{text}}}")
    planned = addresses(stage.plan())
    source.become(kept)
    stage.configure(cluster=NAMED, rest=EVERYTHING)
    assert planned == (ALWAYS if set(off) == set(AREAS) else [])
    assert differences(stage, source) == {}


@pytest.mark.slow
def test_everyday_changes_beside_guests(seeded: Seeded) -> None:
    """What is added, changed, removed and set up again is planned exactly, lands, and leaves nothing to do.

    What is gone is deleted, or stale, or kept, as the mapping says.
    """
    source, stage = seeded
    for step in (plugin_changes.add, plugin_changes.change):
        expected = step(source)
        plan = stage.plan()
        assert addresses(plan) == expected, step.__name__
        stage.apply()
        assert differences(stage, source) == {}, step.__name__
        assert stage.plan().changes == (), step.__name__
    expected = plugin_changes.remove(source)
    plan = stage.plan("--force-limit")  # so much of a small cluster goes only when a person says so
    assert addresses(plan) == expected
    stage.apply("--force-limit")
    _check_removed(stage, source)
    assert stage.plan().changes == ()
    expected = plugin_changes.come_back(source)
    plan = stage.plan()
    assert addresses(plan) == expected
    stage.apply()
    assert stage.plan().changes == ()


def _check_removed(stage: Stage, source: Described) -> None:
    """What differs from Proxmox now is what stays: stale, or kept as it was."""
    stale, expected = set(), {address.partition(":")[2] for address in plugin_changes.STALE}
    for path, found in differences(stage, source).items():
        said = {row["custom_fields"]["proxbox_key"]: row.get("status") for row in stage.netbox(path)}
        for key, (wanted, _) in found.items():
            assert wanted is None, key
            status = said[key]
            status = status["value"] if isinstance(status, dict) else status
            if path not in KEPT and not _stays_with_its_node(key, status):
                assert status == "stale", key
                stale.add(key)
    assert stale == expected
    device = next(row for row in stage.netbox("dcim/devices") if row["name"] == plugin_changes.NODE)
    assert device["status"]["value"] == "decommissioning"


def _stays_with_its_node(key: str, status: str | None) -> bool:
    return key.startswith(f"lab/node/{plugin_changes.NODE}/") and status in {None, "deprecated"}


def test_every_field_of_the_mapping_is_compared() -> None:
    """The documentation lists the fields of every kind of the plugin; the facts speak of each of them."""
    source = Described(ClusterDescription.seeded(2026, guests=60, nodes=5, name="labcluster", features="all"))
    compared = {path: set(next(iter(rows.values()))) for path, rows in facts(source, "192.0.2.1", 8006).items()}
    text = (REPOSITORY / "docs" / "mapping.md").read_text(encoding="utf-8")
    of_a_kind = re.compile(r"^Kind `[a-z0-9-]+`, NetBox `/api/([^`]+)/`\.\n(.*?)(?=^## )", re.MULTILINE | re.DOTALL)
    kinds = dict(of_a_kind.findall(text))
    documented = {path: set(re.findall(r"^\| `(\w+)`", part, re.MULTILINE)) for path, part in kinds.items()}
    wanted = {path: names for path, names in documented.items() if path.startswith("plugins/") or path in compared}
    assert compared == wanted
