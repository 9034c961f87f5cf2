from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from proxbox_plan.model.inventory import Inventory
from proxbox_plan.model.kind import OnMissing
from proxbox_plan.model.plan import Plan
from proxbox_plan.model.policy import ClusterPolicy, Policy
from proxbox_plan.model.policy.areas import Areas
from proxbox_plan.model.state import Cluster, GuestCoverage, NodeCoverage, NodeInterface, State
from proxbox_plan.model.state.coverage import COMPLETE, Coverage, Incomplete
from proxbox_plan.model.state.sdn import Sdn
from proxbox_plan.plan import KINDS, desire, lookups_of, make_plan, match
from tests.cases import sample
from tests.plan import everything as full
from tests.plan.lab import nic
from tests.plan.world import URL, World, fields_of, summary

Edit = Callable[[Cluster], Cluster]
NO_KINDS = {
    "tasks",
    "guest_os",
    "guest_hostname",
    "notes",
    "tag_colors",
}  # areas that are no switch, or only read facts
LOST = Coverage(complete=False, reason=Incomplete.TIMEOUT, detail="no answer")
# Kinds of the plugin; those that stay whatever happens are told apart below.
PLUGIN_KINDS = [kind.name for kind in KINDS.values() if kind.plugin]


def files(*names: str, areas: Areas = full.ALL, **options: Any) -> Policy:
    """Return a policy with everything switched on."""
    clusters = tuple(full.cluster_policy(name) for name in names or ("lab",))
    return Policy(clusters=clusters, create_sites=True, areas=areas, **options)


def world(*clusters: Cluster, policy: Policy | None = None, plugins: dict[str, str] = full.PLUGIN) -> World:
    """Return a NetBox with the plugin and a cluster with one of everything."""
    return World(full.state(*clusters), policy=policy or files(), plugins=plugins)


def settled(*clusters: Cluster, policy: Policy | None = None) -> World:
    """Return a NetBox that agrees with it."""
    if not clusters and policy is None:  # what most tests begin with is settled once
        found = _settled()
        return replace(found, rows=deepcopy(found.rows), plugins=dict(found.plugins), ids={})
    found = world(*clusters, policy=policy)
    found.settle()
    return found


@cache
def _settled() -> World:
    found = world()
    found.settle()
    return found


def two_clusters() -> Policy:
    """Return a policy for two clusters at two sites."""
    second = ClusterPolicy(name="lab2", site="DC2", host="lab2.example", vrf="tenant")
    return files().model_copy(update={"clusters": (full.cluster_policy(), second)})


def change(found: World, edit: Edit) -> Plan:
    """Change the cluster and plan."""
    found.state = State.make(clusters=tuple(edit(cluster) for cluster in found.state.clusters))
    return found.plan()


def with_(**fields: Any) -> Edit:
    """Return an edit that sets fields of the cluster."""
    return lambda cluster: cluster.model_copy(update=fields)


def of_guest(vmid: int, **fields: Any) -> Edit:
    """Return an edit that sets fields of one guest."""
    return lambda cluster: cluster.model_copy(
        update={"guests": tuple(g.model_copy(update=fields) if g.vmid == vmid else g for g in cluster.guests)}
    )


def of_storage(name: str, **fields: Any) -> Edit:
    """Return an edit that sets fields of one storage."""
    return lambda cluster: cluster.model_copy(
        update={"storages": tuple(s.model_copy(update=fields) if s.name == name else s for s in cluster.storages)}
    )


def of_node(name: str, **fields: Any) -> Edit:
    """Return an edit that sets fields of one node."""
    return lambda cluster: cluster.model_copy(
        update={"nodes": tuple(n.model_copy(update=fields) if n.name == name else n for n in cluster.nodes)}
    )


def first(items: tuple[Any, ...], **fields: Any) -> tuple[Any, ...]:
    """Return the items with the first one changed."""
    return (items[0].model_copy(update=fields), *items[1:])


def test_everything_is_planned_once() -> None:
    """One of every kind is created, and the second plan is empty."""
    found = world()
    made = {change.kind for change in found.plan().changes}
    assert set(PLUGIN_KINDS) <= made
    assert {"l2vpn", "vrf", "route-target", "prefix"} <= made
    found.settle()


