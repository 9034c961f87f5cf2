"""Guests, high availability, storage, replication, snapshots, names, nodes and SDN: what each rule finds."""

from __future__ import annotations

import pytest

from proxbox_plan.lint import make_lint
from proxbox_plan.model.state import (
    Coverage,
    GuestCoverage,
    GuestDisk,
    Incomplete,
    NodeCoverage,
    Snapshot,
    State,
    Storage,
)
from proxbox_plan.model.state.datacenter import Replication
from proxbox_plan.model.state.sdn import Sdn, SdnPending, SdnZone
from tests.builders import incomplete
from tests.lint.lab import (
    ALL_READ,
    COLLECTED_SECONDS,
    LOCAL,
    SHARED,
    cluster,
    doubted,
    guest,
    lint,
    names,
    node,
    said,
    settings,
)

READ = Coverage(complete=True)
UNREAD_CONFIG = GuestCoverage(config=incomplete(Incomplete.FORBIDDEN))
UNREAD_ROW = GuestCoverage(row=incomplete(Incomplete.NODE_OFFLINE), config=incomplete(Incomplete.NODE_OFFLINE))
ZFS = Storage(name="tank", type="zfspool", content=("images",))
DAY = 86_400


def _disk(storage: str, **fields: object) -> GuestDisk:
    return GuestDisk.model_validate({"slot": "scsi0", "storage": storage, "volume": "v", **fields})


def test_an_agent_that_is_off() -> None:
    """Of virtual machines, that are no templates, whose configuration was read."""
    found = lint(
        cluster(
            guest(100, agent=False),
            guest(101, agent=True),
            guest(102, agent=False, type="lxc", unprivileged=True),
            guest(103, agent=False, template=True),
            guest(104, agent=False, coverage=UNREAD_CONFIG),
        )
    )
    assert names(found, "guest-agent-off") == ["web100"]
    assert ("configuration", "forbidden") in doubted(found, "guest-agent-off")


def test_a_running_guest_that_stays_off() -> None:
    """After a reboot of its node; one that HA starts, or that is stopped now, is no finding."""
    found = lint(
        cluster(
            guest(100, onboot=False),
            guest(101, onboot=False, status="stopped"),
            guest(102, onboot=False, hastate="started", disks=(_disk("ceph"),)),
            guest(103, onboot=False, hastate="ignored"),
        )
    )
    assert names(found, "guest-not-on-boot") == ["web100", "web103"]


def test_a_privileged_container() -> None:
    """Where the configuration says so; nothing is made of what is unknown."""
    lxc = [guest(100 + place, type="lxc", unprivileged=value) for place, value in enumerate((False, True, None))]
    assert names(lint(cluster(*lxc)), "privileged-container") == ["web100"]


@pytest.mark.parametrize(
    ("state", "storage", "is_found"),
    [
        ("started", "local-lvm", True),
        ("stopped", "local-lvm", True),
        ("started", "ceph", False),
        ("ignored", "local-lvm", False),
        ("disabled", "local-lvm", False),
        (None, "local-lvm", False),
        ("started", "nowhere", False),
    ],
)
def test_a_ha_guest_on_local_storage(state: str | None, storage: str, is_found: bool) -> None:  # noqa: FBT001
    """What HA would recover, on a storage that is known to be local."""
    found = lint(cluster(guest(hastate=state, disks=(_disk(storage),))))
    assert names(found, "ha-guest-on-local-storage") == (["web100"] if is_found else [])


def test_a_ha_guest_that_was_not_read_completely() -> None:
    """Neither its configuration nor the list of storages may lack anything: it is said, and no finding."""
    rule = "ha-guest-on-local-storage"
    found = lint(cluster(guest(hastate="started", coverage=UNREAD_CONFIG)))
    assert (names(found, rule), doubted(found, rule)) == ([], [("configuration", "forbidden")])
    hidden = ALL_READ.replace(storages=incomplete(Incomplete.FORBIDDEN))
    found = lint(cluster(guest(hastate="started"), coverage=hidden))
    assert (names(found, rule), doubted(found, rule)) == ([], [("storages", "forbidden")])