def test_without_the_plugin_its_kinds_are_left_out_and_said_so_once() -> None:
    """One entry that names them all; the rest of the plan is what it always was."""
    plan = world(plugins={}).plan()
    assert not [item for item in plan.changes if item.kind in PLUGIN_KINDS]
    assert [item.plugin for item in plan.unsupported] == ["netbox_proxbox"]
    assert plan.unsupported[0].version is None
    assert set(plan.unsupported[0].kinds) == set(PLUGIN_KINDS)
    assert "virtual-machine:lab/qemu/100" in {item.address for item in plan.changes}


def test_what_an_unknown_version_lacks_is_left_out() -> None:
    """A kind it does not have, and a field it does not have, with what refers to them."""
    found = world()
    inventory = Inventory.make(
        url=URL,
        netbox_version="4.7.3",
        plugins={"netbox_proxbox": "0.0.99"},
        clusters=("lab",),
        lacks={"proxbox-storage": ("*",), "proxbox-snapshot": ("parent",)},
    )
    plan = make_plan(found.state, inventory, found.policy, "sha256:config")
    assert {item.version: set(item.kinds) for item in plan.unsupported} == {
        "0.0.99": {"proxbox-storage", "proxbox-snapshot"}
    }
    assert "proxbox-storage" not in {item.kind for item in plan.changes}
    assert "parent" not in fields_of(plan, "proxbox-snapshot:lab/qemu/100/snapshot/before-upgrade")
    backup = fields_of(plan, f"proxbox-backup:lab/backup/{full.backup().volume}")
    assert "proxmox_storage" not in backup
    assert backup["storage"] == (None, "nas")


UPDATES: list[tuple[Edit, dict[str, dict[str, Any]]]] = [
    (of_storage("nas", server="10.0.0.51"), {"proxbox-storage:lab/storage/nas": {"server": "10.0.0.51"}}),
    (
        of_storage("nas", prune_backups=(("keep-last", 5),)),
        {"proxbox-storage:lab/storage/nas": {"prune_backups": "keep-last=5"}},
    ),
    (
        of_storage("nas", backups=(full.backup(verification="ok"), full.backup(100, 1, protected=True))),
        {f"proxbox-backup:lab/backup/{full.backup().volume}": {"verification_state": "ok"}},
    ),
    (
        of_guest(100, snapshots=(full.snapshot(description="after"),)),
        {"proxbox-snapshot:lab/qemu/100/snapshot/before-upgrade": {"description": "after"}},
    ),
    (
        of_node("pve2", online=False, coverage=NodeCoverage(status=LOST, network=LOST)),
        {"device:lab/node/pve2": {"status": "offline"}, "proxbox-node:lab/proxmox-node/pve2": {"online": False}},
    ),
    (with_(quorate=False), {"proxbox-cluster:lab/proxmox-cluster": {"quorate": False}}),
    (
        lambda cluster: with_(replications=first(cluster.replications, fail_count=2, error="no route"))(cluster),
        {"proxbox-replication:lab/replication/100-0": {"raw_config": {"fail_count": 2, "error": "no route"}}},
    ),
    (
        lambda cluster: with_(backup_jobs=first(cluster.backup_jobs, enabled=False))(cluster),
        {"proxbox-backup-routine:lab/backup-job/backup-nightly": {"enabled": False}},
    ),
    (
        lambda cluster: with_(cpu_models=first(cluster.cpu_models, flags="-aes"))(cluster),
        {"proxbox-cpu-model:lab/cpu-model/custom-lab": {"flags": "-aes"}},
    ),
    (
        of_guest(100, firewall=full.rules(rules=(full.rule(enable=False), full.rules().rules[1]), **full.sets())),
        {"proxbox-firewall-rule:lab/qemu/100/firewall/rule/0": {"enable": False}},
    ),
    (of_guest(100, cpu_type="x86-64-v3"), {"proxbox-vm-state:lab/qemu/100/state": {"proxmox_cpu_type": "x86-64-v3"}}),
    (of_guest(900, memory_mib=4096), {"proxbox-template:lab/template/qemu/900": {"memory": 4096}}),
    (
        of_guest(100, nics=(nic(100, bridge=None),)),
        {
            "vm-interface:lab/qemu/100/net0": {"description": "virtio"},
            "proxbox-vm-interface-state:lab/qemu/100/net0/state": {"proxbox_bridge": None},
        },
    ),
]


@pytest.mark.parametrize(("edit", "expected"), UPDATES)
def test_a_change_in_proxmox_is_exactly_one_update(edit: Edit, expected: dict[str, dict[str, Any]]) -> None:
    """Of the object it is about, with the field that changed."""
    plan = change(settled(), edit)
    assert {str(item.address): {field.field: field.after for field in item.fields} for item in plan.changes} == expected
    assert all(item.action.value == "update" for item in plan.changes)


# What disappears -> (action, address) of what follows, and the coverage that must be complete for it.
GONE: list[tuple[Edit, Edit, set[tuple[str, str]]]] = [
    (
        of_storage("nas", backups=(full.backup(100, 1, protected=True),)),
        of_storage("nas", backups_coverage=LOST),
        {("delete", f"proxbox-backup:lab/backup/{full.backup().volume}")},
    ),
    (
        of_guest(100, snapshots=()),
        of_guest(100, coverage=GuestCoverage(snapshots=LOST)),
        {("delete", "proxbox-snapshot:lab/qemu/100/snapshot/before-upgrade")},
    ),
    (
        with_(replications=()),
        with_(coverage=full.cluster().coverage.model_copy(update={"replications": LOST})),
        {("update", "proxbox-replication:lab/replication/100-0")},
    ),
    (
        with_(backup_jobs=()),
        with_(coverage=full.cluster().coverage.model_copy(update={"backup_jobs": LOST})),
        {("update", "proxbox-backup-routine:lab/backup-job/backup-nightly")},
    ),
    (
        with_(cpu_models=()),
        with_(coverage=full.cluster().coverage.model_copy(update={"cpu_models": LOST})),
        {("update", "proxbox-cpu-model:lab/cpu-model/custom-lab")},
    ),
    (
        with_(sdn=full.sdn().model_copy(update={"fabrics": ()})),
        with_(sdn=full.sdn().model_copy(update={"fabrics": (), "coverage": LOST})),
        {("update", "proxbox-sdn-fabric:lab/sdn/fabric/underlay")},
    ),
    (
        of_guest(100, firewall=full.rules()),
        of_guest(100, firewall=full.rules(coverage=LOST)),
        {
            ("update", "proxbox-ipset:lab/qemu/100/firewall/ipset/mgmt"),
            ("update", "proxbox-firewall-alias:lab/qemu/100/firewall/alias/gateway"),
        },
    ),
]


@pytest.mark.parametrize(("edit", "_", "expected"), GONE)
def test_what_is_gone_is_deleted_or_marked_stale(edit: Edit, _: Edit, expected: set[tuple[str, str]]) -> None:
    """As its row in the mapping says, and nothing else with it."""
    plan = change(settled(), edit)
    assert {(item.action.value, item.address) for item in plan.changes} == expected
    for item in plan.changes:
        if item.action.value == "update":
            assert [(field.field, field.after) for field in item.fields] == [("status", "stale")]


@pytest.mark.parametrize(("edit", "blur", "expected"), GONE)
def test_what_could_not_be_read_is_withheld(edit: Edit, blur: Edit, expected: set[tuple[str, str]]) -> None:
    """The same disappearance proves nothing when the listing was not read."""
    plan = change(settled(), lambda cluster: blur(edit(cluster)))
    assert plan.changes == ()
    assert {item.address for item in plan.deferred} == {address for _, address in expected}


def test_tasks_stay_for_ever() -> None:
    """A task that Proxmox has forgotten happened all the same."""
    assert change(settled(), of_node("pve1", tasks=())).changes == ()


def test_a_stale_row_comes_back() -> None:
    """A job that is made again under its old id is the same one."""
    found = settled()
    jobs = found.state.clusters[0].backup_jobs
    change(found, with_(backup_jobs=()))
    found.apply()
    plan = change(found, with_(backup_jobs=jobs))
    assert fields_of(plan, "proxbox-backup-routine:lab/backup-job/backup-nightly") == {"status": ("stale", "active")}


@pytest.mark.parametrize("area", sample((name for name in Areas.model_fields if name not in NO_KINDS), quick=6))
def test_an_area_that_is_switched_off_is_out_of_scope(area: str) -> None:
    """Its objects stay as they are, whatever happens to their source, and nothing new is made of it."""
    found = settled()
    found.policy = files(areas=full.ALL.model_copy(update={area: False}))
    off = {kind.name for kind in KINDS.values() if area in kind.areas}
    assert off
    assert found.plan().changes == ()
    bare = full.cluster(storages=(), replications=(), backup_jobs=(), cpu_models=(), guests=(), sdn=Sdn())
    found.policy = found.policy.without_limits()
    plan = change(found, lambda _: bare)
    assert not [item.address for item in plan.changes if item.kind in off]
    assert not [item.address for item in plan.deferred if item.kind in off]
    fresh = world(policy=files(areas=full.ALL.model_copy(update={area: False})))
    assert not [item.address for item in fresh.plan().changes if item.kind in off]