def test_a_replica_is_as_good_as_a_shared_storage() -> None:
    """Of ZFS only, as nothing else is replicated; while the jobs are unknown it is not judged."""
    rule = "ha-guest-on-local-storage"
    machine = guest(hastate="started", disks=(_disk("tank"),))
    job = Replication(id="100-0", guest=100, jobnum=0, target="pve2")
    storages = (ZFS, LOCAL)
    assert names(lint(cluster(machine, storages=storages)), rule) == ["web100"]
    assert names(lint(cluster(machine, storages=storages, replications=(job,))), rule) == []
    assert names(lint(cluster(machine, storages=storages, replications=(job.replace(enabled=False),))), rule) != []
    unread = ALL_READ.replace(replications=incomplete(Incomplete.NOT_READ))
    found = lint(cluster(machine, storages=storages, coverage=unread))
    assert (names(found, rule), doubted(found, rule)) == ([], [("replication jobs", "not-read")])
    both = guest(hastate="started", disks=(_disk("tank"), _disk("local-lvm", slot="scsi1")))
    found = lint(cluster(both, storages=storages, coverage=unread))
    assert said(found, rule).endswith("local to pve1: scsi1 on local-lvm")


def test_ha_in_error() -> None:
    """HA has given up."""
    assert names(lint(cluster(guest(hastate="error", disks=(_disk("ceph"),)))), "ha-guest-in-error") == ["web100"]


@pytest.mark.parametrize(
    ("storage", "words"),
    [
        (SHARED.replace(name="other"), "ceph does not exist"),
        (SHARED.replace(enabled=False), "ceph is disabled"),
        (SHARED.replace(nodes=("pve2",)), "ceph is not on pve1"),
        (SHARED.replace(nodes=("pve1",)), ""),
    ],
)
def test_a_disk_on_an_unavailable_storage(storage: Storage, words: str) -> None:
    """Not defined, disabled, or not on the guest's node."""
    found = lint(cluster(guest(disks=(_disk("ceph"),)), storages=(storage,)))
    rule = "disk-on-unavailable-storage"
    assert [one.message.partition(": ")[2] for one in found.findings if one.rule == rule] == ([words] if words else [])


def test_a_storage_that_the_token_may_not_see_may_exist() -> None:
    """A list of storages that is not whole says of none that it does not exist."""
    rule = "disk-on-unavailable-storage"
    machine = guest(disks=(GuestDisk(slot="scsi0", storage="hidden", volume="v"),))
    unseen = cluster(machine, coverage=ALL_READ.replace(storages=incomplete(Incomplete.FORBIDDEN)))
    assert names(lint(cluster(machine)), rule) == ["web100"]
    assert (names(lint(unseen), rule), doubted(lint(unseen), rule)) == ([], [("storages", "forbidden")])


def test_replication_that_fails() -> None:
    """As its node says; a job whose node says nothing is not judged."""
    rule = "replication-failing"
    job = Replication(id="100-0", guest=100, jobnum=0, target="pve2", fail_count=3, error="no space")
    assert said(lint(cluster(guest(), replications=(job,))), rule) == (
        "The replication 100-0 of guest 100 to pve2 failed 3 times in a row: no space"
    )
    assert names(lint(cluster(replications=(job.replace(fail_count=1, error=None),))), rule) == ["100-0"]
    assert names(lint(cluster(guest(), replications=(job.replace(enabled=False),))), rule) == []
    unread = job.replace(fail_count=None, coverage=incomplete(Incomplete.TIMEOUT))
    assert doubted(lint(cluster(guest(), replications=(unread,))), rule) == [("status of replication", "timeout")]


def _snapshots(*ages: int | None) -> tuple[Snapshot, ...]:
    return tuple(
        Snapshot(name=f"s{place}", created=None if age is None else COLLECTED_SECONDS - age * DAY)
        for place, age in enumerate(ages)
    )


def test_old_snapshots_are_one_finding_of_their_guest() -> None:
    """Counted from the moment of the collection, with the oldest by name; a template's count, too."""
    coverage = GuestCoverage(snapshots=READ)
    machines = (
        guest(100, snapshots=_snapshots(10, 30, 45), coverage=coverage),
        guest(101, snapshots=_snapshots(29, None), coverage=coverage),
        guest(102, snapshots=_snapshots(31), coverage=coverage, template=True),
    )
    found = lint(cluster(*machines))
    assert names(found, "old-snapshot") == ["web100", "web102"]
    first = next(one for one in found.findings if one.rule == "old-snapshot")
    assert first.message == "2 snapshots are older than 30 days; the oldest is s2, 45 days (2026-10-07)"
    assert names(lint(cluster(*machines), rules={"old-snapshot": {"days": 46}}), "old-snapshot") == []