def test_a_guest_takes_its_records_along() -> None:
    """Its children and records go with it: one delete, and no word about each of them."""
    found = settled(policy=files(on_missing={"virtual-machine": "delete"}))
    found.policy = found.policy.without_limits()
    plan = change(found, lambda cluster: cluster.model_copy(update={"guests": cluster.guests[:1]}))
    gone = {item.address for item in plan.changes if item.action.value == "delete"}
    assert "virtual-machine:lab/qemu/100" in gone
    assert not {address for address in gone if address.partition(":")[0] in {"proxbox-snapshot", "proxbox-vm-state"}}
    assert {item.code.value for item in plan.problems} == {"no-place"}


def test_a_guest_address_goes_before_its_address() -> None:
    """NetBox deletes no address while the plugin's row refers to it; with the NIC it is gone, seen inside or not."""
    found = settled()
    silent = GuestCoverage(snapshots=COMPLETE, addresses=LOST)
    plan = change(found, of_guest(100, nics=(), addresses=(), interfaces=(), coverage=silent))
    order = [item.address for item in plan.changes if item.action.value == "delete"]
    own, address, nic = (
        "proxbox-guest-address:lab/qemu/100/os/eth0/10.0.1.100",
        "ip-address:lab/qemu/100/net0/ip/10.0.1.100",
        "vm-interface:lab/qemu/100/net0",
    )
    assert [str(item) for item in order if item in (own, address, nic)] == [own, address, nic]
    assert own not in {item.address for item in plan.deferred}
    by_address = {str(item.address): item for item in plan.changes}
    assert own in by_address[address].depends_on


def test_a_conflict_about_an_address_is_one_problem() -> None:
    """The plugin's record of it is not planned either."""
    found = world()
    found.add("ip-address", "10.0.1.100/24", vrf=None, assigned_object={"kind": "vm-interface", "id": 7, "name": "x"})
    plan = found.plan()
    about = [item.code.value for item in plan.problems if item.address.endswith("/ip/10.0.1.100")]
    assert about == ["address-conflict"]
    assert "proxbox-guest-address:lab/qemu/100/os/eth0/10.0.1.100" not in {item.address for item in plan.changes}


@pytest.mark.parametrize(
    ("host", "link"),
    [
        ("pve.example", "https://pve.example:8006/#v1:0:=qemu/100"),
        ("10.0.0.1", "https://10.0.0.1:8006/#v1:0:=qemu/100"),
        ("2001:db8::1", "https://[2001:db8::1]:8006/#v1:0:=qemu/100"),
        ("pve1", ""),
        ("pve_1.example", ""),
    ],
)
def test_a_link_that_the_plugin_takes(host: str, link: str) -> None:
    """It refuses the address of a host without a dot, and the whole sidecar with it."""
    policy = files().model_copy(update={"clusters": (ClusterPolicy(name="lab", site="DC1", host=host),)})
    assert fields_of(world(policy=policy).plan(), "proxbox-vm-state:lab/qemu/100/state")["proxmox_link"] == (None, link)


def test_backups_and_tasks_of_a_decommissioned_guest_stay_with_it() -> None:
    """The machine is kept to be remembered: so are its backups, which are still on the storage."""
    found = settled()
    plan = change(found, lambda cluster: cluster.model_copy(update={"guests": cluster.guests[:1]}))
    touched = {item.kind for item in plan.changes}
    assert "virtual-machine" in touched
    assert not {"proxbox-snapshot", "proxbox-backup", "proxbox-task"} & touched


def test_snapshots_of_two_clusters_with_one_vmid_node_and_name() -> None:
    """The plugin's key lacks the cluster: the later one says its own."""
    plan = world(full.cluster("lab"), full.cluster("lab2"), policy=two_clusters()).plan()
    first_, other = (
        fields_of(plan, f"proxbox-snapshot:{name}/qemu/100/snapshot/before-upgrade") for name in ("lab", "lab2")
    )
    assert first_["node"] == (None, "pve1")
    assert other["node"] == (None, "pve1 (lab2)")


def test_rows_that_proxbox_made_are_adopted() -> None:
    """The same endpoint, cluster, node, storage, snapshot and sidecar under the plugin's own keys: no duplicate."""
    found = settled()
    kinds = (
        "proxbox-endpoint",
        "proxbox-cluster",
        "proxbox-node",
        "proxbox-storage",
        "proxbox-snapshot",
        "proxbox-vm-state",
        "proxbox-backup",
        "proxbox-task",
        "proxbox-replication",
        "proxbox-template",
        "proxbox-firewall-rule",
        "proxbox-sdn-zone",
        "proxbox-cpu-model",
    )
    for kind in kinds:
        found.rows[kind] = {
            number: row.replace(key=None, last_applied=None) for number, row in found.rows[kind].items()
        }
    plan = found.plan()
    assert {item.kind for item in plan.changes} == set(kinds)
    assert {action for action, _, _ in summary(plan)} == {"adopt"}


def test_what_is_there_is_asked_for_by_the_plugins_own_keys() -> None:
    """Only where the parent exists: nothing can hang off what NetBox does not have yet."""
    found = world()
    asked = {lookup.kind for lookup in lookups_of(match(desire(found.state, found.inventory, found.policy)))}
    assert "proxbox-endpoint" in asked
    assert "proxbox-snapshot" not in asked
    core = settled()
    core.rows = {kind: rows for kind, rows in core.rows.items() if kind != "proxbox-snapshot"}
    questions = {
        (item.kind, item.filter) for item in lookups_of(match(desire(core.state, core.inventory, core.policy)))
    }
    assert ("proxbox-snapshot", "virtual_machine") in questions


def test_a_guests_firewall_waits_for_its_sidecar() -> None:
    """The plugin refuses it without one."""
    plan = world().plan()
    rule = next(item for item in plan.changes if item.address == "proxbox-firewall-rule:lab/qemu/100/firewall/rule/0")
    assert "proxbox-vm-state:lab/qemu/100/state" in rule.depends_on


def without(vmid: int) -> Edit:
    """Return an edit that destroys a guest."""
    return lambda cluster: cluster.model_copy(
        update={"guests": tuple(guest for guest in cluster.guests if guest.vmid != vmid)}
    )


SIDECAR, MACHINE = "proxbox-vm-state:lab/qemu/100/state", "virtual-machine:lab/qemu/100"
RULE = "proxbox-firewall-rule:lab/qemu/100/firewall/rule/0"


def test_a_sidecar_stays_with_a_decommissioned_guest_whose_firewall_is_retired() -> None:
    """The plugin refuses whatever is written to the row of a guest that has none."""
    found = settled()
    plan = change(found, without(100))
    actions = {str(item.address): item.action for item in plan.changes}
    assert actions[RULE] == "update"
    assert SIDECAR not in actions
    undone = {str(item.address): item.action for item in found.undo(found.outcome(plan)).changes}
    assert undone[RULE] == "update"


def test_an_undone_replacement_has_its_old_sidecar_and_its_old_firewall() -> None:
    """The sidecar was kept with its machine; the rules were deleted for the guest that had the number afterwards."""
    found = settled()
    plan = change(
        found,
        of_guest(100, uuid="99999999-0000-4000-8000-000000000100", vmgenid="99999999-1111-4000-8000-000000000100"),
    )
    undone = {str(item.address): item.action for item in found.undo(found.outcome(plan)).changes}
    assert undone[f"{RULE}#replaced"] == "create"
    assert undone[f"{SIDECAR}#replaced"] == "update"


def test_a_firewall_without_a_sidecar_is_left_alone() -> None:
    """Whoever took the sidecar away: NetBox would refuse the change in every plan."""
    found = settled()
    found.rows["proxbox-vm-state"] = {}
    plan = change(found, without(100))
    assert SIDECAR not in {item.address for item in plan.changes}
    assert [item for item in plan.changes if "/100/firewall/" in item.address] == []


def test_a_guest_stays_until_its_firewall_is_retired() -> None:
    """NetBox would delete the rows with it, and the change of them be refused."""
    found = settled(policy=files(on_missing={"virtual-machine": OnMissing.DELETE}))
    plan = change(found, without(100))
    actions = {str(item.address): (item.action, item.depends_on) for item in plan.changes}
    assert (actions[RULE][0], actions[MACHINE][0]) == ("update", "delete")
    assert RULE in actions[MACHINE][1]