def test_snapshots_have_no_age_without_a_moment() -> None:
    """No clock is asked: the same state gives the same findings, whenever it is linted."""
    machine = guest(snapshots=_snapshots(500), coverage=GuestCoverage(snapshots=READ))
    found = make_lint(State.make(clusters=(cluster(machine),)), settings())
    assert (names(found, "old-snapshot"), doubted(found, "old-snapshot")) == ([], [("time of collection", "no-time")])


def test_snapshots_that_were_not_read() -> None:
    """The area is off by default: the report says how to switch it on."""
    (doubt,) = [one for one in lint(cluster(guest(100), guest(101))).unjudged if "old-snapshot" in one.rules]
    assert (doubt.part, doubt.objects) == ("snapshots", 2)
    assert "scope: {snapshots: true}" in doubt.hint


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("web-01", ""),
        ("db.prod.example.com", ""),
        ("1und1", ""),
        ("VM 100", "'VM 100' is not made of"),
        ("web_01", "'web_01' is not made of"),
        ("-web", "'-web' is not made of"),
        ("web..example", "an empty part"),
        ("büro", "is not made of"),
        ("a" * 64, "is not made of"),
        (".".join(["a" * 60] * 5), "it has 304 characters"),
    ],
)
def test_names_of_dns(name: str, why: str) -> None:
    """Labels of letters, digits and inner hyphens."""
    found = [one.message for one in lint(cluster(guest(name=name))).findings if one.rule == "name-not-dns"]
    assert [why in message for message in found] == ([True] if why else [])


def test_names_that_several_guests_have() -> None:
    """In one cluster, whatever the case; the same name in two clusters is how migrations are prepared."""
    rule = "duplicate-name"
    found = lint(cluster(guest(100, name="web"), guest(101, name="WEB"), guest(102, name="db")))
    assert names(found, rule) == ["web"]
    assert [str(one) for one in found.findings[0].related] == ["virtual-machine:lab/qemu/101"]
    assert names(lint(cluster(guest(100, name=None))), rule) == []
    assert names(lint(cluster(guest(100, name="a")), cluster(guest(101, name="a"), name="other")), rule) == []
    assert doubted(lint(cluster(guest(coverage=UNREAD_ROW))), rule) == [("name and status", "node-offline")]


def test_nodes_of_different_releases() -> None:
    """Releases count, not their updates; a node whose version is unknown is no other release."""
    rule = "node-versions-differ"
    mixed = (node("pve1", version="9.0.3"), node("pve2", version="8.4.1"))
    assert said(lint(cluster(nodes=mixed)), rule).endswith("8.4 on pve2; 9.0 on pve1")
    assert names(lint(cluster(nodes=(node("pve1", version="9.0.3"), node("pve2", version="9.0.9")))), rule) == []
    assert names(lint(cluster(nodes=(node(), node("pve2", version=None)))), rule) == []
    offline = node("pve2", version=None, coverage=NodeCoverage(status=incomplete(Incomplete.NODE_OFFLINE)))
    found = lint(cluster(nodes=(node(), offline)))
    assert (names(found, rule), doubted(found, rule)) == ([], [("status of the node", "node-offline")])


def test_sdn_that_is_not_applied() -> None:
    """Controllers, zones and vnets that are new, changed or deleted; what was seen counts, however much was not."""
    sdn = Sdn(
        zones=(SdnZone(name="z1", type="vlan"), SdnZone(name="z2", type="vlan")),
        coverage=Coverage(complete=True),
        pending=(
            SdnPending(kind="controller", name="ctl", state="new"),
            SdnPending(kind="vnet", name="v1", state="deleted"),
            SdnPending(kind="zone", name="z1", state="changed"),
        ),
        pending_coverage=incomplete(Incomplete.FORBIDDEN),
    )
    found = lint(cluster(sdn=sdn))
    assert names(found, "pending-sdn") == ["ctl", "v1", "z1"]
    assert {one.kind for one in found.findings} == {"sdn-controller", "sdn-zone", "sdn-vnet"}
    assert doubted(found, "pending-sdn") == [("SDN", "forbidden")]
    assert doubted(lint(cluster()), "pending-sdn") == [("SDN", "not-read")]