def test_a_sidecar_waits_until_the_row_it_names_is_linked_to_the_same_object() -> None:
    """The plugin refuses it before, also where that row is there already and only has to be adopted."""
    found = settled()
    links = {"proxbox-cluster": "netbox_cluster", "proxbox-node": "netbox_device"}
    for kind, link in links.items():
        found.rows[kind] = {
            number: row.replace(key=None, last_applied=None, fields=row.fields | {link: None})
            for number, row in found.rows[kind].items()
        }
    for kind in ("proxbox-cluster-state", "proxbox-device-state"):
        found.rows[kind] = {}
    needs = {str(change.address): change.depends_on for change in found.plan().changes}
    assert "proxbox-cluster:lab/proxmox-cluster" in needs["proxbox-cluster-state:lab/cluster/state"]
    assert "proxbox-node:lab/proxmox-node/pve1" in needs["proxbox-device-state:lab/node/pve1/state"]


def test_a_replication_job_is_on_the_right_node() -> None:
    """The plugin's row of the node it runs on."""
    fields = fields_of(world().plan(), "proxbox-replication:lab/replication/100-0")
    assert fields["proxmox_node"] == (None, "pve1")
    assert fields["virtual_machine"] == (None, "vm-100")


def test_a_replication_job_is_where_its_guest_is() -> None:
    """When Proxmox does not say its source; also while it is unknown whether the guest is in scope."""
    job = full.cluster().replications[0].model_copy(update={"source": None})
    found = world(full.cluster(replications=(job,)))
    assert fields_of(found.plan(), "proxbox-replication:lab/replication/100-0")["proxmox_node"] == (None, "pve1")


def test_a_replication_job_of_a_guest_that_netbox_does_not_have() -> None:
    """There is nothing it could be shown with."""
    job = full.cluster().replications[0].model_copy(update={"guest": 4711})
    assert not [item for item in world(full.cluster(replications=(job,))).plan().changes if "replication" in item.kind]


def test_the_nodes_of_a_fabric_are_left_alone_while_some_may_be_hidden() -> None:
    """Proxmox omits those that the token may not view."""
    sdn = full.cluster().sdn
    assert sdn is not None
    fabric = sdn.fabrics[0].model_copy(update={"nodes": ()})
    unread = sdn.model_copy(update={"fabrics": (fabric, *sdn.fabrics[1:]), "coverage": LOST})
    found = settled(full.cluster())
    found.state = full.state(full.cluster(sdn=unread))
    assert not [change.address for change in found.plan().changes if change.kind == "proxbox-sdn-fabric"]


def test_a_storage_keeps_its_retention() -> None:
    """Under the column's real name."""
    assert fields_of(world().plan(), "proxbox-storage:lab/storage/nas")["prune_backups"] == (
        None,
        "keep-daily=7,keep-last=3",
    )


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ("vma.zst", "zst"),
        ("tar.zst", "tzst"),
        ("tar.gz", "tgz"),
        ("pbs-vm", "pbs-vm"),
        ("pbs-ct", "pbs-ct"),
        ("vma.lzo", "undefined"),
    ],
)
def test_the_format_of_a_backup(format_: str, expected: str) -> None:
    """An archive of a virtual machine is no tar archive."""
    found = settled()
    plan = change(found, of_storage("nas", backups=(*full.storages()[1].backups, full.backup(100, 7, format=format_))))
    address = f"proxbox-backup:lab/backup/{full.backup(100, 7).volume}"
    assert fields_of(plan, address)["format"] == (None, expected)


def test_times_are_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of backups, snapshots and tasks, wherever the plan is made."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        plan = world().plan()
    finally:
        monkeypatch.undo()
        time.tzset()
    noon = "2026-11-18T11:06:40Z"
    assert fields_of(plan, f"proxbox-backup:lab/backup/{full.backup().volume}")["creation_time"] == (None, noon)
    assert fields_of(plan, "proxbox-snapshot:lab/qemu/100/snapshot/before-upgrade")["snaptime"] == (None, noon)
    assert fields_of(plan, f"proxbox-task:lab/task/{full.task().upid}")["start_time"] == (None, noon)


def test_a_backup_job_that_is_gone_is_stale_in_its_own_cluster_only() -> None:
    """Another cluster may have a job of the same name."""
    found = world(full.cluster("lab"), full.cluster("lab2"), policy=two_clusters())
    found.add("vrf", "tenant")
    found.settle()
    plan = change(found, lambda cluster: with_(backup_jobs=())(cluster) if cluster.name == "lab" else cluster)
    assert [item.address for item in plan.changes] == ["proxbox-backup-routine:lab/backup-job/backup-nightly"]


def test_one_vlan_id_in_two_clusters_is_two_vlans() -> None:
    """Of a guest's NIC and of a node's interface alike."""
    plan = world(full.cluster("lab"), full.cluster("lab2"), policy=two_clusters()).plan()
    vlans = {item.key for item in plan.changes if item.kind == "vlan"}
    assert {"lab/vlan/20", "lab2/vlan/20"} <= vlans


def test_networks_of_nodes_become_prefixes_when_that_is_asked_for() -> None:
    """One for all nodes that are in it, and for a subnet of SDN that is the same."""
    nodes = tuple(
        node.model_copy(update={"interfaces": (_in("10.20.0.0/24", number, 20), *node.interfaces)})
        for number, node in enumerate(full.cluster().nodes, 1)
    )
    off = settled(full.cluster(nodes=nodes))
    assert off.keys("prefix") == {"lab/prefix/10.20.0.0/24", "lab/prefix/10.60.0.0/24@Proxmox lab ev"}
    on = settled(full.cluster(nodes=nodes), policy=files(node_prefixes=True))
    assert on.keys("prefix") == off.keys("prefix") | {"lab/prefix/10.0.0.0/24"}


def test_an_address_of_a_node_alone_is_no_network() -> None:
    """Nor is a network that every machine has for itself."""
    alone = NodeInterface(name="dummy0", type="eth", addresses=("192.0.2.7/32", "fe80::1/64", "127.0.0.2/8"))
    nodes = (full.cluster().nodes[0].model_copy(update={"interfaces": (alone,)}),)
    found = settled(full.cluster(nodes=nodes), policy=files(node_prefixes=True))
    assert found.keys("prefix") == settled(full.cluster(nodes=nodes)).keys("prefix")


def _in(network: str, number: int, vid: int) -> NodeInterface:
    host = network.replace(".0/", f".{number}/")
    return NodeInterface(name=f"vmbr0.{vid}", type="vlan", vlan_id=vid, vlan_raw_device="vmbr0", addresses=(host,))


@pytest.mark.parametrize(
    ("trunks", "mode", "vids"),
    [((), "tagged-all", []), (((2, 4094),), "tagged-all", []), (((10, 11), (20, 20)), "tagged", [10, 11, 20])],
)
def test_vlans_of_a_bridge(trunks: tuple[tuple[int, int], ...], mode: str, vids: list[int]) -> None:
    """Those it lets through are listed, unless they are too many."""
    bridge = NodeInterface(name="vmbr9", type="bridge", vlan_aware=True, trunks=trunks)
    found = settled(full.cluster(nodes=(full.cluster().nodes[0].model_copy(update={"interfaces": (bridge,)}),)))
    row = found.find("interface", "lab/node/pve1/net/vmbr9").fields
    assert (row["mode"], [found.rows["vlan"][ref["id"]].fields["vid"] for ref in row["tagged_vlans"]]) == (mode, vids)


def test_a_fabric_without_a_word_in_the_plugin_is_left_out_and_reported() -> None:
    """The plugin knows no openfabric, and refuses a fabric of no type; the rest of the SDN is planned."""
    plan = world().plan()
    assert [(item.code.value, item.address) for item in plan.problems] == [
        ("no-place", "proxbox-sdn-fabric:lab/sdn/fabric/open1")
    ]
    assert "open1" in plan.problems[0].message
    assert "proxbox-sdn-fabric:lab/sdn/fabric/underlay" in {item.address for item in plan.changes}


def test_no_volatile_or_secret_field_is_ever_written() -> None:
    """Load, times of runs, keys and passwords are not among the fields of any kind."""
    never = {
        "cpu_usage",
        "memory_usage",
        "local",
        "proxmox_last_updated",
        "last_run_id",
        "proxmox_uptime",
        "sshkeys",
        "password",
        "private_key",
        "token_value",
        "last_synced",
        "last_sync",
        "next_run",
        "used",
    }
    assert not {field.name for kind in KINDS.values() for field in kind.fields} & never
